"""How much room the blocks of a page have, and blocks that share its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from ....deck.model import Block, Columns, Math, Row
from ....formula.tree.nodes import Row as Formula
from ....layout import extent, paging
from ....picture.label.measure import measure, measure_formula
from ...board.board import Board
from ...board.pictures import PAGE

HIGH = 6.8  # cm for the lines of a page
LEAST = 0.38  # of two columns, so much of the width at least
Part = TypeVar("Part")


def page_width(board: Board) -> float:
    """How wide the blocks of a page are, cm."""
    return PAGE[board.aspect][0]


def lacking(board: Board) -> float:
    """How much narrower than a wide page the pages of this lecture are, cm."""
    return PAGE["16:9"][0] - page_width(board)


def fits(board: Board, blocks: Sequence[Block], high: float = HIGH) -> bool:
    """Have the blocks room below each other on one page?"""
    return extent.stack(blocks, page_width(board), high) <= high


def one_page(board: Board, blocks: Sequence[Block]) -> bool:
    """Are the blocks one page of a document, pictures and letters as small as it may set them?"""
    return paging.fits(blocks, *PAGE[board.aspect])


def halves(parts: Sequence[Part]) -> list[Sequence[Part]]:
    """The first half, the larger one, and the second; one part has no second half."""
    half = (len(parts) + 1) // 2
    return [part for part in (parts[:half], parts[half:]) if part]


def side_by_side(blocks: Iterable[Block], *shares: float) -> Columns:
    """A column for every block, of these parts of the width; without them equally wide ones."""
    shown = tuple(blocks)
    widths = shares or [1 / len(shown) for _ in shown]
    return Columns(tuple((w, (b,)) for w, b in zip(widths, shown, strict=True)))


def in_two(rows: Sequence[Row]) -> Columns:
    """Short rows in two columns, so that they stay on one page with what else it shows."""
    return side_by_side(Math(tuple(part), size="small") for part in halves(rows))


def in_two_on_pages(board: Board, rows: Sequence[Row], high: float = HIGH) -> list[Columns]:
    """The same for more rows than a page has room for: every page is read on the left, then on the
    right. ``high`` is what the first page, or the last, has beside other blocks."""
    made: list[Columns] = []
    rest = list(rows)
    while rest:
        counts = range(len(rest), 0, -1)
        most = next((k for k in counts if fits(board, [in_two(rest[:k])], high)), 1)
        made.append(replace(in_two(rest[:most]), whole=True))
        del rest[:most]
    return made


def in_two_by_width(rows: Sequence[Row]) -> Columns:
    """The same; the column with the longer rows is the wider one."""
    parts = halves(rows)
    wide = [max(map(_natural, part)) for part in parts]
    shares = [min(max(w / sum(wide), LEAST), 1 - LEAST) for w in wide] if len(parts) > 1 else []
    return side_by_side((Math(tuple(part), size="small") for part in parts), *shares)


def _natural(row: Row) -> float:
    """How wide a row with its note wants to be, cm."""
    sides = Formula((*row.left.items, *row.right.items))
    return measure_formula(sides, "small")[0] + measure(row.note, "small")[0]


def kept(count: int, most: int, ends: tuple[int, int]) -> list[int | None]:
    """The rows that are written, of more than ``most`` so many from both ends; None is the dots."""
    first, last = ends
    return [*range(count)] if count <= most else [*range(first), None, *range(count - last, count)]


def counted(title: str, k: int, count: int) -> str:
    """The title of the k-th page (from 1) of several."""
    return f"{title} ({k}/{count})" if count > 1 else title
