"""What the sweep hands to every printer: the numbered equations and each adjoint's three states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ..language.equation import Equation
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Expr, Idx, Read, tensors
from ..network.network import Network
from .calculus import Partial


@dataclass(frozen=True)
class Contribution:
    """One path into an adjoint: through ``equation``, by its local derivative ``partial``.

    The three states are (1) the chain rule, d(equation) · ∂equation/∂tensor; (2) ``partial``, the
    local Jacobian with its deltas at ``place``; (3) ``value``, contracted."""

    equation: str
    partial: Partial
    place: tuple[Idx, ...]
    value: Expr


@dataclass(frozen=True)
class Step:
    """One adjoint equation. ``of`` is the tensor it is the adjoint of ('' for a split part);
    ``inlined`` marks a constant that is written where it is used instead of being computed."""

    number: int
    equation: Equation
    of: str
    contributions: tuple[Contribution, ...]
    inlined: bool = False


@dataclass(frozen=True)
class Derivation:
    """Forward equations 1…m and adjoint equations m + 1…, immutable; `codegen` prints it."""

    network: Network
    forward: tuple[Equation, ...]
    steps: tuple[Step, ...]
    prefix: str
    wanted: tuple[str, ...]
    of: str

    def numbered(self) -> Iterator[tuple[int, Equation]]:
        """The forward equations with their numbers."""
        return enumerate(self.forward, start=1)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of every equation, by the tensor or adjoint that it makes."""
        forward = {e.name: k for k, e in self.numbered()}
        return forward | {s.equation.name: s.number for s in self.steps}

    @cached_property
    def by_tensor(self) -> dict[str, Step]:
        return {s.of: s for s in self.steps if s.of}

    def step(self, tensor: str) -> Step:
        """The step that derives ∂loss/∂tensor."""
        try:
            return self.by_tensor[tensor]
        except KeyError:
            raise ChalkgradError(
                f"there is no gradient with respect to '{tensor}'",
                hint=suggest(tensor, self.by_tensor),
            ) from None

    def steps_to(self, tensor: str) -> list[Step]:
        """Every adjoint that ∂loss/∂tensor is made from, in the order of the sweep, itself last."""
        needed = {self.step(tensor).equation.name}
        for step in reversed(self.steps):
            if step.equation.name in needed:
                needed |= {self.adjoint(c.equation) for c in step.contributions}
                needed.update(tensors(step.equation.rhs))
        return [s for s in self.steps if s.equation.name in needed]

    def adjoint(self, tensor: str) -> str:
        return f"{self.prefix}{tensor}"

    @property
    def shown_loss(self) -> str:
        """What is differentiated, by the name a board gives it: L where ``loss = L`` repeats it."""
        network = self.network
        eq = next((e for e in self.forward if e.name == self.of), None)
        same = eq is not None and self.of == network.loss and eq.rhs == Read(network.sample_loss)
        return network.sample_loss if same else self.of
