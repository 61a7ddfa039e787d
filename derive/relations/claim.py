"""What a printed line claims, with who judges it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from .relation import Relation
from .verdict import Verdict


class Judge(Protocol):
    """Evaluates relations: `truth.Truth` of a network, `steps.StepTruth` of a function's steps."""

    def judged(self, relation: Relation) -> Verdict: ...


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

    claims: tuple[Claim, ...]
    rows: int = 1

    @cached_property
    def verdict(self) -> Verdict:
        made = [claim.verdict for claim in self.claims]
        return min(made, key=lambda v: (v.holds is True, v.holds is None, -v.error))
