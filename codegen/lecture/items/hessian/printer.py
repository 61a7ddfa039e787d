"""Second derivatives in print: ∂²L/∂w∂v, ∂v/∂w, blocks H, in the notation of a board."""

from __future__ import annotations

from .....derive.language.expr import Expr, Read
from .....derive.topics.hessian import Kind, Line, Rows
from .....derive.values.entries import Entry
from ....formula.latex_entries import is_raised
from ....formula.latex_functions import ATOM, MUL, Tex
from ....formula.latex_printer import Printer
from ....formula.tree.nodes import BLANK, Fraction, Node, Row
from ....formula.tree.reader import formula
from ....formula.tree.write import (
    derivative,
    fenced,
    fraction,
    listed,
    lowered,
    number,
    raised,
    row,
    sign,
    space,
    spaced,
)
from ...board.board import Board
from ...board.substituted import Substituted, Written

PART = "s"  # the letter of a part that has a name of its own
HESSIAN = row(sign("H"))


class SecondPrinter(Printer):
    """Prints the equations of `derive.topics.hessian.Rows`: e_dT is ∂T/∂w, e_T is ∂²L/∂w∂T (∂δ/∂w,
    where the notation writes δ for ∂L/∂T)."""

    def __init__(self, board: Board, rows: Rows) -> None:
        super().__init__(board.symbols)
        self.rows, self.places = rows, len(rows.place)
        self.meant: dict[str, tuple[Kind, str]] = {}
        for line in rows.lines:
            self.meant[line.equation.name] = (line.kind, line.of)
        parts = [x.equation.name for x in rows.lines if x.kind == "part"]
        self.parts = {name: k for k, name in enumerate(parts, start=1)}

    def line(self, line: Line) -> tuple[Row, Row]:
        """Left and right side."""
        eq = line.equation
        found = self.symbols.letters([Read(eq.name, eq.indices), eq.rhs])
        left, right = self.equation(eq, found)
        return left, row(right.node)

    def _read(self, e: Read) -> Tex:
        if e.tensor not in self.meant:
            return super()._read(e)
        kind, of = self.meant[e.tensor]
        if kind == "part":
            inside = listed(self.index(i) for i in e.indices)
            numbered = raised(sign(PART), fenced(number(self.parts[e.tensor])))
            return Tex(lowered(numbered, inside), ATOM, 0, 2.0)
        first = self._entry(self.symbols[self.rows.of], self.rows.of, e.indices[: self.places])
        rest = e.indices[self.places :]
        other = self._entry(self.symbols[of], of, rest)
        if kind == "moves":
            return _fraction(derivative(other.node, first.node), first)
        delta = self.symbols.deltas.get(of)
        if delta is not None:
            moved = self._entry(delta, of, rest)
            return _fraction(derivative(moved.node, first.node), first)
        above = self.symbols[self.symbols.of].tree
        return _fraction(second_derivative(above, first.node, other.node), first, other)

    def _pulled(self, e: Expr) -> tuple[list[Expr], list[Expr]]:
        """Second derivatives stand beside a fraction, as first ones do."""
        front, rest = super()._pulled(e)
        second = [f for f in rest if isinstance(f, Read) and f.tensor in self.meant]
        return [*second, *front], [f for f in rest if f not in second]


class SecondNumbers(Substituted):
    """The same with a number for every entry."""

    def __init__(self, board: Board, number: Written) -> None:
        super().__init__(board.printer, number)

    def _pulled(self, e: Expr) -> tuple[list[Expr], list[Expr]]:
        return [], [e]


def _fraction(made: Fraction, *inside: Tex) -> Tex:
    return Tex(made, MUL, 2, 1.4 + sum(t.wide for t in inside))


def _twice(above: Node, one: Node, other: Node) -> tuple[Row, Row]:
    """∂²L over ∂a∂b; over ∂a² where both are one."""
    d = sign("∂")
    over = spaced(raised(d, number(2)), above)
    if one != other:
        return over, row(d, BLANK, one, space(","), BLANK, d, BLANK, other)
    base = fenced(one) if is_raised(one) else one
    return over, spaced(d, raised(base, number(2)))


def second_derivative(above: Node, one: Node, other: Node) -> Fraction:
    return fraction(*_twice(above, one, other))


def second(board: Board, a: Entry, b: Entry) -> Fraction:
    """∂²L/∂a∂b of two entries of parameters, each linked with the picture."""
    return second_derivative(board.named(board.loss), board.at(*a), board.at(*b))


def generic(board: Board, rows: Rows, wrt: str) -> Row:
    """∂²L/∂w_{ij}∂b_k: an entry of a block, flat enough for a table."""
    eq = rows.block(wrt).equation
    first = Read(rows.of, eq.indices[: len(rows.place)])
    other = Read(wrt, eq.indices[len(rows.place) :])
    known = board.symbols.letters([first, other])
    one, two = (board.printer.expression(r, known) for r in (first, other))
    over, under = _twice(board.named(board.loss), one, two)
    return spaced(over, sign("/"), under)


def block(board: Board, a: str, b: str, *, turned: bool = False) -> Row:
    """H_{W⁰b⁰}, or its transpose."""
    made = lowered(HESSIAN, row(board.named(a), board.named(b)))
    return raised(made, formula(board.symbols.style.transpose)) if turned else made
