"""Adjoints of reads that are not plain: windows folded back, rows added at gathered positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...derive.language.affine import Affine, affine
from ...derive.language.errors import ChalkgradError
from ...derive.language.expr import (
    Cmp,
    Expr,
    Idx,
    Iverson,
    Logic,
    Read,
    Reduce,
    Size,
    conjunction,
    indices,
    walk,
)
from ...derive.rewrite.simplify import factors_of, product
from .arrays import Attr, Call, Item, Lib, Lit, Node, Val
from .context import Context
from .elementwise import transpose
from .passes.table import Pass
from .windows import index_value, mixed_radix

Delta = tuple[Idx, Affine]


def scattered(
    low: Context, body: Expr, bound: Sequence[Idx], free: Sequence[Idx], cond: Expr | None
) -> Val | None:
    """Σ F·[P = affine]…: F first, without the deltas; then each delta puts it in its place."""
    parts = factors_of(body)
    conds = [p.cond for p in parts if isinstance(p, Iverson)]
    flat = conjunction([*conds, cond])
    tests = (
        list(flat.args) if isinstance(flat, Logic) and flat.op == "and" else [flat] if flat else []
    )
    deltas: list[tuple[Delta, Expr]] = []
    busy: set[Idx] = set()
    for test in tests:
        found = _delta(low, test, bound, free)
        if found is None:
            continue
        own = _indices_of(found[1])
        if own & busy or found[0] in {d[0][0] for d in deltas}:
            continue
        busy |= own
        deltas.append((found, test))
    if not deltas:
        return None
    places = {d[0][0] for d in deltas}
    others = [t for t in tests if t not in [d[1] for d in deltas]]
    plain = [p for p in parts if not isinstance(p, Iverson)]
    if any(places & set(indices(p)) for p in (*plain, *others)):
        return None
    keep = [*(f for f in free if f not in places), *(i for i in bound if i in busy)]
    rest = [i for i in bound if i not in busy]
    if Pass.POOLING in low.passes and any(isinstance(x, Read) for t in others for x in walk(t)):
        low.ahead(_within_windows(low, [form for (_, form), _ in deltas]))
    with low.within(keep):
        inner = _inner(low, product(plain), rest, keep, conjunction(others))
    grids = {
        place: None if form.gathers else mixed_radix(low, form, place.axis)
        for (place, form), _ in deltas
    }
    if all(grid is not None for grid in grids.values()):
        return _reshaped(low, inner, grids, free)
    windows = {p: form for (p, form), _ in deltas if grids[p] is None and _folds(form)}
    if windows:
        inner = _fold(low, inner, windows)
    for (place, form), _ in deltas:
        grid = grids[place]
        if grid is not None:
            rest = [d for d in inner.dims if d not in grid]
            inner = _reshaped(low, inner, {place: grid}, [*rest, place])
        elif place not in windows:
            inner = _added(low, inner, place, form)
    return inner


def _reshaped(
    low: Context, v: Val, grids: Mapping[Idx, list[Idx] | None], free: Sequence[Idx]
) -> Val:
    """Every entry of every axis once, in row-major order: a reshape and nothing else."""
    dims = [d for d in free if d in v.dims or d in grids]
    cells = [i for d in dims for i in (grids.get(d) or [d])]
    moved = transpose(v, cells)
    if len(cells) == len(dims):
        return Val(moved.node, tuple(dims))
    shape = tuple(Lit(low.size_text(d.axis)) for d in dims)
    return Val(Attr(moved.node, "reshape", shape), tuple(dims))


def _within_windows(low: Context, forms: Sequence[Affine]) -> list[Idx]:
    """The places of windows: with those ahead, an array is a few long rows, one for each place."""
    pairs = [sorted(form.terms, key=lambda t: -low.size(t[0].axis)) for form in forms]
    return [pair[1][0] for pair in pairs if len(pair) == 2]


def _inner(
    low: Context, body: Expr, rest: Sequence[Idx], keep: Sequence[Idx], cond: Expr | None
) -> Val:
    """F summed over what no delta uses, present along every index that one does."""
    present = set(indices(body)) | (set(indices(cond)) if cond is not None else set())
    still = [i for i in rest if i in present]
    if still:
        made = low.value(Reduce("sum", tuple(still), body, cond))
    elif cond is not None:
        made = low.guarded(cond, body)
    else:
        made = low.as_float(low.value(body))
    gone = [i for i in rest if i not in present]
    if gone:
        made = low.elementwise("*", [made, *(low.value(Size(i.axis)) for i in gone)])
    needed = [*made.dims, *(k for k in keep if k not in made.dims)]
    if len(needed) == len(made.dims):
        return made
    if made.dims:
        return low.spread(made, needed)
    return Val(Lib("full", (low.shape(needed), made.node, Lit("dtype"))), tuple(needed))


def _delta(low: Context, test: Expr, bound: Sequence[Idx], free: Sequence[Idx]) -> Delta | None:
    """(P, affine) for a condition P == affine over bound indices only, P free."""
    if not (isinstance(test, Cmp) and test.op == "=="):
        return None
    for place, other in ((test.a, test.b), (test.b, test.a)):
        if not (isinstance(place, Idx) and place in free and place not in low.fixed):
            continue
        try:
            form = affine(other, low.sizes)  # type: ignore[arg-type]
        except ChalkgradError:  # u//2, size[n]: a test like any other
            continue
        own = _indices_of(form)
        if own and own <= set(bound) and not low.is_batch(place.axis):
            return place, form
    return None


def _indices_of(form: Affine) -> set[Idx]:
    own = set(form.idxs)
    for g, _ in form.gathers:
        own |= set(indices(g))
    return own


def _added(low: Context, v: Val, place: Idx, form: Affine) -> Val:
    """Rows added at gathered positions, or at any others."""
    low.order([place])
    index = index_value(low, form)
    rest = [d for d in v.dims if d not in index.dims]
    moved = transpose(v, [*index.dims, *rest])
    size = Lit(low.size_text(place.axis))
    return Val(Call("scatter_add", (index.node, moved.node, size)), (place, *rest))


def _folds(form: Affine) -> bool:
    return not form.gathers and len(form.terms) <= 2 and all(c > 0 for _, c in form.terms)


def _fold(low: Context, v: Val, forms: Mapping[Idx, Affine]) -> Val:
    """Windows (…, P, Q, I, J) added back onto their axes by `fold`, all axes at once."""
    low.order(list(forms))
    mains: list[Idx] = []
    within: list[Idx | None] = []
    options: dict[str, list[int]] = {"start": [], "stride": [], "dilation": []}
    for form in forms.values():
        (main, a), *window = sorted(form.terms, key=lambda t: -low.size(t[0].axis))
        mains.append(main)
        within.append(window[0][0] if window else None)
        for name, value in zip(
            options, (form.const, a, window[0][1] if window else 1), strict=True
        ):
            options[name].append(value)
    rest = [d for d in v.dims if not any(d in form.idxs for form in forms.values())]
    moved = transpose(v, [*rest, *(d for d in within if d is not None), *mains]).node
    if None in within:  # an axis without a window is one of width 1
        axes = [":" for _ in rest] + ["None" if d is None else ":" for d in within]
        moved = Item(moved, tuple(map(Lit, axes)))
    plain = {"start": 0, "stride": 1, "dilation": 1}
    given = [("size", [low.size(place.axis) for place in forms])]
    given += [(k, values) for k, values in options.items() if set(values) != {plain[k]}]
    named = tuple((k, _numbers(values)) for k, values in given)
    return Val(Call("fold", (moved,), named), (*rest, *forms))


def _numbers(values: Sequence[int]) -> Node:
    return Lit(f"({', '.join(map(str, values))}{',' if len(values) == 1 else ''})")
