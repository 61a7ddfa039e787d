"""Reductions: sums as contractions, means, extrema with their winners, softmax and its kin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from ...derive.language.expr import (
    Add,
    Expr,
    Idx,
    Iverson,
    Normal,
    Read,
    Reduce,
    Size,
    conjunction,
    indices,
)
from ...derive.rewrite.domains import has_pole
from ...derive.rewrite.simplify import factors_of
from .arrays import Attr, Call, Lit, Node, Op, Val, Var
from .context import Context
from .contract import axis, contract
from .elementwise import transpose
from .passes.table import Pass
from .scatter import scattered

MOST_PLACES = 64  # of a window whose maximum is taken place by place


def reduce(low: Context, e: Reduce) -> Val:
    bound = [i for i in e.idxs if isinstance(i, Idx)]
    own = indices(e)
    free = low.sorted([i for i in own if i not in low.fixed])
    low.order(bound)
    with low.within(own):
        if e.op == "sum":
            return total(low, e.body, bound, free, e.cond)
        if e.op == "mean":
            return _mean(low, e, bound, free)
        body = _masked(low, e, {"max": "-inf", "min": "inf", "prod": "1"})
    dims = [*(d for d in low.sorted(body.dims) if d not in bound), *bound]
    if set(bound) <= set(body.dims) and (len(bound) == 1 or not e.op.startswith("arg")):
        dims = list(body.dims)
    full = low.spread(body, dims)
    kept = tuple(d for d in dims if d not in bound)
    axes = tuple(k for k, d in enumerate(dims) if d in bound)
    if Pass.POOLING in low.passes and e.op in ("max", "argmax") and _pools(low, e, bound):
        return _over_windows(low, e, transpose(full, [*kept, *bound]), kept)
    if e.op in ("argmax", "argmin"):
        return _winner(low, e, full, kept, axes)
    where = (("axis", axis(axes)),)
    if e.op == "logsumexp":
        return Val(Call("logsumexp", (full.node,), where), kept)
    return Val(Attr(full.node, e.op, (), where if kept else ()), kept)


def _pools(low: Context, e: Reduce, bound: Sequence[Idx]) -> bool:
    """Is it a maximum over small windows, for which there are few places and many windows?"""
    moved = isinstance(e.body, Read) and not all(isinstance(i, Idx) for i in e.body.indices)
    return moved and 1 < prod(low.size(i.axis) for i in bound) <= MOST_PLACES


def _over_windows(low: Context, e: Reduce, windows: Val, kept: tuple[Idx, ...]) -> Val:
    """The maximum, or its place, over the last axes; the windows have a name of their own."""
    assert isinstance(e.body, Read)
    if not isinstance(windows.node, Var):
        windows = low.temporary(f"{e.body.tensor}_win", windows, low.shape(windows.dims).text)
    axes = Lit(str(len(windows.dims) - len(kept)))
    node = Call(f"window_{e.op}", (windows.node, axes))
    return Val(node, kept, "float" if e.op == "max" else "int")


def _masked(low: Context, e: Reduce | Normal, instead: Mapping[str, str]) -> Val:
    """The body where the condition holds, the neutral value elsewhere."""
    if e.cond is None:
        return low.as_float(low.value(e.body))
    neutral = instead.get(e.op.removeprefix("arg"), "-inf")
    mask = low.value(e.cond)
    with low.under(e.cond):
        inner = low.value(e.body)
    return low.select(mask, inner, Val(Lit(neutral), (), "scalar"))


def _winner(
    low: Context, e: Reduce, full: Val, kept: tuple[Idx, ...], axes: tuple[int, ...]
) -> Val:
    node = full.node
    if len(axes) > 1:  # the last ones
        shape = [*(low.size_text(i.axis) for i in kept), "-1"]
        node = Attr(node, "reshape", tuple(Lit(s) for s in shape))
    return Val(Attr(node, e.op, (), (("axis", Lit(str(axes[0]))),)), kept, "int")


def _mean(low: Context, e: Reduce, bound: list[Idx], free: Sequence[Idx]) -> Val:
    body = low.value(e.body) if len(factors_of(e.body)) == 1 else None
    if body is not None and set(bound) <= set(body.dims):
        body = low.as_float(body)
        axes = [k for k, d in enumerate(body.dims) if d in bound]
        where = () if len(axes) == len(body.dims) else (("axis", axis(axes)),)
        kept = tuple(d for d in body.dims if d not in bound)
        if Pass.MEANS not in low.passes:
            return Val(Attr(body.node, "mean", (), where), kept)
        known = [low.size(i.axis) for i in bound if not low.is_batch(i.axis)]
        counts: list[Node] = [Lit("N") for i in bound if low.is_batch(i.axis)]
        counts += [Lit(str(prod(known)))] if known else []
        count = counts[0] if len(counts) == 1 else Op("*", tuple(counts))
        return Val(Op("/", (Attr(body.node, "sum", (), where), count)), kept)
    made = total(low, e.body, bound, free, None)
    sizes = [low.value(Size(i.axis)).node for i in bound]
    over = Op("*", tuple(sizes)) if len(sizes) > 1 else sizes[0]
    return Val(Op("/", (made.node, over)), made.dims, made.kind)


def total(
    low: Context, body: Expr, bound: list[Idx], free: Sequence[Idx], cond: Expr | None
) -> Val:
    special = scattered(low, body, bound, free, cond)
    if special is not None:
        return special
    if isinstance(body, Add) and cond is None and all(map(_contracts, body.args)):
        return low.value(Add(tuple(Reduce("sum", tuple(bound), a) for a in body.args)))
    operands, outer = _operands(low, body, bound, cond)
    missing = [i for i in bound if not any(i in v.dims for v in operands)]
    made = contract(low, operands, free)
    for i in missing:
        outer.append(low.value(Size(i.axis)))
    outer = [v for v in outer if v.node != Lit("1")]
    return low.elementwise("*", [*outer, made]) if outer else made


def _operands(
    low: Context, body: Expr, bound: list[Idx], cond: Expr | None
) -> tuple[list[Val], list[Val]]:
    """The factors under a sum as arrays; conditions are strong zeros on the factors they meet."""
    parts = factors_of(body)
    conds = [p.cond for p in parts if isinstance(p, Iverson)]
    everything = conjunction([cond, *conds])
    plain = [p for p in parts if not isinstance(p, Iverson)]
    with low.under(everything):
        vals = [low.as_float(low.value(p)) for p in plain]
    if everything is not None:
        vals = _with_mask(low, low.value(everything), vals, [has_pole(p) for p in plain])
    inner = [v for v in vals if any(d in bound for d in v.dims)]
    outer = [v for v in vals if not any(d in bound for d in v.dims)]
    if not inner:
        inner, outer = [outer[0]], outer[1:]
    return inner, outer


def _with_mask(low: Context, mask: Val, vals: list[Val], loose: Sequence[bool]) -> list[Val]:
    """Put the mask on the factor that shares most of its dimensions (strong zero there), and on
    every other one that may be infinite where the mask is 0."""
    best = (
        max(range(len(vals)), key=lambda k: (len(set(vals[k].dims) & set(mask.dims)), -k))
        if vals
        else -1
    )
    zero = Val(Lit("0"), (), "scalar")
    if best < 0 or not vals[best].dims:
        masked = [
            low.select(mask, v, zero) if bad else v for v, bad in zip(vals, loose, strict=True)
        ]
        return masked if any(loose) else [*vals, low.as_float(mask)]
    return [
        low.select(mask, v, zero) if k == best or bad else v
        for k, (v, bad) in enumerate(zip(vals, loose, strict=True))
    ]


def normal(low: Context, e: Normal) -> Val:
    bound = [i for i in e.idxs if isinstance(i, Idx)]
    low.order(bound)
    with low.within(indices(Reduce("sum", e.idxs, e.body, e.cond))):
        body = _masked(low, e, {})
    kept = [d for d in low.sorted(body.dims) if d not in bound]
    full = low.spread(body, [*kept, *bound])
    axes = axis([k - len(bound) for k in range(len(bound))])
    node = Call(e.op, (full.node,), (("axis", axes),))
    at = dict(zip(bound, e.at, strict=True))
    dims = tuple(at.get(d, d) for d in full.dims)
    return Val(node, tuple(d for d in dims if isinstance(d, Idx)))


def _contracts(term: Expr) -> bool:
    """Is a term under a sum a product of factors with different indices (a matrix product)?"""
    factors = factors_of(term)
    lists = [set(indices(f)) for f in factors if indices(f)]
    return len(lists) > 1 and any(a != lists[0] for a in lists)
