"""How much room the blocks of a page take, in cm: what splits pages before TeX sees them.

The widths come from the metrics of `codegen.picture.label.measure`; the rules for broken and shrunk
lines are those of ``chalkgrad.sty``, so that Python and TeX agree without a TeX run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from ..deck.model import (
    Blank,
    Block,
    Bullets,
    Code,
    Columns,
    Math,
    Panel,
    Picture,
    Row,
    Strip,
    Table,
    Text,
    inner,
)
from ..formula.line_breaks import breakable, terms
from ..formula.tree.nodes import Row as Formula
from ..picture.label.measure import POINT, measure, measure_formula
from ..picture.scene.scene import Scene
from .column_widths import TAB, fitted, math_sides, natural_table, sign_width, table_columns
from .measures import POINTS, display
from .scaling import scaled

_SKIP = {"normal": 13.6 * POINT, "small": 12 * POINT, "tiny": 11 * POINT}
SMALLEST = 9.0
STEP = 0.05
SLACK = 0.05  # cm by which a picture may be wider than its room
GAP = 0.26  # cm between two blocks
ROW_GAP = 6 * POINT
_LETTER = 0.525  # em: a letter of the typewriter font


def height(block: Block, wide: float, high: float) -> float:
    """Height of a block in cm in a column of width ``wide`` on a page with ``high`` cm of room."""
    match block:
        case Text():
            size = "tiny" if block.kind == "small" else "normal"
            return lines(block.text, wide, size) * _SKIP[size]
        case Bullets():
            found = [lines(i, wide - 0.6, "normal") * _SKIP["normal"] + 0.12 for i in block.items]
            return sum(found)
        case Math():
            return sum(math_rows(block, wide)) + ROW_GAP * (len(block.rows) - 1)
        case Picture():
            scene, scale = drawn(block, wide, high)
            low, top = scene.frame()
            return (top[1] - low[1]) * scale
        case Table():
            block = sized_table(block, wide)
            return table_rules(block) + sum(table_rows(block, wide))
        case Code():
            return sum(code_lines(block, wide))
        case Strip():
            return _strip(block, wide)
        case Panel():
            title = _SKIP["normal"] + 0.1 if block.title else 0.0
            return title + 0.5 + stack(block.blocks, wide - 0.5, high)
        case Columns():
            return max([stack(b, w, high) for w, b in fitted(block, wide)] or [0.0])
        case Blank():
            return block.height * high


def stack(blocks: Iterable[Block], wide: float, high: float) -> float:
    """Height of blocks one below the other."""
    found = [height(b, wide, high) for b in blocks]
    return sum(found) + GAP * max(0, len(found) - 1)


def lines(rich: str, wide: float, size: str) -> int:
    """On how many lines a paragraph stands (words break, so lines are not quite full)."""
    needed = measure(rich, size)[0]
    return max(
        1, math.ceil(needed / wide - 0.01) if needed <= wide else math.ceil(needed * 1.04 / wide)
    )


def drawn(block: Picture, wide: float, high: float) -> tuple[Scene, float]:
    """A picture on the part of the page it may take: the scene, and the scale of all of it."""
    scale = picture_scale(block, wide, high)
    if scale < 1.0 and not block.whole:
        return scaled(block.scene, scale), 1.0
    return block.scene, scale


def picture_scale(block: Picture, wide: float, high: float) -> float:
    """The scale at which a picture fits the part of the page it may take. Small scales come in
    steps, so that the same network keeps its size from page to page (and is set only once)."""
    low, top = block.scene.frame()
    w, h = max(top[0] - low[0], 0.1), max(top[1] - low[1], 0.1)
    fits = min(block.zoom, block.width * wide / w, block.height * high / h)
    if fits >= 1.0:
        return fits
    scale = max(math.floor(fits / STEP + 1e-6) * STEP, STEP)
    while scale > 2 * STEP and _shrunk(block, scale) > block.width * wide + SLACK:
        scale -= STEP  # its labels keep their size
    return scale


def _shrunk(block: Picture, scale: float) -> float:
    """The width of a picture at a scale below 1."""
    low, top = (block.scene if block.whole else scaled(block.scene, scale)).frame()
    return (top[0] - low[0]) * (scale if block.whole else 1.0)


# -- mathematics -------------------------------------------------------------------------------


def math_rows(block: Math, wide: float) -> list[float]:
    """The height of every row, broken or shrunk as ``\\cgmath`` does it."""
    size = block.size
    left, sign, right, tag = math_sides(block)
    room = wide - tag
    whole = left + sign + right
    fits = whole <= room
    shrunk = not fits and room / whole * POINTS[size] >= SMALLEST and whole <= room * 20 / 17
    factor = 1.0 if fits else room / whole
    narrow = room - (left if left <= 0.35 * room else 0.4)
    found = [_tallest(r, size) * factor for r in block.rows]
    if not fits and not shrunk:
        found = [_broken(r, size, narrow, left > 0.35 * room) for r in block.rows]
    elif whole / room * (SMALLEST / POINTS[size] if shrunk else 1.0) > 0.96:
        # so close that TeX may break it: room for either
        other = [_broken(r, size, narrow, left > 0.35 * room) for r in block.rows]
        found = [max(pair) for pair in zip(found, other, strict=True)]
    beside = "tiny" if shrunk else _note_size(size)
    notes = max([measure(r.note, beside)[0] for r in block.rows] or [0.0])
    spare = room - whole - 0.6
    under = not fits or (notes > spare and spare < 0.25 * wide)
    told = (_note(r, beside, wide, notes, spare, under) for r in block.rows)
    return [h + note for h, note in zip(found, told, strict=True)]


def _note_size(size: str) -> str:
    """A remark is never larger than the display it stands in."""
    return min(size, "small", key=POINTS.__getitem__)


def _tallest(row: Row, size: str) -> float:
    return max(display(row.left, size)[1], display(row.right, size)[1], 0.3)


def _broken(row: Row, size: str, room: float, alone: bool) -> float:
    start = sign_width(row, size)
    total = filled(pieces(row.right, room / 0.6), size, room, start)[-1]
    if alone and display(row.left, size)[0] > 0.4:
        return total + display(row.left, size)[1] + 3 * POINT
    return max(total, display(row.left, size)[1])


def filled(parts: Sequence[Formula], size: str, room: float, start: float) -> list[float]:
    """The height of the lines that the first, the first two, … parts of a broken row fill."""
    tall, used, total = 0.3, start, 0.0
    made = [tall]
    for piece in parts:
        w, h = display(piece, size)
        w *= 1.03  # lines must not be fuller than TeX makes them
        if used + w > room and used > 1.0:
            total += tall + 4 * POINT
            used, tall = 0.6, 0.3
        used, tall = used + w, max(tall, h * min(1.0, room / max(w, 0.1)))
        made.append(total + tall)
    return made


def _note(
    row: Row, size: str, wide: float, notes: float, spare: float, under: bool
) -> float:  # fmt: skip
    if not row.note or not under:
        over = lines(row.note, max(spare, 1.0), size) if row.note and notes > spare else 1
        return (over - 1) * _SKIP[size]
    return lines(row.note, wide - 1.0, size) * _SKIP[size] + 2 * POINT


@lru_cache(maxsize=2000)
def pieces(row: Formula, wide: float) -> tuple[Formula, ...]:
    """The right side of a row in pieces that may stand on lines of their own."""
    made: list[Formula] = []
    for piece in terms(row):
        made += [piece] if display(piece)[0] < 0.6 * wide else _torn(piece, wide)
    return tuple(made)


def _torn(piece: Formula, wide: float) -> list[Formula]:
    """A long term broken at the sums in its parentheses; between factors only where one of these
    is wider than a line."""
    made = breakable(piece, inside=1)
    return [
        part
        for p in made
        for part in ([p] if display(p)[0] < wide else breakable(p, inside=1, products=True))
    ]


def _strip(block: Strip, wide: float) -> float:
    """One line where the cells fit, else as many as they need."""
    found = [measure_formula(c, "tiny") for c in block.cells]
    if sum(w + 0.25 for w, _ in found) * 1.02 <= wide:
        return max([h for _, h in found], default=0.0) + 0.5
    total, used, tall = 0.02, 0.0, 0.0
    for k, (w, h) in enumerate(found):
        if used and used + w > wide:
            total, used, tall = total + tall + 4 * POINT, 0.0, 0.0
        used, tall = used + w + 0.35, max(tall, h + (6 * POINT if k == block.current else 0.0))
    return total + tall


# -- tables and code ---------------------------------------------------------------------------


def sized_table(block: Table, wide: float) -> Table:
    """The table in the largest size in which its cells fit on one line each, or in its own."""
    for size in (s for s, points in POINTS.items() if points <= POINTS[block.size]):
        made = replace(block, size=size)
        if natural_table(made) <= wide or any(columns_cm(made, wide)):
            return made
    return replace(block, size="tiny")


def table_rules(block: Table) -> float:
    """What its rules and its caption take."""
    return 1.0 if block.caption else 0.5


def columns_cm(block: Table, wide: float) -> list[float]:
    """For every column its width in cm, 0 where its cells stand on one line each."""
    rows = [r for r in (block.head, *block.rows) if r]
    natural = table_columns(block)
    count = len(natural)
    if sum(natural) + TAB * count <= wide:
        return [0.0] * count
    broad = [k for k in range(count) if natural[k] > wide / count and _words(rows, k)]
    rest = wide - TAB * count - sum(w for k, w in enumerate(natural) if k not in broad)
    if not broad or rest < 1.8 * len(broad):
        return [0.0] * count
    total = sum(natural[k] for k in broad)
    return [rest * natural[k] / total if k in broad else 0.0 for k in range(count)]


def _words(rows: list[tuple[str, ...]], k: int) -> bool:
    return any(len(r[k].split()) > 2 for r in rows if k < len(r))


def table_rows(block: Table, wide: float) -> list[float]:
    """The height of every row."""
    block = sized_table(block, wide)
    size = block.size
    widths = columns_cm(block, wide)
    made = []
    for row in (block.head, *block.rows) if any(block.head) else block.rows:
        tall = _SKIP[size]
        for cell, w in zip(row, widths, strict=False):
            if not cell:
                continue
            count = lines(cell, w, size) if w else 1
            tall = max(tall, measure(cell, size)[1] * 1.02 + 0.03, count * _SKIP[size])
        made.append(tall * 1.12)
    return made


def code_lines(block: Code, wide: float) -> list[float]:
    """The height of every line, with what is wrapped."""
    letters = max(10, int(wide / (_LETTER * POINTS[block.size] * POINT)))
    found = [len(line.expandtabs(4)) for line in block.text.split("\n")]
    skip = _SKIP[block.size] * 1.05
    return [
        skip * max(1, math.ceil(n / (0.86 * max(letters - 4, 6))) if n > letters else 1)
        for n in found
    ]


def smallest(blocks: Iterable[Block]) -> float:
    """The smallest letters (in points) of the blocks, scripts aside."""
    found = [POINTS["normal"]]
    for block in blocks:
        inside = inner(block)
        match block:
            case Text(kind="small") | Strip() | Picture():
                found.append(SMALLEST)
            case Table():
                found.append(SMALLEST)  # a table may be set in any of the sizes
            case Math(rows=rows, size=size):
                noted = any(r.note or r.number for r in rows)
                found.append(POINTS[_note_size(size) if noted else size])
            case Code(size=size):
                found.append(POINTS[size])
            case Columns() if any(isinstance(b, Math) for b in inside):
                found.append(SMALLEST)  # and so may formulas side by side
            case _:
                found.append(smallest(inside) if inside else POINTS["normal"])
    return min(found)
