"""One entry of a gradient with numbers: a product along each path, in the colours of the chain,
and the sum of the products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ....derive.language.expr import Read, add, mul
from ....derive.language.refs import ref
from ....derive.relations.claim import Claim
from ....derive.values.entries import Entry, number, value
from ....derive.values.factors import Factor, edges, local, upstream
from ...deck.model import Row
from ...formula.tree.nodes import BLANK, Sign
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.write import APPROX, EQUALS, highlighted, joined, marked, row, spaced
from .board import Board
from .chains import Way, added, sum_in_rows
from .printed import signed
from .trees import entry_read


@dataclass(frozen=True)
class Link:
    """One factor with its number, in the colour of the chain; ``direct``: of the loss by what it
    reads itself."""

    colour: int
    factor: Factor
    exact: Any
    direct: bool = False

    @property
    def name(self) -> str:
        return f"{ref(*self.factor.above)}/{ref(*self.factor.below)}"


def links(board: Board, tensor: str, at: Sequence[int], way: Way) -> list[Link] | None:
    """The factors of one path of ∂L/∂(entry), the loss's first; None where it is several."""
    here: Entry = (tensor, tuple(at))
    made: list[Link] = []
    for f in reversed(way):
        if here[0] != f.below:
            return None
        if f.above == board.loss:
            made.append(_from_loss(board, here, f.colour, direct=f.direct))
            continue
        found = edges(board.d, here, f.above)
        if len(found) != 1:
            return None
        made.append(Link(f.colour, found[0], _number(board, found[0])))
        here = found[0].above
    return made[::-1]


def _from_loss(board: Board, here: Entry, colour: int, *, direct: bool) -> Link:
    """∂L/∂(entry), or what the loss itself adds to it."""
    if not direct:
        exact = board.exact(board.d.adjoint(here[0]), *here[1])
        return Link(colour, upstream(board.d, here), exact)
    part = local(board.d, (board.loss, ()), here)
    return Link(colour, part, _number(board, part), direct=True)


def _number(board: Board, factor: Factor) -> Any:
    return value(factor.value, lambda e: board.exact(e[0], *e[1]))


def all_links(
    board: Board, tensor: str, at: Sequence[int], ways: Sequence[Way]
) -> list[list[Link]] | None:
    """The factors of every path; None where one of them is several."""
    found = [links(board, tensor, at, way) for way in ways]
    made = [way for way in found if way is not None]
    return made if len(made) == len(found) else None


def _entry(board: Board, link: Link) -> Entry | None:
    """The entry whose number a factor is; None for one that is calculated from several."""
    factor = link.factor
    if factor.above[0] == board.loss and not link.direct:
        return board.d.adjoint(factor.below[0]), factor.below[1]
    if isinstance(factor.value, Read):
        at = tuple(int(i.value) for i in factor.value.indices)  # type: ignore[attr-defined]
        return factor.value.tensor, at
    return None


def link_number(board: Board, link: Link) -> Formula:
    """A factor's number."""
    entry = _entry(board, link)
    if entry is not None:
        return board.number(entry)
    return board.figure(link.name, link.exact, means=link.factor.value)


def sum_rows(
    board: Board, tensor: str, at: Sequence[int], ways: Sequence[Sequence[Link]],
    left: Formula | None = None, relation: Sign = EQUALS,
) -> list[Row]:  # fmt: skip
    """The product of every path, a row each, then the sum of what they give. One path is one row:
    its product and the result, which is all where the product is one factor. ``relation`` stands
    before the products."""
    says, left = claimed(board, tensor, at, ways), left or row()
    if len(ways) == 1:
        body, redone = _product(board, ways[0])
        sign, result = _result(board, tensor, at, redone)
        right = spaced(body, sign, result) if len(ways[0]) > 1 else result
        return [Row(left, right, relation=relation, blank=True, claim=says)]
    products: list[Formula] = []
    terms: list[Formula] = []
    redone, signs = number(0), {EQUALS}
    for k, way in enumerate(ways):
        body, shown = _product(board, way, added=k > 0)
        name, exact = _path_name(way), _exact(way)
        rounded = board.numerals.rounded(exact)
        means = mul([link.factor.value for link in way])
        made = signed(board.figure(name, exact, means=means), k > 0 and rounded.is_signed())
        products.append(body)
        terms.append(row(marked("cgc", way[0].colour, made)))
        signs.add(board.certified(number(shown), exact, name))
        redone += number(rounded)
    total = spaced(added(terms), *_result(board, tensor, at, redone))
    last = Row(row(), total, APPROX if APPROX in signs else EQUALS, blank=True, claim=says)
    return [*sum_in_rows(left, products, relation=relation, blank=True, claim=says), last]


def claimed(board: Board, tensor: str, at: Sequence[int], ways: Sequence[Sequence[Link]]) -> Claim:
    """That the entry of the gradient is the sum of the products of these factors."""
    products = (mul([link.factor.value for link in way]) for way in ways)
    return board.says(entry_read(board.d.adjoint(tensor), at), add(products))


def _path_name(way: Sequence[Link]) -> str:
    """``L/y1[0]/v1[0]``: the number that is the product of a path's factors."""
    first = f"{way[0].factor.above[0]}{'+' if way[0].direct else ''}"
    return "/".join([first, *(ref(*link.factor.below) for link in way)])


def _exact(way: Sequence[Link]) -> Any:
    made = number(1)
    for link in way:
        made *= number(link.exact)
    return made


def _product(board: Board, found: Sequence[Link], *, added: bool = False) -> tuple[Formula, Any]:
    """The numbers of a path, coloured; and their product as a reader of the digits has it.
    ``added``: it follows a plus."""
    parts = []
    redone = number(1)
    for k, link in enumerate(found):
        made = link_number(board, link)
        shown = shown_value(board, link)
        redone *= number(shown)
        inside = added or k > 0 or len(found) > 1
        parts.append(marked("cgc", link.colour, signed(made, inside and shown.is_signed())))
    return joined(parts, BLANK, board.times, BLANK), redone


def _result(board: Board, tensor: str, at: Sequence[int], redone: Any) -> tuple[Sign, Formula]:
    """= and −0.0237, or ≈ where the printed operands give something else."""
    adjoint = board.d.adjoint(tensor)
    exact = board.exact(adjoint, *at)
    sign = board.certified(redone, exact, f"d{ref(tensor, at)}")
    means = entry_read(adjoint, at)
    result = board.figure(ref(adjoint, at), exact, relation=sign.text, means=means)
    return sign, highlighted(result)


def shown_value(board: Board, link: Link) -> Any:
    """A factor as a reader of its printed digits has it."""
    entry = _entry(board, link)
    return board.numerals.rounded(link.exact) if entry is None else board.shown(entry)
