"""How much work it is to evaluate the equations as they are written, before it is done."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from ..language.equation import Equation
from ..language.expr import Expr, Idx, Iverson, Normal, Reduce, walk
from ..network.network import Network
from ..rewrite.simplify import fraction_parts

Size = Callable[[str], int]  # of an axis
STEP = 3000  # what a part of an equation costs in a step of a recurrence, however small it is


def work(network: Network, batch: int) -> int:
    """Elementary operations of all equations as written, for that many samples; the steps of
    recurrences, taken one by one, have a price of their own."""
    return operations(network.written, sizes_of(network, batch))


def operations(equations: Iterable[Equation], size: Size) -> int:
    """The same of any equations."""
    total = 0
    for eq in equations:
        left = math.prod(size(i.axis) for i in eq.indices)
        total += left + _Cost(eq.rhs, size).count
        if eq.loop is not None:
            total += STEP * size(eq.loop) * sum(1 for _ in walk(eq.rhs))
    return total


def sizes_of(network: Network, batch: int) -> Size:
    """axis -> its number of entries. KeyError for an axis whose size is a symbol."""
    known = {a: s for a, s in network.sizes.items() if isinstance(s, int)}
    known |= {a: batch for a, s in network.sizes.items() if s == "N"}
    return lambda axis: known.get(axis, batch) if axis == "n" else known[axis]


def grid(e: Expr, size: Size, fixed: Iterable[Idx] = ()) -> int:
    """The numbers in the largest grid over which a part of ``e`` is spread out."""
    return _Cost(e, size, fixed).peak


class _Cost:
    """Operations and the largest grid of ``e``; an index in ``fixed`` takes one value only."""

    def __init__(self, e: Expr, size: Size, fixed: Iterable[Idx] = ()) -> None:
        self.size, self.fixed = size, frozenset(fixed)
        self.count = self.peak = 0
        self._visit(e)

    def _visit(self, e: Expr) -> frozenset[Expr]:
        """The indices that a part varies with."""
        if isinstance(e, Idx):
            return frozenset([e])
        if isinstance(e, Reduce) and e.op in ("sum", "mean"):
            parts = [f.cond if isinstance(f, Iverson) else f for f, _ in fraction_parts(e.body)]
            parts += [e.cond] if e.cond is not None else []
            inside = frozenset().union(*map(self._visit, parts), e.idxs)
            self.count += self._volume(inside)  # a contraction: no grid of that size is made
            return self._kept(inside, e)
        alive = frozenset().union(*map(self._visit, e.children()))
        volume = self._volume(alive)
        self.count += volume
        self.peak = max(self.peak, volume)
        return self._kept(alive, e)

    def _volume(self, alive: Iterable[Expr]) -> int:
        moving = [i for i in alive if isinstance(i, Idx) and i not in self.fixed]
        return math.prod([self.size(i.axis) for i in moving])

    @staticmethod
    def _kept(alive: frozenset[Expr], e: Expr) -> frozenset[Expr]:
        if not isinstance(e, Reduce | Normal):
            return alive
        outer = frozenset(i for i in getattr(e, "at", ()) if isinstance(i, Idx))
        return (alive - frozenset(e.idxs)) | outer
