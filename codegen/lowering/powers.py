"""Whole powers from the third on as products: libraries go by logarithms, 20 times slower."""

from __future__ import annotations

from fractions import Fraction

from .arrays import Attr, Item, Lit, Node, Op, Var

MOST = 16


def power(base: Node, exponent: Fraction) -> Node | None:
    """v**3 is v * v**2, v**4 is (v**2)**2, v**-3 is 1 / (v * v**2); None where it stays a power.

    An odd power names its base twice, which only a name is short enough for.
    """
    whole = abs(exponent.numerator)
    if exponent.denominator != 1 or whole > MOST or exponent in (-1, 0, 1, 2):
        return None
    if not isinstance(base, Var | Attr | Item) and whole & (whole - 1):
        return None
    made = _product(base, whole)
    return Op("/", (Lit("1"), made)) if exponent < 0 else made


def _product(base: Node, exponent: int) -> Node:
    if exponent == 1:
        return base
    if exponent == 2:
        return Op("**", (base, Lit("2")))
    if exponent % 2:
        return Op("*", (base, _product(base, exponent - 1)))
    return Op("**", (_product(base, exponent // 2), Lit("2")))
