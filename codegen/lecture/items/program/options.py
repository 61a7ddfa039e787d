"""What the item `program` of a deck may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ....deck.item import ONE_OR_MORE, OfNetwork


class Options(OfNetwork):
    """The generated program: how it trains, what it saves, what it predicts."""

    show: Annotated[list[Literal["train", "save", "infer"]], *ONE_OR_MORE] = Field(
        default=["train", "save", "infer"], min_length=1
    )
    """train: the update beside its equations, the loop, the command; save: the file of weights,
    written, read and refused; infer: its predictions after the deck's training."""
