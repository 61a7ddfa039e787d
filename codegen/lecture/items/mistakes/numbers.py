"""The mistakes with numbers: a factor of the loss, swapped digits, early rounding, |f − y|."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as change
from decimal import Decimal
from typing import Any

from .....derive.language.equation import Equation
from .....derive.language.expr import Add, Fn, Neg, Pow, Read, num, tensors, walk
from .....derive.network.build import build
from .....derive.spec.fields import Use
from .....derive.values.entries import Exact, Number, entry, number
from ....deck.model import Row
from ....formula.numerals import decimal
from ....formula.rich import inline
from ....formula.tree.write import between, lettered, row, sign, space, spaced
from ...board.board import Board
from .planted import Planted, Sheet, Shown, flat, shown

FACTORS = ("1/2", "1/outputs", 1)


def half_or_mean(s: Sheet) -> Iterator[Shown]:
    """½ for 1/N, or no factor at all: the loss of another book."""
    spec = s.board.network.spec
    given = spec.loss.options.get("factor") if spec.loss is not None else None
    output = s.net.output
    if given is None or output not in s.d.by_tensor:
        return
    at, name = s.board.entries(output)[0], s.d.adjoint(output)
    for factor in FACTORS:
        loss = Use(spec.loss.kind, {**spec.loss.options, "factor": factor}, spec.loss.bare)
        network = build(spec.model_copy(update={"loss": loss}))
        other = Board(change(network, values=s.board.network.values), s.board.words)
        other.key = f"{s.board.key}.mistake.{s.key}"
        if not s.tell_apart((other.exact(name, *at), s.exact(name, *at))):
            continue
        other.numerals = s.board.numerals
        wrong = [*_loss(other), *_slope(other, name, at)]
        right = [*_loss(s.board), *_slope(s.board, name, at)]

        def fault(run: Planted, eq: Equation, at: Any, other: Board = other) -> Number | None:
            return other.exact(name, *at) if eq.name == name else None

        if slots := s.difference(s.plant(fault)):
            yield Shown(wrong, right, slots, other.drain())
        return


def _loss(board: Board) -> list[Row]:
    """What the output is compared by, and the loss with its number."""
    output = board.net.output
    eq = next(e for _, e in board.forward if output in tensors(e.rhs))
    found = board.calculation(eq.name, board.entries(eq.name)[0], numbers=False)
    return [
        Row(found.left, found.formula),
        Row(board.at(board.loss), board.number((board.loss, ()))),
    ]


def _slope(board: Board, name: str, at: tuple[int, ...]) -> list[Row]:
    found = board.calculation(name, at)
    end = () if found.result is None else (found.relation, found.result)
    return [Row(found.left, spaced(found.formula, *end))]


def swapped_digits(s: Sheet) -> Iterator[Shown]:
    """Two digits swapped while copying: what is calculated with the copy is wrong."""
    output = s.net.output
    if output not in s.d.by_tensor or s.d.step(output).inlined:
        return
    at, name = s.board.entries(output)[0], s.d.adjoint(output)
    right = s.board.numerals.rounded(s.exact(name, *at))
    copied = _swapped(right)
    below = next((t for t in s.d.by_tensor if _reads(s, t, name)), None)
    if copied is None or below is None:
        return

    def fault(run: Planted, eq: Equation, here: tuple[int, ...]) -> Number | None:
        return number(copied) if eq.name == name and here == at else None

    planted = s.plant(fault)
    place = s.board.entries(below)[0]
    expr, adjoint = s.gradient(below, place), s.d.adjoint(below)
    left, given = s.board.at(adjoint, place), s.board.at(name, at)
    one, two = s.number(planted, (name, at)), s.board.number((name, at))
    wrong = [Row(given, one), *s.by_hand(left, expr, planted, (adjoint, place))]
    good = [Row(given, two), *s.by_hand(left, expr, s.exact, (adjoint, place))]
    yield from shown((wrong, good), s.difference(planted), copied=inline(one), number=inline(two))


def _reads(s: Sheet, tensor: str, adjoint: str) -> bool:
    """Does ∂L/∂tensor read an adjoint (and more than it)?"""
    step = s.d.by_tensor[tensor]
    return not step.inlined and adjoint in tensors(step.equation.rhs)


def _swapped(value: Decimal) -> Decimal | None:
    """0.6906 → 0.9606: the first two neighbouring digits that differ."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):  # no number
        return None
    for k in range(len(digits) - 1):
        if digits[k] != digits[k + 1]:
            made = [*digits[:k], digits[k + 1], digits[k], *digits[k + 2 :]]
            return Decimal((sign, tuple(made), exponent))
    return None


