"""Networks as logical gates: what a page about them prints (lecture 003)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import ONE, Add, Expr, Neg, add, reads, replace, signed
from .....derive.language.refs import ref
from .....derive.pipeline import load
from .....derive.relations.claim import Claim
from .....derive.relations.numbers import Numbers
from .....derive.relations.relation import Relation
from .....derive.relations.truth import Truth
from .....derive.spec.strict_yaml import load_text
from .....derive.topics.truth import GATES, TruthTable, Unit, truth_table
from .....derive.values.entries import Entry, Exact, entry, place, value
from ....formula.numerals import decimal
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK, Node
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import PLUS, number, row, sign, space, spaced
from ....picture.diagram.gates import (
    HalfPlane,
    Neuron,
    Sample,
    Weight,
    gate_plot,
    neuron_scene,
    region_plot,
)
from ....picture.plot.axes import Frame
from ....picture.scene.scene import Scene
from ....targets.numpy.training.rounds import infer
from ...board.board import Board
from ...board.substituted import Substituted
from ...board.trees import entry_read

_FILE = Path(__file__).parent / "boundaries.yaml"
_POINTS = 61  # along each side of a region


@dataclass(frozen=True)
class Weighted:
    """A term of a net value: the weight's entry and the entry it multiplies (None: the bias)."""

    weight: Entry
    source: Entry | None


