"""Tensors in print: one entry, the whole, and the loss's derivative by either."""

from __future__ import annotations

from collections.abc import Sequence

from ...derive.forms.orientation import counted_from
from ...derive.language.expr import Expr, Read, num
from ..notation.symbol import Symbol
from ..notation.symbols import Symbols
from .latex_functions import ATOM, MUL, POW, FunctionPrinter, Tex


class EntryPrinter(FunctionPrinter):
    """Reads and derivatives; the other nodes are printed by the heir, `Printer`."""

    symbols: Symbols

    def index(self, expr: Expr) -> str:
        raise NotImplementedError

    def whole(self, name: str) -> str:
        """A tensor without indices: bold where it has axes; an adjoint as a derivative."""
        of = self.symbols.adjoints.get(name)
        return self.gradient(of) if of is not None else self.symbols[name].whole

    def gradient(self, name: str, steps: Sequence[Expr] = ()) -> str:
        """The derivative of the loss by the whole tensor (or by these ``steps`` of a recurrence),
        in the style of the notation: ∂L/∂W, δ of a pre-activation, dW, ∇_W L."""
        if name in self.symbols.deltas:
            return self._part(self.symbols.deltas[name], name, steps)
        below, loss = (
            self._part(self.symbols[name], name, steps),
            self.symbols[self.symbols.of].whole,
        )
        if self.style.derivative == "d":
            return f"d{below}"
        if self.style.derivative == "nabla":
            return rf"\nabla_{{{below}}} {loss}"
        return rf"\frac{{\partial {loss}}}{{\partial {below}}}"

    def _part(self, symbol: Symbol, name: str, places: Sequence[Expr]) -> str:
        """A tensor as a whole, at a step of a recurrence, or one entry of it."""
        if not places:
            return symbol.whole
        if len(places) == len(self.symbols.network.tensors[name].axes):
            return self._entry(symbol, name, places).text
        return symbol.step(",".join(self.index(i) for i in places))

    def entry_at(self, name: str, at: Sequence[int]) -> str:
        """One entry by its places, which count from 0: a symbol, also where what it holds counts
        as the notation's indices do (x_1 is not its value x_1 − 1)."""
        base = self.symbols.style.index_base
        return self._tex(counted_from(Read(name, tuple(num(k) for k in at)), base)).text

    def _read(self, e: Read) -> Tex:
        of = self.symbols.adjoints.get(e.tensor)
        if of is None:
            return self._entry(self.symbols[e.tensor], e.tensor, e.indices)
        delta = self.symbols.deltas.get(of)
        if delta is not None:
            return self._entry(delta, of, e.indices)
        inner = self._entry(self.symbols[of], of, e.indices)
        if self.style.derivative == "d":
            return Tex(f"d{inner.text}", inner.level, 0, inner.wide + 0.6)
        above = self.symbols[self.symbols.of].whole
        made = rf"\frac{{\partial {above}}}{{\partial {inner.text}}}"
        return Tex(made, MUL, 2, inner.wide + 1.2)

    def _entry(self, symbol: Symbol, name: str, places: Sequence[Expr]) -> Tex:
        """One entry by its symbol and the places in it, counted as printed."""
        edge = self.symbols.edge(name, places)
        if edge is not None:
            return Tex(edge, ATOM, 0, 1.5)
        shown = self.symbols.written(name, places)
        if not shown:
            return Tex(symbol.at(""), POW if "^" in symbol.at("") else ATOM)
        inside = ",".join(self.index(i) for i in shown)
        if symbol.unit and not inside.isdigit():  # out_{h1}, and out_{h_i} where i is a letter
            inside = f"_{{{inside}}}"
        raised = symbol.raised or "^" in inside
        return Tex(symbol.at(inside), POW if raised else ATOM, 0, 1 + 0.45 * len(places))
