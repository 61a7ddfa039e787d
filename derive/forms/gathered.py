"""The numbers of a product as one number in front: 0.2 W for 2 · 0.1 W, −W for −1 · W."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from ..language.expr import Expr, Mul, Neg, Num, mul, num, transform

LONGEST = 30  # decimals that are still written out


def gathered(e: Expr) -> Expr:
    """The same value with the numbers of every product multiplied out, decimals as decimals."""
    return transform(e, _gathered)


def _gathered(e: Expr) -> Expr:
    """One product: numbers alone stay as they were written."""
    if not isinstance(e, Mul):
        return e
    rest = [f for f in e.args if _value(f) is None]
    numbers = [v for f in e.args if (v := _value(f)) is not None]
    value = prod(numbers, start=Fraction(1))
    shown = decimal(abs(value))
    if shown is None or not rest or (len(numbers) < 2 and numbers != [1]):
        return e
    made = mul([shown, *rest])
    return Neg(made) if value < 0 else made


def _value(e: Expr) -> Fraction | None:
    if isinstance(e, Neg) and isinstance(e.arg, Num):
        return -e.arg.value
    return e.value if isinstance(e, Num) else None


def decimal(value: Fraction) -> Num | None:
    """A number that ends, as it is written; None for 1/3."""
    if value.denominator == 1:
        return num(value)
    places = next((k for k in range(1, LONGEST) if (value * 10**k).denominator == 1), None)
    if places is None:
        return None
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    return Num(value, f"{digits[:-places]}.{digits[-places:]}")
