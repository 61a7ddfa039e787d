"""Recurrences: what a read before the first step stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..language.equation import Equation, Tensor
from ..language.errors import ChalkgradError
from ..language.expr import ZERO, Cmp, Expr, Idx, Num, Read, Size, Where, transform
from .order import ordered


def started(
    equations: Sequence[Equation], tensors: Mapping[str, Tensor], initial: Mapping[str, str],
    sizes: Mapping[str, int | str],
) -> list[Equation]:  # fmt: skip
    """The equations with the start values of their recurrences written into them.

    Raises ChalkgradError where a start value has another shape than a step.
    """
    if not initial:
        return list(equations)
    loops = {eq.name: eq for eq in ordered(equations, initial) if eq.loop}
    return [eq.with_rhs(_start(eq.rhs, loops, initial, tensors, sizes)) for eq in equations]


def _start(
    rhs: Expr, loops: Mapping[str, Equation], initial: Mapping[str, str],
    tensors: Mapping[str, Tensor], sizes: Mapping[str, int | str],
) -> Expr:  # fmt: skip
    """``h[t-1]`` with ``initial: {h: h0}`` is where(t - 1 >= 0, h[t-1], h0).

    A recurrence that runs backwards starts behind the end: where(t + 1 < size[t], h[t+1], h0).
    """

    def visit(e: Expr) -> Expr:
        if not (isinstance(e, Read) and e.tensor in initial and e.tensor in loops):
            return e
        loop = loops[e.tensor]
        k = next(k for k, i in enumerate(loop.indices) if i.axis == loop.loop)
        if isinstance(e.indices[k], Idx | Num):
            return e
        started = Cmp(">=", e.indices[k], ZERO)
        if loop.reverse:
            started = Cmp("<", e.indices[k], Size(str(loop.loop)))
        return Where(started, e, _first(e, k, tensors, initial[e.tensor], sizes))

    return transform(rhs, visit)


def _first(
    e: Read, k: int, tensors: Mapping[str, Tensor], start: str, sizes: Mapping[str, int | str]
) -> Read:
    """The start value that a read before the first step stands for: at the same sample, and at
    the other indices of the recurrence (the last of them where it has fewer axes)."""
    here, first = tensors[e.tensor], tensors[start]
    pairs = [p for q, p in enumerate(zip(here.axes, e.indices, strict=True)) if q != k]
    own = pairs[1:] if here.batch else pairs
    want = first.axes[1:] if first.batch else first.axes
    last = own[len(own) - len(want) :] if len(want) <= len(own) else []
    if [sizes[a] for a, _ in last] != [sizes[a] for a in want] or (first.batch and not here.batch):
        shape, given = ([sizes[a] for a in axes] for axes in ([a for a, _ in own], want))
        raise ChalkgradError(
            f"the start value '{start}' has the shape {given}; a step of '{e.tensor}' has {shape}",
            where=f"initial.{e.tensor}",
            hint=f"give '{start}' the axes of '{e.tensor}' without that of the recurrence",
        )
    sample = [pairs[0]] if first.batch else []
    return Read(start, tuple(i for _, i in (*sample, *last)))
