"""The lecture as Markdown: headings in order, every picture beside it, every page and number."""

from __future__ import annotations

import itertools
import re

import pytest
from markdown_it import MarkdownIt

from chalkgrad.codegen.deck.model import Deck, Page, Text
from chalkgrad.codegen.documents.markdown.markdown import markdown
from tests.lecture.sample_deck import hostile, sample
from tests.lecture.test_accept_decks import LECTURES, deck_of


@pytest.mark.parametrize("name", LECTURES)
def test_headings_skip_no_level_and_every_picture_is_there(name: str) -> None:
    text, pictures = markdown(deck_of(name, "en", "16:9"), "pictures")
    tokens = MarkdownIt("commonmark").enable("table").parse(text.split("---\n", 2)[2])
    levels = [int(t.tag[1]) for t in tokens if t.type == "heading_open"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    linked = re.findall(r"!\[[^\]]*\]\(pictures/([^)]*)\)", text)
    assert set(linked) == set(pictures)
    assert all(made.startswith("<?xml") for made in pictures.values())
    assert text.count("$$") % 2 == 0


def test_what_is_on_the_pages_is_in_the_text() -> None:
    text, _ = markdown(sample(), "pictures")
    assert text.startswith('---\ntitle: "')
    assert all(f"({number})" in text for number in (12, 13, 14))
    assert "0.5793" in text


def test_parts_of_a_lecture_stand_above_their_pages() -> None:
    pages = (
        Page("a", "i", "before", (Text("one"),)), Page("b", "i", "part", (), layout="section"),
        Page("c", "i", "after", (Text("two"),)),
    )  # fmt: skip
    text, _ = markdown(Deck("d", "en", "title", "", pages), "pictures")
    assert re.findall(r"^#+ .*$", text, re.M) == ["# title", "## before", "## part", "### after"]


def test_hostile_texts_are_text() -> None:
    text, _ = markdown(hostile(), "pictures")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script" not in html
