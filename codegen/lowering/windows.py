"""Reads that are not plain: slices, strided windows, reshapes, gathers. What lies outside reads 0.

`derive` writes every such read as one rule, x[affine] = Σ_h x[h]·[h = affine]; here it becomes the
view or copy that a careful person would write.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ...derive.language.affine import Affine, affine
from ...derive.language.errors import ChalkgradError
from ...derive.language.expr import Add, Idx, Mul, Num, Read, Size, walk
from .arrays import Attr, Cond, Item, Lib, Lit, Node, Op, Val, Var, plus
from .context import Context
from .elementwise import align


def read(low: Context, r: Read) -> Val:
    """The array of a read, with the index of each dimension."""
    forms = [affine(i, low.sizes) for i in r.indices]  # type: ignore[arg-type]
    tensor = low.tensors[r.tensor]
    kind = "int" if tensor.integer is not None else "float"
    base = Val(Var(r.tensor), (), kind)
    if tensor.kind == "constant" and not tensor.axes:  # a Python number in the module
        return Val(base.node, (), "scalar")
    if tensor.kind == "constant" and kind == "float":  # float64 in the module
        base = Val(Attr(base.node, "astype", (Var("dtype"),)), (), kind)
    used = [i for f in forms for i in f.idxs]
    plain = [_is_plain(low, f, a) for f, a in zip(forms, tensor.axes, strict=True)]
    if all(plain) and len(set(used)) == len(used) and not set(used) & set(low.fixed):
        low.order(used)
        return Val(base.node, tuple(used), kind)
    if set(used) & set(low.fixed):
        return _in_loop(low, r, forms, base)
    if any(f.gathers for f in forms) or len(set(used)) != len(used):
        return _gathered(low, r, forms, base)
    return _strided(low, r, forms, base)


def _is_plain(low: Context, f: Affine, axis_id: str) -> bool:
    """A lone index over the whole axis."""
    if f.const or f.gathers or len(f.terms) != 1 or f.terms[0][1] != 1:
        return False
    other = f.terms[0][0].axis
    if low.is_batch(axis_id) or low.is_batch(other):
        return low.is_batch(axis_id) and low.is_batch(other)
    return low.size(axis_id) == low.size(other)


# -- slices, windows, reshapes ------------------------------------------------------------------


@dataclass(frozen=True)
class _AxisRead:
    """How one axis is read: the text between the brackets, and the index that runs along it. For a
    window also its length, the index within it, and the text that picks from it."""

    text: str
    index: Idx | None = None
    window: tuple[int, Idx, str] | None = None


def _axis_read(low: Context, f: Affine, axis_id: str, shift: int) -> _AxisRead | None:
    """A place, the whole, a slice, the whole or a slice backwards, a window; None for any other.

    ``shift``: how many zeros stand in front of the axis.
    """
    start = f.const + shift
    if not f.terms:
        return _AxisRead(str(start))
    if _is_plain(low, f, axis_id) and not shift:
        return _AxisRead(":", f.terms[0][0])
    if len(f.terms) == 1:
        i, step = f.terms[0]
        count = low.size(i.axis)
        if step > 0:
            return _AxisRead(_slice(start, step, count), i)
        last = -1 if low.is_batch(axis_id) else low.size(axis_id) + shift - 1
        return _AxisRead(_backwards(start, step, count, last), i)
    if len(f.terms) == 2 and all(c > 0 for _, c in f.terms):
        (i, a), (p, b) = sorted(f.terms, key=lambda t: -low.size(t[0].axis))
        window = (b * (low.size(p.axis) - 1) + 1, p, f"::{b}" if b > 1 else ":")
        return _AxisRead(_slice(start, a, low.size(i.axis)), i, window)
    return None


def _strided(low: Context, r: Read, forms: list[Affine], base: Val) -> Val:
    axes = low.tensors[r.tensor].axes
    grids = [
        [f.terms[0][0]] if _is_plain(low, f, a) else mixed_radix(low, f, a)
        for f, a in zip(forms, axes, strict=True)
    ]
    if any(len(g) > 1 for g in grids if g is not None) and None not in grids:
        return _reshaped(low, base, [g for g in grids if g is not None])
    node, shift = _padded(low, r, forms, base)
    found = [_axis_read(low, f, a, s) for f, a, s in zip(forms, axes, shift, strict=True)]
    reads = [way for way in found if way is not None]
    if len(reads) < len(found):
        return _gathered(low, r, forms, base)
    windows = [(k, *way.window) for k, way in enumerate(reads) if way.window is not None]
    if windows:
        lengths = _short([str(length) for _, length, _, _ in windows])
        places = _short([str(k) for k, *_ in windows])
        node = Lib("windows", (node, lengths, places))
    texts = [*(way.text for way in reads), *(text for *_, text in windows)]
    dims = (*(w.index for w in reads if w.index is not None), *(p for _, _, p, _ in windows))
    while texts and texts[-1] == ":":
        texts.pop()
    low.order(dims)
    made = Val(Item(node, tuple(map(Lit, texts))) if texts else node, dims, base.kind)
    return low.temporary(f"{r.tensor}_win", made) if windows else made


def _short(texts: list[str]) -> Node:
    return Lit(texts[0]) if len(texts) == 1 else Lit(f"({', '.join(texts)})")


def _slice(start: int, step: int, count: int) -> str:
    stop = start + step * (count - 1) + 1
    return f"{start}:{stop}:{step}" if step > 1 else f"{start}:{stop}" if start else f":{stop}"


def _backwards(start: int, step: int, count: int, last: int) -> str:
    """A slice with a negative step, the whole of it where it starts at the last entry."""
    stop = start + step * (count - 1) - 1
    first = "" if start == last else str(start)
    return f"{first}:{stop if stop >= 0 else ''}:{step}"


def _padded(low: Context, r: Read, forms: list[Affine], base: Val) -> tuple[Node, list[int]]:
    """The tensor with zeros around it where the reads fall outside, and how far each axis moved."""
    axes = low.tensors[r.tensor].axes
    widths, shift = [], []
    for f, axis_id in zip(forms, axes, strict=True):
        if low.is_batch(axis_id) or _is_plain(low, f, axis_id):
            widths.append((0, 0))
        else:
            first, last = f.span(low.sizes)  # type: ignore[arg-type]
            widths.append((max(0, -first), max(0, last - low.size(axis_id) + 1)))
        shift.append(widths[-1][0])
    if not any(a or b for a, b in widths):
        return base.node, shift
    text = (
        "(" + ", ".join(f"({a}, {b})" for a, b in widths) + ("," if len(widths) == 1 else "") + ")"
    )
    padded = Val(Lib("pad", (base.node, Lit(text))), (), base.kind)
    return low.temporary(f"{r.tensor}_pad", padded).node, shift


def mixed_radix(low: Context, f: Affine, axis_id: str) -> list[Idx] | None:
    """Indices, slowest first, when the axis is read as their row-major grid, each entry once."""
    grid = None if low.is_batch(axis_id) else _grid(low, f)
    if grid is None or prod(low.size(i.axis) for i in grid) != low.size(axis_id):
        return None
    return grid


def _grid(low: Context, f: Affine) -> list[Idx] | None:
    """Indices, slowest first, that count 0, 1, … row by row."""
    if f.const or not f.terms or any(c <= 0 for _, c in f.terms):
        return None
    terms = sorted(f.terms, key=lambda t: (-t[1], low.size(t[0].axis) == 1))
    expected = 1
    for i, c in reversed(terms):
        if c != expected and low.size(i.axis) != 1:
            return None
        expected *= low.size(i.axis)
    return [i for i, _ in terms]


def counted(low: Context, e: Add) -> Val | None:
    """The places of a window, p*3 + q: numbers from 0 in rows of 3; None for any other sum."""
    if not all(isinstance(x, Add | Mul | Num | Size | Idx) for x in walk(e)):
        return None
    try:
        form = affine(e, low.sizes)  # type: ignore[arg-type]
    except ChalkgradError:
        return None
    if any(i in low.fixed or low.is_batch(i.axis) for i in form.idxs) or len(form.terms) < 2:
        return None
    grid = _grid(low, form)
    if grid is None:
        return None
    low.order(grid)
    sizes = [low.size(i.axis) for i in grid]
    node = Attr(
        Lib("range", (Lit(str(prod(sizes))),)), "reshape", tuple(Lit(str(k)) for k in sizes)
    )
    return Val(node, tuple(grid), "int")


def _reshaped(low: Context, base: Val, grids: list[list[Idx]]) -> Val:
    """Every axis is read whole, some of them as a grid of several indices."""
    dims = [i for grid in grids for i in grid]
    low.order(dims)
    shape = tuple(Lit(low.size_text(i.axis)) for i in dims)
    return Val(Attr(base.node, "reshape", shape), tuple(dims), base.kind)


# -- gathers ------------------------------------------------------------------------------------


def _gathered(low: Context, r: Read, forms: list[Affine], base: Val) -> Val:
    """Integer-array indexing; positions outside an axis read 0."""
    axes = low.tensors[r.tensor].axes
    simple = _leading_gather(low, r, forms, base)
    if simple is not None:
        return simple
    positions = [index_value(low, f) for f in forms]
    dims = low.sorted([d for p in positions for d in p.dims])
    inside: list[Node] = []
    items: list[Node] = []
    for f, axis_id, p in zip(forms, axes, positions, strict=True):
        node = align(p, dims) if p.dims else p.node
        if _may_leave(low, f, axis_id):
            last = low.size(axis_id) - 1
            inside.append(Op("&", (Op(">=", (node, Lit("0"))), Op("<=", (node, Lit(str(last)))))))
            node = Lib("clip", (node, Lit("0"), Lit(str(last))))
        items.append(node)
    made: Node = Item(base.node, tuple(items))
    if inside:
        test = inside[0] if len(inside) == 1 else Op("&", tuple(inside))
        made = Lib("where", (test, made, Lit("0")))
    return Val(made, tuple(dims), base.kind)


def _leading_gather(low: Context, r: Read, forms: list[Affine], base: Val) -> Val | None:
    """``E[t]``: the first axis gathered, whole rows of the others."""
    axes = low.tensors[r.tensor].axes
    first, rest = forms[0], forms[1:]
    if first.const or first.terms or len(first.gathers) != 1 or first.gathers[0][1] != 1:
        return None
    index = low.value(first.gathers[0][0])
    used = [i for f in rest for i in f.idxs]
    if (
        len(set(used)) != len(used)
        or set(used) & {*index.dims, *low.fixed}
        or _may_leave(low, first, axes[0])
    ):
        return None
    if not all(_is_plain(low, f, a) for f, a in zip(rest, axes[1:], strict=True)):
        return None
    low.order(used)
    return Val(Item(base.node, (index.node,)), (*index.dims, *used), base.kind)


def _may_leave(low: Context, f: Affine, axis_id: str) -> bool:
    """Can a position fall outside its axis? A lone gathered index is range-checked at forward."""
    if low.is_batch(axis_id):
        return False
    size = low.size(axis_id)
    if f.gathers:
        (read_, c), *more = f.gathers
        upper = low.tensors[read_.tensor].integer
        alone = not (f.const or f.terms or more) and c == 1
        return not (alone and upper not in (None, "*") and low.size(str(upper)) <= size)
    first, last = f.span(low.sizes)  # type: ignore[arg-type]
    return first < 0 or last >= size


def index_value(low: Context, f: Affine) -> Val:
    """An affine or gathered index as an integer array."""
    terms: list[tuple[Val, int]] = [(low.value(e), c) for e, c in (*f.terms, *f.gathers)]
    dims = low.sorted([d for v, _ in terms for d in v.dims])
    added: list[Node] = []
    taken: list[Node] = []
    for v, c in terms:
        node = align(v, dims) if v.dims else v.node
        node = node if abs(c) == 1 else Op("*", (Lit(str(abs(c))), node))
        (added if c > 0 else taken).append(node)
    if f.const > 0 or not terms:
        added.append(Lit(str(f.const)))
    elif f.const < 0:
        taken.append(Lit(str(-f.const)))
    made = plus((*added, *(Op("neg", (node,)) for node in taken)))  # 3 - i, never -1 * i + 3
    return Val(made, tuple(dims), "int")


# -- inside a loop ------------------------------------------------------------------------------


def _in_loop(low: Context, r: Read, forms: list[Affine], base: Val) -> Val:
    """One step of a recurrence: the loop index is a number; outside the axis a read is 0."""
    if r.tensor in low.steps:
        dims = [i for i in r.indices if isinstance(i, Idx) and i not in low.fixed]
        low.order(dims)
        return Val(base.node, tuple(dims), base.kind)
    axes = low.tensors[r.tensor].axes
    items: list[Node] = []
    dims = []
    guards: list[Node] = []
    suffix = ""
    for f, axis_id in zip(forms, axes, strict=True):
        loop = [i for i in f.idxs if i in low.fixed]
        if not loop:
            if not _is_plain(low, f, axis_id):
                return _gathered(low, r, forms, base)
            if f.terms[0][0] in dims:  # a diagonal
                return _gathered(low, r, forms, base)
            items.append(Lit(":"))
            dims.append(f.terms[0][0])
            continue
        if len(f.terms) != 1 or f.terms[0][1] != 1 or f.gathers:
            return _gathered(low, r, forms, base)
        var = low.fixed[loop[0]]
        items.append(
            Lit(var if not f.const else f"{var} {'+' if f.const > 0 else '-'} {abs(f.const)}")
        )
        size = low.size(axis_id)
        if f.const < 0:
            guards.append(Op(">=", (Var(var), Lit(f"{-f.const}"))))
        if low.size(loop[0].axis) + f.const > size:
            guards.append(Op("<", (Var(var), Lit(f"{size - f.const}"))))
        if f.const:
            suffix = "prev" if f.const < 0 else "next"
            suffix += str(abs(f.const)) if abs(f.const) > 1 else ""
    low.order(dims)
    trimmed = list(items)
    while trimmed and trimmed[-1] == Lit(":"):
        trimmed.pop()
    made: Node = Item(base.node, tuple(trimmed))
    if not guards:
        return Val(made, tuple(dims), base.kind)
    zero = [Lit("0") if isinstance(i, Lit) and i.text != ":" else i for i in trimmed]
    nothing = Lib("zeros_like", (Item(base.node, tuple(zero)),))
    guard = guards[0] if len(guards) == 1 else Op("and", tuple(dict.fromkeys(guards)))
    return low.temporary(
        f"{r.tensor}_{suffix or 'here'}", Val(Cond(guard, made, nothing), tuple(dims), base.kind)
    )
