"""A gradient as one product of matrices: ∂L/∂W1 = y0ᵀ (∂L/∂y1 ⊙ g'(v1)).

The matrix forms of the steps on the way from the loss, put into each other: as far back as the
nearest gradient in ``shown``, or to ∂L/∂ŷ. Local derivatives of elementwise functions stay g'(v).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..chainrule.derivation import Derivation, Step
from ..language.equation import Equation
from ..language.expr import Expr, Fn, Read, reads, replace, transform
from .matrix import matrix_form
from .matrix_nodes import Hadamard, MatMul, Slope


def matrix_chain(d: Derivation, tensor: str, shown: Collection[str] = ()) -> Expr | None:
    """The right side over whole tensors; None where a step on the way has no matrix form.

    ``d`` is the derivation of one sample (`derive.chainrule.sample`); ``shown`` are tensors whose
    gradients stand as they are.
    """
    return _Chain(d, set(shown)).expand(tensor)


def local_slope(d: Derivation, step: Step) -> Slope | None:
    """g'(v) where the only reader of the step's tensor is an elementwise function of it."""
    if len(step.contributions) != 1 or not step.of:
        return None
    eq = next(e for e in d.forward if e.name == step.contributions[0].equation)
    rhs = eq.rhs
    if not isinstance(rhs, Fn) or len(rhs.args) != 1 or eq.name in (d.of, d.network.sample_loss):
        return None
    whole = Read(step.of, eq.indices)
    return Slope(rhs.name, Read(step.of)) if rhs.args[0] == whole else None


class _Chain:
    def __init__(self, d: Derivation, shown: set[str]) -> None:
        self.d, self.shown = d, shown
        self.adjoints = {s.equation.name: s.of for s in d.steps if s.of}
        self.equations: Mapping[str, Equation] = {e.name: e for e in d.forward}

    def expand(self, tensor: str) -> Expr | None:
        step = self.d.step(tensor)
        if len(step.equation.indices) > 2:  # no matrix, its slopes g'(v) neither
            return None
        slope = local_slope(self.d, step)
        if slope is not None:
            above = self.above(step.contributions[0].equation)
            flat = above.args if isinstance(above, Hadamard) else (above,)
            return None if above is None else Hadamard((*_some(flat), slope))
        made = matrix_form(step.equation, self.d.network.tensors, self.d.network.sizes)
        if made is None:
            return None
        new: dict[Expr, Expr] = {}
        for r in reads(made):
            if r.tensor in self.adjoints:
                inner = self.above(self.adjoints[r.tensor])
                if inner is None:
                    return None
                new[r] = inner
        return transform(replace(made, new), self.joined)

    def above(self, tensor: str) -> Expr | None:
        """∂L/∂tensor inside a product: as a factor, or written out."""
        stays = tensor in self.shown or tensor == self.d.network.output
        if stays or self.d.by_tensor[tensor].inlined:
            return Read(self.d.adjoint(tensor))
        return self.expand(tensor)

    def joined(self, e: Expr) -> Expr:
        """A product inside a product needs no parentheses: (A B) C = A B C."""
        if not isinstance(e, MatMul):
            return e
        flat = [x for a in e.args for x in (a.args if isinstance(a, MatMul) else (a,))]
        return MatMul(tuple(flat))


def _some(parts: tuple[Expr | None, ...]) -> list[Expr]:
    return [p for p in parts if p is not None]
