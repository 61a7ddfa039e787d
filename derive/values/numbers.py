"""Every tensor of a derivation as numbers: dense index grids, for worked examples and small checks.

General and slow on purpose, and independent of the code generator: the value of an equation is what
the equation language says, index by index.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.equation import BATCH, Equation
from ..language.errors import ChalkgradError
from ..language.evaluate import evaluate
from ..language.expr import Expr, Idx
from ..network.network import Network
from .arrays import Array, Arrays

WHOLE: Mapping[Idx, range] = {}  # every index takes all its values


def numbers_of(d: Derivation, values: Mapping[str, Any]) -> dict[str, Array]:
    """All given, forward and adjoint tensors by name.

    ``values`` holds inputs, targets, parameters and constants in the shapes of the network, batch
    first; a batch tensor without its batch axis is one sample. Raises ChalkgradError for a
    missing tensor or a wrong shape.
    """
    run = evaluator(d.network, values)
    with np.errstate(all="ignore"):  # dead branches and strong zeros are computed, then dropped
        run.equations(d.forward)
        run.equations([s.equation for s in d.steps])
    return run.values


def evaluator(network: Network, values: Mapping[str, Any]) -> Evaluator:
    """The given tensors, checked, and the axis sizes they imply."""
    run = Evaluator(network)
    given = [t for t in network.tensors.values() if t.kind != "variable"]
    absent = [f"the {t.kind} '{t.name}'" for t in given if t.name not in values]
    if absent:
        raise ChalkgradError(
            f"no value for {', '.join(absent)}", where="values", hint="give `values:`"
        )
    for t in given:
        run.give(t.name, np.asarray(values[t.name], dtype=float))
    return run


class Evaluator:
    """Values by tensor name and sizes by axis; `value` evaluates any expression over them."""

    dtype: Any = float  # of every value that an equation defines

    def __init__(self, network: Network) -> None:
        self.network = network
        self.values: dict[str, Array] = {}
        self.known: dict[int | str, int] = {}  # a size's symbol -> its number

    def give(self, name: str, value: Array) -> None:
        t = self.network.tensors[name]
        if t.batch and value.ndim == len(t.axes) - 1:
            value = value[None]
        if value.ndim != len(t.axes):
            fixed = [s for s in self.network.shape(name) if isinstance(s, int)]
            if len(fixed) != len(t.axes) or value.size != math.prod(fixed):
                raise self._shape(name, value)
            value = value.reshape(fixed)
        for axis, size in zip(t.axes, value.shape, strict=True):
            known = self._symbol(axis)
            if isinstance(known, str):
                known = self.known.setdefault(known, size)
            if known != size:
                raise self._shape(name, value)
        self.values[name] = value

    def _shape(self, name: str, value: Array) -> ChalkgradError:
        want = ", ".join(str(s) for s in self.network.shape(name))
        return ChalkgradError(f"'{name}' has the shape {value.shape}, expected ({want})")

    def _symbol(self, axis: str) -> int | str:
        return "N" if axis == BATCH else self.network.sizes[axis]

    def size(self, axis: str) -> int:
        known = self._symbol(axis)
        if isinstance(known, int):
            return known
        if known not in self.known and known != "N":
            raise ChalkgradError(f"the size {known} of the axis {axis.split('@')[0]} is not known")
        return self.known.get(known, 1)

    # -- equations --------------------------------------------------------------------------------

    def equations(self, equations: Sequence[Equation]) -> None:
        """Evaluate in order; the equations of a recurrence together, step by step."""
        for _, run in groupby(enumerate(equations), key=lambda p: p[1].group or -p[0]):
            group = [eq for _, eq in run]
            if group[0].loop is None:
                for eq in group:
                    self.values[eq.name] = self.tensor(eq)
            else:
                self._loop(group)

    def _loop(self, group: Sequence[Equation]) -> None:
        for eq in group:
            shape = [self.size(i.axis) for i in eq.indices]
            self.values[eq.name] = np.zeros(shape, dtype=self.dtype)
        assert group[0].loop is not None
        steps = range(self.size(group[0].loop))
        for t in reversed(steps) if group[0].reverse else steps:
            for eq in group:
                place = next(k for k, i in enumerate(eq.indices) if i.axis == eq.loop)
                made = self.tensor(eq, {eq.indices[place]: range(t, t + 1)})
                at: list[Any] = [slice(None)] * len(eq.indices)
                at[place] = slice(t, t + 1)
                self.values[eq.name][tuple(at)] = made

    def tensor(self, eq: Equation, at: Mapping[Idx, range] = WHOLE) -> Array:
        """The left side of an equation, where an index in ``at`` takes these values only."""
        env: dict[Expr, Array] = {}
        shape: list[int] = []
        for k, i in enumerate(reversed(eq.indices)):
            run = at.get(i) or range(self.size(i.axis))
            env[i] = np.arange(run.start, run.stop).reshape(-1, *[1] * k)
            shape.insert(0, len(run))
        made = np.broadcast_to(self.value(eq.rhs, env, len(shape)), shape)
        return np.array(made, dtype=self.dtype)

    def over(self, env: Mapping[Any, Array], depth: int) -> Arrays:
        """The algebra in which the last ``depth`` axes are the indices of ``env``."""
        return Arrays(self.values, self.size, env, depth, self.dtype)

    def value(self, e: Expr, env: Mapping[Any, Array], depth: int) -> Any:
        return evaluate(e, self.over(env, depth))
