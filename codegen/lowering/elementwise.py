"""Aligning dimensions for broadcasting."""

from __future__ import annotations

from collections.abc import Sequence

from ...derive.language.expr import Idx
from .arrays import Attr, Item, Lib, Lit, Node, Val


def transpose(v: Val, order: Sequence[Idx]) -> Val:
    if tuple(order) == v.dims:
        return v
    perm = [v.dims.index(d) for d in order]
    if perm == list(range(len(perm))):
        return v
    if perm == [1, 0]:
        node: Node = Attr(v.node, "T")
    elif perm[:-2] == list(range(len(perm) - 2)):
        node = Lib("swap_axes", (v.node, Lit("-1"), Lit("-2")))
    else:
        node = Attr(v.node, "transpose", tuple(Lit(str(p)) for p in perm))
    return Val(node, tuple(order), v.kind)


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
