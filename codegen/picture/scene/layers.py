"""A picture in layers: its shapes by the steps that show them, in the order of drawing."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from .scene import Scene, Shape


def layered(scene: Scene, *, steps: bool) -> list[tuple[int, int, Scene]]:
    """Each layer with the first and the last step that shows it (0: to the end); as scenes they
    have the whole picture's frame. Without ``steps`` one layer holds the last state."""
    low, high = scene.frame()
    shapes = [s for s in scene.shapes if steps or not s.until]
    made = []
    for (at, until), group in groupby(shapes, key=_steps if steps else _always):
        still = tuple(replace(s, at=1, until=0) for s in group)
        made.append((at, until, Scene(still, low=low, high=high)))
    return made or [(1, 0, Scene((), low=low, high=high))]


def _steps(shape: Shape) -> tuple[int, int]:
    return max(1, shape.at), shape.until


def _always(shape: Shape) -> tuple[int, int]:
    return 1, 0
