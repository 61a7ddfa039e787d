"""The matrix level in LaTeX: whole tensors with their shapes underneath."""

from __future__ import annotations

from typing import NamedTuple

from ...derive.chainrule.derivation import Derivation
from ...derive.forms.matrix import matrix_form
from ...derive.forms.matrix_nodes import Hadamard, MatMul, Ones, Quotient, Transpose, shape_of
from ...derive.forms.orientation import column_form, column_shape, whole_from
from ...derive.forms.shrinkage import squares
from ...derive.language.equation import BATCH, Equation
from ...derive.language.expr import Expr, Fn, Mul, Pow, Read, walk
from ..notation.names import index_tex
from .ends import begins_with_fraction, first
from .latex_entries import is_raised
from .latex_functions import ATOM, MUL, Tex, product
from .latex_printer import Letters, Printer, tidied
from .tree.nodes import BLANK, Node, Row, Scripts, Sign
from .tree.reader import formula
from .tree.write import (
    bold,
    dimensions,
    fenced,
    joined,
    lettered,
    number,
    operator,
    raised,
    row,
    sign,
    space,
    spaced,
    underset,
)


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
        return self.from_base(tidied(e, self.symbols))  # there are no entries to order

    def from_base(self, e: Expr) -> Expr:
        """The form with the values of classes as the notation counts them."""
        symbols = self.symbols
        return whole_from(e, self.style.index_base, symbols.classes, self.tensors)

    def shaped(self, inner: Node, e: Expr) -> Node:
        if self.shape(e) == (None, None) or not self.shapes:
            return inner
        return underset(self.extents(e), inner)

    def titled(self, name: str) -> Row:
        """A whole tensor with its shape, as the left side of a line."""
        return row(self.shaped(self.named(name), Read(name)))

    def extents(self, e: Expr) -> Row:
        """Rows × columns."""
        return dimensions(map(self.extent, self.shape(e)))

    def extent(self, axis: str | None) -> Row:
        if axis is None:
            return number(1)
        size = "N" if axis == BATCH else self.sizes.size(axis)
        return number(size) if isinstance(size, int) else formula(index_tex(size))

    def _read(self, e: Read) -> Tex:
        made = super()._read(e) if not self.tensors[e.tensor].axes else None
        if made is not None:
            return made
        inner = self.named(e.tensor)
        head = first(inner)
        nabla = isinstance(head, Scripts) and head.base == sign("∇")
        level = MUL if nabla and not self.shapes else ATOM
        return Tex(self.shaped(inner, e), level, 3 if begins_with_fraction(inner) else 1, 2.0)

    def _ones(self, e: Ones) -> Tex:
        return Tex(self.shaped(bold(number(1)), e), ATOM, 1, 1.2)

    def _transpose(self, e: Transpose) -> Tex:
        if isinstance(e.arg, Read | Ones):
            inner = self.named(e.arg.tensor) if isinstance(e.arg, Read) else row(bold(number(1)))
            derived = isinstance(e.arg, Read) and e.arg.tensor in self.symbols.adjoints
            letter = len(inner.items) == 1 and isinstance(inner.items[0], Sign)
            turned = self.turned_over(inner, fence=is_raised(inner) or (derived and not letter))
            return Tex(self.shaped(turned, e), ATOM, 3 if begins_with_fraction(inner) else 1, 3.0)
        made = self.fenced(self._tex(e.arg))
        whole = raised(made.node, self.mark)
        return Tex(whole, ATOM, made.tall, made.wide + 1, made.run + 1)

    @property
    def mark(self) -> Row:
        """The mark of a transpose."""
        return formula(self.style.transpose)

    def turned_over(self, inner: Row, *, fence: bool) -> Row:
        """A transpose; a fraction always stands in parentheses, of a fraction's height."""
        if begins_with_fraction(inner):
            return raised(fenced(inner, 2), self.mark)
        return raised(fenced(inner) if fence else inner, self.mark)

    def _matmul(self, e: MatMul) -> Tex:
        parts = [self._wrap(a, MUL + 1) for a in e.args]
        return product(joined((p.node for p in parts), space(";")), MUL, parts, 1.0)

    def _hadamard(self, e: Hadamard) -> Tex:
        parts = [self._wrap(a, MUL + 1) for a in e.args]
        made = joined((p.node for p in parts), BLANK, formula(self.style.elementwise), BLANK)
        return product(made, MUL - 1, parts, 1.5 * len(parts))

    def _quotient(self, e: Quotient) -> Tex:
        parts = [self._wrap(a, MUL) for a in e.children()]
        made = joined((p.node for p in parts), BLANK, sign("oslash"), BLANK)
        return product(made, MUL - 1, parts, 3.0)

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
        made = raised(base.node, spaced(sign("circ"), exp.node))
        return Tex(made, ATOM, base.tall, base.wide + 1, base.run + 1)

    def _fn_softmax(self, args: tuple[Expr, ...]) -> Tex:
        return self._call(operator(lettered("softmax")), self._tex(args[0]))


class MatrixLine(NamedTuple):
    """A line over whole tensors: both sides as they are printed, and the right one as a tree."""

    left: Row
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
    matrix = MatrixPrinter(printer, d, printer.symbols.letters([Read(eq.name, eq.indices), eq.rhs]))
    matrix.shapes = shapes
    shown = matrix.oriented(form, eq.name)
    return [MatrixLine(matrix.titled(eq.name), matrix.piece(shown), shown)]
