"""Points and rectangles of a picture in cm: what holds, touches, or is crossed by a line."""

from __future__ import annotations

import math
from collections.abc import Iterable

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # left, bottom, right, top


def square(centre: Point, radius: float) -> Rect:
    """The square round a circle."""
    x, y = centre
    return x - radius, y - radius, x + radius, y + radius


def bounding(points: Iterable[Point]) -> Rect:
    """The smallest rectangle that holds all the points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def united(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle that holds all the others."""
    return bounding(corner for r in rects for corner in (r[:2], r[2:]))


def grown(rect: Rect, x: float, y: float | None = None) -> Rect:
    """The rectangle with a margin on every side."""
    up = x if y is None else y
    return rect[0] - x, rect[1] - up, rect[2] + x, rect[3] + up


def middle(rect: Rect) -> Point:
    """Its centre."""
    return (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2


def holds(rect: Rect, point: Point) -> bool:
    """Whether a point lies in the rectangle or on its border."""
    return rect[0] <= point[0] <= rect[2] and rect[1] <= point[1] <= rect[3]


def towards(p: Point, q: Point, way: float) -> Point:
    """The point ``way`` cm from ``p`` on the straight line to ``q``."""
    dx, dy = q[0] - p[0], q[1] - p[1]
    far = math.hypot(dx, dy)
    return p[0] + way * dx / far, p[1] + way * dy / far


def overlap(a: Rect, b: Rect, gap: float = 0.0) -> bool:
    """Whether two rectangles come nearer than ``gap`` to each other."""
    gap -= 1e-6  # what only touches does not overlap
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] + gap and b[1] < a[3] + gap


def crosses(rect: Rect, p: Point, q: Point) -> bool:
    """Whether the straight line from ``p`` to ``q`` passes through the rectangle."""
    if (p[0] < rect[0] and q[0] < rect[0]) or (p[0] > rect[2] and q[0] > rect[2]):
        return False  # most lines pass far away
    if (p[1] < rect[1] and q[1] < rect[1]) or (p[1] > rect[3] and q[1] > rect[3]):
        return False
    return segment_inside(p, q, rect) is not None


def segment_inside(p: Point, q: Point, rect: Rect) -> tuple[Point, Point] | None:
    """The part of a straight line inside a rectangle (Liang and Barsky), or None."""
    low, high = 0.0, 1.0
    dx, dy = q[0] - p[0], q[1] - p[1]
    for way, room in (
        (-dx, p[0] - rect[0]),
        (dx, rect[2] - p[0]),
        (-dy, p[1] - rect[1]),
        (dy, rect[3] - p[1]),
    ):
        if abs(way) < 1e-12:
            if room < -1e-9:
                return None
        elif way < 0:
            low = max(low, room / way)
        else:
            high = min(high, room / way)
    if low >= high:
        return None
    return (p[0] + low * dx, p[1] + low * dy), (p[0] + high * dx, p[1] + high * dy)
