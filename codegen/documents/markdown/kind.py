"""The output ``markdown``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture

_FOLDER = "_pictures"


def _written(made: Lecture) -> Files:
    from .markdown import markdown

    folder = f"{made.stem}{_FOLDER}"
    text, pictures = markdown(made.deck, folder)
    drawn = {f"{folder}/{name}": drawing for name, drawing in pictures.items()}
    return {f"{made.stem}.md": text} | drawn


DOCUMENTS = (
    Document(
        name="markdown",
        meaning="the lecture as Markdown (MyST, Quarto), with its pictures",
        files=(".md", f"{_FOLDER}/"),
        make=_written,
    ),
)
