"""What the item `agenda` of a deck may say."""

from __future__ import annotations

from ....deck.item import Item


class Options(Item):
    """The list of what follows."""
