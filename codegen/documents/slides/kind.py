"""The outputs that beamer makes: slides, handout, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture, output: str, *, handout: bool, notes: bool = False) -> Files:
    from ..tex.sty import STYLE, style_file
    from .beamer import slides

    text = slides(made.deck, handout=handout, notes=notes)
    return {f"{made.stem}_{output}.tex": text, STYLE: style_file()}


def _typst(made: Lecture, *, handout: bool, notes: bool = False) -> str:
    from ..typst.slides import slides

    return slides(made.deck, handout=handout, notes=notes)


DOCUMENTS = (
    Document(
        name="slides",
        meaning="the lecture's slides",
        files=("_slides.tex",),
        default="deck",
        tex=True,
        make=lambda made: _written(made, "slides", handout=False),
        typst=lambda made: _typst(made, handout=False),
    ),
    Document(
        name="handout",
        meaning="the slides as a handout, one page each",
        files=("_handout.tex",),
        default="deck",
        tex=True,
        make=lambda made: _written(made, "handout", handout=True),
        typst=lambda made: _typst(made, handout=True),
    ),
    Document(
        name="notes",
        meaning="the slides with the speaker's notes",
        files=("_notes.tex",),
        tex=True,
        make=lambda made: _written(made, "notes", handout=True, notes=True),
        typst=lambda made: _typst(made, handout=True, notes=True),
    ),
)
