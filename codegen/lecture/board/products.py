"""One entry of a gradient as a product of numbers along its path, in the colours of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ....derive.language.expr import Read
from ....derive.language.refs import ref
from ....derive.values.entries import Entry, number, value
from ....derive.values.factors import Factor, edges, upstream
from .board import Board
from .formulas import Factors
from .printed import signed

APPROX = r"\approx"


@dataclass(frozen=True)
class Link:
    """One factor with its number: ``colour`` is its place in the chain, from 1."""

    colour: int
    factor: Factor
    exact: Any

    @property
    def name(self) -> str:
        return f"{ref(*self.factor.above)}/{ref(*self.factor.below)}"


def links(board: Board, tensor: str, at: Sequence[int], factors: Factors) -> list[Link] | None:
    """The factors of ∂L/∂(entry), the loss's first; None where several paths lead up."""
    here: Entry = (tensor, tuple(at))
    made: list[Link] = []
    for k in range(len(factors), 0, -1):
        _, above, below = factors[k - 1]
        if here[0] != below:
            return None
        if above == board.loss:
            made.append(
                Link(k, upstream(board.d, here), board.exact(board.d.adjoint(below), *here[1]))
            )
            continue
        found = [f for f in edges(board.d, here) if f.above[0] == above]
        if len(found) != 1:
            return None
        f = found[0]
        made.append(Link(k, f, value(f.value, lambda e: board.exact(e[0], *e[1]))))
        here = f.above
    return made[::-1]


def _entry(board: Board, link: Link) -> Entry | None:
    """The entry whose number a factor is; None for one that is calculated from several."""
    factor = link.factor
    if factor.above[0] == board.loss:
        return board.d.adjoint(factor.below[0]), factor.below[1]
    if isinstance(factor.value, Read):
        at = tuple(int(i.value) for i in factor.value.indices)  # type: ignore[attr-defined]
        return factor.value.tensor, at
    return None


def link_number(board: Board, link: Link) -> str:
    """The LaTeX of a factor's number."""
    entry = _entry(board, link)
    return board.figure(link.name, link.exact) if entry is None else board.number(entry)


def product_row(
    board: Board, tensor: str, at: Sequence[int], found: Sequence[Link]
) -> tuple[str, str]:
    """``(-0.2139) × 0.1681 × 0.6593``, coloured, and ``= -0.0237`` (or ≈)."""
    parts = []
    redone = number(1)
    for k, link in enumerate(found):
        made = link_number(board, link)
        shown = shown_value(board, link)
        redone *= number(shown)
        parts.append(
            rf"\cgc{{{link.colour}}}{{{signed(made, shown < 0 and (k > 0 or len(found) > 1))}}}"
        )
    adjoint = board.d.adjoint(tensor)
    exact = board.exact(adjoint, *at)
    agrees = board.certified(redone, exact, f"d{ref(tensor, at)}")
    result = board.figure(ref(adjoint, at), exact, relation="=" if agrees else "≈")
    joined = f" {board.symbols.style.times} ".join(parts)
    return joined, rf"{'=' if agrees else APPROX} \cghl{{{result}}}"


def shown_value(board: Board, link: Link) -> Any:
    """A factor as a reader of its printed digits has it."""
    entry = _entry(board, link)
    return board.numerals.rounded(link.exact) if entry is None else board.shown(entry)
