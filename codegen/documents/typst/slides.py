"""A deck as slides of Typst, once for every step of a page, or as a handout with one page each."""

from __future__ import annotations

import math
import re

from ...deck.model import Deck, Page
from ...layout.extent import SMALLEST, smallest
from ...layout.paging import Room, paginate, room
from ...layout.standing import begins_on_top
from ...lecture.own.themes import check_logo
from ..tex.colours import BOARD
from .blocks import Setting, blocks_typst, content, optional
from .drawings import Drawings
from .source import SANS, chalked, head

_TOP, _TEXT_TOP = "0.8fr", "0.12fr"


def slides(deck: Deck, *, handout: bool = False, notes: bool = False) -> str:
    """The Typst document of a deck. ``handout``: one page per slide, everything shown; ``notes``:
    what the speaker says as pages of their own."""
    whole = paginate(deck)
    area = room(whole)
    drawings = Drawings(whole.theme.background)
    setting = Setting(area.wide, area.high, drawings, steps=not handout)
    count = len(whole.pages)
    pages = []
    for k, page in enumerate(whole.pages, 1):
        pages.append(_slide(page, f"{k}/{count}", whole, setting))
        if notes and page.notes:
            pages.append(f"#cgnotes(cglook, {', '.join(map(content, page.notes))})\n")
    return "".join(
        [head(whole, words=SANS, also="slides"), _look(whole, area), drawings.definitions(), *pages]
    )


def _look(deck: Deck, area: Room) -> str:
    """The page's size, and what stands on every slide."""
    theme = deck.theme
    high = "7mm" if theme.bar else "6.5mm"
    check_logo(theme)
    logo = f'image("{theme.logo}", height: {high})' if theme.logo else "none"
    fields = [
        f"paper: {area.width}cm", f"margin: {area.margin:g}cm", f"top: {area.top:g}cm",
        f"wide: {area.wide:g}cm", f"high: {area.high:.3f}cm", f"bar: {str(theme.bar).lower()}",
        f"logo: {logo}", f"footer: {content(theme.footer)}", "inks: cgpaper",
    ]  # fmt: skip
    return (
        f"#set page(width: {area.width}cm, height: {area.height}cm, margin: 0pt)\n"
        f"#let cglook = ({', '.join(fields)})\n"
    )


def _slide(page: Page, number: str, deck: Deck, setting: Setting) -> str:
    board = page.layout == "board" and setting.steps
    setting.drawings.paper = BOARD if board else deck.theme.background
    title = page.title or (deck.title if page.layout == "title" else "")
    plain = page.layout in ("title", "section")
    blocks = [*_front(page, title, deck), *blocks_typst(page.blocks, setting)]
    body = "(" + "".join(b + ",\n" for b in blocks) + ")"
    look = "cglook + (inks: cgchalk)" if board else "cglook"
    fields = [
        look, content(number), str(max(1, page.steps) if setting.steps else 0),
        str(math.ceil(100 * SMALLEST / smallest(page.blocks))), _above(page),
        "none" if plain else content(title), "none" if plain else optional(page.subtitle),
        f"now => {chalked(body) if board else body}",
    ]  # fmt: skip
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", page.id)
    return f"\n// {name}\n#cgslide({', '.join(fields)})\n"


def _above(page: Page) -> str:
    """Text on top begins at the top; a picture, a table or a formula stands in the middle."""
    return _TEXT_TOP if begins_on_top(page) else _TOP


def _front(page: Page, title: str, deck: Deck) -> list[str]:
    if page.layout not in ("title", "section"):
        return []
    author = content(deck.author) if page.layout == "title" else "none"
    return [f"cgfront(cglook, {content(title)}, {optional(page.subtitle)}, {author})"]
