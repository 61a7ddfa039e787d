"""``relu_sum``: a continuous function as a growing sum of ReLUs, and its knots and slopes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from .....derive.language.parser import expression
from .....derive.topics.relu_sum import ReluSum, relu_sum
from .....derive.values.entries import number
from ....deck.model import Block, Columns, Math, Page, Picture, Row, Table, Text
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


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The reveal, one ReLU a click; then the knots and slopes with the sum as a formula."""
    made = relu_sum(expression(options.f), options.on[0], options.on[1], options.terms)
    board = context.board()
    yield _reveal(context, board, made)
    yield _table(context, board, made)


def _number(board: Board, name: str, exact: Fraction | float) -> str:
    return board.figure(f"relu-sum.{name}", number(exact))


def _minus(board: Board, name: str, exact: Fraction) -> str:
    """``x + 3``, ``x - 0.5``, ``x``."""
    if exact == 0:
        return "x"
    sign = "+" if exact < 0 else "-"
    return f"x {sign} {_number(board, f'shift.{name}', abs(exact))}"


def _relu(board: Board, made: ReluSum, k: int) -> str:
    inside = _minus(board, f"x[{k}]", made.knots[k])
    return rf"{board.printer.function('relu')}({inside})"


def _term(board: Board, made: ReluSum, k: int) -> str:
    return rf"{_number(board, f'a[{k}]', made.changes[k])}\,{_relu(board, made, k)}"


# -- the picture ----------------------------------------------------------------------------------


def _reveal(context: Context, board: Board, made: ReluSum) -> Page:
    words, n = context.words, made.terms
    a, b = float(made.knots[0]), float(made.knots[-1])
    xs = sorted({*np.linspace(a, b, POINTS).tolist(), *map(float, made.knots)})
    error = _number(board, "error", made.error)
    scene = relu_sum_scene(
        _points(xs, made.exact(xs)),
        [_points(xs, made.partial(k, xs)) for k in range(1, n + 1)],
        [_points(xs, made.partial(k, xs) - made.partial(k - 1, xs)) for k in range(1, n + 1)],
        [(float(x), float(y)) for x, y in zip(made.knots[:n], made.values[:n], strict=True)],
        target_label="$f$",
        sum_labels=[f"$f_{{{k}}}$" for k in range(1, n + 1)],
        term_labels=[f"${_term(board, made, k)}$" for k in range(n)],
        notes=[*[""] * (n - 1), words("relu_error", error=f"${error}$")],
        decimal=words.decimal,
        about=words("relu_about", count=n),
    )
    f = StepPrinter(board.printer).expression(made.f, {})
    ends = f"[{_number(board, 'a', made.knots[0])}, {_number(board, 'b', made.knots[-1])}]"
    return context.page(
        "relu-sum",
        words("relu_title"),
        [Text(words("relu_statement")), Picture(scene, height=0.86)],
        board=board,
        subtitle=words("relu_sub", function=f"$f(x) = {f}$", on=f"${ends}$"),
        steps=n,
        covers=("relu-sum",),
    )


def _points(xs: Sequence[float], ys: Iterable[float]) -> Data:
    return [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]


# -- the numbers ----------------------------------------------------------------------------------


def _table(context: Context, board: Board, made: ReluSum) -> Page:
    words, n = context.words, made.terms
    relu = board.printer.function("relu")
    general = rf"f(a) + \sum_{{k=0}}^{{{n - 1}}} a_{{k}}\, {relu}(x - x_{{k}})"
    start = _number(board, "start", made.start)
    shown = range(min(n, TERMS))
    terms = "".join(_signed(board, made, k) for k in shown)
    dots = r" + \cdots" if n > TERMS else ""
    rows = (
        Row(f"f_{{{n}}}(x)", general),
        Row("", f"{start}{terms}{dots}", relation=_relation(board, made, shown)),
    )
    factors = (
        Row("a_{0}", "s_{0}", note=words("relu_first")),
        Row("a_{k}", "s_{k} - s_{k-1}", note=words("relu_change")),
    )
    head = ("$k$", "$x_k$", "$f(x_k)$", words("relu_slope", slope="$s_k$"), "$a_k$")
    cells = [
        (r"$\vdots$",) * len(head) if k is None
        else (str(k), *(f"${c}$" for c in _cells(board, made, k)))
        for k in kept(n, SHOWN, KEPT)
    ]  # fmt: skip
    error = _number(board, "error", made.error)
    at = _number(board, "error-at", made.at)
    table = Table(head, tuple(cells), align="rrrrr", size="small")
    largest = Text(words("relu_largest", error=f"${error}$", at=rf"$x \approx {at}$"), kind="small")
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


def _cells(board: Board, made: ReluSum, k: int) -> list[str]:
    columns = {"x": made.knots, "f": made.values, "s": made.slopes, "a": made.changes}
    return [_number(board, f"{name}[{k}]", column[k]) for name, column in columns.items()]


def _signed(board: Board, made: ReluSum, k: int) -> str:
    change = made.changes[k]
    size = _number(board, f"size.a[{k}]", abs(change))
    return rf" {'-' if change < 0 else '+'} {size}\, {_relu(board, made, k)}"


def _relation(board: Board, made: ReluSum, shown: Sequence[int]) -> str:
    """``=`` where every number is printed with all its digits."""
    numbers = [made.start, *(made.changes[k] for k in shown)]
    whole = all(number(board.numerals.rounded(number(x))) == number(x) for x in numbers)
    return "=" if whole else r"\approx"
