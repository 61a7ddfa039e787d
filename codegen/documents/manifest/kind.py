"""The output ``manifest``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture) -> Files:
    from .manifest import manifest

    return {f"{made.stem}_manifest.json": manifest(made.deck)}


DOCUMENTS = (
    Document(
        name="manifest",
        meaning="what is on which page, every number with its exact value",
        files=("_manifest.json",),
        default="deck",
        make=_written,
    ),
)
