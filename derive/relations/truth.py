"""Is what a line says true? Its sides are evaluated at random points, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as change
from functools import cached_property
from math import prod

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.equation import BATCH
from ..language.evaluate import UnknownError
from ..language.expr import Expr
from ..network.network import Network
from ..values.arrays import Array
from ..values.smaller import smaller
from ..values.work import operations
from .point import SEVERAL, Point, UnshownError, draws, sizes_of
from .relation import Relation
from .sides import UnfitError, values

TOLERANCE = 1e-9  # relative to the largest entry of a side
FLOOR = 1e-12
MUCH = 1e8  # operations for the derivatives of all tensors; of more, sizes are made smaller
POINTS = 2  # at which a line has to hold


@dataclass(frozen=True)
class Verdict:
    """``holds`` is None for what could not be evaluated, ``why`` says the reason or the fault.

    ``value`` and ``error`` are the entry of the left side that is furthest off, and by how much.
    """

    holds: bool | None
    value: float = 0.0
    error: float = 0.0
    why: str = ""


@dataclass(frozen=True, eq=False)
class Claim:
    """A relation of a printed line with who judges it; ``rows``: so many lines it takes."""

    truth: Truth
    relation: Relation
    rows: int = 1

    @cached_property
    def verdict(self) -> Verdict:
        return self.truth.judged(self.relation)


class Truth:
    """Judges the relations that are printed of one derivation.

    ``network`` is the whole network of the spec, whose equations as written are evaluated; ``d``
    the derivation in whose names the relations speak, for one sample or for all.
    """

    def __init__(self, network: Network, d: Derivation) -> None:
        mixed = d.network.tensors is network.tensors
        self.batch = SEVERAL if mixed else 1
        self.whole, self.network, self.d = network, self._small(network), d
        self.points: list[Point] = []
        self.size = sizes_of(self.network, self.batch)
        self.given = draws(self.network, self.size)

    def _small(self, network: Network) -> Network:
        """The network, at smaller sizes where every derivative of it would be too much work."""
        if self._work(network) <= MUCH:
            return network
        less = smaller(network)
        return network if less is None else less[0]

    def _work(self, network: Network) -> float:
        """Operations for the derivatives of all tensors."""
        size = sizes_of(network, self.batch)
        entries = sum(prod(map(size, t.axes)) for t in network.tensors.values())
        at_once = [change(eq, loop=None) for eq in network.equations]  # all directions in a step
        return float(entries) * operations(at_once, size)

    def _points(self) -> Iterator[Point]:
        yield from self.points
        for given in self.given:
            point = Point(self.network, self.d, self.size, given)
            if not any(np.isnan(value).any() for value in point.inside.values()):
                self.points.append(point)
                yield point

    @cached_property
    def spec(self) -> Point:
        """The point of the spec's own numbers."""
        return Point(self.whole, self.d, sizes_of(self.whole, self.batch), self._given())

    def _given(self) -> dict[str, Array]:
        known = self.whole.values
        shape = {t.name: [1 if a == BATCH else self.whole.size(a) for a in t.axes]
                 for t in self.whole.tensors.values() if t.kind != "variable"}  # fmt: skip
        return {n: np.asarray(known[n], dtype=float).reshape(s) for n, s in shape.items()}

    def number(self, means: Expr) -> float | None:
        """The value of an expression over entries at the spec's own numbers; None where it has
        none."""
        try:
            (made,) = values(Relation((means,)), self.spec)
        except (UnshownError, UnknownError, KeyError):
            return None
        return float(made) if made.size == 1 and np.isfinite(made) else None

    def judged(self, relation: Relation) -> Verdict:
        """The verdict on one relation."""
        worst = Verdict(None, why="no side is a finite number")
        seen = 0
        for point in self._points():
            try:
                made = _compared(values(relation, point))
            except UnfitError as fault:
                return Verdict(False, why=str(fault))
            except (UnshownError, UnknownError, KeyError) as reason:
                return Verdict(None, why=str(reason))
            if made is None:
                continue
            if not made.holds:
                return made
            worst = max(worst, made, key=lambda v: (v.holds is not None, v.error))
            seen += 1
            if seen == POINTS:
                break
        return worst


def _compared(sides: Sequence[Array]) -> Verdict | None:
    """Are the sides equal at one point? None where a side has no value there."""
    first, *others = sides
    worst = Verdict(True, float(first.flat[0]) if first.size else 0.0)
    for other in others:
        if first.shape != other.shape and first.size != 1 and other.size != 1:
            return Verdict(False, why=f"sides of the shapes {first.shape} and {other.shape}")
        made = _apart(*np.broadcast_arrays(first, other))
        if made is None or not made.holds:
            return made
        worst = max(worst, made, key=lambda v: v.error)
    return worst


def _apart(one: Array, other: Array) -> Verdict | None:
    same = one == other  # infinities, too
    if not np.all(same | (np.isfinite(one) & np.isfinite(other))):
        return None
    gap = np.where(same, 0.0, np.abs(np.where(same, 0, one) - np.where(same, 0, other)))
    if not gap.size:
        return Verdict(True)
    k = int(np.argmax(gap))
    value, got, error = float(one.flat[k]), float(other.flat[k]), float(gap.flat[k])
    finite = np.abs(np.concatenate([one[np.isfinite(one)], other[np.isfinite(other)]]))
    if error > TOLERANCE * float(finite.max(initial=0.0)) + FLOOR:
        return Verdict(False, value, error, f"{value:.10g} on the left, {got:.10g} on the right")
    return Verdict(True, value, error)
