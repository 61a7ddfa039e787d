"""What the lines of an article say; a false one stops the build, by the number of its equation."""

from __future__ import annotations

from ...derive.chainrule.derivation import Derivation
from ...derive.language.equation import Equation
from ...derive.language.errors import ChalkgradError
from ...derive.language.expr import Expr, Read
from ...derive.relations.claim import Claim
from ...derive.relations.relation import ENTRIES, Relation
from ...derive.relations.steps import StepTruth
from ...derive.relations.truth import Truth
from ...derive.steps.step_nodes import Steps
from ..notation.symbols import Symbols

FUNCTIONS = 0  # the number of what is said of functions


class Claims:
    """The claims of one article, by the numbers of its equations. ``batch`` is the derivation of
    all samples, ``d`` that of one, where an article speaks of one."""

    def __init__(self, batch: Derivation, d: Derivation, symbols: Symbols) -> None:
        self.truth, self.of_all = Truth(batch.network, d), Truth(batch.network, batch)
        self.columns = symbols.style.vectors == "column"
        self.turned = symbols.turned()
        self.made: list[tuple[int, Claim]] = []

    def line(self, number: int, *sides: Expr, kind: str = ENTRIES) -> None:
        relation = Relation(sides, kind, self.turned, self.columns)
        self.made.append((number, Claim(self.truth, relation)))

    def equation(self, number: int, eq: Equation) -> None:
        self.line(number, Read(eq.name, eq.indices), eq.rhs)

    def batch(self, number: int, eq: Equation) -> None:
        """An equation about all samples."""
        relation = Relation((Read(eq.name, eq.indices), eq.rhs))
        self.made.append((number, Claim(self.of_all, relation)))

    def steps(self, steps: Steps) -> None:
        """The lines of a function's derivative."""
        truth = StepTruth(steps)
        for x in steps.lines:
            self.made.append((FUNCTIONS, Claim(truth, Relation((x.left, x.right)))))

    def prove(self) -> None:
        """Raises ChalkgradError for a false line."""
        for number, claim in self.made:
            if claim.verdict.holds is False:
                where = f"equation {number}" if number != FUNCTIONS else "the functions"
                raise ChalkgradError(
                    f"a line of the article is false: {claim.verdict.why}", where=where,
                    hint="this is a fault of chalkgrad, not of your spec: please report it",
                )  # fmt: skip
