"""The value of an expression in which only numbers stand: what folds, and what divides by zero."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from .expr import Add, Div, Expr, Fn, Mul, Neg, Num, Pow, Size
from .tokens import MAX_EXPONENT

MAX_BITS = 10_000  # of a power


def literal(expr: Expr, sizes: Mapping[str, int | str] | None = None) -> Fraction | None:
    """The value of an expression of numbers, and of the sizes that are known; else None."""
    if isinstance(expr, Num):
        return expr.value
    if isinstance(expr, Size):
        size = (sizes or {}).get(expr.axis)
        return Fraction(size) if isinstance(size, int) else None
    if not isinstance(expr, Neg | Pow | Mul | Add | Div | Fn):
        return None
    known = [literal(kid, sizes) for kid in expr.children()]
    values = [v for v in known if v is not None]
    return _literal(expr, values) if len(values) == len(known) else None


def _literal(expr: Expr, values: list[Fraction]) -> Fraction | None:
    """The value over the values of its parts; None where it is no fraction, or is not small."""
    if isinstance(expr, Neg):
        return -values[0]
    if isinstance(expr, Add):
        return sum(values, Fraction(0))
    if isinstance(expr, Mul):
        return math.prod(values, start=Fraction(1))
    if isinstance(expr, Fn):
        return _literal_call(expr.name, values)
    a, b = values
    if isinstance(expr, Div):
        return a / b if b != 0 else None
    if b.denominator != 1 or abs(b) > MAX_EXPONENT or (a == 0 and b < 0):
        return None
    bits = max(a.numerator.bit_length(), a.denominator.bit_length())
    return a ** int(b) if bits * abs(b) <= MAX_BITS else None


def _literal_call(name: str, values: list[Fraction]) -> Fraction | None:
    """Functions of numbers that are whole numbers again: the places where log, sin … are 0."""
    if name in ("max", "min"):
        return max(values) if name == "max" else min(values)
    if name == "floor_div":
        return Fraction(values[0] // values[1]) if values[1] != 0 else None
    if name == "abs":
        return abs(values[0])
    if name == "log":
        return Fraction(0) if values == [1] else None
    odd = ("sqrt", "sign", "sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "erf",
           "expm1", "log1p", "relu")  # fmt: skip
    return Fraction(0) if name in odd and values == [0] else None
