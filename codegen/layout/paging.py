"""The deck-level rule `paginate`: what does not fit on a page goes on to a further one "(2/2)".

Pictures give way first (to 0.8 of their size), then a page is split between blocks, rows of a
display or table, lines of code and bullets. Run before every document and before the manifest,
so that all of them count the same pages; a paginated deck comes back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..deck.formulas import printed
from ..deck.model import (
    Blank,
    Block,
    Bullets,
    Code,
    Columns,
    Deck,
    Figure,
    Math,
    Page,
    Panel,
    Picture,
    Row,
    Strip,
    Table,
    Text,
    inner,
    with_inner,
)
from ..formula.tree.nodes import Marked, Node, marks, rebuilt
from ..formula.tree.nodes import Row as Formula
from . import extent
from .column_widths import beginning, fitted
from .overleaf import overleaf

Lines = Math | Table | Code | Bullets  # what can be divided between two lines

LONG = 0.8  # of a page: a row is cut only where it has nearly all of one and does not fit
SHRINK = 0.8  # what a picture keeps at least
SMALLER = 0.9  # rather a little smaller than a page with one line


@dataclass(frozen=True)
class Room:
    """The area for blocks on a page, in cm; ``width`` and ``margin`` of the paper."""

    width: float
    height: float
    margin: float
    top: float
    bottom: float

    @property
    def wide(self) -> float:
        return self.width - 2 * self.margin

    @property
    def high(self) -> float:
        return self.height - self.top - self.bottom - 0.1


def room(deck: Deck) -> Room:
    """The room of a deck's pages: 16:9 is 160 mm by 90 mm, 4:3 is 128 mm by 96 mm."""
    bar = deck.theme.bar
    width, height, margin = (12.8, 9.6, 0.7) if deck.aspect == "4:3" else (16.0, 9.0, 1.0)
    return Room(width, height, margin, 1.3 if bar else 1.15, 0.7)


def paginate(deck: Deck) -> Deck:
    """The deck with every page that is too full split. The parts are ``id``, ``id-part2``, …"""
    area = room(deck)
    pages = [
        replace(made, blocks=_eased(made.blocks, area.wide, area.high))
        for page in map(_reached, deck.pages)
        for made in _split(page, area.wide, area.high)
    ]
    return replace(deck, pages=tuple(pages))


def _reached(page: Page) -> Page:
    """A page without a reveal shows everything at once: what waits for a later step, no document
    that steps through its pages would ever show."""
    if page.steps > 1:
        return page
    last = max((s for b in page.blocks for s in _steps(b)), default=1)
    return replace(page, blocks=tuple(_later(b, last) for b in page.blocks)) if last > 1 else page


def _split(page: Page, wide: float, high: float) -> Iterator[Page]:
    if page.layout != "content" or fits(page.blocks, wide, high):
        yield page
        return
    parts = _parts(page.blocks, wide, high)
    if len(parts) == 1:
        yield page
        return
    done = 0
    figures = _figures(page, parts)
    for k, part in enumerate(parts):
        steps = sorted({s for b in part for s in _steps(b)})
        here = [s for s in steps if s > done]
        last = max(steps, default=1)
        moved = tuple(_later(b, done) for b in part) if k else part
        yield replace(
            page,
            id=page.id if k == 0 else f"{page.id}-part{k + 1}",
            title=_counted(page.title, k + 1, len(parts)),
            blocks=moved,
            steps=max(1, max(here, default=done) - done),
            notes=page.notes if k == 0 else (),
            covers=page.covers if k == 0 else (),
            figures=tuple(figures[k]),
        )
        done = max(done, last)


def _counted(title: str, k: int, count: int) -> str:
    """The title with ``(2/3)``; one that is counted already gets ``(1/2, 2/3)``."""
    if re.search(r"\(\d+/\d+\)$", title):
        return f"{title[:-1]}, {k}/{count})"
    return f"{title} ({k}/{count})"


def fits(blocks: Sequence[Block], wide: float, high: float) -> bool:
    """With what pictures may give way and what TeX may shrink."""
    give = sum(
        extent.height(b, wide, high) * (1 - SHRINK)
        for b in blocks
        if isinstance(b, Picture | Blank)
    )
    if extent.stack(blocks, wide, high) - give <= high:
        return True
    factor = max(extent.SMALLEST / extent.smallest(blocks), SMALLER)
    return extent.stack(blocks, wide / factor, high / factor) - give <= high / factor


def _eased(blocks: tuple[Block, ...], wide: float, high: float) -> tuple[Block, ...]:
    """Pictures (and empty areas) take the height that the other blocks leave them."""
    soft = [b for b in blocks if isinstance(b, Picture | Blank)]
    room = sum(extent.height(b, wide, high) for b in soft)
    over = extent.stack(blocks, wide, high) - high
    if over <= 0 or not soft:
        return blocks
    keep = max((room - over) / room, 0.5)
    return tuple(
        replace(b, height=extent.height(b, wide, high) * keep / high)
        if isinstance(b, Picture | Blank)
        else b
        for b in blocks
    )


