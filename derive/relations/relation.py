"""What a printed line claims: that its sides are equal.

A side is a tree over the network's tensors, its adjoints (``dW``: ∂L/∂W), `Local` and `D` (the
derivative of one thing by another). A free index means: for each of its values.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..language.expr import Expr, node

ENTRIES, WHOLE, CHAIN = "entries", "whole", "chain"


@node
class Cells(Expr):
    """A matrix written out: what stands in its rows, from left to right."""

    rows: tuple[tuple[Expr, ...], ...]

    def children(self) -> tuple[Expr, ...]:
        return tuple(cell for row in self.rows for cell in row)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        cells = iter(children)
        return Cells(tuple(tuple(next(cells) for _ in row) for row in self.rows))


@node
class Part(Expr):
    """The rows and columns of a matrix that are written, where dots stand for the others."""

    whole: Expr
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def children(self) -> tuple[Expr, ...]:
        return (self.whole,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Part(children[0], self.rows, self.columns)


@dataclass(frozen=True)
class Relation:
    """``sides`` are equal; the first is what the line is about.

    ``kind``: in `ENTRIES` every read is an entry and multiplication is that of numbers; in `WHOLE`
    tensors are matrices, a vector one row of them, and the tensors in ``turned`` are written as
    the transposes of what is stored (`derive.forms.orientation`); in `CHAIN` the factors are the
    Jacobians of whole tensors, multiplied in the order printed.
    """

    sides: tuple[Expr, ...]
    kind: str = ENTRIES
    turned: Collection[str] = frozenset()
    columns: bool = False
