"""The chain rule of one gradient, ∂L/∂W0 = ∂L/∂y1 × ∂y1/∂v1 × …: one object for every printer.

Where a tensor is read several times its paths are added, a `Chain` has one product for each.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

from ..chainrule.derivation import Derivation
from ..language.errors import ChalkgradError
from ..language.expr import Add, Expr, Mul, Read, add, mul, node, tensors


@node
class Local(Expr):
    """∂of/∂wrt as a symbol. ``direct`` marks the path that passes through nothing else, where
    the whole derivative stands in the same line (∂⁺L/∂x)."""

    of: Expr
    wrt: Expr
    direct: bool = False

    def children(self) -> tuple[Expr, ...]:
        return (self.of, self.wrt)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Local(children[0], children[1], self.direct)


WAYS = 4  # paths that are spelled out; of more, each stops at the first fan-out above

Way = tuple[Local, ...]
"""The factors of one path, the first at the loss."""


@dataclass(frozen=True)
class Chain:
    """∂L/∂T as a sum over the paths from the loss to T; none where the loss reads T directly."""

    left: Local
    ways: tuple[Way, ...]

    @property
    def right(self) -> Expr:
        """The sum of products as a tree."""
        return add(mul(way) for way in self.ways) if self.ways else self.left


def chain(
    d: Derivation, tensor: str, mode: str = "full", shown: Collection[str] | None = None
) -> Chain:
    """The chain rule of a gradient, path by path.

    ``full`` goes to the tensor, ``reuse`` starts at the nearest adjoint in ``shown`` (None: every
    one). The loss equations are one factor ∂L/∂ŷ, and an adjoint that occurs a second time stands
    as one factor. Raises ChalkgradError for an unknown tensor.
    """
    if mode not in ("reuse", "full"):
        raise ChalkgradError(f"a chain is 'reuse' or 'full', not '{mode}'", where="chain")
    d.step(tensor)
    left, right = _Chain(d, tensor, mode == "full", shown, split=True).sides()
    ways = _ways(right)
    if len(ways) > WAYS:
        ways = _ways(_Chain(d, tensor, mode == "full", shown, split=False).sides()[1])
    assert isinstance(left, Local)
    return Chain(left, () if ways == [(left,)] else tuple(ways))


def chain_form(
    d: Derivation, tensor: str, mode: str = "full", shown: Collection[str] | None = None
) -> tuple[Expr, Expr]:
    """Both sides of `chain` as trees."""
    made = chain(d, tensor, mode, shown)
    return made.left, made.right


def _ways(e: Expr) -> list[Way]:
    """A product of sums as the sum of its products."""
    if isinstance(e, Add):
        return [way for a in e.args for way in _ways(a)]
    if isinstance(e, Mul):
        return [tuple(f for part in parts for f in part) for parts in product(*map(_ways, e.args))]
    return [(e,)] if isinstance(e, Local) else [()]


class _Chain:
    def __init__(
        self, d: Derivation, tensor: str, full: bool, shown: Collection[str] | None, *, split: bool
    ) -> None:
        self.d, self.tensor = d, tensor
        self.full, self.shown, self.split = full, shown, split
        self.loss = d.shown_loss
        self.folded = _folded(d)
        self.seen = {tensor}

    def sides(self) -> tuple[Expr, Expr]:
        left = self.local(self.loss, self.tensor)
        if self.tensor in (self.loss, self.d.of):
            return left, left
        onward = self.consumers(self.tensor)
        terms = [self.path(name, self.tensor) for name in onward]
        if len(terms) > 1:
            terms = [
                Local(t.of, t.wrt, True) if isinstance(t, Local) and t == left else t for t in terms
            ]
        return left, add(terms)

    def consumers(self, tensor: str) -> list[str]:
        step = self.d.by_tensor.get(tensor)
        return list(dict.fromkeys(c.equation for c in step.contributions)) if step else []

    def local(self, of: str, wrt: str) -> Expr:
        return Local(Read(self.loss if of == self.d.of else of), Read(wrt))

    def path(self, consumer: str, tensor: str) -> Expr:
        """∂loss/∂consumer × ∂consumer/∂tensor, the first factor as far as it is to be shown."""
        last: list[Expr] = []
        while True:
            last.insert(0, self.local(consumer, tensor))
            if consumer in (self.loss, self.d.of):
                return mul(last)
            onward = self.consumers(consumer)
            if self.stops(consumer, onward):
                return mul([self.local(self.loss, consumer), *last])
            self.seen.add(consumer)
            if len(onward) > 1 and not self.split:
                return mul([self.local(self.loss, consumer), *last])
            if len(onward) > 1:
                return mul([add([self.path(name, consumer) for name in onward]), *last])
            consumer, tensor = onward[0], consumer

    def stops(self, tensor: str, onward: list[str]) -> bool:
        """Does ∂loss/∂tensor stand as one factor here?"""
        if tensor in self.seen or tensor in self.folded:
            return True
        if not self.full and (self.shown is None or tensor in self.shown):
            return True
        return all(name in self.folded for name in onward)


def _folded(d: Derivation) -> set[str]:
    """The loss equations: what depends on the output, and adjoints that are written in place."""
    folded = {d.of, d.network.sample_loss} | {s.of for s in d.steps if s.inlined and s.of}
    below = {d.network.output}
    for eq in d.forward:
        if any(name in below for name in tensors(eq.rhs)):
            below.add(eq.name)
    return folded | (below - {d.network.output})
