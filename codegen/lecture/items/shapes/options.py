"""What the item `shapes` of a deck may say."""

from __future__ import annotations

from ....deck.item import OfNetwork


class Options(OfNetwork):
    """Array shapes of the forward and the backward pass."""
