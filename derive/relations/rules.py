"""The numbers of an update rule, followed entry by entry in floats from what is given: what is said
of a rule is judged by them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from ..language.evaluate import UnknownError, evaluate
from ..language.expr import Expr, Idx, Name, Read, Reduce
from ..optimizers import Optimizer
from ..values.arrays import Array, Arrays
from ..values.entries import Entry
from .relation import Relation
from .verdict import Verdict, over


class RuleTruth:
    """``given`` are entries at their steps (g[t]; what does not change: at step 0), ``sizes`` those
    of the letters of entries and samples."""

    def __init__(
        self, rule: Optimizer, given: Mapping[Entry, Any], options: Mapping[str, Any],
        sizes: Mapping[str, int],
    ) -> None:  # fmt: skip
        self.rule, self.given, self.sizes = rule, given, sizes
        self.options = {**rule.options, **{k: options[k] for k in rule.options if k in options}}
        self.equations = {eq.name: eq for eq in rule.equations}
        self.last = max((at[0] for _, at in given if at), default=0)
        self.known: dict[Entry, float] = {}

    def number(self, means: Expr) -> float | None:
        try:
            made = float(self._value(means, {}))
        except (UnknownError, KeyError):
            return None
        return made if math.isfinite(made) else None

    def judged(self, relation: Relation) -> Verdict:
        """At every step, for every entry; a line of single entries says only what it says."""
        places = self._places(relation.sides[0])
        try:
            return over([self._value(side, env) for side in relation.sides] for env in places)
        except (UnknownError, KeyError) as reason:
            return Verdict(None, why=str(reason))

    def _places(self, left: Expr) -> Iterator[dict[str, int]]:
        """The values of the letters that the left side has as indices; t counts from 1."""
        indices = left.indices if isinstance(left, Read) else ()
        letters = [i.name for i in indices if isinstance(i, Name | Idx)]
        ranges = [range(1, self.last + 1) if x == "t" else range(self.sizes[x]) for x in letters]
        for values in product(*ranges):
            yield dict(zip(letters, values, strict=True))

    def _value(self, e: Expr, env: Mapping[str, int]) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(e, _Step(self, env)), dtype=float)

    def entry(self, name: str, at: tuple[int, ...]) -> float:
        """An entry at a step, worked out once."""
        if (name, at) not in self.known:
            self.known[name, at] = float(self._entry(name, at))
        return self.known[name, at]

    def _entry(self, name: str, at: tuple[int, ...]) -> Any:
        if not at:
            return self.options[name]
        for place in (at, (0, *at[1:])):
            if (name, place) in self.given and (place == at or name not in self.equations):
                return self.given[name, place]
        of = {**{v: k for k, v in self.rule.inverse.items()}, **self.rule.inverse}.get(name)
        if of is not None and name not in self.equations:
            return self._inverse(of, at[0])[at[1:]]
        if not at[0]:
            return self.rule.start.get(name, 0)
        eq = self.equations[name]
        letters = (i.name for i in eq.indices if isinstance(i, Name | Idx))
        return self._value(eq.rhs, dict(zip(letters, at, strict=True)))

    def _inverse(self, of: str, t: int) -> Array:
        count = range(self.sizes["i"])
        return np.linalg.inv([[self.entry(of, (t, i, j)) for j in count] for i in count])


class _Step(Arrays):
    """The algebra of one entry at one step; other letters than those known are options."""

    def __init__(self, truth: RuleTruth, letters: Mapping[str, int]) -> None:
        super().__init__({}, truth.sizes.__getitem__, {}, 0)
        self.truth, self.letters = truth, letters

    def symbol(self, e: Idx | Name) -> Array:
        if e in self.env:  # an argument of a function's formula
            return super().symbol(e)
        known = self.letters.get(e.name)
        return np.asarray(float(self.truth.options[e.name] if known is None else known))

    def read(self, e: Read) -> Any:
        at = tuple(int(evaluate(i, self)) for i in e.indices)
        return np.asarray(self.truth.entry(e.tensor, at))

    def reduce(self, e: Reduce) -> Any:
        (i,) = e.idxs
        if e.op != "sum" or e.cond is not None or not isinstance(i, Name | Idx):
            self.refuse(Reduce)
        steps = (_Step(self.truth, {**self.letters, i.name: k}) for k in range(self.sizes(i.name)))
        return sum(evaluate(e.body, step) for step in steps)
