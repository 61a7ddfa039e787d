"""The output ``snippets``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture) -> Files:
    """In a folder of their own, but for the style, which stands beside the other documents."""
    from ..tex.sty import STYLE
    from .snippets import snippets

    files = snippets(made.deck)
    style = {STYLE: files.pop(STYLE)}
    return {f"{made.stem}_snippets/{name}": text for name, text in files.items()} | style


DOCUMENTS = (
    Document(
        name="snippets",
        meaning="every formula and picture for \\input",
        files=("_snippets/",),
        make=_written,
    ),
)
