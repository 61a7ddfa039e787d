"""``functions``: formula, derivative line by line with its reasons, plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from .....derive.chainrule.calculus import derivative
from .....derive.language.expr import Expr, Name, replace
from .....derive.language.parser import expression
from .....derive.values.entries import at_point, number
from ....deck.model import Block, Columns, Math, Page, Picture, Table, Text
from ....formula.rich import inline
from ....formula.tree import write
from ....formula.tree.write import (
    EQUALS,
    PLUS,
    fenced,
    fraction,
    raised,
    row,
    sign,
    slashed,
    spaced,
)
from ....picture.scene.scene import Scene
from ...board.board import Board
from ...board.context import Context
from ..shared.room import fits, lacking, page_width
from .derived import covered, names
from .lines import Lines
from .named import Named, named
from .options import Options
from .plots import drawn, function_scene, loss_scene, secant_scene

LEFT, RIGHT = 0.7, 0.3
SMALL, LARGE = (2.7, 3.4), (4.9, 4.6)  # cm: plots beside the lines, on their own page
GAP = 0.1
LIMIT_OF = "v**2"  # the function whose secants are drawn, and where
LIMIT_AT, LIMIT_STEPS = 1, ("1", "0.5", "0.1", "0.01")
SECANTS = (1.0, 0.5, 0.1)


def pages(context: Context, options: Options) -> Iterator[Page]:
    """A page per name; two where the lines need the whole width."""
    for name in names(options):
        if name == "derivative":
            yield _limit(context, options.plots)
            continue
        found = named(context, name)
        yield from _pages(context, found, plots=options.plots)


def _pages(context: Context, found: Named, *, plots: bool) -> Iterator[Page]:
    """The lines beside the plot; lines that need the whole width have a page of their own, and
    what follows from them (the plot, a Jacobian) stands on the next one."""
    board = context.board()
    page = page_width(board)
    lines = Lines(context, found, page)
    column = Lines(context, found, LEFT * page - GAP)
    narrow = found.kind == "function" and plots and lines.width() <= column.wide
    title = context.words("function_title", what=lines.title)
    key, covers = f"functions-{found.name.replace('_', '-')}", (covered(found.name),)
    if narrow and all(_on_one_page(spoken) for spoken in column.spoken):
        steps = len(column.rows())
        yield _page(context, key, title, [_beside(column)], steps=steps, covers=covers)
        return
    board.drain()
    rows = lines.rows()
    math = Math(tuple(rows), size="small")
    yield _page(context, key, title, [math], steps=len(rows), covers=covers)
    scene = _scene(lines, _scaled(LARGE, board)) if plots else None
    summary = Math(tuple(lines.summary()), size="small")
    short: list[Block] = [summary, *lines.jacobian(), *lines.remarks()]
    if scene is not None:
        short = [Columns(((0.52, tuple(short)), (0.48, (Picture(scene, height=0.8),))))]
    elif found.kind != "softmax":
        return
    yield _page(context, f"{key}-plot", title, short, covers=covers)


def _on_one_page(column: Lines) -> bool:
    """Have the lines and the plot beside them room, in the language of the lines?"""
    return column.fits(column.lines) and fits(column.board, [_beside(column)])


def _beside(column: Lines) -> Columns:
    """The lines, and beside them the plot."""
    scene = _scene(column, _scaled(SMALL, column.board))
    plot = () if scene is None else (Picture(scene, height=0.8), *column.remarks())
    return Columns(((LEFT, (Math(tuple(column.rows()), size="small"),)), (RIGHT, plot)))


def _scaled(size: tuple[float, float], board: Board) -> tuple[float, float]:
    """A plot's size on a narrower page: its labels do not shrink with it."""
    return max(size[0] - lacking(board) / 2, 2.0), size[1]


def _page(context: Context, key: str, title: str, blocks: Sequence[Block], **more: Any) -> Page:
    subtitle = context.words("function_sub")
    return context.page(key, title, blocks, board=context.board(), subtitle=subtitle, **more)


# -- plots ----------------------------------------------------------------------------------------


def _scene(lines: Lines, size: tuple[float, float]) -> Scene | None:
    found, words = lines.found, lines.words
    decimal = words.decimal
    if found.kind == "loss":
        one = found.one_output()
        if one is None:
            return None
        out = lines.printer.alphabet[found.output]
        slope = slashed(lines.loss, out)
        return loss_scene(
            one, derivative(one, "x"), names=(inline(lines.loss), inline(slope)),
            x_label=inline(out),
            decimal=decimal, ends=found.ends, size=size,
            about=words("function_plot", what=lines.title),
        )  # fmt: skip
    if found.kind != "function":
        return None
    shown = drawn(found.formula, found.slope, found.steps.kinks, found.letter, found.constants)
    name, slope = lines.printer.called(found.call_name), lines.printer.slope(found.call_name)
    return function_scene(
        shown, names=(inline(name), inline(slope)), x_label=inline(sign(found.letter)),
        decimal=decimal, size=size,
        about=words("function_plot", what=lines.title),
    )  # fmt: skip


# -- the limit ------------------------------------------------------------------------------------


def _limit(context: Context, plots: bool) -> Page:
    """The definition, a table of difference quotients, secants that become the tangent."""
    found = named(context, "derivative")
    lines, board, words = Lines(context, found), context.board(), context.words
    letter = sign(found.letter)
    body = replace(expression(LIMIT_OF), {Name("v"): Name("x")})
    slope = derivative(body, "x")
    f, step = lines.printer.called("f"), lines.printer.alphabet["h"]
    place = write.number(LIMIT_AT)

    def at(e: Expr, x: Any) -> Any:
        return at_point(e, {"x": number(x)})

    cells = []
    for h in LIMIT_STEPS:
        size = Fraction(h)
        quotient = (at(body, LIMIT_AT + size) - at(body, LIMIT_AT)) / number(size)
        shown = board.figure(f"functions.quotient[{h}]", quotient)
        cells.append((inline(board.figure(f'functions.h[{h}]', number(size), given=True)),
                      inline(shown)))  # fmt: skip
    exact = board.figure("functions.tangent", at(slope, LIMIT_AT))
    cells.append((inline(sign("to"), write.number(0)), inline(sign("to"), exact)))
    moved = row(f, fenced(spaced(place, PLUS, step)))
    rise = spaced(moved, sign("-"), row(f, fenced(place)))
    head = (inline(step), inline(fraction(rise, step, tall=True)))
    square = inline(row(f, fenced(letter)), EQUALS, raised(letter, write.number(2)))
    table = Table(head, tuple(cells), align="rr", size="small")
    example = Text(words("limit_example", what=square, at=inline(letter, EQUALS, place)))
    says = Text(words("limit_says"), kind="small")
    blocks: list[Block] = [Math(tuple(lines.rows()))]
    if plots:
        scene = secant_scene(
            body, LIMIT_AT, SECANTS, slope,
            names=[inline(step, EQUALS, board.numerals.more().formula(h)) for h in SECANTS],
            tangent=words("limit_tangent"), curve=inline(f), x_label=inline(letter),
            decimal=words.decimal, about=words("limit_about"),
        )  # fmt: skip
        picture = Picture(scene, height=0.62)
        blocks.append(Columns(((0.42, (example, table)), (0.58, (picture, says)))))
    else:
        blocks += [says, example, table]
    return context.page(
        "functions-derivative", words("limit_title"), blocks, board=board,
        subtitle=words("limit_sub"), steps=4 if plots else 1, covers=("limit",),
    )  # fmt: skip
