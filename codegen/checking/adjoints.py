"""Two derivations, of the equations as written and of the forward that code computes: one gradient.

Backward is derived from stable forms in place of the equations (`codegen.lowering.prepare`). So
every ∂L/∂u that both derivations have is worked out from both, at random data that obey the
declared facts, and compared.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ...derive.chainrule.derivation import Derivation
from ...derive.network.network import Network
from ...derive.pipeline import derive
from ...derive.values.contracted import contracted_numbers
from ...derive.values.smaller import smaller
from ...derive.values.work import operations, sizes_of
from ..lowering.passes.table import ALL
from ..lowering.prepare import passed_over, prepared
from .draws import draws, generated, told, values_at
from .report import Finding
from .subject import Array, Point, Subject

NAME = "derivations"
TOLERANCE = 1e-9  # relative to the largest entry; more is forgiven where digits are lost
MOST = 2e7  # operations of one evaluation, of the network or of the same at smaller sizes
BATCHES = (3, 1)
FLOOR = 1e-12  # of the largest gradient: a gradient that cancels to zero
# what a digit is worth: a formula as it is written may cancel, and loses so much less than this
COARSE: Any = np.float64 if np.finfo(np.longdouble).eps < np.finfo(float).eps else np.float32
FINER = float(np.finfo(np.longdouble).eps / np.finfo(COARSE).eps)


def agreement(subject: Subject, network: Network, points: list[Point], seed: int) -> Finding:
    """Whether both derivations give every gradient alike; the first tensor of which they do not.

    ``points`` are the data of the check, for a module that draws none of its own.
    """
    pair = _Pair(network)
    if pair.work() > MOST:
        less = smaller(network)
        if less is None or (pair := _Pair(less[0])).work() > MOST:
            return Finding(NAME, "skipped", "they are too much work to evaluate")
        subject = generated(pair.network)
    return pair.compared(list(draws(subject, seed, BATCHES)) or points)


class _Pair:
    """The derivation on paper and the one of the code."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.paper: Derivation = derive(network)
        self.code = prepared(self.paper, ALL)
        both = self.paper.by_tensor.keys() & self.code.by_tensor.keys()
        self.names = [s.of for s in self.paper.steps if s.of in both - passed_over(network)]

    def work(self) -> int:
        size = sizes_of(self.network, max(BATCHES))
        steps = [s.equation for d in (self.paper, self.code) for s in d.steps]
        return operations((*self.paper.forward, *self.code.forward, *steps), size)

    def compared(self, points: list[Point]) -> Finding:
        missing = dict.fromkeys(self.names)
        for point in points:
            known = _Known(self, values_at(self.network, point))
            for name in self.names:
                if known.finite(name):
                    missing.pop(name, None)
                    if fault := known.fault(name):
                        return Finding(NAME, "failed", f"∂L/∂{name}{fault}")
        if missing:
            what = ", ".join(f"∂L/∂{name}" for name in missing)
            return Finding(NAME, "skipped", f"{what}: the equations as written overflow")
        return Finding(NAME, "ok")


class _Known:
    """What both derivations give at one point, in long precision, and in a coarser one where that
    is asked for."""

    def __init__(self, pair: _Pair, values: dict[str, Any]) -> None:
        self.pair, self.values = pair, values
        self.paper, self.code = self._evaluated(np.longdouble)
        held = [abs(self.paper[f"d{name}"]) for name in pair.names if self.finite(name)]
        self.largest = max((float(np.max(g, initial=0)) for g in held), default=0.0)

    def _evaluated(self, dtype: Any) -> tuple[dict[str, Array], dict[str, Array]]:
        paper = contracted_numbers(self.pair.paper, self.values, dtype)
        return paper, contracted_numbers(self.pair.code, self.values, dtype)

    @cached_property
    def coarse(self) -> tuple[dict[str, Array], dict[str, Array]]:
        return self._evaluated(COARSE)

    def finite(self, name: str) -> bool:
        return bool(np.all(np.isfinite(self.paper[f"d{name}"])))

    def fault(self, name: str) -> str:
        """What is wrong with the code's gradient; '' where rounding explains it."""
        got, wanted = self.code[f"d{name}"], self.paper[f"d{name}"]
        if not self._apart(got, wanted, 0.0):
            return ""
        paper, code = (known[f"d{name}"] for known in self.coarse)
        lost = 16 * FINER * float(np.nanmax(abs(wanted - paper), initial=0))
        if not self._apart(code, paper, 0.0):  # a tie that is none with other digits
            return ""
        return self._apart(got, wanted, lost)

    def _apart(self, got: Array, wanted: Array, lost: float) -> str:
        gap = np.where(np.isfinite(got), abs(got - wanted), np.inf)
        size = float(np.max(abs(wanted), initial=0))
        if not np.any(gap > TOLERANCE * size + FLOOR * self.largest + lost):
            return ""
        return told(got, wanted, int(np.argmax(gap)))
