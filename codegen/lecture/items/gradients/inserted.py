"""The page that derives p − y: the gradient above and a local derivative put in, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .....derive.forms.letters import letters
from .....derive.language.equation import Equation
from .....derive.language.expr import Expr, Read
from .....derive.relations.claim import Claim, Together
from .....derive.relations.relation import WHOLE
from .....derive.steps.inserted import as_equation, inserted_steps
from .....derive.steps.step_nodes import Line
from ....deck.model import Block, Math, Page, Row
from ...board.board import Board
from ...board.formulas import FormPrinter, matrix_of
from ...words.reasons import reason
from ..shared.room import fits, in_two
from .options import Options

SPARE = ("expand", "simplify")  # reasons of the lines that a full page leaves out, the first first


def inserted_page(board: Board, tensor: str, options: Options) -> Page | None:
    """The two derivatives, their chain rule, and one line a click to the short form; None where
    putting them in makes nothing shorter."""
    steps = inserted_steps(board.d, tensor)
    if steps is None:
        return None
    known = [_row(board, line) for line in steps.definitions]
    rows = _fitting(board, known, steps.lines)
    return board.page(
        f"gradients-{tensor}-inserted",
        board.words("gradient_inserted_title", what=f"${board.inline(tensor)}$"),
        _blocks(known, rows),
        subtitle=board.words("gradient_inserted_sub"),
        steps=len(known) + len(rows) if options.reveal else 1,
        covers=(f"inserted-{tensor}",),
    )


def _fitting(board: Board, known: Sequence[Row], lines: Sequence[Line]) -> list[Row]:
    """The rows; on a page that is too full without those that a reader can do without."""
    left = list(lines)
    while True:
        rows = list(_chain(board, left))
        spare = [x for why in SPARE for x in left[:-1] if x.reason == why]
        if not spare or fits(board, _blocks(known, rows)):
            return rows
        left.remove(spare[0])


def _blocks(known: Sequence[Row], rows: Sequence[Row]) -> list[Block]:
    """What is put in side by side, then the chain below each other; one row a click."""
    clicks = [replace(row, at=k) for k, row in enumerate((*known, *rows), 1)]
    above, below = clicks[: len(known)], clicks[len(known) :]
    return [in_two(above), Math(tuple(below), size="small")]


def _chain(board: Board, lines: Sequence[Line]) -> Iterator[Row]:
    """The right sides below each other, the last one in a box and beside it as a whole."""
    first, *between, last = (_row(board, line) for line in lines)
    yield first
    for row in between:
        yield replace(row, left="")
    whole, says = _whole(board, as_equation(lines[-1]))
    claims = tuple(c for c in (last.claim, says) if c is not None)
    right = rf"\boxed{{{last.right}}}{whole}"
    yield replace(last, left="", right=right, claim=Together(claims))


def _row(board: Board, line: Line) -> Row:
    found = letters([line.left, line.right])

    def fact(e: Expr) -> str:
        return f"${board.printer.expression(e, letters(e))}$"

    left, right = (board.printer.expression(e, found) for e in (line.left, line.right))
    note = reason(board.words, line, fact)
    return Row(left, right, note=note, claim=board.says(line.left, line.right))


def _whole(board: Board, result: Equation) -> tuple[str, Claim | None]:
    """The short form of whole tensors, ŷ − y, where the notation writes them; else nothing."""
    form = matrix_of(board, result)
    if form is None:
        return "", None
    left = board.inline(board.symbols.adjoints[result.name])
    says = board.says(Read(result.name), form, kind=WHOLE)
    return rf" \qquad {left} = {FormPrinter(board).expression(form)}", says
