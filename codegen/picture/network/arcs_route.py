"""How high an arc must rise: it passes over every label and unit on its way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from ..scene.curve import point_at
from ..scene.rect import Point, Rect, bounding, crosses, grown, holds, middle, square
from ..scene.scene import Arc, Box, Circle, Label, Line, Scene, bounds

_LEAST, _MOST, _STEP = 0.5, 4.0, 0.05
_CLEAR = 0.07
_SAMPLES, _DENSE, _CORNER = 40, 40, 14  # points of a curve
_CORNERS = (1.0, 0.6, 0.3, 0.12)
_AROUND = ("region", "reach", "outline")  # boxes round tensors: arcs may enter them


def solid(scene: Scene) -> list[Rect]:
    """What arcs pass over: labels below the header, units, boxes of layers."""
    return [
        bounds(s)
        for s in scene.shapes
        if isinstance(s, Circle)
        or (isinstance(s, Label) and s.role != "header")
        or (isinstance(s, Box) and s.role not in _AROUND)
    ]


def factor_arc(
    blocks: Sequence[Rect], start: Point, end: Point, within: Sequence[Rect], factor: int, at: int
) -> Arc:
    """The arc of a factor. What stands ``within`` the boxes that it joins is not in its way."""
    height = _height(start, end, _between(blocks, start, end, within))
    return Arc(start, end, height, factor=factor, at=at)


def whole_arc(
    blocks: Sequence[Rect], arcs: Sequence[Arc], start: Point, end: Point, within: Sequence[Rect],
    at: int,
) -> Line:  # fmt: skip
    """The arc of the whole derivative, flat above everything that stands between its ends, clear
    of the factors' arcs."""
    ways = [square(p, 0.02) for arc in arcs for p in _samples(arc)[4:-3]]
    held = [*_between(blocks, start, end, within), *ways]
    least = max(start[1], end[1]) + _LEAST
    tries = (
        _flat(start, end, least + k * _STEP, wide)
        for k in range(round(_MOST / _STEP))
        for wide in _CORNERS
    )
    points = next((p for p in tries if not _meets(p, held)), None)
    if points is None:  # something stands over an end itself: above the rest at least
        inside = [b[3] + 0.15 for b in held if end[0] < b[0] and b[2] < start[0]]
        points = _flat(start, end, max([least, *inside]), _CORNERS[-1])
    return Line(tuple(points), True, role="total", at=at)


def peak(arc: Arc | Line) -> float:
    """How far an arc reaches."""
    return bounding(_samples(arc) if isinstance(arc, Arc) else arc.points)[3]


def _samples(arc: Arc) -> list[Point]:
    return [point_at(arc, k / _SAMPLES) for k in range(_SAMPLES + 1)]


def _between(
    blocks: Sequence[Rect], start: Point, end: Point, within: Sequence[Rect]
) -> list[Rect]:
    """What stands in the way between two points that are joined from above."""
    left, right = sorted((start[0], end[0]))
    low = min(start[1], end[1])
    return [
        b
        for b in blocks
        if b[0] < right + 0.3 and left - 0.3 < b[2] and b[3] > low - 0.1
        and not any(holds(r, middle(b)) for r in within)
    ]  # fmt: skip


def _height(start: Point, end: Point, blocks: list[Rect]) -> float:
    """The least height at which the curve touches nothing between its ends."""
    height = max(_LEAST, abs(end[1] - start[1]) / 0.75)
    while height < _MOST and _meets(_curve(Arc(start, end, height)), blocks):
        height += _STEP
    return height


def _curve(arc: Arc) -> list[Point]:
    return [point_at(arc, (1 - math.cos(math.pi * k / _DENSE)) / 2) for k in range(_DENSE + 1)]


def _flat(start: Point, end: Point, top: float, corner: float) -> list[Point]:
    """Up in a quarter of an ellipse, along, and down in another."""
    way = end[0] - start[0]
    wide = math.copysign(min(corner, 0.4 * abs(way)), way)
    turns = [math.pi / 2 * k / _CORNER for k in range(_CORNER + 1)]

    def turned(foot: Point, inwards: float) -> list[Point]:
        x, y = foot
        return [(x + inwards * (1 - math.cos(a)), y + (top - y) * math.sin(a)) for a in turns]

    return turned(start, wide) + turned(end, -wide)[::-1]


def _meets(points: list[Point], blocks: list[Rect]) -> bool:
    """Does the way from the first to the last point touch one of the rectangles?"""
    first, last = points[0], points[-1]
    free = [
        p
        for p in points
        if not any(abs(p[0] - e[0]) + abs(p[1] - e[1]) < 0.16 for e in (first, last))
    ]
    lines = list(pairwise(free))
    return any(crosses(rect, p, q) for rect in (grown(b, _CLEAR) for b in blocks) for p, q in lines)
