"""The matrix level in LaTeX: whole tensors with their shapes underneath."""

from __future__ import annotations

from derive.derivation import Derivation
from derive.equation import BATCH, Equation
from derive.expr import Expr, Fn, Pow, Read, walk
from derive.letters import letters
from derive.matrix import Hadamard, MatMul, Ones, Transpose, matrix_form, shape_of

from .latex_functions import ATOM, MUL, Tex
from .latex_printer import Letters, Printer
from .notation import index_tex


class MatrixPrinter(Printer):
    """Prints the nodes of `derive.matrix`; with ``shapes`` every tensor carries its shape."""

    shapes = True

    def __init__(self, base: Printer, d: Derivation, found: Letters) -> None:
        super().__init__(base.symbols, breaks=base.breaks)
        self.tensors, self.sizes = d.network.tensors, d.network
        self.letters = found

    def shaped(self, text: str, e: Expr) -> str:
        rows, columns = shape_of(e, self.tensors)
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
        fraction = e.tensor in self.symbols.adjoints
        text = self.shaped(self.whole(e.tensor), e)
        return Tex(text, ATOM, 3 if fraction else 1, 2.0)

    def _ones(self, e: Ones) -> Tex:
        return Tex(self.shaped(r"\mathbf{1}", e), ATOM, 1, 1.2)

    def _transpose(self, e: Transpose) -> Tex:
        mark = self.style.transpose
        if isinstance(e.arg, Read | Ones):
            inner = self.whole(e.arg.tensor) if isinstance(e.arg, Read) else r"\mathbf{1}"
            fraction = isinstance(e.arg, Read) and e.arg.tensor in self.symbols.adjoints
            fence = f"({inner})" if "^" in inner else inner
            fence = rf"\Bigl({inner}\Bigr)" if fraction else fence
            text = rf"{fence}^{{{mark}}}"
            return Tex(self.shaped(text, e), ATOM, 3 if fraction else 1, 3.0)
        made = self.fenced(self._tex(e.arg))
        return Tex(rf"{made.text}^{{{mark}}}", ATOM, made.tall, made.wide + 1, made.run + 1)

    def _matmul(self, e: MatMul) -> Tex:
        parts = [self._wrap(a, MUL + 1) for a in e.args]
        text = (
            r"\;\chalkbreak ".join(p.text for p in parts)
            if self.breaks
            else r"\;".join(p.text for p in parts)
        )
        return Tex(text, MUL, max(p.tall for p in parts), sum(p.wide for p in parts) + 1,
                   max(p.run for p in parts) + 1)  # fmt: skip

    def _hadamard(self, e: Hadamard) -> Tex:
        parts = [self._wrap(a, MUL + 1) for a in e.args]
        text = f" {self.style.elementwise} ".join(p.text for p in parts)
        return Tex(text, MUL - 1, max(p.tall for p in parts),
                   sum(p.wide + 1.5 for p in parts), max(p.run for p in parts) + 1.5)  # fmt: skip

    def _pow(self, e: Pow) -> Tex:
        """A power of a tensor acts entry by entry."""
        if shape_of(e.base, self.tensors) == (None, None):
            return super()._pow(e)
        base, exp = self.fenced(self._tex(e.base)), self._tex(e.exp)
        text = rf"{base.text}^{{\circ {exp.text}}}"
        return Tex(text, ATOM, base.tall, base.wide + 1, base.run + 1)

    def _fn_softmax(self, args: tuple[Expr, ...]) -> Tex:
        return self._call(r"\operatorname{softmax}", self._tex(args[0]))


def matrix_lines(printer: Printer, eq: Equation, d: Derivation) -> list[tuple[str, Tex]]:
    """Left and right side of the matrix form; none where there is none or it says nothing new."""
    made = matrix_form(eq, d.network.tensors)
    if made is None or eq.loop is not None:
        return []
    if not any(isinstance(e, Read | Ones) and shape_of(e, d.network.tensors) != (None, None)
               for e in walk(made)):  # fmt: skip
        return []
    if any(isinstance(e, Fn) and e.name in ("max", "min", "prod", "logsumexp") and len(e.args) == 1
           for e in walk(made)):  # fmt: skip
        return []
    found = letters([Read(eq.name, eq.indices), eq.rhs])
    matrix = MatrixPrinter(printer, d, found)
    left = matrix.shaped(matrix.whole(eq.name), Read(eq.name, ()))
    return [(left, matrix.piece(made))]
