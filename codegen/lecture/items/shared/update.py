"""The update that follows the gradients, with numbers, and the loss after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .....derive.language.expr import Expr, Neg, Num, Read, add, mul, num
from .....derive.language.refs import ref
from .....derive.optimizers.settings import is_plain
from .....derive.relations.claim import Together
from .....derive.values.entries import Exact, Number, after_step, number
from ....deck.model import Math, Page, Row, Text
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import BECOMES, EQUALS, row, sign, space, spaced
from ...board import claims
from ...board.board import Board
from ...board.matrices import LIMIT
from ...board.printed import signed
from ...board.trees import entry_read
from .numbers import calculated, relation_of

SINGLE = 12  # parameters that are updated one by one; more go as matrices


def has_update(board: Board) -> bool:
    """Does the spec say how a step is made, by plain gradient descent?"""
    update = board.network.spec.update
    return update is not None and is_plain(update) and "rate" in update.options


def rate_of(board: Board) -> Any:
    return board.network.spec.update.options["rate"]


def rate(board: Board) -> Formula:
    """The number of the learning rate."""
    return board.figure("eta", number(rate_of(board)), means=_rate(board))


def _rate(board: Board) -> Num:
    return num(Fraction(rate_of(board)))


def frozen(board: Board) -> list[str]:
    given = board.network.spec.update.options.get("freeze") or []
    return list(given) if isinstance(given, list) else [given]


def update_page(board: Board, *, stem: str = "example") -> Page:
    """w ← w − η ∂L/∂w for every parameter, then the loss with the new ones; split where that is
    too much for a page."""
    new = after_step(board.exact, rate_of(board), frozen(board))
    names = [n for n in board.parameters if n not in frozen(board)]
    places = sorted(((n, at) for n in names for at in board.entries(n)), key=_edge(board))
    if len(places) > SINGLE:
        rows = [matrix_update(board, new, n) for n in names]
    else:
        rows = [update_row(board, new, n, at) for n, at in places]
    eta = inline(board.eta, EQUALS, rate(board))
    return board.page(
        f"{stem}-update",
        board.words("update_title"),
        [
            Text(board.words("update_rule", rate=eta)),
            Math(tuple(rows), size="small"),
            Text(after_text(board, new), kind="lead"),
        ],
        subtitle=board.words("update_sub"),
        covers=(f"update-{board.key}",),
    )


def _edge(board: Board) -> Callable[[tuple[str, tuple[int, ...]]], int]:
    """Numbered weights come in the order of their numbers, before what has no number."""
    order = {entry: k for k, entry in enumerate(board.symbols.edges)}
    return lambda entry: order.get(entry, len(order))


def update_row(board: Board, new: Exact, name: str, at: Sequence[int]) -> Row:
    """w ← w − η ∂L/∂w = 0.5 − 0.01 × (−0.0905) = 0.5009."""
    adjoint, place = board.d.adjoint(name), tuple(at)
    old, slope = board.number((name, place)), board.number((adjoint, place))
    exact, entry = new(name, *at), ref(name, at)
    redone = _redone(board, name, at)
    means = _stepped(board, name, place)
    relation, result = calculated(board, f"new.{entry}", redone, exact, f"new {entry}", means=means)
    shown = signed(slope, exact > board.exact(name, *at))
    step = row(board.eta, space(","), BLANK, board.at(adjoint, at))
    right = spaced(
        board.at(name, at), sign("-"), step, EQUALS,
        old, sign("-"), rate(board), board.times, shown, relation, result,
    )  # fmt: skip
    says = claims.numbers(board, [entry, ref(adjoint, at), "eta", f"new.{entry}"])
    return Row(board.at(name, at), right, BECOMES, ref=entry, blank=True, claim=says)


def _stepped(board: Board, name: str, at: tuple[int, ...]) -> Expr:
    """w − η ∂L/∂w as a tree."""
    was, slope = (entry_read(n, at) for n in (name, board.d.adjoint(name)))
    return add([was, Neg(mul([_rate(board), slope]))])


def _redone(board: Board, name: str, at: Sequence[int]) -> Number:
    """w − η ∂L/∂w with the printed digits."""
    was, moved = (number(board.shown((n, tuple(at)))) for n in (name, board.d.adjoint(name)))
    return was - number(rate_of(board)) * moved


def matrix_update(board: Board, new: Exact, name: str) -> Row:
    adjoint = board.d.adjoint(name)

    def moved(at: tuple[int, ...]) -> Formula:
        means = _stepped(board, name, at)
        return board.figure(f"new.{ref(name, at)}", new(name, *at), means=means)

    made = board.cells(name, moved)
    step = spaced(board.number_matrix(name), sign("-"), rate(board), board.times)
    small = max(map(int, board.net.shape(name)), default=0) <= LIMIT
    cells = ((f"new.{ref(name, at)}", _redone(board, name, at), new(name, *at),
              _stepped(board, name, at)) for at in board.entries(name) if small)  # fmt: skip
    right = spaced(step, board.number_matrix(adjoint), relation_of(board, cells), made)
    after = claims.numbers(board, (f"new.{ref(name, at)}" for at in board.entries(name)))
    says = Together((after, *(claims.matrix_of_numbers(board, n) for n in (name, adjoint))))
    return Row(board.named(name), right, BECOMES, ref=name, blank=True, claim=says)


def after_text(board: Board, new: Exact) -> str:
    """L: 0.3630 → 0.3627."""
    loss = board.loss
    then = board.numbers.after_step(Fraction(rate_of(board)), frozen(board))
    before = board.figure(loss, board.exact(loss), means=Read(loss))
    after = board.figure(f"after.{loss}", new(loss), means=Read(loss), by=then)
    return board.words("after_step", loss=inline(board.named(loss)),
                       change=inline(before, sign("to"), after))  # fmt: skip
