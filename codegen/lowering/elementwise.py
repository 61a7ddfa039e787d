"""Aligning dimensions for broadcasting; powers as products."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...derive.language.expr import Idx
from .arrays import Attr, Item, Lib, Lit, Node, Op, Val, Var


def transpose(v: Val, order: Sequence[Idx]) -> Val:
    """The value with its axes in this order; axes that are moved twice are moved once."""
    if tuple(order) == v.dims:
        return v
    v = _unmoved(v)
    perm = [v.dims.index(d) for d in order]
    if perm == list(range(len(perm))):
        return Val(v.node, tuple(order), v.kind)
    if perm == [1, 0]:
        node: Node = Attr(v.node, "T")
    elif perm[:-2] == list(range(len(perm) - 2)):
        node = Lib("swap_axes", (v.node, Lit("-1"), Lit("-2")))
    else:
        node = Attr(v.node, "transpose", tuple(Lit(str(p)) for p in perm))
    return Val(node, tuple(order), v.kind)


def _unmoved(v: Val) -> Val:
    """The array behind ``.transpose(…)``, with its own order of dimensions."""
    node = v.node
    if not (isinstance(node, Attr) and node.name == "transpose" and node.args):
        return v
    places = [int(arg.text) for arg in node.args if isinstance(arg, Lit)]
    dims = [d for _, d in sorted(zip(places, v.dims, strict=True), key=lambda pair: pair[0])]
    return Val(node.obj, tuple(dims), v.kind)


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


# -- powers --------------------------------------------------------------------------------------

MOST = 16  # no longer product is written for a power


def power(base: Node, exponent: Fraction) -> Node | None:
    """v**3 is v * v**2, v**4 is (v**2)**2, v**-3 is 1 / (v * v**2); None where it stays a power.

    Libraries take high powers by logarithms, 20 times slower. An odd power names its base twice,
    which only a name is short enough for.
    """
    whole = abs(exponent.numerator)
    if exponent.denominator != 1 or whole > MOST or exponent in (-1, 0, 1, 2):
        return None
    if not isinstance(base, Var | Attr | Item) and whole & (whole - 1):
        return None
    made = _product(base, whole)
    return Op("/", (Lit("1"), made)) if exponent < 0 else made


def _product(base: Node, exponent: int) -> Node:
    if exponent == 1:
        return base
    if exponent == 2:
        return Op("**", (base, Lit("2")))
    if exponent % 2:
        return Op("*", (base, _product(base, exponent - 1)))
    return Op("**", (_product(base, exponent // 2), Lit("2")))
