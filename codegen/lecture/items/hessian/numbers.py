"""The Hessian at the worked example: its numbers, one of them by hand, the steps of Newton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .....derive.language.expr import Expr, Read, reads
from .....derive.language.refs import ref
from .....derive.relations.claim import Together, Values
from .....derive.topics.hessian import Rows
from .....derive.topics.hessian_exact import Curvature, NewtonStep
from .....derive.values.entries import (
    Entry,
    Exact,
    Number,
    after_step,
    entry,
    number,
    place,
    value,
)
from ....deck.model import Block, Math, Page, Row, Table, Text
from ....formula.numerals import Numerals
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import APPROX, EQUALS, PLUS, displayed, sign, slashed, spaced
from ...board import claims
from ...board.board import Board
from ...board.matrices import bmatrix
from ...board.printed import signed
from ...board.trees import entry_read
from ..shared.room import kept
from ..shared.update import frozen, has_update, rate_of
from .claims import MatrixNumbers, RowClaims
from .printer import HESSIAN, SecondNumbers, SecondPrinter, second

SHOWN = 9  # parameters that a table of a step has rows for; of more the first and the last
DIGITS = 4  # significant digits, where the spec asks for decimals
HAND = 9  # lines of an entry by hand


def number_pages(
    board: Board, curvature: Curvature, found: Sequence[Rows], damping: float | None
) -> Iterator[Page]:
    """The matrix, an entry of it by hand, Newton's step where there is one, the damped step."""
    made = _Numbers(board, curvature)
    yield made.matrix()
    by_hand = made.by_hand(found)
    if by_hand is not None:
        yield by_hand
    if not curvature.singular:
        yield made.step("newton", curvature.newton())
    step = curvature.damped() if damping is None else curvature.newton(str(damping))
    yield made.step("damped", step)


class _Numbers:
    def __init__(self, board: Board, curvature: Curvature) -> None:
        self.words, self.board = board.words, board
        self.curvature, self.order = curvature, curvature.entries
        count = board.numerals.count if board.numerals.significant else DIGITS
        self.numerals = Numerals(count, True, board.numerals.rounding, board.numerals.mark)

    def page(self, key: str, sub: str, blocks: Sequence[Block], **more: Any) -> Page:
        return self.board.page(
            f"hessian-{key}", self.words("hessian_title"), blocks,
            subtitle=self.words(sub),
            covers=(f"hessian-{key}-{self.board.key}",), **more,
        )  # fmt: skip

    def shown(
        self, what: str, exact: Any, relation: str = "", *, means: Expr | None = None,
        by: Values | None = None,
    ) -> Formula:  # fmt: skip
        name = f"hessian.{what}"
        return self.board.figure(name, exact, numerals=self.numerals, relation=relation,
                                 means=means, by=by)  # fmt: skip

    # -- the matrix ----------------------------------------------------------------------------

    def matrix(self) -> Page:
        """Every second derivative; what its eigenvalues say."""
        count, order, hessian = len(self.order), self.order, self.curvature.hessian
        judge = MatrixNumbers(self.board, self.curvature)
        few = self.numerals.more(min(3 - self.numerals.count, 0))

        def cell(at: tuple[int, ...]) -> Formula:
            i, j = at
            name = f"hessian.{ref(*order[i])},{ref(*order[j])}"
            numerals = few if count > 5 else self.numerals
            means, by = judge.means(order[i], order[j]), judge.values
            return self.board.figure(name, hessian[i][j], numerals=numerals, means=means, by=by)

        symbols = ", ".join(inline(self.board.at(*e)) for e in self.order)
        lead = Text(self.words("hessian_numbers_lead", entries=symbols))
        size = "small" if count <= 5 else "tiny"
        matrix = Row(HESSIAN, bmatrix((count, count), cell), blank=True, claim=self._says())
        blocks: list[Block] = [lead, Math((matrix,), size), Text(self._eigen(), at=2)]
        return self.page("numbers", "hessian_numbers_sub", blocks, steps=2)

    def _says(self) -> Together:
        """That every printed entry is right."""
        names = (f"hessian.{ref(*a)},{ref(*b)}" for a in self.order for b in self.order)
        return claims.numbers(self.board, names)

    def _eigen(self) -> str:
        found = self.curvature.eigenvalues
        low, high = self.shown("eigenvalue.low", found[0]), self.shown("eigenvalue.high", found[-1])
        said = self.words("hessian_eigen", low=inline(low), high=inline(high))
        kind = "convex" if self.curvature.positive else "saddle" if found[0] < 0 else "flat"
        made = [said, self.words(f"hessian_{kind}")]
        zeros = sum(1 for x in found if x == 0)
        if zeros:
            made.append(self.words("hessian_singular", zeros=zeros, count=len(found)))
        return " ".join(made)

    # -- one entry by hand ---------------------------------------------------------------------

    def by_hand(self, found: Sequence[Rows]) -> Page | None:
        """The equations of one diagonal entry with their numbers; None over several samples."""
        if not self.board.has_numbers:
            return None
        rows, at = self._picked(found)
        hand = _Hand(self, rows)
        lines = hand.lines(rows.block(rows.of).equation.name, (*at, *at))
        if len(lines) > HAND:
            return None
        what = second(self.board, (rows.of, at), (rows.of, at))
        lead = Text(self.words("hessian_hand_lead", what=inline(displayed(what))))
        return self.page("by-hand", "hessian_hand_sub", [lead, Math(tuple(lines), size="small")])

    def _picked(self, found: Sequence[Rows]) -> tuple[Rows, tuple[int, ...]]:
        """The first entry of the last weight: its lines are few."""
        net = self.board.net
        wide = max(len(net.tensors[r.of].axes) for r in found)
        rows = next(r for r in found if len(net.tensors[r.of].axes) == wide)
        return rows, (0,) * wide

    # -- steps ---------------------------------------------------------------------------------

    def step(self, kind: str, made: NewtonStep) -> Page:
        """(H + μI) d = −g as a table: gradient, step, new number; the loss before and after."""
        words, board = self.words, self.board
        said = {}
        if kind == "damped":
            mu = board.figure("hessian.damping", made.damping, given=True)
            said["damping"] = inline(sign("mu"), EQUALS, mu)
        shown = kept(len(self.order), SHOWN, (SHOWN - 2, 1))
        w, d, slope = sign("w"), sign("d"), slashed(board.named(board.loss), sign("w"))
        head = (words("check_parameter"), inline(w), inline(sign("g"), EQUALS, slope), inline(d),
                inline(w, PLUS, d))  # fmt: skip
        dots = (inline(sign("vdots")),) * len(head)
        cells = [dots if k is None else self._cells(kind, k, made) for k in shown]
        blocks: list[Block] = [
            Text(words(f"hessian_{kind}_says", **said)),
            Table(head, tuple(cells), "lrrrl", size="small"),
            Text(self._after(kind, made), kind="lead", at=2),
        ]  # fmt: skip
        return self.page(kind, f"hessian_{kind}_sub", blocks, steps=2)

    def _cells(self, kind: str, k: int, made: NewtonStep) -> tuple[str, ...]:
        e, numerals = self.order[k], self.numerals
        old, step, new = self.curvature.at(e), made.step[k], made.after[k]
        given = self.board.figure(ref(*e), old, given=True)
        gradient = self.shown(f"gradient.{ref(*e)}", self.curvature.gradient[k])
        moved = self.shown(f"{kind}.step.{ref(*e)}", step)
        redone = number(self.board.numerals.more(6).rounded(old)) + number(numerals.rounded(step))
        relation = EQUALS if numerals.agrees(redone, new) else APPROX
        result = self.shown(f"{kind}.{ref(*e)}", new, relation.text)
        total = spaced(given, PLUS, signed(moved, step < 0), relation, result)
        return tuple(map(inline, (self.board.at(*e), given, gradient, moved, total)))

    def _after(self, kind: str, made: NewtonStep) -> str:
        board, words = self.board, self.words
        before = board.figure(board.loss, made.loss_before)
        after = board.figure(f"hessian.{kind}.{board.loss}", made.loss_after)
        loss = inline(board.named(board.loss))
        said = words("after_step", loss=loss, change=inline(before, sign("to"), after))
        if made.loss_after >= made.loss_before:
            said = f"{said}. {words('hessian_rose')}"
        elif kind == "damped" and board.has_numbers and has_update(board):
            plain = after_step(board.exact, rate_of(board), frozen(board))
            rate = board.figure("eta", number(rate_of(board)), given=True)
            loss_then = board.figure(f"after.{board.loss}", plain(board.loss))
            said += ". " + words("hessian_descent", rate=inline(rate), loss=inline(loss_then))
        return said


