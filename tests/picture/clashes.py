"""What of a picture stands in each other's way."""

from __future__ import annotations

from chalkgrad.codegen.picture.label.place import together
from chalkgrad.codegen.picture.scene.rect import overlap
from chalkgrad.codegen.picture.scene.scene import Label, Scene


def clashes(scene: Scene, gap: float = 0.0) -> list[tuple[Label, Label]]:
    """The pairs of labels that overlap and are visible at the same step."""
    labels = [s for s in scene.shapes if isinstance(s, Label)]
    return [
        (a, b)
        for k, a in enumerate(labels)
        for b in labels[k + 1 :]
        if together(a, b) and overlap(a.box(), b.box(), gap)
    ]
