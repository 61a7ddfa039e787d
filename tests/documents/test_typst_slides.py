"""Slides, handout and sheet as Typst sets them: whole, stepwise, the same bytes every time."""

from __future__ import annotations

import re
import subprocess
from itertools import accumulate
from pathlib import Path

import pytest

from chalkgrad.codegen.deck.model import Deck, Math, Page, Text, Theme
from chalkgrad.codegen.documents.frames.frames import page_count
from chalkgrad.codegen.documents.typst.compiler import compile_typst
from chalkgrad.codegen.documents.typst.sheet import sheet
from chalkgrad.codegen.documents.typst.slides import slides
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.own.themes import logo_path
from chalkgrad.derive import examples
from chalkgrad.derive.language.errors import ChalkgradError
from tests.documents.pages_check import check_pdf
from tests.documents.slides_harness import page_texts
from tests.documents.typst_harness import typeset
from tests.formula.test_typst import characters
from tests.lecture.sample_deck import HOSTILE, hostile, sample
from tests.lecture.test_accept_decks import LECTURES, deck_of
from tests.lecture.typed import typed

SECOND_SCRIPT = 4.2  # points: the scripts of scripts, in the smallest size
ACCENT = "\u0302"  # poppler reads it as a word of its own


def logo(name: str, deck: Deck) -> dict[str, bytes]:
    path = logo_path(deck.theme, examples.path(f"lecture_{name}").parent)
    return {deck.theme.logo: path.read_bytes()} if path else {}


@pytest.mark.parametrize(("aspect", "language"), [("16:9", "en"), ("4:3", "pt")])
@pytest.mark.parametrize("name", LECTURES)
def test_on_no_slide_of_a_lecture_texts_collide_or_leave_the_page(
    name: str, aspect: str, language: str, tmp_path: Path
) -> None:
    deck = deck_of(name, language, aspect)
    pdf = tmp_path / "handout.pdf"
    pdf.write_bytes(compile_typst(slides(deck, handout=True), logo(name, deck), where=name))
    assert [f for f in check_pdf(pdf, smallest=SECOND_SCRIPT) if ACCENT not in f] == []
    assert page_count(pdf) == len(paginate(deck).pages)


def test_every_step_of_a_page_is_a_page_and_moves_nothing(tmp_path: Path) -> None:
    deck = sample()
    texts = page_texts(typeset(tmp_path, slides(deck)))
    assert len(texts) == sum(max(1, p.steps) for p in paginate(deck).pages)
    rows = tuple(typed(f"a_{k}", f"{k}{k}", at=k) for k in (1, 2, 3))
    page = Page("p", "i", "Steps", (Math(rows), Text("the end", at=3)), steps=3)
    pdf = typeset(tmp_path, slides(Deck("d", "en", "t", "a", (page,))), "steps")
    one, two, three = page_texts(pdf)
    assert "11" in one
    assert "22" not in one
    assert "22" in two
    assert "the end" not in two
    assert "the end" in three
    places = [re.search(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>11</word>', text)
              for text in boxes(pdf)]  # fmt: skip
    assert len({m.groups() for m in places if m}) == 1


@pytest.mark.parametrize("name", ["sample", "mazur"])
def test_a_handout_shows_what_the_last_steps_of_the_slides_show(name: str, tmp_path: Path) -> None:
    deck = sample() if name == "sample" else deck_of(name, "en", "16:9")
    pages = paginate(deck).pages
    stepwise = page_texts(typeset(tmp_path, slides(deck)))
    last = accumulate(max(1, p.steps) for p in pages)
    for page, at, text in zip(
        pages, last, page_texts(typeset(tmp_path, slides(deck, handout=True))), strict=True
    ):
        assert characters(text) == characters(stepwise[at - 1]), page.id


def boxes(pdf: Path) -> list[str]:
    made = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, check=True)
    return made.stdout.decode().split("<page ")[1:]


@pytest.mark.parametrize("bar", [False, True])
@pytest.mark.parametrize("aspect", ["16:9", "4:3"])
def test_every_kind_of_block_fits_in_every_look(aspect: str, bar: bool, tmp_path: Path) -> None:
    pdf = typeset(tmp_path, slides(sample(aspect, bar=bar), handout=True))
    assert [f for f in check_pdf(pdf, smallest=SECOND_SCRIPT) if ACCENT not in f] == []


def test_a_document_is_the_same_bytes_every_time_and_says_who_wrote_what(tmp_path: Path) -> None:
    deck = Deck("d", "pt", "Redes: $x$ e *y*", "Prof. **A**", (Page("p", "i", "t", ()),))
    source = slides(deck)
    assert source == slides(deck)
    one = compile_typst(source, where="d")
    assert one == compile_typst(source, where="d")
    pdf = tmp_path / "d.pdf"
    pdf.write_bytes(one)
    told = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True).stdout.decode()
    assert re.search(r"^Title: +Redes: x e y$", told, re.M)
    assert re.search(r"^Author: +Prof\. A$", told, re.M)
    assert "Date" not in told
    assert b"/Lang(pt)" in one.replace(b" ", b"")


def squeezed(text: str) -> str:
    return re.sub(r"[\s]+|-", "", text).replace("’", "'")


def test_a_deck_of_hostile_texts_prints_them(tmp_path: Path) -> None:
    deck = hostile()
    pdf = typeset(tmp_path, slides(deck, notes=True, handout=True))
    shown = squeezed(" ".join(page_texts(pdf)))
    assert "root:" not in shown
    for word in HOSTILE.split():
        assert shown.count(squeezed(word)) >= 8, word
    assert HOSTILE.split()[0] in " ".join(page_texts(typeset(tmp_path, sheet(deck))))


def test_the_compiler_reads_nothing_but_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for path in (f"{tmp_path}/secret", "/etc/passwd", "../../../../etc/passwd"):
        with pytest.raises(ChalkgradError, match="Typst refuses"):
            compile_typst(f'#read("{path}")', where="d")
    assert compile_typst('#read("a/b.txt")', {"a/b.txt": b"given"}, where="d")


@pytest.mark.parametrize("name", ["../x.png", "/etc/x.png", 'x.png")#read("y', "x.sh"])
def test_a_logo_is_a_picture_beside_the_spec(name: str) -> None:
    deck = Deck("d", "en", "t", "a", (Page("p", "i", "t", ()),), Theme(logo=name))
    with pytest.raises(ChalkgradError, match="logo"):
        slides(deck)


def test_the_sheet_numbers_its_equations_and_its_blanks_are_rules(tmp_path: Path) -> None:
    shown = " ".join(page_texts(typeset(tmp_path, sheet(sample()))))
    assert all(f"({number})" in shown for number in (12, 13, 14))
    assert "0.5793" in shown
    blanks = " ".join(page_texts(typeset(tmp_path, sheet(sample(), blanks=True))))
    assert "0.5793" not in blanks
    assert "by hand" in blanks  # the note of a row whose right side is blank
