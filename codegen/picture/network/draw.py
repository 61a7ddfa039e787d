"""The lecture's drawing of a stack, shape by shape; where things stand comes from the plan."""

from __future__ import annotations

import itertools

from ....derive.language.refs import ref
from ...formula.rich import inline
from ...formula.tree.write import sign
from ..label.measure import labelled, measure
from ..label.place import framed
from ..scene.rect import Point, bounding, grown, towards, united
from ..scene.scene import Box, Circle, Label, Line, Scene, Shape
from .labels import Edge, name_edges
from .model import SIZE, At, NetworkOptions, Stack
from .plan import GATE, HEADER, RADIUS, Column, Plan, plan
from .regions import keep

_HEADERS = ((2, "small"), (2, "tiny"), (1, "tiny"))  # symbols of a column, and their size
_DOTS_LEFT = 0.75  # the stub edges behind dots begin here
_UP = 0.06  # a label stands so far above its wire


class Drawing:
    """Collects the shapes of one stack; `scene` gives them in the order of painting."""

    def __init__(self, stack: Stack, options: NetworkOptions) -> None:
        self.stack, self.options = stack, options
        self.plan: Plan = plan(stack, options)
        self.lines: list[Shape] = []
        self.solids: list[Shape] = []
        self.labels: list[Label] = []
        self.named: list[Label] = []  # the symbols of entries
        self.anchors: dict[str, Point] = {}
        self.edges: list[list[Edge]] = []

    def scene(self) -> Scene:
        """The picture with its anchors."""
        self._inputs()
        before: list[tuple[int | str, Point]] = [
            (s, (self.plan.input_right + 0.1, y))
            for s, y in zip(self.plan.inputs, self.plan.input_ys, strict=True)
            if s is not None
        ]
        for column in self.plan.columns:
            self._layer(column, before)
            before = [(s, (column.end, y)) for s, y in column.units()]
        if self.stack.loss:
            self._loss()
        self._header()
        self._weights()
        self._columns()
        self._tensors()
        return framed((*self.lines, *self.solids, *self.labels), self.options.about, self.anchors)

    # -- small helps ----------------------------------------------------------------------------

    def _label(
        self, where: Point, text: str, anchor: str, *, role: str = "", of: str = "",
        size: str = SIZE,
    ) -> Label:  # fmt: skip
        made = self._sign(where, text, of, anchor, role=role, size=size)
        if of:
            self.named.append(made)
            keep(self.anchors, of, grown(made.box(), 0.04, 0.03))
        return made

    def _sign(
        self, where: Point, text: str, of: str, anchor: str = "centre", *, role: str = "",
        size: str = SIZE,
    ) -> Label:  # fmt: skip
        """A text that is no symbol of an entry, such as the sign in a unit."""
        made = labelled(Label(where, text, anchor, size, role=role, ref=of))
        self.labels.append(made)
        return made

    def _dots(self, x: float, y: float, *, across: bool = False) -> None:
        for k in (-1, 0, 1):
            at = (x + 0.13 * k, y) if across else (x, y + 0.13 * k)
            self.solids.append(Circle(at, 0.025, role="dot"))

    def _wire(self, a: Point, b: Point, of: str, *, arrow: bool = True) -> None:
        self.lines.append(Line((a, b), arrow, role="wire", ref=of))

    # -- parts ----------------------------------------------------------------------------------

    def _inputs(self) -> None:
        x = self.plan.input_right
        for slot, y in zip(self.plan.inputs, self.plan.input_ys, strict=True):
            if slot is None:
                self._dots(x - 0.14, y)
                continue
            of = ref(self.stack.source, (slot,))
            self._label((x, y), self.stack.entry(self.stack.source, (slot,)), "east", of=of)

    def _layer(self, column: Column, before: list[tuple[int | str, Point]]) -> None:
        if column.fresh:
            self._dots(column.start + 0.45, 0.0, across=True)
            self.edges.append([])
        else:
            self._edges(column, before)
        for slot, y in column.units():
            self._unit(column, slot, y)
        joint, gap = column.layer.joint, column.gap()
        if gap is not None:
            for x in (column.centre,) if joint else (column.centre, column.gate):
                self._dots(x, gap)
        if joint:
            ys = [y for _, y in column.units()]
            self._gate(column, column.layer.out, min(ys), max(ys))

    def _edges(self, column: Column, before: list[tuple[int | str, Point]]) -> None:
        made: list[Edge] = []
        for source, start in before:
            for slot, y in column.units():
                end = towards((column.centre, y), start, RADIUS)
                at: At = (slot, source) if column.layer.swapped else (source, slot)
                of = ref(column.layer.weight, at)
                self.lines.append(Line((start, end), True, role="weight", ref=of))
                made.append(Edge(start, end, of, self.stack.entry(column.layer.weight, at)))
        self.edges.append(made)

    def _unit(self, column: Column, slot: int | str, y: float) -> None:
        layer, x = column.layer, column.centre
        pre, out = ref(layer.pre, (slot,)), ref(layer.out, (slot,))
        if column.fresh:
            self._wire((x - RADIUS - 0.5, y), (x - RADIUS, y), pre)
        self.solids.append(Circle((x, y), RADIUS, role="unit", ref=pre))
        self._sign((x, y), inline(sign("Σ")), pre)
        self._bias(column, slot, y)
        left, right = column.gate - column.wide / 2, column.gate + column.wide / 2
        ends = bool(layer.gate) or layer.out == layer.pre
        self._wire((x + RADIUS, y), (left, y), pre, arrow=ends)
        text = self.stack.entry(layer.pre, (slot,))
        middle = left - 0.1 - measure(text, SIZE)[0] / 2
        self._label((middle, y + _UP), text, "south", of=pre)
        if layer.out == layer.pre:
            return
        self._wire((right, y), (column.end, y), out)
        middle = (right + column.end - 0.08) / 2
        self._label((middle, y + _UP), self.stack.entry(layer.out, (slot,)), "south", of=out)
        if layer.gate and not layer.joint:
            self._gate(column, out, y, y)

    def _gate(self, column: Column, of: str, lowest: float, highest: float) -> None:
        """The box of an activation: of one unit, or of all where it is one function of them."""
        low = (column.gate - column.wide / 2, lowest - GATE / 2)
        high = (column.gate + column.wide / 2, highest + GATE / 2)
        self.solids.append(Box(low, high, 0.02, role="gate", ref=of))
        self._sign((column.gate, (lowest + highest) / 2), column.layer.gate, of)

    def _bias(self, column: Column, slot: int | str, y: float) -> None:
        """The arrow from above: a 1 and the bias beside it; where units are close, only some."""
        layer, x, mode = column.layer, column.centre, self.plan.bias
        if not layer.bias:
            return
        of = ref(layer.bias, () if layer.shared else (slot,))
        high = self.plan.bias_high
        long = max(0.42, high + 0.06) if mode == "full" else max(0.32, 0.8 * high)
        first = slot == column.units()[0][0]
        if mode == "first" and not first:  # between near units an arrow would join the two
            return
        top = y + RADIUS + long
        self.lines.append(Line(((x, top), (x, y + RADIUS)), True, role="bias", ref=of))
        if mode == "full":
            self._sign((x, top + 0.04), "$1$", "", "south", role="bias")
        text = self.stack.entry(layer.bias, () if layer.shared else (slot,))
        where = (x + 0.07, y + RADIUS + 0.02 + high / 2)
        if self.options.reserve and mode == "full":  # a number beside it passes over the wire's
            where = (x + 0.13, y + RADIUS + 0.2 + high / 2)
        made = self._label(where, text, "west", role="bias", of=of)
        top += 0.34 if mode == "full" else 0.0
        box = united([made.box(), (x - 0.08, y + RADIUS, x + 0.08, top)])
        keep(self.anchors, of, grown(box, 0.05, 0.03))

    def _loss(self) -> None:
        """The ℓ box over all outputs, the target from below, the loss at the right."""
        column, stack = self.plan.columns[-1], self.stack
        left, right, end = self.plan.loss
        ys = [y for _, y in column.units()]
        low, high = (left, min(ys) - 0.32), (right, max(ys) + 0.32)
        self.solids.append(Box(low, high, 0.08, role="box", ref=stack.loss))
        middle = (low[1] + high[1]) / 2
        centre = ((left + right) / 2, middle)
        self._sign(centre, inline(sign("ell")), stack.loss, size="small")
        for name in stack.losses:
            keep(self.anchors, name, (*low, *high))
        self._wire((right, middle), (end, middle), stack.loss)
        where = ((right + end - 0.08) / 2, middle + _UP)
        self._label(where, stack.whole(stack.loss), "south", of=stack.loss, size="small")
        if stack.target:
            foot = (centre[0], low[1] - 0.24)
            self._wire(foot, (centre[0], low[1]), stack.target)
            text, of = stack.whole(stack.target), stack.target
            if len(column.slots) == 1:
                text, of = stack.entry(stack.target, (0,)), ref(stack.target, (0,))
            named = of if stack.target != stack.source else ""
            self._label((foot[0], foot[1] - 0.06), text, "north", of=named)

    # -- header, weights, anchors ---------------------------------------------------------------

    def _header(self) -> None:
        y = self.plan.top + self.options.room + HEADER / 2
        tries = [self._heads(y, most, size) for most, size in _HEADERS]
        self.labels += next((heads for heads in tries if _apart(heads)), tries[-1])

    def _heads(self, y: float, most: int, size: str) -> list[Label]:
        """The header's labels, with up to ``most`` symbols each."""
        stack = self.stack
        texts: list[tuple[float, tuple[str, ...]]] = [(self.plan.input_right / 2, (stack.source,))]
        for c in self.plan.columns:
            layer = c.layer
            weights = (layer.weight, layer.bias) if layer.bias else (layer.weight,)
            if not c.fresh:
                texts.append(((c.start + c.centre - RADIUS) / 2, weights))
            outs = (layer.pre,) if layer.out == layer.pre else (layer.pre, layer.out)
            texts.append(((c.centre - RADIUS + c.end) / 2, outs))
        if stack.loss:
            texts.append(((self.plan.loss[1] + self.plan.loss[2] - 0.08) / 2, (stack.loss,)))
        made = []
        for x, names in texts:
            inside = stack.whole(*names[:most])
            made.append(labelled(Label((x, y), inside, "centre", size, role="header")))
        return made

    def _weights(self) -> None:
        for column, edges in zip(self.plan.columns, self.edges, strict=True):
            solid = [one.box() for one in self.labels]
            for label in name_edges(edges, solid, column.centre - RADIUS):
                self.labels.append(label)
                keep(self.anchors, label.ref, grown(label.box(), 0.04, 0.03))

    def _columns(self) -> None:
        """What the moving box of the build-up encloses."""
        plan, stack = self.plan, self.stack
        top = plan.top + self.options.room + HEADER
        spans: list[tuple[float, float, tuple[str, ...]]] = [
            (-0.12, plan.input_right + 0.06, (stack.source,))
        ]
        for c in plan.columns:
            edge = c.centre - RADIUS - 0.06
            start = c.start + (_DOTS_LEFT if c.fresh else 0.0)
            spans.append((start, edge, (c.layer.weight, c.layer.bias)))
            last = c is plan.columns[-1] and bool(stack.loss)
            spans.append((edge, c.end - 0.06 if last else c.end + 0.02, (c.layer.pre, c.layer.out)))
        if stack.loss:
            loss = (stack.loss, *stack.losses, stack.target)
            spans.append((plan.loss[0] - 0.06, plan.loss[2] + 0.1, loss))
        for left, right, names in spans:
            for name in names:
                if name:
                    keep(self.anchors, f"#{name}", (left, plan.bottom - 0.02, right, top))

    def _tensors(self) -> None:
        """The rectangles of whole tensors."""
        stack = self.stack
        self._whole(stack.source)
        for column, edges in zip(self.plan.columns, self.edges, strict=True):
            layer = column.layer
            if edges:
                named = [s.box() for s in self.labels if s.ref.startswith(f"{layer.weight}[")]
                ends = bounding(p for e in edges for p in (e.start, e.end))
                left, bottom, right, top = united([ends, *named])
                keep(self.anchors, layer.weight, (left, bottom - 0.12, right - 0.02, top + 0.12))
            for name in dict.fromkeys((layer.pre, layer.out)):
                self._whole(name, 0.1)
            if layer.bias and not layer.shared:
                self._biases(layer.bias)
        if stack.target:
            self._whole(stack.target)

    def _biases(self, name: str) -> None:
        """Around all arrows of a layer's biases."""
        refs = [one.ref for one in self.named if one.ref.startswith(f"{name}[")]
        rects = [(*self.anchors[f"{r}.low"], *self.anchors[f"{r}.high"]) for r in refs]
        if rects:
            keep(self.anchors, name, united(rects))

    def _whole(self, name: str, below: float = 0.0) -> None:
        """Around the labels of all entries; ``below`` takes in their wires."""
        rects = [one.box() for one in self.named if one.ref.startswith(f"{name}[")]
        if rects:
            left, bottom, right, top = grown(united(rects), 0.06, 0.05)
            keep(self.anchors, name, (left, bottom - below, right, top))


def _apart(labels: list[Label]) -> bool:
    boxes = [one.box() for one in labels]
    return all(a[2] + 0.1 < b[0] for a, b in itertools.pairwise(boxes))
