"""The lines of a gradient with the one above it inserted (p − y), each with its reason."""

from __future__ import annotations

from ...derive.steps.step_nodes import Line, Steps
from ..formula.latex_printer import Printer
from ..formula.tree.write import row
from ..lecture.words import Words
from ..lecture.words.reasons import Says, reason
from .paper import Reasoned


def step_rows(printer: Printer, words: Words, steps: Steps, says: Says) -> list[Reasoned]:
    """What is given, then one right side below the other; the last one is the result."""
    first, *rest = steps.lines

    def made(line: Line, *, left: bool = False, last: bool = False) -> Reasoned:
        found = printer.symbols.letters([line.left, line.right])
        over = printer.expression(line.left, found) if left else row()
        right = printer.expression(line.right, found)
        return Reasoned(over, right, reason(words, line, says), last)

    given = [made(x, left=True) for x in (*steps.definitions, first)]
    return [*given, *(made(x, last=x is rest[-1]) for x in rest)]
