"""The lines of a gradient with the one above it inserted (p − y), each with its reason."""

from __future__ import annotations

from ...derive.forms.letters import letters
from ...derive.steps.step_nodes import Line, Steps
from ..formula.latex_printer import Printer
from ..lecture.words import Words
from ..lecture.words.reasons import Says, reason


def step_rows(printer: Printer, words: Words, steps: Steps, says: Says) -> str:
    """Rows of an ``aligned``: the two derivatives, then one right side below the other."""
    first, *rest = steps.lines
    rows = [_row(printer, words, line, says) for line in (*steps.definitions, first)]
    rows += [_row(printer, words, line, says, left="") for line in rest]
    return r" \\[1ex] ".join(rows)


def _row(printer: Printer, words: Words, line: Line, says: Says, left: str | None = None) -> str:
    found = letters([line.left, line.right])
    over = printer.expression(line.left, found) if left is None else left

    right = printer.expression(line.right, found)
    return rf"{over} &= {right} && \text{{{reason(words, line, says)}}}"