def _parts(blocks: tuple[Block, ...], wide: float, high: float) -> list[tuple[Block, ...]]:
    """The parts of a page. A picture on top stays in sight where it leaves half of the page."""
    top = blocks[0]
    if isinstance(top, Picture) and len(blocks) > 1:
        rest = high - extent.height(top, wide, high) - extent.GAP
        parts = _balanced(blocks[1:], wide, rest) if rest >= 0.5 * high else []
        if parts and all(fits((top, *p), wide, high) for p in parts):
            return [(top, *p) for p in parts]
    return _balanced(blocks, wide, high)


def _balanced(blocks: Sequence[Block], wide: float, high: float) -> list[tuple[Block, ...]]:
    """As few pages as possible, and none of them much emptier than the others."""
    parts = fill(blocks, wide, high)
    for tenth in range(5, 10):
        made = fill(blocks, wide, high * tenth / 10)
        fits = all(extent.stack(p, wide, high) <= high for p in made)
        if len(made) <= len(parts) and fits:
            parts = made
            break
    return [tuple(p) for p in parts if p]


def fill(blocks: Iterable[Block], wide: float, high: float, page: float = 0.0) -> list[list[Block]]:
    """Blocks on as few pages as they need, in order. ``page`` is the height of a page where
    ``high`` is only what one has left."""
    pages: list[list[Block]] = [[]]
    used = 0.0
    waiting = list(blocks)
    while waiting:
        block = waiting.pop(0)
        if isinstance(block, Columns) and len(parts := fitted(block, wide)) < len(block.columns):
            waiting[0:0] = parts[0][1]
            continue
        need = extent.height(block, wide, high)
        if isinstance(block, Picture | Blank):
            need *= SHRINK
        gap = extent.GAP if pages[-1] else 0.0
        if used + gap + need <= high:
            pages[-1].append(block)
            used += gap + need
            continue
        first, rest = _divide(block, wide, page or high, high - used - gap)
        if first is not None:
            pages[-1].append(first)
        elif not pages[-1]:  # nothing of it can be divided: TeX makes it smaller
            pages[-1].append(block)
            rest = None
        if first is not None or pages[-1]:
            carried = _carried(pages[-1]) if first is None and rest is not None else []
            pages.append(carried)
            used = extent.stack(carried, wide, high)
        if rest is not None:
            waiting.insert(0, rest)
    return [p for p in pages if p]


def _carried(page: list[Block]) -> list[Block]:
    """A leading sentence goes over to the page of what it introduces."""
    moved: list[Block] = []
    while len(page) > 1 and isinstance(page[-1], Text) and page[-1].kind == "lead":
        moved.insert(0, page.pop())
    return moved


def _divide(
    block: Block, wide: float, high: float, left: float
) -> tuple[Block | None, Block | None]:
    """What of a block fits into ``left`` cm, and what remains; (None, block): nothing fits."""
    match block:
        case Math():
            heights = extent.math_rows(block, wide)
            count = _count(heights, left, extent.ROW_GAP)
            if count == 0 and left > LONG * high:
                return overleaf(block, wide, left)
            return _cut(block, count, 1, len(heights))
        case Table():
            heights = extent.table_rows(block, wide)
            head = extent.table_rules(block) + (heights.pop(0) if any(block.head) else 0.0)
            return _cut(block, _count(heights, left - head), 2, len(heights))
        case Code():
            heights = extent.code_lines(block, wide)
            count = _code_break(block.text.split("\n"), _count(heights, left))
            return _cut(block, count, 3, len(heights))
        case Bullets(items=items):
            heights = [extent.height(Bullets((i,)), wide, high) for i in items]
            return _cut(block, _count(heights, left), 1, len(heights))
        case Columns(whole=False):
            return _columns(block, wide, high, left)
        case Panel():
            parts = fill(block.blocks, wide - 0.5, left - 1.0, high) if left > 2.5 else []
            if len(parts) > 1 and extent.stack(parts[0], wide - 0.5, high) <= left - 0.9:
                rest = tuple(b for p in parts[1:] for b in p)
                return replace(block, blocks=tuple(parts[0])), replace(block, blocks=rest)
            return None, block
        case _:
            return None, block


def _cut(block: Lines, count: int, least: int, size: int) -> tuple[Block | None, Block]:
    """The first ``count`` lines of a block and the others, where either part is worth it."""
    if not least <= count < size:
        return None, block
    return _part(block, 0, count), _part(block, count, size)


