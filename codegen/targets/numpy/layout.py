"""Lines of Python as ruff format would lay them out, and comments set in one column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ...lowering.arrays import Attr, Call, Cond, Item, Lit, Node, Op, Var
from .printer import UNARY, called, source

WIDTH = 100
FARTHEST = 56  # lines longer than this do not push the comments of the others to the right
_BLANK = Var("_")
_PRODUCTS = {"*": "*", "/": "*", "//": "*", "@": "*", "+": "+", "-": "+"}


@dataclass(frozen=True)
class Row:
    """A statement on one or more lines, with what its comment says: a shape, an equation."""

    lines: tuple[str, ...]
    shape: str = ""
    numbers: tuple[int, ...] = ()


def assignment(
    target: str,
    node: Node,
    indent: str = "    ",
    shape: str = "",
    numbers: tuple[int, ...] = (),
) -> Row:
    """``target = node``; a long right side goes in brackets, an operand a line.

    The comment then stands behind the opening bracket (where it also makes ruff keep the bracket).
    """
    head = f"{indent}{target} " + ("" if target == "return" else "= ")
    line = head + source(node)
    if len(line) <= WIDTH:
        return Row((line,), shape, numbers)
    if not shape:
        return Row(tuple(_broken(head, node, indent)))
    if isinstance(node, Call):
        return Row(
            tuple(_call(f"{head}{called(node)}", node.args, node.kwargs, indent)), shape, numbers
        )
    return Row((f"{head}(", *_inside(node, indent + "    "), f"{indent})"), shape, numbers)


def commented(rows: Iterable[Row]) -> list[str]:
    """The lines of the rows, comments in one column; above a statement that leaves no room."""
    return [line for lines in noted(list(rows)) for line in lines]


def noted(rows: Sequence[Row]) -> list[list[str]]:
    """Row by row, its lines with their comments."""
    wide = max((len(r.shape) for r in rows if r.numbers), default=0)
    notes = [_note(r, wide) for r in rows]
    fits = [
        len(r.lines) == 1 and len(r.lines[0]) + 4 + len(n) <= WIDTH
        for r, n in zip(rows, notes, strict=True)
    ]
    lengths = [len(r.lines[0]) for r, n, ok in zip(rows, notes, fits, strict=True) if n and ok]
    column = max((n for n in lengths if n <= FARTHEST), default=0)
    made: list[list[str]] = []
    for row, note, ok in zip(rows, notes, fits, strict=True):
        first, *rest = row.lines
        above = []
        if note and ok:
            first = f"{first:<{min(column, WIDTH - 4 - len(note))}}  # {note}"
        elif note and rest:
            first = f"{first}  # {_note(row, 0)}"
        elif note:
            above = [f"{first[: len(first) - len(first.lstrip())]}# {_note(row, 0)}"]
        made.append([*above, first, *rest])
    return made


def _note(row: Row, wide: int) -> str:
    said = ", ".join(map(str, row.numbers))
    return f"{row.shape:<{wide}}  eq. {said}" if said else row.shape


def call(head: str, args: Sequence[str], indent: str = "    ") -> list[str]:
    """``head(args)`` on one line, else its arguments on one line, else an argument a line."""
    return bracketed(f"{indent}{head}(", args, ")", indent)


def bracketed(head: str, items: Sequence[str], tail: str, indent: str = "    ") -> list[str]:
    inner = ", ".join(items)
    if len(head) + len(inner) + len(tail) <= WIDTH or not items:
        return [f"{head}{inner}{tail}"]
    if len(indent) + 4 + len(inner) <= WIDTH:
        return [head, f"{indent}    {inner}", f"{indent}{tail}"]
    return [head, *(f"{indent}    {item}," for item in items), f"{indent}{tail}"]


def literal(value: Any) -> str:
    """A value as Python source: texts in double quotes, exact numbers as floats."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(float(value) if isinstance(value, Fraction | Decimal) else value)


# -- long expressions ----------------------------------------------------------------------------


def _broken(head: str, node: Node, indent: str) -> list[str]:
    """``head`` followed by an expression that does not fit on its line."""
    if isinstance(node, Op) and node.op in UNARY:
        sign, arg = UNARY[node.op], node.args[0]
        if isinstance(arg, Op) and arg.op in UNARY and source(node).startswith(f"{sign}("):
            return [f"{head}{sign}(", *_inside(arg, indent + "    "), f"{indent})"]
        return _broken(f"{head}{sign}", arg, indent)
    if isinstance(node, Op | Cond) or _after_brackets(node) >= 2:
        return [f"{head}(", *_inside(node, indent + "    "), f"{indent})"]
    if isinstance(node, Call):
        return _call(f"{head}{called(node)}", node.args, node.kwargs, indent)
    if isinstance(node, Attr | Item):
        obj = node.obj
        if isinstance(obj, Op) and obj.op in UNARY:  # (~a).astype(dtype)
            return _ended([f"{head}(", *_inside(obj, indent + "    "), f"{indent})"], _tail(node))
        return _last_bracket(head, node, indent) or _ended(_broken(head, obj, indent), _tail(node))
    return [head + source(node)]


