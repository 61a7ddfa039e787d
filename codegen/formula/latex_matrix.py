"""The matrix level in LaTeX: whole tensors with their shapes underneath."""

from __future__ import annotations

from typing import NamedTuple

from ...derive.chainrule.derivation import Derivation
from ...derive.forms.letters import letters
from ...derive.forms.matrix import matrix_form
from ...derive.forms.matrix_nodes import Hadamard, MatMul, Ones, Quotient, Transpose, shape_of
from ...derive.forms.orientation import column_form, column_shape
from ...derive.forms.shrinkage import squares
from ...derive.language.equation import BATCH, Equation
from ...derive.language.expr import Expr, Fn, Mul, Pow, Read, walk
from ..notation.names import index_tex
from .latex_functions import ATOM, MUL, Tex, product
from .latex_printer import Letters, Printer, tidied


class MatrixPrinter(Printer):
    """Prints the nodes of `derive.forms.matrix`; with ``shapes`` every tensor carries its shape."""

    shapes = True

    def __init__(self, base: Printer, d: Derivation, found: Letters) -> None:
        super().__init__(base.symbols, breaks=base.breaks)
        self.tensors, self.sizes = d.network.tensors, d.network
        self.letters = found
        self.turned = base.symbols.turned()  # written as the transpose of what is stored

    def shape(self, e: Expr) -> tuple[str | None, str | None]:
        """Rows and columns of a form in the notation's own convention."""
        if self.style.vectors != "column":
            return shape_of(e, self.tensors)
        return column_shape(e, self.tensors, self.turned)

    def oriented(self, form: Expr, left: str) -> Expr:
        """The right side of ``left = form`` (a form of rows) as the notation writes it."""
        if self.style.vectors != "column":
            return form
        return column_form(form, left, self.tensors, self.turned)

    def _counted(self, e: Expr) -> Expr:
        return tidied(e, self.symbols)  # whole tensors have no entries to count or to order

    def shaped(self, text: str, e: Expr) -> str:
        rows, columns = self.shape(e)
        if (rows, columns) == (None, None) or not self.shapes:
            return text
        shape = rf"{self.extent(rows)} \times {self.extent(columns)}"
        return rf"\underset{{\scriptscriptstyle {shape}}}{{{text}}}"

    def extent(self, axis: str | None) -> str:
        if axis is None:
            return "1"
        size = "N" if axis == BATCH else self.sizes.size(axis)
        return str(size) if isinstance(size, int) else index_tex(size)

    def _read(self, e: Read) -> Tex:
        made = super()._read(e) if not self.tensors[e.tensor].axes else None
        if made is not None:
            return made
        inner = self.whole(e.tensor)
        level = MUL if inner.startswith(r"\nabla") and not self.shapes else ATOM
        return Tex(self.shaped(inner, e), level, 3 if inner.startswith(r"\frac") else 1, 2.0)

    def _ones(self, e: Ones) -> Tex:
        return Tex(self.shaped(r"\mathbf{1}", e), ATOM, 1, 1.2)

    def _transpose(self, e: Transpose) -> Tex:
        mark = self.style.transpose
        if isinstance(e.arg, Read | Ones):
            inner = self.whole(e.arg.tensor) if isinstance(e.arg, Read) else r"\mathbf{1}"
            fraction = inner.startswith(r"\frac")
            derived = isinstance(e.arg, Read) and e.arg.tensor in self.symbols.adjoints
            bare = "^" not in inner and "_" not in inner and not (derived and len(inner) > 1)
            fence = inner if bare or not ("^" in inner or derived) else f"({inner})"
            fence = rf"\Bigl({inner}\Bigr)" if fraction else fence
            text = rf"{fence}^{{{mark}}}"
            return Tex(self.shaped(text, e), ATOM, 3 if fraction else 1, 3.0)
        made = self.fenced(self._tex(e.arg))
        return Tex(rf"{made.text}^{{{mark}}}", ATOM, made.tall, made.wide + 1, made.run + 1)

    def _matmul(self, e: MatMul) -> Tex:
        parts = [self._wrap(a, MUL + 1) for a in e.args]
        return product(r"\;".join(p.text for p in parts), MUL, parts, 1.0)

    def _hadamard(self, e: Hadamard) -> Tex:
        parts = [self._wrap(a, MUL + 1) for a in e.args]
        text = f" {self.style.elementwise} ".join(p.text for p in parts)
        return product(text, MUL - 1, parts, 1.5 * len(parts))

    def _quotient(self, e: Quotient) -> Tex:
        parts = [self._wrap(a, MUL) for a in e.children()]
        return product(r" \oslash ".join(p.text for p in parts), MUL - 1, parts, 3.0)

    def product_of(self, factors: tuple[Expr, ...]) -> Expr:
        return Hadamard(factors)

    def _mul(self, e: Mul) -> Tex:
        """Numbers stand in front of a tensor; two tensors (y ln p) are multiplied entry by
        entry."""
        several = sum(self.shape(a) != (None, None) for a in e.args) > 1
        return self._hadamard(Hadamard(e.args)) if several else super()._mul(e)

    def _pow(self, e: Pow) -> Tex:
        """A power of a tensor acts entry by entry."""
        if self.shape(e.base) == (None, None):
            return super()._pow(e)
        base, exp = self.fenced(self._tex(e.base)), self._tex(e.exp)
        text = rf"{base.text}^{{\circ {exp.text}}}"
        return Tex(text, ATOM, base.tall, base.wide + 1, base.run + 1)

    def _fn_softmax(self, args: tuple[Expr, ...]) -> Tex:
        return self._call(r"\operatorname{softmax}", self._tex(args[0]))


class MatrixLine(NamedTuple):
    """A line over whole tensors: both sides as they are printed, and the right one as a tree."""

    left: str
    right: Tex
    form: Expr


def matrix_lines(
    printer: Printer, eq: Equation, d: Derivation, *, shapes: bool = True
) -> list[MatrixLine]:
    """The matrix form of an equation; none where there is none or it says nothing new,
    or where the notation writes entries only. ``shapes`` stand under every tensor."""
    form = matrix_form(eq, d.network.tensors, d.network.sizes)
    if form is None or eq.loop is not None or printer.style.vectors == "scalar":
        return []
    if squares(eq.rhs) is not None:  # ‖W‖² stands in the line before
        return []
    if not any(isinstance(e, Read | Ones) and shape_of(e, d.network.tensors) != (None, None)
               for e in walk(form)):  # fmt: skip
        return []
    if any(isinstance(e, Fn) and e.name in ("max", "min", "prod", "logsumexp") and len(e.args) == 1
           for e in walk(form)):  # fmt: skip
        return []
    matrix = MatrixPrinter(printer, d, letters([Read(eq.name, eq.indices), eq.rhs]))
    matrix.shapes = shapes
    left = matrix.shaped(matrix.whole(eq.name), Read(eq.name, ()))
    shown = matrix.oriented(form, eq.name)
    return [MatrixLine(left, matrix.piece(shown), shown)]
