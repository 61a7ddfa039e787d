"""Slides for PowerPoint: every step a picture as Typst sets it, with its title, what it says in
words, and the speaker's notes as text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from pptx import Presentation
from pptx.util import Cm

from ...deck.model import Block, Bullets, Deck, Math, Page, Panel, Picture, Table, Text, inner
from ...formula.rich import words_of
from ...formula.tex_printer import tex
from ...layout.paging import paginate, room
from ..typst.compiler import typst_pictures
from ..typst.slides import slides

WIDTH = 1600  # pixels of a picture
_BLANK = 5  # of the layouts that come with python-pptx: a title and nothing else
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # the same bytes every time
_CM = 2.54


def presentation(deck: Deck, files: Mapping[str, bytes]) -> bytes:
    """The presentation; ``files``: what the slides show from beside them (the logo)."""
    whole = paginate(deck)
    area = room(whole)
    drawn = iter(typst_pictures(slides(whole), files, where=deck.name,
                                ppi=WIDTH / area.width * _CM))  # fmt: skip
    made = Presentation()
    made.slide_width, made.slide_height = Cm(area.width), Cm(area.height)
    for page in whole.pages:
        for _ in range(max(1, page.steps)):
            _slide(made, page, next(drawn))
    facts = made.core_properties
    facts.title, facts.author = words_of(deck.title), words_of(deck.author)
    facts.language, facts.last_modified_by = deck.language, ""
    facts.created = facts.modified = _NO_TIME
    held = io.BytesIO()
    made.save(held)
    return _without_times(held.getvalue())


def _slide(made: Presentation, page: Page, drawn: bytes) -> None:
    slide = made.slides.add_slide(made.slide_layouts[_BLANK])
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = 0, 0, made.slide_width, Cm(1)
    title.text = words_of(page.title)
    picture = slide.shapes.add_picture(io.BytesIO(drawn), 0, 0, width=made.slide_width)
    picture._element.nvPicPr.cNvPr.set("descr", " ".join(_said(page.blocks)))
    if page.notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(map(words_of, page.notes))


def _said(blocks: Iterable[Block]) -> Iterator[str]:
    """The words of blocks, and what their pictures and formulas show."""
    for block in blocks:
        match block:
            case Text(text=text) | Panel(title=text):
                yield words_of(text)
            case Bullets(items=items):
                yield from map(words_of, items)
            case Math(rows=rows):
                yield from (tex(r.whole) for r in rows)
            case Picture(scene=scene):
                yield scene.about
            case Table(head=head, rows=rows):
                yield from (words_of(c) for row in (head, *rows) for c in row if c)
        yield from _said(inner(block))


def _without_times(package: bytes) -> bytes:
    """The same package; python-pptx writes the time of day into it."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return held.getvalue()
