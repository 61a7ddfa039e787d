"""What the item `gates` of a deck may say."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from ....deck.item import Item, Words


class Options(Item):
    """Networks as logical gates: truth table and decision plot."""

    main: ClassVar[str] = "of"
    of: Words = Field(default_factory=list)
    """Keys of networks with two inputs."""
