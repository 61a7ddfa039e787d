"""Conditions that the sizes decide: a window that never leaves its axis needs no test.

The derivation keeps them (its sizes are symbols); here the sizes are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ....derive.language.affine import affine
from ....derive.language.equation import Tensor
from ....derive.language.errors import ChalkgradError
from ....derive.language.expr import (
    ONE,
    OPPOSITE,
    Add,
    Cmp,
    Div,
    Expr,
    Iverson,
    Logic,
    Mul,
    Neg,
    Normal,
    Num,
    Read,
    Reduce,
    add,
    conjunction,
    mul,
    transform,
    walk,
)
from ....derive.language.expr import indices as free_indices

Sizes = Mapping[str, int | str]
NOTHING = Num(Fraction(0), "0")  # told from a 0 that was written by who it is


def decided(expr: Expr, sizes: Sizes, tensors: Mapping[str, Tensor]) -> Expr:
    """The expression without the tests that always hold, and without the terms, sums and reads
    that are nothing but zeros: under a test that never holds, or wholly outside a tensor."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Read):
            return NOTHING if outside(e, sizes, tensors[e.tensor]) else e
        if isinstance(e, Reduce | Normal) and e.cond is not None:
            return _under_a_test(e, sizes)
        if isinstance(e, Iverson):
            return NOTHING if _never(e.cond, sizes) else e
        if isinstance(e, Add):
            left = [a for a in e.args if a is not NOTHING]
            return e if len(left) == len(e.args) else add(left) if left else NOTHING
        if isinstance(e, Mul):
            gone = any(a is NOTHING for a in e.args)
            return NOTHING if gone else _without(e, sizes)
        if isinstance(e, Neg | Div) and e.children()[0] is NOTHING:
            return NOTHING
        if isinstance(e, Reduce) and e.op in ("sum", "mean") and e.body is NOTHING:
            return NOTHING
        return e

    return transform(expr, visit)


def _without(e: Mul, sizes: Sizes) -> Expr:
    left = [f for f in e.args if not _always(f, sizes)]
    return e if len(left) == len(e.args) else mul(left)


def _under_a_test(e: Reduce | Normal, sizes: Sizes) -> Expr:
    assert e.cond is not None
    if isinstance(e, Reduce) and e.op in ("sum", "prod") and _never(e.cond, sizes):
        return NOTHING if e.op == "sum" else ONE
    kept = _kept(e.cond, sizes)
    if kept == e.cond:
        return e
    if isinstance(e, Reduce):
        return Reduce(e.op, e.idxs, e.body, kept)
    return Normal(e.op, e.at, e.idxs, e.body, kept)


def outside(read: Read, sizes: Sizes, tensor: Tensor) -> bool:
    """Does every index of some axis lie outside it, so that the read is 0 everywhere?"""
    for index, axis in zip(read.indices, tensor.axes, strict=True):
        size = sizes.get(axis)
        span = _span(index, sizes)
        if isinstance(size, int) and span is not None and (span[1] < 0 or span[0] >= size):
            return True
    return False


def _kept(cond: Expr, sizes: Sizes) -> Expr | None:
    if isinstance(cond, Logic) and cond.op == "and":
        return conjunction([_kept(t, sizes) for t in cond.args])
    return None if _holds(cond, sizes) else cond


def _always(factor: Expr, sizes: Sizes) -> bool:
    return isinstance(factor, Iverson) and _kept(factor.cond, sizes) is None


def _never(cond: Expr, sizes: Sizes) -> bool:
    """Is one of the tests that must hold false for every value of its indices?"""
    tests = cond.args if isinstance(cond, Logic) and cond.op == "and" else (cond,)
    return any(isinstance(t, Cmp) and _holds(Cmp(OPPOSITE[t.op], t.a, t.b), sizes) for t in tests)


def _holds(test: Expr, sizes: Sizes) -> bool:
    """Is a comparison of affine indices true for every value of its indices?"""
    span = _span(Add((test.a, Neg(test.b))), sizes) if isinstance(test, Cmp) else None
    if span is None or not free_indices(test):
        return False
    low, high = span
    return {
        "<": high < 0, "<=": high <= 0, ">": low > 0, ">=": low >= 0,
        "==": low == high == 0, "!=": low > 0 or high < 0,
    }[test.op]  # type: ignore[attr-defined]  # fmt: skip


def _span(index: Expr, sizes: Sizes) -> tuple[int, int] | None:
    """Smallest and largest value of an affine index; None where data or the batch decide."""
    if any(isinstance(e, Read) for e in walk(index)):
        return None
    if any(not isinstance(sizes.get(i.axis), int) for i in free_indices(index)):
        return None
    try:
        return affine(index, sizes).span(sizes)  # type: ignore[arg-type]
    except ChalkgradError:
        return None
