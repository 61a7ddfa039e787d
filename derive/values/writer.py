"""Expressions written out: no sum, no free index, every read an entry.

What `derive.values.entries.entry` does for the right side of an equation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from ..language.errors import ChalkgradError
from ..language.expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Read,
    Reduce,
    Size,
    Where,
    conjunction,
    num,
)
from ..language.fold import FALSE, TRUE
from ..language.literal import truth, whole
from ..network.network import Network

MAX_TERMS = 20_000  # terms one entry may be written out to
_BEATS = {"argmax": (">", ">="), "argmin": ("<", "<=")}


def axis_size(network: Network, axis: str) -> int:
    size = network.size(axis)
    if isinstance(size, int):
        return size
    raise ChalkgradError(
        f"the size {size} is a symbol", hint="numbers need a network with numbers as sizes"
    )


class Writer:
    """Writes expressions out; more than `MAX_TERMS` terms are refused."""

    def __init__(self, network: Network) -> None:
        self.network, self.count = network, 0

    def go(self, e: Expr, at: Mapping[Expr, Expr]) -> Expr:
        """The expression with ``at`` in place of its free indices."""
        if e in at:
            return at[e]
        if isinstance(e, Size):
            return num(axis_size(self.network, e.axis))
        if isinstance(e, Reduce):
            return self.reduce(e, at)
        if isinstance(e, Normal):
            return self.normal(e, at)
        if isinstance(e, Num | Const | Name):
            return e
        if isinstance(e, Cmp) and e.op == "==" and isinstance(e.b, Reduce) and e.b.op in _BEATS:
            place = whole(self.go(e.a, at))
            if place is not None:
                return _wins(dict(self.numbered(e.b, at, e.b.body)), place, e.b.op)
        if isinstance(e, Mul):
            return self.product(e, at)
        return self.tidy(e.rebuild(tuple(self.go(k, at) for k in e.children())))

    def product(self, e: Mul, at: Mapping[Expr, Expr]) -> Expr:
        """Behind a factor 0 nothing is written out: a delta keeps few terms of a long sum."""
        kept: list[Expr] = []
        for factor in e.args:
            kept.append(self.go(factor, at))
            if kept[-1] == ZERO:
                return ZERO
        return _product(kept)

    def tidy(self, e: Expr) -> Expr:
        """Indices become numbers; what is known to be 0, true or false goes."""
        if isinstance(e, Read):
            return self.read(e)
        if isinstance(e, Add):
            return _sum(e.args)
        if isinstance(e, Neg):
            return ZERO if e.arg == ZERO else e
        if isinstance(e, Div):
            return ZERO if e.num == ZERO else e.num if e.den == ONE else e
        known = truth(e.cond) if isinstance(e, Iverson | Where) else None
        if known is None:
            return e
        one, other = (e.a, e.b) if isinstance(e, Where) else (ONE, ZERO)
        return one if known else other

    def read(self, e: Read) -> Expr:
        at = [whole(i) for i in e.indices]
        if any(i is None for i in at):
            return e
        shape = [axis_size(self.network, a) for a in self.network.tensors[e.tensor].axes]
        inside = all(0 <= i < s for i, s in zip(at, shape, strict=True) if i is not None)
        return Read(e.tensor, tuple(num(i) for i in at if i is not None)) if inside else ZERO

    def terms(self, e: Reduce | Normal, at: Mapping[Expr, Expr], body: Expr) -> Iterator[Expr]:
        """``body`` for every value of the bound indices for which the condition holds."""
        return (term for _, term in self.numbered(e, at, body))

    def numbered(
        self, e: Reduce | Normal, at: Mapping[Expr, Expr], body: Expr
    ) -> Iterator[tuple[int, Expr]]:
        """The `terms` with their places: those that the condition leaves out count."""
        bound = [i for i in e.idxs if isinstance(i, Idx)]
        every = itertools.product(*(range(axis_size(self.network, i.axis)) for i in bound))
        for place, k in enumerate(every):
            self.count += 1
            if self.count > MAX_TERMS:
                raise ChalkgradError(
                    f"written out, this has more than {MAX_TERMS} terms",
                    hint="numbers are for small networks",
                )
            here: dict[Expr, Expr] = {**at, **dict(zip(bound, map(num, k), strict=True))}
            holds = True if e.cond is None else truth(self.go(e.cond, here))
            if holds is None:
                raise ChalkgradError("a condition on values stands under a sum")
            if holds:
                yield place, self.go(body, here)

    def reduce(self, e: Reduce, at: Mapping[Expr, Expr]) -> Expr:
        if e.op in _BEATS:
            return _first(dict(self.numbered(e, at, e.body)), e.op)
        terms = list(self.terms(e, at, e.body))
        if e.op == "sum":
            return _sum(terms)
        if e.op == "prod":
            return _product(terms)
        if e.op == "mean":
            total = _sum(terms)
            return total if len(terms) == 1 else Div(total, num(len(terms)))
        if e.op == "logsumexp":
            return Fn("log", (_sum([Fn("exp", (t,)) for t in terms]),))
        made = terms[0]
        for t in terms[1:]:
            made = Fn(e.op, (made, t))
        return made

    def normal(self, e: Normal, at: Mapping[Expr, Expr]) -> Expr:
        outer = {i: self.go(o, at) for i, o in zip(e.idxs, e.at, strict=True)}
        here = self.go(e.body, {**at, **outer})
        total = _sum([Fn("exp", (t,)) for t in self.terms(e, at, e.body)])
        if e.cond is not None and truth(self.go(e.cond, {**at, **outer})) is False:
            return ZERO if e.op == "softmax" else Neg(Const("inf"))
        if e.op == "softmax":
            return Div(Fn("exp", (here,)), total)
        return Add((here, Neg(Fn("log", (total,)))))


def _sum(terms: Sequence[Expr]) -> Expr:
    """Terms as they are grouped: in doubles, another order would be another number."""
    kept = [t for t in terms if t != ZERO]
    return ZERO if not kept else kept[0] if len(kept) == 1 else Add(tuple(kept))


def _product(factors: Sequence[Expr]) -> Expr:
    if any(f == ZERO for f in factors):
        return ZERO
    kept = [f for f in factors if f != ONE]
    return ONE if not kept else kept[0] if len(kept) == 1 else Mul(tuple(kept))


def _first(terms: Mapping[int, Expr], op: str) -> Expr:
    """The place of the largest (smallest) term, the first where several are equal."""
    return _sum([_product((num(k), _indicator(_wins(terms, k, op)))) for k in terms if k])


def _indicator(cond: Expr) -> Expr:
    return ONE if cond == TRUE else Iverson(cond)


def _wins(terms: Mapping[int, Expr], place: int, op: str) -> Expr:
    """Is the term at a place the first of the largest (smallest)? It beats those before it, and
    those after it do not beat it: as many tests as there are other terms."""
    if place not in terms:
        return FALSE
    beats, equals = _BEATS[op]
    here = terms[place]
    tests = [Cmp(beats if k < place else equals, here, t)
             for k, t in terms.items() if k != place]  # fmt: skip
    return conjunction(tests) or TRUE
