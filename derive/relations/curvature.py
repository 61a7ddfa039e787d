"""Second derivatives. By two parameters: central differences of gradients that are complex steps
themselves. By a tensor in between: complex steps of the gradient's own equations, as they are
written. Nothing of the second sweep is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as change
from functools import cached_property
from typing import Any

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.expr import Expr, Read, transform
from ..network.network import Network
from ..topics.hessian import Kind, Line, Rows
from ..values.arrays import Array
from .numbers import Numbers
from .point import Point, UnshownError
from .relation import Relation
from .slopes import Moved, Size, values_of
from .truth import Truth

NEAR = 1e-5  # how far an entry is moved to either side
DIGITS = 8  # that a difference keeps
NOISE = 1e-9  # what is left of a difference that is 0
LARGEST = 64  # entries by which gradients are moved


@dataclass(frozen=True)
class Moving:
    """∂of/∂by (moves), ∂(∂L/∂by)/∂of through the gradient's equations (slope), ∂²L/∂by∂of of two
    parameters (block); the axes of ``by`` come first."""

    by: str
    of: str
    kind: Kind


class RowRelations:
    """What the lines of the rows of one parameter say: ∂T/∂w, ∂²L/∂w∂T, blocks; parts are
    definitions. ``meant``: what their names are."""

    def __init__(self, rows: Rows) -> None:
        self.parts = {x.equation.name: x.equation for x in rows.lines if x.kind == "part"}
        self.meant = {x.equation.name: Moving(rows.of, x.of, x.kind)
                      for x in rows.lines if x.kind != "part"}  # fmt: skip

    def line(self, x: Line) -> Relation | None:
        """The relation of a line; None of a definition."""
        if x.kind == "part":
            return None
        left = Read(x.equation.name, x.equation.indices)
        return Relation((left, self._whole(x.equation.rhs)))

    def _whole(self, e: Expr) -> Expr:
        """The expression with its parts written out."""

        def visit(x: Expr) -> Expr:
            if isinstance(x, Read) and x.tensor in self.parts:
                return self._whole(self.parts[x.tensor].at(x.indices))
            return x

        return transform(e, visit)


class SecondPoint(Point):
    """A point at which the names of ``meant`` are second derivatives, too; the axes of what moves
    come first."""

    def __init__(
        self, network: Network, d: Derivation, size: Size, given: Mapping[str, Array],
        meant: Mapping[str, Moving],
    ) -> None:  # fmt: skip
        super().__init__(network, d, size, given)
        self.given, self.meant = given, meant
        self._sides: dict[tuple[str, int, int], Point] = {}

    def value(self, name: str) -> Array:
        if name not in self.meant:
            return super().value(name)
        moving = self.meant[name]
        if moving.kind == "moves":
            return self._moved(moving)
        return self._bent(moving) if moving.kind == "block" else self._slope(moving)

    def _moved(self, m: Moving) -> Array:
        made = self.through(m.of, m.by)
        first = made.ndim - self.inside[m.by].ndim
        return np.moveaxis(made, range(first, made.ndim), range(made.ndim - first))

    def _bent(self, m: Moving) -> Array:
        shape = self.inside[m.by].shape
        count = self.inside[m.by].size
        if count > LARGEST:
            raise UnshownError("too many entries to move")
        rows = [
            (self._beside(m.by, k, 1).total(m.of) - self._beside(m.by, k, -1).total(m.of))
            / (2 * NEAR) for k in range(count)
        ]  # fmt: skip
        return np.stack(rows).reshape((*shape, *rows[0].shape))

    def _slope(self, m: Moving) -> Array:
        network, inside = self._gradients
        run = Moved(network, inside, m.of, self.size)
        with np.errstate(all="ignore"):
            run.follow(network.equations)
        return run.slope(self.d.adjoint(m.by))

    @cached_property
    def _gradients(self) -> tuple[Network, dict[str, Array]]:
        """The forward equations and those of the gradients as one network, and its values."""
        equations = (*self.d.forward, *(s.equation for s in self.d.steps))
        network = change(self.d.network, equations=equations)
        given = {n: v[0] if self.single(n) else v for n, v in self.given.items()}
        return network, values_of(network, given)

    def _beside(self, name: str, k: int, sign: int) -> Point:
        """The point with one entry moved."""
        if (name, k, sign) not in self._sides:
            data = np.array(self.given[name], dtype=float)
            data.flat[k] += sign * NEAR
            given = {**self.given, name: data}
            self._sides[name, k, sign] = Point(self.network, self.d, self.size, given)
        return self._sides[name, k, sign]


class SecondTruth(Truth):
    """Judges relations in which the names of ``meant`` are second derivatives."""

    tolerance = 1e-6

    def __init__(
        self, network: Network, d: Derivation, meant: Mapping[str, Moving], *, small: bool = True,
        quick: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(network, d, small=small, quick=quick)
        self.meant = meant

    def point(self, given: Mapping[str, Array]) -> Point:
        return SecondPoint(self.network, self.d, self.size, given, self.meant)


class SecondNumbers(Numbers):
    """The numbers of second derivatives at the data given."""

    def __init__(
        self, network: Network, d: Derivation, given: Mapping[str, Any],
        meant: Mapping[str, Moving], batch: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(network, d, given, batch)
        self.meant = meant

    def made(self, size: Size, data: Mapping[str, Array]) -> Point:
        return SecondPoint(self.network, self.d, size, data, self.meant)

    def number(self, means: Expr) -> float | None:
        exact = super().number(means)
        if exact is None:
            return None
        return 0.0 if abs(exact) < NOISE else float(f"{exact:.{DIGITS}g}")
