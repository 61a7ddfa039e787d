"""An entry worked out by hand: formula, numbers, result."""

from __future__ import annotations

from typing import NamedTuple

from ....derive.relations.claim import Claim
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.nodes import Sign
from ...formula.tree.write import EQUALS, spaced
from .substituted import worked_out


class Calculation(NamedTuple):
    """An entry by hand, as it is printed, and what it says."""

    left: Formula
    formula: Formula
    says: Claim
    numbers: Formula | None = None
    relation: Sign = EQUALS
    result: Formula | None = None

    @property
    def worked(self) -> Formula:
        """The numbers and what they give; the formula where it reads none."""
        if self.numbers is None or self.result is None:
            return self.formula
        return worked_out(self.numbers, self.relation, self.result)

    @property
    def right(self) -> Formula:
        """The formula, and its numbers where it has any."""
        return self.formula if self.numbers is None else spaced(self.formula, EQUALS, self.worked)
