"""A computational graph of elementary nodes: values above the wires, gradients below them.

The nodes stand in layers from left to right (the longest way from an input), in an order that
crosses few wires; a wire leaves its node level, so that its numbers have a place of their own.
Position carries the meaning: above is forward, below is backward; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..label.measure import labelled, measure
from ..label.place import framed
from ..scene.rect import Point, towards
from ..scene.scene import Box, Circle, Label, Line, Scene, Shape
from .layering import Layering, layered

Wire = tuple[str, str]
RADIUS = 0.32  # of a gate, cm
_LIFT = 0.07  # between a wire and its numbers
_PAD = 0.12  # beside a number on its wire
_FOLDED = 0.8  # of its width that a fold may leave


@dataclass(frozen=True)
class Node:
    """``key`` names the node, ``text`` (rich) stands in it. An ``input`` has no gate drawn: its
    text stands at the left of its wire. A node of ``wide`` text is drawn as a box."""

    key: str
    text: str
    input: bool = False
    ref: str = ""


@dataclass(frozen=True)
class Group:
    """Nodes that are one function (the four gates of σ). ``text`` names it; ``key`` is the node
    that stands for them when they are drawn as one."""

    keys: Sequence[str]
    text: str
    key: str = "group"


@dataclass(frozen=True)
class Steps:
    """When each value, each gradient and each wire's share of one appears, and the last step."""

    values: Mapping[str, int] = field(default_factory=dict)
    gradients: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[Wire, int] = field(default_factory=dict)
    count: int = 1


def circuit_steps(nodes: Sequence[Node], wires: Sequence[Wire], reveal: str = "gate") -> Steps:
    """The steps of a reveal: inputs at once, then one gate a step; then backwards.

    ``reveal``: ``none``; ``each`` (one gradient a step); ``gate`` (the gradients a gate hands to
    its inputs together). ``nodes`` stand in an order of evaluation.
    """
    if reveal == "none":
        return Steps()
    values = {n.key: 1 for n in nodes if n.input}
    step = 1
    for node in (n for n in nodes if not n.input):
        step += 1
        values[node.key] = step
    left = {n.key: sum(a == n.key for a, _ in wires) for n in nodes}
    step += 1
    gradients = {key: step for key, count in left.items() if not count}
    shares: dict[Wire, int] = {}
    for node in reversed(nodes):
        for k, a in enumerate(a for a, b in wires if b == node.key):
            step += 1 if k == 0 or reveal == "each" else 0
            shares[a, node.key] = step
            left[a] -= 1
            if not left[a]:
                gradients[a] = step
    return Steps(values, gradients, shares, step)


def circuit_scene(
    nodes: Sequence[Node],
    wires: Sequence[Wire],
    values: Mapping[str, str] | None = None,
    gradients: Mapping[str, str] | None = None,
    *,
    shares: Mapping[Wire, str] | None = None,
    output: str = "",
    reveal: str = "none",
    group: Group | None = None,
    breadth: float = 14.0,
) -> Scene:
    """The drawing of a circuit.

    ``values`` and ``gradients`` (rich text by node key) stand above and below the wire that leaves
    the node; ``shares`` what a wire hands back where a node has several (below the wire, at its
    end). ``output`` is written at the end of the last wire. ``reveal``: see `circuit_steps`.
    ``group`` is framed and named. A circuit wider than ``breadth`` cm is folded into two rows where
    a single wire passes and that makes it much narrower. ``nodes`` stand in an order of evaluation.
    """
    plan = _Plan(nodes, wires, values or {}, gradients or {}, shares or {}, breadth)
    steps = circuit_steps(nodes, wires, reveal)
    shapes: list[Shape] = list(_frame(group, plan)) if group else []
    shapes += [shape for wire in wires for shape in _wire(wire, plan, steps)]
    for node in nodes:
        shapes += _node(node, plan)
        shapes += _numbers(node.key, plan, steps)
        if node.key in plan.ends:
            shapes += _output(node, output, plan)
    return framed(shapes, anchors=plan.places)


