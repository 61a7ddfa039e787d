"""``forward``: the forward pass in symbols, in matrices, entry by entry, or with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from .....derive.language.equation import Equation
from .....derive.language.expr import Normal, walk
from ....deck.model import Block, Math, Page, Row
from ...board import pictures
from ...board.board import Board
from ...board.context import Context
from ...board.formulas import matrix_rows
from ...board.remarks import says_declared, says_ranges
from ..shared.forward import forward_pages
from ..shared.room import side_by_side
from .options import Options

LARGEST = 8  # entries of a tensor that are written one by one


def pages(context: Context, options: Options) -> Iterator[Page]:
    """A page per form."""
    board = context.board(options.of)
    for form in options.forms:
        if form == "matrices" and len(options.forms) > 1 and not pictures.is_stack(board):
            continue  # nothing of it is a matrix product of entries
        if form == "expanded" and all(_small(board, eq.name) for _, eq in board.forward):
            yield from forward_pages(board, board.words("forward"), numbers=False)
            continue
        rows = [row for k, eq in board.forward for row in _ROWS[form](board, eq, k)]
        blocks = _pairs(rows) if form == "matrices" else _display(rows)
        if pictures.is_stack(board):  # a block diagram stands on the page of the architecture
            blocks.insert(0, pictures.placed(board, lambda h: pictures.drawing(board, h), blocks))
        yield board.page(
            f"forward-{form}",
            board.words("forward"),
            blocks,
            subtitle=board.words(f"forward_{form}"),
            covers=(f"forward-{form}",),
        )


def _small(board: Board, name: str) -> bool:
    return board.sizes_known and len(board.entries(name)) <= LARGEST


def _display(rows: list[Row]) -> list[Block]:
    """One display, or two side by side where there are many short lines."""
    if len(rows) <= 4:
        return [Math(tuple(rows), size="small")]
    starts = [k for k, row in enumerate(rows) if row.number and k]
    first = min(starts, key=lambda k: abs(2 * k - len(rows)), default=(len(rows) + 1) // 2)
    parts = (Math(tuple(part), size="small") for part in (rows[:first], rows[first:]))
    return [side_by_side(parts, 0.48, 0.52)]


def _pairs(rows: list[Row]) -> list[Block]:
    """A layer's sum and, beside it, its activation, where both are short enough."""
    if len(rows) % 2:
        return _display(rows)
    shown = [Math((row,), size="small") for row in rows]
    return [side_by_side(pair, 0.62, 0.38) for pair in zip(shown[::2], shown[1::2], strict=True)]


# -- the rows of one equation ---------------------------------------------------------------------


def _symbols(board: Board, eq: Equation, number: int) -> list[Row]:
    row, *index = matrix_rows(board, eq.name, number)
    ranges = "" if index else says_ranges(board, eq)
    notes = (row.note or board.says_letter(eq), ranges, says_declared(board, eq))
    first = replace(row, note="; ".join(filter(None, notes)))
    return [first, *(replace(r, number=0) for r in index if _names_softmax(board, eq))]


def _names_softmax(board: Board, eq: Equation) -> bool:
    """Is it the first equation with a softmax, whose formula its whole form does not say?"""
    before = takewhile(lambda other: other.name != eq.name, (e for _, e in board.forward))
    return bool(_normalisers(eq) - {op for other in before for op in _normalisers(other)})


def _normalisers(eq: Equation) -> set[str]:
    return {e.op for e in walk(eq.rhs) if isinstance(e, Normal)}


def _index(board: Board, eq: Equation, number: int) -> list[Row]:
    note = "; ".join(filter(None, (says_ranges(board, eq), says_declared(board, eq))))
    return [board.line(eq, number=number, ref=eq.name, note=note)]


def _matrices(board: Board, eq: Equation, number: int) -> list[Row]:
    """Matrices of entries where the equation is a matrix product; the others as they are."""
    if board.is_loss(eq.name):
        return []
    return matrix_rows(board, eq.name, number, entries=True)[:1]


def _expanded(board: Board, eq: Equation, number: int) -> list[Row]:
    """Every entry: v_0 = x_0 w_00 + x_1 w_10 + b_0."""
    places = board.entries(eq.name)
    if len(places) > LARGEST:
        return _symbols(board, eq, number)
    made: list[Row] = []
    for at in places:
        found = board.calculation(eq.name, at, numbers=False)
        first = 0 if made else number
        row = Row(found.left, found.formula, number=first, ref=eq.name, claim=found.says)
        made.append(row)
    return made


def _numbers(board: Board, eq: Equation, number: int) -> list[Row]:
    made: list[Row] = []
    for at in board.entries(eq.name)[:LARGEST]:
        found = board.calculation(eq.name, at)
        first = 0 if made else number
        row = Row(found.left, found.worked, number=first,
                  ref=eq.name, blank=True, claim=found.says)  # fmt: skip
        made.append(row)
    return made


_ROWS = {
    "symbols": _symbols,
    "index": _index,
    "matrices": _matrices,
    "expanded": _expanded,
    "numbers": _numbers,
}
