"""An expression of scalars taken apart into elementary nodes: +, *, a·x, c + x, 1/x, functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from dataclasses import replace as change
from typing import Any

from ..language.expr import (
    ONE,
    Add,
    Div,
    Expr,
    Fn,
    Iverson,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Read,
    Where,
    add,
    mul,
    num,
    reads,
    replace,
)
from ..language.refs import ref

_LETTERS = "xyzuvw"
_X, _Y = Name("x"), Name("y")


@dataclass(frozen=True)
class Node:
    """One node. ``function`` is over ``x`` (first input), ``y`` (second) …; None for a leaf.

    op: ``input``, ``+``, ``-``, ``*``, ``scale`` (a·x), ``shift`` (c + x), ``reciprocal``,
    ``power``, ``where``, or the name of a function. ``name`` is the tensor entry it computes, if
    any. ``gradient`` is ∂of/∂node, ``local`` the derivative of its value by each input.
    """

    id: str
    op: str
    function: Expr | None
    inputs: tuple[str, ...]
    name: str = ""
    value: Any = None
    gradient: Any = None
    local: tuple[Any, ...] = ()


def arguments(count: int) -> tuple[str, ...]:
    """The names of a node's inputs in its function: x, y, z …"""
    return tuple(_LETTERS[:count] if count <= len(_LETTERS) else (f"x{k}" for k in range(count)))


def entry_name(e: Read) -> str:
    """The name of an entry that is read at numbers."""
    return ref(e.tensor, [str(i.value) for i in e.indices if isinstance(i, Num)])


@dataclass
class Splitting:
    """Splits equations in order; equal nodes are one node, ids are names or ``n1``, ``n2`` …"""

    nodes: dict[str, Node] = field(default_factory=dict)
    by_name: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[Expr, tuple[str, ...]], str] = field(default_factory=dict)

    def define(self, name: str, rhs: Expr) -> None:
        """One scalar equation ``name = rhs``."""
        made = self.by_name[name] = self.node(rhs)
        if self.nodes[made].function is not None and not self.nodes[made].name:
            self.nodes[made] = change(self.nodes[made], name=name)

    def node(self, e: Expr) -> str:
        """The node that computes ``e`` (a constant alone becomes a leaf)."""
        made = self.go(e)
        return made if isinstance(made, str) else self.put("constant", made)

    def put(self, op: str, function: Expr, *inputs: str) -> str:
        made = self.seen.setdefault((function, inputs), f"n{len(self.seen) + 1}")
        self.nodes.setdefault(made, Node(made, op, function, inputs))
        return made

    def go(self, e: Expr) -> str | Expr:
        """A node's id, or a constant expression."""
        if isinstance(e, Read):
            return self._leaf(entry_name(e))
        if not _moves(e):
            return e
        if isinstance(e, Add):
            return self._sum(e)
        if isinstance(e, Mul):
            return self._product(e)
        if isinstance(e, Neg):
            return self._scale(num(-1), self.node(e.arg))
        if isinstance(e, Div):
            return self._quotient(e)
        if isinstance(e, Pow) and not _moves(e.exp):
            return self._power(e)
        if isinstance(e, Fn):
            return self._call(e)
        return self._whole(e)

    def _leaf(self, name: str) -> str:
        if name not in self.by_name:
            self.by_name[name] = name
            self.nodes[name] = Node(name, "input", None, (), name)
        return self.by_name[name]

    def _sum(self, e: Add) -> str:
        """Left to right, two at a time; the constants are added together, where the first stood."""
        constant, (first, *rest) = _parted(e.args)
        here = self.node(first)
        for a in rest:
            if isinstance(a, Neg):
                here = self.put("-", Add((_X, Neg(_Y))), here, self.node(a.arg))
            else:
                here = self.put("+", Add((_X, _Y)), here, self.node(a))
        return self._shift(add(constant), here) if constant else here

    def _shift(self, c: Expr, source: str) -> str:
        return self.put("shift", Add((_X, c) if isinstance(c, Neg) else (c, _X)), source)

    def _scale(self, a: Expr, source: str) -> str:
        return self.put("scale", Mul((a, _X)), source)

    def _times(self, one: str, other: str) -> str:
        return self.put("*", Mul((_X, _Y)), one, other)

    def _product(self, e: Mul) -> str:
        constant, (first, *rest) = _parted(e.args)
        here = self.node(first)
        for a in rest:
            here = self._times(here, self.node(a))
        return self._scale(mul(constant), here) if constant else here

    def _quotient(self, e: Div) -> str:
        if not _moves(e.den):
            return self._scale(Div(ONE, e.den), self.node(e.num))
        under = self._reciprocal(e.den)
        if e.num == ONE:
            return under
        return self._times(self.node(e.num), under) if _moves(e.num) else self._scale(e.num, under)

    def _reciprocal(self, e: Expr) -> str:
        return self.put("reciprocal", Div(ONE, _X), self.node(e))

    def _power(self, e: Pow) -> str:
        if e.exp in (num(-1), Neg(ONE)):
            return self._reciprocal(e.base)
        return self.put("power", Pow(_X, e.exp), self.node(e.base))

    def _call(self, e: Fn) -> str:
        parts = [self.go(a) for a in e.args]
        inputs = [p for p in parts if isinstance(p, str)]
        names = iter(arguments(len(inputs)))
        args = tuple(Name(next(names)) if isinstance(p, str) else p for p in parts)
        return self.put(e.name, Fn(e.name, args), *inputs)

    def _whole(self, e: Expr) -> str:
        """Cases and comparisons: one node over the entries they read."""
        entries = list(dict.fromkeys(reads(e)))
        names = map(Name, arguments(len(entries)))
        shape = replace(e, dict(zip(entries, names, strict=True)))
        op = "where" if isinstance(e, Where | Iverson) else "power"
        return self.put(op, shape, *map(self.node, entries))


def _moves(e: Expr) -> bool:
    """Does it read anything? If not, it is a constant."""
    return any(True for _ in reads(e))


def _parted(args: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The constants among terms or factors, and the others."""
    return [a for a in args if not _moves(a)], [a for a in args if _moves(a)]
