"""What the item `circuit` of a deck may say."""

from __future__ import annotations

from pydantic import Field

from ....deck.item import OfNetwork


class Options(OfNetwork):
    """A computational graph with values above and gradients below the wires."""

    from_: str | None = Field(None, alias="from")
    """The node with gradient 1; without it the loss."""
    split: bool = True
    """Split right sides into elementary nodes."""
    rules: bool = False
    """A table of the local rules beside it."""
    group: str | None = None
    """A function whose nodes are drawn as one gate, at the end."""
