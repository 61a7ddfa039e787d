"""Where a value can be infinite or no number: what a test around it has to keep out.

[false]·a is 0 whatever a is, so nothing of these kinds may be computed ahead of its test, or moved
out of the sum that the test stands in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..language.equation import Equation
from ..language.expr import (
    Const,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Name,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    walk,
)

_SINGULAR = frozenset(
    ("log", "log1p", "sqrt", "power", "xlogy", "tan", "asin", "acos", "acosh", "atanh", "celu")
)
_OVERFLOWING = frozenset(("exp", "expm1", "sinh", "cosh"))


def singular(e: Expr) -> bool:
    """Can this node be infinite or no number where its parts are finite and moderate?"""
    if isinstance(e, Pow):
        return not (isinstance(e.exp, Num) and e.exp.value.denominator == 1 and e.exp.value >= 0)
    if isinstance(e, Div):
        return _varies(e.den)
    return isinstance(e, Fn) and e.name in _SINGULAR and any(map(_varies, e.args))


def _varies(e: Expr) -> bool:
    """Does a value depend on data or on indices?"""
    return any(isinstance(x, Read | Idx | Name) for x in walk(e))


def dangerous(e: Expr) -> bool:
    """Can this node be infinite or no number where its parts are finite?"""
    return singular(e) or (isinstance(e, Fn) and e.name in _OVERFLOWING)


def may_be_empty(e: Expr) -> bool:
    """May a reduction that has no value over nothing run over nothing, by its condition?"""
    return isinstance(e, Normal | Reduce) and e.cond is not None and e.op not in ("sum", "prod")


def may_fail(e: Expr) -> bool:
    """Is something dangerous anywhere in an expression?"""
    return any(dangerous(x) for x in walk(e))


def has_pole(e: Expr) -> bool:
    """Is something singular anywhere in an expression?"""
    return any(singular(x) for x in walk(e))


def tested(factors: Iterable[Expr]) -> bool:
    """Is one of the factors a test, so that the others count only where it holds?"""
    return any(isinstance(x, Iverson) for f in factors for x in walk(f))


def may_be_endless(e: Expr, endless: Collection[str]) -> bool:
    """Can a value be −inf: is inf written in it, may a reduction be empty or a softmax leave an
    entry out, or does it read such?"""
    return any(
        (isinstance(x, Const) and x.name == "inf")
        or (isinstance(x, Reduce) and x.op == "logsumexp" and x.cond is not None)
        or (isinstance(x, Normal) and x.op == "log_softmax" and x.cond is not None)
        or (isinstance(x, Read) and x.tensor in endless)
        for x in walk(e)
    )


def endless_tensors(equations: Collection[Equation]) -> set[str]:
    """Tensors that may hold −inf, or are made from one."""
    found: set[str] = set()
    before = -1
    while len(found) != before:  # a loop reads tensors defined after it in the list
        before = len(found)
        found |= {e.name for e in equations if may_be_endless(e.rhs, found)}
    return found
