"""Logic gates: the plane with its decision lines, the neuron with its weights, decision regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..label.measure import labelled
from ..label.place import Crowd, framed
from ..plot.axes import Frame, axes
from ..plot.contour import Grid, outlines
from ..plot.plot import around, clipped
from ..scene.rect import Point, crosses, square, towards
from ..scene.scene import Box, Circle, Label, Line, Scene, Shape

_DOT = 0.11  # radius of a sample, cm
_UNIT = 0.36  # radius of a neuron, cm
_ARROW = 0.4  # of the arrow into a half plane, cm


@dataclass(frozen=True)
class Sample:
    """A point of the plane with its class: 1 is drawn filled, 0 as a ring, the digit beside it."""

    x: float
    y: float
    value: int


@dataclass(frozen=True)
class HalfPlane:
    """Where a·x + b·y + c ≥ 0: shaded, its border drawn with a small arrow into it."""

    a: float
    b: float
    c: float
    label: str = ""
    at: int = 1


@dataclass(frozen=True)
class Neuron:
    """A circle of a small network; ``text`` stands in it, ``output`` at an arrow that leaves it."""

    key: str
    text: str
    output: str = ""


@dataclass(frozen=True)
class Weight:
    """A weighted edge between two neurons, by their keys; ``text`` is printed on it."""

    start: str
    end: str
    text: str = ""
    ref: str = ""


def gate_plot(
    samples: Sequence[Sample],
    planes: Sequence[HalfPlane],
    *,
    x_label: str,
    y_label: str,
    side: float = 3.6,
) -> Scene:
    """The unit square with the four inputs of a gate, and the neurons' half planes."""
    frame = Frame(
        (-0.5, 1.5), (-0.5, 1.5), side, side, x_label, y_label, x_ticks=(0, 1), y_ticks=(0, 1)
    )
    crowd = Crowd()
    shapes = [shape for plane in planes for shape in _shaded(plane, frame)]
    drawn = axes(replace(frame, grid=False), crowd)
    for one in drawn:
        if isinstance(one, Line):
            crowd.avoid(one)
    shapes += [Box(frame.box[:2], frame.box[2:], role="grid"), *drawn]
    names: list[tuple[Label, Line, Line]] = []
    for k, plane in enumerate(planes):
        if ends := _across(plane, frame):
            border, arrow = _border(plane, k, ends)
            crowd.avoid(border)
            crowd.avoid(arrow)
            shapes += [border, arrow]
            name = Label(ends[0], plane.label, role="boundary", at=plane.at)
            names.append((labelled(name), border, arrow))
    shapes += _samples(samples, frame, crowd)
    shapes += [crowd.put(_beside(*name, frame)) for name in names if name[0].text]
    return framed(shapes)


def region_plot(xs: Sequence[float], ys: Sequence[float], values: Grid, frame: Frame) -> Scene:
    """Where ``values[row][column]`` at (xs[column], ys[row]) are above a half: shaded, with their
    border; below: a second tint. Zeros and ones will do, an output of a network is smoother.
    """
    edge = frame.corners()
    shapes: list[Shape] = [Line(edge[:-1], closed=True, role="other")]
    drawn = outlines(xs, ys, values, 0.5)
    for points, inside in drawn:
        placed = tuple(p for p in (frame.at(*q) for q in points) if p)
        shapes.append(Line(placed, closed=True, role="shade" if inside else "other"))
    shapes += axes(replace(frame, grid=False), Crowd(), zero=False)
    for points, _ in drawn:
        shapes += clipped(_inner([*points, points[0]], frame), frame, "boundary")
    return framed([*shapes, Line(edge, role="axis")])