def _part(block: Lines, start: int, stop: int) -> Lines:
    """The lines from ``start`` on and before ``stop``, with what is said of them."""
    match block:
        case Math(rows=rows):
            return replace(block, rows=rows[start:stop])
        case Bullets(items=items):
            return replace(block, items=items[start:stop])
    strong = tuple(k - start for k in block.strong if start <= k < stop)
    if isinstance(block, Table):
        return replace(block, rows=block.rows[start:stop], strong=strong)
    text = "\n".join(block.text.split("\n")[start:stop])
    refs = tuple((k - start, ref) for k, ref in block.refs if start <= k < stop)
    return replace(block, text=text, refs=refs, strong=strong)


def _count(heights: Sequence[float], left: float, gap: float = 0.0) -> int:
    """How many of the heights fit."""
    used = 0.0
    for k, h in enumerate(heights):
        used += h + (gap if k else 0.0)
        if used > left:
            return k
    return len(heights)


def _code_break(lines: list[str], count: int) -> int:
    """Rather after an empty line, or before a line without indent, in the lower half."""
    for k in range(min(count, len(lines) - 1), count // 2, -1):
        if not lines[k - 1].strip() or not lines[k].startswith((" ", "\t")):
            return k
    return count


def _columns(
    block: Columns, wide: float, high: float, left: float
) -> tuple[Block | None, Block | None]:
    """Every column is divided by itself; the rest is side by side again."""
    first, rest = [], []
    widths = [w for w, _ in fitted(block, wide)]
    for w, (share, inside) in zip(widths, block.columns, strict=True):
        parts = fill(inside, w, left, high)
        fits = not parts or extent.stack(parts[0], w, high) <= left + 0.01
        if not fits:
            return None, block
        first.append((share, tuple(parts[0]) if parts else ()))
        rest.append((share, tuple(b for p in parts[1:] for b in p)))
    if not any(b for _, b in rest) or left < 0.45 * high:
        return None, block
    if left <= LONG * high and any(_goes_on(b) for _, b in rest):
        return None, block
    return replace(block, columns=tuple(first)), replace(block, columns=tuple(rest))


def _goes_on(blocks: Sequence[Block]) -> bool:
    """Is the rest of a row first? What stands of it on the page before is another formula."""
    first = blocks[0] if blocks else None
    return isinstance(first, Math) and beginning(first.rows[0]) == Formula(())


# -- the steps of a reveal on the further pages ------------------------------------------------


def _steps(block: Block) -> Iterator[int]:
    yield block.at
    match block:
        case Math(rows=rows):
            for row in rows:
                yield row.at
                yield from map(int, _keys("cgat", row.left, row.right))
        case Picture(scene=scene):
            for shape in scene.shapes:
                yield max(shape.at, shape.until + 1 if shape.until else 1)
        case Strip(cells=cells):
            yield from map(int, _keys("cgat", *cells))
        case _:
            yield from (s for b in inner(block) for s in _steps(b))


def _keys(kind: str, *formulas: Formula) -> Iterator[str]:
    """The keys of a kind of marks in formulas."""
    return (m.key for row in formulas for m in marks(row) if m.kind == kind)


def _later(block: Block, done: int) -> Block:
    """The block with its steps counted from the first page it is on."""
    block = replace(block, at=max(1, block.at - done))
    match block:
        case Math(rows=rows):
            return replace(block, rows=tuple(_later_row(r, done) for r in rows))
        case Strip(cells=cells):
            return replace(block, cells=tuple(_moved(c, done) for c in cells))
        case Picture(scene=scene):
            shapes = tuple(
                replace(s, at=max(1, s.at - done), until=max(1, s.until - done) if s.until else 0)
                for s in scene.shapes
                if not s.until or s.until > done
            )
            low, high = scene.frame()
            return replace(block, scene=replace(scene, shapes=shapes, low=low, high=high))
        case _:
            return with_inner(block, lambda b: _later(b, done))


def _later_row(row: Row, done: int) -> Row:
    left, right = _moved(row.left, done), _moved(row.right, done)
    return replace(row, at=max(1, row.at - done), left=left, right=right)


def _moved(row: Formula, done: int) -> Formula:
    return rebuilt(row, partial(_sooner, done)) if any(_keys("cgat", row)) else row


def _sooner(done: int, node: Node) -> Node:
    if isinstance(node, Marked) and node.kind == "cgat":
        return replace(node, key=str(max(1, int(node.key) - done)))
    return node


# -- the numbers of a page ---------------------------------------------------------------------


def _figures(page: Page, parts: list[tuple[Block, ...]]) -> list[list[Figure]]:
    """The figures that every part prints; what no part names belongs to the first."""
    named = [set(_keys("cgn", *printed(p))) for p in parts]
    made: list[list[Figure]] = [[] for _ in parts]
    for figure in page.figures:
        for k in [j for j, ids in enumerate(named) if figure.id in ids] or [0]:
            made[k].append(figure)
    return made
