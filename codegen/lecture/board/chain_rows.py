"""A chain of single numbers by hand: its factors, their formulas, the numbers, the product; one
row each, every factor in its colour all the way down."""

from __future__ import annotations

from collections.abc import Sequence

from ....derive.language.expr import Expr, Read, reads
from ....derive.language.refs import ref
from ....derive.values.entries import number, value
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
    symbols = Substituted(board.printer, board.number)
    rows.append(row([_factor(board.printer.piece(e, {})) for e in exprs], r"\cgc"))
    by_hand = any(not isinstance(e, Read) and list(reads(e)) for e in exprs)
    relation = "="
    if by_hand:
        rows.append(row([_factor(symbols.piece(e, {})) for e in exprs], r"\cgc", blank=True))
        relation = "=" if all([certified(board, link) for link in found]) else APPROX
    body, result = product_row(board, tensor, at, found)
    rows.append(Row("", f"{body} {result}", relation=relation, blank=True))
    return rows


def _factor(made: Tex) -> str:
    """A factor of a product: a sum stands in parentheses."""
    return made.text if made.level >= MUL else rf"({made.text})"


def certified(board: Board, link: Link) -> bool:
    """Do the printed digits of a factor's operands give its printed value? Told where not."""
    expr: Expr = link.factor.value
    if isinstance(expr, Read) or not list(reads(expr)):
        return True
    redone = value(expr, lambda e: number(board.shown(e)))
    agrees = board.numerals.agrees(redone, link.exact)
    if not agrees:
        board.report(link.name, redone, link.exact)
    return agrees
