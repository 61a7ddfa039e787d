"""Array shapes: rectangles of rows by columns, with the sizes that must agree joined below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...formula.rich import inline
from ...formula.tree import write
from ..label.measure import labelled, measure
from ..label.place import framed
from ..scene.scene import Box, Label, Line, Scene, Shape

COMMA = write.row(write.sign(","), write.space(","))
_GRID = 8  # rows and columns up to that many are drawn as cells
_MOST = 2.0  # the longest side, cm
_GAP = 0.22  # around an operation sign, cm


@dataclass(frozen=True)
class Array:
    """An array of ``rows`` × ``columns``; ``name`` is rich text.

    ``row_text`` and ``column_text`` are the printed sizes (rich text; the numbers where empty): a
    symbolic size has a number only for its drawing.
    """

    name: str
    rows: int
    columns: int
    row_text: str = ""
    column_text: str = ""
    ref: str = ""

    @property
    def sizes(self) -> tuple[str, str]:
        """The printed sizes."""
        return self.row_text or f"${self.rows}$", self.column_text or f"${self.columns}$"


@dataclass(frozen=True)
class Sign:
    """What stands between two arrays, as rich text. A ``product`` joins the inner sizes of its
    neighbours by a bracket."""

    text: str
    product: bool = False


Item = Array | Sign


def shape_scene(rows: Sequence[Sequence[Item]], least: float = 0.42) -> Scene:
    """Equations between arrays, one below the other.

    A side is ``least`` cm for each row or column (fewer where the largest would exceed 2 cm), but
    no shorter than that; cells are drawn where they are few and their number is known. The name
    stands above the array, its shape (rows, columns) below, and under each product a bracket joins
    the two sizes that must be equal, in one colour.
    """
    shapes: list[Shape] = []
    anchors = {}
    top = 0.0
    arrays = [one for items in rows for one in items if isinstance(one, Array)]
    unit = min(least, _MOST / max((max(a.rows, a.columns) for a in arrays), default=1))
    for k, items in enumerate(rows):
        made, bottom = _equation(items, top, unit, least)
        shapes += made
        anchors[f"row{k}"] = (0.0, (top + bottom) / 2)
        top = bottom - 0.35
    return framed(shapes, anchors=anchors)


def _side(size: int, unit: float, least: float) -> float:
    return max(least, unit * size)


def _equation(
    items: Sequence[Item], top: float, unit: float, least: float
) -> tuple[list[Shape], float]:
    """The shapes of one equation whose upper edge is ``top``, and its lower edge."""
    arrays = [one for one in items if isinstance(one, Array)]
    name = max((measure(one.name)[1] for one in arrays), default=0.3)
    tall = max((_side(one.rows, unit, least) for one in arrays), default=least)
    middle = top - name - 0.1 - tall / 2
    foot = middle - tall / 2 - 0.1
    line = max((measure(_shape_text(one))[1] for one in arrays), default=0.3)
    joins = _joins(items)
    shapes: list[Shape] = []
    ends: dict[tuple[int, int], float] = {}  # (item, side) -> the middle of that size's text
    x = 0.0
    for k, one in enumerate(items):
        if isinstance(one, Sign):
            wide = measure(one.text)[0]
            where = (x + _GAP + wide / 2, middle)
            shapes.append(labelled(Label(where, one.text)))
            x += wide + 2 * _GAP
            continue
        across = _side(one.columns, unit, least)
        # a narrow array still needs the room of its name and its shape
        room = max(across, measure(one.name)[0], measure(_shape_text(one))[0])
        centre = x + room / 2
        shapes += _array(one, centre, middle, across, _side(one.rows, unit, least))
        colours = (joins.get((k, 0), 0), joins.get((k, 1), 0))
        made = list(_sizes(one, centre, foot - line / 2, *colours))
        shapes += made
        ends[k, 0], ends[k, 1] = made[1].where[0], made[3].where[0]
        x += room
    brackets = [
        _bracket(ends[k, 1], ends[k + 2, 0], foot - line - 0.04, factor)
        for (k, side), factor in joins.items()
        if side == 1
    ]
    shapes += brackets
    return shapes, foot - line - (0.2 if brackets else 0.0)


def _joins(items: Sequence[Item]) -> dict[tuple[int, int], int]:
    """Which sizes are joined: (item, 0 rows or 1 columns) -> number of the colour."""
    made: dict[tuple[int, int], int] = {}
    for k, (left, sign, right) in enumerate(zip(items, items[1:], items[2:], strict=False)):
        joined = isinstance(left, Array) and isinstance(right, Array)
        if joined and isinstance(sign, Sign) and sign.product:
            made[k, 1] = made[k + 2, 0] = 1 + len(made) // 2
    return made


def _array(one: Array, x: float, y: float, wide: float, high: float) -> Iterator[Shape]:
    low, top = (x - wide / 2, y - high / 2), (x + wide / 2, y + high / 2)
    yield Box(low, top, role="shape", ref=one.ref)
    for k in range(1, one.columns if one.columns <= _GRID and not one.column_text else 1):
        u = low[0] + wide * k / one.columns
        yield Line(((u, low[1]), (u, top[1])), role="cell")
    for k in range(1, one.rows if one.rows <= _GRID and not one.row_text else 1):
        v = low[1] + high * k / one.rows
        yield Line(((low[0], v), (top[0], v)), role="cell")
    yield labelled(Label((x, top[1] + 0.08), one.name, anchor="south", ref=one.ref))


def _shape_text(one: Array) -> str:
    rows, columns = one.sizes
    return f"$(${rows}{inline(COMMA)}{columns}$)$"


def _sizes(one: Array, x: float, y: float, row: int, column: int) -> Iterator[Label]:
    """``(rows, columns)`` as five labels, so that each size has a place and a colour of its own."""
    rows, columns = one.sizes
    parts = (("$($", 0), (rows, row), ("$,$", 0), (columns, column), ("$)$", 0))
    room = [measure(text, "small")[0] for text, _ in parts]
    at = x - (sum(room) + 0.06) / 2
    for k, ((text, factor), wide) in enumerate(zip(parts, room, strict=True)):
        where = (at + wide / 2, y)
        yield labelled(Label(where, text, factor=factor, ref=one.ref))
        at += wide + (0.06 if k == 2 else 0.0)


def _bracket(left: float, right: float, y: float, factor: int) -> Line:
    points = ((left, y), (left, y - 0.14), (right, y - 0.14), (right, y))
    return Line(points, factor=factor, role="thin")
