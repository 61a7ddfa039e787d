"""Is a network a stack of dense layers? Read off its equations, by their form alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ....derive.language.equation import BATCH, Equation
from ....derive.language.expr import (
    Add,
    Expr,
    Fn,
    Idx,
    Mul,
    Normal,
    Read,
    Reduce,
    reads,
    tensors,
    walk,
)
from ...formula.latex_printer import Printer
from ...formula.rich import inline
from ...formula.tree.nodes import Row
from ...formula.tree.reader import formula
from ...formula.tree.write import joined, listed, lowered, number, row, sign, space
from ...notation.names import index_tex
from .model import At, Dense, Stack

if TYPE_CHECKING:
    from ....derive.network.network import Network
    from ...notation.symbols import Symbols


def stack_of(network: Network, symbols: Symbols) -> Stack | None:
    """The stack, or None for a network of another form (convolutions, attention, scalars …)."""
    return _Reader(network, symbols).stack()


class _Reader:
    def __init__(self, network: Network, symbols: Symbols) -> None:
        self.network, self.symbols = network, symbols
        self.printer = Printer(symbols)
        self.equations = list(network.equations)

    def stack(self) -> Stack | None:
        if len(self.network.inputs) != 1 or self._rank(self.network.inputs[0].name) != 1:
            return None
        source = here = self.network.inputs[0].name
        layers: list[Dense] = []
        left = self.equations
        while (layer := self._layer(left, here)) is not None:
            layers.append(layer)
            left = [e for e in left if e.name not in (layer.pre, layer.out)]
            here = layer.out
        if not layers or here != self.network.output:
            return None
        rest = [e for e in left if e.name != self.network.loss or e.label != "batch"]
        if any(source in tensors(e.rhs) for e in rest):  # a skip, or a target that is the input
            rest = rest if _only_loss(rest, self.network) else []
            if not rest:
                return None
        return Stack(
            source, self._size(source), tuple(layers), self.entry, self.whole,
            *self._loss(rest, here),
        )  # fmt: skip

    def _loss(self, rest: list[Equation], output: str) -> tuple[str, str, tuple[str, ...]]:
        """Target, loss, and the tensors between output and loss."""
        loss = self.network.sample_loss
        if loss not in {e.name for e in rest}:
            return "", "", ()
        read = {t: None for e in rest for t in tensors(e.rhs)}
        target = next((t.name for t in self.network.targets if t.name in read), "")
        source = self.network.inputs[0].name  # an autoencoder's target is its input
        target = target or (source if source in read else "")
        return target, loss, tuple(e.name for e in rest if e.name != loss)

    # -- one layer ----------------------------------------------------------------------------

    def _layer(self, equations: list[Equation], source: str) -> Dense | None:
        """The only equation that multiplies ``source`` with weights, and its activation."""
        found = [(e, made) for e in equations if (made := self._product(e, source)) is not None]
        if len(found) != 1:
            return None
        [(eq, (weight, swapped))] = found
        biases = self._biases(eq, source, weight)
        if biases is None or self._rank(eq.name) != 1:
            return None
        bias = biases[0] if biases else ""
        out, gate, joint = self._activation(equations, eq.name)
        return Dense(
            weight, eq.name, out, self._size(eq.name), bias,
            bool(bias) and self._rank(bias) == 0, gate, joint, swapped,
        )  # fmt: skip

    def _product(self, eq: Equation, source: str) -> tuple[str, bool] | None:
        """Weights of ``sum[i](x[i]*W[i,j])``, and whether they are stored (to, from)."""
        for term in _terms(eq.rhs):
            if not (isinstance(term, Reduce) and term.op == "sum" and len(term.idxs) == 1):
                continue
            if term.cond is not None or not isinstance(term.body, Mul) or len(term.body.args) != 2:
                continue
            both = [r for r in term.body.args if isinstance(r, Read)]
            weight = next((r for r in both if self._is_weight(r.tensor)), None)
            if len(both) != 2 or weight is None or source not in (r.tensor for r in both):
                continue
            own = [i for i in eq.indices if i.axis != BATCH]
            if len(own) == 1 and set(weight.indices) == {term.idxs[0], own[0]}:
                return weight.tensor, weight.indices[0] == own[0]
        return None

    def _biases(self, eq: Equation, source: str, weight: str) -> list[str] | None:
        """The bias read besides the product; None where something else is."""
        terms = _terms(eq.rhs)
        others = [t for t in terms if not isinstance(t, Reduce)]
        names = [t.tensor for t in others if isinstance(t, Read)]
        whole = len(names) == len(others) <= 1 and len(terms) - len(others) == 1
        fine = whole and all(self._kind(n) == "parameter" for n in names)
        return names if fine and set(tensors(eq.rhs)) <= {source, weight, *names} else None

    def _activation(self, equations: list[Equation], pre: str) -> tuple[str, str, bool]:
        """Output, name of the function, and whether it takes all units at once."""
        # a stable form's own equations have no text
        readers = [e for e in equations if e.text and pre in tensors(e.rhs)]
        if len(readers) != 1 or pre == self.network.output:
            return pre, "", False
        eq = readers[0]
        joint = isinstance(eq.rhs, Normal) and eq.rhs.op == "softmax"
        single = isinstance(eq.rhs, Fn | Read)
        known = self._rank(eq.name) == 1 and all(r.tensor == pre for r in reads(eq.rhs))
        if not known or not eq.indices or self._size(eq.name) != self._size(pre):
            return pre, "", False
        if joint or single or _elementwise(eq.rhs):
            return eq.name, self._gate(eq.rhs), joint
        return pre, "", False

    def _gate(self, rhs: Expr) -> str:
        """The function of a unit as its equation prints it; nothing where the unit adds none."""
        match rhs:
            case Read() | Fn("identity"):
                return ""
            case Fn(name, (Read(), *_)):
                return inline(self.printer.called(name))
            case Normal(op):
                return inline(self.printer.called(op))
        return "$g$"  # written out: it has no name

    # -- how an entry is written ----------------------------------------------------------------

    def entry(self, name: str, at: At) -> str:
        if all(isinstance(k, int) for k in at):
            return inline(self.printer.entry_at(name, [int(k) for k in at]))
        base = self.symbols.style.index_base
        told = [number(k + base) if isinstance(k, int) else _last(k, base) for k in at]
        if self.symbols.style.drop_single:
            sizes = self.network.shape(name)[-len(at) :]
            told = [t for t, n in zip(told, sizes, strict=True) if n != 1]
        if name in self.symbols.swapped:
            told.reverse()
        return inline(self.symbols[name].entry_at(listed(told)))

    def whole(self, *names: str) -> str:
        return inline(joined(map(self.printer.named, names), sign(","), space(",")))

    def _rank(self, name: str) -> int:
        return sum(a != BATCH for a in self.network.tensors[name].axes)

    def _size(self, name: str) -> int | str:
        return next(self.network.size(a) for a in self.network.tensors[name].axes if a != BATCH)

    def _kind(self, name: str) -> str:
        return self.network.tensors[name].kind

    def _is_weight(self, name: str) -> bool:
        return self._kind(name) == "parameter" and self._rank(name) == 2


def _terms(rhs: Expr) -> tuple[Expr, ...]:
    return rhs.args if isinstance(rhs, Add) else (rhs,)


def _elementwise(rhs: Expr) -> bool:
    """An activation written out: no sum in it, and every index is the equation's own."""
    return not any(
        isinstance(e, Reduce | Normal)
        or (isinstance(e, Read) and not all(isinstance(i, Idx) for i in e.indices))
        for e in walk(rhs)
    )


def _only_loss(rest: Iterable[Equation], network: Network) -> bool:
    """The input is read by the loss alone (an autoencoder compares its output with it)."""
    names = {t.name for t in network.inputs}
    return all(e.name == network.sample_loss for e in rest if names & set(tensors(e.rhs)))


def _last(size: str, base: int) -> Row:
    """The index of the last of ``size`` units, which is given as ``size-1``."""
    stem, _, low = size.removesuffix("-1").partition("_")
    last = formula(index_tex(stem))
    if low:
        last = lowered(last, formula(index_tex(low.replace("_", ""))))
    return last if base else row(last, sign("-"), number(1))
