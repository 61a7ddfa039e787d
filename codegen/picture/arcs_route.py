"""How high an arc must rise: it passes over every label, unit and earlier arc label on its way."""

from __future__ import annotations

from .curve import point_at
from .measure import labelled
from .scene import Arc, Box, Circle, Label, Point, Scene, Shape

_LEAST, _MOST, _STEP = 0.5, 4.0, 0.05
_CLEAR = 0.07
_SAMPLES = 40


class Route:
    """The arcs drawn so far over a scene; ``top`` is how far they reach."""

    def __init__(self, scene: Scene) -> None:
        self.shapes: list[Shape] = []
        self.top = -1e9
        self.blocks: list[tuple[float, float, float, float]] = []
        for s in scene.shapes:
            if isinstance(s, Label) and s.role != "header":
                self.blocks.append(s.box())
            elif isinstance(s, Circle):
                (x, y), r = s.centre, s.radius
                self.blocks.append((x - r, y - r, x + r, y + r))
            elif isinstance(s, Box) and s.role != "region":
                self.blocks.append((*s.low, *s.high))

    def arc(self, start: Point, end: Point, text: str, factor: int, at: int) -> None:
        """An arc (of the whole derivative where ``factor`` is 0) and its label above it."""
        role = "" if factor else "total"
        made = Arc(start, end, self._height(start, end), role=role, factor=factor, at=at)
        self.shapes.append(made)
        peak = max((point_at(made, k / _SAMPLES) for k in range(_SAMPLES + 1)), key=lambda p: p[1])
        self.top = max(self.top, peak[1])
        if not text:
            if factor:  # a later, wider arc stays clear of this one
                self.blocks.append((peak[0] - 0.1, peak[1] - 0.1, peak[0] + 0.1, peak[1] + 0.04))
            return
        shown = text.replace("\\frac", "\\dfrac").replace("\\ddfrac", "\\dfrac")
        label = self._label(shown, peak, role, factor, at)
        self.shapes.append(label)
        self.blocks.append(label.box())
        self.top = max(self.top, label.box()[3])

    def _label(self, text: str, peak: Point, role: str, factor: int, at: int) -> Label:
        """Above the peak, moved sideways where another label stands."""
        placed = [s.box() for s in self.shapes if isinstance(s, Label)]
        made = labelled(Label((peak[0], peak[1] + 0.06), text, "south", "tiny"))
        for k in range(30):
            x = peak[0] + 0.08 * ((k + 1) // 2) * (-1) ** k
            made = Label(
                (x, peak[1] + 0.06), text, "south", "tiny", False, made.wide, made.high, role=role,
                factor=factor, at=at,
            )  # fmt: skip
            left, bottom, right, top = made.box()
            if not any(a < right + 0.05 and left < c + 0.05 and b < top and bottom < d
                       for a, b, c, d in placed):  # fmt: skip
                break
        return made

    def _height(self, start: Point, end: Point) -> float:
        """The least height at which the curve touches nothing between its ends."""
        height = max(_LEAST, (end[1] - start[1]) / 0.75, (start[1] - end[1]) / 0.75)
        while height < _MOST and self._touches(Arc(start, end, height)):
            height += _STEP
        return height

    def _touches(self, arc: Arc) -> bool:
        points = [point_at(arc, k / _SAMPLES) for k in range(1, _SAMPLES)]
        return any(
            left - _CLEAR < x < right + _CLEAR and bottom - _CLEAR < y < top + _CLEAR
            for left, bottom, right, top in self.blocks
            for x, y in points
            if not _near((x, y), arc)
        )


def _near(p: Point, arc: Arc) -> bool:
    """So close to an end that it belongs to the box it touches."""
    return any(abs(p[0] - e[0]) + abs(p[1] - e[1]) < 0.16 for e in (arc.start, arc.end))
