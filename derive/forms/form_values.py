"""The entries of a matrix form, worked out from the numbers that its leaves are printed with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..language.expr import Div, Expr, Mul, Read, Size
from ..network.network import Network
from ..values.entries import Entry, Number, number, value
from .matrix_nodes import Hadamard, MatMul, Ones, Quotient, Slope, Transpose

Grid = list[list[Number]]  # rows of a matrix; a vector is one row, a number one row of one


@dataclass(frozen=True)
class FormValues:
    """``leaf`` gives the number of a tensor's entry, ``slope`` that of g'(v) at an entry of v."""

    network: Network
    leaf: Callable[[Entry], Number]
    slope: Callable[[Entry], Number]

    def grid(self, form: Expr) -> Grid:
        """The rows of a form as `derive.forms.matrix` makes it."""
        match form:
            case Read(name):
                return self._leaves(name, self.leaf)
            case Slope(_, Read(name)):
                return self._leaves(name, self.slope)
            case Transpose(arg):
                return [list(column) for column in zip(*self.grid(arg), strict=True)]
            case Size(axis):
                return [[number(self._size(axis))]]
            case Ones(axis):
                return [[number(1)] * self._size(axis)]
            case MatMul(args):
                product, *rest = map(self.grid, args)
                for other in rest:
                    product = _times(product, other)
                return product
            case Hadamard(args):
                return self._by_entry(Mul(args))
            case Quotient(num, den):
                return self._by_entry(Div(num, den))
        return self._by_entry(form)

    def _by_entry(self, form: Expr) -> Grid:
        """A form that acts entry by entry; what has one row or column is repeated."""
        parts = [self.grid(k) for k in form.children()]
        alike = form.rebuild(tuple(Read(str(k)) for k in range(len(parts))))
        rows = max((len(p) for p in parts), default=1)
        columns = max((len(p[0]) for p in parts), default=1)

        def at(i: int, j: int) -> Number:
            return value(alike, lambda e: _repeated(parts[int(e[0])], i, j))

        return [[at(i, j) for j in range(columns)] for i in range(rows)]

    def _leaves(self, name: str, numbers: Callable[[Entry], Number]) -> Grid:
        sizes = [self._size(a) for a in self.network.tensors[name].axes]
        if not sizes:
            return [[numbers((name, ()))]]
        rows: list[tuple[int, ...]] = [()] if len(sizes) == 1 else [(i,) for i in range(sizes[0])]
        return [[numbers((name, (*row, j))) for j in range(sizes[-1])] for row in rows]

    def _size(self, axis: str) -> int:
        return int(self.network.size(axis))


def _times(a: Grid, b: Grid) -> Grid:
    def dot(row: list[Number], column: tuple[Number, ...]) -> Number:
        return sum((x * y for x, y in zip(row, column, strict=True)), number(0))

    return [[dot(row, column) for column in zip(*b, strict=True)] for row in a]


def _repeated(grid: Grid, i: int, j: int) -> Number:
    row = grid[i if len(grid) > 1 else 0]
    return row[j if len(row) > 1 else 0]
