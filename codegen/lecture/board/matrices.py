"""Matrices of cells: rows or columns as the notation has it, wide ones with dots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...formula.tree.nodes import BLANK, Node
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.write import fenced, joined, matrix, row, sign, space

LIMIT = 8  # rows or columns that are written out
KEPT = 3  # of a longer one: so many from the start, and the last

Cell = Callable[[tuple[int, ...]], Node]


def bmatrix(
    shape: Sequence[int | str], cell: Cell, *, turned: bool = False, limit: int = LIMIT
) -> Formula:
    """A scalar, vector or matrix. Vectors are rows and matrices as they are stored;
    ``turned`` gives the transpose: a column, a matrix written (to, from). Of more than ``limit``
    rows or columns the first and the last are written; of more than two axes the last two are
    matrices, one after the other."""
    if any(isinstance(s, str) for s in shape):
        raise ValueError("a matrix has numbers as sizes")
    sizes = [int(s) for s in shape]
    if not sizes:
        return row(cell(()))
    if len(sizes) > 2:
        return _layers(sizes, cell, turned, limit)
    grid = Grid.of(sizes, turned=turned, limit=limit)

    def put(i: int | None, j: int | None) -> Node:
        if i is None:
            return sign("ddots" if j is None else "vdots")
        return sign("cdots") if j is None else cell(grid.at(i, j))

    return row(matrix((put(i, j) for j in grid.across) for i in grid.down))


@dataclass(frozen=True)
class Grid:
    """The rows and columns of a matrix that are written (None: dots), and the entry of the scalar,
    vector or matrix that stands at each place."""

    down: tuple[int | None, ...]
    across: tuple[int | None, ...]
    axes: int
    turned: bool

    @classmethod
    def of(cls, sizes: Sequence[int], *, turned: bool = False, limit: int = LIMIT) -> Grid:
        rows, cols = [1, 1, *sizes][-2:]
        down, across = (_kept(n, limit) for n in ((cols, rows) if turned else (rows, cols)))
        return cls(tuple(down), tuple(across), len(sizes), turned)

    def at(self, i: int, j: int) -> tuple[int, ...]:
        return ((j, i) if self.turned else (i, j))[2 - self.axes :]

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(i for i in self.down if i is not None)

    @property
    def columns(self) -> tuple[int, ...]:
        return tuple(j for j in self.across if j is not None)


def _layers(sizes: list[int], cell: Cell, turned: bool, limit: int) -> Formula:
    """A tensor of three and more axes: the list of what stands at each place of the first."""

    def inner(k: int) -> Formula:
        return bmatrix(sizes[1:], lambda at: cell((k, *at)), turned=turned, limit=limit)

    parts = [sign("cdots") if k is None else inner(k) for k in _kept(sizes[0], limit)]
    return fenced(row(BLANK, joined(parts, sign(","), space(";"), BLANK), BLANK), tall=2)


def _kept(size: int, limit: int) -> list[int | None]:
    """The positions that are written; None stands for the dots."""
    if size <= limit:
        return list(range(size))
    return [*range(min(KEPT, limit - 2)), None, size - 1]
