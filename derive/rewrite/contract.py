"""Contraction: Σ_u δ(u, a) F(u) = F(a), wherever a delta meets an index that is summed over.

    bound = [u], factors = [T[u], δ(i, u), U[u, k]]    leaves    [], [T[i], U[i, k]]

A `Delta` comes from a derivative, so both sides are entries of one axis. An equality that somebody
wrote is a `Cmp` in an `Iverson`, a strong zero, and stays one (but for `_place_of_reads`). What is
left of either, affine or gathered, stays a 0/1 factor that lowering scatters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..language.equation import BATCH
from ..language.expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
    Delta,
    Div,
    Expr,
    Idx,
    Iverson,
    Mul,
    Neg,
    Num,
    Read,
    Reduce,
    Size,
    Where,
    add,
    indices,
    mul,
    num,
    replace,
    transform,
    walk,
)
from ..language.fold import TRUE, fold
from .affine import shift
from .domains import dangerous
from .simplify import factors_of, summed


class Contraction(NamedTuple):
    """What is left of a sum: the indices that it still runs over, its factors, its condition."""

    bound: list[Idx]
    factors: list[Expr]
    cond: Expr | None


def contract(
    bound: Iterable[Idx], factors: Iterable[Expr], cond: Expr | None = None, loop: str | None = None
) -> Contraction:
    """Σ_bound Π factors without the deltas that say where a bound index is.

    ``loop`` is the axis of the steps where the sum belongs to a recurrence: δ(here, t − c) is
    solved for t there, t = here + c, and what cannot be computed outside the loop gets a test.
    """
    left = Contraction(list(bound), list(factors), cond)
    while (found := _next(left, loop)) is not None:
        left = _substituted(left, *found)
    return left


def contracted(e: Expr, *, in_place: bool = False) -> Expr:
    """Every sum in a tree, contracted; what no longer depends on its indices moves in front, or
    stays where it is, ``in_place``: on a board that is a line of its own."""

    def visit(x: Expr) -> Expr:
        if not (isinstance(x, Reduce) and x.op == "sum"):
            return x
        bound = [i for i in x.idxs if isinstance(i, Idx)]
        left = contract(bound, [x.body] if in_place else factors_of(x.body), x.cond)
        if len(left.bound) == len(bound):
            return x
        return _in_place(*left) if in_place else summed(*left)

    return transform(e, visit)


def _in_place(bound: list[Idx], factors: list[Expr], cond: Expr | None) -> Expr:
    if bound:
        return Reduce("sum", tuple(bound), mul(factors), cond)
    return mul([*([] if cond is None else [Iverson(cond)]), *factors])


def deltas(i: Iterable[Expr], j: Iterable[Expr]) -> list[Delta]:
    """∂U[j]/∂U[i], index by index."""
    return [Delta(a, b) for a, b in zip(i, j, strict=True)]


# -- which index, and where it is -----------------------------------------------------------------


def _next(left: Contraction, loop: str | None) -> tuple[int, Idx, Expr] | None:
    """The first factor that puts a bound index in one place: its position, the index, the place."""
    for k, f in enumerate(left.factors):
        for u in left.bound:
            at = _place(f, u, loop) or _place_of_reads(f, u, left.factors)
            if at is not None:
                return k, u, at
    return None


def _place(e: Expr, u: Idx, loop: str | None) -> Expr | None:
    """Where the deltas of a factor put ``u``: all its terms, and all its cases, must agree."""
    if isinstance(e, Delta):
        return _solved(e.i, e.j, u, loop) or _solved(e.j, e.i, u, loop)
    if isinstance(e, Neg):
        return _place(e.arg, u, loop)
    if isinstance(e, Div):
        return _place(e.num, u, loop)
    if isinstance(e, Mul):
        return next((at for f in e.args if (at := _place(f, u, loop)) is not None), None)
    if isinstance(e, Add | Where):
        terms = e.args if isinstance(e, Add) else (e.a, e.b)
        places = {_place(a, u, loop) for a in terms}
        return places.pop() if len(places) == 1 else None
    return None


def _solved(side: Expr, other: Expr, u: Idx, loop: str | None) -> Expr | None:
    """u from side = other, where other is an index of the same axis, or a step of the loop."""
    if not isinstance(other, Idx) or other == u:
        return None
    if side == u:
        return other
    c = shift(side, u) if u.axis == loop else None
    if not c:
        return None
    return add([other, num(-c)]) if c < 0 else add([other, Neg(num(c))])


def _place_of_reads(e: Expr, u: Idx, factors: Sequence[Expr]) -> Expr | None:
    """u from [u = a], a an index expression that may lie outside u's axis: there a read is 0, so
    the rest may only read at u. No strong zero is lost then, and a written test may go, too."""
    if not (isinstance(e, Iverson) and isinstance(e.cond, Cmp) and e.cond.op == "=="):
        return None
    for side, other in (e.cond.children(), e.cond.children()[::-1]):
        if side == u and u not in indices(other) and _is_index(other):
            return other if _only_read([f for f in factors if f is not e], u) else None
    return None


def _is_index(e: Expr) -> bool:
    """May an expression stand as an index: whole numbers of indices and sizes, no u//2 or u/2?"""
    if isinstance(e, Num):
        return e.value.denominator == 1
    if isinstance(e, Add | Mul | Neg):
        return all(map(_is_index, e.children()))
    return isinstance(e, Idx) or (isinstance(e, Size) and e.axis != BATCH)


