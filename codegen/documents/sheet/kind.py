"""The outputs to read on paper: the sheet, and the sheet with blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Document, Files

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture, output: str, *, blanks: bool) -> Files:
    from ..tex.sty import STYLE, style_file
    from .article_pages import article_pages

    text = article_pages(made.deck, blanks=blanks)
    return {f"{made.stem}_{output}.tex": text, STYLE: style_file()}


def _typst(made: Lecture, *, blanks: bool) -> str:
    from ..typst.sheet import sheet

    return sheet(made.deck, blanks=blanks)


DOCUMENTS = (
    Document(
        name="sheet",
        meaning="the lecture to read, on A4, with numbered equations",
        files=("_sheet.tex",),
        tex=True,
        make=lambda made: _written(made, "sheet", blanks=False),
        typst=lambda made: _typst(made, blanks=False),
    ),
    Document(
        name="blanks",
        meaning="the sheet with blanks to fill in",
        files=("_blanks.tex",),
        tex=True,
        make=lambda made: _written(made, "blanks", blanks=True),
        typst=lambda made: _typst(made, blanks=True),
    ),
)
