"""The output ``notebook``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture) -> Files:
    from .notebook import notebook

    return {f"{made.stem}.ipynb": notebook(made.deck, list(made.context.networks.values()))}


DOCUMENTS = (
    Document(
        name="notebook",
        meaning="the lecture as a notebook that checks itself",
        files=(".ipynb",),
        default="deck",
        make=_written,
    ),
)
