"""A circuit as a lecture prints it: texts of its gates, its numbers, its gradients as products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .....derive.forms.chain import Local
from .....derive.language.expr import Add, Expr, Fn, Mul, Name, Read, add, mul
from .....derive.language.refs import entry_of
from .....derive.relations.circuits import CircuitTruth
from .....derive.relations.claim import Claim
from .....derive.relations.relation import Relation
from .....derive.steps.step_nodes import D
from .....derive.topics.circuits import Circuit, Group, Rule
from .....derive.topics.split_nodes import Node
from .....derive.values.entries import number
from ....deck.model import Row
from ....formula.ends import first
from ....formula.latex_functions import MUL, Tex
from ....formula.latex_printer import Printer
from ....formula.rich import inline
from ....formula.tree import write
from ....formula.tree.nodes import BLANK
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import PLUS, row, sign, spaced
from ....picture.diagram import circuit as drawn
from ....picture.scene.scene import Scene
from ...board.board import Board
from ...board.chains import added
from ...board.printed import signed
from ...words import Words
from ..shared.numbers import calculated

TIMES = sign("times")
SIGNS = {"+": row(PLUS), "-": row(sign("-")), "*": row(TIMES),
         "reciprocal": row(write.number(1), sign("/"), sign("x"))}  # fmt: skip
BREADTH = 13.5  # cm; a wider circuit is folded into two rows


class Formulas(Printer):
    """Prints formulas over letters that are no tensors: f(x) = 1/x, the lines of a derivative."""

    def _name(self, e: Name) -> Tex:
        return Tex(write.lettered(e.name))

    def _d(self, e: D) -> Tex:
        d = sign("d")
        below = spaced(d, self._tex(e.wrt).node)
        inside = self._tex(e.arg)
        if isinstance(e.arg, Fn) and e.arg.name != "exp":
            over = row(d, write.space(","), BLANK, inside.node)
            return Tex(write.fraction(over, below), MUL, 2, inside.wide)
        made = spaced(write.fraction(d, below), self.fenced(inside).node)
        return Tex(made, MUL, 2, inside.wide + 2)


def local_slope(gate: str, source: str) -> Local:
    """The local derivative of a gate by one of its inputs, as a tree."""
    return Local(Read(gate), Read(source))


@dataclass(frozen=True)
class Drawn:
    """A circuit of a board: its picture's nodes and wires, and what is printed at them."""

    board: Board
    circuit: Circuit
    target: str = ""
    """What the node with gradient 1 was asked for as, where it has several names."""

    @property
    def of(self) -> Node:
        return self.circuit[self.circuit.of]

    # -- the picture ---------------------------------------------------------------------------

    def nodes(self) -> list[drawn.Node]:
        return [
            drawn.Node(n.id, inline(self.text(n)), not n.inputs, self.name(n))
            for n in self.circuit.nodes
        ]

    def wires(self) -> list[tuple[str, str]]:
        return [(i, n.id) for n in self.circuit.nodes for i in dict.fromkeys(n.inputs)]

    def scene(self, *, reveal: str = "none") -> Scene:
        """Values above the wires, gradients below."""
        return drawn.circuit_scene(
            self.nodes(),
            self.wires(),
            {n.id: inline(self.value(n)) for n in self.circuit.nodes},
            {n.id: inline(self.gradient(n)) for n in self.circuit.nodes},
            shares=self._shares(),
            output=inline(self.symbol(self.of)),
            reveal=reveal,
            breadth=BREADTH,
        )

    def group_scene(self, group: Group) -> Scene:
        """The gates of a group alone, framed, from their input to their output."""
        name = self.board.printer.called(group.name)
        inside = {group.input, *group.nodes}
        nodes = [n for n in self.nodes() if n.key in inside]
        first = drawn.Node(group.input, inline(sign("v")), True)
        kept = [first, *(n for n in nodes if n.key != group.input)]
        chosen = [n for n in self.circuit.nodes if n.id in inside]
        return drawn.circuit_scene(
            kept,
            [(a, b) for a, b in self.wires() if a in inside and b in group.nodes],
            {n.id: inline(self.value(n)) for n in chosen},
            {n.id: inline(self.gradient(n)) for n in chosen},
            output=inline(self.symbol(self.circuit[group.output])),
            group=drawn.Group(list(group.nodes), inline(name), group.name),
        )

    def steps(self, reveal: str) -> int:
        return drawn.circuit_steps(self.nodes(), self.wires(), reveal).count

    def _shares(self) -> dict[tuple[str, str], str]:
        """What a wire hands back, for nodes that are read by several."""
        wires = self.wires()
        many = {a for a, _ in wires if sum(a == b for b, _ in wires) > 1}
        return {(a, b): inline(self.share(self.circuit[b], a)[1]) for a, b in wires if a in many}

    # -- what is said of it --------------------------------------------------------------------

    @cached_property
    def truth(self) -> CircuitTruth:
        return CircuitTruth(self.circuit)

    def slope(self, node: Node) -> D:
        """∂f/∂(node) as a tree."""
        return D(Read(self.circuit.of), Read(node.id))

    def says(self, *sides: Expr) -> Claim:
        return Claim(self.truth, Relation(sides))

    def text(self, node: Node) -> Formula:
        """What stands in a gate, or the symbol of an input."""
        f = node.function
        if f is None or node.op == "equation":
            return self.symbol(node)
        formulas = Formulas(self.board.symbols)
        if node.op in SIGNS:
            return SIGNS[node.op]
        if node.op == "scale" and isinstance(f, Mul):
            factor = formulas.expression(f.args[0], {})
            return spaced(sign("cdot"), signed(factor, first(factor) == sign("-")))
        if node.op == "shift" and isinstance(f, Add):
            shift = formulas.expression(f.args[0], {})
            return shift if first(shift) == sign("-") else row(PLUS, shift)
        if isinstance(f, Fn) and len(f.args) == 1:
            return row(sign("exp")) if f.name == "exp" else self.board.printer.called(f.name)
        return formulas.expression(f, {})

    def symbol(self, node: Node) -> Formula:
        """The entry a node computes, in the board's notation; empty for one without a name."""
        if node.id == self.circuit.of and self.target:
            return self.board.at(*entry_of(self.target))
        return self.board.at(*entry_of(node.name)) if node.name else row()

    # -- numbers -------------------------------------------------------------------------------

    def name(self, node: Node) -> str:
        return node.name or node.id

    def value(self, node: Node) -> Formula:
        given = node.function is None
        means = Read(node.id)
        return self.board.figure(self.name(node), node.value, given=given, means=means,
                                 by=self.truth)  # fmt: skip

    def gradient(self, node: Node) -> Formula:
        name, means = self._gradient_name(node), self.slope(node)
        return self.board.figure(name, node.gradient, means=means, by=self.truth)

    def _gradient_name(self, node: Node) -> str:
        return f"d{self.name(self.of)}/d{self.name(node)}"

    def local(self, node: Node, source: str) -> tuple[Any, Formula]:
        """The local derivative of a gate by one of its inputs: a number, and in print."""
        exact = sum((d for i, d in zip(node.inputs, node.local, strict=True) if i == source),
                    number(0))  # fmt: skip
        what = f"local.d{self.name(node)}/d{self.name(self.circuit[source])}"
        means = local_slope(node.id, source)
        return exact, self.board.figure(what, exact, means=means, by=self.truth)

    def share(self, node: Node, source: str) -> tuple[Any, Formula]:
        exact = node.gradient * self.local(node, source)[0]
        what = f"share.{self.name(node)}.{self.name(self.circuit[source])}"
        means = mul([self.slope(node), local_slope(node.id, source)])
        return exact, self.board.figure(what, exact, means=means, by=self.truth)

    # -- gradients as products -----------------------------------------------------------------

    @property
    def derived(self) -> list[Node]:
        """The nodes that have a gradient of their own, in the order of the backward pass."""
        return [n for n in reversed(self.circuit.nodes) if n.id != self.circuit.of]

    def rows(self, words: Words) -> Iterator[Row]:
        """A row per gradient in the order of the backward pass: upstream × local = gradient."""
        for k, node in enumerate(self.derived):
            readers = [n for n in self.circuit.nodes if node.id in n.inputs]
            yield self._row(node, readers, None if k else words)

    def _row(self, node: Node, readers: Sequence[Node], words: Words | None) -> Row:
        shown = self.board.numerals.rounded
        parts, redone = [], number(0)
        for k, reader in enumerate(readers):
            local, made = self.local(reader, node.id)
            up = shown(reader.gradient)
            redone += number(up) * number(shown(local))
            above = signed(self.gradient(reader), k > 0 and up.is_signed())
            below = signed(made, shown(local).is_signed())
            if words is not None and k == 0:
                above = write.underbrace(above, write.text(words("circuit_upstream")))
                below = write.underbrace(below, write.text(words("circuit_local")))
            parts.append(spaced(above, TIMES, below))
        name = self._gradient_name(node)
        relation, result = calculated(
            self.board, name, redone, node.gradient, means=self.slope(node), by=self.truth
        )
        right = spaced(added(parts), relation, result)
        products = (mul([self.slope(r), local_slope(r.id, node.id)]) for r in readers)
        says = self.says(self.slope(node), add(products))
        return Row(self.derivative(node), right, ref=self.name(node), blank=True, claim=says)

    def derivative(self, node: Node) -> Formula:
        """∂f/∂w; a node without a name is shown as its gate."""
        return write.slashed(
            self.symbol(self.of), self.symbol(node) if node.name else self.gate(node)
        )

    def gate(self, node: Node) -> Formula:
        """The frame of a gate without a name."""
        made, same, alike = write.boxed(self.text(node)), self._of_its_kind(node), self.alike(node)
        if len(same) > 1:  # two gates of a kind are told apart by their values
            made = write.lowered(made, self.value(node))
        if len(alike) > 1:  # and these by the order in which they are calculated
            made = write.raised(made, write.fenced(write.number(alike.index(node) + 1)))
        return made

    def _of_its_kind(self, node: Node) -> list[Node]:
        return [n for n in self.circuit.nodes if not n.name and self.text(n) == self.text(node)]

    def alike(self, node: Node) -> list[Node]:
        """The gates without a name that do the same and have the same value in print."""
        printed = self.board.numerals.plain
        return [n for n in self._of_its_kind(node) if printed(n.value) == printed(node.value)]

    # -- local rules ---------------------------------------------------------------------------

    def rules(self) -> list[tuple[Formula, Formula]]:
        """The local rules of one input (of several, where there are no others)."""
        found: Sequence[Rule] = self.circuit.rules or self.circuit.products
        formulas = Formulas(self.board.symbols)
        made = []
        for rule in found:
            slopes = write.enumerated(formulas.expression(d, {}) for d in rule.derivatives)
            made.append((formulas.expression(rule.function, {}), slopes))
        return made
