"""Contraction: Σ_u δ(u, a) F(u) = F(a), wherever a delta meets an index that is summed over.

    bound = [u], factors = [T[u], δ(i, u), U[u, k]]    leaves    [], [T[i], U[i, k]]

A `Delta` comes from a derivative, so both sides are entries of one axis. An equality that somebody
wrote is a `Cmp` in an `Iverson`, a strong zero, and stays one (but for `_place_of_reads`). What is
left of either, affine or gathered, stays a 0/1 factor that lowering scatters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..language.affine import shift
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
from .domains import dangerous, may_be_empty
from .simplify import factors_of, summed

Places = dict[Idx, tuple[int, Expr]]  # where a bound index is, and which factor says so


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
    while left.bound and (places := _places(left, loop) or _place_of_reads(left)):
        left = _substituted(left, places)
    return left


def contracted(e: Expr, *, in_place: bool = False) -> Expr:
    """Every sum in a tree, contracted; what no longer depends on its indices moves in front, or
    stays where it is, ``in_place``: on a board that is a line of its own."""

    def visit(x: Expr) -> Expr:
        if not (isinstance(x, Reduce) and x.op == "sum"):
            return x
        bound = [i for i in x.idxs if isinstance(i, Idx)]
        factors = _taken_out(x.body, bound) if in_place else factors_of(x.body)
        left = contract(bound, factors, x.cond)
        if len(left.bound) == len(bound):
            return x
        return _in_place(*left) if in_place else summed(*left)

    return transform(e, visit)


def _in_place(bound: list[Idx], factors: list[Expr], cond: Expr | None) -> Expr:
    if bound:
        return Reduce("sum", tuple(bound), mul(factors), cond)
    return mul([*([] if cond is None else [Iverson(cond)]), *factors])


def _taken_out(e: Expr, bound: Sequence[Idx]) -> list[Expr]:
    """aδ + bδ as δ and a + b: the deltas that all terms and all cases have, and the rest."""
    common = dict.fromkeys(d for u in bound if (d := _carried(e, u)) is not None)

    def rest(x: Expr) -> Expr:
        if x in common:
            return ONE
        return mul(x.args) if isinstance(x, Mul) else x

    return [*common, transform(e, rest)] if common else [e]


def _carried(e: Expr, u: Idx) -> Expr | None:
    """The delta that puts ``u`` at another index, in every term and case of ``e``."""
    if isinstance(e, Delta):
        return e if _solved(e.i, e.j, (u,)) or _solved(e.j, e.i, (u,)) else None
    if isinstance(e, Neg):
        return _carried(e.arg, u)
    if isinstance(e, Div):
        return _carried(e.num, u)
    if isinstance(e, Mul):
        return next((d for f in e.args if (d := _carried(f, u)) is not None), None)
    if isinstance(e, Add | Where):
        found = {_carried(a, u) for a in (e.args if isinstance(e, Add) else (e.a, e.b))}
        return found.pop() if len(found) == 1 else None
    return None


def deltas(i: Iterable[Expr], j: Iterable[Expr]) -> list[Delta]:
    """∂U[j]/∂U[i], index by index."""
    return [Delta(a, b) for a, b in zip(i, j, strict=True)]


# -- which index, and where it is -----------------------------------------------------------------


def _places(left: Contraction, loop: str | None) -> Places:
    """As many bound indices as can be replaced at once: their places are free of all of them."""
    found: Places = {}
    still = list(left.bound)
    for k, f in enumerate(left.factors):
        if not isinstance(f, Delta):
            continue
        pair = _solved(f.i, f.j, still, loop) or _solved(f.j, f.i, still, loop)
        if pair is None:
            continue
        u, at = pair
        if any(i in left.bound for i in indices(at)):  # δ(u, v), both summed over
            return found or {u: (k, at)}
        found[u] = (k, at)
        still.remove(u)
    return found


def _solved(
    side: Expr, other: Expr, bound: Sequence[Idx], loop: str | None = None
) -> tuple[Idx, Expr] | None:
    """u from side = other, where other is an index of the same axis, or a step of the loop."""
    if not isinstance(other, Idx):
        return None
    if isinstance(side, Idx):
        return (side, other) if side in bound and side != other else None
    for u in bound:
        c = shift(side, u) if u.axis == loop else None
        if c:
            return u, add([other, num(-c)]) if c < 0 else add([other, Neg(num(c))])
    return None


def _place_of_reads(left: Contraction) -> Places:
    """u from [u = a], a an index expression that may lie outside u's axis: there a read is 0, so
    the rest may only read at u. No strong zero is lost then, and a written test may go, too."""
    for k, e in enumerate(left.factors):
        if not (isinstance(e, Iverson) and isinstance(e.cond, Cmp) and e.cond.op == "=="):
            continue
        for u, at in (e.cond.children(), e.cond.children()[::-1]):
            if u not in left.bound or u in indices(at) or not _is_index(at):
                continue
            assert isinstance(u, Idx)
            if _only_read([f for f in left.factors if f is not e], u):
                return {u: (k, at)}
    return {}


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


def _substituted(left: Contraction, places: Places) -> Contraction:
    """The sum without the indices of ``places``, and without the deltas that say so."""
    put: dict[Idx, Expr] = {u: at for u, (_, at) in places.items()}
    solved = not all(isinstance(at, Idx) for at in put.values())

    def moved(f: Expr) -> Expr:
        f = replace(f, put)
        return fold(transform(fold(f), _always)) if solved else f  # t - 1 at t + 1 is t

    said = {k for k, _ in places.values()}
    others = [f for k, f in enumerate(left.factors) if k not in said]
    tests = [t for u, at in put.items() for t in _range_tests(u, at, others)]
    bound = [i for i in left.bound if i not in put]
    cond = None if left.cond is None else replace(left.cond, put)
    return Contraction(bound, [*map(moved, tests), *map(moved, others)], cond)


def _range_tests(u: Idx, at: Expr, factors: Iterable[Expr]) -> list[Expr]:
    """[at is inside u's axis], where a factor would divide by what lies outside, or has no value
    there: the least of all t <= u is that of none."""
    if isinstance(at, Idx):
        return []
    moved = [e for f in factors for e in walk(f) if u in indices(e)]
    if not any(dangerous(e) or may_be_empty(e) for e in moved):
        return []
    later = isinstance(at, Add) and not any(isinstance(a, Neg) for a in at.args)
    return [Iverson(Cmp("<", at, Size(u.axis)) if later else Cmp(">=", at, ZERO))]


def _always(e: Expr) -> Expr:
    """An index lies in its own axis: 0 <= t and t < size[t] always hold."""
    if not (isinstance(e, Cmp) and isinstance(e.a, Idx)):
        return e
    return TRUE if (e.op, e.b) in ((">=", ZERO), ("<", Size(e.a.axis))) else e
