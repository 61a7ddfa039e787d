"""What the item `exercises` of a deck may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ....deck.item import OfNetwork


class Options(OfNetwork):
    """Exercises with an answer key, from a seed."""

    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    """The same seed gives the same exercises."""
    count: Annotated[int, Field(ge=1, le=50)] = 3
    """How many."""
    variants: Annotated[int, Field(ge=1, le=200)] = 1
    """How many versions of them, for a class."""
    answers: bool = True
    """The answer key at the end."""
