"""The numbers of a network at given data: the spec's own, others at its inputs, those after a step
of gradient descent. They come from the equations as written and complex steps of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.evaluate import UnknownError
from ..language.expr import Expr
from ..network.network import Network
from ..values.arrays import Array
from ..values.work import operations
from .point import MOST as LARGEST
from .point import QUICK, Point, UnshownError, sizes_of
from .relation import Relation
from .sides import values
from .slopes import Size

MOST = 1e8  # operations of one evaluation
ROUNDS = 25  # that are run again; of later ones only the weights are taken as they are told


class Numbers:
    """``d`` says in whose names an expression speaks, for one sample or for all ``batch``."""

    def __init__(
        self, network: Network, d: Derivation, given: Mapping[str, Any], batch: int = 1, *,
        quick: bool = False,
    ) -> None:  # fmt: skip
        self.network, self.d, self.given, self.batch = network, d, given, batch
        self.quick = quick

    def number(self, means: Expr) -> float | None:
        """The value of an expression over entries; None where it has none, as where it depends on
        data that are not given."""
        try:
            (made,) = values(Relation((means,)), self.point)
        except (UnshownError, UnknownError, KeyError):
            return None
        return float(made) if made.size == 1 and np.isfinite(made) else None

    def array(self, name: str) -> Array | None:
        """The value of a tensor or of an adjoint; None where it has none."""
        try:
            made = self.point.value(name)
        except (UnshownError, UnknownError, KeyError):
            return None
        return made if np.isfinite(made).all() else None

    @cached_property
    def point(self) -> Point:
        size = sizes_of(self.network, self.batch)
        if operations(self.network.equations, size) > MOST:
            raise UnshownError("too much work to evaluate")
        data = {t.name: self._data(t.name, [size(a) for a in t.axes])
                for t in self.network.tensors.values() if t.kind != "variable"}  # fmt: skip
        return self.made(size, data)

    def made(self, size: Size, data: Mapping[str, Array]) -> Point:
        return Point(self.network, self.d, size, data, QUICK if self.quick else LARGEST)

    def _data(self, name: str, shape: Sequence[int]) -> Array:
        made = np.asarray(self.given.get(name, np.nan), dtype=float)
        fits = made.size == math.prod(shape)  # else it is not given for so many samples
        return made.reshape(shape) if fits else np.full(shape, np.nan)

    def at(self, given: Mapping[str, Any]) -> Numbers:
        """The same network with other data."""
        return Numbers(self.network, self.d, {**self.given, **given}, self.batch, quick=self.quick)

    def after_step(self, rate: Fraction, frozen: Collection[str] = ()) -> Numbers:
        """After a step of gradient descent, w − rate · ∂L/∂w."""
        moved = [t.name for t in self.network.parameters if t.name not in frozen]
        return self.at({n: self.point.value(n) - float(rate) * self.point.total(n) for n in moved})


class Rounds:
    """The numbers of a training run, round by round: gradient descent from those of ``start``."""

    def __init__(self, start: Numbers, rate: Fraction, frozen: Collection[str] = ()) -> None:
        self.rate, self.frozen = rate, frozen
        self.made = [start]

    def after(self, k: int, told: Mapping[str, Any]) -> Numbers:
        """The numbers after k rounds; ``told`` are the parameters that the run says it has then."""
        if k > ROUNDS:
            return self.made[0].at(told)
        while len(self.made) <= k:
            self.made.append(self.made[-1].after_step(self.rate, self.frozen))
        return self.made[k]
