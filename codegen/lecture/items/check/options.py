"""What the item `check` of a deck may say."""

from __future__ import annotations

from pydantic import Field

from ....deck.item import OfNetwork, Words


class Options(OfNetwork):
    """The gradient check as a table."""

    entries: Words = Field(default_factory=list)
    """Entries to show; without it one per parameter."""
