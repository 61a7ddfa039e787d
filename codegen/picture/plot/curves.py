"""Learning as a picture: the loss over the rounds, and optimisers' paths over level lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..label.measure import labelled
from ..label.place import Crowd, framed
from ..scene.rect import Point, holds
from ..scene.scene import Circle, Label, Line, Scene, Shape
from .axes import Frame, axes
from .contour import Grid, level_lines
from .plot import Curve, around, clipped, legend, plot

SERIES = tuple(f"series{k}" for k in range(1, 7))
_LEVELS = 9  # level lines of a surface
_APART = 0.16  # marks of one path stand at least so far apart, cm


@dataclass(frozen=True)
class Track:
    """An optimiser's path: the points it visited, its name, and when it is shown."""

    points: Sequence[Point]
    label: str
    at: int = 1


def loss_curves(
    losses: Sequence[tuple[str, Sequence[float]]],
    *,
    round_label: str,
    loss_label: str,
    wide: float = 6.5,
    decimal: str = ".",
) -> Scene:
    """The loss (or any number) after each round from 0 on, one curve per (name, values)."""
    values = [v for _, row in losses for v in row if math.isfinite(v)]
    last = max([1, *(len(row) - 1 for _, row in losses)])
    frame = Frame(
        (0, last), _range(values), wide, 3.8, round_label, loss_label, decimal,
        x_ticks=_whole(last, wide),
    )  # fmt: skip
    curves = [Curve(list(enumerate(row)), name, _series(i)) for i, (name, row) in enumerate(losses)]
    return plot(curves, frame)


def _series(k: int) -> str:
    """The role of the k-th curve: its colour and its dashes."""
    return SERIES[k % len(SERIES)]


def _range(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return 0.0, 1.0
    low, high = min(*values, 0.0), max(values)
    room = 0.06 * (high - low) or 0.5
    return (low if low == 0.0 else low - room), high + room


def _whole(last: int, wide: float) -> list[float]:
    """Rounds are whole numbers: steps of 1, 2 or 5 times a power of ten."""
    step, most = 1, max(2, round(wide / 1.0))
    while last / step > most:
        lead = int(str(step)[0])
        step = step * 2 if lead in (1, 5) else step * 5 // 2
    return [float(k) for k in range(0, last + 1, step)]


def surface(
    xs: Sequence[float],
    ys: Sequence[float],
    values: Grid,
    *,
    frame: Frame,
    tracks: Sequence[Track],
    best: Point,
    best_label: str,
    about: str = "",
) -> Scene:
    """Level lines of ``values[row][column]`` at (xs[column], ys[row]) with paths over them.

    Each path has its colour, its dashes and its kind of mark, named in a list at the right;
    ``best`` is the least point, drawn as a cross.
    """
    crowd = Crowd()
    shapes = axes(replace(frame, grid=False), crowd, zero=False)
    for level in _levels(values):
        for points in level_lines(xs, ys, values, level):
            shapes += clipped(points, frame, "contour")
    place = frame.at(*best)
    shapes += _cross(place) if place else ()
    for k, track in enumerate(tracks):
        shapes += _path(track, k, frame, crowd)
        x, y = frame.right + 0.3, frame.top - 0.3 - 0.5 * k
        line, name = legend((x, y), 0.7, track.label, _series(k), track.at)
        shapes += [line, _mark((x + 0.35, y), k, track), name]
    if place:
        least = labelled(Label(place, best_label, plate=True))
        shapes.append(crowd.put(around(least, place, 0.14)))
    return framed([*shapes, Line(frame.corners(), role="axis")], about)


def _levels(values: Grid) -> list[float]:
    """Closer together near the least value, as the square of their number."""
    low, high = min(min(row) for row in values), max(max(row) for row in values)
    return [low + (high - low) * (k / (_LEVELS + 1)) ** 2 for k in range(1, _LEVELS + 1)]


def _cross(place: Point) -> Iterator[Shape]:
    x, y = place
    for d in (0.09, -0.09):
        yield Line(((x - 0.09, y - d), (x + 0.09, y + d)), role="boundary")


def _path(track: Track, k: int, frame: Frame, crowd: Crowd) -> list[Shape]:
    shapes: list[Shape] = []
    for line in clipped(track.points, frame, _series(k), at=track.at):
        crowd.avoid(line)
        shapes.append(line)
    marked: list[Point] = []
    for p in (frame.at(*q) for q in track.points):
        if p and holds(frame.box, p) and (not marked or math.dist(p, marked[-1]) > _APART):
            marked.append(p)
    return shapes + [_mark(p, k, track) for p in marked]


def _mark(p: Point, k: int, track: Track) -> Shape:
    """Circle, square, triangle or diamond: a path is told by its marks too."""
    (x, y), r = p, 0.06
    role = _series(k) + "mark"
    if k % 4 == 0:
        return Circle(p, r, role=role, at=track.at)
    corners = {
        1: ((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)),
        2: ((x - r, y - 0.8 * r), (x + r, y - 0.8 * r), (x, y + r)),
        3: ((x, y - 1.2 * r), (x + 1.2 * r, y), (x, y + 1.2 * r), (x - 1.2 * r, y)),
    }[k % 4]
    return Line(corners, closed=True, role=role, at=track.at)
