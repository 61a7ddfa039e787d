"""Random points that obey what is declared of the data, and every derivative at them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace as change
from functools import cached_property

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.equation import BATCH, Tensor
from ..language.expr import tensors
from ..network.network import Network
from ..values.arrays import Array
from ..values.work import operations
from .slopes import Moved, Size, values_of

SEVERAL = 2  # samples, where a network mixes them
SMALLEST = 2  # of the sizes that are symbols
MOST = 5e8  # operations for the derivatives by one tensor
QUICK = 1e7  # the same, where somebody waits for the answer
DRAWS, NARROW, SPEC = 9, 1, 2  # the draws, of which every third is in a manner of its own


def draws(network: Network, size: Size, kept: Collection[str] = ()) -> Iterator[dict[str, Array]]:
    """Data of one point after the other: normal numbers, numbers of which a logarithm and a root
    have a value, the numbers of the spec with some noise; those of ``kept`` are the spec's."""
    for seed in range(DRAWS):
        rng = np.random.default_rng([seed, 12])
        made = {t.name: _drawn(rng, t, network, size, seed % 3)
                for t in network.tensors.values() if t.kind != "variable"}  # fmt: skip
        given = {n: np.asarray(network.values[n], dtype=float) for n in kept}
        yield made | {n: v.reshape(made[n].shape) for n, v in given.items()}


def sizes_of(network: Network, batch: int) -> Size:
    """axis -> its size; sizes that are symbols are small numbers, no two alike."""
    symbols = dict.fromkeys(s for s in network.sizes.values() if isinstance(s, str))
    known = {name: SMALLEST + k for k, name in enumerate(symbols)}

    def size(axis: str) -> int:
        if axis == BATCH:
            return batch
        found = network.sizes[axis]
        return found if isinstance(found, int) else known[found]

    return size


def _drawn(rng: np.random.Generator, t: Tensor, network: Network, size: Size, manner: int) -> Array:
    shape = tuple(size(a) for a in t.axes)
    given = np.asarray(network.values.get(t.name, np.nan), dtype=float)
    known = given.shape == shape and (t.kind == "constant" or manner == SPEC)
    if known and (t.kind != "parameter" or t.integer is not None):
        return given
    if t.integer is not None:
        return rng.integers(0, size(t.integer), shape).astype(float)
    if t.fact == "distribution":
        return rng.dirichlet(np.ones(shape[-1]), shape[:-1])
    if known:
        return given * rng.uniform(0.9, 1.1, shape)
    if t.kind == "target" or manner == NARROW:
        return rng.uniform(0.1, 0.9, shape)
    return rng.normal(0.0, 1.0 if t.kind == "input" else 0.7, shape)


class UnshownError(Exception):
    """A side cannot be worked out; the text says why."""


class Point:
    """The values and the derivatives of a network at one point.

    ``d`` says how tensors are printed: those of one sample have no batch axis, and the point has
    one sample. Adjoints are called as in ``d``, and no value of ``d``'s own is used. Derivatives
    that take more than ``most`` operations are not worked out.
    """

    def __init__(
        self, network: Network, d: Derivation, size: Size, given: Mapping[str, Array],
        most: float = MOST,
    ) -> None:  # fmt: skip
        self.network, self.d, self.size, self.most = network, d, size, most
        self.inside = values_of(network, given)
        self.equations = {eq.name: eq for eq in network.equations}
        self.adjoints = {d.adjoint(t): t for t in self.inside}
        self._totals: dict[str, Array] = {}
        self._jacobians: dict[tuple[str, str], Array] = {}

    def _work_after(self, name: str) -> float:
        """Operations of all equations that a tensor reaches."""
        reached, total = {name}, 0.0
        for eq in self.network.equations:
            if not reached.isdisjoint(tensors(eq.rhs)):
                reached.add(eq.name)
                total += self._work[eq.name]
        return total

    @cached_property
    def _work(self) -> dict[str, float]:
        """Operations of every equation, where the steps of a recurrence are as one."""
        return {eq.name: float(operations([change(eq, loop=None)], self.size))
                for eq in self.network.equations}  # fmt: skip

    @cached_property
    def still(self) -> Moved:
        """Sizes, and values without a move."""
        return self._fresh(min(self.inside, key=lambda name: self.inside[name].size), 0.0)

    def single(self, name: str) -> bool:
        """Is the tensor printed for one sample, without its batch axis?"""
        whole, shown = self.network.tensors[name], self.d.network.tensors.get(name)
        return whole.axes[:1] == (BATCH,) and shown is not None and shown.axes[:1] != (BATCH,)

    def value(self, name: str) -> Array:
        """A tensor, or an adjoint, as it is printed."""
        if name not in self.inside and name in self.adjoints:
            return self.total(self.adjoints[name])
        made = np.real(self.inside[name])
        return made[0] if self.single(name) else made

    def total(self, name: str) -> Array:
        """∂L/∂(a tensor), through all that follows it."""
        if name not in self._totals:
            self._totals[name] = self.through(self.d.of, name)
        return self._totals[name]

    def through(self, above: str, below: str) -> Array:
        """∂above/∂below, through all that lies between; the axes of ``above`` come first."""
        run = self._fresh(below, self._work_after(below))
        with np.errstate(all="ignore"):
            run.follow(self.network.equations)
        return self._shown(run.slope(above), above, below)

    def jacobian(self, above: str, below: str) -> Array:
        """∂above/∂below by the equation of ``above`` alone; the axes of ``above`` come first."""
        if (above, below) not in self._jacobians:
            run = self._fresh(below, self._work[above])
            with np.errstate(all="ignore"):
                made = run.alone(self.equations[above])
            self._jacobians[above, below] = self._shown(made, above, below)
        return self._jacobians[above, below]

    def _fresh(self, name: str, work: float) -> Moved:
        if float(self.inside[name].size) * work > self.most:
            raise UnshownError("too much work to evaluate")
        return Moved(self.network, self.inside, name, self.size)

    def _shown(self, made: Array, above: str, below: str) -> Array:
        """Without the batch axes of what is printed for one sample."""
        first = self.inside[above].ndim
        if self.single(below):
            made = np.take(made, 0, axis=first)
        return np.take(made, 0, axis=0) if self.single(above) else made
