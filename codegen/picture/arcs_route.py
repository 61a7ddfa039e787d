"""How high an arc must rise: it passes over every label, unit and earlier arc label on its way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from .curve import point_at
from .measure import labelled
from .place import overlap
from .regions import Rect
from .scene import Arc, Box, Circle, Label, Point, Scene, Shape

_LEAST, _MOST, _STEP = 0.5, 4.0, 0.05
_CLEAR = 0.07
_SAMPLES, _DENSE = 40, 90  # the second ones stand closer at the steep ends


class Route:
    """The arcs drawn so far over a scene; ``top`` is how far they reach."""

    def __init__(self, scene: Scene) -> None:
        self.shapes: list[Shape] = []
        self.top = -1e9
        self.blocks: list[Rect] = []
        self.later: list[Rect] = []  # the arcs of the factors, which only the whole one must clear
        for s in scene.shapes:
            if isinstance(s, Label) and s.role != "header":
                self.blocks.append(s.box())
            elif isinstance(s, Circle):
                (x, y), r = s.centre, s.radius
                self.blocks.append((x - r, y - r, x + r, y + r))
            elif isinstance(s, Box) and s.role not in ("region", "reach", "outline"):
                self.blocks.append((*s.low, *s.high))

    def arc(
        self, start: Point, end: Point, text: str, factor: int, at: int, within: Sequence[Rect]
    ) -> None:
        """An arc (of the whole derivative where ``factor`` is 0) and its label above it. What
        stands ``within`` the boxes that it joins is not in its way."""
        role = "" if factor else "total"
        blocks = [b for b in self.blocks if not any(_holds(r, b) for r in within)]
        blocks += [] if factor else self.later
        made = Arc(start, end, _height(start, end, blocks), role=role, factor=factor, at=at)
        self.shapes.append(made)
        peak = max((point_at(made, k / _SAMPLES) for k in range(_SAMPLES + 1)), key=lambda p: p[1])
        self.top = max(self.top, peak[1])
        for k in range(4, _SAMPLES - 3):  # a wider arc after it stays clear of this one
            x, y = point_at(made, k / _SAMPLES)
            self.later.append((x - 0.02, y - 0.02, x + 0.02, y + 0.02))
        if not text:
            return
        shown = text.replace("\\frac", "\\dfrac").replace("\\ddfrac", "\\dfrac")
        label = self._label(shown, peak, role, factor, at)
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
            if not any(overlap(made.box(), rect, 0.05) for rect in self.blocks):
                return made
        return first


def _height(start: Point, end: Point, blocks: list[Rect]) -> float:
    """The least height at which the curve touches nothing between its ends."""
    height = max(_LEAST, abs(end[1] - start[1]) / 0.75)
    while height < _MOST and _touches(Arc(start, end, height), blocks):
        height += _STEP
    return height


def _touches(arc: Arc, blocks: list[Rect]) -> bool:
    points = [point_at(arc, (1 - math.cos(math.pi * k / _DENSE)) / 2) for k in range(1, _DENSE)]
    return any(
        left - _CLEAR < x < right + _CLEAR and bottom - _CLEAR < y < top + _CLEAR
        for left, bottom, right, top in blocks
        for x, y in points
        if not _near((x, y), arc)
    )


def _holds(rect: Rect, block: Rect) -> bool:
    x, y = (block[0] + block[2]) / 2, (block[1] + block[3]) / 2
    return rect[0] <= x <= rect[2] and rect[1] <= y <= rect[3]


def _near(p: Point, arc: Arc) -> bool:
    """So close to an end that it belongs to the box it touches."""
    return any(abs(p[0] - e[0]) + abs(p[1] - e[1]) < 0.16 for e in (arc.start, arc.end))
