"""Numbers for the terminal: rounding as the spec's style asks, and tensors on a line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from ..formula.numerals import FAR, Numerals
from ..notation.plain import RAISED

LARGEST = 24  # entries of a tensor that still go on a line


class Digits:
    """How numbers are printed: decimals (all of them, in columns) or significant figures."""

    def __init__(self, style: Any = None) -> None:
        self.numerals = Numerals.of(style) if style is not None else Numerals()

    def show(self, value: float) -> str:
        """A value that is not zero never prints as zero; there is no −0."""
        if not np.isfinite(value):
            return "NaN" if np.isnan(value) else "∞" if value > 0 else "−∞"
        made = self.printed(value)
        power = made.adjusted()
        low = -6 if self.numerals.significant else -self.numerals.count - 1
        if made == 0 or low < power < FAR:
            return f"{made:f}".replace("-", "−")
        return f"{made.scaleb(-power):f}".replace("-", "−") + f"·10{str(power).translate(RAISED)}"

    def sign(self, exact: Decimal, result: float) -> str:
        """``=`` where the printed operands give the printed result, else ``≈``."""
        return "=" if self.show(float(exact)) == self.show(result) else "≈"

    def printed(self, value: float) -> Decimal:
        """A value as a reader of the printed digits has it."""
        exact = Decimal(repr(float(value)))
        if exact == 0 or not exact.is_finite():
            exact = Decimal(0)
        if self.numerals.significant:
            return self.numerals.figures(exact)
        made = self.numerals.decimals(exact)
        return made if made != 0 or exact == 0 else self.numerals.figures(exact)

    def product(self, factors: Iterable[float]) -> Decimal:
        return math.prod(map(self.printed, factors), start=Decimal(1))

    def tensor(self, value: Any) -> str:
        """``[0.51 0.66]``, rows separated by ``;``, more axes nested; large ones by their ends."""
        a = np.asarray(value, dtype=float)
        if a.ndim == 0:
            return self.show(float(a))
        if a.size > LARGEST:
            shape = ", ".join(map(str, a.shape))
            return f"[{self.show(float(a.flat[0]))} … {self.show(float(a.flat[-1]))}] ({shape})"
        if a.ndim == 1:
            return f"[{' '.join(self.show(float(v)) for v in a)}]"
        if a.ndim == 2:
            return f"[{'; '.join(' '.join(self.show(float(v)) for v in row) for row in a)}]"
        return f"[{' '.join(self.tensor(part) for part in a)}]"
