"""What a printed line claims, with who judges it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ..language.expr import Expr
from .relation import Relation
from .verdict import FLOOR, Verdict, together


class Statement(Protocol):
    """Whatever a printed line says; ``rows``: so many lines it takes."""

    @property
    def rows(self) -> int: ...

    @property
    def verdict(self) -> Verdict: ...


class Judge(Protocol):
    """Evaluates relations: `truth.Truth` of a network, `steps.StepTruth` of a function's steps."""

    def judged(self, relation: Relation) -> Verdict: ...


class Values(Protocol):
    """Works an expression over entries out; None where it has no value."""

    def number(self, means: Expr) -> float | None: ...


@dataclass(frozen=True)
class Silent:
    """A line that claims nothing, and why: a definition, a name, room for what a student writes."""

    why: str
    rows: int = 1

    @property
    def verdict(self) -> Verdict:
        return Verdict(None, why=self.why)


@dataclass(frozen=True, eq=False)
class Claim:
    """A relation that a line prints; ``rows``: so many lines it takes."""

    judge: Judge
    relation: Relation
    rows: int = 1

    @cached_property
    def verdict(self) -> Verdict:
        return self.judge.judged(self.relation)


@dataclass(frozen=True, eq=False)
class Together:
    """Several claims in one line, as the entries of a matrix are: true where all are."""

    claims: tuple[Statement, ...]
    rows: int = 1

    @cached_property
    def verdict(self) -> Verdict:
        """Nothing is claimed where there is no claim."""
        if not self.claims:
            return Verdict(None, why="nothing is claimed")
        return together([claim.verdict for claim in self.claims])


@dataclass(frozen=True, eq=False)
class Printed:
    """That a number, printed as ``shown``, is the value of ``means`` at the numbers of the spec:
    to ``unit``, the largest gap that its rounding allows."""

    values: Values
    means: Expr
    shown: float
    unit: float
    rows: int = 1

    @cached_property
    def verdict(self) -> Verdict:
        exact = self.values.number(self.means)
        if exact is None:
            return Verdict(None, why="it has no value at the numbers of the spec")
        error = abs(exact - self.shown)
        if error <= self.unit * (1 + 1e-6) + FLOOR * max(1.0, abs(exact)):
            return Verdict(True, exact, error)
        why = f"printed as {self.shown:.10g}, the value is {exact:.10g}"
        return Verdict(False, exact, error, why)
