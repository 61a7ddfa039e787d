"""What the item `hessian` of a deck may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ....deck.item import ONE_OR_MORE, OfNetwork, Words


class Options(OfNetwork):
    """The second derivatives of the loss: their matrix, their blocks, their equations, numbers."""

    wrt: Words = Field(default_factory=list)
    """Parameters; without it all that the update does not freeze."""
    by: Annotated[list[Literal["entries", "blocks", "derived", "numbers"]], *ONE_OR_MORE] = Field(
        default_factory=list
    )
    """entries: ∂²L/∂w∂w in a matrix; blocks: a block per pair of parameters; derived: their
    equations; numbers: at the worked example, with Newton's step. Without it what there is."""
    damping: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """What the damped step adds to the diagonal; without it a power of ten that lets the loss
    fall."""
