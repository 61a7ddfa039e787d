"""How wide the columns of a page are: as the deck says, or as their formulas need it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..deck.model import Block, Columns, Math, Panel, Picture, Row, Table, with_inner
from ..formula.line_breaks import terms
from ..formula.tree.nodes import EMPTY
from ..formula.tree.nodes import Row as Formula
from ..picture.label.measure import POINT, measure
from .measures import POINTS, display

GAP = 0.03  # of the width, between two columns
TAB = 12 * POINT  # between the cells of a table
TAG = 1.0  # an equation's number
TIGHT = 6 * POINT  # where they need the room
LENT = 0.25  # of its width, that a column lends to a table beside it


def fitted(block: Columns, wide: float) -> list[tuple[float, tuple[Block, ...]]]:
    """(width in cm, blocks) of every column.

    Where formulas are wider than the column they were given, and all of them fit side by side in
    one of the three sizes, the columns share the width as their formulas need it; columns with
    other things than formulas keep at least 0.7 of theirs. A table that would be set too small
    borrows from the pictures and texts beside it. Where even then a formula that cannot
    be broken is wider than its column, the columns stand one below the other: one comes back.
    """
    count = len(block.columns)
    room = wide * (1 - GAP * (count - 1))
    total = max(sum(share for share, _ in block.columns), 1.0)
    given = [room * share / total for share, _ in block.columns]
    blocks = [inside for _, inside in block.columns]
    given = _lent(blocks, given)
    for size in ("", "small", "tiny"):
        sized = [tuple(_sized(b, size) for b in inside) for inside in blocks]
        need = [natural(inside) for inside in sized]
        if all(n <= w for n, w in zip(need, given, strict=True)):
            return list(zip(given, sized, strict=True))
        soft = sum(w for n, w in zip(need, given, strict=True) if not n)
        spare = room - sum(need)
        if spare >= 0.7 * soft and spare >= 0 and any(need):
            widths = [
                n + (spare / count if not soft else 0.0) if n else spare * w / soft
                for n, w in zip(need, given, strict=True)
            ]
            return list(zip(widths, sized, strict=True))
    tiny = [tuple(_sized(b, "tiny") for b in inside) for inside in blocks]
    if any(_stiff(inside) > w for inside, w in zip(tiny, given, strict=True)):
        return [(wide, tuple(b for inside in blocks for b in inside))]
    return list(zip(given, blocks, strict=True))


def _lent(blocks: list[tuple[Block, ...]], given: list[float]) -> list[float]:
    """The widths with what tables lack in the smallest size, where the columns beside have it."""
    lack = [max(_least_table(b) - w, 0.0) for b, w in zip(blocks, given, strict=True)]
    hard = [any(isinstance(b, Table | Math | Panel) for b in inside) for inside in blocks]
    lend = [0.0 if h else LENT * w for h, w in zip(hard, given, strict=True)]
    if not 0.0 < sum(lack) <= sum(lend):
        return given
    part = sum(lack) / sum(lend)
    return [w + n - part * m for w, n, m in zip(given, lack, lend, strict=True)]


def _least_table(blocks: Iterable[Block]) -> float:
    """The width in cm that the tables need in the smallest size; 0 where words can be broken."""
    found = [replace(b, size="tiny") for b in blocks if isinstance(b, Table)]
    rigid = [t for t in found if not any(len(c.split()) > 2 and "$" not in c
                                         for r in t.rows for c in r)]  # fmt: skip
    return max((natural_table(t, TIGHT) for t in rigid), default=0.0)


def natural_table(block: Table, tab: float = TAB) -> float:
    """The width in cm of a table whose cells are not broken."""
    cells = table_columns(block)
    return sum(cells) * 1.02 + tab * len(cells)


def table_columns(block: Table) -> list[float]:
    """The width in cm of every column of a table whose cells are not broken."""
    rows = [r for r in (block.head, *block.rows) if r]
    made = [0.0] * max([len(r) for r in rows] or [1])
    for row in rows:
        for k, cell in enumerate(row):
            made[k] = max(made[k], measure(cell, block.size)[0])
    return made


def _stiff(blocks: Iterable[Block]) -> float:
    """The width in cm of the widest formula that no line break makes narrower."""
    widest = 0.0
    for block in blocks:
        if isinstance(block, Panel):
            widest = max(widest, _stiff(block.blocks) + 0.5)
        elif isinstance(block, Math):
            for row in block.rows:
                found = [display(p, block.size)[0] for p in terms(row.right)]
                left = display(beginning(row), block.size)[0]
                widest = max([widest, *(w + min(left, 1.0) for w in found)])
    return widest


def natural(blocks: Iterable[Block]) -> float:
    """The width in cm that formulas need on one line; 0 where there are other blocks."""
    needed = [_natural(block) for block in blocks]
    return max(needed, default=0.0) if all(needed) else 0.0


def _natural(block: Block) -> float:
    match block:
        case Panel(blocks=blocks):
            inside = natural(blocks)
            return inside + 0.5 if inside else 0.0
        case Math():
            return math_width(block)
        case Columns(columns=columns):
            parts = [natural(inside) for _, inside in columns]
            return sum(parts) / (1 - GAP * (len(parts) - 1)) if all(parts) else 0.0
        case _:
            return 0.0


def math_sides(block: Math) -> tuple[float, float, float, float]:
    """The widths of the left sides, the relations, the right sides and the tags of a display."""
    left = max([display(r.left, block.size)[0] for r in block.rows] or [0.0])
    sign = max([sign_width(r, block.size) for r in block.rows] or [0.0])
    right = max([display(r.right, block.size)[0] for r in block.rows] or [0.0])
    return left, sign, right, TAG if any(r.number for r in block.rows) else 0.0


def sign_width(row: Row, size: str) -> float:
    """The width in cm of a relation with the room on both sides of it."""
    return 0.0 if row.relation is None else display(Formula((EMPTY, row.relation, EMPTY)), size)[0]


def beginning(row: Row) -> Formula:
    """What of a row is never broken: its left side and the relation."""
    return Formula((*row.left.items, *([row.relation] if row.relation else [])))


def math_width(block: Math) -> float:
    """Width of a display whose rows are not broken."""
    left, sign, right, tag = math_sides(block)
    return (left + sign + right) * 1.03 + tag + 0.1


def _sized(block: Block, size: str) -> Block:
    """The block with its formulas in a size, where theirs is not smaller."""
    if isinstance(block, Math):
        smaller = size and POINTS[size] < POINTS[block.size]
        return replace(block, size=size) if smaller else block
    return with_inner(block, lambda b: _sized(b, size))


def pictures_on_top(block: Columns) -> bool:
    """Does every column begin with a picture that has something below it?"""
    return all(len(inside) > 1 and isinstance(inside[0], Picture) for _, inside in block.columns)
