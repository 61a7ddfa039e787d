"""What stands beside an equation in words, or in numbers that its letters need."""

from __future__ import annotations

from collections.abc import Iterator

from ....derive.language.equation import BATCH, Equation
from ....derive.language.expr import Expr, Idx, Read, Reduce, Size, reads, tensors, walk
from ....derive.rewrite.simplify import declared
from ...formula.latex_printer import tidied
from ...formula.tex_printer import kept
from ...notation.names import index_tex
from .board import Board


def says_declared(board: Board, eq: Equation) -> str:
    """That y is a distribution, beside the first equation that reads it."""
    said = []
    for t in board.net.tensors.values():
        reader = next((e.name for _, e in board.forward if t.name in tensors(e.rhs)), "")
        fact = declared(t, board.d.forward) if reader == eq.name else None
        if fact is not None:
            shown = f"${board.printer.expression(fact, board.symbols.letters(fact))}$"
            said.append(board.words("declared", what=f"${board.tex(t.name)}$", fact=shown))
    return "; ".join(said)


def says_ranges(board: Board, eq: Equation) -> str:
    """What no tensor of an equation in index form tells: p = 0, 1, 2 of an index by which none is
    read, n_h = 4 of a size that is written."""
    rhs = tidied(eq.rhs, board.symbols)
    found = board.symbols.letters([Read(eq.name, eq.indices), rhs])
    told = {i for r in reads(rhs) for i in r.indices} | set(eq.indices)
    sizes = set(_sizes(rhs))
    said: dict[str, list[str]] = {}  # what is told -> the letters of which it is
    for index, letter in found.items():
        size = board.net.size(index.axis) if index.axis else None
        if index.axis == BATCH or not isinstance(size, int):
            continue
        if index not in told:
            values = _values(board.symbols.style.index_base, size)
            said.setdefault(values, []).append(index_tex(letter))
        if index.axis in sizes:
            sizes.remove(index.axis)
            board.printer.letters = found
            said.setdefault(f"= {size}", []).append(kept(board.printer.size(index.axis)))
    return ", ".join(f"${_joined(names, values)} {values}$" for values, names in said.items())


def _joined(names: list[str], values: str) -> str:
    """p, q (= 0, 1), and n_h = n_w (= 2)."""
    return (", " if "," in values else " = ").join(names)


def _values(first: int, count: int) -> str:
    """The values of an index: all of few, of more the ends."""
    last = first + count - 1
    if count <= 3:
        return "= " + ",".join(map(str, range(first, last + 1)))
    return rf"= {first},\dots,{last}"


def _sizes(e: Expr) -> Iterator[str]:
    """The axes whose sizes a formula writes: as factors, and where it takes means."""
    for x in walk(e):
        if isinstance(x, Size):
            yield x.axis
        elif isinstance(x, Reduce) and x.op == "mean":
            yield from (i.axis for i in x.idxs if isinstance(i, Idx))