class Rounded(Planted):
    """Every calculated entry is rounded to so many decimals before it is used."""

    def __init__(self, exact: Exact, board: Board, count: int) -> None:
        super().__init__(exact, lambda run, eq, at: None)
        self.rule = change(board.numerals, count=count, significant=False)

    def _equation(self, eq: Equation, at: tuple[int, ...]) -> Number:
        return number(self.cut(super()._equation(eq, at)))

    def cut(self, exact: Number) -> Decimal:
        """A value that a reader rounds may become 0, which a printed number never does."""
        return self.rule.decimals(decimal(exact))


def early_rounding(s: Sheet) -> Iterator[Shown]:
    """Rounded at every step instead of once at the end."""
    below = [t for t in s.board.parameters if t in s.d.by_tensor]
    if not below:
        return
    name = s.d.adjoint(below[0])
    most = 3 if s.base.significant else min(3, s.base.count - 1)
    for count in range(most, 0, -1):
        rounded = Rounded(s.exact, s.board, count)
        for at in s.board.entries(below[0]):
            expr, left = s.gradient(below[0], at), s.board.at(name, at)
            wrong, right = rounded.of(expr), s.exact(name, *at)
            if not right or s.base.plain(wrong) == s.base.plain(right):
                continue
            off = number(round(100 * abs(wrong - right) / abs(right)))
            yield Shown(
                s.by_hand(left, expr, rounded, (name, at)),
                s.by_hand(left, expr, s.exact, (name, at)),
                {"count": str(count), "what": inline(flat(left)),
                 "off": inline(row(s.figure("percent", off), space(","), lettered("%")))},
            )  # fmt: skip


def absolute_loss(s: Sheet) -> Iterator[Shown]:
    """|f − y| read off as the loss."""
    output, targets = s.net.output, s.net.targets
    if len(targets) != 1 or len(s.board.entries(output)) != 1:
        return
    target = targets[0].name
    squares = [e for _, q in s.board.forward for e in walk(q.rhs) if isinstance(e, Pow)]
    if not any(e.exp == num(2) and {output, target} <= tensors(e).keys() for e in squares):
        return
    at = s.board.entries(output)[0]
    ends = [Read(n, tuple(num(k) for k in s.board.entries(n)[0])) for n in (output, target)]
    distance = Fn("abs", (Add((ends[0], Neg(ends[1]))),))
    wrong = Planted(s.exact, lambda run, q, here: None).of(distance)
    if not s.tell_apart((wrong, s.exact(s.board.loss))):
        return
    target_at = s.board.at(target, s.board.entries(target)[0])
    bars = between("lvert", spaced(s.board.at(output, at), sign("-"), target_at), "rvert")
    result = s.figure("distance", wrong)
    yield Shown(
        [Row(s.board.at(s.board.loss), bars), Row(row(), result)],
        _written(s),
        {"distance": inline(result), "loss": inline(s.board.number((s.board.loss, ())))},
    )


def _written(s: Sheet) -> list[Row]:
    """The loss by hand; of several equations that which does more than copy another."""
    made: list[Row] = []
    for _, q in s.board.forward:
        if s.board.is_loss(q.name):
            at = s.board.entries(q.name)[0]
            expr = entry(s.net, q, at)
            if not isinstance(expr, Read):
                made = s.by_hand(s.board.at(q.name, at), expr, s.exact, (q.name, at))
    return made
