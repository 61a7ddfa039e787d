"""What the item `title` of a deck may say."""

from __future__ import annotations

from ....deck.item import Item


class Options(Item):
    """The title page."""
