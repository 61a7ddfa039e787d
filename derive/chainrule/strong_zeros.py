"""Sides that are not taken, as tests beside what may be infinite there.

where(c, a, 0) is a number, and 0 · ∞ is none; [c] · a is 0 where c is false, whatever stands
around it (docs/language.md). So a product that may be infinite gets the tests of its factors.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..language.expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
    Div,
    Expr,
    Fn,
    Iverson,
    Logic,
    Mul,
    Neg,
    Where,
    mul,
)
from ..rewrite.domains import has_pole
from ..rewrite.simplify import factors_of


def gated(e: Expr) -> Expr:
    """``gates`` in every product of ``e``."""
    if isinstance(e, Add | Neg):
        return e.rebuild(tuple(gated(k) for k in e.children()))
    if isinstance(e, Div):
        *factors, _ = gates([*factors_of(e.num), Div(ONE, e.den)])
        return Div(mul(factors), e.den)
    return mul(gates(e.args)) if isinstance(e, Mul) else e


def gates(factors: Sequence[Expr]) -> list[Expr]:
    """where(c, a, 0) as [c]·a beside a factor that may be infinite: a side that is not taken has
    the derivative 0, whatever the function around it makes of its value."""
    poles = [has_pole(f) for f in factors]
    return [_gate(f) if sum(poles) > own else f for f, own in zip(factors, poles, strict=True)]


def _gate(e: Expr) -> Expr:
    """[c]·a for where(c, a, 0), and the like; any other factor as it is."""
    if isinstance(e, Mul | Neg):
        return mul([_gate(f) for f in factors_of(e)])
    if isinstance(e, Div):
        return Div(_gate(e.num), e.den)
    if isinstance(e, Where) and e.b == ZERO:
        return mul([Iverson(e.cond), _gate(e.a)])
    if isinstance(e, Where) and e.a == ZERO:
        return mul([Iverson(Logic("not", (e.cond,))), _gate(e.b)])
    if isinstance(e, Fn) and e.name == "step":
        return Iverson(Cmp(">", e.args[0], ZERO))
    if isinstance(e, Fn) and e.name == "sign":
        return mul([Iverson(Cmp("!=", e.args[0], ZERO)), e])
    return e
