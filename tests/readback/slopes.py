"""Derivatives of printed names at a point: ∂a/∂b of entries, of whole tensors, of steps.

A loss is differentiated through everything that follows; any other tensor by its own equation, and
where that does not read the other one, through what lies between.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from . import tree
from .layout import UnreadableError
from .values import ALL, Array, Jacobian, Value, inside

if TYPE_CHECKING:
    from .evaluate import View
    from .points import Point

STEP = 1e-3  # of a difference of gradients, which are exact: its error is of the order of 1e-12
LOSSES = frozenset(["loss", "total", "cost", "data_loss"])


def slope(view: View, s: tree.Slope) -> Value:
    if not isinstance(s.top, tree.Tensor) or not isinstance(s.bottom, tree.Tensor):
        raise UnreadableError("a derivative of or by no tensor")
    if view.sample == ALL and s.top.name == view.point.network.sample_loss:
        s = replace(s, top=tree.Tensor(view.point.network.loss, ()))
    if s.then is not None:
        return second(view, s.top, s.bottom, s.then)
    top_at = view.place(s.top)
    bottom_at = view.place(s.bottom)
    if top_at is None and _rank(view, s.top) == 0:
        top_at = (view.sample,) if view.batched(s.top.name) else ()
    if bottom_at is None and _rank(view, s.bottom) == 0:
        bottom_at = (view.sample,) if view.batched(s.bottom.name) else ()
    full = jacobian(view, s.top.name, s.bottom.name, top_at, direct=s.direct)
    return _cut(view, full, s, top_at, bottom_at)


def second(view: View, top: tree.Tensor, *by: tree.Node) -> float:
    """∂²L/∂w∂v of single numbers: how ∂L/∂v moves with w, which is given."""
    free = [t for t in by if isinstance(t, tree.Tensor) and t.name in view.point.data]
    if not free or not isinstance(by[0], tree.Tensor) or not isinstance(by[1], tree.Tensor):
        raise UnreadableError("a second derivative by nothing that is given")
    moved = free[0]
    other = by[1] if moved is by[0] else by[0]
    places = [_entry(view, t) for t in (top, moved, other)]
    if not all(inside(at, view.point.shape(t.name))
               for t, at in zip((top, moved, other), places, strict=True)):  # fmt: skip
        return 0.0
    near, far = (
        sum(sign * view.point.moved(moved.name, places[1], sign * k * STEP)
            .total(top.name, places[0], other.name)[places[2]] for sign in (1, -1))
        for k in (1, 2)
    )  # fmt: skip
    return float((8 * near - far) / (12 * STEP))


def by_the_way(node: tree.Node, point: Point) -> bool:
    """A second derivative by a tensor that is no input: its value depends on how the slopes are
    written (1 − y² reads y, g'(v) does not), which a line does not say."""
    if not isinstance(node, tree.Slope) or node.then is None:
        return False
    by = (node.bottom, node.then)
    return any(isinstance(t, tree.Tensor) and t.name not in point.data for t in by)


def _entry(view: View, t: tree.Tensor) -> tuple[int, ...]:
    """The place of a number."""
    at = view.place(t)
    if at is None and _rank(view, t) == 0:
        at = (view.sample,) if view.batched(t.name) else ()
    if at is None:
        raise UnreadableError(f"a second derivative by the whole of {t.name}")
    return at


def _rank(view: View, t: tree.Tensor) -> int:
    return view.names.rank(t.name) - len(t.at or ())


def _cut(view: View, full: Array, s: tree.Slope, top_at: tuple[int, ...] | None,
    bottom_at: tuple[int, ...] | None,
) -> Value:  # fmt: skip
    """The part of ∂top/∂bottom that is printed; outside of an axis it is 0."""
    top, bottom = s.top, s.bottom
    assert isinstance(top, tree.Tensor)
    assert isinstance(bottom, tree.Tensor)
    rank = len(view.axes(top.name))
    if top_at is not None:
        if not inside(top_at, full.shape[:rank]):
            full = np.zeros(full.shape[rank:])
        else:
            full = full[top_at]
        rank = 0
    else:
        full, rank = _one_sample(view, full, top, 0, rank)
    if bottom_at is not None:
        if not inside(bottom_at, full.shape[rank:]):
            made = np.zeros(full.shape[:rank])
        else:
            made = full[(..., *bottom_at)]
        if bottom.at == () and rank:  # a number is a link of a chain, too
            links = _named(top, view), _named(bottom, view)
            return Jacobian(*links, made, rank, np.asarray)
        return view.form(made, top)
    full, _ = _one_sample(view, full, bottom, rank, full.ndim - rank)
    names = _named(top, view), _named(bottom, view)
    return Jacobian(*names, full, rank, lambda array: np.asarray(view.form(array, bottom)))


def _one_sample(
    view: View, full: Array, t: tree.Tensor, start: int, rank: int
) -> tuple[Array, int]:
    """Only the entries of the sample that is meant, and at the indices that are printed."""
    before: tuple[slice, ...] = (slice(None),) * start
    places: list[int] = [view.sample] if view.batched(t.name) and view.sample != ALL else []
    places += [view.index(i) for i in t.at or ()]
    shape = full.shape[start : start + len(places)]
    if not inside(tuple(places), shape):
        rest = full.shape[:start] + full.shape[start + len(places) :]
        return np.zeros(rest), rank - len(places)
    return np.asarray(full[(*before, *places)]), rank - len(places)


def jacobian(
    view: View, top: str, bottom: str, top_at: tuple[int, ...] | None, *, direct: bool
) -> Array:
    """∂top/∂bottom, all axes: of a loss through everything, of any other tensor by its own
    equation; where that reads nothing of bottom, through everything."""
    point = view.point
    local = point.reads(top, bottom)  # asked first: it knows only what was differentiated
    if direct or (local and not is_loss(view, top)):
        return point.direct(top, bottom)
    if top == bottom:
        shape = point.shape(top)
        return np.eye(math.prod(shape)).reshape(shape + shape)
    shape = point.shape(top)
    made = np.zeros((*shape, *point.shape(bottom)))
    for at in [top_at] if top_at is not None and inside(top_at, shape) else np.ndindex(shape):
        made[at] = point.total(top, at, bottom)
    return made


def is_loss(view: View, name: str) -> bool:
    network = view.point.network
    if name in (network.loss, network.sample_loss):
        return True
    return view.names.symbols.role(name) in LOSSES


def _named(t: tree.Tensor, view: View) -> str:
    """A tensor, or a step of it, as a link of a chain."""
    places = ",".join(str(view.index(i)) for i in t.at or ())
    return f"{t.name}[{places}]" if places else t.name
