"""Slides for PowerPoint open again: a slide a step, with picture, title, words and notes."""

from __future__ import annotations

import io
import struct

from pptx import Presentation

from chalkgrad.codegen.deck.model import Deck, Math, Page, Text
from chalkgrad.codegen.documents.pptx.presentation import WIDTH, presentation
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.own.themes import logo_path
from chalkgrad.derive import examples
from tests.lecture.test_accept_decks import deck_of
from tests.lecture.typed import typed


def test_a_lecture_opens_again_with_every_step_title_and_note() -> None:
    deck = deck_of("ando", "en", "16:9")
    assert logo_path(deck.theme, examples.path("lecture_ando").parent) is None
    steps = [page for page in paginate(deck).pages for _ in range(max(1, page.steps))]
    slides = list(Presentation(io.BytesIO(presentation(deck, {}))).slides)
    assert len(slides) == len(steps)
    for slide, page in zip(slides, steps, strict=True):
        (picture,) = (s for s in slide.shapes if s.shape_type == 13)
        wide, _ = struct.unpack(">II", picture.image.blob[16:24])
        assert abs(wide - WIDTH) <= 1
        assert (slide.shapes.title.text == "") == (page.title == "")
        assert slide.has_notes_slide == bool(page.notes)


def test_titles_notes_and_descriptions_are_words() -> None:
    blocks = (Text("a **bold** word"), Math((typed("x", "1"),)))
    page = Page("p", "i", "The *title*", blocks, notes=("say `this`", "and that"))
    deck = Deck("d", "en", "Deck", "Someone", (page,), aspect="4:3")
    made = presentation(deck, {})
    assert made == presentation(deck, {})
    opened = Presentation(io.BytesIO(made))
    assert (opened.core_properties.title, opened.core_properties.author) == ("Deck", "Someone")
    (slide,) = opened.slides
    assert slide.shapes.title.text == "The title"
    assert slide.notes_slide.notes_text_frame.text == "say this\nand that"
    (picture,) = (s for s in slide.shapes if s.shape_type == 13)
    assert picture._element.nvPicPr.cNvPr.get("descr") == "a bold word x = 1"
    assert (picture.width, picture.height) == (opened.slide_width, opened.slide_height)
