"""A deck on paper: the room of its blocks, and the pages that are shown."""

from __future__ import annotations

from ..deck.model import Deck, Page

WIDE, HIGH = 16.0, 9.0  # cm: the text's width, and what counts as the height of a page's area


def shown_pages(deck: Deck) -> list[Page]:
    """The pages that an article shows: its own front is another."""
    return [p for p in deck.pages if p.layout != "title" and p.item != "agenda"]
