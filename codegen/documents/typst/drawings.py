"""The pictures of a document: SVG in its text, each layer once."""

from __future__ import annotations

from ...formula.typst.printer import string
from ...picture.printers.svg import svg
from ...picture.scene.layers import layered
from ...picture.scene.scene import Scene
from ..tex.colours import picture_style


class Drawings:
    """Names the layers as they are used. ``paper`` is the colour behind the next ones."""

    def __init__(self, paper: str) -> None:
        self.paper = paper
        self._names: dict[str, str] = {}

    def layers(self, scene: Scene, *, steps: bool) -> str:
        """Arguments of ``cgpicture``: from which step to which, and the drawing's name."""
        made = []
        for at, until, still in layered(scene, steps=steps):
            made.append(f", ({at}, {until}, {self._named(still)})")
        return "".join(made)

    def _named(self, scene: Scene) -> str:
        text = svg(scene, standalone=False, look=picture_style(self.paper), maths=True)
        return self._names.setdefault(text, f"cgdrawing{len(self._names) + 1}")

    def definitions(self) -> str:
        """The drawings, to stand before the pages."""
        made = [f"#let {name} = bytes({string(text)})\n" for text, name in self._names.items()]
        return "".join(made)
