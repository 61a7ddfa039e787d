"""How high an arc must rise: it passes over every label, unit and earlier arc label on its way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ..label.measure import labelled
from ..label.place import crosses, overlap
from ..scene.curve import point_at
from ..scene.scene import Arc, Box, Circle, Label, Line, Point, Scene, Shape
from .regions import Rect, grown

_LEAST, _MOST, _STEP = 0.5, 4.0, 0.05
_CLEAR = 0.07
_SAMPLES, _DENSE, _CORNER = 40, 40, 14  # points of a curve
_CORNERS = (1.0, 0.6, 0.3, 0.12)


class Route:
    """The arcs drawn so far over a scene; ``top`` is how far they reach."""

    def __init__(self, scene: Scene) -> None:
        self.shapes: list[Shape] = []
        self.top = -1e9
        self.blocks: list[Rect] = []
        self.arcs: list[Rect] = []  # points of the factors' arcs
        self.boxes: list[Rect] = []  # round tensors: arcs may enter them, labels may not
        for s in scene.shapes:
            if isinstance(s, Label) and s.role != "header":
                self.blocks.append(s.box())
            elif isinstance(s, Circle):
                (x, y), r = s.centre, s.radius
                self.blocks.append((x - r, y - r, x + r, y + r))
            elif isinstance(s, Box) and s.role not in ("region", "reach", "outline"):
                self.blocks.append((*s.low, *s.high))
            elif isinstance(s, Box):
                self.boxes.append((*s.low, *s.high))

    def arc(
        self, start: Point, end: Point, text: str, factor: int, at: int, within: Sequence[Rect]
    ) -> None:
        """The arc of a factor and its label above it. What stands ``within`` the boxes that it
        joins is not in its way."""
        blocks = self._free(start, end, within)
        made = Arc(start, end, _height(start, end, blocks), factor=factor, at=at)
        points = [point_at(made, k / _SAMPLES) for k in range(_SAMPLES + 1)]
        for x, y in points[4:-3]:  # the arc from end to end stays clear of this one
            self.arcs.append((x - 0.02, y - 0.02, x + 0.02, y + 0.02))
        self._done(made, max(points, key=lambda p: p[1]), text, factor, at)

    def reserve(self, point: Point) -> None:
        """No label of an arc over this point: the arc from end to end begins or ends there."""
        self.boxes.append((point[0] - 0.06, point[1], point[0] + 0.06, point[1] + _MOST))

    def whole(self, start: Point, end: Point, text: str, at: int, within: Sequence[Rect]) -> None:
        """The arc of the whole derivative, flat above everything that stands between its ends."""
        blocks = [*self._free(start, end, within), *self.arcs]
        least = max(start[1], end[1]) + _LEAST
        tries = (
            _flat(start, end, least + k * _STEP, wide)
            for k in range(round(_MOST / _STEP))
            for wide in _CORNERS
        )
        points = next((p for p in tries if not _meets(p, blocks)), None)
        if points is None:  # something stands over an end itself: above the rest at least
            inside = [b[3] + 0.15 for b in blocks if end[0] < b[0] and b[2] < start[0]]
            points = _flat(start, end, max([least, *inside]), _CORNERS[-1])
        top = max(y for _, y in points)
        made = Line(tuple(points), True, role="total", at=at)
        self._done(made, ((start[0] + end[0]) / 2, top), text, 0, at)

    def _free(self, start: Point, end: Point, within: Sequence[Rect]) -> list[Rect]:
        """What stands in the way between two points that are joined from above."""
        left, right = sorted((start[0], end[0]))
        low = min(start[1], end[1])
        return [
            b
            for b in self.blocks
            if b[0] < right + 0.3 and left - 0.3 < b[2] and b[3] > low - 0.1
            and not any(_holds(r, b) for r in within)
        ]  # fmt: skip

    def _done(self, made: Arc | Line, peak: Point, text: str, factor: int, at: int) -> None:
        self.shapes.append(made)
        self.top = max(self.top, peak[1])
        if text:
            shown = text.replace("\\frac", "\\dfrac").replace("\\ddfrac", "\\dfrac")
            label = self._label(shown, peak, made.role, factor, at)
            self.shapes.append(label)
            self.blocks.append(label.box())
            self.top = max(self.top, label.box()[3])

    def _label(self, text: str, peak: Point, role: str, factor: int, at: int) -> Label:
        """Above the peak, moved sideways or up where another label stands."""
        first = labelled(
            Label((peak[0], peak[1] + 0.06), text, "south", "tiny", role=role, factor=factor, at=at)
        )
        moves = [(0.1 * up, 0.08 * ((k + 1) // 2) * (-1) ** k) for up in range(8) for k in range(8)]
        for up, aside in sorted(moves, key=lambda m: m[0] + abs(m[1])):
            made = replace(first, where=(first.where[0] + aside, first.where[1] + up))
            if not any(overlap(made.box(), rect, 0.05) for rect in [*self.blocks, *self.boxes]):
                return made
        return first


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
    up = [
        (start[0] + wide * (1 - math.cos(a)), start[1] + (top - start[1]) * math.sin(a))
        for a in turns
    ]
    down = [
        (end[0] - wide * (1 - math.cos(a)), end[1] + (top - end[1]) * math.sin(a))
        for a in reversed(turns)
    ]
    return up + down


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


def _holds(rect: Rect, block: Rect) -> bool:
    x, y = (block[0] + block[2]) / 2, (block[1] + block[3]) / 2
    return rect[0] <= x <= rect[2] and rect[1] <= y <= rect[3]
