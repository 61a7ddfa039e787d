"""The numbers of a page that a reader may change: what depends on what, as data for the page.

A value is a tree of nested lists over few operators; the page's script walks it, so
nothing that comes from a spec is ever run as a program. A tree is a number, the id of another
number (``main.v0[1]``), or ``[operator, tree, …]``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import cache
from typing import Any

from ....derive.language.errors import ChalkgradError
from ....derive.language.expr import (
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Iverson,
    Logic,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Read,
    Where,
    replace,
)
from ....derive.language.functions import FUNCTIONS
from ....derive.language.parser import expression
from ....derive.language.refs import ref
from ....derive.values.entries import constant

Tree = float | int | str | list[Any]
_DIRECT = {
    "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "asinh", "acosh", "atanh", "expm1", "log1p", "erf", "abs", "sign", "max", "min",
    "sigmoid", "softplus",
}  # fmt: skip


@dataclass(frozen=True)
class BoardInput:
    """A number the reader may change. ``label`` is its symbol in LaTeX, ``value`` as declared
    (ASCII, with a point), ``about`` its plain name."""

    id: str
    label: str
    value: str
    about: str = ""


@dataclass(frozen=True)
class BoardGroup:
    """The inputs of one tensor, row by row in ``columns`` columns."""

    label: str
    inputs: tuple[BoardInput, ...]
    columns: int = 1


@dataclass(frozen=True)
class BoardNode:
    """A number that is worked out: its value, and, where it is another one, the calculation whose
    printed digits the page tests for ≈."""

    id: str
    tree: Tree
    hand: Tree | None = None


@dataclass(frozen=True)
class BoardData:
    """Inputs and calculated numbers of one network, and how its numbers are printed
    (`codegen.formula.numerals.Numerals`). ``key`` is what the ids of its figures begin with."""

    key: str
    title: str
    groups: tuple[BoardGroup, ...]
    nodes: tuple[BoardNode, ...]
    count: int = 4
    significant: bool = False
    rounding: str = "half_up"
    decimal: str = "."
    relations: tuple[str, ...] = field(default=())

    def inputs(self) -> list[BoardInput]:
        return [i for g in self.groups for i in g.inputs]

    def only(self, ids: Iterable[str]) -> BoardData:
        """Without the calculated numbers that neither ``ids`` nor what they depend on need."""
        trees = {n.id: n for n in self.nodes}
        wanted: set[str] = set()
        todo = [i for i in ids if i in trees]
        while todo:
            here = todo.pop()
            if here not in wanted:
                wanted.add(here)
                node = trees[here]
                todo += [r for r in (*_refs(node.tree), *_refs(node.hand or 0)) if r in trees]
        return changed(self, nodes=tuple(n for n in self.nodes if n.id in wanted))

    def data(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {
            "key": self.key,
            "count": self.count,
            "significant": self.significant,
            "rounding": self.rounding,
            "mark": self.decimal,
            "inputs": {i.id: float(i.value) for i in self.inputs()},
            "nodes": [[n.id, n.tree] for n in self.nodes],
            "hand": {n.id: n.hand for n in self.nodes if n.hand is not None},
            "relations": list(self.relations),
        }


def script_data(boards: Sequence[BoardData]) -> str:
    """The boards as JSON that may stand in a ``<script>`` of a page: no character of it can end
    the element or break a line."""
    made = json.dumps([b.data() for b in boards], separators=(",", ":"), allow_nan=False)
    for c in "<>&\u2028\u2029":
        made = made.replace(c, f"\\u{ord(c):04x}")
    return made


def _refs(tree: Tree) -> list[str]:
    found: list[str] = []
    todo: list[Any] = [tree]
    while todo:
        here = todo.pop()
        if isinstance(here, str):
            found.append(here)
        elif isinstance(here, list):
            todo += here[1:]
    return found


# -- trees ----------------------------------------------------------------------------------------


def tree(expr: Expr, prefix: str = "") -> Tree:
    """A scalar expression (`derive.values.entries.entry`) as nested lists; reads become ids.

    Raises ChalkgradError for what has no value on the page: a sum that is not written out, an
    abstract function, an index.
    """
    return _Trees(prefix).go(expr)


class _Trees:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def go(self, e: Expr) -> Tree:
        if isinstance(e, Num):
            return int(e.value) if e.value.denominator == 1 else float(e.value)
        if isinstance(e, Const):
            return math.pi if e.name == "pi" else ["/", 1, 0]
        if isinstance(e, Read):
            return self.read(e)
        if isinstance(e, Add):
            return ["+", *map(self.go, e.args)]
        if isinstance(e, Mul):
            return self.product(e)
        if isinstance(e, Neg):
            return ["neg", self.go(e.arg)]
        if isinstance(e, Div):
            return ["/", self.go(e.num), self.go(e.den)]
        if isinstance(e, Pow):
            return ["^", self.go(e.base), self.go(e.exp)]
        if isinstance(e, Fn):
            return self.function(e)
        if isinstance(e, Where):
            return ["where", self.go(e.cond), self.go(e.a), self.go(e.b)]
        if isinstance(e, Cmp):
            return [e.op, self.go(e.a), self.go(e.b)]
        if isinstance(e, Logic):
            return [e.op, *map(self.go, e.args)]
        if isinstance(e, Iverson):
            return ["where", self.go(e.cond), 1, 0]
        raise ChalkgradError(f"the page cannot work out a {type(e).__name__}")

    def read(self, e: Read) -> str:
        at = [constant(i) for i in e.indices]
        if any(k is None for k in at):
            raise ChalkgradError(f"the page cannot work out which entry of '{e.tensor}' is read")
        return self.prefix + ref(e.tensor, [k for k in at if k is not None])

    def product(self, e: Mul) -> Tree:
        """[false] times anything is 0: such a factor decides before the others are looked at."""
        conds = [f.cond for f in e.args if isinstance(f, Iverson)]
        rest = [f for f in e.args if not isinstance(f, Iverson)]
        made: Tree = (
            1 if not rest else self.go(rest[0]) if len(rest) == 1 else ["*", *map(self.go, rest)]
        )
        for c in reversed(conds):
            made = ["where", self.go(c), made, 0]
        return made

    def function(self, e: Fn) -> Tree:
        if e.name in _DIRECT:
            return [e.name, *map(self.go, e.args)]
        if e.name == "log_sigmoid":
            return ["neg", ["softplus", ["neg", self.go(e.args[0])]]]
        if e.name == "power":
            return ["^", *map(self.go, e.args)]
        if e.name == "floor_div":
            return ["floor_div", *map(self.go, e.args)]
        known = FUNCTIONS.get(e.name)
        if known is None or known.formula is None:
            raise ChalkgradError(f"the page cannot work out the function '{e.name}'")
        full = [*e.args, *map(_parsed, known.defaults)][: len(known.args)]
        names: dict[Expr, Expr] = {Name(a): v for a, v in zip(known.args, full, strict=True)}
        return self.go(replace(_parsed(known.formula), names))


@cache
def _parsed(formula: str) -> Expr:
    return expression(formula)
