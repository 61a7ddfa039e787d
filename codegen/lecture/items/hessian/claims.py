"""What the equations and numbers of a Hessian say."""

from __future__ import annotations

from collections.abc import Sequence

from .....derive.language.expr import Expr, Read, num, transform
from .....derive.relations.claim import Claim, Silent
from .....derive.relations.curvature import Moving, SecondNumbers, SecondTruth
from .....derive.relations.relation import Relation
from .....derive.topics.hessian import Line, Rows
from .....derive.topics.hessian_exact import Curvature
from .....derive.values.entries import Entry
from ...board.board import Board
from ...board.claims import DEFINITION


class RowClaims:
    """The lines of the rows of one parameter: ∂T/∂w, ∂²L/∂w∂T, blocks; parts are definitions."""

    def __init__(self, board: Board, rows: Rows) -> None:
        self.parts = {x.equation.name: x.equation for x in rows.lines if x.kind == "part"}
        meant = {x.equation.name: Moving(rows.of, x.of, x.kind)
                 for x in rows.lines if x.kind != "part"}  # fmt: skip
        self.truth = SecondTruth(board.network, board.d, meant)
        self.of_entries = SecondTruth(board.network, board.d, meant, small=False)
        self.numbers = SecondNumbers(board.network, board.d, board.network.values, meant)

    def line(self, x: Line) -> Claim | Silent:
        if x.kind == "part":
            return DEFINITION
        left = Read(x.equation.name, x.equation.indices)
        return Claim(self.truth, Relation((left, self._whole(x.equation.rhs))))

    def entry(self, left: Expr, right: Expr) -> Claim:
        return Claim(self.of_entries, Relation((left, right)))

    def _whole(self, e: Expr) -> Expr:
        """The expression with its parts written out."""

        def visit(x: Expr) -> Expr:
            if isinstance(x, Read) and x.tensor in self.parts:
                return self._whole(self.parts[x.tensor].at(x.indices))
            return x

        return transform(e, visit)


class MatrixNumbers:
    """The entries of a Hessian at the numbers of the spec, all its samples together."""

    def __init__(self, board: Board, curvature: Curvature) -> None:
        names = curvature.names
        meant = {f"{a} {b}": Moving(a, b, "block") for a in names for b in names}
        batch = len(curvature.samples)
        self.values = SecondNumbers(board.network, board.whole, board.network.values, meant, batch)

    @staticmethod
    def means(a: Entry, b: Entry) -> Read:
        """∂²L/∂a∂b as a tree."""
        places: Sequence[int] = (*a[1], *b[1])
        return Read(f"{a[0]} {b[0]}", tuple(map(num, places)))