def neuron_scene(
    columns: Sequence[Sequence[Neuron]],
    weights: Sequence[Weight],
    *,
    pitch: float = 2.5,
    row: float = 1.0,
) -> Scene:
    """Neurons in columns from left to right and the weights on their edges.

    A weight stands on its edge where it touches no other label and, if possible, no other edge.
    """
    places: dict[str, Point] = {}
    for k, column in enumerate(columns):
        for i, neuron in enumerate(column):
            places[neuron.key] = (k * pitch, ((len(column) - 1) / 2 - i) * row)
    edges = {}  # from the border of one circle to that of the other
    for w in weights:
        start, end = places[w.start], places[w.end]
        edges[w] = (towards(start, end, _UNIT), towards(end, start, _UNIT))
    crowd = Crowd(gap=0.1)
    crowd.rects += [square(place, _UNIT) for place in places.values()]
    shapes: list[Shape] = [
        Line(edge, role="weight", arrow=True, ref=w.ref) for w, edge in edges.items()
    ]
    for w, edge in edges.items():
        if w.text:
            others = [one for v, one in edges.items() if v is not w]
            shapes.append(_on_edge(w, edge, others, crowd))
    for neuron in (n for column in columns for n in column):
        shapes += _neuron(neuron, places[neuron.key])
    return framed(shapes, anchors=places)


# ---------------------------------------------------------------- the plane


def _shaded(plane: HalfPlane, frame: Frame) -> Iterator[Shape]:
    (x0, x1), (y0, y1) = frame.x, frame.y
    corners = _polygon_inside([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], plane.a, plane.b, plane.c)
    placed = tuple(p for p in (frame.at(*q) for q in corners) if p)
    if len(placed) > 2:
        yield Line(placed, closed=True, role="shade", at=plane.at)


def _polygon_inside(corners: Sequence[Point], a: float, b: float, c: float) -> list[Point]:
    """The part of a polygon where a·x + b·y + c ≥ 0 (Sutherland and Hodgman)."""
    made: list[Point] = []
    for p, q in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        at_p, at_q = a * p[0] + b * p[1] + c, a * q[0] + b * q[1] + c
        if at_p >= 0:
            made.append(p)
        if (at_p > 0 > at_q) or (at_p < 0 < at_q):
            t = at_p / (at_p - at_q)
            made.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    return made


