"""A picture as data: shapes and labels in centimetres, y upwards; printers make TikZ and SVG of it.

Nothing here knows a network or a formula. What a shape means is said by ``role`` (a name in
``style.yaml``, where its colour and line width stand), by ``factor`` (the number of the chain
factor it belongs to: one colour for arc, box and equation; 0 for none) and by ``ref`` (what it
stands for, such as ``W0[1,0]``: the page links it with equations and code). ``at`` is the step of a
reveal from which it is visible (1: always), ``until`` the last such step (0: to the end).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .rect import Point, Rect, bounding, square, united


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What every shape carries beside its geometry."""

    role: str = ""
    factor: int = 0
    ref: str = ""
    at: int = 1
    until: int = 0


@dataclass(frozen=True)
class Line(Mark):
    """A polyline; ``arrow`` at its end. ``closed`` fills it with its role's fill."""

    points: tuple[Point, ...]
    arrow: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Arc(Mark):
    """A curved arrow from ``start`` to ``end``; ``height`` is how far it bulges upwards
    (downwards where negative)."""

    start: Point
    end: Point
    height: float


@dataclass(frozen=True)
class Circle(Mark):
    centre: Point
    radius: float


@dataclass(frozen=True)
class Box(Mark):
    """A rectangle by two corners; ``rounded`` is the radius of its corners."""

    low: Point
    high: Point
    rounded: float = 0.0


@dataclass(frozen=True)
class Label(Mark):
    """A text: rich text (``$…$`` is mathematics, see `codegen.formula.rich`).

    ``anchor`` says which point of the text stands at ``where``: centre, north, south, east, west
    (``west``: the text begins there). ``size``: tiny, small or normal. ``plate`` paints the
    background behind it, so that a line may pass below. ``wide``, ``high`` are its measured
    extent in cm (`codegen.picture.label.measure`); the layouts use them to keep labels apart.
    """

    where: Point
    text: str
    anchor: str = "centre"
    size: str = "small"
    plate: bool = False
    wide: float = 0.0
    high: float = 0.0

    def box(self) -> Rect:
        """The rectangle that the text fills."""
        x, y = self.where
        dx = {"west": 0.0, "east": -self.wide}.get(self.anchor, -self.wide / 2)
        dy = {"south": 0.0, "north": -self.high}.get(self.anchor, -self.high / 2)
        return (x + dx, y + dy, x + dx + self.wide, y + dy + self.high)


Shape = Line | Arc | Circle | Box | Label


@dataclass(frozen=True)
class Scene:
    """Shapes in the order in which they are painted. ``about`` is its text for those who cannot
    see it; ``low`` and ``high`` are the corners of its frame (from the shapes where not given)."""

    shapes: tuple[Shape, ...]
    about: str = ""
    low: Point | None = None
    high: Point | None = None
    anchors: dict[str, Point] = field(default_factory=dict)

    def frame(self) -> tuple[Point, Point]:
        """Lower left and upper right corner."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        held = united(map(bounds, self.shapes)) if self.shapes else (0.0, 0.0, 0.0, 0.0)
        return held[:2], held[2:]


def bounds(shape: Shape) -> Rect:
    """The rectangle that holds a shape."""
    match shape:
        case Line():
            return bounding(shape.points)
        case Arc():
            (x0, y0), (x1, y1) = shape.start, shape.end
            # the control points are `height` away: a cubic Bézier curve reaches 3/4 of that
            peak = ((x0 + x1) / 2, (y0 + y1) / 2 + 0.75 * shape.height)
            return bounding((shape.start, shape.end, peak))
        case Circle():
            return square(shape.centre, shape.radius)
        case Box():
            return bounding((shape.low, shape.high))
        case Label():
            return shape.box()
