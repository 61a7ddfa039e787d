"""The page that derives p − y: the gradient of the loss and a local derivative put in, line by
line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .....derive.language.equation import Equation
from .....derive.language.expr import Idx, Read
from .....derive.relations.claim import Claim, Together
from .....derive.relations.relation import WHOLE
from .....derive.steps.inserted import as_equation, inserted_steps
from .....derive.steps.step_nodes import Line, Steps
from ....deck.model import Block, Math, Page, Row
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK, Node
from ....formula.tree.write import EQUALS, boxed, row, space, spaced
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
    marked = tuple(x for x in steps if board.says_indicator(x.right, _letters(board, x)))
    spoken = {c: _Lines(c, c.board(board.key), steps, marked) for c in context.spoken}
    made = spoken[context]
    known, rows = made.known(), made.chain(_fitting(list(spoken.values()), steps.lines))
    return board.page(
        f"gradients-{tensor}-inserted",
        board.words("gradient_inserted_title", what=inline(board.flat(tensor))),
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
    """A line, and those before it that are done with it in one step."""

    line: Line
    before: tuple[Line, ...] = field(default=())


def _fitting(spoken: Sequence[_Lines], lines: Sequence[Line]) -> list[_Step]:
    """The steps of a page; one that is too full, in any language, takes two steps in one."""
    steps = [_Step(line) for line in lines]
    while True:
        spare = [k for why in SPARE for k, s in enumerate(steps[:-1]) if s.line.reason == why]
        if not spare or all(one.has_room(steps) for one in spoken):
            return steps
        left = steps.pop(spare[0])
        after = steps[spare[0]]
        steps[spare[0]] = _Step(after.line, (*left.before, left.line, *after.before))


class _Lines:
    """The lines of one derivation as rows of a page in one language; beside those ``marked``
    stands what an indicator is."""

    def __init__(
        self, context: Context, board: Board, steps: Steps, marked: Sequence[Line]
    ) -> None:
        self.board, self.steps = board, steps
        self.meant = {x: board.indicator_means(x.right, _letters(board, x)) for x in marked}
        self.says = Says(
            formula=lambda e: inline(board.printer.expression(e, board.symbols.letters(e))),
            function=lambda name: inline(board.printer.called(name)),
            derived=lambda name: derived(context, name),
        )

    def known(self) -> list[Row]:
        """What is put in."""
        return [self.row(line) for line in self.steps.definitions]

    def has_room(self, steps: Sequence[_Step]) -> bool:
        """Are these steps one page?"""
        return one_page(self.board, _blocks(self.known(), self.chain(steps)))

    def chain(self, steps: Sequence[_Step]) -> list[Row]:
        """The right sides below each other, the last one in a box and beside it as a whole."""
        first, *between, last = (self.row(s.line, s.before) for s in steps)
        whole, says = self.whole(as_equation(steps[-1].line))
        claims = tuple(c for c in (last.claim, says) if c is not None)
        end = replace(last, right=row(boxed(last.right), *whole), claim=Together(claims))
        return [first, *(replace(line, left=row()) for line in (*between, end))]

    def row(self, line: Line, before: Sequence[Line] = ()) -> Row:
        """A line with its reason; beside the first δ what it is."""
        left, right = (
            self.board.printer.expression(e, _letters(self.board, line))
            for e in (line.left, line.right)
        )
        note = ", ".join(map(self.reason, (*before, line)))
        note = "; ".join(filter(None, (note, self.meant.get(line))))
        return Row(left, right, note=note, claim=self.board.says(line.left, line.right))

    def reason(self, line: Line) -> str:
        return reason(self.board.words, line, self.says)

    def whole(self, result: Equation) -> tuple[tuple[Node, ...], Claim | None]:
        """The short form of whole tensors, ŷ − y, where the notation writes them; else nothing."""
        form = matrix_of(self.board, result)
        if form is None:
            return (), None
        left = self.board.flat(self.board.symbols.adjoints[result.name])
        says = self.board.says(Read(result.name), form, kind=WHOLE)
        made = spaced(left, EQUALS, FormPrinter(self.board).expression(form))
        return (BLANK, space("qquad"), BLANK, made), says


def _letters(board: Board, line: Line) -> dict[Idx, str]:
    return board.symbols.letters([line.left, line.right])
