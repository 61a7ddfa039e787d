"""``code``: the generated module, line by line beside its equations (lecture 004)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codegen.lecture.board import Board
from codegen.lecture.formulas import matrix_rows, page_key
from codegen.lecture.model import Block, Code, Columns, Math, Page, Row, Text
from codegen.lecture.plan import Context
from codegen.module import numpy_module
from derive.deck import CodeItem
from derive.letters import letters

PER_PAGE = 8  # equations
FUNCTIONS = {"forward": "forward_unchecked", "backward": "backward"}
_NUMBER = re.compile(r"#.*\beq\. (\d+)\s*$")
_SHAPE = re.compile(r"# \(.*\)\s+eq\. (\d+)\s*$")
_TARGET = re.compile(r"(\w+)(?:\[[^]]*\])? = ")


@dataclass(frozen=True)
class Line:
    """A line of the module: the tensor it makes and the number of its equation (0: none)."""

    text: str
    target: str
    number: int


def pages(context: Context, options: CodeItem) -> Iterator[Page]:
    """The forward and the backward pass of the module, with or without their equations."""
    board = context.board(options.of)
    module = numpy_module(board.whole)
    for which, function in FUNCTIONS.items():
        parts = list(_parts(_body(module, function), PER_PAGE if options.beside != "none" else 14))
        for k, part in enumerate(parts):
            count = f" ({k + 1}/{len(parts)})" if len(parts) > 1 else ""
            yield context.page(
                page_key(f"code-{which}", board),
                context.words("code_title") + count,
                _blocks(context, board, part, beside=options.beside != "none"),
                board=board,
                subtitle=context.words(f"code_{which}"),
                covers=(f"004.code-{which}",),
            )


def _body(module: str, function: str) -> list[Line]:
    """The lines of a function without its head and its docstring."""
    lines = module.split("\n")
    first = next(k for k, line in enumerate(lines) if line.startswith(f"def {function}("))
    while not lines[first].endswith(":"):
        first += 1
    found: list[Line] = []
    quoted = False
    for line in lines[first + 1 :]:
        if line and not line.startswith(" "):
            break
        quotes = line.count('"""')
        if quotes or quoted:
            quoted = quoted != (quotes == 1)
            continue
        found.append(_line(line[4:]))
    while found and not found[-1].text.strip():
        found.pop()
    return found


def _line(text: str) -> Line:
    number, target = _NUMBER.search(text), _TARGET.match(text.strip())
    return Line(text, target[1] if target else "", int(number[1]) if number else 0)


def _parts(lines: Sequence[Line], most: int) -> Iterator[list[Line]]:
    """So many equations at a time; a statement of several lines stays together."""
    here: list[Line] = []
    count = sum(1 for x in lines if x.number)
    pages = max(1, -(-count // most))
    each = -(-count // pages)
    for line in lines:
        full = sum(1 for x in here if x.number) >= each
        if full and not line.text.startswith((" ", ")")) and line.target:
            yield here
            here = []
        here.append(line)
    if here:
        yield here


def _blocks(context: Context, board: Board, part: Sequence[Line], *, beside: bool) -> list[Block]:
    lines = _short([x.text for x in part]) if beside else [x.text for x in part]
    text = "\n".join(lines)
    refs = tuple((k, x.target) for k, x in enumerate(part) if x.number)
    widest = max(map(len, lines), default=0)
    if not beside:
        return [Code(text, refs=refs, size="small" if widest <= 70 else "tiny")]
    code = Code(text, refs=refs, size="tiny")
    rows = tuple(_row(board, x) for x in part if x.number)
    wide = 11.2 if context.spec.style.aspect == "4:3" else 13.8
    share = min(0.62, max(0.45, (0.172 * widest + 0.25) / wide))
    return [
        Columns(((share, (code,)), (1 - share, (Math(rows, size="tiny"),)))),
        Text(context.words("code_note"), kind="small"),
    ]


def _short(lines: Sequence[str]) -> list[str]:
    """The lines with the number of the equation as their only comment, in one column."""
    parts = [_SHAPE.split(line) for line in lines]
    wide = max((len(p[0].rstrip()) for p in parts if len(p) > 1), default=0)
    return [p[0] if len(p) == 1 else f"{p[0].rstrip():<{wide}}  # ({p[1]})" for p in parts]


def _row(board: Board, line: Line) -> Row:
    """The equation of a line over whole tensors, else in index form."""
    name = line.target
    known = {e.name for e in board.d.forward} | {s.equation.name for s in board.d.steps}
    if name in known and name != board.network.loss:
        return matrix_rows(board, name, line.number)[0]
    equations = {e.name: e for e in board.whole.forward}
    equations |= {s.equation.name: s.equation for s in board.whole.steps}
    eq = equations[name]
    rhs = eq.board if eq.board is not None else eq.rhs
    found = letters([rhs])
    left, right = board.printer.left(eq, found), board.printer.expression(rhs, found)
    return Row(left, right, number=line.number, ref=name)
