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
from ..language.expr import ONE, Expr, Read, Reduce, add, signed, tensors, walk
from ..language.literal import Rationals, whole
from ..network.network import Network
from ..values.entries import Entry, Exact, given_entry, nested, number, places


@dataclass(frozen=True)
class Unit:
    """One neuron at one input: ``entry`` of its net value (v0, (1,)), net value and output."""

    net_entry: Entry
    entry: Entry
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

    unit: Entry
    w0: Fraction
    w1: Fraction
    w2: Fraction

    @property
    def slope(self) -> Fraction | None:
        return None if self.w2 == 0 else -self.w1 / self.w2

    def tree(self, x1: Expr, x2: Expr) -> Expr:
        """w0 + w1·x1 + w2·x2 as an expression, terms with the factor 0 left out."""
        return add([signed(self.w0, ONE), signed(self.w1, x1), signed(self.w2, x2)])


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
    net = probe.network
    targets = {t.name: nested(net, t.name, lambda *at: 0) for t in net.targets}
    rows = []
    for x in itertools.product((0, 1), repeat=2):
        exact = Exact(d, {**targets, **given, **_inputs(net, x)})
        rows.append(_row(exact, layers, x))
    first_net, _ = layers[0]
    decisions = tuple(_decision(probe, (first_net, at)) for at in places(net, first_net))
    first = "".join(str(r.classes[0]) for r in rows)
    return TruthTable(tuple(rows), decisions, GATES.get(first, ""))


def _layers(probe: Exact) -> list[tuple[str, str]]:
    """(net value, output) of each dense layer: v = Σ x·W + b of the one before, y = g(v)."""
    found: list[tuple[str, str]] = []
    below = {t.name for t in probe.network.inputs}
    parameters = {t.name for t in probe.network.parameters}
    forward = [e for e in probe.d.forward if len(probe.network.tensors[e.name].axes) == 1]
    for eq in forward:
        read = tensors(eq.rhs).keys()
        sums = any(isinstance(e, Reduce) and e.op == "sum" for e in walk(eq.rhs))
        if sums and read & below and read & parameters:
            above = (e.name for e in forward if e is not eq and [*tensors(e.rhs)] == [eq.name])
            found.append((eq.name, next(above, eq.name)))
            below = {found[-1][1]}
    return found


def _inputs(network: Network, x: tuple[int, ...]) -> dict[str, Any]:
    """The values of the two inputs, which are one tensor or two."""
    count = sum(1 for t in network.inputs for _ in places(network, t.name))
    if count != 2:
        raise ChalkgradError(f"a gate has 2 inputs; {network.name} has {count}",
                             where="gates", hint="network: {units: [2, 1]}")  # fmt: skip
    values = iter(x)
    return {t.name: nested(network, t.name, lambda *at: next(values)) for t in network.inputs}


def _row(exact: Exact, layers: list[tuple[str, str]], x: tuple[int, ...]) -> Row:
    units = tuple(
        Unit((net, at), (out, at), exact(net, *at), exact(out, *at))
        for net, out in layers
        for at in places(exact.network, net)
    )
    last = layers[-1][1]
    outputs = tuple(exact(last, *at) for at in places(exact.network, last))
    half = number(Fraction(1, 2))
    return Row(x, units, outputs, tuple(int(v >= half) for v in outputs))


def _decision(probe: Exact, unit: Entry) -> Decision:
    """The three exact numbers of one neuron, from its net value at the four inputs."""
    parameters = {t.name: probe.given[t.name] for t in probe.network.parameters}
    net = probe.formulas(unit[0], *unit[1])
    origin, east, north, both = (
        _exact(net, parameters | _inputs(probe.network, x))
        for x in ((0, 0), (1, 0), (0, 1), (1, 1))
    )
    if both != east + north - origin:
        raise _no_line()
    return Decision(unit, origin, east - origin, north - origin)


def _exact(net: Expr, given: Mapping[str, Any]) -> Fraction:
    """A net value as a fraction: sums and products of the given decimals only."""
    made = known(net, _Given(given))
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
