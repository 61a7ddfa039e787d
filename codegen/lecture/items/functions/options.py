"""What the item `functions` of a deck may say."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from ....deck.item import Item, Words


class Options(Item):
    """A page per function: formula, derivative step by step, plot."""

    main: ClassVar[str] = "names"
    names: Words = Field(default_factory=list)
    """Activations and losses of the catalogue, own ones, or `derivative` (the limit)."""
    plots: bool = True
    """Draw the function and its derivative."""
