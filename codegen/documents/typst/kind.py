"""The output ``typst``: what Typst's compiler sets, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import TYPST, Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture) -> Files:
    from .sheet import sheet
    from .slides import slides

    return {
        f"{made.stem}_slides.typ": slides(made.deck),
        f"{made.stem}_handout.typ": slides(made.deck, handout=True),
        f"{made.stem}_sheet.typ": sheet(made.deck),
    }


DOCUMENTS = (
    Document(
        name=TYPST,
        meaning="slides, handout and sheet as Typst's text",
        files=("_slides.typ", "_handout.typ", "_sheet.typ"),
        make=_written,
    ),
)
