"""Rectangles of tensors and entries in a scene: two anchors each, ``NAME.low`` and ``NAME.high``.

``W0`` is the whole tensor, ``W0[1,0]`` an entry, ``#W0`` the column of the drawing that holds it,
header included, ``^v`` the box that makes it with what stands below. The point of an entry is the
anchor of its own name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..scene.rect import Point, Rect, bounding, middle
from ..scene.scene import Scene, Shape


def keep(anchors: dict[str, Point], name: str, rect: Rect) -> None:
    """Notes the rectangle of ``name``, and its centre."""
    anchors[f"{name}.low"], anchors[f"{name}.high"] = rect[:2], rect[2:]
    anchors[name] = middle(rect)


def region(scene: Scene, name: str) -> Rect | None:
    """The rectangle of a tensor or an entry; None for what is not drawn."""
    low, high = scene.anchors.get(f"{name}.low"), scene.anchors.get(f"{name}.high")
    return None if low is None or high is None else (*low, *high)


def fastening(scene: Scene, name: str) -> Rect:
    """Where the arcs of a tensor that is drawn start and end: at its box, where it has one."""
    found = region(scene, f"^{name}") or region(scene, name)
    assert found is not None
    return found


def column(scene: Scene, name: str) -> Rect | None:
    """The column that holds a tensor, from the header down."""
    return region(scene, f"#{name}")


def under(scene: Scene, shapes: Sequence[Shape]) -> Scene:
    """The same picture with shapes painted below it; its frame grows where needed."""
    return _painted(scene, (*shapes, *scene.shapes))


def over(scene: Scene, shapes: Sequence[Shape]) -> Scene:
    """The same picture with shapes painted on it; its frame grows where needed."""
    return _painted(scene, (*scene.shapes, *shapes))


def _painted(scene: Scene, shapes: tuple[Shape, ...]) -> Scene:
    (low, high), (least, most) = scene.frame(), Scene(shapes).frame()
    held = bounding((low, high, least, most))
    return replace(scene, shapes=shapes, low=held[:2], high=held[2:])
