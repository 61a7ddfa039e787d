"""Tensors in print: one entry, the whole, and the loss's derivative by either."""

from __future__ import annotations

from collections.abc import Sequence

from ...derive.forms.orientation import counted_from
from ...derive.language.expr import Expr, Read, num
from ..notation.symbol import Symbol
from ..notation.symbols import Symbols
from .latex_functions import ATOM, MUL, POW, FunctionPrinter, Tex
from .tree.nodes import Node, Row, Scripts, walk
from .tree.reader import formula
from .tree.write import derivative, listed, row, sign


class EntryPrinter(FunctionPrinter):
    """Reads and derivatives; the other nodes are printed by the heir, `Printer`."""

    symbols: Symbols

    def index(self, expr: Expr) -> Row:
        raise NotImplementedError

    def named(self, name: str) -> Row:
        """A tensor without indices: bold where it has axes; an adjoint as a derivative."""
        of = self.symbols.adjoints.get(name)
        return self.derived(of) if of is not None else self.symbols[name].tree

    def derived(self, name: str, steps: Sequence[Expr] = ()) -> Row:
        """The derivative of the loss by the whole tensor (or by these ``steps`` of a recurrence),
        in the style of the notation: ∂L/∂W, δ of a pre-activation, dW, ∇_W L."""
        if name in self.symbols.deltas:
            return self._part(self.symbols.deltas[name], name, steps)
        below, loss = (
            self._part(self.symbols[name], name, steps),
            self.symbols[self.symbols.of].tree,
        )
        return self.symbols.derivative(loss, below)

    def _part(self, symbol: Symbol, name: str, places: Sequence[Expr]) -> Row:
        """A tensor as a whole, at a step of a recurrence, or one entry of it."""
        if not places:
            return symbol.tree
        if len(places) == len(self.symbols.network.tensors[name].axes):
            return row(self._entry(symbol, name, places).node)
        return symbol.step_at(listed(self.index(i) for i in places))

    def entry_at(self, name: str, at: Sequence[int]) -> Row:
        """One entry by its places, which count from 0: a symbol, also where what it holds counts
        as the notation's indices do (x_1 is not its value x_1 − 1)."""
        base = self.symbols.style.index_base
        return row(self._tex(counted_from(Read(name, tuple(num(k) for k in at)), base)).node)

    def _read(self, e: Read) -> Tex:
        of = self.symbols.adjoints.get(e.tensor)
        if of is None:
            return self._entry(self.symbols[e.tensor], e.tensor, e.indices)
        delta = self.symbols.deltas.get(of)
        if delta is not None:
            return self._entry(delta, of, e.indices)
        inner = self._entry(self.symbols[of], of, e.indices)
        if self.style.derivative == "d":
            return Tex(row(sign("d"), inner.node), inner.level, 0, inner.wide + 0.6)
        made = derivative(self.symbols[self.symbols.of].tree, inner.node)
        return Tex(made, MUL, 2, inner.wide + 1.2)

    def _entry(self, symbol: Symbol, name: str, places: Sequence[Expr]) -> Tex:
        """One entry by its symbol and the places in it, counted as printed."""
        edge = self.symbols.edge(name, places)
        if edge is not None:
            return Tex(formula(edge), ATOM, 0, 1.5)
        inside = listed(self.index(i) for i in self.symbols.written(name, places))
        if not inside.items:
            scalar = symbol.entry_at(inside)
            return Tex(scalar, POW if is_raised(scalar) else ATOM)
        raised = symbol.raised or is_raised(inside)
        return Tex(symbol.entry_at(inside), POW if raised else ATOM, 0, 1 + 0.45 * len(places))


def is_raised(node: Node) -> bool:
    """Does something stand above its line: a power would be a second one?"""
    return any(isinstance(n, Scripts) and any(m == "^" for m, _ in n.marks) for n in walk(node))


def is_lowered(node: Node) -> bool:
    """Does something stand below its line?"""
    return any(isinstance(n, Scripts) and n.low is not None for n in walk(node))
