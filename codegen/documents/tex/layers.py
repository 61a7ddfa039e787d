"""The layers of the pictures of a deck: what the same steps show is set once and used again.

TikZ is the slowest part of a run of TeX, and beamer sets a page once for every step. So a picture
becomes layers, each with the shapes of the same steps; equal layers (the same network on the next
page) are one.
"""

from __future__ import annotations

from ...picture.printers.tikz import tikz
from ...picture.scene.layers import layered
from ...picture.scene.scene import Scene


class Layers:
    """Names the layers as they are used. ``ground`` tells apart what is drawn with other colours
    (the blackboard); `taken` gives those that are new since the last call."""

    def __init__(self) -> None:
        self.ground = ""
        self._names: dict[tuple[str, str], str] = {}
        self._new: list[tuple[str, str]] = []

    def shown(self, scene: Scene, *, steps: bool, scale: float = 1.0) -> str:
        """TeX that shows the picture, step by step or in its last state."""
        made, name = [], ""
        for at, until, still in layered(scene, steps=steps):
            name = self._layer(still, scale)
            made.append(f"\\cglayer{{{at}}}{{{until}}}{{{name}}}%")
        return "\n".join([*made, f"\\cgspan{{{name}}}%"])

    def _layer(self, scene: Scene, scale: float) -> str:
        drawn = tikz(scene, reveal=False, scale=scale)
        key = (drawn, self.ground)
        if key not in self._names:
            self._names[key] = f"{len(self._names) + 1}{self.ground}"
            self._new.append((self._names[key], drawn))
        return self._names[key]

    def taken(self) -> tuple[tuple[str, str], ...]:
        """Name and ``tikzpicture`` of the layers that came up since the last call."""
        made = tuple(self._new)
        self._new.clear()
        return made
