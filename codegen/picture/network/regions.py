"""Rectangles of tensors and entries in a scene: two anchors each, ``NAME.low`` and ``NAME.high``.

``W0`` is the whole tensor, ``W0[1,0]`` an entry, ``#W0`` the column of the drawing that holds it,
header included. The point of an entry is the anchor of its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..scene.scene import Point, Scene, Shape

Rect = tuple[float, float, float, float]  # left, bottom, right, top


def keep(anchors: dict[str, Point], name: str, rect: Rect) -> None:
    """Notes the rectangle of ``name``, and its centre."""
    anchors[f"{name}.low"], anchors[f"{name}.high"] = (rect[0], rect[1]), (rect[2], rect[3])
    anchors[name] = ((rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2)


def region(scene: Scene, name: str) -> Rect | None:
    """The rectangle of a tensor or an entry; None for what is not drawn."""
    low, high = scene.anchors.get(f"{name}.low"), scene.anchors.get(f"{name}.high")
    return None if low is None or high is None else (*low, *high)


def column(scene: Scene, name: str) -> Rect | None:
    """The column that holds a tensor, from the header down."""
    return region(scene, f"#{name}")


def united(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle that holds all of them."""
    given = list(rects)
    return (min(r[0] for r in given), min(r[1] for r in given),
            max(r[2] for r in given), max(r[3] for r in given))  # fmt: skip


def grown(rect: Rect, x: float, y: float | None = None) -> Rect:
    """The rectangle with a margin on every side."""
    up = x if y is None else y
    return rect[0] - x, rect[1] - up, rect[2] + x, rect[3] + up


def under(scene: Scene, shapes: Sequence[Shape]) -> Scene:
    """The same picture with shapes painted below it."""
    made = Scene((), scene.about).plus([*shapes, *scene.shapes])
    (x0, y0), (x1, y1) = scene.frame()
    (a, b), (c, d) = made.frame()
    low, high = (min(x0, a), min(y0, b)), (max(x1, c), max(y1, d))
    return replace(scene, shapes=made.shapes, low=low, high=high)


def over(scene: Scene, shapes: Sequence[Shape]) -> Scene:
    """The same picture with shapes painted on it; its frame grows where needed, never shrinks."""
    made = under(scene, shapes)
    return replace(made, shapes=(*scene.shapes, *shapes))
