"""The curve of an arc: one pair of control points for both printers."""

from __future__ import annotations

from .rect import Point
from .scene import Arc

_LEAN, _MOST = 0.12, 0.2  # how far inside the ends the control points stand: of the span, in cm


def controls(arc: Arc) -> tuple[Point, Point]:
    """The two control points of the cubic Bézier curve from ``start`` to ``end``."""
    (x0, y0), (x1, y1) = arc.start, arc.end
    lean = max(-_MOST, min(_MOST, _LEAN * (x1 - x0)))
    return (x0 + lean, y0 + arc.height), (x1 - lean, y1 + arc.height)


def point_at(arc: Arc, t: float) -> Point:
    """The point of the curve at ``t`` from 0 (start) to 1 (end)."""
    (a, b), s = controls(arc), 1 - t
    k = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    ends = (arc.start, a, b, arc.end)
    return (sum(w * p[0] for w, p in zip(k, ends, strict=True)),
            sum(w * p[1] for w, p in zip(k, ends, strict=True)))  # fmt: skip
