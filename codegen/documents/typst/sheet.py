"""The pages of a deck as an A4 article of Typst, to read or to hand out."""

from __future__ import annotations

import re

from ...deck.model import Block, Deck, Page, Text
from ...layout.paper import HIGH, WIDE, shown_pages
from .blocks import Setting, block_typst, content, optional
from .drawings import Drawings
from .source import SERIF, head


def sheet(deck: Deck, *, blanks: bool = False) -> str:
    """The Typst document. ``blanks``: what is to be filled in by hand is a rule of the same width,
    and empty areas are kept."""
    drawings = Drawings(deck.theme.background)
    setting = Setting(WIDE, HIGH, drawings, steps=False, article=True, blanks=blanks)
    pages = [_page(p, setting) for p in shown_pages(deck)]
    front = f"#cgsheet({content(deck.title)}, {optional(deck.author)})\n"
    return "".join([
        head(deck, words=SERIF, also="sheet", left=True, blanks=blanks),
        '#set page(paper: "a4", margin: (x: 25mm, y: 28mm), numbering: "1")\n'
        '#set text(top-edge: .8em, bottom-edge: -.4em)\n',
        drawings.definitions(), front, *pages,
    ])  # fmt: skip


def _page(page: Page, setting: Setting) -> str:
    level = 1 if page.layout == "section" else 2
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", page.id)
    heading = f"#cgheading({level}, {content(page.title)}, {optional(page.subtitle)})\n"
    made = [(b, block_typst(b, setting)) for b in page.blocks]
    body = "".join(f"{_kept(block, text)}\n#v(now.gap)\n" for block, text in made if text)
    return f"\n// {name}\n{heading if page.title else ''}{body}"


def _kept(block: Block, text: str) -> str:
    """What introduces something stays on its page."""
    return f"#block(sticky: true, {text})" if _introduces(block) else f"#{text}"


def _introduces(block: Block) -> bool:
    return isinstance(block, Text) and block.text.endswith(":")
