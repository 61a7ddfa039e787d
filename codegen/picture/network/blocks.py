"""A network that is no stack of dense layers, as boxes from left to right with what they make.

Each box carries its layer's name and parameters; below stand the tensor it makes and its shape. A
layer that adds or joins what was made before it gets those as arrows over the boxes between; where
they come from another row, their name stands at the arrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....derive.language.equation import BATCH, Equation
from ....derive.language.expr import tensors
from ....derive.network.network import Layer
from ...formula.latex_printer import Printer
from ...formula.rich import plain
from ..label.measure import labelled, measure
from ..label.place import framed
from ..scene.rect import Point, grown, united
from ..scene.scene import Box, Circle, Label, Line, Scene, Shape
from .model import NetworkOptions
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


def block_scene(network: Network, symbols: Symbols, options: NetworkOptions) -> Scene:
    """The block diagram; without layers every equation is a box."""
    return _Blocks(network, symbols, options).scene()


class _Blocks:
    def __init__(self, network: Network, symbols: Symbols, options: NetworkOptions) -> None:
        self.network, self.options = network, options
        self.printer = Printer(symbols)
        self.shapes: list[Shape] = []
        self.anchors: dict[str, Point] = {}
        self.made: dict[str, tuple[int, float, float]] = {}  # tensor -> row, right end, middle
        layers = network.layers or _equation_layers(network)
        self.gap = _GAP  # between a box and the one before
        self.owned = _parameters(network, layers)
        self.blocks = [self._block(layer) for layer in layers]

    def _block(self, layer: Layer) -> _Block:
        size = self.options.size
        named = self.options.names.get(layer.label)
        lines = (named,) if named and layer.label != "add" else _name(layer.label)
        own = self.owned[layer.target]
        told = r",\,".join(self.printer.whole(n) for n in own) if 0 < len(own) <= 3 else ""
        parameters = f"${told}$" if told else ""
        if lines == ("+",):
            return _Block(layer, ("$+$",), "", 2 * _ROUND, 2 * _ROUND)
        every = [*lines, *([parameters] if parameters else [])]
        wide = max(measure(t, size)[0] for t in every) + 2 * _PAD
        return _Block(layer, lines, parameters, wide, max(2, len(every)) * _LINE + 0.14)

    # -- rows -----------------------------------------------------------------------------------

    def scene(self) -> Scene:
        source = [t.name for t in self.network.inputs][:1]
        self.aside = {t.name for t in self.network.inputs[1:]}
        y, left = 0.0, True
        rows = self._rows()
        self.gap += max(0.0, min(0.45, *(self._spare(row) for row in rows)))
        for number, row in enumerate(rows):
            x = self._sources(source, y) if left else 0.35
            if not left:  # the arrow that comes from the row above
                self.shapes.append(Line(((0.0, y), (x, y)), True, role="wire"))
            left = False
            self._row(row, number, x, y)
            y -= self._height(row)
        return framed(self.shapes, self.options.about, self.anchors, room=0.06)

    def _height(self, row: list[_Block]) -> float:
        return max(one.high for one in row) + _BELOW + 0.75

    def _rows(self) -> list[list[_Block]]:
        """As few rows as the width allows, about equally long."""
        slots = [self._slot(b) for b in self.blocks]
        free = self.options.width - 1.1
        count = 1
        while True:
            rows: list[list[_Block]] = []
            k = 0
            goal = sum(slots) / count
            for r in range(count):
                row: list[_Block] = []
                used = 0.0
                while k < len(slots) and (
                    not row or (used + slots[k] <= free and (used < goal * 0.98 or r == count - 1))
                ):
                    row.append(self.blocks[k])
                    used += slots[k]
                    k += 1
                rows.append(row)
            if k == len(slots) or count > 12:
                return [row for row in rows if row]
            count += 1

    def _spare(self, row: list[_Block]) -> float:
        """How much longer every arrow of a row can be."""
        return (self.options.width - 1.45 - sum(map(self._slot, row))) / len(row)

    def _slot(self, block: _Block) -> float:
        """What a block takes: its box or its labels, and the arrow before it."""
        texts = self._told(block.layer.target)
        return max(block.wide, *(measure(t, self.options.size)[0] + 0.1 for t in texts)) + self.gap

    def _told(self, name: str) -> tuple[str, str]:
        """A tensor and its shape."""
        shape = [a for a in self.network.tensors[name].axes if a != BATCH]
        sizes = [str(self.network.size(a)) for a in shape]
        told = " × ".join(plain(s) for s in sizes)
        return f"${self.printer.whole(name)}$", told

    def _sources(self, names: list[str], y: float) -> float:
        """The inputs at the left; the x where they end."""
        right = max(max(measure(t, self.options.size)[0] for t in self._told(n)) for n in names)
        for k, name in enumerate(names):
            here = y - 0.75 * k
            symbol, shape = self._told(name)
            self._label((right / 2, here), symbol, "centre", name)
            if shape:
                self._label((right / 2, here - 0.18), shape, "north", name, role="faint")
            self.made[name] = (0, right, here)
            keep(self.anchors, name, (0.0, here - 0.5, right, here + 0.2))
        return right

    def _label(self, where: Point, text: str, anchor: str, ref: str, *, role: str = "") -> Label:
        made = labelled(Label(where, text, anchor, self.options.size, role=role, ref=ref))
        self.shapes.append(made)
        return made

    def _row(self, row: list[_Block], number: int, x: float, y: float) -> None:
        level = 0
        for k, block in enumerate(row):
            slot = self._slot(block) - self.gap
            left = x + self.gap + (slot - block.wide) / 2
            if k or number == 0:
                self.shapes.append(Line(((x + 0.03, y), (left, y)), True, role="wire"))
            else:
                self.shapes.append(Line(((x, y), (left, y)), True, role="wire"))
            level += self._others(block, number, left + block.wide / 2, y, level)
            self._draw(block, left, y)
            x = left + block.wide
            middle = left + block.wide / 2
            self._output(block, middle, y)
            self.made[block.layer.target] = (number, x + 0.12, y)
            if slot > block.wide:
                end = x + (slot - block.wide) / 2
                self.shapes.append(Line(((x, y), (end + 0.03, y)), role="wire"))
                x = end
        self._continues(row, number, x, y)

    def _continues(self, row: list[_Block], number: int, x: float, y: float) -> None:
        if row[-1] is not self.blocks[-1]:
            self.shapes.append(Line(((x, y), (x + 0.4, y)), True, role="wire"))

    def _draw(self, block: _Block, left: float, y: float) -> None:
        of = block.layer.target
        middle = left + block.wide / 2
        if block.lines == ("$+$",):
            self.shapes.append(Circle((middle, y), _ROUND, role="unit", ref=of))
            self._label((middle, y), "$+$", "centre", of)
            return
        low, high = (left, y - block.high / 2), (left + block.wide, y + block.high / 2)
        self.shapes.append(Box(low, high, 0.06, role="soft", ref=of))
        every = [*block.lines, *([block.parameters] if block.parameters else [])]
        top = y + (len(every) - 1) * _LINE / 2
        for k, text in enumerate(every):
            own = text == block.parameters and bool(block.parameters)
            names = self.owned[of]
            ref = names[0] if own and len(names) == 1 else of
            made = self._label((middle, top - k * _LINE), text, "centre", ref,
                               role="parameter" if own else "")  # fmt: skip
            if own:
                for name in names:
                    keep(self.anchors, name, grown(made.box(), 0.05, 0.03))
        for name in self.owned[of]:
            if name not in self.anchors:
                keep(self.anchors, name, (*low, *high))
            keep(self.anchors, f"#{name}", (*low, *high))

    def _output(self, block: _Block, x: float, y: float) -> None:
        symbol, shape = self._told(block.layer.target)
        of, foot = block.layer.target, y - block.high / 2 - 0.06
        made = [self._label((x, foot), symbol, "north", of)]
        if shape:
            foot = made[0].box()[1] - 0.03
            made.append(self._label((x, foot), shape, "north", of, role="faint"))
        keep(self.anchors, of, grown(united([m.box() for m in made]), 0.06, 0.03))
        box = (x - block.wide / 2, y - block.high / 2, x + block.wide / 2, y + block.high / 2)
        keep(self.anchors, f"#{of}", grown(united([*(m.box() for m in made), box]), 0.08, 0.05))

    def _others(self, block: _Block, row: int, x: float, y: float, level: int) -> int:
        """Sources that are not simply the box before: over the boxes, or named. How many."""
        before = self._before(block)
        count = 0
        for name in block.layer.sources:
            if name == before or (name not in self.made and name not in self.aside):
                continue
            at, start, _ = self.made.get(name, (-1, 0.0, 0.0))
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

    def _before(self, block: _Block) -> str:
        k = self.blocks.index(block)
        if k == 0:
            return self.network.inputs[0].name if self.network.inputs else ""
        return self.blocks[k - 1].layer.target


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
        found: dict[str, None] = {}
        names = [e.name for e in pending]
        stop = names.index(layer.target) + 1 if layer.target in names else 0
        for eq in pending[:stop]:
            found |= {n: None for n in tensors(eq.rhs) if kinds[n] == "parameter"}
        pending = pending[stop:]
        made[layer.target] = tuple(found)
    return made
