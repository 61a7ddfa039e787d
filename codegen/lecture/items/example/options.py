"""What the item `example` of a deck may say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ....deck.item import OfNetwork, Words


class Options(OfNetwork):
    """A worked example: forward, every gradient, the update, with numbers."""

    wrt: Words = Field(default_factory=list)
    """Which gradients, in this order; without it the order of the derivation."""
    chain: Literal["reuse", "full"] | None = None
    """Where the chain stops; without it style.chain."""
    paths: Words = Field(default_factory=list)
    """Entries such as W0[1,2] explained as the sum over their paths."""
