"""``code``: the generated module, line by line beside its equations (lecture 004)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....deck.model import Block, Code, Columns, Math, Page, Row, Text
from ....formula.rich import inline
from ....formula.tree.nodes import Fraction, walk
from ....formula.tree.write import lettered, sign
from ....targets.numpy.module import numpy_module
from ...board.board import Board
from ...board.context import Context
from ...board.formulas import batch_line, matrix_rows
from ..program.excerpts import Source
from ..shared.room import counted
from .options import Options

HIGH = 6.2  # cm of a page for lines or equations
TALL, LOW = 0.82, 0.56  # of an equation with a fraction or a sum, and without
LINE = 0.4  # of a line of code
NAMES = 8  # names of the code that a note explains
FUNCTIONS = {"forward": "forward_unchecked", "backward": "backward"}
_NUMBER = re.compile(r"#.*\beq\. (\d+(?:, \d+)*)\s*$")
_SHAPE = re.compile(r"# \(.*\)\s+eq\. (\d+(?:, \d+)*)\s*$")
_TARGET = re.compile(r"(\w+)(?:\[[^]]*\])? = ")


@dataclass(frozen=True)
class Line:
    """A line of the module: the tensor it makes and the numbers of its equations."""

    text: str
    target: str
    numbers: tuple[int, ...]


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The forward and the backward pass of the module, with or without their equations."""
    board = context.board(options.of)
    module, beside = Source(numpy_module(board.whole)), options.beside != "none"
    for which, function in FUNCTIONS.items():
        parts = list(_parts(board, _body(module, function), beside=beside))
        for k, part in enumerate(parts, start=1):
            yield board.page(
                f"code-{which}",
                counted(board.words("code_title"), k, len(parts)),
                _blocks(board, part, beside=beside),
                subtitle=board.words(f"code_{which}"),
                covers=(f"code-{which}",),
            )


def _body(module: Source, function: str) -> list[Line]:
    """The lines of a function without its head and its docstring."""
    found = module.functions[function]
    first = found.body[0]
    start = first.end_lineno if ast.get_docstring(found) is not None else first.lineno - 1
    made: list[Line] = []
    for text in module.lines[start : found.end_lineno]:
        made.append(_line(text[4:], made[-1].target if made else ""))
    return made


def _line(text: str, before: str) -> Line:
    """A line; the last of a statement of several lines has its number but not its target."""
    said, target = _NUMBER.search(text), _TARGET.match(text.strip())
    name = target[1] if target else before
    return Line(text, name, tuple(map(int, said[1].split(","))) if said else ())


def _parts(board: Board, lines: Sequence[Line], *, beside: bool) -> Iterator[list[Line]]:
    """Pages of about equally many statements; one of several lines stays together."""
    whole = _cost(board, lines, beside=beside)
    most = HIGH if beside else HIGH + 0.6  # beside equations a note stands below
    share = whole / -(-whole // most) if whole else most
    here: list[Line] = []
    for line in lines:
        begins = bool(_TARGET.match(line.text))
        if here and begins and _cost(board, [*here, line], beside=beside) > share + LINE:
            yield here
            here = []
        here.append(line)
    if here:
        yield here


def _cost(board: Board, lines: Sequence[Line], *, beside: bool) -> float:
    """How high the longer column of a page with these lines is, in cm."""
    code = LINE * len(lines)
    if not beside:
        return code
    rows = _rows(board, lines)
    return max(code, sum(TALL if _is_tall(r) else LOW for r in rows))


def _is_tall(row: Row) -> bool:
    """Has an equation a fraction or a sum?"""
    return any(isinstance(n, Fraction) or n == sign("sum") for n in walk(row.whole))


def _blocks(board: Board, part: Sequence[Line], *, beside: bool) -> list[Block]:
    lines = _short([x.text for x in part]) if beside else [x.text for x in part]
    text = "\n".join(lines)
    refs = tuple((k, x.target) for k, x in enumerate(part) if x.numbers)
    widest = max(map(len, lines), default=0)
    if not beside:
        return [Code(text, refs=refs, size="small" if widest <= 70 else "tiny")]
    code = Code(text, refs=refs, size="tiny")
    rows = _rows(board, part)
    wide = 11.2 if board.aspect == "4:3" else 13.8
    share = min(0.62, max(0.45, (0.172 * widest + 0.25) / wide))
    note = board.words("code_note")
    if names := _names(board, part):
        note += " " + names
    return [
        Columns(((share, (code,)), (1 - share, (Math(rows, size="tiny"),)))),
        Text(note, kind="small"),
    ]


def _names(board: Board, part: Sequence[Line]) -> str:
    """Beside the forward pass: which symbol a name of the code is, where they differ."""
    passed = {e.name for _, e in board.forward if not board.is_loss(e.name)}
    made = [x.target for x in part if x.numbers and x.target in passed - {board.network.loss}]
    if not made:
        return ""
    names = list(dict.fromkeys([*board.parameters, *made]))
    other = [n for n in names if board.named(n) != lettered(n)]
    if len(names) > NAMES or not other:
        return ""
    said = (board.words("code_name", symbol=inline(board.named(n)), name=f"`{n}`") for n in other)
    return board.words("code_names", names=", ".join(said))


def _short(lines: Sequence[str]) -> list[str]:
    """The lines with the number of the equation as their only comment, in one column."""
    parts = [_SHAPE.split(line) for line in lines]
    wide = max((len(p[0].rstrip()) for p in parts if len(p) > 1), default=0)
    return [p[0] if len(p) == 1 else f"{p[0].rstrip():<{wide}}  # ({p[1]})" for p in parts]


def _rows(board: Board, lines: Sequence[Line]) -> tuple[Row, ...]:
    """The equations that these lines are numbered by."""
    return tuple(_row(board, k) for k in dict.fromkeys(k for x in lines for k in x.numbers))


def _row(board: Board, number: int) -> Row:
    """The equation of a line over whole tensors, else in index form."""
    equations = {k: e for k, e in board.whole.numbered()}
    equations |= {s.number: s.equation for s in board.whole.steps}
    eq = equations[number]
    known = {e.name for e in board.d.forward} | {s.equation.name for s in board.d.steps}
    if eq.name in known and eq.name != board.network.loss:
        return matrix_rows(board, eq.name, number)[0]
    return batch_line(board, eq, number=number, ref=eq.name)
