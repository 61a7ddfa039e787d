"""What the equations and numbers of a Hessian say."""

from __future__ import annotations

from collections.abc import Sequence

from .....derive.language.expr import Expr, Read, num
from .....derive.relations.claim import Claim, Silent
from .....derive.relations.curvature import Moving, RowRelations, SecondNumbers, SecondTruth
from .....derive.relations.relation import Relation
from .....derive.topics.hessian import Line, Rows
from .....derive.topics.hessian_exact import Curvature
from .....derive.values.entries import Entry
from ...board.board import Board
from ...board.claims import DEFINITION


class RowClaims:
    """The lines of the rows of one parameter: ∂T/∂w, ∂²L/∂w∂T, blocks; parts are definitions."""

    def __init__(self, board: Board, rows: Rows) -> None:
        self.said = RowRelations(rows)
        meant = self.said.meant
        self.truth = SecondTruth(board.network, board.d, meant)
        self.of_entries = SecondTruth(board.network, board.d, meant, small=False)
        self.numbers = SecondNumbers(board.network, board.d, board.network.values, meant)

    def line(self, x: Line) -> Claim | Silent:
        relation = self.said.line(x)
        return DEFINITION if relation is None else Claim(self.truth, relation)

    def entry(self, left: Expr, right: Expr) -> Claim:
        return Claim(self.of_entries, Relation((left, right)))


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
