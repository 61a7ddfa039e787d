"""What the lines of a text say; a false one stops the build, by the number of its equation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from ..chainrule.derivation import Derivation
from ..language.equation import Equation
from ..language.errors import ChalkgradError
from ..language.expr import Expr, Read
from ..steps.step_nodes import Steps
from ..values.arrays import Array
from .claim import Claim, Statement
from .numbers import Numbers
from .relation import ENTRIES, Relation
from .steps import StepTruth
from .truth import Truth
from .verdict import Verdict, compared

FUNCTIONS = 0  # the number of what is said of functions


@dataclass(frozen=True, eq=False)
class Value:
    """That an array is the value of a tensor or of an adjoint at the numbers of the spec."""

    numbers: Numbers
    name: str
    shown: Array
    rows: int = 1

    @cached_property
    def verdict(self) -> Verdict:
        exact = self.numbers.array(self.name)
        made = None if exact is None else compared((exact, self.shown))
        return made or Verdict(None, why="it has no value at the numbers of the spec")


class Claims:
    """The claims of one text, by the numbers of its equations. ``batch`` is the derivation of all
    samples, ``d`` that of one, where the text speaks of one; ``columns`` and ``turned`` say how it
    writes matrices (`Relation`), ``quick`` how its lines are judged (`Truth`)."""

    def __init__(
        self, batch: Derivation, d: Derivation, *, columns: bool = False,
        turned: Collection[str] = frozenset(), quick: bool = False,
    ) -> None:  # fmt: skip
        self.truth = Truth(batch.network, d, quick=quick)
        self.of_all = Truth(batch.network, batch, quick=quick)
        self.columns, self.turned = columns, turned
        self.made: list[tuple[int, Statement]] = []

    def claim(self, number: int, said: Statement) -> None:
        self.made.append((number, said))

    def line(self, number: int, *sides: Expr, kind: str = ENTRIES) -> None:
        relation = Relation(sides, kind, self.turned, self.columns)
        self.claim(number, Claim(self.truth, relation))

    def equation(self, number: int, eq: Equation) -> None:
        self.line(number, Read(eq.name, eq.indices), eq.rhs)

    def batch(self, number: int, eq: Equation) -> None:
        """An equation about all samples."""
        relation = Relation((Read(eq.name, eq.indices), eq.rhs))
        self.claim(number, Claim(self.of_all, relation))

    def value(self, number: int, numbers: Numbers, name: str, shown: Array) -> None:
        """That a tensor, or an adjoint, has these values at the numbers of the spec."""
        self.claim(number, Value(numbers, name, shown))

    def steps(self, steps: Steps) -> None:
        """The lines of a function's derivative."""
        truth = StepTruth(steps)
        for x in steps.lines:
            self.claim(FUNCTIONS, Claim(truth, Relation((x.left, x.right))))

    def prove(self, text: str) -> None:
        """Raises ChalkgradError for a false line of what is called ``text``."""
        for number, claim in self.made:
            if claim.verdict.holds is False:
                where = f"equation {number}" if number != FUNCTIONS else "the functions"
                raise ChalkgradError(
                    f"a line of {text} is false: {claim.verdict.why}", where=where,
                    hint="this is a fault of chalkgrad, not of your spec: please report it",
                )  # fmt: skip