class Gate:
    """A network with two inputs, its truth table and the texts of its neurons."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.table: TruthTable = truth_table(board.network)
        self.exact = Exact(board.d, board.network.values)
        units = self.table.rows[0].units
        first = {d.unit for d in self.table.decisions}
        inner = [u for u in units if u.net_entry in first and u.entry[0] != board.net.output]
        self.hidden = inner if len(units) > 1 else []
        self.outputs = [u for u in units if u not in self.hidden]
        if len(self.outputs) != 1:
            raise ChalkgradError(
                f"a gate has one output, this network {len(self.outputs)}", where=board.key
            )

    # -- names ---------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """AND, OR …; the network's key where it is no known gate."""
        return self.gate(self.table.name) or self.board.key

    def gate(self, key: str) -> str:
        return self.board.words(f"gates_{key}") if key else ""

    def unit_gate(self, unit: Unit) -> str:
        """The gate that one neuron is, as a key of `derive.topics.truth.GATES`."""
        bits = [
            u.output >= 0.5 for row in self.table.rows for u in row.units if u.entry == unit.entry
        ]
        return GATES.get("".join(str(int(b)) for b in bits), "")

    def over_hidden(self) -> str:
        """The gate that the output neuron is over two hidden ones."""
        if len(self.hidden) != 2:
            return ""
        bits = ""
        for pair in itertools.product((0, 1), repeat=2):
            given = {u.entry: b for u, b in zip(self.hidden, pair, strict=True)}
            bits += str(int(self._net(self.outputs[0].net_entry, given) >= 0))
        return GATES.get(bits, "")

    def _net(self, at: Entry, given: Mapping[Entry, int]) -> Any:
        def lookup(e: Entry) -> Any:
            return given[e] if e in given else self.exact(e[0], *e[1])

        return value(self._expr(at), lookup)

    def _expr(self, at: Entry) -> Expr:
        return entry(self.board.net, self.board.equation(at[0]), at[1])

    # -- the neurons ---------------------------------------------------------------------------

    def terms(self, at: Entry) -> list[Weighted]:
        """What a net value sums, the bias first."""
        made = []
        for part in _summands(self._expr(at)):
            found = [(r.tensor, place(r)) for r in reads(part)]
            weight = next(e for e in found if self._is_parameter(e))
            source = next((e for e in found if not self._is_parameter(e)), None)
            made.append(Weighted(weight, source))
        return sorted(made, key=lambda t: t.source is not None)

    def _is_parameter(self, e: Entry) -> bool:
        return self.board.net.tensors[e[0]].kind == "parameter"

    def weight(self, at: Entry) -> Formula:
        means = entry_read(*at)
        return self.board.figure(ref(*at), self.exact(at[0], *at[1]), given=True, means=means)

    # -- what is said of them ------------------------------------------------------------------

    @cached_property
    def truth(self) -> Truth:
        """The network with its own weights, at any inputs."""
        return Truth(self.board.network, self.board.d, trained=True)

    def numbers(self, inputs: Sequence[int]) -> Numbers:
        """The network's numbers at one row of the table."""
        (x,) = {name for name, _ in self.inputs()}
        return self.board.numbers.at({x: list(inputs)})

    def says_net(self, at: Entry) -> Claim:
        """That a neuron's net value is the sum with the numbers of its weights."""
        return Claim(self.truth, Relation((entry_read(*at), self.net_tree(at))))

    def says_unit(self, unit: Unit) -> Claim:
        """That a neuron's output is its function of that sum."""
        net = entry_read(*unit.net_entry)
        made = replace(self._expr(unit.entry), {net: self.net_tree(unit.net_entry)})
        return Claim(self.truth, Relation((entry_read(*unit.entry), made)))

    def net_tree(self, at: Entry) -> Expr:
        """-30 + 20 x_1 + 20 x_2 as a tree."""
        return add(
            signed(Fraction(str(decimal(self.exact(t.weight[0], *t.weight[1])))),
                   ONE if t.source is None else entry_read(*t.source))
            for t in self.terms(at)
        )  # fmt: skip

    def net_value(self, at: Entry) -> Formula:
        """-30 + 20 x_1 + 20 x_2."""
        made: list[Node] = []
        for term in self.terms(at):
            exact = self.exact(term.weight[0], *term.weight[1])
            shown, before = self.weight(term.weight), PLUS
            if made and exact < 0:
                means, before = Neg(entry_read(*term.weight)), sign("-")
                shown = self.board.figure(f"size.{ref(*term.weight)}", abs(exact), means=means)
            source = () if term.source is None else (space(","), BLANK, self.board.at(*term.source))
            made += [before, row(shown, *source)]
        return spaced(*made[1:])  # no sign before the first

    def formula(self, unit: Unit) -> tuple[Formula, Formula]:
        """a = g(-30 + 20 x_1 + 20 x_2)."""
        inside = self.net_value(unit.net_entry)
        printer = Substituted(self.board.printer, lambda _: inside)
        return self.board.at(*unit.entry), printer.expression(self._expr(unit.entry), {})

    def drawing(self) -> Scene:
        """The neurons with the weights on their edges."""
        one = inline(row(PLUS, number(1)))
        columns = [[Neuron("1", one), *(Neuron(ref(*e), inline(self.board.at(*e)))
                                           for e in self.inputs())]]  # fmt: skip
        weights: list[Weight] = []
        for k, layer in enumerate(x for x in (self.hidden, self.outputs) if x):
            last = layer is self.outputs
            bias = columns[-1][0].key
            for unit in layer:
                for term in self.terms(unit.net_entry):
                    start = bias if term.source is None else ref(*term.source)
                    text = inline(self.weight(term.weight))
                    weights.append(Weight(start, ref(*unit.entry), text, ref(*term.weight)))
            made = [self._neuron(u, last=last) for u in layer]
            columns.append(made if last else [Neuron(str(k + 2), one), *made])
        wide = bool(self.hidden)
        return neuron_scene(columns, weights, pitch=3.2 if wide else 2.5, row=1.3 if wide else 1.0)

    def _neuron(self, unit: Unit, *, last: bool) -> Neuron:
        symbol = inline(self.board.at(*unit.entry))
        if not last:
            return Neuron(ref(*unit.entry), symbol)
        name = next((e.name for e in [self._expr(unit.entry)] if hasattr(e, "name")), "")
        text = inline(self.board.printer.called(name)) if name else ""
        return Neuron(ref(*unit.entry), text, symbol)

    def inputs(self) -> list[Entry]:
        return [(t.name, at) for t in self.board.net.inputs for at in self.board.entries(t.name)]

    # -- the plane -----------------------------------------------------------------------------

    def plot(self, *, side: float = 3.6, reveal: bool = False) -> Scene:
        """The four inputs with their classes, and the lines of the first layer."""
        samples = [Sample(r.inputs[0], r.inputs[1], r.classes[0]) for r in self.table.rows]
        first = self.hidden or self.outputs
        planes = []
        for k, d in enumerate(self.table.decisions):
            unit = next(u for u in first if u.net_entry == d.unit)
            label = inline(self.board.at(*unit.entry)) if self.hidden else ""
            at = k + 1 if reveal else 1
            planes.append(HalfPlane(float(d.w1), float(d.w2), float(d.w0), label, at))
        x, y = (inline(self.board.at(*e)) for e in self.inputs())
        return gate_plot(samples, planes, x_label=x, y_label=y, side=side)


def _summands(e: Expr) -> Iterator[Expr]:
    if isinstance(e, Add):
        for part in e.args:
            yield from _summands(part)
    else:
        yield e


# -- regions of larger networks -------------------------------------------------------------------


@cache
def _specs() -> dict[str, Any]:
    made = load_text(_FILE.read_text("utf-8"))
    assert isinstance(made, dict)
    return made


@cache
def _boundary(key: str) -> tuple[list[float], Any]:
    network = load({"name": key, **_specs()[key]})
    axis = [-2 + 4 * k / (_POINTS - 1) for k in range(_POINTS)]
    points = [[x, y] for y in axis for x in axis]
    return axis, np.round(infer(network, {}, points).reshape(_POINTS, _POINTS), 9).tolist()


def boundaries() -> Sequence[str]:
    """The networks of ``boundaries.yaml``."""
    return tuple(_specs())


def boundary(key: str, x_label: str, y_label: str) -> Scene:
    """Where the output of a network of ``boundaries.yaml`` is above 1/2."""
    axis, values = _boundary(key)
    frame = Frame((-2, 2), (-2, 2), 3.0, 3.0, x_label, y_label, x_ticks=(), y_ticks=())
    return region_plot(axis, axis, values, frame)
