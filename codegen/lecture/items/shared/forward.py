"""The forward pass with numbers, a layer beside the next, on as few pages as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .....derive.language.equation import Equation
from .....derive.language.expr import Fn
from .....derive.language.refs import entry_of, ref
from ....deck.model import Block, Columns, Math, Page, Row
from ....formula.ends import calls
from ....formula.rich import inline
from ....formula.tex_printer import kept
from ....formula.tree.reader import formula
from ....layout import extent
from ...board import pictures
from ...board.board import Board
from .drawings import with_values
from .room import counted

LONG = 75  # characters of a formula that leaves no room for its numbers beside it


@dataclass(frozen=True)
class _Part:
    """Rows that stand together: those of a layer and, beside them, of its activation."""

    rows: tuple[Row, ...]
    beside: tuple[Row, ...] = ()

    def block(self) -> Block:
        main = Math(self.rows, size="small")
        if not self.beside:
            return main
        return Columns(((0.6, (main,)), (0.4, (Math(self.beside, size="small"),))))


def forward_pages(
    board: Board, title: str, *, stem: str = "example", numbers: bool = True
) -> Iterator[Page]:
    """Every entry: formula, numbers, result; the drawing holds the values found so far.

    Without ``numbers`` the formulas alone."""
    wide, high = pictures.PAGE[board.aspect]
    high -= pictures.comfortable(board) - (0 if numbers else 0.7)
    groups: list[list[_Part]] = [[]]
    for part in _parts(board, numbers):
        together = [p.block() for p in (*groups[-1], part)]
        if groups[-1] and extent.stack(together, wide, high) > high:
            groups.append([])
        groups[-1].append(part)
    known: list[str] = []
    for k, parts in enumerate(groups, start=1):
        known += [r.ref for p in parts for r in (*p.rows, *p.beside)]
        values = {name: inline(board.number(entry_of(name))) for name in known if numbers}
        blocks = [p.block() for p in parts]
        yield board.page(
            f"{stem}-forward" if numbers else "forward-expanded",
            counted(title, k, len(groups)),
            with_values(board, values, blocks),
            subtitle=board.words("forward" if numbers else "forward_expanded"),
            covers=(f"{stem}-{board.key}",) if numbers else ("forward-expanded",),
        )


def _parts(board: Board, numbers: bool) -> Iterator[_Part]:
    """Equations in order; an activation stands beside the layer it is applied to."""
    waiting: tuple[Equation, list[Row]] | None = None
    for number, eq in board.forward:
        rows = _rows(board, eq, number, numbers)
        if waiting is not None:
            before, first = waiting
            applied = isinstance(eq.rhs, Fn) and eq.label == before.label
            total = board.is_loss(before.name) and len(rows) == 1
            if (applied and len(rows) == len(first)) or total:
                yield _Part(tuple(first), tuple(rows))
                waiting = None
                continue
            yield _Part(tuple(first))
        waiting = (eq, rows)
    if waiting is not None:
        yield _Part(tuple(waiting[1]))


def _rows(board: Board, eq: Equation, number: int, by_hand: bool) -> list[Row]:
    made = []
    places = board.entries(eq.name)
    letter = formula(board.symbols.style.activation)  # a function without a formula to write out
    for k, at in enumerate(places):
        found = board.calculation(eq.name, at, numbers=by_hand)
        long = len(places) > 2 or len(kept(found.formula)) > LONG or isinstance(eq.rhs, Fn)
        # the formula stands on the pages before
        right = found.worked if long else found.right
        shown = number if k == 0 else 0
        spoken = shown and found.numbers is not None and calls(found.numbers, letter)
        note = board.says_letter(eq) if spoken else ""
        row = Row(found.left, right, note=note, number=shown, ref=ref(eq.name, at), blank=True,
                  claim=found.says)  # fmt: skip
        made.append(row)
    return made


def values_of(board: Board, names: Sequence[str]) -> dict[str, str]:
    """Numbers for the drawing: every entry of the tensors."""
    return {ref(n, at): inline(board.number((n, at))) for n in names for at in board.entries(n)}
