"""Index expressions that are affine in one index: what a recurrence reads, and how it is solved."""

from __future__ import annotations

from fractions import Fraction

from ..language.expr import Add, Expr, Idx, Mul, Neg, Num


def shift(index: Expr, left: Idx) -> int | None:
    """c, when an index expression is ``left + c``."""
    if index == left:
        return 0
    found = _linear(index, left)
    return int(found[1]) if found is not None and found[0] == 1 and found[1] % 1 == 0 else None


def _linear(e: Expr, left: Idx) -> tuple[Fraction, Fraction] | None:
    """(a, c), when an index expression is a·left + c."""
    if e == left:
        return Fraction(1), Fraction(0)
    if isinstance(e, Num):
        return Fraction(0), e.value
    parts = [_linear(k, left) for k in e.children()] if isinstance(e, Add | Mul | Neg) else [None]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    if isinstance(e, Neg):
        return -known[0][0], -known[0][1]
    if isinstance(e, Add):
        return sum((p[0] for p in known), Fraction(0)), sum((p[1] for p in known), Fraction(0))
    made = (Fraction(0), Fraction(1))
    for a, c in known:
        if a and made[0]:
            return None
        made = (made[0] * c + a * made[1], made[1] * c)
    return made
