"""A gradient with numbers: the matrices of its factors, one entry as a product."""

from __future__ import annotations

from dataclasses import replace

from .....derive.forms.matrix_chain import matrix_chain
from .....derive.forms.matrix_nodes import Slope
from .....derive.language.expr import Read
from .....derive.language.refs import ref
from .....derive.values.entries import Entry, Number, value
from .....derive.values.factors import local
from ....deck.model import Block, Math, Row
from ...board.board import Board
from ...board.chains import ChainRule
from ...board.formulas import FormPrinter, matrices, oriented
from ...board.products import APPROX, all_links, sum_rows
from .drawings import with_path


def numbers_blocks(board: Board, tensor: str, rule: ChainRule, shown: list[str]) -> list[Block]:
    """The drawing with the paths of one entry, the matrices, the sum of that entry's products."""
    adjoint = board.d.adjoint(tensor)
    at = pick(board, tensor)
    found = all_links(board, tensor, at, rule.ways)
    rows: list[Row] = []
    whole = matrix_row(board, tensor, rule, shown, at)
    if whole is not None and len(board.entries(tensor)) > 1:
        rows.append(whole)
    lit: dict[Entry, int] = {(tensor, at): 1}
    if found is not None:
        made = sum_rows(board, tensor, at, found, board.at(adjoint, at))
        rows += [replace(made[0], ref=ref(adjoint, at)), *made[1:]]
        lit = {k.factor.below: k.colour for way in reversed(found) for k in way}
    elif not rows:
        left, formula, numbers, relation, result = board.calculation(adjoint, at)
        rows.append(Row(left, f"{formula} = {numbers} {relation} {result}", blank=True))
    return with_path(board, list(lit), [Math(tuple(rows), size="small")], list(lit.values()))


def calculated(
    board: Board, name: str, redone: Number, exact: Number, told: str = ""
) -> tuple[str, str]:
    """Relation and number of a result: ``=`` where a calculation with the printed operands gives
    it, else ``\\approx``, which the build is told of (``told``: what the result is called)."""
    agrees = board.numerals.agrees(redone, exact)
    if not agrees:
        board.report(told or name, redone, exact)
    relation = ("=", "=") if agrees else (APPROX, "≈")
    return relation[0], board.figure(name, exact, relation=relation[1])


def pick(board: Board, tensor: str) -> tuple[int, ...]:
    """The entry that a page follows: of the middle row, the first."""
    shape = [int(s) for s in board.net.shape(tensor)]
    return tuple(s // 2 if k == 0 and len(shape) > 1 else 0 for k, s in enumerate(shape))


def matrix_row(
    board: Board, tensor: str, rule: ChainRule, shown: list[str], at: tuple[int, ...]
) -> Row | None:
    """∂L/∂W = (matrix) (matrix) = matrix with one entry highlighted; None without matrix form."""
    form = matrix_chain(board.d, tensor, [*shown, *rule.open])
    adjoint = board.d.adjoint(tensor)
    if form is None or len(board.net.shape(tensor)) > 2 or not matrices(board):
        return None
    made = oriented(board, form, adjoint)
    printer = FormPrinter.coloured(board, made, rule.ways)
    printer.leaf, printer.braces = board.number_matrix, True
    printer.slope = lambda e: slope_matrix(board, e)
    right = f"{printer.expression(made)} = {board.number_matrix(adjoint, at)}"
    return Row(board.gradient(tensor), right, ref=adjoint, blank=True)


def slope_matrix(board: Board, e: Slope) -> str:
    """g'(v) with numbers: the derivative of the activation at every entry."""
    assert isinstance(e.arg, Read)
    tensor = e.arg.tensor
    above = board.d.step(tensor).contributions[0].equation

    def cell(at: tuple[int, ...]) -> str:
        f = local(board.d, (above, at), (tensor, at))
        exact = value(f.value, lambda k: board.exact(k[0], *k[1]))
        return board.figure(f"{ref(above, at)}/{ref(tensor, at)}", exact)

    return board.cells(tensor, cell)
