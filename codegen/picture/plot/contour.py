"""Level lines of values on a grid (marching squares), as polylines and as closed outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ....derive.language.errors import ChalkgradError
from ..scene.rect import Point

Grid = Sequence[Sequence[float]]

# The corners of a cell are numbered 0 lower left, 1 lower right, 2 upper right, 3 upper left; edge
# k leads from corner k to the next one. A level line enters where the edge rises above the level
# and leaves where it falls, so what is above lies on its left.
_Edge = tuple[int, int, str]


def level_lines(
    xs: Sequence[float], ys: Sequence[float], values: Grid, level: float
) -> list[list[Point]]:
    """The lines where the interpolated ``values[row][column]`` (row: y, column: x) pass ``level``.

    A closed line ends in its first point. What is above the level lies on the left of the line.
    Raises ChalkgradError where the grid does not fit its coordinates.
    """
    _check(xs, ys, values)
    steps: dict[_Edge, _Edge] = {}
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            steps.update(_cell(row, column, values, level))
    places = {edge: _place(edge, xs, ys, values, level) for edge in {*steps, *steps.values()}}
    return [[places[edge] for edge in line] for line in _joined(steps)]


def outlines(
    xs: Sequence[float], ys: Sequence[float], values: Grid, level: float
) -> list[tuple[list[Point], bool]]:
    """Closed outlines of where the values are above the level, each with whether it encloses what
    is above (otherwise a hole); the larger ones first, so that holes can be painted over them."""
    low = min(min(row) for row in values) - 1.0
    rows = [[low, *row, low] for row in values]
    side = [low] * (len(xs) + 2)
    padded = level_lines([xs[0], *xs, xs[-1]], [ys[0], *ys, ys[-1]], [side, *rows, side], level)
    sized = [(_area(line), line) for line in padded]
    ordered = sorted(sized, key=lambda pair: -abs(pair[0]))
    return [(line[:-1], area > 0) for area, line in ordered if abs(area) > 1e-12]


def _check(xs: Sequence[float], ys: Sequence[float], values: Grid) -> None:
    if len(values) != len(ys) or any(len(row) != len(xs) for row in values):
        raise ChalkgradError(
            f"the grid of values is not {len(ys)} rows of {len(xs)}", where="contour"
        )


def _area(line: Sequence[Point]) -> float:
    return sum(p[0] * q[1] - q[0] * p[1] for p, q in pairwise(line)) / 2


def _cell(row: int, column: int, values: Grid, level: float) -> Iterator[tuple[_Edge, _Edge]]:
    """The pieces of the level line in one cell, each from the edge where it enters."""
    corners = [
        values[row][column],
        values[row][column + 1],
        values[row + 1][column + 1],
        values[row + 1][column],
    ]
    above = [v > level for v in corners]
    edges: list[_Edge] = [
        (row, column, "x"),
        (row, column + 1, "y"),
        (row + 1, column, "x"),
        (row, column, "y"),
    ]
    # round the cell counterclockwise: where `above` begins the line leaves, where it ends it enters
    begins = [k for k in range(4) if not above[k] and above[(k + 1) % 4]]
    ends = [k for k in range(4) if above[k] and not above[(k + 1) % 4]]
    if len(begins) == 2 and sum(corners) / 4 > level:  # a saddle whose middle is above
        pairs = [(k, (k - 1) % 4) for k in begins]
    else:
        pairs = [(k, next(e for e in _onwards(k) if e in ends)) for k in begins]
    for begin, end in pairs:
        yield edges[end], edges[begin]


def _onwards(k: int) -> tuple[int, ...]:
    return ((k + 1) % 4, (k + 2) % 4, (k + 3) % 4)


def _place(
    edge: _Edge, xs: Sequence[float], ys: Sequence[float], values: Grid, level: float
) -> Point:
    row, column, way = edge
    far = (row, column + 1) if way == "x" else (row + 1, column)
    a, b = values[row][column], values[far[0]][far[1]]
    t = (level - a) / (b - a)
    return (
        xs[column] + t * (xs[far[1]] - xs[column]),
        ys[row] + t * (ys[far[0]] - ys[row]),
    )


def _joined(steps: dict[_Edge, _Edge]) -> Iterator[list[_Edge]]:
    """Steps from edge to edge, joined to lines: first those that begin at the border."""
    left = dict(steps)
    entered = set(steps.values())
    for start in [*(edge for edge in steps if edge not in entered), *steps]:
        if start not in left:
            continue
        line = [start]
        while line[-1] in left:
            line.append(left.pop(line[-1]))
        yield line
