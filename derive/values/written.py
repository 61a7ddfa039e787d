"""The equations as they were written, as numbers: what a generated forward is held against.

`Network.written` is neither stabilised nor split nor guarded, and nothing here knows how code is
made from it. The numbers carry more digits than the module's (80 bits on x86), because a formula as
it is written may cancel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..language.equation import Equation
from ..language.evaluate import evaluate
from ..language.expr import ZERO, Cmp, Idx, Num, Read, Size, tensors
from ..network.network import Network
from ..network.order import components
from .arrays import Array
from .contracted import Contracted, Contracting


def evaluate_written(
    network: Network, values: Mapping[str, Any], dtype: Any = np.longdouble
) -> dict[str, Array]:
    """Every tensor of the equations as written, in float64, by name.

    ``values`` holds inputs, targets, parameters (batch first) and constants. A number that float64
    cannot hold becomes infinite. Raises ChalkgradError for a wrong shape.
    """
    run = Written(network, dtype)
    run.give_all(values)
    with np.errstate(all="ignore"):  # dead branches and strong zeros are computed, then dropped
        run.equations(started(network))
        return {name: np.asarray(value, dtype=float) for name, value in run.values.items()}


def started(network: Network) -> list[Equation]:
    """The equations as written, in order, a recurrence behind those of its start values."""
    by_name = {eq.name: eq for eq in network.written}
    needs = {
        name: [t for t in (*tensors(eq.rhs), network.initial.get(name, "")) if t in by_name]
        for name, eq in by_name.items()
    }
    place = {name: k for k, name in enumerate(by_name)}
    groups = components(list(by_name), needs)
    return [by_name[name] for group in groups for name in sorted(group, key=place.__getitem__)]


class Written(Contracted):
    """Evaluates `Network.written`, recurrences with their start values."""

    def __init__(self, network: Network, dtype: Any = np.longdouble) -> None:
        super().__init__(network, dtype)
        self.loops = {eq.name: eq for eq in network.written if eq.loop is not None}

    def over(self, env: Mapping[Any, Array], depth: int) -> Started:
        return Started(self, env, depth)


class Started(Contracting):
    """A read before a recurrence is its start value."""

    def __init__(self, run: Written, env: Mapping[Any, Array], depth: int) -> None:
        super().__init__(run, env, depth)
        self.initial, self.loops, self.axes = run.network.initial, run.loops, run.network.tensors

    def read(self, e: Read) -> Any:
        made = super().read(e)
        if e.tensor not in self.initial or e.tensor not in self.loops:
            return made
        loop = self.loops[e.tensor]
        k = next(k for k, i in enumerate(loop.indices) if i.axis == loop.loop)
        if isinstance(e.indices[k], Idx | Num):
            return made
        name = self.initial[e.tensor]
        rest = (*e.indices[:k], *e.indices[k + 1 :])
        rest = rest[len(rest) - len(self.axes[name].axes) :]
        before = Cmp("<", e.indices[k], ZERO)
        if loop.reverse:
            before = Cmp(">=", e.indices[k], Size(str(loop.loop)))
        return np.where(evaluate(before, self), self.read(Read(name, rest)), made)
