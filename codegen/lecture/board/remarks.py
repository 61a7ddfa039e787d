"""What stands beside an equation in words, or in numbers that its letters need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....derive.language.equation import BATCH, Equation
from ....derive.language.expr import Expr, Idx, Read, Reduce, Size, reads, tensors, walk
from ....derive.rewrite.simplify import declared
from ...formula.latex_printer import tidied
from ...formula.rich import inline
from ...formula.tree.nodes import BLANK
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.reader import formula
from ...formula.tree.write import EQUALS, joined, listed, number, sign
from ...notation.names import index_tex
from .board import Board


def says_declared(board: Board, eq: Equation) -> str:
    """That y is a distribution, beside the first equation that reads it."""
    said = []
    for t in board.net.tensors.values():
        reader = next((e.name for _, e in board.forward if t.name in tensors(e.rhs)), "")
        fact = declared(t, board.d.forward) if reader == eq.name else None
        if fact is not None:
            shown = inline(board.printer.expression(fact, board.symbols.letters(fact)))
            said.append(board.words("declared", what=inline(board.named(t.name)), fact=shown))
    return "; ".join(said)


def says_ranges(board: Board, eq: Equation) -> str:
    """What no tensor of an equation in index form tells: p = 0, 1, 2 of an index by which none is
    read, n_h = 4 of a size that is written."""
    rhs = tidied(eq.rhs, board.symbols)
    found = board.symbols.letters([Read(eq.name, eq.indices), rhs])
    told = {i for r in reads(rhs) for i in r.indices} | set(eq.indices)
    sizes = set(_sizes(rhs))
    said: dict[Formula, list[Formula]] = {}  # what is told -> the letters of which it is
    for index, letter in found.items():
        size = board.net.size(index.axis) if index.axis else None
        if index.axis == BATCH or not isinstance(size, int):
            continue
        if index not in told:
            values = _values(board.symbols.style.index_base, size)
            said.setdefault(values, []).append(formula(index_tex(letter)))
        if index.axis in sizes:
            sizes.remove(index.axis)
            board.printer.letters = found
            said.setdefault(number(size), []).append(board.printer.size(index.axis))
    return ", ".join(inline(_joined(names, values), EQUALS, values)
                     for values, names in said.items())  # fmt: skip


def _joined(names: Sequence[Formula], values: Formula) -> Formula:
    """p, q (= 0, 1), and n_h = n_w (= 2)."""
    between = (sign(","),) if sign(",") in values.items else (BLANK, EQUALS)
    return joined(names, *between, BLANK)


def _values(first: int, count: int) -> Formula:
    """The values of an index: all of few, of more the ends."""
    last = first + count - 1
    if count <= 3:
        return listed(map(number, range(first, last + 1)))
    return listed((number(first), sign("dots"), number(last)))


def _sizes(e: Expr) -> Iterator[str]:
    """The axes whose sizes a formula writes: as factors, and where it takes means."""
    for x in walk(e):
        if isinstance(x, Size):
            yield x.axis
        elif isinstance(x, Reduce) and x.op == "mean":
            yield from (i.axis for i in x.idxs if isinstance(i, Idx))
