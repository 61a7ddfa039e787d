"""A network at one point: every tensor, every slope, by the equations as they were written.

The equations are the person's own (`Network.written`), put into the text of the language and given
to the fuzzer's oracle, which shares no line with the engine: its own parser, its own tape. A
sample's loss, a tensor, an equation are differentiated on that tape; nothing of a derivation is
looked up. Points are of one sample (lines that speak of one) or of three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from chalkgrad.derive.language.equation import BATCH, Equation
from chalkgrad.derive.language.expr import Expr, Fn, Idx, Normal, Size, num, transform, walk
from chalkgrad.derive.language.functions import is_abstract
from chalkgrad.derive.language.text import text
from chalkgrad.derive.network.network import Network
from tests.fuzz.oracle import Oracle
from tests.fuzz.slopes import Slopes
from tests.fuzz.tape import Num as Cell

Array = np.ndarray
Place = tuple[int, ...]
ABSTRACT = "tanh"  # a network with g(v) is read with one function in its place
UNKNOWN_SIZE = 3  # of an axis whose size is a letter
_KINDS = (("normal", "normal"), ("normal", "unit"), ("unit", "unit"), ("unit", "count"),
          ("normal", "sign"), ("positive", "unit"))  # fmt: skip


class NoPointError(Exception):
    """No point was found at which the network has a loss and slopes."""


def size(network: Network, axis: str) -> int:
    """How many values an axis has; a batch is asked of the point instead."""
    known = network.sizes.get(axis)
    return known if isinstance(known, int) else UNKNOWN_SIZE


# -- the equations, as text ------------------------------------------------------------------------


def written_spec(network: Network) -> dict[str, Any]:
    """The network as a flat spec of the oracle's: every index letter is an axis of its own."""
    axes: dict[str, int | str] = {}
    lines = [_line(network, eq, axes) for eq in network.written]
    spec: dict[str, Any] = {"name": network.name, "loss": network.loss, "axes": axes}
    spec |= {"equations": "\n".join(lines), "initial": dict(network.initial)}
    kinds = {"input": "input", "target": "target", "parameter": "parameters",
             "constant": "constants"}  # fmt: skip
    for t in network.tensors.values():
        if t.kind in kinds:
            shape = [size(network, a) for a in t.axes if a != BATCH]
            form: dict[str, Any] = {"shape": shape}
            if t.integer is not None:
                form["integer"] = t.integer
            spec.setdefault(kinds[t.kind], {})[t.name] = form
    return spec


def _line(network: Network, eq: Equation, axes: dict[str, int | str]) -> str:
    names = _letters(network, eq, axes)

    def renamed(e: Expr) -> Expr:
        if isinstance(e, Idx):
            return replace(e, name=names[e])
        if isinstance(e, Size):
            return e if e.axis == BATCH else num(size(network, e.axis))
        if isinstance(e, Fn) and is_abstract(e.name):
            return Fn(ABSTRACT, e.args)
        return e

    left = ",".join(names[i] for i in eq.indices)
    right = text(transform(eq.rhs, renamed))
    return f"{eq.name}[{left}] = {right}" if left else f"{eq.name} = {right}"


def _letters(network: Network, eq: Equation, axes: dict[str, int | str]) -> dict[Idx, str]:
    """A letter of its own for every index; what a softmax runs over is called as its place."""
    names: dict[Idx, str] = {}
    found = [*eq.indices, *(e for e in walk(eq.rhs) if isinstance(e, Idx))]
    same = {
        i: at for e in walk(eq.rhs) if isinstance(e, Normal)
        for i, at in zip(e.idxs, e.at, strict=True) if isinstance(at, Idx)
    }  # fmt: skip
    for i in dict.fromkeys(found):
        if i in same:
            continue
        own = i.axis == BATCH and i in eq.indices
        names[i] = BATCH if own else f"i{len(axes)}"
        if not own:
            axes[names[i]] = BATCH if network.size(i.axis) == "N" else size(network, i.axis)
    for i, at in same.items():
        while at in same:
            at = same[at]
        names[i] = names[at]
    return names


# -- a point ---------------------------------------------------------------------------------------


