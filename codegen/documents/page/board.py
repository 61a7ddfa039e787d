"""The numbers of a page that a reader may change: what depends on what, as data for the page.

A value is a tree of nested lists over few operators; the page's script walks it, so
nothing that comes from a spec is ever run as a program. A tree is a number, the id of another
number (``main.v0[1]``), or ``[operator, tree, …]``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from fractions import Fraction
from typing import Any, NoReturn

from ....derive.language.errors import ChalkgradError
from ....derive.language.evaluate import Algebra, evaluate
from ....derive.language.expr import Expr, Read
from ....derive.language.formulas import by_formula
from ....derive.language.literal import whole
from ....derive.language.refs import ref
from ...formula.tree.nodes import Row as Formula

Tree = float | int | str | list[Any]
_DIRECT = {
    "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "asinh", "acosh", "atanh", "expm1", "log1p", "erf", "abs", "sign", "max", "min",
    "sigmoid", "softplus", "floor_div",
}  # fmt: skip


@dataclass(frozen=True)
class BoardInput:
    """A number the reader may change. ``label`` is its symbol, ``value`` as declared
    (ASCII, with a point), ``about`` its plain name."""

    id: str
    label: Formula
    value: str
    about: str = ""


@dataclass(frozen=True)
class BoardGroup:
    """The inputs of one tensor, row by row in ``columns`` columns."""

    label: Formula
    inputs: tuple[BoardInput, ...]
    columns: int = 1


@dataclass(frozen=True)
class BoardNode:
    """A number that is worked out: its id and the calculation, as a tree over ids."""

    id: str
    tree: Tree


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
                todo += [r for r in _refs(node.tree) if r in trees]
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
            "relations": list(self.relations),
        }


def script_data(boards: Sequence[BoardData]) -> str:
    """The boards as JSON that may stand in a ``<script>`` of a page: no character of it can end
    the element or break a line."""
    made = json.dumps([b.data() for b in boards], separators=(",", ":"), allow_nan=False)
    for c in "<>&\u2028\u2029":
        made = made.replace(c, f"\\u{ord(c):04x}")
    return made


def _refs(tree: Tree) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for part in tree[1:]:
            yield from _refs(part)


# -- trees ----------------------------------------------------------------------------------------


def tree(expr: Expr, prefix: str = "") -> Tree:
    """A scalar expression (`derive.values.entries.entry`) as nested lists; reads become ids.

    Raises ChalkgradError for what has no value on the page: a sum that is not written out, an
    abstract function, an index.
    """
    return evaluate(expr, _Trees(prefix))


class _Trees(Algebra[Tree]):
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def refuse(self, kind: type[Expr]) -> NoReturn:
        raise ChalkgradError(f"the page cannot work out a {kind.__name__}")

    def number(self, value: Fraction) -> Tree:
        return int(value) if value.denominator == 1 else float(value)

    def constant(self, name: str) -> Tree:
        return math.pi if name == "pi" else ["/", 1, 0]

    def read(self, e: Read) -> str:
        at = [whole(i) for i in e.indices]
        if any(k is None for k in at):
            raise ChalkgradError(f"the page cannot work out which entry of '{e.tensor}' is read")
        return self.prefix + ref(e.tensor, [k for k in at if k is not None])

    def add(self, terms: Sequence[Tree]) -> Tree:
        return ["+", *terms]

    def mul(self, factors: Sequence[Tree]) -> Tree:
        return ["*", *factors]

    def neg(self, a: Tree) -> Tree:
        return ["neg", a]

    def div(self, a: Tree, b: Tree) -> Tree:
        return ["/", a, b]

    def power(self, a: Tree, b: Tree) -> Tree:
        return ["^", a, b]

    def call(self, name: str, args: Sequence[Tree]) -> Tree:
        if name in _DIRECT:
            return [name, *args]
        if name == "log_sigmoid":
            return ["neg", ["softplus", ["neg", *args]]]
        return ["^", *args] if name == "power" else by_formula(name, args, self)

    def where(self, cond: Tree, a: Callable[[], Tree], b: Callable[[], Tree]) -> Tree:
        return ["where", cond, a(), b()]

    def compare(self, op: str, a: Tree, b: Tree) -> Tree:
        return [op, a, b]

    def logic(self, op: str, parts: Sequence[Callable[[], Tree]]) -> Tree:
        return [op, *(part() for part in parts)]