class _Plan:
    """Where everything stands: columns as wide as their numbers need, rows by the layering."""

    def __init__(
        self,
        nodes: Sequence[Node],
        wires: Sequence[Wire],
        values: Mapping[str, str],
        gradients: Mapping[str, str],
        shares: Mapping[Wire, str],
        breadth: float,
    ) -> None:
        self.nodes = {n.key: n for n in nodes}
        self.values, self.gradients, self.shares = values, gradients, shares
        self.shared = {b for _, b in shares}
        self.layering: Layering = layered([n.key for n in nodes], wires)
        self.ends = {n.key for n in nodes} - {a for a, _ in wires}
        self.stub = {n.key: self._stub(n.key) for n in nodes}
        self.half = {n.key: self._half(n) for n in nodes}
        self.row = self._rows()
        self.x, self.bend, self.before = self._columns()
        self.cut = self._cut(breadth)
        self.places: dict[str, Point] = {
            key: (self.x[layer], self.layering.y[key] * self.row)
            for key, layer in self.layering.layer.items()
        }
        if self.cut:
            self._fold()

    def _columns(self) -> tuple[list[float], list[float], list[float]]:
        """Of each layer: its middle, where the wires that leave it may bend, and how far before its
        middle those that enter it are level again."""
        count = max(self.layering.layer.values(), default=0) + 1
        reach, before = [0.0] * count, [RADIUS] * count
        for key, node in self.nodes.items():
            layer = self.layering.layer[key]
            reach[layer] = max(reach[layer], _port(node, self.half[key]) + self.stub[key])
            before[layer] = max(before[layer], self.half[key] + self.entry(key))
        x, bend = [0.0] * count, [0.0] * count
        for k in range(count):
            bend[k] = x[k] + reach[k]
            if k + 1 < count:
                x[k + 1] = bend[k] + self._slant(k) + before[k + 1]
        return x, bend, before

    def _cut(self, breadth: float) -> int:
        """The first layer of the second row (0: there is one row)."""
        if self.bend[-1] <= breadth:
            return 0
        layer, links = self.layering.layer, self.layering.links
        single = [k for k in range(1, len(self.x)) if sum(layer[a] == k - 1 for a, _ in links) == 1]
        widths = {k: max(self.bend[k - 1], self.bend[-1] - self.x[k]) for k in single}
        worth = [k for k in single if widths[k] <= _FOLDED * self.bend[-1]]
        return min(worth, key=lambda k: widths[k], default=0)

    def _fold(self) -> None:
        """Moves the layers from the cut on to a second row that begins at the left."""
        later = {key for key, layer in self.layering.layer.items() if layer >= self.cut}
        upper = [y for key, (_, y) in self.places.items() if key not in later]
        lower = [y for key, (_, y) in self.places.items() if key in later]
        dx = 0.9 - self.x[self.cut]
        dy = min(upper) - max(lower) - 1.75 * self.row
        for key in later:
            x, y = self.places[key]
            self.places[key] = (x + dx, y + dy)
        self.bend = [b + dx if k >= self.cut else b for k, b in enumerate(self.bend)]

    def _half(self, node: Node) -> float:
        wide = measure(node.text, "small")[0]
        return wide if node.input else max(RADIUS, wide / 2 + 0.1)

    def _stub(self, key: str) -> float:
        return _room(0.25, [t for t in (self.values.get(key), self.gradients.get(key)) if t])

    def entry(self, key: str) -> float:
        """Room before a gate for what its wires hand back."""
        return _room(0.0, [t for (_, b), t in self.shares.items() if b == key])

    def _slant(self, layer: int) -> float:
        """Room between two layers for wires that change their height."""
        y = self.layering.y
        bent = any(
            self.layering.layer[a] == layer and abs(y[a] - y[b]) > 1e-9
            for a, b in self.layering.links
        )
        return 0.45 if bent or self.shared else 0.24

    def _rows(self) -> float:
        """The distance of neighbouring rows: two numbers and a wire between them."""
        highest = (
            max((measure(t, "small")[1] for t in texts.values()), default=0.0)
            for texts in (self.values, self.gradients)
        )
        high = sum(highest) + 2 * _LIFT + 0.14
        return max(2 * RADIUS + 0.12, high, 2 * high - 0.2 if self.shares else 0.0)


def _room(least: float, texts: Sequence[str]) -> float:
    """The length of a wire that numbers stand on."""
    return max([least, *(measure(t, "small")[0] + 2 * _PAD for t in texts)])


def _wire(wire: Wire, plan: _Plan, steps: Steps) -> Iterator[Shape]:
    a, b = wire
    start = plan.places[a]
    layer = plan.layering.layer
    points = [(start[0] + _port(plan.nodes[a], plan.half[a]), start[1])]
    points.append((plan.bend[layer[a]], start[1]))
    for key in plan.layering.chain[wire][1:-1]:
        x, y = plan.places[key]
        # through the whole layer level
        points += [(x - plan.before[layer[key]], y), (plan.bend[layer[key]], y)]
    if plan.cut and layer[a] < plan.cut <= layer[b]:
        points += _turn(points[-1], plan.places[b], plan)
    end = _entering(points[-1], wire, plan)
    yield Line(tuple(_tidied([*points, *end])), role="wire", arrow=True, ref=f"{a}>{b}")
    if text := plan.shares.get(wire):
        wide, high = measure(text, "small")
        where = (end[-1][0] - _PAD - wide / 2, end[-1][1] - _LIFT - high / 2)
        at = steps.shares.get(wire, 1)
        yield labelled(Label(where, text, role="gradient", at=at, ref=f"{a}>{b}"))


