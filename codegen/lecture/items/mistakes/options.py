"""What the item `mistakes` of a deck may say."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from ....deck.item import OfNetwork, Words


class Options(OfNetwork):
    """Common mistakes: the wrong number, the right one, the check that catches it."""

    main: ClassVar[str] = "only"
    only: Words = Field(default_factory=list)
    """Which of them; without it all that this network can show."""
