"""What the item `delta` of a deck may say."""

from __future__ import annotations

from typing import Literal

from ....deck.item import OfNetwork


class Options(OfNetwork):
    """The recursion of the deltas, layer by layer or for a general layer."""

    layers: Literal["each", "general"] = "each"
    """Each layer of the network, or layer l."""
