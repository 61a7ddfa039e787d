"""Where on a slide its blocks stand: at the top, or in the middle."""

from __future__ import annotations

from ..deck.model import Blank, Block, Bullets, Code, Columns, Page, Panel, Picture, Text


def begins_on_top(page: Page) -> bool:
    """Does a page begin at the top? Not the front of a lecture or of a part of it."""
    if page.layout in ("title", "section"):
        return False
    return page.layout == "board" or (bool(page.blocks) and _wordy(page.blocks))


def _wordy(blocks: tuple[Block, ...]) -> bool:
    """Text on top begins at the top; a picture, a table or a formula stands in the middle."""
    if any(isinstance(b, Picture | Blank) for b in blocks):
        return True
    return isinstance(blocks[0], Text | Bullets | Code | Columns | Panel) or len(blocks) > 2
