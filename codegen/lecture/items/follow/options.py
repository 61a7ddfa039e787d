"""What the item `follow` of a deck may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ....deck.item import OfNetwork, Words


class Options(OfNetwork):
    """A network followed while it learns: forward, loss, one weight after the other, update."""

    wrt: Words = Field(default_factory=list)
    """Entries (w5, W0[0,1]) or tensors, in this order."""
    rounds: Annotated[int, Field(ge=0, le=100_000)] = 10_000
    """How many rounds the table at the end follows; 0 leaves it out."""
