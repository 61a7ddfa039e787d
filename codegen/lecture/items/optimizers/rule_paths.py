"""Every rule from the same place on the same loss surface, one a click; then the losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from .....derive.language.expr import Name
from .....derive.language.parser import expression
from .....derive.optimizers import optimizer
from ....deck.model import Page, Picture, Table, Text
from ....formula.latex_functions import Tex
from ....formula.numerals import Numerals
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK, Row
from ....formula.tree.write import EQUALS, fenced, joined, lowered, number, raised, sign, spaced
from ...board.context import Context
from ...board.printed import steady
from ..shared.room import lacking
from . import trajectories
from .rule_choice import Choice
from .rule_steps import RulePrinter

TOGETHER = 7  # paths that one picture holds; of more, every picture has at most SPREAD
SPREAD = 6
TINY = 1e-6
W = {k: lowered(sign("w"), number(k)) for k in (1, 2)}  # the two parameters


def path_pages(
    context: Context, asked: Sequence[Choice], on: trajectories.Surface
) -> Iterator[Page]:
    """The paths, in as many pictures as it takes to tell them apart, and a table of the losses."""
    board, words = context.board(), context.words
    kept = board.numerals
    board.numerals = Numerals(3, True, "half_up", words.decimal)
    found = [trajectories.path(c.rule, None, on, c.given) for c in asked]
    labels = [c.short(words) for c in asked]
    shown = (1, 5, on.steps)
    cells = []
    for c, p, label in zip(asked, found, labels, strict=True):
        rate = board.figure(f"optimizers.paths.{c.page}.rate", p.options["rate"], given=True)
        after = [(f"optimizers.paths.{c.page}.loss[{k}]", _loss(c, p.losses[k])) for k in shown]
        losses = [board.figure(key, loss) for key, loss in after]
        cells.append((label, inline(rate), *(inline(x) for x in losses)))
    head = ("", inline(board.eta), *(inline(sign("t"), EQUALS, number(k)) for k in shown))
    start = (board.figure(f"optimizers.paths.start[{k}]", Decimal(str(x)), given=True)
             for k, x in enumerate(on.start))  # fmt: skip
    place = fenced(joined(start, sign(","), BLANK))
    told = Text(words("paths_surface", loss=inline(_formula(context, on)), start=inline(place)))
    table = (Text(words("paths_losses")), Table(head, tuple(cells), "lrrrr"))
    title = words("rule_paths_title")
    board.numerals = kept
    for k, part in enumerate(_parts(len(found)), start=1):
        picture = trajectories.scene(
            found[part], labels[part], x_label=inline(W[1]), y_label=inline(W[2]),
            best=inline(raised(sign("w"), sign("ast"))),
            decimal=words.decimal, about=words(f"paths_about{'_valley' * (on.name == 'valley')}"),
            wide=6.5 - lacking(board), on=on,
        )  # fmt: skip
        yield context.page(
            "optimizers-paths" + f"-{k}" * (k > 1), title, (told, Picture(picture, height=0.82)),
            steps=len(found[part]), covers=("optimizers-compared",),
        )  # fmt: skip
    yield context.page(
        "optimizers-paths-losses", title, table, board=board, covers=("optimizers-compared",)
    )


def _loss(choice: Choice, exact: float) -> float:
    """Near the minimum few digits of a loss are the same on every machine."""
    return float(f"{exact:.4g}") if choice.rule.curvature and exact < TINY else steady(exact)


def _parts(count: int) -> list[slice]:
    """Pictures of about the same number of paths."""
    pictures = 1 if count <= TOGETHER else -(-count // SPREAD)
    ends = [round(k * count / pictures) for k in range(pictures + 1)]
    return [slice(a, b) for a, b in pairwise(ends)]


def _formula(context: Context, on: trajectories.Surface) -> Row:
    """The loss in w_1 and w_2."""
    printer = _Surface(context.board().printer, optimizer("sgd"))
    return spaced(sign("L"), EQUALS, printer.expression(expression(on.loss), {}))


class _Surface(RulePrinter):
    """x and y are the two parameters."""

    def _name(self, e: Name) -> Tex:
        return Tex(W["xy".index(e.name) + 1])
