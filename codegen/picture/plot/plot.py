"""Plots: curves, points and asymptotes in a frame; nothing leaves the frame.

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
    at: int = 1


@dataclass(frozen=True)
class Dot:
    """A marked point: filled, or an ``open`` circle (the value is not taken there)."""

    x: float
    y: float
    open: bool = False
    at: int = 1


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
    levels: Sequence[float] = (),
    about: str = "",
) -> Scene:
    """The picture of some curves in a frame; at ``levels`` a dashed line crosses it, an asymptote.
    ``about`` is its text for those who cannot see it."""
    crowd = Crowd()
    shapes = axes(frame, crowd)
    for line in shapes:
        if isinstance(line, Line) and line.role == "axis":
            crowd.avoid(line)
    shapes += [shape for y in levels for shape in _level(y, frame)]
    drawn = [(one, clipped(one.points, frame, one.role, at=one.at)) for one in curves]
    for _, lines in drawn:
        for line in lines:
            crowd.avoid(line)
        shapes += lines
    shapes += [mark for dot in dots for mark in _dot(dot, frame, crowd)]
    shapes += _end_labels(drawn, frame, crowd)
    return framed(shapes, about)


# ---------------------------------------------------------------- clipping


def clipped(points: Data, frame: Frame, role: str, *, at: int = 1, until: int = 0) -> list[Line]:
    """A polyline as far as it is inside the frame."""
    return [Line(tuple(p), role=role, at=at, until=until) for p in pieces_inside(points, frame)]


def legend(
    place: Point, wide: float, text: str, role: str, at: int, until: int = 0
) -> tuple[Line, Label]:
    """A short piece of a line and its name."""
    x, y = place
    name = Label((x + wide + 0.12, y), text, anchor="west", role=role, at=at, until=until)
    return Line(((x, y), (x + wide, y)), role=role, at=at, until=until), labelled(name)


def pieces_inside(points: Data, frame: Frame) -> list[list[Point]]:
    """The parts of a polyline inside the frame, in cm."""
    runs: list[list[Point]] = [[]]
    before: Point | None = None
    for point in points:
        here = frame.at(*point) if point is not None else None
        cut = segment_inside(before, here, frame.box) if before and here else None
        if cut is None:
            runs.append([])
        elif runs[-1] and math.dist(runs[-1][-1], cut[0]) < 1e-9:
            runs[-1].append(cut[1])
        else:
            runs.append([*cut])
        before = here
    return [run for run in runs if run]


# ---------------------------------------------------------------- what is drawn


def _dot(dot: Dot, frame: Frame, crowd: Crowd) -> list[Shape]:
    place = frame.at(dot.x, dot.y)
    if place is None:
        return []
    crowd.rects.append(square(place, _DOT))
    return [Circle(place, _DOT, role="ring" if dot.open else "dot", at=dot.at)]


def _level(y: float, frame: Frame) -> Iterator[Shape]:
    if place := frame.at(frame.x[0], y):
        yield Line((place, (frame.right, place[1])), role="target")


def around(label: Label, place: Point, gap: float) -> Iterator[Label]:
    """The label at the right, left, above, below and in the corners of a place, ever further."""
    for far in (gap, gap + 0.25, gap + 0.55):
        dx, dy = label.wide / 2 + far, label.high / 2 + far
        for x, y in _SIDES:
            yield replace(label, where=(place[0] + x * dx, place[1] + y * dy), anchor="centre")


# ---------------------------------------------------------------- names at the ends


def _end_labels(
    drawn: Sequence[tuple[Curve, list[Line]]], frame: Frame, crowd: Crowd
) -> list[Shape]:
    """Names of what ends at the right edge form a column; the others stand near their ends."""
    ends = [(one, lines[-1].points[-1]) for one, lines in drawn if one.label and lines]
    named = [(p, labelled(Label(p, one.label, role=one.role, at=one.at))) for one, p in ends]
    aside = [(end, name) for end, name in named if end[0] > frame.right - 0.02]
    others = [(end, name) for end, name in named if end[0] <= frame.right - 0.02]
    column = _column(aside, frame, crowd)
    return [*column, *(crowd.put(_near_end(end, name, frame)) for end, name in others)]


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
            made.append(Line(tail, role="faint", at=label.at))
        made.append(crowd.put([replace(label, where=place)]))
    return made


def _near_end(end: Point, name: Label, frame: Frame) -> Iterator[Label]:
    """Above the frame for what leaves it there, else around."""
    shifts = (0.0, -name.wide / 2, name.wide / 2, -name.wide, name.wide)
    if end[1] > frame.top - 0.02:
        for dx in shifts:
            yield replace(name, where=(end[0] + dx, frame.top + 0.06), anchor="south")
    yield from around(name, end, 0.08)
