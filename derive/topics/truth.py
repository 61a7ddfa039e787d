"""Gates: the truth table of a small network and the decision lines of its first layer (003)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..chainrule.sweep import derive
from ..language.errors import ChalkgradError
from ..language.evaluate import known
from ..language.expr import Expr, Neg, Read, Reduce, add, mul, num, reads, walk
from ..language.literal import Rationals, whole
from ..network.network import Network
from ..values.entries import Exact, entry, given_entry, number


@dataclass(frozen=True)
class Unit:
    """One neuron at one input: ``entry`` of its net value (v0, (1,)), net value and output."""

    net_entry: tuple[str, tuple[int, ...]]
    entry: tuple[str, tuple[int, ...]]
    net: Any
    output: Any


@dataclass(frozen=True)
class Row:
    """One of the four inputs: every neuron in order, and the class (output rounded) of each output.

    Values have 40 digits; an output of exactly 1/2 is class 1.
    """

    inputs: tuple[int, ...]
    units: tuple[Unit, ...]
    outputs: tuple[Any, ...]
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Decision:
    """``w0 + w1·x1 + w2·x2 = 0`` of a first-layer neuron, exact.

    ``slope`` is dx2/dx1, None for a vertical line. ``w1, w2`` point to the side of class 1.
    """

    unit: tuple[str, tuple[int, ...]]
    w0: Fraction
    w1: Fraction
    w2: Fraction

    @property
    def slope(self) -> Fraction | None:
        return None if self.w2 == 0 else -self.w1 / self.w2

    def tree(self, x1: Expr, x2: Expr) -> Expr:
        """w0 + w1·x1 + w2·x2 as an expression, terms with the factor 0 left out."""
        terms = [(self.w0, None), (self.w1, x1), (self.w2, x2)]
        made = [_signed(w, x) for w, x in terms if w != 0]
        return add(made)


@dataclass(frozen=True)
class TruthTable:
    """``rows`` in the order 00, 01, 10, 11; ``decisions`` one per first-layer neuron.

    ``name`` is the gate this is (and, or, nand, nor, xor, xnor …) where the first output's classes
    are a known function of two inputs, else an empty text.
    """

    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...]
    name: str


GATES = {
    "0001": "and", "0111": "or", "1110": "nand", "1000": "nor", "0110": "xor", "1001": "xnor",
    "1100": "not_first", "1010": "not_second", "0011": "first", "0101": "second",
}  # fmt: skip


def truth_table(network: Network, values: Mapping[str, Any] | None = None) -> TruthTable:
    """The table of a network with two inputs, in one tensor or two, and one or two dense layers.

    ``values`` are the parameters' numbers (default: those of the spec).

    Raises
    ------
    ChalkgradError
        when there are not two inputs, a weight has no number, or the layers are not dense ones
        with an activation.
    """
    given = dict(network.values if values is None else values)
    d = derive(network)
    probe = Exact(d, given)
    layers = _layers(probe)
    if not 1 <= len(layers) <= 2:
        raise ChalkgradError(f"{network.name} has {len(layers)} dense layers, a gate has 1 or 2",
                             where="gates", hint="network: {units: [2, 1]}")  # fmt: skip
    targets: dict[str, Any] = {t.name: _zeros(probe, t.name) for t in probe.network.targets}
    rows = []
    for x in itertools.product((0, 1), repeat=2):
        exact = Exact(d, {**targets, **given, **_inputs(probe, x)})
        rows.append(_row(exact, layers, x))
    decisions = tuple(_decision(probe, layers[0], k) for k in range(_size(probe, layers[0][0])))
    first = "".join(str(r.classes[0]) for r in rows)
    return TruthTable(tuple(rows), decisions, GATES.get(first, ""))


def _layers(probe: Exact) -> list[tuple[str, str]]:
    """(net value, output) of each dense layer: v = Σ x·W + b of the one before, y = g(v)."""
    tensors = probe.network.tensors
    found: list[tuple[str, str]] = []
    below = {t.name for t in probe.network.inputs}
    forward = [e for e in probe.d.forward if len(tensors[e.name].axes) == 1]
    for eq in forward:
        read = {r.tensor for r in reads(eq.rhs)}
        sums = any(isinstance(e, Reduce) and e.op == "sum" for e in walk(eq.rhs))
        if sums and read & below and any(tensors[n].kind == "parameter" for n in read):
            out = next((e.name for e in forward if e is not eq and _reads_only(e.rhs, eq.name)), "")
            found.append((eq.name, out or eq.name))
            below = {out or eq.name}
    return found


def _reads_only(e: Expr, name: str) -> bool:
    return {r.tensor for r in reads(e)} == {name}


def _size(probe: Exact, name: str) -> int:
    (axis,) = probe.network.tensors[name].axes
    size = probe.network.size(axis)
    assert isinstance(size, int)
    return size


def _entries(probe: Exact) -> list[tuple[str, tuple[int, ...]]]:
    """The network's two inputs, entry by entry."""
    found: list[tuple[str, tuple[int, ...]]] = []
    for t in probe.network.inputs:
        shape = [probe.network.size(a) for a in t.axes]
        if any(not isinstance(s, int) for s in shape):
            break
        found += [(t.name, at) for at in itertools.product(*(range(int(s)) for s in shape))]
    if len(found) != 2:
        raise ChalkgradError(f"a gate has 2 inputs; {probe.network.name} has {len(found)}",
                             where="gates", hint="network: {units: [2, 1]}")  # fmt: skip
    return found


