"""Symbols that a reader cannot tell apart: b_2 as a name, and as the second entry of b.

Two symbols are compared as trees: what stands above the line of their subscript, and the subscript
node by node, in which the place of an index stands for every number it takes and for every letter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..formula.tree.nodes import Node, Number, Row, Scripts, Sign
from ..formula.tree.reader import formula
from .symbol import Symbol

Size = int | str
_COMMA = formula(",").items[0]


@dataclass(frozen=True, slots=True)
class Place(Number):
    """Where an index stands that counts from ``first``, through ``size`` values."""

    first: int = 0
    size: Size = ""

    def takes(self, node: Node) -> bool:
        if isinstance(node, Sign):
            return node.text.isalpha()
        if not isinstance(node, Number) or not node.text.isdecimal():
            return False
        past = int(node.text) - self.first
        return past >= 0 and (not isinstance(self.size, int) or past < self.size)


@dataclass(frozen=True)
class Spelled:
    """A symbol as a reader sees it: its letter with all that is raised, and what stands below."""

    head: Node
    below: tuple[Node, ...]

    def like(self, other: Spelled) -> bool:
        return all(_same(a, b) or _same(b, a) for a, b in zip(self.below, other.below, strict=True))


def _same(a: Node, b: Node) -> bool:
    if isinstance(a, Place):
        return isinstance(b, Place) or a.takes(b)
    return a == b


def spelled(symbol: Symbol, sizes: Sequence[Size], first: int) -> Iterator[Spelled]:
    """The whole tensor, and any entry of it; ``sizes`` are those of the indices that are written,
    which count from ``first``."""
    yield _apart(symbol.tree)
    places = [Place("", first, size) for size in sizes]
    between = (n for k, p in enumerate(places) for n in ((_COMMA, p) if k else (p,)))
    yield _apart(symbol.entry_at(Row(tuple(between))))


def _apart(tree: Row) -> Spelled:
    *before, last = tree.items
    if not isinstance(last, Scripts):
        return Spelled(tree, ())
    below = next((script for mark, script in last.marks if mark == "_"), None)
    raised = tuple(m for m in last.marks if m[0] != "_")
    bare = Scripts(last.base, raised, last.placed) if raised else last.base
    inside = below.items if isinstance(below, Row) else () if below is None else (below,)
    return Spelled(Row((*before, bare)), inside)


class Known:
    """The symbols that have been given, each with what has it."""

    def __init__(self) -> None:
        self.found: dict[tuple[Node, int], list[tuple[Spelled, str]]] = defaultdict(list)

    def add(self, made: Spelled, name: str) -> None:
        self.found[made.head, len(made.below)].append((made, name))

    def holder(self, made: Spelled) -> str | None:
        """What has a symbol that looks like this one."""
        same = self.found.get((made.head, len(made.below)), ())
        return next((name for other, name in same if other.like(made)), None)