def _border(plane: HalfPlane, k: int, ends: Sequence[Point]) -> tuple[Line, Line]:
    """The border, and the small arrow from its middle into the half plane."""
    line = Line(tuple(ends), role="boundary" if k % 2 == 0 else "boundary2", at=plane.at)
    far = (plane.a**2 + plane.b**2) ** 0.5
    x, y = (ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2
    tip = (x + _ARROW * plane.a / far, y + _ARROW * plane.b / far)
    return line, Line(((x, y), tip), role="boundary", arrow=True, at=plane.at)


def _across(plane: HalfPlane, frame: Frame) -> list[Point]:
    """Where the border enters and leaves the frame, in cm; the lower right end first."""
    (x0, x1), (y0, y1) = frame.x, frame.y
    a, b, c = plane.a, plane.b, plane.c
    found: list[Point] = []
    if b:
        found += [(x, -(a * x + c) / b) for x in (x0, x1)]
    if a:
        found += [(-(b * y + c) / a, y) for y in (y0, y1)]
    inside = {
        (round(x, 9), round(y, 9))
        for x, y in found
        if x0 - 1e-9 <= x <= x1 + 1e-9 and y0 - 1e-9 <= y <= y1 + 1e-9
    }
    placed = [p for p in (frame.at(*q) for q in sorted(inside, key=lambda q: q[1] - q[0])) if p]
    return [placed[0], placed[-1]] if len(placed) > 1 else []


def _beside(name: Label, border: Line, arrow: Line, frame: Frame) -> Iterator[Label]:
    """A short one in its half plane beside the line, others at an end of the line outside."""
    if name.wide < 0.9:
        (x0, y0), (x1, y1) = border.points
        tip = arrow.points[-1]
        nx, ny = (2 * tip[0] - x0 - x1) / (2 * _ARROW), (2 * tip[1] - y0 - y1) / (2 * _ARROW)
        far = 0.1 + abs(nx) * name.wide / 2 + abs(ny) * name.high / 2
        for t in (0.2, 0.8, 0.15, 0.85, 0.3, 0.7, 0.4, 0.6):
            place = (x0 + t * (x1 - x0) + far * nx, y0 + t * (y1 - y0) + far * ny)
            one = replace(name, where=place)
            if _inside(one, frame):
                yield one
    for x, y in border.points:
        if x > frame.right - 0.02:
            yield replace(name, where=(frame.right + 0.12, y), anchor="west")
        elif y > frame.top - 0.02:
            yield replace(name, where=(x, frame.top + 0.08), anchor="south")
            yield replace(name, where=(x + name.wide / 2, frame.top + 0.08), anchor="south")
    for height in (0.25, 0.5, 0.75):
        yield replace(
            name,
            where=(frame.right + 0.12, frame.origin[1] + height * frame.high),
            anchor="west",
        )


def _inside(name: Label, frame: Frame) -> bool:
    """Does a label stand clear of the frame's edge?"""
    (x0, y0, x1, y1), (left, bottom, right, top) = name.box(), frame.box
    return x0 > left + 0.05 and y0 > bottom + 0.05 and x1 < right - 0.05 and y1 < top - 0.05


def _samples(samples: Sequence[Sample], frame: Frame, crowd: Crowd) -> list[Shape]:
    placed = [(p, one.value) for one in samples if (p := frame.at(one.x, one.y))]
    crowd.rects += [square(p, _DOT) for p, _ in placed]
    dots = [Circle(p, _DOT, role="dot" if value else "ring") for p, value in placed]
    digits = [(p, labelled(Label(p, f"${value}$"))) for p, value in placed]
    return [*dots, *(crowd.put(around(digit, p, _DOT + 0.04)) for p, digit in digits)]


def _inner(points: Sequence[Point], frame: Frame) -> list[Point | None]:
    """An outline, interrupted where it runs along the frame's edge."""
    (x0, x1), (y0, y1) = frame.x, frame.y
    run: list[Point | None] = []
    edge_before = False
    for p in points:
        edge = min(abs(p[0] - x0), abs(p[0] - x1)) < 1e-9 * (x1 - x0) or (
            min(abs(p[1] - y0), abs(p[1] - y1)) < 1e-9 * (y1 - y0)
        )
        if edge and edge_before:
            run.append(None)
        run.append(p)
        edge_before = edge
    return run


# ---------------------------------------------------------------- the network


def _on_edge(
    weight: Weight, edge: tuple[Point, Point], others: Sequence[tuple[Point, Point]], crowd: Crowd
) -> Label:
    (x0, y0), (x1, y1) = edge
    text = labelled(Label((x0, y0), weight.text, plate=True, role="weight", ref=weight.ref))
    candidates: list[tuple[int, int, Label]] = []
    for k in (35, 30, 40, 25, 45, 50, 20, 55, 60, 65, 70, 75, 15, 80):
        t = k / 100
        one = replace(text, where=(x0 + t * (x1 - x0), y0 + t * (y1 - y0)))
        lines = sum(crosses(one.box(), *other) for other in others)
        candidates.append((crowd.cost(one) + lines, len(candidates), one))
    return crowd.put([min(candidates, key=lambda c: c[:2])[2]])


def _neuron(neuron: Neuron, place: Point) -> Iterator[Shape]:
    x, y = place
    yield Circle(place, _UNIT, role="unit", ref=neuron.key)
    yield labelled(Label(place, neuron.text, role="unit", ref=neuron.key))
    if neuron.output:
        yield Line(((x + _UNIT, y), (x + _UNIT + 0.7, y)), arrow=True, role="wire")
        yield labelled(Label((x + _UNIT + 0.8, y), neuron.output, anchor="west", ref=neuron.key))
