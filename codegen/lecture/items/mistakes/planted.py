"""Common mistakes: each is planted into the derivation's own equations, and its number worked out.

A `Planted` evaluates a network like `derive.values.entries.Exact`, with one of its equations
spoilt; what follows from that equation is spoilt with it. No formula stands here: a mistake drops a
term of a derived expression, turns a matrix, takes other values. They are listed in `library`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .....derive.language.equation import Equation
from .....derive.language.expr import Expr, Read
from .....derive.language.refs import ref
from .....derive.values.entries import (
    Entry,
    Exact,
    Number,
    after_step,
    entry,
    moved_entry,
    number,
    value,
)
from ....deck.model import Figure, Row
from ....formula.rich import inline
from ....formula.tree.nodes import Fraction, Node, rebuilt
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import APPROX, EQUALS, row, sign
from ...board.board import Board
from ...board.substituted import Substituted
from ..shared.update import frozen, has_update, rate_of

STEP = 1e-6  # of the difference quotient
Fault = Callable[["Planted", Equation, tuple[int, ...]], Any]
Values = Callable[..., Number]  # of an entry by its name and indices, as of an `Exact`


class Planted(Exact):
    """The values of a network in which ``fault`` gives the number of some entries (None: right)."""

    def __init__(self, exact: Exact, fault: Fault) -> None:
        super().__init__(exact.d, exact.given, exact.formulas)
        self.fault = fault

    def _equation(self, eq: Equation, at: tuple[int, ...]) -> Number:
        made = self.fault(self, eq, at)
        return super()._equation(eq, at) if made is None else made

    def of(self, expr: Expr) -> Number:
        """The value of an expression over entries."""
        return value(expr, lambda e: self(e[0], *e[1]))


@dataclass(frozen=True)
class Shown:
    """What a page says about a mistake: the rows of the wrong and of the right way; ``slots`` fill
    the sentences."""

    wrong: Sequence[Row]
    right: Sequence[Row]
    slots: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """``key`` names its sentences (``mistake_KEY``, ``_lead``, ``_check``); ``show`` works it out
    at every place of a network where it can be made. ``source``: who printed it; ``of``: the item
    of the deck it belongs to (without that item it is shown only when asked for)."""

    key: str
    show: Callable[[Sheet], Iterator[Shown]]
    source: str = ""
    of: str = ""

    def on(self, board: Board) -> Shown | None:
        """The mistake where it can be made first; None for a network in which it cannot."""
        kept = board.numerals
        try:
            return next(self.show(Sheet(board, self.key)), None)
        finally:
            board.numerals = kept


class Sheet:
    """What the mistakes of one network are worked out on; every number goes to the manifest."""

    def __init__(self, board: Board, key: str) -> None:
        self.board, self.key = board, key
        self.d, self.net, self.exact = board.d, board.net, board.exact
        self.base = board.numerals

    # -- the network ---------------------------------------------------------------------------

    @property
    def hidden(self) -> Iterator[str]:
        """Tensors between input and output that have a gradient, the last one first."""
        for step in self.d.steps:
            kind = self.net.tensors[step.of].kind if step.of in self.net.tensors else ""
            output = step.of == self.net.output
            if kind == "variable" and not step.inlined and not output:
                yield step.of

    def gradient(self, tensor: str, at: Sequence[int]) -> Expr:
        """∂L/∂(an entry) as its equation writes it, over entries."""
        return entry(self.net, self.d.step(tensor).equation, at)

    def plant(self, fault: Fault) -> Planted:
        return Planted(self.exact, fault)

    # -- numbers -------------------------------------------------------------------------------

    def tell_apart(self, *pairs: tuple[Any, Any]) -> bool:
        """As many more digits as it takes to see a difference; False where there is none."""
        pairs = tuple((a, b) for a, b in pairs if abs(a - b) > 1e-9 * abs(b))
        for more in range(9):
            here = self.base.more(more)
            if pairs and all(here.plain(a) != here.plain(b) for a, b in pairs):
                self.board.numerals = here
                return True
        return False

    def figure(self, name: str, exact: Any) -> Formula:
        """A number that exists only in the mistake."""
        return self.board.figure(f"mistake.{self.key}.{name}", exact)

    def number(self, values: Values, at: Entry) -> Formula:
        """An entry's number: the right one, or that of the mistake."""
        if values(at[0], *at[1]) == self.exact(at[0], *at[1]):
            return self.board.number(at)
        return self.figure(ref(*at), values(at[0], *at[1]))

    def by_hand(
        self, left: Formula, expr: Expr, values: Values, at: Entry, *,
        formula: Formula | None = None,
    ) -> list[Row]:  # fmt: skip
        """Formula, the formula with numbers, and the result, the number of the entry ``at``."""
        board = self.board
        made = formula or board.printer.expression(expr, {})
        numbers = Substituted(board.printer, lambda e: self.number(values, e)).expression(expr, {})
        exact = value(expr, lambda e: values(e[0], *e[1]))
        redone = value(expr, lambda e: self._printed(values, e))
        agrees = board.numerals.agrees(redone, exact)
        if not agrees:
            board.report(f"mistake {self.key}", redone, exact)
        right = exact == self.exact(at[0], *at[1])
        result = board.number(at) if right else self.figure(ref(*at), exact)
        said = EQUALS if agrees else APPROX
        rows = [Row(left, made), Row(row(), numbers), Row(row(), result, said)]
        return rows if numbers != made else [rows[0], rows[2]]

    def factor(self, left: Formula, expr: Expr, name: str, kind: str) -> list[Row]:
        """A local derivative over right entries, by hand."""
        board = self.board
        exact = value(expr, lambda e: self.exact(e[0], *e[1]))
        made, numbers = board.printer.expression(expr, {}), board.substituted(expr)
        relation = board.relation(expr, exact, f"mistake {self.key}")
        result = Row(row(), self.figure(f"{kind}.{name}", exact), relation)
        return [Row(left, made), result] if isinstance(expr, Read) else [
            Row(left, made), Row(row(), numbers), result
        ]  # fmt: skip

    def _printed(self, values: Values, at: Entry) -> Number:
        same = values(at[0], *at[1]) == self.exact(at[0], *at[1])
        if same:
            return number(self.board.shown(at))
        return number(self.board.numerals.rounded(values(at[0], *at[1])))

    # -- checks --------------------------------------------------------------------------------

    def quotient(self, at: Entry) -> Number:
        """[L(w + h) − L(w − h)] / 2h of one parameter, with 40 digits."""
        name, place = at
        given = self.exact.given
        up, down = (
            self.exact.changed({name: moved_entry(given[name], place, number(by))})
            for by in (STEP, -STEP)
        )
        return (up(self.board.loss) - down(self.board.loss)) / number(2 * STEP)

    def difference(self, planted: Exact) -> dict[str, str] | None:
        """The slots of a sentence that compares gradients with a difference quotient: of the first
        parameter entry whose gradient the mistake changes."""
        for name in self.board.parameters:
            adjoint = self.d.adjoint(name)
            for at in self.board.entries(name):
                wrong, right = planted(adjoint, *at), self.exact(adjoint, *at)
                if abs(wrong - right) > 1e-9 * (abs(right) + abs(wrong)):
                    return self._compared((name, at), wrong, right)
        return None

    def _compared(self, at: Entry, wrong: Any, right: Any) -> dict[str, str]:
        name, place = at
        self.tell_apart((wrong, right))
        adjoint = self.d.adjoint(name)
        measured = self.figure(f"quotient.{ref(name, place)}", self.quotient(at))
        return {
            "what": inline(flat(self.board.at(adjoint, place))),
            "wrong": inline(self.figure(ref(adjoint, place), wrong)),
            "right": inline(self.board.number((adjoint, place))),
            "measured": inline(measured),
        }

    def after(self, values: Exact) -> Number:
        """The loss after one update with these gradients."""
        return after_step(values, rate_of(self.board), frozen(self.board))(self.board.loss)

    def losses(self, planted: Exact) -> dict[str, str] | None:
        """The slots of a sentence that compares the losses after one update."""
        if not has_update(self.board):
            return None
        wrong, right = self.after(planted), self.after(self.exact)
        before = self.exact(self.board.loss)
        if not self.tell_apart((wrong, right), (right, before)):
            return None
        return {
            "loss": inline(self.board.at(self.board.loss)),
            "before": inline(self.board.number((self.board.loss, ()))),
            "wrong_loss": inline(self.figure(f"after.{self.board.loss}", wrong)),
            "right_loss": inline(self.board.figure(f"after.{self.board.loss}", right)),
        }


def shown(
    rows: tuple[list[Row], list[Row]] | None, slots: Mapping[str, str] | None, **more: str
) -> Iterator[Shown]:
    """The mistake, where both ways print differently and something tells them apart."""
    if rows is not None and slots is not None:
        yield Shown(*rows, {**slots, **more})


def flat(made: Formula) -> Formula:
    """The fractions of a formula as ∂L/∂w, for a sentence: below the line they are too small."""

    def level(node: Node) -> Node:
        match node:
            case Fraction(over=Formula(above), under=Formula(below)):
                return row(*above, sign("/"), *below)
        return node

    return rebuilt(made, level)


def one_sample(board: Board) -> Board:
    """The board, or that of its first sample where the spec gives several."""
    network = board.network
    batch = [n for n, v in network.values.items() if network.tensors[n].batch and len(v) > 1]
    if not batch:
        return board
    values = {n: v[:1] if n in batch else v for n, v in network.values.items()}
    return Board(replace(network, values=values), board.words)
