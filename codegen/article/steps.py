"""The lines of a gradient with the one above it inserted (p − y), each with its reason."""

from __future__ import annotations

from ...derive.steps.step_nodes import Line, Steps
from ..formula.latex_printer import Printer
from ..lecture.words import Words
from ..lecture.words.reasons import Says, reason


def step_rows(printer: Printer, words: Words, steps: Steps, says: Says) -> str:
    """Rows of an alignment: what is given, then one right side below the other, the last one in a
    box."""
    first, *rest = steps.lines
    rows = [_row(printer, words, says, x, left=True) for x in (*steps.definitions, first)]
    rows += [_row(printer, words, says, x) for x in rest[:-1]]
    rows += [_row(printer, words, says, x, frame=r"\boxed") for x in rest[-1:]]
    return r" \\[1ex] ".join(rows)


def _row(
    printer: Printer, words: Words, says: Says, line: Line, *, left: bool = False, frame: str = ""
) -> str:
    found = printer.symbols.letters([line.left, line.right])
    over = printer.expression(line.left, found) if left else ""
    right = printer.expression(line.right, found)
    right = f"{frame}{{{right}}}" if frame else right
    return rf"{over} &= {right} && \chalkreason{{{reason(words, line, says)}}}"
