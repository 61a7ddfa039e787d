"""The page that derives p − y: the gradient of the loss and a local derivative put in, line by
line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .....derive.forms.letters import letters
from .....derive.language.equation import Equation
from .....derive.language.expr import Idx, Read
from .....derive.relations.claim import Claim, Together
from .....derive.relations.relation import WHOLE
from .....derive.steps.inserted import as_equation, inserted_steps
from .....derive.steps.step_nodes import Line, Steps
from ....deck.model import Block, Math, Page, Row
from ...board.board import Board
from ...board.context import Context
from ...board.formulas import FormPrinter, matrix_of
from ...words.reasons import Says, reason
from ..functions.derived import derived
from ..shared.room import in_two_by_width, one_page
from .options import Options

SPARE = ("expand", "simplify")  # reasons of the lines that a full page leaves out, the first first


def inserted_page(context: Context, board: Board, tensor: str, options: Options) -> Page | None:
    """The two derivatives, their chain rule, and one line a click to the short form; None where
    putting them in makes nothing shorter."""
    steps = inserted_steps(board.d, tensor)
    if steps is None:
        return None
    made = _Lines(context, board, steps)
    known = [made.row(line) for line in steps.definitions]
    rows = made.fitting(known, steps.lines)
    return board.page(
        f"gradients-{tensor}-inserted",
        board.words("gradient_inserted_title", what=f"${board.inline(tensor)}$"),
        _blocks(known, rows),
        subtitle=board.words("gradient_inserted_sub"),
        steps=len(known) + len(rows) if options.reveal else 1,
        covers=(f"inserted-{tensor}",),
    )


def _blocks(known: Sequence[Row], rows: Sequence[Row]) -> list[Block]:
    """What is put in side by side, then the chain below each other; one row a click."""
    clicks = [replace(row, at=k) for k, row in enumerate((*known, *rows), 1)]
    above, below = clicks[: len(known)], clicks[len(known) :]
    return [in_two_by_width(above), Math(tuple(below), size="small")]


@dataclass(frozen=True)
class _Step:
    """A line, and before it the reasons of those that are done with it in one step."""

    line: Line
    before: tuple[str, ...] = field(default=())


class _Lines:
    """The lines of one derivation as rows of a page."""

    def __init__(self, context: Context, board: Board, steps: Steps) -> None:
        self.board = board
        meant = ((x, board.says_indicator(x.right, _letters(x))) for x in steps)
        self.meant = {line: text for line, text in meant if text}
        self.says = Says(
            formula=lambda e: f"${board.printer.expression(e, letters(e))}$",
            function=lambda name: f"${board.printer.function(name)}$",
            derived=lambda name: derived(context, name),
        )

    def fitting(self, known: Sequence[Row], lines: Sequence[Line]) -> list[Row]:
        """The rows; a page that is too full takes two steps in one, and says so."""
        steps = [_Step(line) for line in lines]
        while True:
            rows = list(self.chain(steps))
            spare = [k for why in SPARE for k, s in enumerate(steps[:-1]) if s.line.reason == why]
            if not spare or one_page(self.board, _blocks(known, rows)):
                return rows
            left = steps.pop(spare[0])
            after = steps[spare[0]]
            done = (*left.before, self.reason(left.line), *after.before)
            steps[spare[0]] = _Step(after.line, done)

    def chain(self, steps: Sequence[_Step]) -> Iterator[Row]:
        """The right sides below each other, the last one in a box and beside it as a whole."""
        first, *between, last = (self.row(s.line, s.before) for s in steps)
        yield first
        for row in between:
            yield replace(row, left="")
        whole, says = self.whole(as_equation(steps[-1].line))
        claims = tuple(c for c in (last.claim, says) if c is not None)
        right = rf"\boxed{{{last.right}}}{whole}"
        yield replace(last, left="", right=right, claim=Together(claims))

    def row(self, line: Line, before: Sequence[str] = ()) -> Row:
        """A line with its reason; beside the first δ what it is."""
        left, right = (
            self.board.printer.expression(e, _letters(line)) for e in (line.left, line.right)
        )
        note = ", ".join([*before, self.reason(line)])
        note = "; ".join(filter(None, (note, self.meant.get(line))))
        return Row(left, right, note=note, claim=self.board.says(line.left, line.right))

    def reason(self, line: Line) -> str:
        return reason(self.board.words, line, self.says)

    def whole(self, result: Equation) -> tuple[str, Claim | None]:
        """The short form of whole tensors, ŷ − y, where the notation writes them; else nothing."""
        form = matrix_of(self.board, result)
        if form is None:
            return "", None
        left = self.board.inline(self.board.symbols.adjoints[result.name])
        says = self.board.says(Read(result.name), form, kind=WHOLE)
        return rf" \qquad {left} = {FormPrinter(self.board).expression(form)}", says


def _letters(line: Line) -> dict[Idx, str]:
    return letters([line.left, line.right])