def _inside(node: Node, inner: str) -> list[str]:
    """An expression between brackets that stand on lines of their own."""
    whole = f"{inner}{source(node)}"
    if len(whole) <= WIDTH:
        return [whole]
    if isinstance(node, Op | Cond) and not (isinstance(node, Op) and node.op in UNARY):
        return _parts(node, inner)
    if _after_brackets(node) >= 2:
        return _chain(node, inner)
    return _broken(inner, node, inner)


def _last_bracket(head: str, node: Attr | Item, indent: str) -> list[str] | None:
    """``head obj[`` items ``]``, where all before the last bracket fits on the line."""
    if isinstance(node, Item):
        items, end = [source(i) for i in node.items], "]"
    else:
        items, end = [source(a) for a in node.args or ()], ")"
        items += [f"{k}={source(v)}" for k, v in node.kwargs]
    if not items:
        return None
    before = source(node).removesuffix(", ".join(items) + end)
    if len(head + before) > WIDTH:
        return None
    return bracketed(head + before, items, end, indent)


def _call(
    head: str, args: Sequence[Node], kwargs: Sequence[tuple[str, Node]], indent: str
) -> list[str]:
    inner = indent + "    "
    named = [("", a) for a in args] + [(f"{k}=", v) for k, v in kwargs]
    whole = inner + ", ".join(key + source(a) for key, a in named)
    if len(whole) <= WIDTH:
        return [f"{head}(", whole, f"{indent})"]
    lines = [f"{head}("]
    for key, arg in named:
        line = f"{inner}{key}{source(arg)},"
        if len(line) <= WIDTH:
            lines.append(line)
        else:
            # an argument needs no brackets of its own: an operator starts each further line
            plain = not key and isinstance(arg, Op) and arg.op not in UNARY
            made = _parts(arg, inner) if plain else _broken(inner + key, arg, inner)
            lines += _ended(made, ",")
    return [*lines, f"{indent})"]


def _parts(node: Node, inner: str) -> list[str]:
    """The operands of an operator or of ``a if test else b``, one a line."""
    if isinstance(node, Cond):
        branches = (("", node.a), ("if ", node.test), ("else ", node.b))
        rows = [(sign, f"({source(n)})" if isinstance(n, Cond) else source(n), n)
                for sign, n in branches]  # fmt: skip
    else:
        assert isinstance(node, Op)
        rows = _operands(node)
    return [line for row in rows for line in _operand(inner, *row)]


def _operand(inner: str, sign: str, text: str, part: Node) -> list[str]:
    line = f"{inner}{sign}{text}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(part, Op) and part.op in UNARY and text.startswith("("):
        return [f"{inner}{sign}(", *_inside(part, inner + "    "), f"{inner})"]
    if isinstance(part, Op) and part.op not in UNARY and not text.startswith("("):
        first, *rest = _parts(part, inner)  # binds tighter: its operators start lines as well
        return [f"{inner}{sign}{first.lstrip()}", *rest]
    return _broken(f"{inner}{sign}", part, inner)


def _operands(node: Op) -> list[tuple[str, str, Node]]:
    made: list[tuple[str, str, Node]] = []
    for k, arg in enumerate(node.args):
        if not k and isinstance(arg, Op) and _PRODUCTS.get(arg.op) == _PRODUCTS.get(node.op, ""):
            made += _operands(arg)  # a * b / c is one row of operands
            continue
        if k and node.op == "+" and isinstance(arg, Op) and arg.op == "neg":
            text = source(Op("-", (_BLANK, arg.args[0]))).removeprefix("_ - ")
            made.append(("- ", text, arg.args[0]))
            continue
        text = source(Op(node.op, (_BLANK, arg) if k else (arg, _BLANK)))
        for gap in (f" {node.op} ", node.op):  # v**2 has no gaps
            text = text.removeprefix(f"_{gap}") if k else text.removesuffix(f"{gap}_")
        made.append((f"{node.op} " if k else "", text, arg))
    return made


def _ended(lines: list[str], end: str) -> list[str]:
    return [*lines[:-1], lines[-1] + end]


def _tail(node: Attr | Item) -> str:
    short = (
        Item(_BLANK, node.items)
        if isinstance(node, Item)
        else Attr(_BLANK, node.name, node.args, node.kwargs)
    )
    return source(short).removeprefix("_")


def _has_brackets(node: Node) -> bool:
    """Does its text hold a call, an index or operators (which would stand in brackets)?"""
    return not isinstance(node, Var | Lit) and not (
        isinstance(node, Attr) and node.args is None and not _has_brackets(node.obj)
    )


def _after_brackets(node: Node) -> int:
    """How many ``.name`` follow a bracket: from two on, each goes on a line of its own."""
    if isinstance(node, Attr):
        return _after_brackets(node.obj) + _has_brackets(node.obj)
    return _after_brackets(node.obj) if isinstance(node, Item) else 0


def _chain(node: Node, inner: str) -> list[str]:
    if isinstance(node, Attr) and _has_brackets(node.obj):
        return [*_chain(node.obj, inner), inner + _tail(node)]
    if isinstance(node, Item) and _after_brackets(node):
        return _ended(_chain(node.obj, inner), _tail(node))
    text = inner + source(node)
    if isinstance(node, Op | Cond):
        text = f"{inner}({source(node)})"
        if len(text) > WIDTH:
            return [f"{inner}(", *_inside(node, inner + "    "), f"{inner})"]
    return [text] if len(text) <= WIDTH else _broken(inner, node, inner)
