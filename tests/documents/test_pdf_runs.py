"""One run of pdflatex is enough, and its PDFs say who wrote what, in which language."""

from __future__ import annotations

import re
import subprocess
import zlib
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.console.pdf import compile_pdf
from chalkgrad.codegen.deck.model import Deck, Page
from chalkgrad.codegen.documents.sheet.article_pages import article_pages
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.derive import examples
from tests.documents.slides_harness import compiled
from tests.lecture.test_accept_decks import LECTURES, deck_of

TITLE, AUTHOR = "Redes: ção ∂ $x$", "Prof. **A** \\\\ (B)"
ONE_SLIDE = Deck("d", "pt", TITLE, AUTHOR, (Page("p", "i", "t", ()),))


@pytest.mark.parametrize("name", LECTURES)
def test_a_second_run_of_pdflatex_changes_nothing(name: str, tmp_path: Path) -> None:
    deck = deck_of(name, "en", "16:9")
    network = chalkgrad.load_all(examples.path(f"lecture_{name}"))[0]
    texts = {"handout": slides(deck, handout=True), "sheet": article_pages(deck),
             "article": article(network.derive())}  # fmt: skip
    for kind, text in texts.items():
        pdf = compiled(tmp_path, text, kind)
        once = pdf.read_bytes()
        assert compile_pdf(pdf.with_suffix(".tex")).read_bytes() == once, kind


@pytest.mark.parametrize("kind", ["slides", "sheet"])
def test_a_pdf_of_tex_says_who_wrote_what_in_which_language(kind: str, tmp_path: Path) -> None:
    text = slides(ONE_SLIDE) if kind == "slides" else article_pages(ONE_SLIDE)
    pdf = compiled(tmp_path, text)
    told = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True).stdout.decode()
    assert re.search(r"^Title: +Redes: ção ∂ x$", told, re.M)
    assert re.search(r"^Author: +Prof\. A \\ \(B\)$", told, re.M)
    assert b"/Lang(pt)" in unpacked(pdf.read_bytes())


def unpacked(pdf: bytes) -> bytes:
    """The objects of a PDF, those in streams too."""
    starts = (m.end() for m in re.finditer(rb"/ObjStm.*?stream\r?\n", pdf, re.S))
    return b"".join(zlib.decompressobj().decompress(pdf[at:]) for at in starts)
