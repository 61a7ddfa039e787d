"""The lectures' specs are shipped: short, loadable by name, their own slides beside them."""

from __future__ import annotations

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items.entries import deck_item
from chalkgrad.codegen.lecture.items.slide.options import Options as Slide
from chalkgrad.codegen.lecture.items.slide.pages import read
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive import examples
from tests.paths import SPECS

NAMES = [p.stem for p in sorted(SPECS.glob("*.yaml"))]
ITEMS = (
    "[title, agenda, section: Part, slide: history.md, slide: bibliography.md, slide: neurons.md]"
)


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_spec_is_the_lecture_s(name: str):
    """The same text below the line that says what it shows; 20 lines of 100 columns."""
    text = examples.text(f"lecture_{name}")
    head, _, body = text.partition("\n")
    assert head.startswith("# ")
    assert body == (SPECS / f"{name}.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) <= 20
    assert max(map(len, text.splitlines())) <= 100


def test_all_four_are_there():
    assert [f"lecture_{n}" for n in ("ando", "mari", "mazur", "ng")] == [
        n for n in examples.names() if n.startswith("lecture_")
    ]
    assert "lecture_ufv" not in examples.names()  # a theme is no spec


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_slides_that_a_spec_names_are_there(name: str, language: str):
    networks = load_all(f"lecture_{name}")
    context = Context(networks, language, examples.path(f"lecture_{name}").parent)
    items = [deck_item(entry, k) for k, entry in enumerate(context.spec.deck)]
    for _, item in items:
        if isinstance(item, Slide):
            made = read(context, item)
            assert made
            assert all(part.title and part.blocks for part in made)
            assert not any(part.reports for part in made)


@pytest.mark.parametrize("language", ["en", "pt"])
def test_title_agenda_section_and_slides(language: str):
    folder = examples.path("lecture_mari").parent
    deck = lecture(load_all("lecture_mari", [f"deck={ITEMS}"]), language, folder=folder)
    pages = {p.id: p for p in deck.pages}
    assert deck.theme.main == "#7b1c20"
    assert deck.theme.bar
    assert pages["title"].layout == "title"
    assert pages["title"].title == {
        "en": "Artificial neural networks", "pt": "Redes neurais artificiais",
    }[language]  # fmt: skip
    assert pages["section"].layout == "section"
    assert repr(pages["agenda"].blocks).count("Part") == 1
    assert list(pages) == [
        "title", "agenda", "section", "slide-history", "slide-history-2", "slide-bibliography",
        "slide-neurons", "slide-neurons-2",
    ]  # fmt: skip


def test_the_agenda_names_what_follows_once():
    deck = lecture(load_all("n111", ["deck=[agenda, forward, gradients, forward, mistakes]"]), "pt")
    (bullets,) = deck.pages[0].blocks
    assert repr(bullets).count("Passo direto") == 1
    assert "Backpropagation: regras da cadeia" in repr(bullets)
    assert "Erros comuns" in repr(bullets)
