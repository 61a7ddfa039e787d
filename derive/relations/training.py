"""The numbers of a training run, round by round, by the equations as written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from .numbers import Numbers

MOST = 25  # rounds that are run again; of later ones only the weights are taken as they are told


class Rounds:
    """Gradient descent from the numbers of ``start``."""

    def __init__(self, start: Numbers, rate: Fraction, frozen: Collection[str] = ()) -> None:
        self.rate, self.frozen = rate, frozen
        self.made = [start]

    def after(self, k: int, told: Mapping[str, Any]) -> Numbers:
        """The numbers after k rounds; ``told`` are the parameters that the run says it has then."""
        if k > MOST:
            return self.made[0].at(told)
        while len(self.made) <= k:
            self.made.append(self.made[-1].after_step(self.rate, self.frozen))
        return self.made[k]
