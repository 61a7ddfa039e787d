"""Aligning dimensions for broadcasting."""

from __future__ import annotations

from collections.abc import Sequence

from derive.expr import Idx

from .arrays import Item, Lit, Node, Val
from .contract import transpose


def align(v: Val, order: Sequence[Idx]) -> Node:
    """The value with its dimensions in ``order``; missing leading ones are left to broadcasting."""
    present = [d for d in order if d in v.dims]
    node = transpose(v, present).node
    if not present:
        return node
    first = min(k for k, d in enumerate(order) if d in v.dims)
    items = [":" if d in v.dims else "None" for d in order[first:]]
    if "None" not in items:
        return node
    while items[-1] == ":" and len(items) > 1:  # x[:, None, :] reads as x[:, None]
        items.pop()
    return Item(node, tuple(Lit(i) for i in items))
