"""Array expressions: what an index equation is lowered to. A target says how they print.

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
    """Text that stands for itself: a number, an axis, a slice; ``pi``, ``inf`` and ``-inf``."""

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
class Lib(Call):
    """An operation that array libraries have, by a name of ours: every target names its own."""


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


def variables(node: Node) -> Iterator[str]:
    """Names read by an array expression."""
    if isinstance(node, Var):
        yield node.name
    for kid in children(node):
        yield from variables(kid)


def calls(node: Node) -> Iterator[str]:
    """Helpers, and functions of Python, that an array expression calls."""
    if isinstance(node, Call) and not isinstance(node, Lib):
        yield node.func
    for kid in children(node):
        yield from calls(kid)


def may_be_zero(node: Node) -> bool:
    """Is a number not clear to be another than 0 (0**0.5, a function's value)? N and steps are."""
    if isinstance(node, Lit):
        return not node.text.strip("0.")
    return isinstance(node, Call) or any(may_be_zero(kid) for kid in children(node))


def children(node: Node) -> tuple[Node, ...]:
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
