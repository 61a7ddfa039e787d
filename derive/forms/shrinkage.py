"""The squared penalty as textbooks write it: (λ/2)‖W‖², whose gradient is λW.

A spec gives the rate r of r Σ W², so λ is 2r. One λ stands for all penalised tensors; where their
rates differ the numbers stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..language.expr import (
    Const,
    Div,
    Expr,
    Mul,
    Num,
    Pow,
    Read,
    Reduce,
    node,
    num,
    transform,
)
from ..network.network import Network
from .gathered import decimal

LABEL = "l2"  # of the catalogue's penalty
LAMBDA = Const("lambda")


@node
class Norm(Expr):
    """‖W‖ of a whole tensor: the root of the sum of its squares."""

    arg: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Norm(*children)


@dataclass(frozen=True)
class Shrinkage:
    """λ as a number, the tensors that it shrinks, and the first of the penalties."""

    strength: Num
    first: str
    weights: frozenset[str]

    def written(self, e: Expr) -> Expr:
        """The expression with (λ/2)‖W‖² for r Σ W² and λ W for 2r W."""
        return transform(e, self._written)

    def _written(self, e: Expr) -> Expr:
        match e:
            case Mul((Num(), Reduce(body=Pow(Read(name))))) if name in self.weights and squares(e):
                return Mul((Div(LAMBDA, num(2)), Pow(Norm(Read(name)), num(2))))
            case Mul((Num() as rate, *rest)) if rate == self.strength:
                shrunk = any(isinstance(f, Read) and f.tensor in self.weights for f in rest)
                return Mul((LAMBDA, *rest)) if shrunk else e
        return e


def shrinkage_of(network: Network) -> Shrinkage | None:
    """The one λ of a network's squared penalties, where it has one."""
    layers = [layer for layer in network.layers if layer.label == LABEL]
    made = {e.name: e.rhs for e in network.equations}
    rates = {squares(made[layer.target]) for layer in layers}
    rate = rates.pop() if len(rates) == 1 else None
    strength = decimal(2 * rate.value) if rate is not None else None
    weights = frozenset(name for layer in layers for name in layer.sources)
    return Shrinkage(strength, layers[0].target, weights) if strength is not None else None


def squares(e: Expr) -> Num | None:
    """The rate r of r Σ W²; None for anything else."""
    match e:
        case Mul((Num() as rate, Reduce("sum", indices, Pow(Read(_, places), exp), None))):
            return rate if exp == num(2) and indices == places else None
    return None
