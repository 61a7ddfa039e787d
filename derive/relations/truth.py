"""Is what a line says true? Its sides are evaluated at random points, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace as change
from functools import cached_property
from math import prod

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.evaluate import UnknownError
from ..language.expr import Num, Read, walk
from ..network.network import Network
from ..values.arrays import Array
from ..values.smaller import smaller
from ..values.work import operations
from .point import MOST, QUICK, SEVERAL, Point, UnshownError, draws, sizes_of
from .relation import Relation
from .sides import UnfitError, values
from .verdict import POINTS, TOLERANCE, Verdict, over

MUCH = 1e6  # operations for the derivatives of all tensors; of more, sizes are made smaller


class Truth:
    """Judges the relations that are printed of one derivation.

    ``network`` is the whole network of the spec, whose equations as written are evaluated; ``d``
    the derivation in whose names the relations speak, for one sample or for all. ``trained``: its
    parameters have the numbers of the spec, whatever the data. ``small``: at smaller sizes where
    that is much less work. ``quick``: at one point, and never at sizes that are much work.
    """

    tolerance = TOLERANCE

    def __init__(
        self, network: Network, d: Derivation, *, trained: bool = False, small: bool = True,
        quick: bool = False,
    ) -> None:  # fmt: skip
        mixed = d.network.tensors is network.tensors
        self.batch = SEVERAL if mixed else 1
        self.whole, self.d, self.quick = network, d, quick
        self.network = self._small(network) if small and not trained else network
        self.points: list[Point] = []
        self.size = sizes_of(self.network, self.batch)
        kept = [t.name for t in network.parameters] if trained else []
        self.given = draws(self.network, self.size, kept)

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
            point = self.point(given)
            if not any(np.isnan(value).any() for value in point.inside.values()):
                self.points.append(point)
                yield point

    def point(self, given: Mapping[str, Array]) -> Point:
        return Point(self.network, self.d, self.size, given, QUICK if self.quick else MOST)

    @cached_property
    def full_size(self) -> Truth:
        return Truth(self.whole, self.d, small=False)

    def judged(self, relation: Relation) -> Verdict:
        """The verdict on one relation."""
        if self.network is not self.whole and _has_entries(relation):
            if self.quick:
                return Verdict(None, why="too much work for a quick answer")
            return self.full_size.judged(relation)
        try:
            at_points = (values(relation, point) for point in self._points())
            with np.errstate(all="ignore"):
                return over(at_points, 1 if self.quick else POINTS, self.tolerance)
        except UnfitError as fault:
            return Verdict(False, why=str(fault))
        except (UnshownError, UnknownError, KeyError) as reason:
            return Verdict(None, why=str(reason))


def _has_entries(relation: Relation) -> bool:
    """Is an entry read by its number? A smaller network may not have it, and has shorter sums."""
    return any(isinstance(e, Read) and any(isinstance(i, Num) for i in e.indices)
               for side in relation.sides for e in walk(side))  # fmt: skip
