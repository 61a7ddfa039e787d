"""A row of mathematics that is higher than a page, divided between pages."""

from __future__ import annotations

from dataclasses import replace

from ..deck.model import Math
from ..formula.line_breaks import closed
from ..formula.tree.nodes import Row as Formula
from ..formula.tree.write import spaced
from . import extent
from .column_widths import TAG, beginning
from .measures import POINTS, display

Divided = tuple[Math | None, Math | None]  # what stands here, and what goes on


def overleaf(block: Math, wide: float, left: float) -> Divided:
    """The first row divided at one of its signs outside of all parentheses, so that its beginning
    takes ``left`` cm. Where that cannot be it is set smaller; what is too high even so is divided
    inside. (None, block): it has no place for that."""
    sizes = list(POINTS)
    for size in sizes[sizes.index(block.size) :]:
        smaller = replace(block, size=size)
        if size != block.size and extent.math_rows(smaller, wide)[0] <= left:
            return _after_row(smaller)
        for count in range(_pieces(smaller, wide, left), 0, -1):
            if _closed(smaller, wide, count):
                return _after(smaller, wide, count)
    return _after(block, wide, _pieces(block, wide, left))


def _pieces(block: Math, wide: float, left: float) -> int:
    """How many pieces of the first row stand in ``left`` cm, but for one."""
    row = block.rows[0]
    start = display(beginning(row), block.size)[0] + TAG
    heights = extent.filled(extent.pieces(row.right, wide), block.size, wide - start, 0.5)
    return sum(h <= left for h in heights) - 1


def _closed(block: Math, wide: float, count: int) -> bool:
    """Is every parenthesis closed in the first pieces of the first row?"""
    return closed(spaced(*extent.pieces(block.rows[0].right, wide)[:count]))


def _after_row(block: Math) -> Divided:
    rest = block.rows[1:]
    return replace(block, rows=block.rows[:1]), replace(block, rows=rest) if rest else None


def _after(block: Math, wide: float, count: int) -> Divided:
    row, rest = block.rows[0], block.rows[1:]
    pieces = extent.pieces(row.right, wide)
    if not 1 <= count < len(pieces):
        return None, block
    first = replace(row, right=spaced(*pieces[:count]))
    more = replace(row, left=Formula(()), relation=None, right=spaced(*pieces[count:]), note="",
                   number=0)  # fmt: skip
    if len(extent.pieces(more.right, wide)) >= len(pieces):  # nothing won: it would never end
        return None, block
    return replace(block, rows=(first,)), replace(block, rows=(more, *rest))
