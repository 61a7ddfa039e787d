"""The chain rule of a board's network, path by path, and the direct part of a gradient."""

from __future__ import annotations

from collections.abc import Sequence

from ....derive.forms.chain import Local, chain
from ....derive.forms.views import view
from ....derive.language.expr import Read
from ....derive.relations.relation import CHAIN
from ...deck.model import Row
from .board import Board
from .chains import ChainRule, Factor


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
