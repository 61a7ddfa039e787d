"""Numbers for the terminal: rounding as the spec's style asks, and tensors on a line."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np

_RULES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}
_HIGH = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LARGEST = 24  # entries of a tensor that still go on a line


class Digits:
    """How numbers are printed: decimals or significant figures, and the rounding rule."""

    def __init__(self, style: Any = None) -> None:
        digits = getattr(style, "digits", None)
        self.count = digits.count if digits is not None else 4
        self.significant = bool(digits.significant) if digits is not None else False
        self.rule = _RULES[getattr(style, "rounding", "half_up")]

    def show(self, value: float) -> str:
        """A value that is not zero never prints as zero; there is no −0."""
        if not np.isfinite(value):
            return {True: "∞", False: "−∞"}.get(bool(value > 0), "?") if value == value else "NaN"
        number = Decimal(repr(float(value)))
        if number == 0:
            return "0" if self.significant else f"{Decimal(0).scaleb(-self.count):f}"
        if self.significant:
            made = Context(prec=max(self.count, 1), rounding=self.rule).create_decimal(number)
            plain = -6 < made.adjusted() < 15
            return f"{made:f}".replace("-", "−") if plain else self._power(number)
        made = number.quantize(Decimal(1).scaleb(-self.count), rounding=self.rule)
        return f"{made:f}".replace("-", "−") if made != 0 else self._power(number)

    def _power(self, number: Decimal) -> str:
        made = Context(prec=max(self.count, 1), rounding=self.rule).create_decimal(number)
        exp = made.adjusted()
        return f"{made.scaleb(-exp):f}".replace("-", "−") + f"·10{str(exp).translate(_HIGH)}"

    def sign(self, exact: Decimal, result: float) -> str:
        """``=`` where the printed operands give the printed result, else ``≈``."""
        return "=" if self.show(float(exact)) == self.show(result) else "≈"

    def printed(self, value: float) -> Decimal:
        """A value as a reader of the printed digits has it."""
        text = self.show(value).replace("−", "-")
        if "·10" in text:
            digits, exp = text.split("·10")
            back = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
            return Decimal(digits).scaleb(int(exp.translate(back)))
        return Decimal(text) if text[-1].isdigit() else Decimal(0)

    def product(self, factors: Iterable[float]) -> Decimal:
        made = Decimal(1)
        for f in factors:
            made *= self.printed(f)
        return made

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
