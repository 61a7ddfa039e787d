"""What the item `train` of a deck may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ....deck.item import OfNetwork

Round = int | Literal["last"]


class Options(OfNetwork):
    """A training run as a table."""

    stop: str | None = None
    """A condition of the equation language, tested after the update."""
    max: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """The most rounds."""
    rounds: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Exactly so many rounds."""
    show: list[Round] = Field(default_factory=list)
    """The rounds of the table; without it the first, some between, and the last."""
    infer: list[list[int | float]] = Field(default_factory=list)
    """Inputs to try afterwards."""
    plot: Literal["loss"] | None = None
    """A curve of the loss."""
