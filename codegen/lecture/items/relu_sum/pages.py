"""``relu_sum``: a continuous function as a growing sum of ReLUs, and its knots and slopes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from .....derive.language.expr import Expr, Fn, Name, Neg, add, mul
from .....derive.language.parser import expression
from .....derive.relations.claim import Claim, Together
from .....derive.relations.pieces import LINE, PiecesTruth
from .....derive.relations.pieces import entry as piece
from .....derive.relations.relation import Relation
from .....derive.topics.relu_sum import ReluSum, relu_sum
from .....derive.values.entries import number
from ....deck.model import Block, Columns, Math, Page, Picture, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree import write
from ....formula.tree.nodes import BLANK, Node, Sign
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import (
    APPROX,
    EQUALS,
    PLUS,
    fenced,
    listed,
    lowered,
    raised,
    row,
    sign,
    space,
    spaced,
)
from ....picture.plot.plot import Data
from ....picture.plot.relu_picture import relu_sum_scene
from ...board.board import Board
from ...board.context import Context
from ..functions.steps import StepPrinter
from ..shared.room import kept
from .options import Options

POINTS = 241  # of the function in the picture
SHOWN = 8  # rows of the table that are written out
KEPT = (4, 2)  # of a longer one: the first, the last
TERMS = 3  # ReLUs of the sum with numbers
F, X, K, MINUS = map(sign, "fxk-")


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The reveal, one ReLU a click; then the knots and slopes with the sum as a formula."""
    made = relu_sum(expression(options.f), options.on[0], options.on[1], options.terms)
    board = context.board()
    yield _reveal(context, Sum(board, made))
    yield _table(context, Sum(board, made))


@dataclass(frozen=True)
class Sum:
    """A sum of ReLUs on a board, and who judges what is printed of it."""

    board: Board
    made: ReluSum

    @cached_property
    def truth(self) -> PiecesTruth:
        return PiecesTruth(self.made)

    def number(self, name: str, exact: Fraction | float, means: Expr | None = None) -> Formula:
        return self.board.figure(f"relu-sum.{name}", number(exact), means=means, by=self.truth)

    def size(self, name: str, exact: Fraction, means: Expr) -> Formula:
        """A number without its sign."""
        return self.number(name, abs(exact), Neg(means) if exact < 0 else means)

    def relu(self, factor: Node, inside: Node) -> Formula:
        """a relu(…)."""
        return row(factor, space(","), BLANK, self.board.printer.called("relu"), fenced(inside))

    def _shifted(self, k: int) -> Node:
        """x + 3, x − 0.5, x."""
        knot = self.made.knots[k]
        if knot == 0:
            return X
        shift = self.size(f"shift.x[{k}]", knot, piece("x", k))
        return spaced(X, PLUS if knot < 0 else MINUS, shift)

    def term(self, k: int) -> Formula:
        change = self.number(f"a[{k}]", self.made.changes[k], piece("a", k))
        return self.relu(change, self._shifted(k))

    def signed(self, k: int) -> Formula:
        """The same, added to what stands before it."""
        change = self.made.changes[k]
        size = self.size(f"size.a[{k}]", change, piece("a", k))
        return spaced(MINUS if change < 0 else PLUS, self.relu(size, self._shifted(k)))

    def ends(self) -> Formula:
        """[a, b]."""
        first, last = self.made.knots[0], self.made.knots[-1]
        ends = (self.number("a", first, piece("x", 0)),
                self.number("b", last, piece("x", self.made.terms)))  # fmt: skip
        return row(sign("["), listed(ends), sign("]"))

    # -- what its lines say ----------------------------------------------------------------------

    def says(self, left: Expr, right: Expr, until: int | None = None) -> Claim:
        truth = self.truth if until is None else PiecesTruth(self.made, until)
        return Claim(truth, Relation((left, right)))

    def says_sum(self) -> Claim:
        """f_n(x) = f(a) + Σ a_k relu(x − x_k)."""
        terms = (
            mul([piece("a", k), Fn("relu", (add([Name("x"), Neg(piece("x", k))]),))])
            for k in range(self.made.terms)
        )
        return self.says(Name(LINE), add([piece("f", 0), *terms]))

    def says_terms(self, count: int) -> Claim:
        """That the first terms with their numbers are the sum up to where the next one starts."""
        return self.says(Name(LINE), self.made.tree(count), until=count)

    def says_changes(self) -> Together:
        """a_k = s_k − s_{k−1}."""
        return Together(tuple(
            self.says(piece("a", k), add([piece("s", k), Neg(piece("s", k - 1))]))
            for k in range(1, self.made.terms)
        ))  # fmt: skip


# -- the picture ----------------------------------------------------------------------------------


