"""Arrays with contractions: a sum of a product is one contraction, everything else a dense grid.

What an equation means is said by `numbers.Evaluator`; here it is worked out in less time and room,
and with more digits where they are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.equation import Equation
from ..language.evaluate import evaluate
from ..language.expr import Idx, Iverson, Read, Reduce
from ..network.network import Network
from ..rewrite.simplify import fraction_parts
from .arrays import Array, Arrays
from .numbers import WHOLE, Evaluator
from .work import grid

GRID = 2**20  # numbers in one grid; a larger one is made in pieces along its longest free index


def contracted_numbers(
    d: Derivation, values: Mapping[str, Any], dtype: Any = np.longdouble
) -> dict[str, Array]:
    """`numbers.numbers_of`, for all values of a network's tensors and in any precision."""
    run = Contracted(d.network, dtype)
    run.give_all(values)
    with np.errstate(all="ignore"):  # dead branches and strong zeros are computed, then dropped
        run.equations(d.forward)
        run.equations([s.equation for s in d.steps])
    return run.values


class Contracted(Evaluator):
    """Evaluates equations by contractions, in pieces where a grid is large."""

    def __init__(self, network: Network, dtype: Any = np.longdouble) -> None:
        super().__init__(network)
        self.dtype = dtype

    def give_all(self, values: Mapping[str, Any]) -> None:
        """Inputs, targets, parameters (batch first) and constants."""
        for t in self.network.tensors.values():
            if t.kind != "variable":
                self.give(t.name, np.asarray(values[t.name], dtype=self.dtype))

    def tensor(self, eq: Equation, at: Mapping[Idx, range] = WHOLE) -> Array:
        """As in the base class; in pieces where the grid is large."""
        free = [i for i in eq.indices if i not in at]
        whole = grid(eq.rhs, self.size, at)
        if whole <= GRID or not free:
            return super().tensor(eq, at)
        longest = max(free, key=lambda i: self.size(i.axis))
        size = self.size(longest.axis)
        piece = max(1, size * GRID // whole)
        axis = eq.indices.index(longest)
        parts = [range(k, min(k + piece, size)) for k in range(0, size, piece)]
        made = [super(Contracted, self).tensor(eq, {**at, longest: part}) for part in parts]
        return np.concatenate(made, axis=axis)

    def over(self, env: Mapping[Any, Array], depth: int) -> Arrays:
        return Contracting(self, env, depth)


class Contracting(Arrays):
    """The algebra of arrays in which a sum of a product is one contraction."""

    def __init__(self, run: Contracted, env: Mapping[Any, Array], depth: int) -> None:
        super().__init__(run.values, run.size, env, depth, run.dtype)

    def read(self, e: Read) -> Any:
        made = self._slice(e)
        return super().read(e) if made is None else made

    def _slice(self, e: Read) -> Any:
        """A read at different plain indices: the tensor itself, its axes in the order of the
        indices alive. None for any other read."""
        if not all(isinstance(i, Idx) for i in e.indices) or len(set(e.indices)) < len(e.indices):
            return None
        made = self.tensors[e.tensor]
        runs = [self.env[i] for i in e.indices]
        for k, run in enumerate(runs):
            first, last = run.flat[0], run.flat[-1]
            if first < 0 or last >= made.shape[k]:
                return None
            if run.size < made.shape[k]:
                made = made[(slice(None),) * k + (slice(first, last + 1),)]
        order = sorted(range(made.ndim), key=lambda k: -runs[k].ndim)
        depths = [runs[k].ndim for k in order]
        made = made.transpose(order)
        shape = [1] * max(depths, default=0)
        for d, size in zip(depths, made.shape, strict=True):
            shape[-d] = size
        return made.reshape(shape)

    def reduce(self, e: Reduce) -> Any:
        if e.op == "sum" or (e.op == "mean" and e.cond is None):
            made = self._contracted(e)
            if made is not None:
                return made
        return super().reduce(e)

    def _contracted(self, e: Reduce) -> Any:
        """A sum of a product as one contraction; None where a factor is not finite (a strong zero
        may stand before it)."""
        inner, sizes = self.inner(e)
        conds = [e.cond] if e.cond is not None else []
        made: list[Array] = []
        for f, under in fraction_parts(e.body):
            if isinstance(f, Iverson) and not under:
                conds.append(f.cond)
                continue
            value = np.asarray(evaluate(f, inner), dtype=self.dtype)
            made.append(1 / value if under else value)
        made += [np.asarray(evaluate(c, inner), dtype=self.dtype) for c in conds]
        if not all(np.all(np.isfinite(value)) for value in made):
            return None
        total = self._einsum(made, sizes, self.depth)
        return total / math.prod(sizes) if e.op == "mean" else total

    def _einsum(self, operands: list[Array], sizes: tuple[int, ...], depth: int) -> Any:
        """Summed over the first axes of a grid, whose sizes are given; ``depth`` axes stay."""
        full, scale = depth + len(sizes), self.dtype(1)
        terms: list[Any] = []
        seen: dict[int, int] = {}
        for value in operands:
            places = [full - value.ndim + k for k, size in enumerate(value.shape) if size > 1]
            if not places:
                scale = scale * value.reshape(())
                continue
            squeezed = value.reshape([size for size in value.shape if size > 1])
            seen |= dict(zip(places, squeezed.shape, strict=True))
            terms += [squeezed, places]
        for k, size in enumerate(sizes):  # an index that no factor reads
            scale = scale * (1 if k in seen or size == 1 else size)
        if not terms:
            return scale
        kept = sorted(k for k in seen if k >= len(sizes))
        several = len(terms) > 4 or self.dtype is float
        made = np.einsum(*terms, kept, optimize="greedy" if several else False)
        shape = [seen.get(k, 1) for k in range(len(sizes), full)]
        return scale * made.reshape(shape)
