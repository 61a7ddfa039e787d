"""Array expressions: what an index equation is lowered to, and how they print as NumPy.

Nodes know nothing of indices; `codegen.lowering.lower` keeps the dimensions beside them (`Val`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ...derive.language.expr import Idx

Node: TypeAlias = "Var | Lit | Op | Call | Attr | Item | Cond | Tup"


@dataclass(frozen=True)
class Var:
    name: str


@dataclass(frozen=True)
class Lit:
    """Text that stands for itself: a number, ``np.pi``, ``axis`` values, a slice."""

    text: str


@dataclass(frozen=True)
class Op:
    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Call:
    func: str
    args: tuple[Node, ...]
    kwargs: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True)
class Attr:
    """``obj.name`` or, with ``args`` not None, ``obj.name(args, **kwargs)``."""

    obj: Node
    name: str
    args: tuple[Node, ...] | None = None
    kwargs: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True)
class Item:
    obj: Node
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Cond:
    """Python's ``a if test else b``."""

    test: Node
    a: Node
    b: Node


@dataclass(frozen=True)
class Tup:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Val:
    """A lowered value: its node, the index of every dimension, and its kind.

    ``float``: an array of the module's dtype; ``scalar``: a number of Python's own, which adapts
    to what it meets; ``int``: whole numbers; ``bool``: true or false.
    """

    node: Node
    dims: tuple[Idx, ...] = ()
    kind: str = "float"


def kind_of(vals: Iterable[Val]) -> str:
    """What arithmetic makes of some values: Python numbers stay ``scalar``; whole numbers and
    Python's with them are ``int``, which is no float of the module yet."""
    kinds = {v.kind for v in vals}
    if kinds <= {"scalar"}:
        return "scalar"
    return "int" if kinds <= {"scalar", "int"} else "float"


_PREC = {
    "or": 1, "and": 2, "not": 3, "<": 5, "<=": 5, ">": 5, ">=": 5, "==": 5, "!=": 5,
    "|": 6, "&": 8, "+": 10, "-": 10, "*": 11, "/": 11, "//": 11, "@": 11, "neg": 12, "~": 12,
    "**": 13,
}  # fmt: skip
_ATOM = 15


def source(node: Node) -> str:
    """Python source of an array expression, formatted as a formatter would."""
    return _src(node)[0]


def _paren(node: Node, level: int) -> str:
    text, have = _src(node)
    return f"({text})" if have < level else text


def _args(args: tuple[Node, ...], kwargs: tuple[tuple[str, Node], ...]) -> str:
    return ", ".join([*(source(a) for a in args), *(f"{k}={source(v)}" for k, v in kwargs)])


def _src(node: Node) -> tuple[str, int]:
    if isinstance(node, Var):
        return node.name, _ATOM
    if isinstance(node, Lit):
        return node.text, _lit_level(node.text)
    if isinstance(node, Call):
        return f"{node.func}({_args(node.args, node.kwargs)})", _ATOM
    if isinstance(node, Attr):
        head = _paren(node.obj, _ATOM)
        head = f"({head})" if head[0].isdigit() else head  # 2.real is no Python
        if node.args is None:
            return f"{head}.{node.name}", _ATOM
        return f"{head}.{node.name}({_args(node.args, node.kwargs)})", _ATOM
    if isinstance(node, Item):
        return f"{_paren(node.obj, _ATOM)}[{', '.join(source(i) for i in node.items)}]", _ATOM
    if isinstance(node, Cond):
        return f"{_paren(node.a, 1)} if {_paren(node.test, 1)} else {_paren(node.b, 1)}", 0
    if isinstance(node, Tup):
        inner = ", ".join(source(i) for i in node.items)
        return f"({inner},)" if len(node.items) == 1 else f"({inner})", _ATOM
    return _operation(node)


def _lit_level(text: str) -> int:
    if text.startswith("-"):
        return _PREC["neg"]
    return _ATOM if not any(c in text for c in " +*/") else 0


def _operation(node: Op) -> tuple[str, int]:
    level = _PREC[node.op]
    if node.op == "neg":
        return f"-{_paren(node.args[0], level)}", level
    if node.op == "~":
        return f"~{_paren(node.args[0], level)}", level
    if node.op == "not":
        return f"not {_paren(node.args[0], level)}", level
    if node.op == "**":
        base, exp = node.args
        simple = isinstance(base, Var | Lit | Attr) and isinstance(exp, Var | Lit)
        gap = "" if simple and _src(base)[1] == _ATOM else " "
        return f"{_paren(base, _ATOM)}{gap}**{gap}{_paren(exp, level)}", level
    first = node.args[0]
    # a comparison does not chain here: (a < b) == c keeps its brackets
    out = _paren(first, level + (level == _PREC["<"]))
    for a in node.args[1:]:
        if node.op == "+" and isinstance(a, Op) and a.op == "neg":
            out += f" - {_paren(a.args[0], level + 1)}"
        else:
            out += f" {node.op} {_paren(a, level + 1)}"
    return out, level


def variables(node: Node) -> Iterator[str]:
    """Names read by an array expression."""
    if isinstance(node, Var):
        yield node.name
    for kid in _children(node):
        yield from variables(kid)


def calls(node: Node) -> Iterator[str]:
    """Functions called by an array expression."""
    if isinstance(node, Call):
        yield node.func
    for kid in _children(node):
        yield from calls(kid)


def may_be_zero(node: Node) -> bool:
    """Is a number not clear to be another than 0 (0**0.5, a function's value)? N and steps are."""
    if isinstance(node, Lit):
        return not node.text.strip("0.")
    return isinstance(node, Call) or any(may_be_zero(kid) for kid in _children(node))


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Op):
        return node.args
    if isinstance(node, Call):
        return (*node.args, *(v for _, v in node.kwargs))
    if isinstance(node, Attr):
        return (node.obj, *(node.args or ()), *(v for _, v in node.kwargs))
    if isinstance(node, Item):
        return (node.obj, *node.items)
    if isinstance(node, Cond):
        return (node.test, node.a, node.b)
    if isinstance(node, Tup):
        return node.items
    return ()


def number(text: str) -> Node:
    return Op("neg", (Lit(text[1:]),)) if text.startswith("-") else Lit(text)


def plus(args: tuple[Node, ...]) -> Node:
    return args[0] if len(args) == 1 else Op("+", args)
