"""A chain of single numbers by hand: its factors, their formulas, the numbers, the product; one
row each, every factor in its colour all the way down."""

from __future__ import annotations

from collections.abc import Sequence

from ....derive.language.expr import Read, reads
from ....derive.language.refs import ref
from ...deck.model import Row
from ...formula.latex_functions import MUL, Tex
from .board import Board
from .products import APPROX, Link, product_row
from .substituted import Substituted


def chain_rows(
    board: Board, left: str, factors: Sequence[str], tensor: str, at: Sequence[int],
    found: Sequence[Link],
) -> list[Row]:  # fmt: skip
    """∂L/∂w = ∂L/∂ŷ × … = 2(ŷ − y) × … = 2(0.65 − 1) × … = (−0.69) × … = −0.09.

    ``left`` and ``factors`` are LaTeX; ``found`` the factors as expressions with their values.
    The sign before the last row is ≈ where a factor's printed digits do not give its value.
    """
    times = f" {board.symbols.style.product} "
    colours = [link.colour for link in found]

    def row(parts: Sequence[str], mark: str, relation: str = "=", blank: bool = False) -> Row:
        body = times.join(
            rf"{mark}{{{k}}}{{{part}}}" for k, part in zip(colours, parts, strict=True)
        )
        return Row("", body, relation=relation, blank=blank)

    first = row(factors, r"\cgf")
    rows = [Row(left, first.right, ref=ref(board.d.adjoint(tensor), at))]
    exprs = [link.factor.value for link in found]
    symbols = Substituted(board.printer, board.number, board.exact.by_hand)
    rows.append(row([_factor(board.printer.piece(e, {})) for e in exprs], r"\cgc"))
    worked = [
        link for link in found
        if not isinstance(link.factor.value, Read) and list(reads(link.factor.value))
    ]  # fmt: skip
    relation = "="
    if worked:
        rows.append(row([_factor(symbols.piece(e, {})) for e in exprs], r"\cgc", blank=True))
        signs = {board.relation(link.factor.value, link.exact, link.name) for link in worked}
        relation = APPROX if APPROX in signs else "="
    body, result = product_row(board, tensor, at, found)
    rows.append(Row("", f"{body} {result}", relation=relation, blank=True))
    return rows


def _factor(made: Tex) -> str:
    """A factor of a product: a sum stands in parentheses."""
    return made.text if made.level >= MUL else rf"({made.text})"
