"""What the item `architecture` of a deck may say."""

from __future__ import annotations

from typing import Literal

from ....deck.item import OfNetwork


class Options(OfNetwork):
    """The network built up, its matrices beside it."""

    reveal: Literal["layer", "none"] = "layer"
    """One layer a click, or all at once."""