def _turn(here: Point, there: Point, plan: _Plan) -> list[Point]:
    """Round the end of the first row, back between the rows, into the second."""
    x = here[0] + 0.12
    first = [y for key, (_, y) in plan.places.items() if plan.layering.layer[key] < plan.cut]
    between = min(first) - 0.62 * plan.row
    left = there[0] - 0.9
    return [(x, here[1]), (x, between), (left, between), (left, there[1])]


def _port(node: Node, half: float) -> float:
    """Where a wire leaves a node, from its middle; an input's text stands left of its place."""
    return 0.1 if node.input else half


def _entering(before: Point, wire: Wire, plan: _Plan) -> list[Point]:
    """The last part of a wire: aimed at the middle of a round gate, level where it has a text."""
    key = wire[1]
    (x, y), half = plan.places[key], plan.half[key]
    level = x - plan.before[plan.layering.layer[key]]
    into = [w for w in plan.layering.chain if w[1] == key]
    if key in plan.shared and len(into) > 1:
        # in the order of the heights from which they come
        into.sort(key=lambda w: plan.places[plan.layering.chain[w][-2]][1])
        lift = (into.index(wire) / (len(into) - 1) - 0.5) * 1.3 * RADIUS
        inset = (RADIUS**2 - lift**2) ** 0.5 if half == RADIUS else half
        return [(level, y + lift), (x - inset, y + lift)]
    if abs(before[1] - y) < 1e-6:
        return [(x - half, y)]
    if level < x - RADIUS - 1e-6:  # a wide gate stands in this layer: past it the wire is level
        return [(level, y), (x - half, y)]
    return [towards((x, y), before, RADIUS)]


def _tidied(points: Sequence[Point]) -> Iterator[Point]:
    for k, p in enumerate(points):
        if k == 0 or abs(p[0] - points[k - 1][0]) + abs(p[1] - points[k - 1][1]) > 1e-6:
            yield p


def _node(node: Node, plan: _Plan) -> Iterator[Shape]:
    x, y = plan.places[node.key]
    if node.input:
        yield labelled(Label((x, y), node.text, anchor="east", ref=node.ref or node.key))
        return
    half = plan.half[node.key]
    if half > RADIUS:
        low, high = (x - half, y - 0.28), (x + half, y + 0.28)
        yield Box(low, high, rounded=0.1, role="gate", ref=node.ref or node.key)
    else:
        yield Circle((x, y), RADIUS, role="gate", ref=node.ref or node.key)
    yield labelled(Label((x, y), node.text, role="gate", ref=node.ref or node.key))


def _numbers(key: str, plan: _Plan, steps: Steps) -> Iterator[Shape]:
    x, y = plan.places[key]
    left = x + _port(plan.nodes[key], plan.half[key]) + _PAD
    for texts, role, side, times in (
        (plan.values, "value", 1, steps.values),
        (plan.gradients, "gradient", -1, steps.gradients),
    ):
        if text := texts.get(key):
            high = measure(text, "small")[1]
            where = (left, y + side * (_LIFT + high / 2))
            label = Label(where, text, anchor="west", role=role, ref=key, at=times.get(key, 1))
            yield labelled(label)


def _output(node: Node, text: str, plan: _Plan) -> Iterator[Shape]:
    x, y = plan.places[node.key]
    start = x + _port(node, plan.half[node.key])
    end = start + plan.stub[node.key] + 0.15
    yield Line(((start, y), (end, y)), role="wire", arrow=True, ref=node.key)
    if text:
        yield labelled(Label((end + 0.1, y), text, anchor="west", ref=node.key))


def _frame(group: Group, plan: _Plan) -> Iterator[Shape]:
    inside = [(plan.places[key], plan.half[key]) for key in group.keys]
    heights, room = [p[1] for p, _ in inside], plan.row / 2 + 0.12
    low = (min(p[0] - half for p, half in inside) - 0.05, min(heights) - room)
    high = (max(p[0] + half for p, half in inside) + 0.05, max(heights) + room)
    yield Box(low, high, rounded=0.15, role="group", ref=group.key)
    where = ((low[0] + high[0]) / 2, high[1] + 0.06)
    yield labelled(Label(where, group.text, anchor="south", role="group", ref=group.key))
