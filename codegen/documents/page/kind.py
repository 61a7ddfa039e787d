"""The output ``html``: the lecture as one page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture) -> Files:
    """The page carries its logo inside; a browser shows no PDF as a picture."""
    from .numbers import boards_of
    from .page import html_page

    deck, logo = made.deck, made.logo()
    if logo is not None:
        shown = "" if logo.suffix == ".pdf" else str(logo)
        deck = replace(deck, theme=replace(deck.theme, logo=shown))
    boards = boards_of(deck, made.context.boards.values())
    return {f"{made.stem}.html": html_page(deck, boards=boards)}


DOCUMENTS = (
    Document(
        name="html",
        meaning="the lecture as one page that works offline",
        files=(".html",),
        default="deck",
        make=_written,
    ),
)
