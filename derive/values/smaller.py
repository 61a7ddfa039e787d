"""The same network with smaller widths, where its real ones are too much to evaluate as written.

Only an axis that no index arithmetic, no comparison and no data of the spec relates to another may
shrink: one that is read at plain indices (a width), a few places before or after (the steps of a
recurrence), or by whole numbers below its own size (a vocabulary). Windows, strides and constants
keep their sizes, so that the code is of the same kind as the real one.
"""

from __future__ import annotations

from dataclasses import replace as change

from ..language.equation import BATCH
from ..language.expr import Add, Cmp, Expr, Idx, Neg, Normal, Num, Read, Reduce, Size, walk
from ..network.axes import shown_axis
from ..network.network import Network

LEAST = 5  # the smallest new size; a size up to LARGE stays
LARGE = 8
SHIFT = 4  # so far may a step of a recurrence read back


def smaller(network: Network) -> tuple[Network, str] | None:
    """The network at smaller sizes and what they are, in words; None where no axis can shrink."""
    found = _Widths(network)
    sizes = {a: s for a, s in network.sizes.items() if isinstance(s, int)}
    free = {
        root: sizes[root]
        for root in dict.fromkeys(map(found.root, sizes))
        if root in sizes and sizes[root] > LARGE and found.plain(root, sizes)
    }
    if not free:
        return None
    order = sorted(set(free.values()))
    new = {old: min(old, LEAST + k) for k, old in enumerate(order)}  # what differed still differs
    made = {a: new[s] if found.root(a) in free else s for a, s in sizes.items()}
    names = [shown_axis(root) for root in free]
    shown = ", ".join(f"{a}={new[s]}" for a, s in zip(names[:4], free.values(), strict=False))
    was = ", ".join(str(s) for s in list(free.values())[:4])
    more = " (and so on)" if len(free) > 4 else ""
    kept = {t.name for t in network.constants}
    values = {name: value for name, value in network.values.items() if name in kept}
    small = change(network, sizes={**network.sizes, **made}, values=values)
    return small, f"at sizes {shown} instead of {was}{more}"


class _Widths:
    """Classes of axes that have one size because one is read with the other's index."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.parent: dict[str, str] = {}
        self.bound: set[str] = set()  # axes whose size means something
        for t in network.constants:
            self._bind(*t.axes, t.integer)
        for name, start in network.initial.items():
            axes = network.tensors[start].axes
            own = [a for a in network.tensors[name].axes if a in axes] or axes
            self._bind(*(set(axes) ^ set(own)))
        for eq in network.written:
            axes = network.tensors[eq.name].axes
            for i, axis in zip(eq.indices, axes, strict=True):
                self._join(i.axis, axis)
            self._visit(eq.rhs)

    def root(self, axis: str) -> str:
        while (up := self.parent.get(axis, axis)) != axis:
            axis = up
        return axis

    def plain(self, root: str, sizes: dict[str, int]) -> bool:
        """May the axes of a class shrink together?"""
        fellows = [a for a in sizes if self.root(a) == root]
        held = {self.root(a) for a in self.bound}
        return root not in held and {sizes[a] for a in fellows} == {sizes[root]}

    def _join(self, one: str | None, other: str | None) -> None:
        if one is None or other is None:
            self._bind(one, other)
        elif self.root(one) != self.root(other):
            self.parent[self.root(one)] = self.root(other)

    def _bind(self, *axes: str | None) -> None:
        self.bound.update(a for a in axes if a is not None)

    def _place(self, index: Expr, axis: str) -> None:
        """An index at the place of an axis: a plain one, a whole number of data, or arithmetic."""
        if isinstance(index, Idx):
            self._join(index.axis, axis)
        elif isinstance(index, Read):
            self._join(self.network.tensors[index.tensor].integer, axis)
            self._visit(index)
        elif (start := _shifted(index)) is not None:
            self._join(start.axis, axis)
        else:
            self._bind(axis, *(e.axis for e in walk(index) if isinstance(e, Size)))
            self._visit(index)

    def _visit(self, e: Expr) -> None:
        if isinstance(e, Idx):
            self._bind(e.axis)
        elif isinstance(e, Read):
            axes = self.network.tensors[e.tensor].axes
            for index, axis in zip(e.indices, axes, strict=True):
                self._place(index, axis)
        elif isinstance(e, Normal):
            for index, i in zip(e.at, e.idxs, strict=True):
                assert isinstance(i, Idx)
                self._place(index, i.axis)
            self._below(e.body, e.cond)
        elif isinstance(e, Reduce):
            if e.op in ("argmax", "argmin"):
                self._bind(*(i.axis for i in e.idxs if isinstance(i, Idx)))
            self._below(e.body, e.cond)
        elif isinstance(e, Cmp):
            self._compared(e)
        else:
            self._below(*e.children())

    def _below(self, *parts: Expr | None) -> None:
        for part in parts:
            if part is not None:
                self._visit(part)

    def _compared(self, e: Cmp) -> None:
        """``k == y`` with whole numbers y below the size of k is a gathered read, too."""
        a, b = (e.a, e.b) if isinstance(e.a, Idx) else (e.b, e.a)
        if isinstance(a, Idx) and isinstance(b, Read) and e.op in ("==", "!=") and a.axis != BATCH:
            self._place(b, a.axis)
            return
        self._bind(*(x.axis for x in walk(e) if isinstance(x, Size)))
        self._below(e.a, e.b)


def _shifted(index: Expr) -> Idx | Size | None:
    """t, when an index is t or size[t] and a small number more or less."""
    if not isinstance(index, Add) or len(index.args) != 2:
        return None
    start, number = index.args
    number = number.arg if isinstance(number, Neg) else number
    small = isinstance(number, Num) and abs(number.value) <= SHIFT
    return start if small and isinstance(start, Idx | Size) else None
