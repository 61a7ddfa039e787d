"""An example to be worked out on the blackboard: the drawing, what is given, and room.

The whole calculation stands in the speaker's notes, so that it is at hand and in the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .....derive.values.entries import after_step
from ....deck.model import Blank, Block, Math, Page
from ....formula.rich import Rich, inline
from ....formula.tree.write import EQUALS
from ...board.board import Board
from ...board.chains import chain_rule
from ..shared.drawings import with_arcs, with_values
from ..shared.forward import values_of
from ..shared.update import after_text, frozen, has_update, rate_of, update_row


def blank_pages(board: Board, title: Rich, names: Sequence[str], mode: str) -> Iterator[Page]:
    """The drawing with its given numbers and room to calculate: forward, then every gradient."""
    given = [t.name for t in board.net.tensors.values() if t.kind != "variable"]
    yield board.page(
        "example-forward",
        title,
        with_values(board, values_of(board, given), [Blank(0.4)]),
        notes=tuple(_worked(board, [eq.name for _, eq in board.forward])),
        subtitle=board.words("forward"),
        layout="board",
        covers=(f"example-{board.key}",),
    )
    for k, name in enumerate(names, start=1):
        rule = chain_rule(board, name, mode, [t for t in names if t != name])
        rest: list[Block] = [
            Math(tuple(rule.rows(board.d.adjoint(name))), size="small"),
            Blank(0.28),
        ]
        notes = [
            *_between(board, rule.factors[0].below, name),
            *_worked(board, [board.d.adjoint(name)]),
        ]
        if k == len(names) and has_update(board):
            notes += _update(board)
        yield board.page(
            f"example-{name}",
            title,
            with_arcs(board, rule.tensors, rest),
            notes=tuple(notes),
            subtitle=inline(board.flat(name)),
            layout="board",
            covers=(f"example-{board.key}-{name}",),
        )


def _worked(board: Board, names: Sequence[str]) -> list[Rich]:
    """Every entry by hand, one line each."""
    made = []
    for name in names:
        for at in board.entries(name):
            found = board.calculation(name, at)
            made.append(inline(found.left, EQUALS, found.worked))
    return made


def _between(board: Board, start: str, name: str) -> list[Rich]:
    """The adjoints from where the chain starts down to the one before ``name``."""
    steps = [s.of for s in board.d.steps if s.of and not s.inlined]
    inside = steps[steps.index(start) : steps.index(name)] if start in steps else []
    used = [n for n in inside if n not in board.parameters]
    return _worked(board, [board.d.adjoint(n) for n in used])


def _update(board: Board) -> list[Rich]:
    new = after_step(board.exact, rate_of(board), frozen(board))
    made = []
    for name in board.parameters:
        if name not in frozen(board):
            for at in board.entries(name):
                made.append(inline(update_row(board, new, name, at).whole))
    return [*made, after_text(board, new)]
