"""The rules with a matrix, Newton and its kin: the matrix in print, and two entries by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .....derive.optimizers import Optimizer
from .....derive.values.entries import Entry, number
from ....deck.model import Row
from ....formula.tree import write
from ....formula.tree.nodes import BLANK, Node
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.reader import formula
from ....formula.tree.write import (
    EQUALS,
    PLUS,
    fenced,
    joined,
    lowered,
    raised,
    row,
    sign,
    space,
    spaced,
)
from ...board.board import Board
from ...board.claims import DEFINITION
from ...board.matrices import bmatrix
from ...board.trees import entry_read
from ..hessian.printer import HESSIAN, second_derivative
from .rule_steps import RulePrinter, Run

CURVATURE = ((2, 1), (1, 1))  # the Hessian of a bowl of two entries
PLACES = ((0, 0), (0, 1), (1, 0), (1, 1))
MATRICES = ("H", "A")


def whole_rule(board: Board, run: Run) -> tuple[Row, Row]:
    """The rule with whole vectors, and its matrix: the Hessian by entry, or Gauss-Newton's."""
    rule = run.rule
    time, before = sign("t"), spaced(sign("t"), sign("-"), write.number(1))
    matrix = lowered(HESSIAN, time)
    if "damping" in rule.options:
        damping = RulePrinter(board.printer, rule).symbol("damping")
        matrix = fenced(spaced(matrix, PLUS, damping, sign("I")))
    moved = joined([board.eta, _inverse(matrix), lowered(sign("g"), time)], space(","), BLANK)
    right = spaced(lowered(sign("w"), before), sign("-"), moved)
    step = Row(lowered(sign("w"), time), right, claim=run.says_rules())
    made = _hessian(board)
    if rule.curvature == "gauss_newton":
        jacobian = sign("J")
        turned = raised(jacobian, formula(board.symbols.style.transpose))
        made = row(spaced(turned, sign("B")), space(","), BLANK, jacobian)
    return step, Row(HESSIAN, made, claim=DEFINITION)


def _inverse(matrix: Node) -> Formula:
    return raised(matrix, write.number(-1))


def _hessian(board: Board) -> Formula:
    names = {0: write.number(1), 1: write.number(2), 4: sign("n")}  # that are written

    def second(at: tuple[int, ...]) -> Node:
        a, b = (lowered(sign("w"), names[k]) for k in at)
        return second_derivative(board.named(board.loss), a, b)

    return bmatrix((5, 5), second, limit=4)


def matrices_of(rule: Optimizer) -> dict[Entry, Any]:
    """H of the two entries, or its inverse where the rule reads that, exact."""
    (name,) = rule.inverse
    if rule.inverse[name] != "H":
        return {("H", (0, i, j)): x for i, line in enumerate(CURVATURE) for j, x in enumerate(line)}
    (a, b), (c, d) = CURVATURE
    det = Fraction(a * d - b * c)
    cells = ((d / det, -b / det), (-c / det, a / det))
    return {(name, (0, i, j)): x for i, line in enumerate(cells) for j, x in enumerate(line)}


def matrix_rows(rule: Optimizer, run: Run) -> tuple[Row, ...]:
    """H = […], H⁻¹ = […]; of a damped rule also A, which is the one that is inverted."""
    (name,) = rule.inverse
    of = rule.inverse[name]
    shown = run.numerals.more(6)

    def matrix(tensor: str, t: int) -> Formula:
        return bmatrix((2, 2), lambda at: run.figure((tensor, (t, *at))))

    def given(at: tuple[int, ...]) -> Formula:
        exact, means = number(CURVATURE[at[0]][at[1]]), entry_read("H", (0, *at))
        return run.recorded(("H", at), exact, shown, means=means)

    parts = [bmatrix((2, 2), given)]
    told: list[Entry] = [("H", at) for at in PLACES]
    if of == "H":  # its inverse is given
        parts.append(spaced(_inverse(HESSIAN), EQUALS, matrix(name, 0)))
        told += [(name, (0, *at)) for at in PLACES]
    else:
        damped = lowered(sign(of), write.number(1))
        parts.append(spaced(damped, EQUALS, matrix(of, 1)))
        parts.append(spaced(_inverse(damped), EQUALS, matrix(name, 1)))
        told += [(tensor, (1, *at)) for tensor in (of, name) for at in PLACES]
    right = joined(parts, sign(","), BLANK, space("qquad"), BLANK)
    return (Row(HESSIAN, right, claim=run.says_numbers(told)),)
