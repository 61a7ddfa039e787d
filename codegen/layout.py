"""Lines of Python: an assignment with its comment, broken where it is too long."""

from __future__ import annotations

from collections.abc import Sequence

from .arrays import Attr, Call, Item, Node, Op, source

COMMENT_COLUMN = 48


def comment(text: str) -> str:
    return f"  # {text}" if text else ""


def assignment(target: str, node: Node, note: str, width: int, indent: str = "    ") -> list[str]:
    """``target = node  # note``; a long right side goes in brackets, an operand a line."""
    head = f"{indent}{target} " + ("" if target == "return" else "= ")
    line = head + source(node)
    if len(line) <= width:
        full = f"{line:<{COMMENT_COLUMN}}  # {note}" if note else line
        if len(full) <= width + 10:
            return [full]
        return [f"{indent}# {note}", line]
    lines = [f"{indent}# {note}"] if note else []
    return lines + _broken(head, node, width, indent)


def _broken(head: str, node: Node, width: int, indent: str) -> list[str]:
    inner = indent + "    "
    if isinstance(node, Op) and node.op in ("+", "*", "/", "@", "-"):
        parts = _operands(node)
        lines = [f"{head}("]
        for sign, text, part in parts:
            line = f"{inner}{sign}{text}"
            if len(line) <= width:
                lines.append(line)
            else:
                lines += _broken(f"{inner}{sign}", part, width, inner)
        return [*lines, f"{indent})"]
    if isinstance(node, Call):
        args = [(source(a), a, "") for a in node.args]
        args += [(source(v), v, f"{k}=") for k, v in node.kwargs]
        lines = [f"{head}{node.func}("]
        for text, arg, key in args:
            line = f"{inner}{key}{text},"
            lines += [line] if len(line) <= width else _comma(_broken(inner + key, arg, width, inner))
        return [*lines, f"{indent})"]
    if isinstance(node, Attr) and node.args is not None:
        body = _bracketed(head, node.obj, width, indent)
        tail = source(Attr(_Blank, node.name, node.args, node.kwargs)).removeprefix("_")
        body[-1] += tail
        return body
    if isinstance(node, Item):
        body = _bracketed(head, node.obj, width, indent)
        body[-1] += source(Item(_Blank, node.items)).removeprefix("_")
        return body
    return [head + source(node)]


def _bracketed(head: str, node: Node, width: int, indent: str) -> list[str]:
    """An operand that something is attached to: an operation keeps its brackets."""
    if isinstance(node, Op) and node.op not in ("+", "*", "/", "@", "-"):
        return [f"{head}({source(node)})"]
    return _broken(head, node, width, indent)


def _comma(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1] + ","]


def _operands(node: Op) -> list[tuple[str, str, Node]]:
    whole = source(node)
    made: list[tuple[str, str, Node]] = []
    for k, arg in enumerate(node.args):
        if k and node.op == "+" and isinstance(arg, Op) and arg.op == "neg":
            text = source(Op("-", (_Blank, arg.args[0]))).removeprefix("_ - ")
            made.append(("- ", text, arg.args[0]))
            continue
        pair = Op(node.op, (_Blank, arg) if k else (arg, _Blank))
        text = source(pair)
        text = text.removeprefix(f"_ {node.op} ") if k else text.removesuffix(f" {node.op} _")
        made.append((f"{node.op} " if k else "", text, arg))
    del whole
    return made


def call(head: str, args: Sequence[str], width: int, tuple_: bool = False) -> list[str]:
    """``    head(args)`` on one line, or an argument a line."""
    inner = ", ".join(args)
    if tuple_ and len(args) == 1:
        inner += ","
    line = f"    {head}({inner})"
    if len(line) <= width:
        return [line]
    return [f"    {head}(", *(f"        {a}," for a in args), "    )"]


from .arrays import Var  # noqa: E402

_Blank = Var("_")
