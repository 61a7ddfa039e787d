"""Conditions that the sizes decide: a window that never leaves its axis needs no test.

The derivation keeps them (its sizes are symbols); here the sizes are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.errors import ChalkgradError
from derive.expr import (
    Add,
    Cmp,
    Expr,
    Idx,
    Iverson,
    Logic,
    Mul,
    Neg,
    Normal,
    Read,
    Reduce,
    conjunction,
    mul,
    transform,
    walk,
)
from derive.expr import indices as free_indices

from .affine import affine


def decided(expr: Expr, sizes: Mapping[str, int | str]) -> Expr:
    """The expression without the tests that always hold."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Reduce) and e.cond is not None:
            kept = _kept(e.cond, sizes)
            # a reduction keeps its test where it is all that says which indices it runs over
            return e if kept == e.cond else Reduce(e.op, e.idxs, e.body, kept)
        if isinstance(e, Normal) and e.cond is not None:
            kept = _kept(e.cond, sizes)
            return e if kept == e.cond else Normal(e.op, e.at, e.idxs, e.body, kept)
        if isinstance(e, Mul):
            return mul([f for f in e.args if not _always(f, sizes)])
        return e

    return transform(expr, visit)


def _kept(cond: Expr, sizes: Mapping[str, int | str]) -> Expr | None:
    if isinstance(cond, Logic) and cond.op == "and":
        return conjunction([_kept(t, sizes) for t in cond.args])
    return None if _holds(cond, sizes) else cond


def _always(factor: Expr, sizes: Mapping[str, int | str]) -> bool:
    if not isinstance(factor, Iverson):
        return False
    return _kept(factor.cond, sizes) is None


def _holds(test: Expr, sizes: Mapping[str, int | str]) -> bool:
    """Is a comparison of affine indices true for every value of its indices?"""
    if not isinstance(test, Cmp) or any(isinstance(e, Read) for e in walk(test)):
        return False
    known = free_indices(test)
    if any(not isinstance(sizes.get(i.axis), int) for i in known) or not known:
        return False
    if not all(isinstance(i, Idx) for i in known):
        return False
    try:
        form = affine(Add((test.a, Neg(test.b))), sizes)  # type: ignore[arg-type]
    except ChalkgradError:
        return False
    low, high = form.span(sizes)  # type: ignore[arg-type]
    return {
        "<": high < 0, "<=": high <= 0, ">": low > 0, ">=": low >= 0,
        "==": low == high == 0, "!=": low > 0 or high < 0,
    }[test.op]  # fmt: skip