class _Hand:
    """The lines of one entry, from the values that move to the second derivative."""

    def __init__(self, numbers: _Numbers, rows: Rows) -> None:
        self.numbers, self.rows, self.board = numbers, rows, numbers.board
        self.d = rows.second.derivation
        self.exact = Exact(self.d, self.board.network.values)
        self.equations = {x.equation.name: x.equation for x in rows.lines}
        self.printer = SecondPrinter(self.board, rows)
        self.claims = RowClaims(self.board, rows)

    def lines(self, name: str, at: Sequence[int]) -> list[Row]:
        made: dict[Entry, Row] = {}
        self._needed((name, tuple(at)), made)
        return list(made.values())

    def _needed(self, here: Entry, made: dict[Entry, Row]) -> None:
        expr = self.exact.by_hand(entry(self.d.network, self.equations[here[0]], here[1]))
        for r in reads(expr):
            below = (r.tensor, place(r))
            if r.tensor in self.equations and below not in made:
                self._needed(below, made)
        made[here] = self._row(here, expr)

    def _row(self, here: Entry, expr: Expr) -> Row:
        exact = self.exact(here[0], *here[1])
        agrees = self.numbers.numerals.agrees(value(expr, self._shown), exact)
        relation = EQUALS if agrees else APPROX
        left = self.printer.entry_at(*here)
        formula = self.printer.expression(expr, {})
        result = self._number(here, relation.text)
        says = self.claims.entry(entry_read(*here), expr)
        if not list(reads(expr)):
            return Row(left, result, claim=says)
        if isinstance(expr, Read):
            return Row(left, spaced(formula, EQUALS, result), blank=True, claim=says)
        by_hand = SecondNumbers(self.board, self._number).expression(expr, {})
        right = spaced(formula, EQUALS, by_hand, relation, result)
        return Row(left, right, blank=True, claim=says)

    def _number(self, e: Entry, relation: str = "") -> Formula:
        if e[0] not in self.equations:
            return self.board.number(e)
        exact, means = self.exact(e[0], *e[1]), entry_read(*e)
        return self.numbers.shown(ref(*e), exact, relation, means=means, by=self.claims.numbers)

    def _shown(self, e: Entry) -> Number:
        if e[0] not in self.equations:
            return number(self.board.shown(e))
        return number(self.numbers.numerals.rounded(self.exact(e[0], *e[1])))