def _reveal(context: Context, shown: Sum) -> Page:
    board, made = shown.board, shown.made
    words, n = context.words, made.terms
    a, b = float(made.knots[0]), float(made.knots[-1])
    xs = sorted({*np.linspace(a, b, POINTS).tolist(), *map(float, made.knots)})
    error = shown.number("error", made.error)
    scene = relu_sum_scene(
        _points(xs, made.exact(xs)),
        [_points(xs, made.partial(k, xs)) for k in range(1, n + 1)],
        [_points(xs, made.partial(k, xs) - made.partial(k - 1, xs)) for k in range(1, n + 1)],
        [(float(x), float(y)) for x, y in zip(made.knots[:n], made.values[:n], strict=True)],
        target_label=inline(F),
        sum_labels=[inline(lowered(F, write.number(k))) for k in range(1, n + 1)],
        term_labels=[inline(shown.term(k)) for k in range(n)],
        notes=[*[""] * (n - 1), words("relu_error", error=inline(error))],
        decimal=words.decimal,
        about=words("relu_about", count=n),
    )
    f = StepPrinter(board.printer).expression(made.f, {})
    return context.page(
        "relu-sum",
        words("relu_title"),
        [Text(words("relu_statement")), Picture(scene, height=0.86)],
        board=board,
        subtitle=words(
            "relu_sub", function=inline(F, fenced(X), EQUALS, f), on=inline(shown.ends())
        ),
        steps=n,
        covers=("relu-sum",),
    )


def _points(xs: Sequence[float], ys: Iterable[float]) -> Data:
    return [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]


# -- the numbers ----------------------------------------------------------------------------------


def _table(context: Context, whole: Sum) -> Page:
    board, made = whole.board, whole.made
    words, n = context.words, made.terms
    shown = range(min(n, TERMS))
    terms = [whole.number("start", made.start, piece("f", 0)), *map(whole.signed, shown)]
    dots = [PLUS, sign("cdots")] if n > TERMS else []
    relation, first = _relation(board, made, shown), piece("a", 0)
    sum_n = row(lowered(F, write.number(n)), fenced(X))
    rows = (
        Row(sum_n, _general(whole), claim=whole.says_sum()),
        Row(row(), spaced(*terms, *dots), relation, claim=whole.says_terms(len(shown))),
    )
    x, a, s = map(_at, "xas")
    zero, before = write.number(0), row(K, MINUS, write.number(1))
    factors = (
        Row(_at("a", zero), _at("s", zero), note=words("relu_first"),
            claim=whole.says(first, piece("s", 0))),
        Row(a, spaced(s, MINUS, _at("s", before)), note=words("relu_change"),
            claim=whole.says_changes()),
    )  # fmt: skip
    slope = words("relu_slope", slope=inline(s))
    head = (inline(K), inline(x), inline(row(F, fenced(x))), slope, inline(a))
    cells = [
        (inline(sign("vdots")),) * len(head) if k is None
        else (str(k), *(inline(c) for c in _cells(whole, k)))
        for k in kept(n, SHOWN, KEPT)
    ]  # fmt: skip
    error = whole.number("error", made.error)
    at = whole.number("error-at", made.at)
    table = Table(head, tuple(cells), align="rrrrr", size="small")
    place = inline(X, APPROX, at)
    largest = Text(words("relu_largest", error=inline(error), at=place), kind="small")
    beside = (Math(factors, size="small"), largest)
    blocks: list[Block] = [
        Math(rows, size="small"), Columns(((0.56, (table,)), (0.44, beside))),
    ]  # fmt: skip
    return context.page(
        "relu-sum-knots",
        words("relu_knots_title"),
        blocks,
        board=board,
        covers=("relu-sum-knots",),
    )


def _at(name: str, place: Node = K) -> Formula:
    """x_k, or at another place."""
    return lowered(sign(name), place)


def _general(whole: Sum) -> Formula:
    """f(a) + Σ a_k relu(x − x_k)."""
    first, last = write.number(0), write.number(whole.made.terms - 1)
    total = raised(lowered(sign("sum"), row(K, EQUALS, first)), last)
    term = whole.relu(_at("a"), spaced(X, MINUS, _at("x")))
    return spaced(row(F, fenced(sign("a"))), PLUS, total, term)


def _cells(whole: Sum, k: int) -> list[Formula]:
    made = whole.made
    columns = {"x": made.knots, "f": made.values, "s": made.slopes, "a": made.changes}
    return [
        whole.number(f"{name}[{k}]", column[k], piece(name, k)) for name, column in columns.items()
    ]


def _relation(board: Board, made: ReluSum, shown: Sequence[int]) -> Sign:
    """= where every number is printed with all its digits."""
    numbers = [made.start, *(made.changes[k] for k in shown)]
    whole = all(number(board.numerals.rounded(number(x))) == number(x) for x in numbers)
    return EQUALS if whole else APPROX
