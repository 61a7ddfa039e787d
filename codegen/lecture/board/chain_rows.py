"""A chain of single numbers by hand: its factors, their formulas, the numbers, the product; a row
for each path, every factor in its colour all the way down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ....derive.language.expr import Expr, Read, reads
from ....derive.language.refs import ref
from ....derive.relations.claim import Claim
from ...deck.model import Row
from ...formula.latex_functions import MUL, Tex
from ...formula.tree.nodes import Node
from ...formula.tree.write import APPROX, EQUALS, fenced, marked, row
from .board import Board
from .chains import multiplied, sum_in_rows
from .products import Link, claimed, sum_rows
from .substituted import Substituted

Ways = Sequence[Sequence[Link]]


def chain_rows(
    board: Board, rows: Sequence[Row], tensor: str, at: Sequence[int], found: Ways
) -> list[Row]:
    """∂L/∂w = ∂L/∂ŷ × … = 2(ŷ − y) × … = 2(0.65 − 1) × … = (−0.69) × … = −0.09.

    ``rows`` are the chain in symbols; ``found`` the factors of each path as expressions with
    their values. The sign before the last rows is ≈ where a factor's printed digits do not give
    its value.
    """
    symbols = Substituted(board.printer, board.number, board.exact.by_hand)
    made = [replace(rows[0], ref=ref(board.d.adjoint(tensor), at)), *rows[1:]]
    says = claimed(board, tensor, at, found)
    formulas = _written(board, found, lambda e: board.printer.piece(e, {}), says)
    if formulas[0].right != rows[0].right:  # else the chain is the formula
        made += formulas
    worked = [
        link for way in found for link in way
        if not isinstance(link.factor.value, Read) and list(reads(link.factor.value))
    ]  # fmt: skip
    relation = EQUALS
    if worked:
        made += _written(board, found, lambda e: symbols.piece(e, {}), says, blank=True)
        signs = {board.relation(link.factor.value, link.exact, link.name) for link in worked}
        relation = APPROX if APPROX in signs else EQUALS
    return made + sum_rows(board, tensor, at, found, relation=relation)


def _written(
    board: Board, found: Ways, piece: Callable[[Expr], Tex], says: Claim, *, blank: bool = False
) -> list[Row]:
    """The factors of every path as ``piece`` has them."""
    style = board.symbols.style
    times = style.times if blank else style.product  # a row of numbers is filled in
    products = [
        multiplied(
            [marked("cgc", k.colour, _factor(piece(k.factor.value), alone=len(way) == 1))
             for k in way],
            times,
        )
        for way in found
    ]  # fmt: skip
    return sum_in_rows(row(), products, blank=blank, claim=says)


def _factor(made: Tex, *, alone: bool) -> Node:
    """A factor of a product: a sum stands in parentheses, unless it is all of it."""
    return made.node if alone or made.level >= MUL else fenced(made.node)