def _only_read(factors: Sequence[Expr], u: Idx) -> bool:
    """Does u stand only as a plain index of reads that multiply the term, at least once?"""
    used = [f for f in factors if u in indices(f)]
    return bool(used) and all(
        isinstance(f, Read) and not any(u in indices(i) and i != u for i in f.indices) for f in used
    )


# -- putting it there -----------------------------------------------------------------------------


def _substituted(left: Contraction, k: int, u: Idx, at: Expr) -> Contraction:
    """The sum without ``u``, which factor ``k`` puts at ``at``."""
    bound = [i for i in left.bound if i != u]
    factors = [replace(f, {u: at}) for f in left.factors]
    cond = None if left.cond is None else replace(left.cond, {u: at})
    tests: list[Expr] = []
    if not isinstance(at, Idx):  # t - 1 at t + 1 is t
        tests = _range_tests(u, at, left.factors)
        tests, factors = [[fold(transform(fold(f), _always)) for f in x] for x in (tests, factors)]
    factors[k] = transform(factors[k], _without_ones)
    return Contraction(bound, [*tests, *(f for f in factors if f != ONE)], cond)


def _without_ones(e: Expr) -> Expr:
    """[a = a] is 1, and no factor."""
    if isinstance(e, Iverson) and isinstance(e.cond, Cmp):
        return ONE if e.cond.op == "==" and e.cond.a == e.cond.b else e
    return mul(e.args) if isinstance(e, Mul) else e


def _range_tests(u: Idx, at: Expr, factors: Iterable[Expr]) -> list[Expr]:
    """[at is inside u's axis], where a factor would divide by what lies outside."""
    if not any(dangerous(e) and u in indices(e) for f in factors for e in walk(f)):
        return []
    later = isinstance(at, Add) and not any(isinstance(a, Neg) for a in at.args)
    return [Iverson(Cmp("<", at, Size(u.axis)) if later else Cmp(">=", at, ZERO))]


def _always(e: Expr) -> Expr:
    """An index lies in its own axis: 0 <= t and t < size[t] always hold."""
    if not (isinstance(e, Cmp) and isinstance(e.a, Idx)):
        return e
    return TRUE if (e.op, e.b) in ((">=", ZERO), ("<", Size(e.a.axis))) else e
