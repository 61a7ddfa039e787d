"""The rules with a matrix, Newton and its kin: the matrix in print, and two entries by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .....derive.optimizers import Optimizer
from .....derive.values.entries import Entry, number
from ....deck.model import Row
from ...board.board import Board
from ...board.claims import DEFINITION
from ...board.matrices import bmatrix
from ...board.trees import entry_read
from .rule_steps import RulePrinter, Run

HESSIAN = ((2, 1), (1, 1))  # of a bowl of two entries
PLACES = ((0, 0), (0, 1), (1, 0), (1, 1))
MATRICES = ("H", "A")


def whole_rule(board: Board, run: Run) -> tuple[Row, Row]:
    """The rule with whole vectors, and its matrix: the Hessian by entry, or Gauss-Newton's."""
    rule = run.rule
    rate = board.symbols.style.rate
    inverse = r"H_{t}^{-1}"
    if "damping" in rule.options:
        damping = RulePrinter(board.printer, rule).symbol("damping")
        inverse = rf"(H_{{t}} + {damping} I)^{{-1}}"
    step = Row("w_{t}", rf"w_{{t - 1}} - {rate}\, {inverse}\, g_{{t}}", claim=run.says_rules())
    if rule.curvature == "gauss_newton":
        mark = board.symbols.style.transpose
        return step, Row("H", rf"J^{{{mark}}} B\, J", claim=DEFINITION)
    return step, Row("H", _hessian(board), claim=DEFINITION)


def _hessian(board: Board) -> str:
    loss = board.symbols[board.loss].at("") if board.loss in board.net.tensors else "L"
    names = {0: "1", 1: "2", 4: "n"}  # the rows and columns that are written

    def second(at: tuple[int, ...]) -> str:
        a, b = (names[k] for k in at)
        below = (
            rf"\partial w_{{{a}}}^{{2}}" if a == b else rf"\partial w_{{{a}}}\, \partial w_{{{b}}}"
        )
        return rf"\frac{{\partial^{{2}} {loss}}}{{{below}}}"

    return bmatrix((5, 5), second, limit=4)


def matrices_of(rule: Optimizer) -> dict[Entry, Any]:
    """H of the two entries, or its inverse where the rule reads that, exact."""
    (name,) = rule.inverse
    if rule.inverse[name] != "H":
        return {("H", (0, i, j)): x for i, row in enumerate(HESSIAN) for j, x in enumerate(row)}
    (a, b), (c, d) = HESSIAN
    det = Fraction(a * d - b * c)
    cells = ((d / det, -b / det), (-c / det, a / det))
    return {(name, (0, i, j)): x for i, row in enumerate(cells) for j, x in enumerate(row)}


def matrix_rows(rule: Optimizer, run: Run) -> tuple[Row, ...]:
    """H = […], H⁻¹ = […]; of a damped rule also A, which is the one that is inverted."""
    (name,) = rule.inverse
    of = rule.inverse[name]
    shown = run.numerals.more(6)

    def matrix(tensor: str, t: int) -> str:
        return bmatrix((2, 2), lambda at: run.figure((tensor, (t, *at))))

    def given(at: tuple[int, ...]) -> str:
        exact, means = number(HESSIAN[at[0]][at[1]]), entry_read("H", (0, *at))
        return run.recorded(("H", at), exact, shown, means=means)

    right = bmatrix((2, 2), given)
    told: list[Entry] = [("H", at) for at in PLACES]
    if of == "H":  # its inverse is given
        right += rf", \qquad H^{{-1}} = {matrix(name, 0)}"
        told += [(name, (0, *at)) for at in PLACES]
    else:
        right += rf", \qquad {of}_{{1}} = {matrix(of, 1)}"
        right += rf", \qquad {of}_{{1}}^{{-1}} = {matrix(name, 1)}"
        told += [(tensor, (1, *at)) for tensor in (of, name) for at in PLACES]
    return (Row("H", right, claim=run.says_numbers(told)),)
