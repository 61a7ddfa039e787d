"""What the item `relu_sum` of a deck may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ....deck.item import Item


class Options(Item):
    """A continuous function as a growing sum of ReLUs."""

    f: str
    """The function of x, in the equation language."""
    on: Annotated[list[int | float], Field(min_length=2, max_length=2)] = Field(default=[-3, 3])
    """The interval."""
    terms: Annotated[int, Field(ge=2, le=60)] = 15
    """How many ReLUs."""
