"""A network that is no stack of dense layers, as boxes from left to right with what they make.

Each box carries its layer's name and parameters; below stand the tensor it makes and its shape. A
layer that adds or joins what was made before it gets those as arrows over the boxes between; where
they come from another row, their name stands at the arrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ....derive.language.equation import BATCH, Equation
from ....derive.language.expr import tensors
from ....derive.network.network import Layer
from ...formula.latex_printer import Printer
from ...formula.rich import inline, plain
from ...formula.tree.write import joined, sign, space
from ..label.measure import labelled, measure
from ..label.place import framed
from ..scene.rect import Point, grown, united
from ..scene.scene import Box, Circle, Label, Line, Scene, Shape
from .model import SIZE, NetworkOptions
from .regions import keep

if TYPE_CHECKING:
    from ....derive.network.network import Network
    from ...notation.symbols import Symbols

_GAP, _PAD, _LINE = 0.42, 0.12, 0.36
_ROUND = 0.24  # radius of the circle of a sum
_BELOW = 0.95  # room for a tensor and its shape


@dataclass(frozen=True)
class _Block:
    layer: Layer
    lines: tuple[str, ...]
    parameters: str
    wide: float
    high: float

    @property
    def texts(self) -> tuple[str, ...]:
        """What stands in its box."""
        return (*self.lines, self.parameters) if self.parameters else self.lines


class Blocks:
    """The block diagram; without layers every equation is a box."""

    def __init__(self, network: Network, symbols: Symbols, options: NetworkOptions) -> None:
        self.network, self.options = network, options
        self.printer = Printer(symbols)
        self.shapes: list[Shape] = []
        self.anchors: dict[str, Point] = {}
        self.made: dict[str, tuple[int, float]] = {}  # tensor -> row, right end
        layers = network.layers or _equation_layers(network)
        self.gap = _GAP  # between a box and the one before
        self.owned = _parameters(network, layers)
        self.blocks = [self._block(layer) for layer in layers]

    def _block(self, layer: Layer) -> _Block:
        named = self.options.names.get(layer.label)
        lines = (named,) if named and layer.label != "add" else _name(layer.label)
        own = self.owned[layer.target]
        told = joined(map(self.printer.named, own), sign(","), space(","))
        parameters = inline(told) if 0 < len(own) <= 3 else ""
        if lines == ("+",):
            return _Block(layer, ("$+$",), "", 2 * _ROUND, 2 * _ROUND)
        made = _Block(layer, lines, parameters, 0.0, 0.0)
        wide = max(measure(t, SIZE)[0] for t in made.texts) + 2 * _PAD
        return replace(made, wide=wide, high=max(2, len(made.texts)) * _LINE + 0.14)

    # -- rows -----------------------------------------------------------------------------------

    def scene(self) -> Scene:
        inputs = [t.name for t in self.network.inputs]
        self.aside = set(inputs[1:])
        y = 0.0
        rows = self._rows()
        self.gap += max(0.0, min(0.45, *(self._spare(row) for row in rows)))
        for number, row in enumerate(rows):
            x = 0.35 if number or not inputs else self._source(inputs[0])
            if number:  # the arrow that comes from the row above
                self._wire((0.0, y), (x, y))
            self._row(row, number, x, y)
            y -= max(one.high for one in row) + _BELOW + 0.75
        return framed(self.shapes, self.options.about, self.anchors, room=0.06)

    def _rows(self) -> list[list[_Block]]:
        """As few rows as the width allows, about equally long."""
        tries = map(self._shared_out, range(1, len(self.blocks) + 1))
        rows = next(rows for rows in tries if sum(map(len, rows)) == len(self.blocks))
        return [row for row in rows if row]

    def _shared_out(self, count: int) -> list[list[_Block]]:
        """The blocks in ``count`` rows; those that have no room in the last one are left out."""
        slots = [self._slot(b) for b in self.blocks]
        free, goal = self.options.width - 1.1, sum(slots) / count
        rows: list[list[_Block]] = []
        k = 0
        for r in range(count):
            first, used = k, 0.0
            while k < len(slots) and (
                k == first or (used + slots[k] <= free and (used < goal * 0.98 or r == count - 1))
            ):
                used += slots[k]
                k += 1
            rows.append(self.blocks[first:k])
        return rows

    def _spare(self, row: list[_Block]) -> float:
        """How much longer every arrow of a row can be."""
        return (self.options.width - 1.45 - sum(map(self._slot, row))) / len(row)

    def _slot(self, block: _Block) -> float:
        """What a block takes: its box or its labels, and the arrow before it."""
        texts = self._told(block.layer.target)
        return max(block.wide, *(measure(t, SIZE)[0] + 0.1 for t in texts)) + self.gap

    def _told(self, name: str) -> tuple[str, str]:
        """A tensor and its shape."""
        shape = [a for a in self.network.tensors[name].axes if a != BATCH]
        sizes = [str(self.network.size(a)) for a in shape]
        told = " × ".join(plain(s) for s in sizes)
        return inline(self.printer.named(name)), told

    def _source(self, name: str) -> float:
        """The input at the left of the first row; the x where it ends."""
        symbol, shape = self._told(name)
        right = max(measure(t, SIZE)[0] for t in (symbol, shape))
        self._label((right / 2, 0.0), symbol, "centre", name)
        if shape:
            self._label((right / 2, -0.18), shape, "north", name, role="faint")
        self.made[name] = (0, right)
        keep(self.anchors, name, (0.0, -0.5, right, 0.2))
        return right

    def _wire(self, start: Point, end: Point, *, arrow: bool = True) -> None:
        self.shapes.append(Line((start, end), arrow, role="wire"))

    def _label(self, where: Point, text: str, anchor: str, ref: str, *, role: str = "") -> Label:
        made = labelled(Label(where, text, anchor, SIZE, role=role, ref=ref))
        self.shapes.append(made)
        return made

    def _row(self, row: list[_Block], number: int, x: float, y: float) -> None:
        level = 0
        for k, block in enumerate(row):
            slot = self._slot(block) - self.gap
            left = x + self.gap + (slot - block.wide) / 2
            self._wire((x if number and not k else x + 0.03, y), (left, y))
            level += self._others(block, number, left + block.wide / 2, y, level)
            self._draw(block, left, y)
            x = left + block.wide
            middle = left + block.wide / 2
            self._output(block, middle, y)
            self.made[block.layer.target] = (number, x + 0.12)
            if slot > block.wide:
                end = x + (slot - block.wide) / 2
                self._wire((x, y), (end + 0.03, y), arrow=False)
                x = end
        if row[-1] is not self.blocks[-1]:
            self._wire((x, y), (x + 0.4, y))

    def _draw(self, block: _Block, left: float, y: float) -> None:
        of = block.layer.target
        middle = left + block.wide / 2
        if block.lines == ("$+$",):
            self.shapes.append(Circle((middle, y), _ROUND, role="unit", ref=of))
            self._label((middle, y), "$+$", "centre", of)
            return
        low, high = (left, y - block.high / 2), (left + block.wide, y + block.high / 2)
        self.shapes.append(Box(low, high, 0.06, role="soft", ref=of))
        top = y + (len(block.texts) - 1) * _LINE / 2
        names = self.owned[of]
        for k, text in enumerate(block.texts):
            own = text == block.parameters
            ref = names[0] if own and len(names) == 1 else of
            made = self._label((middle, top - k * _LINE), text, "centre", ref,
                               role="parameter" if own else "")  # fmt: skip
            if own:
                for name in names:
                    keep(self.anchors, name, grown(made.box(), 0.05, 0.03))
        for name in names:
            if name not in self.anchors:
                keep(self.anchors, name, (*low, *high))
            keep(self.anchors, f"#{name}", (*low, *high))
            keep(self.anchors, f"^{name}", (*low, *high))

    def _output(self, block: _Block, x: float, y: float) -> None:
        symbol, shape = self._told(block.layer.target)
        of, foot = block.layer.target, y - block.high / 2 - 0.06
        made = [self._label((x, foot), symbol, "north", of)]
        if shape:
            foot = made[0].box()[1] - 0.03
            made.append(self._label((x, foot), shape, "north", of, role="faint"))
        keep(self.anchors, of, grown(united([m.box() for m in made]), 0.06, 0.03))
        box = (x - block.wide / 2, y - block.high / 2, x + block.wide / 2, y + block.high / 2)
        held = united([*(m.box() for m in made), box])
        keep(self.anchors, f"#{of}", grown(held, 0.08, 0.05))
        keep(self.anchors, f"^{of}", held)

    def _others(self, block: _Block, row: int, x: float, y: float, level: int) -> int:
        """Sources that are not simply the box before: over the boxes, or named. How many."""
        k = self.blocks.index(block)
        before = self.blocks[k - 1].layer.target if k else next(iter(self.made), "")
        count = 0
        for name in block.layer.sources:
            if name == before or (name not in self.made and name not in self.aside):
                continue
            at, start = self.made.get(name, (-1, 0.0))
            top = y + block.high / 2
            over = y + max(b.high for b in self.blocks) / 2 + 0.25 + 0.2 * (level + count)
            if at == row and start < x:
                path: tuple[Point, ...] = ((start, y), (start, over), (x, over), (x, top))
            else:
                path = ((x, top + 0.45), (x, top))
                self._label((x, top + 0.5), self._told(name)[0], "south", name)
            self.shapes.append(Line(path, True, role="wire", ref=name))
            count += 1
        return count


def _name(label: str) -> tuple[str, ...]:
    """A layer's name in lines of at most about nine letters."""
    if label in ("add", "+"):
        return ("+",)
    lines: list[str] = []
    for word in label.split("_"):
        if lines and len(lines[-1]) + len(word) < 9:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return tuple(plain(line) for line in lines)


def _equation_layers(network: Network) -> tuple[Layer, ...]:
    """Every written equation as a box of its own; what it reads that was computed before."""
    known = {t.name for t in network.tensors.values() if t.kind in ("input", "variable")}
    return tuple(
        Layer(eq.name, tuple(n for n in tensors(eq.rhs) if n in known), eq.name)
        for eq in network.equations if eq.text
    )  # fmt: skip


def _parameters(network: Network, layers: tuple[Layer, ...]) -> Mapping[str, tuple[str, ...]]:
    """For each layer's output the parameters read by its equations: those since the one before."""
    kinds = {t.name: t.kind for t in network.tensors.values()}
    made: dict[str, tuple[str, ...]] = {}
    pending: list[Equation] = list(network.equations)
    for layer in layers:
        names = [e.name for e in pending]
        stop = names.index(layer.target) + 1 if layer.target in names else 0
        found = [n for e in pending[:stop] for n in tensors(e.rhs) if kinds[n] == "parameter"]
        made[layer.target] = tuple(dict.fromkeys(found))
        del pending[:stop]
    return made
