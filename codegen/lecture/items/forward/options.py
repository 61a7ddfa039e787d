"""What the item `forward` of a deck may say."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ....deck.item import ONE_OR_MORE, OfNetwork


class Options(OfNetwork):
    """The forward pass, in one page per form."""

    main: ClassVar[str] = "forms"
    forms: Annotated[
        list[Literal["symbols", "matrices", "expanded", "index", "numbers"]],
        *ONE_OR_MORE,
    ] = Field(default=["symbols", "matrices"])
    """symbols: v = xW + b; matrices: the same with entries; expanded: every entry; index: sums."""
