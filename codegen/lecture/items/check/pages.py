"""``check``: the gradients against difference quotients, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from .....derive.language.refs import ref
from .....derive.values.entries import number
from ....deck.model import Block, Page, Table, Text
from ....formula.numerals import Numerals
from ....formula.rich import inline
from ....formula.tree import write
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import EQUALS, PLUS, row, sign, space
from ...board.context import Context
from ..shared.letters import step
from ..shared.update import frozen, has_update, rate_of
from .options import Options
from .parts import Checked, Checker, passes

SEVERAL = 6  # parameters up to which each has its line


def pages(context: Context, options: Options) -> Iterator[Page]:
    """One page: some parameters in full, the count of all, and the loss after a step."""
    board = context.board(options.of)
    checker = Checker(board)
    found = checker.all()
    shown = [c for c in found if c.entry in checker.chosen(options.entries, SEVERAL)]
    head = ("check_parameter", "check_analytic", "check_numeric", "check_error")
    rows = tuple(_row(checker, c) for c in shown)
    blocks: list[Block] = [
        Table((*(board.words(k) for k in head), ""), rows, align="lrrrc"),
        Text(_passed(checker, found)),
    ]
    if has_update(board):
        blocks.append(Text(_step(checker)))
    power = write.raised(write.number(10), write.number(checker.POWER))
    size = inline(sign(step(board.symbols)), EQUALS, power)
    yield board.page(
        "check",
        board.words("check_title"),
        blocks,
        subtitle=board.words("check_sub", step=size),
        covers=(f"check-{board.key}",),
    )


def _row(checker: Checker, c: Checked) -> tuple[str, ...]:
    board, name = checker.board, ref(*c.entry)
    numerals = checker.numerals
    analytic = board.figure(f"check.d{name}", c.analytic, numerals=numerals)
    numeric = board.figure(f"check.numeric.{name}", c.numeric, numerals=numerals)
    error = _error(checker, f"check.error.{name}", c)
    return (
        inline(board.at(*c.entry)),
        _signed(analytic, c.analytic),
        _signed(numeric, c.numeric),
        inline(error),
        inline(sign("checkmark" if passes(c) else "times")),
    )


def _signed(made: Formula, exact: object) -> str:
    """A number with its sign, also where that is a plus."""
    return inline(row(PLUS, made) if number(exact) > 0 else made)


def _error(checker: Checker, what: str, c: Checked) -> Formula:
    numerals = Numerals(2, True, "half_up", checker.board.numerals.mark)
    return checker.board.figure(what, c.error, numerals=numerals)


def _passed(checker: Checker, found: list[Checked]) -> str:
    count = sum(passes(c) for c in found)
    worst = max(found, key=lambda c: c.error)
    error = inline(_error(checker, "check.worst", worst))
    key = "check_pass" if count == len(found) else "check_fail"
    return checker.board.words(key, count=count, total=len(found), worst=error)


def _step(checker: Checker) -> str:
    """all 17 parameters one step of 0.01 ⇒ L: 0.3630 → 0.3627."""
    board = checker.board
    before, after = checker.around_step()
    first = board.figure(board.loss, before)
    second = board.figure(f"after.{board.loss}", after)
    count = len([c for c in checker.entries() if c[0] not in frozen(board)])
    rate = inline(board.figure("eta", number(rate_of(board))))
    step = board.words("check_step", total=count, rate=rate)
    change = inline(first, sign("to"), second)
    loss = board.words("check_loss", loss=inline(board.named(board.loss)), change=change)
    return f"{step} {inline(row(space(';'), sign('Rightarrow'), space(';')))} {loss}"
