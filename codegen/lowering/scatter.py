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
    Reduce,
    Size,
    conjunction,
    indices,
)
from ...derive.rewrite.simplify import factors_of, product
from .arrays import Attr, Call, Lib, Lit, Node, Val
from .context import Context
from .elementwise import transpose
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
    with low.within(keep):
        inner = _inner(low, product(plain), rest, keep, conjunction(others))
    grids = {
        place: None if form.gathers else mixed_radix(low, form, place.axis)
        for (place, form), _ in deltas
    }
    if all(grid is not None for grid in grids.values()):
        return _reshaped(low, inner, grids, free)
    for (place, form), _ in deltas:
        grid = grids[place]
        if grid is None:
            inner = _placed(low, inner, place, form)
        else:
            rest = [d for d in inner.dims if d not in grid]
            inner = _reshaped(low, inner, {place: grid}, [*rest, place])
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


def _placed(low: Context, v: Val, place: Idx, form: Affine) -> Val:
    low.order([place])
    if not form.gathers and len(form.terms) <= 2 and all(c > 0 for _, c in form.terms):
        return _fold(low, v, place, form)
    index = index_value(low, form)
    rest = [d for d in v.dims if d not in index.dims]
    moved = transpose(v, [*index.dims, *rest])
    size = Lit(low.size_text(place.axis))
    return Val(Call("scatter_add", (index.node, moved.node, size)), (place, *rest))


def _fold(low: Context, v: Val, place: Idx, form: Affine) -> Val:
    """Windows (…, I, P) added back onto their axis by `fold`."""
    terms = sorted(form.terms, key=lambda t: -low.size(t[0].axis))
    main, a = terms[0]
    rest = [d for d in v.dims if d not in form.idxs]
    args: list[Node] = []
    options: list[tuple[str, Node]] = [("size", Lit(low.size_text(place.axis)))]
    if len(terms) == 2:
        window, b = terms[1]
        moved = transpose(v, [*rest, main, window])
    else:
        moved, b = Val(Lib("new_axis", (transpose(v, [*rest, main]).node, Lit("-1"))), ()), 1
    args.append(moved.node)
    if form.const:
        options.append(("start", Lit(str(form.const))))
    if a != 1:
        options.append(("stride", Lit(str(a))))
    if b != 1:
        options.append(("dilation", Lit(str(b))))
    return Val(Call("fold", tuple(args), tuple(options)), (*rest, place))
