"""The lines from a gradient with the one above it inserted to the short form (p − y)."""

from __future__ import annotations

from collections.abc import Iterator

from ...derive.steps.step_nodes import Line, Steps
from ..lecture.words import words
from ..lecture.words.reasons import Says, reason
from .text import Lines

COLUMN = 58  # where the reasons stand, or further to the right


def step_lines(lines: Lines, steps: Steps) -> Iterator[tuple[Line, str]]:
    """The derivatives that are put in, then one right side below the other, with their reasons."""
    first, *rest = steps.lines
    shown = [_equation(lines, line) for line in (*steps.definitions, first)]
    indent = " " * shown[-1].index(" = ")
    shown += [indent + _equation(lines, line)[len(indent) :] for line in rest]
    column = max(COLUMN, *map(len, shown))

    says = Says(
        formula=lambda e: lines.expression(e, lines.letters(e)),
        number=lambda adjoint: f"({lines.d.numbers[adjoint]})",
    )
    for line, made in zip((*steps.definitions, first, *rest), shown, strict=True):
        yield line, f"{made:<{column}} {reason(words('en'), line, says)}"


def _equation(lines: Lines, line: Line) -> str:
    found = lines.letters([line.left, line.right])
    return f"{lines.expression(line.left, found)} = {lines.expression(line.right, found)}"
