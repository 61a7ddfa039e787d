"""The rules with a matrix, Newton and its kin: the matrix in print, and two entries by hand."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .....derive.optimizers import Optimizer
from .....derive.values.entries import Entry, number
from ....deck.model import Figure, Row
from ...board.board import Board, full
from .rule_steps import RulePrinter, Run, power

HESSIAN = ((2, 1), (1, 1))  # of a bowl of two entries
MATRICES = ("H", "A")


def whole_rule(board: Board, rule: Optimizer) -> tuple[Row, Row]:
    """The rule with whole vectors, and its matrix: the Hessian by entry, or Gauss-Newton's."""
    rate = board.symbols.style.rate
    inverse = r"H_{t}^{-1}"
    if "damping" in rule.options:
        damping = RulePrinter(board.printer, rule).symbol("damping")
        inverse = rf"(H_{{t}} + {damping} I)^{{-1}}"
    step = Row("w_{t}", rf"w_{{t - 1}} - {rate}\, {inverse}\, g_{{t}}")
    if rule.curvature == "gauss_newton":
        mark = board.symbols.style.transpose
        return step, Row("H", rf"J^{{{mark}}} B\, J")
    return step, Row("H", _hessian(board))


def _hessian(board: Board) -> str:
    loss = board.symbols[board.loss].at("") if board.loss in board.net.tensors else "L"

    def second(a: str, b: str) -> str:
        below = (
            rf"\partial w_{{{a}}}^{{2}}" if a == b else rf"\partial w_{{{a}}}\, \partial w_{{{b}}}"
        )
        return rf"\frac{{\partial^{{2}} {loss}}}{{{below}}}"

    cells = [[second(a, b) for b in ("1", "2", "n")] for a in ("1", "2", "n")]
    lines = [rf"{row[0]} & {row[1]} & \cdots & {row[2]}" for row in cells]
    lines.insert(2, r"\vdots & \vdots & \ddots & \vdots")
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


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
    rows = [" & ".join(_recorded(run, f"H[{i},{j}]", x) for j, x in enumerate(r))
            for i, r in enumerate(HESSIAN)]  # fmt: skip
    if of == "H":
        inverse = [" & ".join(run.figure((name, (0, i, j))) for j in range(2)) for i in range(2)]
        return (Row("H", rf"{_matrix(rows)}, \qquad H^{{-1}} = {_matrix(inverse)}"),)
    made, inverse = ([" & ".join(run.figure((n, (1, i, j))) for j in range(2)) for i in range(2)]
                     for n in (of, name))  # fmt: skip
    right = (rf"{_matrix(rows)}, \qquad {of}_{{1}} = {_matrix(made)}, \qquad "
             rf"{of}_{{1}}^{{-1}} = {_matrix(inverse)}")  # fmt: skip
    return (Row("H", right),)


def _matrix(lines: Sequence[str]) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def _recorded(run: Run, name: str, exact: Any) -> str:
    key = f"optimizers.{run.key or run.rule.name}.{name}"
    shown = run.numerals.more(6)
    run.figures[key] = Figure(key, full(number(exact)), shown.plain(exact), shown.rounding)
    return rf"\cgn{{{key}}}{{{power(shown.tex(number(exact)))}}}"
