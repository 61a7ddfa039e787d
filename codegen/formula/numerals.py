"""Numbers in print: digits, rounding, the decimal mark, and whether a printed sum can be redone.

Rounding acts on the magnitude (half_up away from zero, truncate towards it); a value that is not
zero never prints as zero (it falls back to m·10^k), and there is no −0. A value that has no more
digits than are asked for prints as it is: 0.32, not 0.3200, so that a reader sees it is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
)
from typing import Any

import mpmath

from .tree.nodes import Row
from .tree.write import number, raised, row, sign, spaced, text

RULES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}
EXACT = 30  # digits of a value that are looked at to call it exact
FAR = 15  # digits before the point from which a number is shown as a power of ten
_WIDE = Context(prec=60)
_NAMED = {
    "Infinity": row(sign("infty")),
    "-Infinity": row(sign("-"), sign("infty")),
    "NaN": row(text("?")),
}


@dataclass(frozen=True)
class Numerals:
    """How numbers are printed. ``count`` decimals, or significant figures."""

    count: int = 4
    significant: bool = False
    rounding: str = "half_up"
    mark: str = "."

    @classmethod
    def of(cls, style: Any, mark: str = ".") -> Numerals:
        """From the ``style`` of a spec and the decimal mark of a language."""
        digits = style.digits
        return cls(digits.count, digits.significant, style.rounding, mark)

    def more(self, digits: int = 1) -> Numerals:
        return replace(self, count=self.count + digits)

    def rounded(self, value: Any) -> Decimal:
        """The number that a reader of the printed digits has."""
        exact = decimal(value)
        if exact == 0 or not exact.is_finite():
            return Decimal(0) if exact == 0 else exact
        short = _short(exact)
        if short is not None and self.fits(short):
            return short
        made = self.figures(exact) if self.significant else self.decimals(exact)
        return made if made != 0 else self.figures(exact)

    def decimals(self, exact: Decimal) -> Decimal:
        """So many decimals, 0 where they are none; the leading figures of a number that is not
        written out."""
        if not exact.is_finite() or exact.adjusted() >= FAR:
            return self.figures(exact)
        return exact.quantize(Decimal(1).scaleb(-self.count), RULES[self.rounding], _WIDE)

    def figures(self, exact: Decimal) -> Decimal:
        return Context(prec=max(self.count, 1), rounding=RULES[self.rounding]).create_decimal(exact)

    def fits(self, short: Decimal) -> bool:
        """Does an exact value need no more digits than are asked for?"""
        if self.significant or short.adjusted() >= FAR:
            return len(short.as_tuple().digits) <= self.count and not _far(short)
        exponent = short.as_tuple().exponent
        return isinstance(exponent, int) and -exponent <= self.count

    def plain(self, value: Any) -> str:
        """ASCII, with a point: ``-0.6906``, ``4.386e-4``."""
        head, power = self._parts(value)
        return head + (f"e{power}" if power else "")

    def formula(self, value: Any) -> Row:
        """In a formula: −0{,}6906, 4.386 · 10⁻⁴."""
        head, power = self._parts(value)
        if head in _NAMED:
            return _NAMED[head]
        digits = number(head.replace(".", "{,}" if self.mark == "," else self.mark))
        return spaced(digits, sign("cdot"), raised(number(10), number(power))) if power else digits

    def text(self, value: Any) -> str:
        """For running text, with the decimal mark and a real minus sign."""
        head, power = self._parts(value)
        shown = head.replace(".", self.mark).replace("-", "−")
        return f"{shown}·10^{power}" if power else shown

    def _parts(self, value: Any) -> tuple[str, int]:
        number = self.rounded(value)
        if not number.is_finite():
            return str(number), 0
        small = number != 0 and number.adjusted() < -self.count and not self.significant
        if small or (number != 0 and _far(number)):
            power = number.adjusted()
            return f"{number.scaleb(-power):f}", power
        return f"{number:f}", 0

    def unit(self, value: Any) -> float:
        """The largest gap between a value and its printed digits that the rounding allows."""
        exact = decimal(value)
        if exact == 0 or not exact.is_finite() or self.rounded(exact) == exact:
            return 0.0
        last = self.rounded(exact).as_tuple().exponent
        assert isinstance(last, int)
        whole = float(Decimal(1).scaleb(last))
        return whole if self.rounding == "truncate" else whole / 2

    def agrees(self, redone: Any, result: Any) -> bool:
        """Does a calculation with the printed operands (``redone``) print as ``result`` does?"""
        return self.plain(redone) == self.plain(result) or self.rounded(redone) == self.rounded(
            result
        )


def decimal(value: Any) -> Decimal:
    """A number (mpmath, int, Fraction, Decimal, float) as a Decimal of enough digits."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float):
        return Decimal(repr(value))
    if hasattr(value, "numerator") and not hasattr(value, "man"):
        return _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Decimal(mpmath.nstr(value, 38, min_fixed=0, max_fixed=0, strip_zeros=True))


def _far(number: Decimal) -> bool:
    """Is a number shown as a power of ten whatever the digits that are asked for?"""
    return not -6 < number.adjusted() < FAR


def _short(exact: Decimal) -> Decimal | None:
    """The value without trailing zeros where it ends within ``EXACT`` digits, else None."""
    if exact == 0:
        return Decimal(0)
    made = Context(prec=EXACT).create_decimal(exact).normalize()
    digits = made.as_tuple().digits
    if len(digits) > EXACT - 8 or abs(made - exact) > abs(exact).scaleb(-EXACT):
        return None
    exponent = made.as_tuple().exponent
    assert isinstance(exponent, int)
    return made.quantize(Decimal(1)) if exponent > 0 and not _far(made) else made
