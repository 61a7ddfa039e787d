"""Every slope at one point, by the oracle alone: ∂L/∂u of each tensor, ∂v/∂u of each equation.

To perturb a tensor that an equation makes is to perturb it after its equation is evaluated: each of
its entries is a number of its own on the tape, and whatever reads the tensor reads that number. So
these numbers also cut the tape into single equations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

import numpy as np

from .judge import fragile
from .oracle import Oracle
from .tape import Num, Number

Array = np.ndarray
Entry = tuple[str, tuple[int, ...]]
LOSS = ""  # the loss of all samples, penalties among it: a reader without an equation of its own


class Slopes:
    """The tensors ``names`` of one network at one point."""

    def __init__(
        self, oracle: Oracle, data: Mapping[str, Array], batch: int, names: Collection[str]
    ) -> None:
        self.oracle, self.names = oracle, list(names)
        computed = [name for name in names if name in oracle.equations]
        made = oracle.run(data, batch, computed, own=computed)
        self.loss, self.fragile = made.loss, fragile(made)
        self.numbers: dict[Entry, Num] = {}
        for name in self.names:
            for at in np.ndindex(oracle.shape(name)):
                number = oracle.entry(name, at)
                assert isinstance(number, Num)
                self.numbers[name, at] = number
        self.entries = {id(number): entry for entry, number in self.numbers.items()}
        self.place = {id(node): k for k, node in enumerate(oracle.tape.nodes)}

    def total(self, name: str) -> Array:
        """∂L/∂(a tensor), through everything that follows it."""
        made = np.zeros(self.oracle.shape(name))
        for at in np.ndindex(made.shape):
            made[at] = self.numbers[name, at].grad
        return made

    def finite(self) -> bool:
        """Is the loss a number here, and every slope?"""
        totals = (number.grad for number in self.numbers.values())
        return math.isfinite(self.loss) and all(map(math.isfinite, totals))

    def row(self, entry: Entry | None) -> dict[Entry, float]:
        """The slopes of one entry towards what its equation reads; None: of the loss."""
        start: Number = self.oracle.loss
        if entry is not None:
            parents = self.numbers[entry].parents
            start = parents[0][0] if parents else 0
        if not isinstance(start, Num):
            return {}
        slopes = {id(start): 1.0}
        made: dict[Entry, float] = {}
        for node in self._between(start):
            slope = slopes.get(id(node), 0.0)
            if id(node) in self.entries:
                made[self.entries[id(node)]] = slope
            elif slope != 0:
                for parent, by in node.parents:
                    slopes[id(parent)] = slopes.get(id(parent), 0.0) + slope * by
        return made

    def _between(self, start: Num) -> list[Num]:
        """The numbers of one equation and those that it reads, last first."""
        found: dict[int, Num] = {}
        todo = [start]
        while todo:
            node = todo.pop()
            if id(node) not in found:
                found[id(node)] = node
                if id(node) not in self.entries:
                    todo += [parent for parent, _ in node.parents]
        return sorted(found.values(), key=lambda node: -self.place[id(node)])

    def jacobians(self) -> dict[tuple[str, str], Array]:
        """(v, u) -> ∂v/∂u, the axes of v before those of u, where the equation of v reads u."""
        made: dict[tuple[str, str], Array] = {}
        computed = [e for e in self.numbers if e[0] in self.oracle.equations]
        for entry in (None, *computed):
            v, at = entry or (LOSS, ())
            above = self.oracle.shape(v) if entry else ()
            for (u, place), slope in self.row(entry).items():
                if (v, u) not in made:
                    made[v, u] = np.zeros((*above, *self.oracle.shape(u)))
                made[v, u][(*at, *place)] = slope
        return made

    def chained(
        self, jacobians: Mapping[tuple[str, str], Array], reads: Callable[[str, str], bool]
    ) -> dict[str, Array]:
        """∂L/∂u as the sum over its readers v of ∂L/∂v · ∂v/∂u; ``reads`` says who they are.

        One linear system for all tensors at once, so that a recurrence is one, too.
        """
        first, count = {}, 0
        for name in self.names:
            first[name] = slice(count, count := count + int(np.prod(self.oracle.shape(name))))
        matrix, direct = np.eye(count), np.zeros(count)
        for (v, u), local in jacobians.items():
            if v == LOSS:
                direct[first[u]] += local.ravel()
            elif reads(v, u):
                rows = first[v].stop - first[v].start
                matrix[first[u], first[v]] -= local.reshape(rows, -1).T
        solved = np.linalg.solve(matrix, direct)
        return {n: solved[place].reshape(self.oracle.shape(n)) for n, place in first.items()}
