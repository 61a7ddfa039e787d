"""The same derivation in two notations, line beside line, and the dictionary between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...derive.chainrule.derivation import Derivation
from ...derive.chainrule.sample import per_sample
from ...derive.language.equation import Equation
from ...derive.language.expr import Expr, Idx, Read, Reduce, Size, num, replace, transform
from ...derive.language.text import text
from ..formula.latex_matrix import matrix_lines
from ..formula.latex_printer import Printer, as_written
from ..formula.tex_printer import kept
from ..formula.tree.write import EQUALS, spaced
from ..notation.escape import escape
from ..notation.model import Notation
from ..notation.plain import plain_text
from ..notation.symbol import Symbol
from ..notation.symbols import Symbols, symbols_of
from ..templates import latex
from ..terminal.text import bracketed, dressed

Style = str | Notation | Mapping[str, Any] | None


@dataclass(frozen=True)
class Line:
    """One numbered equation on both sides: entries in LaTeX and plain, and the matrix form
    ('' where there is none)."""

    number: int
    left: str
    right: str
    left_plain: str
    right_plain: str
    left_matrix: str
    right_matrix: str


@dataclass(frozen=True)
class Renotation:
    """Two notations of one derivation; ``symbols`` are both of a tensor, by its name in the code,
    ``clashes`` the reports of both."""

    left: str
    right: str
    lines: tuple[Line, ...]
    symbols: Mapping[str, tuple[Symbol, Symbol]]
    clashes: tuple[str, ...]


def renotation(d: Derivation, left: Style, right: Style) -> Renotation:
    """Every equation and symbol in both notations. Raises ChalkgradError for an unknown one."""
    one = per_sample(d)
    a, b = _Side(one, left), _Side(one, right)
    symbols = {name: (a.symbols[name], b.symbols[name]) for name in one.network.tensors
               if name not in a.symbols.adjoints}  # fmt: skip
    lines = [
        Line(n, a.latex(e), b.latex(e), a.plain(e), b.plain(e), a.matrix(e), b.matrix(e))
        for n, e in _equations(one, d)
    ]
    return Renotation(
        a.style.name, b.style.name, tuple(lines), symbols,
        (*a.symbols.clashes, *b.symbols.clashes),
    )  # fmt: skip


def _equations(one: Derivation, batch: Derivation) -> Iterator[tuple[int, Equation]]:
    """The equations of one sample; how samples combine is no matter of notation."""
    net = one.network
    single = net.loss != net.sample_loss and one is not batch
    hidden = {net.loss, one.adjoint(net.loss), one.adjoint(net.sample_loss)} if single else set()
    for number, eq in one.numbered():
        if eq.name not in hidden:
            yield number, eq
    for step in one.steps:
        if step.equation.name not in hidden:
            yield step.number, step.equation


class _Side:
    """One of the two columns."""

    def __init__(self, d: Derivation, style: Style) -> None:
        self.d, self.symbols = d, symbols_of(d, style)
        self.style = self.symbols.style
        net = d.network
        self.symbols.of = net.sample_loss if d.of == net.loss else d.of
        self.printer = Printer(self.symbols)

    def latex(self, eq: Equation) -> str:
        left, right = self.printer.equation(eq, self.symbols.letters(eq))
        return kept(spaced(left, EQUALS, right.node))

    def matrix(self, eq: Equation) -> str:
        made = matrix_lines(self.printer, eq, self.d, shapes=False)
        return kept(spaced(*(spaced(x.left, EQUALS, x.right.node) for x in made)))

    def plain(self, eq: Equation) -> str:
        sides = (Read(eq.name, eq.indices), eq.rhs)
        found = self.symbols.letters(eq)
        return " = ".join(_plain(side, self.symbols, found, eq.name) for side in sides)


# -- plain text -----------------------------------------------------------------------------------


def _plain(e: Expr, symbols: Symbols, found: Mapping[Idx, str], of: str) -> str:
    """``z⁽²⁾[j] = Σ[i](w⁽¹⁾[j,i]·x[i])``: the notation's names and order, the terminal's signs."""
    beside = {i.axis: letter for i, letter in found.items()}
    e = as_written(e, symbols, of)
    named: dict[Expr, Expr] = {i: Idx(a, i.axis, i.uid) for i, a in found.items()}

    def visit(x: Expr) -> Expr:
        if isinstance(x, Read):
            return _read(x, symbols)
        if isinstance(x, Size):
            known = symbols.network.size(x.axis)
            return num(known) if isinstance(known, int) else Size(beside.get(x.axis, str(known)))
        if isinstance(x, Reduce) and x.op in ("sum", "mean") and x.cond is None:
            many = symbols.many(x.idxs)
            return Reduce(x.op, many, x.body) if many else x.body
        return bracketed(x)

    return dressed(text(transform(replace(e, named), visit)))


def _read(e: Read, symbols: Symbols) -> Read:
    of = symbols.adjoints.get(e.tensor)
    name = of or e.tensor
    edge, delta = symbols.edge(name, e.indices), symbols.deltas.get(of or "")
    said, places = symbols[name].plain, symbols.written(name, e.indices)
    if edge is not None:
        said, places = plain_text(edge), ()
    if delta is not None:
        said = delta.plain
    elif of is not None:
        loss = symbols[symbols.of].plain
        said = f"d{said}" if symbols.style.derivative == "d" else f"∂{loss}/∂{said}"
    return Read(said, places)


# -- a document -----------------------------------------------------------------------------------


def latex_document(made: Renotation, title: str) -> str:
    """A LaTeX document with both notations side by side; pdflatex compiles it as it stands."""
    return (
        latex(Path(__file__).parent)
        .get_template("renotate.tex.j2")
        .render(
            title=escape(title),
            left=escape(made.left),
            right=escape(made.right),
            symbols={
                escape(name).replace(r"\_", r"\_\allowbreak "): both
                for name, both in made.symbols.items()
            },
            lines=made.lines,
            clashes=[escape(c) for c in made.clashes],
        )
    )
