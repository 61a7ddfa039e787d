"""The chain rule of one gradient, ∂L/∂W0 = ∂L/∂y1 × ∂y1/∂v1 × …, as a tree for every printer."""

from __future__ import annotations

from collections.abc import Collection

from ..chainrule.derivation import Derivation
from ..language.errors import ChalkgradError
from ..language.expr import ONE, Expr, Read, add, mul, node, tensors


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


def chain_form(
    d: Derivation, tensor: str, mode: str = "full", shown: Collection[str] | None = None
) -> tuple[Expr, Expr]:
    """Left and right side of the chain rule: `Local` factors from the loss to the tensor.

    ``full`` goes to the tensor, ``reuse`` starts at the nearest adjoint in ``shown`` (None: every
    one). The loss equations are one factor ∂L/∂ŷ, a fan-out is a sum, and an adjoint that
    occurs a second time stands as one factor. Raises ChalkgradError for an unknown tensor.
    """
    if mode not in ("reuse", "full"):
        raise ChalkgradError(f"a chain is 'reuse' or 'full', not '{mode}'", where="chain")
    d.step(tensor)
    return _Chain(d, tensor, mode == "full", shown).sides()


class _Chain:
    def __init__(
        self, d: Derivation, tensor: str, full: bool, shown: Collection[str] | None
    ) -> None:
        self.d, self.tensor = d, tensor
        self.full, self.shown = full, shown
        self.loss = d.shown_loss
        self.folded = _folded(d)
        self.seen = {tensor}

    def sides(self) -> tuple[Expr, Expr]:
        left = self.local(self.loss, self.tensor)
        if self.tensor in (self.loss, self.d.of):
            return left, ONE
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
