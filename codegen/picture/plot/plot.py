"""Plots: curves, points, asymptotes and regions in a frame; nothing leaves the frame.

The sampled values come in as numbers; a gap (None, or a value that is not finite) interrupts a
curve, as a discontinuity does. Colour is never the only carrier: each role has its own dashes, and
a curve carries its name at its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..label.measure import labelled
from ..label.place import Crowd, framed, spread
from ..scene.rect import Point, segment_inside, square
from ..scene.scene import Circle, Label, Line, Scene, Shape
from .axes import Frame, axes

Data = Sequence[Point | None]

_DOT = 0.065  # radius of a marked point, cm
_SIDES = (
    *((1, 0.6), (-1, 0.6), (1, -0.6), (-1, -0.6), (0, 1), (0, -1), (1, 0), (-1, 0)),
    *((1, 1.1), (-1, 1.1), (1, -1.1), (-1, -1.1)),
)


@dataclass(frozen=True)
class Curve:
    """A curve by its points in the units of the axes; None interrupts it.

    ``label`` (rich text) stands at its right end. ``role``: curve, derivative, target or
    series1 … series6, each with a colour and dashes of its own.
    """

    points: Data
    label: str = ""
    role: str = "curve"
    ref: str = ""
    at: int = 1
    until: int = 0


@dataclass(frozen=True)
class Dot:
    """A marked point: filled, or an ``open`` circle (the value is not taken there).

    ``role`` colours its label."""

    x: float
    y: float
    open: bool = False
    label: str = ""
    role: str = ""
    ref: str = ""
    at: int = 1
    until: int = 0


@dataclass(frozen=True)
class Guide:
    """A line across the frame at one ``x`` or one ``y``: an asymptote, a threshold, a knot."""

    x: float | None = None
    y: float | None = None
    label: str = ""
    role: str = "target"
    at: int = 1
    until: int = 0


@dataclass(frozen=True)
class Region:
    """A shaded polygon (corners in the units of the axes) with a text at its middle."""

    points: Sequence[Point]
    label: str = ""
    role: str = "shade"
    at: int = 1
    until: int = 0


def sample(
    fn: Callable[[float], float],
    a: float,
    b: float,
    n: int = 121,
    kinks: Sequence[float] = (),
    jumps: Sequence[float] = (),
) -> list[Point | None]:
    """``n`` points of a function on [a, b] and its ``kinks``; interrupted at its ``jumps``, whose
    two sides are taken a hair beside them. Where the function raises ArithmeticError or ValueError
    there is a gap."""
    hair = (b - a) * 1e-9
    edges = [a, *sorted(j for j in jumps if a < j < b), b]
    made: list[Point | None] = []
    for k, (low, high) in enumerate(pairwise(edges)):
        if k:
            made.append(None)
            low += hair
        if high != b:
            high -= hair
        inner = {a + (b - a) * i / (n - 1) for i in range(n)} | set(kinks)
        for x in (low, *sorted(x for x in inner if low < x < high), high):
            made.append(_value(fn, x))
    return made


def _value(fn: Callable[[float], float], x: float) -> Point | None:
    try:
        y = float(fn(x))
    except (ArithmeticError, ValueError):
        return None
    return (x, y) if math.isfinite(y) else None


def plot(
    curves: Sequence[Curve],
    frame: Frame,
    *,
    dots: Sequence[Dot] = (),
    guides: Sequence[Guide] = (),
    regions: Sequence[Region] = (),
    about: str = "",
) -> Scene:
    """The picture of some curves in a frame. ``about`` is its text for those who cannot see it."""
    crowd = Crowd()
    shapes: list[Shape] = [shade for region in regions for shade in _shade(region, frame)]
    for one in axes(frame, crowd):
        shapes.append(one)
        if isinstance(one, Line) and one.role == "axis":
            crowd.avoid(one)
    for guide in guides:
        shapes.append(_guide_line(guide, frame))
    drawn = [(one, pieces_inside(one.points, frame)) for one in curves]
    for curve, pieces in drawn:
        lines = [
            Line(tuple(p), role=curve.role, ref=curve.ref, at=curve.at, until=curve.until)
            for p in pieces
        ]
        for line in lines:
            crowd.avoid(line)
        shapes += lines
    shapes += [mark for dot in dots for mark in _dot(dot, frame, crowd)]
    shapes += _end_labels(drawn, guides, frame, crowd)
    shapes += [label for dot in dots for label in _dot_label(dot, frame, crowd)]
    shapes += [label for region in regions for label in _region_label(region, frame, crowd)]
    return framed(shapes, about)


# ---------------------------------------------------------------- clipping


def pieces_inside(points: Data, frame: Frame) -> list[list[Point]]:
    """The parts of a polyline inside the frame, in cm."""
    made: list[list[Point]] = []
    run: list[Point] = []
    before: Point | None = None
    for point in points:
        here = frame.at(*point) if point is not None else None
        cut = segment_inside(before, here, frame.box) if before and here else None
        if cut is None:
            run = _close(made, run)
        elif run and math.dist(run[-1], cut[0]) < 1e-9:
            run.append(cut[1])
        else:
            _close(made, run)
            run = [cut[0], cut[1]]
        before = here
    _close(made, run)
    return made


def _close(made: list[list[Point]], run: list[Point]) -> list[Point]:
    if len(run) > 1:
        made.append(run)
    return []


def polygon_inside(corners: Sequence[Point], a: float, b: float, c: float) -> list[Point]:
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


def _region_corners(region: Region, frame: Frame) -> list[Point]:
    corners = [p for p in (frame.at(*point) for point in region.points) if p is not None]
    left, bottom, right, top = frame.box
    for a, b, c in ((1, 0, -left), (-1, 0, right), (0, 1, -bottom), (0, -1, top)):
        corners = polygon_inside(corners, a, b, c)
    return corners


# ---------------------------------------------------------------- what is drawn


def _shade(region: Region, frame: Frame) -> Iterator[Shape]:
    corners = tuple(_region_corners(region, frame))
    if len(corners) > 2:
        yield Line(corners, closed=True, role=region.role, at=region.at, until=region.until)


def _region_label(region: Region, frame: Frame, crowd: Crowd) -> Iterator[Shape]:
    corners = _region_corners(region, frame)
    if not region.label or not corners:
        return
    x = sum(p[0] for p in corners) / len(corners)
    y = sum(p[1] for p in corners) / len(corners)
    shifts = (
        (0.0, 0.0),
        (0.0, 0.4),
        (0.0, -0.4),
        (0.5, 0.0),
        (-0.5, 0.0),
        (0.5, 0.4),
        (-0.5, -0.4),
    )
    made = labelled(Label((x, y), region.label, role=region.role, at=region.at, until=region.until))
    yield crowd.put(replace(made, where=(x + dx, y + dy)) for dx, dy in shifts)


def _guide_line(guide: Guide, frame: Frame) -> Shape:
    left, bottom, right, top = frame.box
    place = frame.at(*_on_edge(guide, frame)) or frame.origin
    ends = (
        ((place[0], bottom), (place[0], top))
        if guide.x is not None
        else ((left, place[1]), (right, place[1]))
    )
    return Line(ends, role=guide.role, at=guide.at, until=guide.until)


def _on_edge(guide: Guide, frame: Frame) -> Point:
    x = frame.x[0] if guide.x is None else guide.x
    y = frame.y[0] if guide.y is None else guide.y
    return x, y


def _dot(dot: Dot, frame: Frame, crowd: Crowd) -> list[Shape]:
    place = frame.at(dot.x, dot.y)
    if place is None:
        return []
    crowd.rects.append(square(place, _DOT))
    return [
        Circle(
            place, _DOT, role="ring" if dot.open else "dot", ref=dot.ref, at=dot.at, until=dot.until
        )
    ]


def _dot_label(dot: Dot, frame: Frame, crowd: Crowd) -> Iterator[Shape]:
    place = frame.at(dot.x, dot.y)
    if place is None or not dot.label:
        return
    made = labelled(Label(place, dot.label, role=dot.role, ref=dot.ref, at=dot.at, until=dot.until))
    yield crowd.put(around(made, place, _DOT + 0.07))


def around(label: Label, place: Point, gap: float) -> Iterator[Label]:
    """The label at the right, left, above, below and in the corners of a place, ever further."""
    for far in (gap, gap + 0.25, gap + 0.55):
        dx, dy = label.wide / 2 + far, label.high / 2 + far
        for x, y in _SIDES:
            yield replace(label, where=(place[0] + x * dx, place[1] + y * dy), anchor="centre")


# ---------------------------------------------------------------- names at the ends


def _end_labels(
    drawn: Sequence[tuple[Curve, list[list[Point]]]],
    guides: Sequence[Guide],
    frame: Frame,
    crowd: Crowd,
) -> list[Shape]:
    aside: list[tuple[Point, Label]] = []
    others: list[tuple[Point, Label]] = []
    for one, pieces in drawn:
        if one.label and pieces:
            name = Label(
                pieces[-1][-1], one.label, role=one.role, ref=one.ref, at=one.at, until=one.until
            )
            _sort_end(pieces[-1][-1], labelled(name), frame, aside, others)
    for guide in guides:
        place = frame.at(*_on_edge(guide, frame))
        if guide.label and place:
            end = (place[0], frame.top) if guide.x is not None else (frame.right, place[1])
            name = Label(end, guide.label, role=guide.role, at=guide.at, until=guide.until)
            _sort_end(end, labelled(name), frame, aside, others)
    made = _column(aside, frame, crowd)
    for end, name in others:
        made.append(crowd.put(_near_end(end, name, frame)))
    return made


def _sort_end(
    end: Point,
    name: Label,
    frame: Frame,
    aside: list[tuple[Point, Label]],
    others: list[tuple[Point, Label]],
) -> None:
    """Names of what ends at the right edge form a column; the others stand near their ends."""
    (aside if end[0] > frame.right - 0.02 else others).append((end, name))


def _column(ends: Sequence[tuple[Point, Label]], frame: Frame, crowd: Crowd) -> list[Shape]:
    """The names right of the frame, spread so that none overlaps; thin leaders where they moved."""
    bottom, top = frame.origin[1], frame.top
    column = [
        replace(name, where=(frame.right + 0.12, end[1]), anchor="west") for end, name in ends
    ]
    column = spread(column, bottom - 0.05, top + 0.25)
    far = any(
        abs(label.where[1] - end[1]) > 0.2 for (end, _), label in zip(ends, column, strict=True)
    )
    made: list[Shape] = []
    for (end, _), label in zip(ends, column, strict=True):
        place = (label.where[0] + (0.25 if far else 0.0), label.where[1])
        if far:
            tail = ((end[0] + 0.03, end[1]), (place[0] - 0.04, place[1]))
            made.append(Line(tail, role="faint", at=label.at, until=label.until))
        made.append(crowd.put([replace(label, where=place)]))
    return made


def _near_end(end: Point, name: Label, frame: Frame) -> Iterator[Label]:
    """Above the frame for what leaves it there, below for what leaves it there, else around."""
    shifts = (0.0, -name.wide / 2, name.wide / 2, -name.wide, name.wide)
    if end[1] > frame.top - 0.02:
        for dx in shifts:
            yield replace(name, where=(end[0] + dx, frame.top + 0.06), anchor="south")
    yield from around(name, end, 0.08)
