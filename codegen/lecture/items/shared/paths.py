"""Any single weight as the sum over its paths to the loss, product by product."""

from __future__ import annotations

from typing import Any

from .....derive.language.expr import Expr, Neg, add, mul
from .....derive.language.refs import ref
from .....derive.relations.claim import Together
from .....derive.values.entries import Entry, number, value
from .....derive.values.factors import local, upstream
from .....derive.values.paths import Path, parse_entry, paths
from ....deck.model import Block, Math, Page, Row, Text
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK
from ....formula.tree.write import (
    APPROX,
    EQUALS,
    PLUS,
    highlighted,
    joined,
    marked,
    row,
    sign,
    spaced,
)
from ...board import claims
from ...board.board import Board
from ...board.printed import signed
from ...board.products import Link, link_number, shown_value
from ...board.trees import entry_read
from .drawings import with_path


def paths_page(board: Board, text: str) -> Page:
    """One page: the paths in colour on the drawing, one product per line, their sum."""
    entry = parse_entry(board.network, text)
    found = paths(board.whole, entry, board.network.values)
    made = [_product(board, _links(board, p), k) for k, p in enumerate(found.largest, start=1)]
    rows = [row for row, _ in made]
    adjoint = board.d.adjoint(entry[0])
    left, whole = board.at(adjoint, entry[1]), entry_read(adjoint, entry[1])
    products = [_factors(_links(board, p)) for p in found.largest]
    complete = found.count == len(products)
    if not complete:
        name = f"rest.{ref(*entry)}"
        rest = board.figure(name, number(found.rest), means=add([whole, *map(Neg, products)]))
        note = board.words("paths_rest", count=found.count - len(rows))
        rows.append(Row(row(), rest, PLUS, note=note, claim=claims.numbers(board, [name])))
    terms = [number(shown) for _, shown in made]
    exact = board.exact(adjoint, *entry[1])
    agrees = complete and board.numerals.agrees(sum(terms, number(0)), exact)
    said = EQUALS if agrees else APPROX
    total = board.figure(ref(adjoint, entry[1]), exact, relation=said.text, means=whole)
    says = claims.numbers(board, [ref(adjoint, entry[1])])
    if complete:
        says = Together((*says.claims, board.says(whole, add(products))))
    rows.append(Row(left, highlighted(total), said, blank=True, claim=says))
    lit = {k.factor.below: k.colour for p in found.largest for k in _links(board, p)}
    blocks: list[Block] = [
        Text(board.words("paths_lead", count=found.count)),
        Math(tuple(rows), size="small"),
    ]
    return board.page(
        f"paths-{text}",
        board.words("paths_title", what=inline(board.flat(*entry))),
        with_path(board, list(lit), blocks, list(lit.values())),
        subtitle=board.words("paths_sub"),
        covers=("sum-over-paths",),
    )


def _bare(board: Board, p: Path) -> list[Entry]:
    """The entries of a path as one sample has them."""
    axes = {t.name: len(t.axes) for t in board.net.tensors.values()}
    return [(n, at[len(at) - axes[n] :]) for n, at in p.entries]


def _links(board: Board, p: Path) -> list[Link]:
    """The factors of a path, the loss's first, with their values to all digits."""
    entries = [e for e in _bare(board, p) if e[0] != board.loss]
    top = upstream(board.d, entries[-1])
    name = board.d.adjoint(entries[-1][0])
    made = [Link(1, top, board.exact(name, *entries[-1][1]))]
    for k in range(len(entries) - 1, 0, -1):
        f = local(board.d, entries[k], entries[k - 1])
        exact = value(f.value, lambda e: board.exact(e[0], *e[1]))
        made.append(Link(len(made) + 1, f, exact))
    return made


def _factors(links: list[Link]) -> Expr:
    """The product along a path as a tree."""
    return mul([link.factor.value for link in links])


def _product(board: Board, links: list[Link], k: int) -> tuple[Row, Any]:
    """The factors from the loss down and their product; and the product as it is printed."""
    below = [link.factor.below for link in reversed(links)]
    names = joined((board.at(n, at) for n, at in below), BLANK, sign("to"), BLANK)
    parts, exact, redone = [], number(1), number(1)
    for link in links:
        shown = shown_value(board, link)
        exact, redone = exact * link.exact, redone * number(shown)
        made = link_number(board, link)
        parts.append(marked("cgc", link.colour, signed(made, shown < 0)))
    name = f"path{k}.{ref(*below[0])}"
    said = EQUALS if board.numerals.agrees(redone, exact) else APPROX
    product = board.figure(name, exact, relation=said.text, means=_factors(links))
    right = spaced(joined(parts, BLANK, board.times, BLANK), said, product)
    says = claims.numbers(board, [name])
    return Row(names, right, sign(":"), blank=True, claim=says), board.numerals.rounded(exact)
