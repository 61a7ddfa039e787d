"""The chain rule as a page shows it: a row per path, every factor in its colour.

One path has a colour for each factor; of several, each path has one colour, as the products that
are added. The same colours stand at the arcs of the picture and at the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ....derive.forms.chain import Local, chain
from ....derive.forms.views import view
from ....derive.language.expr import Read
from ....derive.relations.claim import Claim
from ....derive.relations.relation import CHAIN
from ...deck.model import Row
from ...formula.tree import write
from ...formula.tree.nodes import BLANK, Node, Sign
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.reader import formula as read
from ...formula.tree.write import EQUALS, PLUS
from ...layout.measures import display
from .board import Board

SHORT = 8.0  # cm of a sum that stands in one row


class Factor(NamedTuple):
    """∂above/∂below in print. ``direct``: of the loss by what it reads itself (∂⁺L/∂x)."""

    node: Node
    above: str
    below: str
    colour: int
    direct: bool = False


Way = Sequence[Factor]


@dataclass(frozen=True)
class ChainRule:
    """A gradient as the sum over ``ways``, the factors of each from the loss down. ``named`` is its
    left side under the notation's own name of the gradient (δ, dW). ``open`` are
    tensors whose gradients need a chain of their own, ``says`` what the whole sum claims. A
    ``formula`` is what a gradient is where the loss alone reads its tensor: one factor, written
    out."""

    left: Formula
    named: Formula
    ways: tuple[tuple[Factor, ...], ...]
    product: str
    says: Claim
    open: tuple[str, ...] = ()
    formula: bool = False

    @property
    def size(self) -> str:
        """Of its rows: a sum has to find room below the picture as a whole."""
        return "normal" if len(self.ways) == 1 else "small"

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors of every path, one path after the other."""
        return tuple(f for way in self.ways for f in way)

    @property
    def tensors(self) -> list[list[str]]:
        """L, y1, v1, …: what every path goes through."""
        return [[way[0].above, *(f.below for f in way)] for way in self.ways]

    def rows(self, ref: str = "") -> list[Row]:
        """A row per path, added."""
        ways = [coloured(way, self.product, self.formula) for way in self.ways]
        return rows_added(self.left, ways, ref=ref, claim=self.says)

    def revealed(self, ref: str = "") -> list[Row]:
        """The same, one factor a step, path by path; the left side stands at step 1."""
        rows, step = self.rows(ref), 1
        for k, way in enumerate(self.ways):
            parts = []
            for j, f in enumerate(way):
                times = write.row(*([read(self.product)] if j else []), BLANK)
                mark = write.row(times, _mark(f, self.formula))
                parts.append(write.marked("cgat", step + j + 1, mark))
            rows[k] = replace(rows[k], right=write.row(*parts), at=step + 1 if k else 1)
            step += len(way)
        return rows

    def named_rows(self) -> list[Row]:
        """The same, under the notation's own name of the gradient."""
        return replace(self, left=self.named).rows()

    def plain(self) -> list[Row]:
        """A row per path without colours."""
        ways = [multiplied([f.node for f in way], self.product) for way in self.ways]
        return rows_added(self.left, ways, claim=self.says)

    @property
    def line(self) -> Formula:
        """Everything in one line, without colours."""
        return write.spaced(self.left, EQUALS, added([row.right for row in self.plain()]))


def rows_added(
    left: Formula, terms: Sequence[Formula], *, ref: str = "", relation: Sign = EQUALS,
    blank: bool = False, claim: Claim | None = None,
) -> list[Row]:  # fmt: skip
    """``left = first``, then ``+ second``, …: a row per term, the first with what all claim."""
    whole = None if claim is None else replace(claim, rows=len(terms))
    first = Row(left, terms[0], relation, ref=ref, blank=blank, claim=whole)
    return [first, *(Row(write.row(), t, PLUS, blank=blank) for t in terms[1:])]


def sum_in_rows(
    left: Formula, terms: Sequence[Formula], *, relation: Sign = EQUALS, blank: bool = False,
    claim: Claim | None = None,
) -> list[Row]:  # fmt: skip
    """A sum in small letters: in one row where it is short."""
    line = added(terms)
    short = display(line, "small")[0] < SHORT
    shown = [line] if short else terms
    return rows_added(left, shown, relation=relation, blank=blank, claim=claim)


def added(terms: Sequence[Formula]) -> Formula:
    """Terms with a plus between each two."""
    return write.joined(terms, BLANK, PLUS, BLANK)


def coloured(way: Way, product: str, formula: bool = False) -> Formula:
    """A product with every factor in its colour."""
    return multiplied([_mark(f, formula) for f in way], product)


def multiplied(factors: Sequence[Node], product: str) -> Formula:
    """Factors with the sign of a product between them."""
    return write.joined(factors, BLANK, read(product), BLANK)


def _mark(f: Factor, formula: bool) -> Node:
    """A factor in its tinted box; a formula, which may be long, in its colour only."""
    return write.marked("cgc" if formula else "cgf", f.colour, f.node)


# -- of a network ---------------------------------------------------------------------------------


def chain_rule(
    board: Board, tensor: str, mode: str, shown: Sequence[str] | None = None
) -> ChainRule:
    """The gradient path by path; its formula where the loss alone reads the tensor."""
    made, product = chain(board.d, tensor, mode, shown), board.symbols.style.product
    if not made.ways:
        eq = board.equation(board.d.adjoint(tensor))
        left, formula = board.sides(eq)
        one = Factor(formula, board.loss, tensor, 1)
        says = board.says(Read(eq.name, eq.indices), eq.rhs)
        return ChainRule(left, left, ((one,),), product, says, (), True)
    several = len(made.ways) > 1
    ways = tuple(
        tuple(_factor(board, e, k if several else j) for j, e in enumerate(way, 1))
        for k, way in enumerate(made.ways, 1)
    )
    left = board.printer.expression(made.left, {})
    named = board.printer.derived(tensor, made.left.wrt.indices)
    says = board.says(made.left, made.right, kind=CHAIN)
    return ChainRule(left, named, ways, product, says, made.open)


def _factor(board: Board, e: Local, colour: int) -> Factor:
    above, below = (x.tensor for x in (e.of, e.wrt))
    return Factor(board.printer.piece(e, {}).node, above, below, colour, e.direct)


def direct_row(board: Board, tensor: str) -> Row:
    """∂⁺L/∂T in index form, of a tensor that the loss and others read."""
    made = view(board.d, tensor).direct_equation()
    assert made is not None
    left, right = made
    found = board.symbols.letters([left, right])
    return Row(board.printer.expression(left, found), board.printer.expression(right, found),
               claim=board.says(left, right))  # fmt: skip