def _inputs(probe: Exact, x: tuple[int, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for (name, at), value in zip(_entries(probe), x, strict=True):
        if at:
            made.setdefault(name, []).append(value)
        else:
            made[name] = value
    return made


def _zeros(probe: Exact, name: str) -> Any:
    made: Any = 0
    for axis in reversed(probe.network.tensors[name].axes):
        size = probe.network.size(axis)
        made = [made] * (size if isinstance(size, int) else 1)
    return made


def _row(exact: Exact, layers: list[tuple[str, str]], x: tuple[int, ...]) -> Row:
    units = []
    for net, out in layers:
        for k in range(_size(exact, net)):
            units.append(Unit((net, (k,)), (out, (k,)), exact(net, k), exact(out, k)))
    last = layers[-1][1]
    outputs = tuple(exact(last, k) for k in range(_size(exact, last)))
    half = number(Fraction(1, 2))
    return Row(x, tuple(units), outputs, tuple(int(v >= half) for v in outputs))


def _decision(probe: Exact, layer: tuple[str, str], k: int) -> Decision:
    """The three exact numbers of one neuron, from its net value at the four inputs."""
    d = probe.d
    found = []
    for x in ((0, 0), (1, 0), (0, 1), (1, 1)):
        exact = Exact(d, {**_rational(probe), **_inputs(probe, x)})
        found.append(_exact(exact, layer[0], k))
    origin, east, north, both = found
    if both != east + north - origin:
        raise _no_line()
    return Decision((layer[0], (k,)), origin, east - origin, north - origin)


def _rational(probe: Exact) -> dict[str, Any]:
    return {n: v for n, v in probe.given.items() if probe.network.tensors[n].kind == "parameter"}


def _exact(exact: Exact, name: str, k: int) -> Fraction:
    """A net value as a fraction: sums and products of the given decimals only."""
    net = entry(exact.network, exact.equations[name], (k,))
    made = known(net, _Given(exact.given))
    if made is None:
        raise _no_line()
    return Fraction(made)


class _Given(Rationals):
    """Fractions over given numbers; a float is the decimal that it is printed as."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__()
        self.given = given

    def read(self, e: Read) -> Fraction:
        at = [k for k in map(whole, e.indices) if k is not None]
        here = given_entry(self.given[e.tensor], at)
        return Fraction(str(here)) if isinstance(here, float) else Fraction(here)


def _no_line() -> ChalkgradError:
    return ChalkgradError("the first layer is no weighted sum of the inputs", where="gates")


def _signed(w: Fraction, x: Expr | None) -> Expr:
    size = num(abs(w))
    made = size if x is None else mul([size, x])
    return Neg(made) if w < 0 else made
