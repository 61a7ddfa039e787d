"""The pages of a deck as an article to read or to hand out."""

from __future__ import annotations

import re

from ...deck.model import Deck, Page
from ...formula.tex_text import rich_tex
from ...layout.paper import HIGH, WIDE, shown_pages
from ..tex.blocks import Setting, blocks_tex
from ..tex.sty import environment, facts_tex, theme_colours


def article_pages(deck: Deck, *, blanks: bool = False) -> str:
    """An A4 article with the same pages, everything of them shown.

    Displays carry the derivation's numbers and, at their first place, the label ``eq:NUMBER``.
    ``blanks``: what is to be filled in by hand is a rule of the same width, and empty areas are
    kept. ``chalkgrad.sty`` (`beamer.style_file`) must stand beside the document.
    """
    setting = Setting(WIDE, HIGH, steps=False, article=True, blanks=blanks)
    pages = [_page(p, setting) for p in shown_pages(deck)]
    return (
        environment()
        .get_template("pages.tex.j2")
        .render(
            title=rich_tex(deck.title),
            author=rich_tex(deck.author),
            colours=theme_colours(deck.theme),
            blanks=blanks,
            pages=pages,
            facts=facts_tex(deck),
        )
    )


def _page(page: Page, setting: Setting) -> dict[str, str | bool]:
    return {
        "id": re.sub(r"[^A-Za-z0-9_.-]", "-", page.id),
        "title": rich_tex(page.title),
        "subtitle": rich_tex(page.subtitle),
        "section": page.layout == "section",
        "body": blocks_tex(page.blocks, setting),
    }
