"""What the item `gradients` of a deck may say."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ....deck.item import ONE_OR_MORE, OfNetwork, Words

Level = Literal["chain", "index", "matrix", "numbers"]
Levels = Annotated[list[Level], *ONE_OR_MORE]


class Options(OfNetwork):
    """A page per gradient: its chain with arcs, and the levels asked for."""

    main: ClassVar[str] = "wrt"
    wrt: Words = Field(default_factory=list)
    """Which gradients, in this order; inputs and intermediates are allowed."""
    level: Levels | None = None
    """chain, index, matrix, numbers; without it style.level, else chain, matrix and p − y."""
    chain: Literal["reuse", "full"] | None = None
    """Where the chain stops; without it style.chain."""
    reveal: bool = True
    """One factor a click."""
    transpose: bool = False
    """A page "why the transpose?" with the local Jacobian and its deltas."""
