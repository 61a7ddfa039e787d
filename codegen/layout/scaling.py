"""A scene made smaller: lengths shrink, letters never below the smallest size."""

from __future__ import annotations

from dataclasses import replace

from ..picture.label.measure import labelled
from ..picture.scene.rect import Point, united
from ..picture.scene.scene import Arc, Box, Circle, Label, Line, Scene, Shape
from .measures import POINTS


def scaled(scene: Scene, factor: float) -> Scene:
    """The scene ``factor`` times as large (up to 1). A label takes the largest of the three sizes
    that is not larger than its scaled one, ``tiny`` (9 pt) at least."""
    low, high = scene.frame()
    anchors = {name: _at(p, factor) for name, p in scene.anchors.items()}
    shapes = tuple(_shape(s, factor) for s in scene.shapes)
    # labels shrink less than lengths: the frame must hold them, what is outside is cut off
    frame = (*_at(low, factor), *_at(high, factor))
    held = united([frame, *(labelled(s).box() for s in shapes if isinstance(s, Label))])
    return Scene(shapes, scene.about, held[:2], held[2:], anchors)


def _at(point: Point, factor: float) -> Point:
    return (point[0] * factor, point[1] * factor)


def _shape(shape: Shape, f: float) -> Shape:
    match shape:
        case Line():
            return replace(shape, points=tuple(_at(p, f) for p in shape.points))
        case Arc():
            return replace(
                shape, start=_at(shape.start, f), end=_at(shape.end, f), height=shape.height * f
            )
        case Circle():
            return replace(shape, centre=_at(shape.centre, f), radius=shape.radius * f)
        case Box():
            return replace(
                shape, low=_at(shape.low, f), high=_at(shape.high, f), rounded=shape.rounded * f
            )
        case Label():
            size = _smaller(shape.size, f)
            same = size == shape.size
            return replace(
                shape,
                where=_at(shape.where, f),
                size=size,
                wide=shape.wide if same else 0.0,
                high=shape.high if same else 0.0,
            )


def _smaller(size: str, factor: float) -> str:
    wanted = POINTS[size] * factor + 0.05
    return next((name for name, points in POINTS.items() if points <= wanted), "tiny")
