"""What the item `code` of a deck may say."""

from __future__ import annotations

from typing import Literal

from ....deck.item import OfNetwork


class Options(OfNetwork):
    """The generated module."""

    beside: Literal["equations", "none"] = "none"
    """Each line beside its equation."""