class Point:
    """``batch`` samples of ``data``."""

    def __init__(self, network: Network, data: Mapping[str, Array], batch: int) -> None:
        self.network, self.batch = network, batch
        self.oracle = Oracle(written_spec(network))
        self.data = {name: data[name] for name in self.oracle.given}
        whole = {name for name, shape in self.oracle.given.items() if shape.integer}
        self.names = [n for n in (*self.oracle.given, *self.oracle.equations) if n not in whole]
        self.slopes = Slopes(self.oracle, self.data, batch, self.names)
        self._swept: dict[tuple[str, Place], dict[int, float]] = {}
        self._totals: dict[tuple[str, Place, str], Array] = {}
        self._arrays: dict[str, Array] = {}
        self._moved: dict[tuple[str, Place, float], Point] = {}

    @property
    def good(self) -> bool:
        return self.slopes.finite() and not self.slopes.fragile

    def shape(self, name: str) -> tuple[int, ...]:
        return self.oracle.shape(name)

    def array(self, name: str) -> Array:
        """All entries of a tensor, samples first where it has them."""
        if name not in self._arrays:
            made = self._arrays[name] = np.zeros(self.shape(name))
            for at in np.ndindex(made.shape):
                made[at] = self.entry(name, at)
        return self._arrays[name]

    def entry(self, name: str, at: Place) -> float:
        found = self.oracle.entry(name, at)
        return found.value if isinstance(found, Cell) else float(found)

    def moved(self, name: str, at: Place, step: float) -> Point:
        """The point with another value of one number that is given."""
        key = name, at, step
        if key not in self._moved:
            made = np.array(self.data[name], float)
            made[at] += step
            self._moved[key] = Point(self.network, {**self.data, name: made}, self.batch)
        return self._moved[key]

    # -- slopes ------------------------------------------------------------------------------------

    @cached_property
    def local(self) -> dict[tuple[str, str], Array]:
        """(v, u) -> ∂v/∂u of v's own equation, for all that it reads."""
        return self.slopes.jacobians()

    def total(self, name: str, at: Place, by: str) -> Array:
        """∂(one entry)/∂(a tensor), through everything between them."""
        if (name, at) not in self._swept:
            self._swept[name, at] = self._sweep(self.slopes.numbers.get((name, at)))
        if (name, at, by) not in self._totals:
            swept = self._swept[name, at]
            made = self._totals[name, at, by] = np.zeros(self.shape(by))
            for place in np.ndindex(made.shape):
                made[place] = swept.get(id(self.slopes.numbers[by, place]), 0.0)
        return self._totals[name, at, by]

    def _sweep(self, start: Cell | None) -> dict[int, float]:
        """id of a number -> the slope of ``start`` by it."""
        slopes: dict[int, float] = {id(start): 1.0}
        if start is None:
            return slopes
        for node in reversed(self.oracle.tape.nodes[: self.slopes.place[id(start)] + 1]):
            slope = slopes.get(id(node), 0.0)
            if slope:
                for parent, by in node.parents:
                    slopes[id(parent)] = slopes.get(id(parent), 0.0) + slope * by
        return slopes

    def direct(self, name: str, by: str) -> Array:
        """∂v/∂u where v's own equation reads u; zeros where it does not."""
        if (name, by) not in self.local:
            self.local[name, by] = np.zeros((*self.shape(name), *self.shape(by)))
        return self.local[name, by]

    @cached_property
    def _reads(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.local)

    def reads(self, name: str, other: str) -> bool:
        """Does the equation of one tensor read another?"""
        return (name, other) in self._reads


# -- data ------------------------------------------------------------------------------------------


def given_point(network: Network) -> Point | None:
    """The network at the numbers of its spec; None where it gives none, or not all."""
    free = [t for t in network.tensors.values() if t.kind != "variable"]
    if not free or any(t.name not in network.values for t in free):
        return None
    batch = max((len(network.values[t.name]) for t in free if t.batch), default=1)
    data = {t.name: np.array(network.values[t.name], int if t.integer else float) for t in free}
    for t in free:
        if t.batch and len(data[t.name]) != batch:
            data[t.name] = np.repeat(data[t.name], batch, axis=0)
    return Point(network, data, batch)


def random_points(
    network: Network, batch: int, count: int = 2, *, given: bool = False
) -> list[Point]:  # fmt: skip
    """Points with a finite loss, off kinks; ``given``: the spec's parameters where it says some.
    Raises NoPointError where none is found."""
    made: list[Point] = []
    fixed = {t.name: np.array(network.values[t.name], float) for t in network.parameters
             if given and t.name in network.values}  # fmt: skip
    for seed in range(8):
        for data in _drawn(network, batch, seed):
            point = _tried(network, {**data, **fixed}, batch)
            if point is not None:
                made.append(point)
                break
        if len(made) == count:
            return made
    if not made:
        raise NoPointError(f"{network.name}: no point with a finite loss")
    return made


def _tried(network: Network, data: Mapping[str, Array], batch: int) -> Point | None:
    try:
        point = Point(network, data, batch)
    except (ArithmeticError, OverflowError):
        return None
    return point if point.good else None


def _drawn(network: Network, batch: int, seed: int) -> Iterator[dict[str, Array]]:
    """Data of one kind after the other, until the loss exists."""
    for given, target in _KINDS:
        rng = np.random.default_rng([seed, batch, 11])
        made = {}
        for t in network.tensors.values():
            if t.kind == "variable":
                continue
            shape = tuple(batch if a == BATCH else size(network, a) for a in t.axes)
            if t.integer is not None and t.kind != "constant":
                below = int(t.integer) if str(t.integer).isdigit() else size(network, t.integer)
                made[t.name] = rng.integers(0, below, shape)
            elif t.kind == "constant" and t.name in network.values:
                made[t.name] = np.array(network.values[t.name], int if t.integer else float)
            else:
                kind = target if t.kind == "target" else given
                made[t.name] = _numbers(rng, t.fact or kind, shape)
        yield made


def _numbers(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> Array:
    if kind == "distribution":
        raw = rng.uniform(0.2, 1.0, shape)
        return np.asarray(raw / raw.sum(-1, keepdims=True))
    if kind in ("unit", "positive"):
        return np.asarray(rng.uniform(0.15, 0.85, shape))
    if kind == "sign":
        return np.asarray(rng.choice([-1.0, 1.0], shape))
    if kind == "count":
        return np.asarray(rng.integers(0, 4, shape).astype(float))
    return np.asarray(rng.uniform(-1.1, 1.1, shape))
