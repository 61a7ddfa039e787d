"""Conditions as a board writes them: 1[v > 0] where a branch of the cases is 0.

What the derivatives bring is `where(c, 1, 0)`, `where(c, a, 0)` inside a product, and the step
function; all three are an indicator. A function whose branches both say something keeps its cases.
"""

from __future__ import annotations

from ..language.expr import (
    ONE,
    OPPOSITE,
    ZERO,
    Cmp,
    Expr,
    Fn,
    Iverson,
    Logic,
    Mul,
    Num,
    Where,
    transform,
)

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def indicators(e: Expr) -> Expr:
    """The same value with an indicator for cases that are 0 on one side."""
    return transform(e, _indicator)


def _indicator(e: Expr) -> Expr:
    match e:
        case Fn("step", (v,)):
            return Iverson(Cmp(">", v, ZERO))
        case Where(cond, a, b) if (a, b) == (ONE, ZERO):
            return Iverson(cond)
        case Where(cond, a, b) if (a, b) == (ZERO, ONE):
            return Iverson(opposite(cond))
        case Mul(factors):
            return Mul(tuple(part for f in factors for part in _gated(f)))
    return e


def _gated(factor: Expr) -> tuple[Expr, ...]:
    """A factor that is 0 outside of a condition, as the condition and what it lets through."""
    match factor:
        case Where(cond, a, b) if b == ZERO:
            return Iverson(cond), *_gated(a)
        case Where(cond, a, b) if a == ZERO:
            return Iverson(opposite(cond)), *_gated(b)
    return (factor,)


def opposite(cond: Expr) -> Expr:
    """The condition that holds where ``cond`` does not, a number on its right side."""
    match cond:
        case Cmp(op, a, b):
            return _facing(Cmp(OPPOSITE[op], a, b))
        case Logic("not", (inner,)):
            return inner
        case Logic(op, parts):
            return Logic("or" if op == "and" else "and", tuple(map(opposite, parts)))
    return Logic("not", (cond,))


def _facing(cond: Cmp) -> Cmp:
    """u > 0 for 0 < u."""
    if isinstance(cond.a, Num) and not isinstance(cond.b, Num):
        return Cmp(_MIRRORED[cond.op], cond.b, cond.a)
    return cond
