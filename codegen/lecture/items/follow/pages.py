"""``follow``: a network while it learns: forward, loss, one weight after the other, the update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from .....derive.forms.chain import Local
from .....derive.language.expr import Expr, add, mul
from .....derive.language.refs import ref
from .....derive.relations.claim import Claim
from .....derive.relations.numbers import Rounds
from .....derive.values.entries import Entry, after_step
from .....derive.values.paths import parse_entry
from ....deck.model import Math, Page, Table
from ....formula.rich import inline
from ....formula.tree.write import derivative
from ....targets.numpy.training.rounds import train
from ...board.board import Board
from ...board.chain_rows import chain_rows
from ...board.chains import Factor, chain_rule
from ...board.context import Context
from ...board.printed import steady
from ...board.products import Link, all_links
from ...board.trees import entry_read
from ..shared.drawings import with_path
from ..shared.forward import forward_pages
from ..shared.paths import paths_page
from ..shared.update import frozen, has_update, rate_of, update_page, update_row
from .options import Options

ROUNDS = (1, 2, 3, 10, 100, 1000, 10_000)


def pages(context: Context, options: Options) -> Iterator[Page]:
    """Forward pages, then per weight its gradient and update, then all updates and the rounds."""
    board = context.board(options.of)
    yield from forward_pages(board, board.words("follow_title"), stem="follow")
    names = options.wrt or [ref(n, at) for n in board.parameters for at in board.entries(n)][:4]
    for text in names:
        yield _weight(board, text)
    if has_update(board):
        yield update_page(board, stem="follow")
        if options.rounds:
            yield _rounds(board, options.rounds)


def _weight(board: Board, text: str) -> Page:
    """One weight: its chain, each factor by hand, the product, the new weight."""
    entry = parse_entry(board.network, text)
    name, at = entry
    left = board.at(board.d.adjoint(name), at)
    rule = chain_rule(board, name, "full")
    found = all_links(board, name, at, rule.ways)
    if found is None:
        return paths_page(board, text)
    ways = tuple(_entries(board, way) for way in found)
    symbols = replace(rule, left=left, ways=ways, says=_says(board, entry, found)).rows()
    rows = chain_rows(board, symbols, name, at, found)
    if has_update(board) and name not in frozen(board):
        new = after_step(board.exact, rate_of(board), frozen(board))
        rows.append(update_row(board, new, name, at))
    lit = {k.factor.below: k.colour for way in reversed(found) for k in way}
    math = Math(tuple(rows), size="small")
    return board.page(
        f"follow-{text}",
        board.words("follow_weight", what=inline(board.at(name, at))),
        with_path(board, list(lit), [math], list(lit.values()), several=len(found) > 1),
        subtitle=board.words("backward_chain"),
        covers=(f"follow-{text}",),
    )


def _entries(board: Board, way: Sequence[Link]) -> tuple[Factor, ...]:
    """∂above/∂below of the entries on a path."""
    made = []
    for link in way:
        above, below = link.factor.above, link.factor.below
        over = board.named(above[0]) if not above[1] else board.at(*above)
        ratio = derivative(over, board.at(*below), direct=link.direct)
        made.append(Factor(ratio, above[0], below[0], link.colour, link.direct))
    return tuple(made)


def _says(board: Board, entry: Entry, found: Sequence[Sequence[Link]]) -> Claim:
    """The chain rule of single entries."""

    def local(link: Link) -> Expr:
        above, below = (entry_read(*e) for e in (link.factor.above, link.factor.below))
        return Local(above, below, link.direct)

    products = add(mul(map(local, way)) for way in found)
    return board.says(entry_read(board.d.adjoint(entry[0]), entry[1]), products)


def _rounds(board: Board, count: int) -> Page:
    """The outputs and the loss after some rounds."""
    shown = [k for k in ROUNDS if k < count] + [count]
    output, loss = board.net.output, board.loss
    head = [board.words("round")]
    head += [inline(board.at(output, at)) for at in board.entries(output)]
    head.append(inline(board.named(loss)))
    rows = []
    trace = train(board.network, rounds=count, keep=list(shown))
    again = Rounds(board.numbers, Fraction(rate_of(board)), frozen(board))

    def number(k: int, at: Entry, exact: Any) -> str:
        means, by = entry_read(*at), again.after(k, trace[k].parameters)
        return inline(board.figure(f"round{k}.{ref(*at)}", steady(exact), means=means, by=by))

    for k in shown:
        outputs = np.ravel(trace[k].tensors[output])
        places = [(output, at) for at in board.entries(output)]
        cells = [number(k, e, out) for e, out in zip(places, outputs, strict=True)]
        cells = [str(k), *cells, number(k, (loss, ()), trace[k].loss)]
        rows.append(tuple(cells))
    return board.page(
        "follow-rounds",
        board.words("follow_rounds"),
        [Table(tuple(head), tuple(rows), align="r" * len(head))],
        covers=(f"rounds-{board.key}",),
    )
