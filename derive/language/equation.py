"""Tensors and named index equations: what a network is a list of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .expr import Expr, Idx, refresh
from .expr import replace as swap

BATCH = "n"  # the batch axis; its size is ``size[n]``


@dataclass(frozen=True)
class Tensor:
    """A named tensor. ``axes`` are axis ids, batch first when ``batch``; kind: input, target,
    parameter, constant or variable; ``integer`` is the exclusive upper bound of an integer tensor
    (an axis id), ``fact`` a declared property of its data, ``init`` how a parameter starts."""

    name: str
    kind: str
    axes: tuple[str, ...]
    batch: bool = False
    integer: str | None = None
    fact: str | None = None
    init: str | None = None


@dataclass(frozen=True)
class Equation:
    """``name[indices] = rhs``. ``label`` names the layer it came from, ``text`` is its source;
    ``part_of`` is the equation whose part it is where code computes one in several statements;
    ``loop`` is the axis id along which a recurrence runs, ``reverse`` its
    direction, ``group`` the equations that run in the same loop."""

    name: str
    indices: tuple[Idx, ...]
    rhs: Expr
    label: str = ""
    text: str = ""
    part_of: str = ""
    loop: str | None = None
    reverse: bool = False
    group: str = ""

    def with_rhs(self, rhs: Expr) -> Equation:
        return replace(self, rhs=rhs)

    def at(self, indices: Sequence[Expr]) -> Expr:
        """The right side where the left side is read at ``indices``, its bound indices new."""
        return refresh(swap(self.rhs, dict(zip(self.indices, indices, strict=True))))
