"""A gradient with numbers: the matrices of its factors, one entry as a product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .....derive.forms.form_values import FormValues
from .....derive.forms.matrix_chain import matrix_chain
from .....derive.forms.matrix_nodes import Slope
from .....derive.language.expr import Expr, Read
from .....derive.language.refs import ref
from .....derive.relations.claim import Together, Values
from .....derive.relations.relation import WHOLE
from .....derive.values.entries import Entry, Number, number, value
from .....derive.values.factors import local
from ....deck.model import Block, Math, Row
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.nodes import Sign
from ....formula.tree.write import APPROX, EQUALS, row, spaced
from ...board import claims
from ...board.board import Board
from ...board.chains import ChainRule
from ...board.formulas import FormPrinter, matrices, matrix_of, oriented
from ...board.matrices import LIMIT
from ...board.products import all_links, sum_rows
from ...board.trees import entry_read
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
        rows += short_rows(board, tensor, at)
    lit: dict[Entry, int] = {(tensor, at): 1}
    if found is not None:
        made = sum_rows(board, tensor, at, found, board.at(adjoint, at))
        rows += [replace(made[0], ref=ref(adjoint, at)), *made[1:]]
        lit = {k.factor.below: k.colour for way in reversed(found) for k in way}
    elif not rows:
        by_hand = board.calculation(adjoint, at)
        rows.append(Row(by_hand.left, by_hand.right, blank=True, claim=by_hand.says))
    return with_path(board, list(lit), [Math(tuple(rows), size="small")], list(lit.values()))


def calculated(
    board: Board, name: str, redone: Number, exact: Number, told: str = "", *, means: Expr,
    by: Values | None = None,
) -> tuple[Sign, Formula]:  # fmt: skip
    """Relation and number of a result: = where a calculation with the printed operands gives
    it, else ≈, which the build is told of (``told``: what the result is called). It
    ``means`` that expression, worked out ``by`` the board's numbers."""
    relation = board.certified(redone, exact, told or name)
    return relation, board.figure(name, exact, relation=relation.text, means=means, by=by)


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
    if form is None or not matrices(board):
        return None
    made = oriented(board, form, adjoint)
    printer = FormPrinter.coloured(board, made, rule.ways)
    printer.leaf, printer.braces = board.number_matrix, True
    printer.slope = lambda e: slope_matrix(board, e)
    result = board.number_matrix(adjoint, at)
    relation = _certified(board, tensor, form)
    right = spaced(printer.expression(made), relation, result)
    says = Together((board.says(Read(adjoint), made, kind=WHOLE),
                     claims.matrix_of_numbers(board, adjoint)))  # fmt: skip
    return Row(board.gradient(tensor), right, ref=adjoint, blank=True, claim=says)


def short_rows(board: Board, tensor: str, at: tuple[int, ...]) -> Iterator[Row]:
    """ŷ − y with numbers, below what it is short for."""
    eq = board.short.get(board.d.adjoint(tensor))
    form = None if eq is None else matrix_of(board, eq)
    if eq is not None and form is not None:
        printer = FormPrinter(board)
        printer.leaf, printer.braces = board.number_matrix, True
        sign = _certified(board, tensor, form)
        right = spaced(printer.expression(form), sign, board.number_matrix(eq.name, at))
        says = Together((board.says(Read(eq.name), form, kind=WHOLE),
                         claims.matrix_of_numbers(board, eq.name)))  # fmt: skip
        yield Row(row(), right, ref=eq.name, blank=True, claim=says)


def _certified(board: Board, tensor: str, form: Expr) -> Sign:
    """The sign between the matrices: does every entry come out with the printed digits?"""
    if max(map(int, board.net.shape(tensor)), default=0) > LIMIT:
        return EQUALS  # entries are left out, so nobody can do it again
    adjoint = board.d.adjoint(tensor)
    printed = FormValues(
        board.net,
        lambda e: number(board.shown(e)),
        lambda e: number(board.numerals.rounded(_slope(board, e))),
    ).grid(form)
    cells = []
    for at in board.entries(tensor):
        i, j = (0, 0, *at)[-2:]
        means = entry_read(adjoint, at)
        cells.append((ref(adjoint, at), printed[i][j], board.exact(adjoint, *at), means))
    return relation_of(board, cells)


def relation_of(board: Board, cells: Iterable[tuple[str, Number, Number, Expr]]) -> Sign:
    """The sign in front of a matrix: = where each of its (name, redone, exact, meant) entries
    comes out, else ≈; the build is told of every entry that does not."""
    signs = [
        calculated(board, name, redone, exact, name.replace(".", " "), means=means)
        for name, redone, exact, means in cells
    ]
    return APPROX if APPROX in (sign for sign, _ in signs) else EQUALS


def _above(board: Board, tensor: str) -> str:
    """What an activation makes of its weighted sum."""
    return board.d.step(tensor).contributions[0].equation


def _slope(board: Board, below: Entry) -> Number:
    """g'(v) at an entry of v."""
    f = local(board.d, (_above(board, below[0]), below[1]), below)
    return value(f.value, lambda k: board.exact(k[0], *k[1]))


def slope_matrix(board: Board, e: Slope) -> Formula:
    """g'(v) with numbers: the derivative of the activation at every entry."""
    assert isinstance(e.arg, Read)
    tensor = e.arg.tensor
    above = _above(board, tensor)

    def cell(at: tuple[int, ...]) -> Formula:
        means = local(board.d, (above, at), (tensor, at)).value
        exact = _slope(board, (tensor, at))
        return board.figure(f"{ref(above, at)}/{ref(tensor, at)}", exact, means=means)

    return board.cells(tensor, cell)
