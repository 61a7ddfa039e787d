"""Pages that bring their own names: a function and its derivative, step by step.

``ŷ_k = e^{v_k}/Σ…`` defines ŷ on that page; v is anything. What is defined is its definition, all
else has numbers of the reader's own, and ∂ŷ_k/∂v_i is a complex step of the definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from . import functions, tree
from .evaluate import View
from .extent import free
from .grammar import NAMED, Match
from .layout import Accent, Item, Row, Script, Token, UnreadableError
from .names import Names
from .values import Value, number

RUNS = 3  # of every letter
_NO_NAME = frozenset("δ∂∑∏e∞π∇NΣ")


class LocalNames(Names):
    """Every letter with or without an index is a name; functions and signs are the notation's."""

    def __init__(self, names: Names, *, generic: bool = False) -> None:
        """``generic``: f is any function here, whatever the notation calls so."""
        self.__dict__.update(names.__dict__)
        self.generic = generic

    def match(self, row: Row, at: int, index: bool) -> Match | None:
        item = row[at]
        if index:
            found = self._letter(item)
            return None if found is None else Match(found, at + 1, None)
        if item == Token("letter", "N"):
            return Match(tree.Size("n"), at + 1, None)
        base, sub, sup = _parts(item)
        if (
            not _is_name(base)
            or (base in self.functions and not self.generic)
            or self._called(row, at)
        ):
            return None
        places = () if sub is None else self._places(sub)
        return Match(tree.Tensor(_text(base), places), at + 1, sup)

    def gradient_at(self, row: Row, at: int) -> Match | None:
        return None

    @staticmethod
    def _called(row: Row, at: int) -> bool:
        """f(v): a function of its own."""
        return at + 1 < len(row) and row[at + 1] == Token("open", "(") \
            and isinstance(row[at], Token) and row[at].text in "fgh"  # type: ignore[attr-defined] # fmt: skip

    def function(self, item: Item) -> str | None:
        known = None if self.generic else super().function(item)
        if (
            known is None
            and isinstance(item, Token)
            and item.kind == "letter"
            and item.text in "fgh"
        ):
            return f"~{item.text}"
        return known


def _parts(item: Item) -> tuple[Item, Row | None, Row | None]:
    return (item.base, item.sub, item.sup) if isinstance(item, Script) else (item, None, None)


def _is_name(base: Item) -> bool:
    if isinstance(base, Accent):
        return len(base.body) == 1 and _is_name(base.body[0])
    if not isinstance(base, Token) or base.kind not in ("letter", "word"):
        return False
    return base.text not in _NO_NAME and base.text not in NAMED


def _text(base: Item) -> str:
    if isinstance(base, Accent):
        return base.mark + _text(base.body[0])
    assert isinstance(base, Token)
    return base.text


@dataclass(frozen=True)
class Definition:
    """What a name is: ``letters`` are its indices or arguments."""

    letters: tuple[str, ...]
    body: tree.Node


Definitions = dict[str, Definition]


def defined(relation: tree.Relation, known: Definitions) -> Definitions:
    """The definitions with that of a line, where it is the first of its name."""
    left = relation.sides[0]
    if len(relation.sides) < 2 or relation.signs[0] != "=":
        return known
    if isinstance(left, tree.Tensor) and left.name not in known:
        at = left.at or ()
        if all(isinstance(i, tree.Index) for i in at):
            letters = tuple(i.letter for i in at if isinstance(i, tree.Index))
            return {**known, left.name: Definition(letters, relation.sides[1])}
    if isinstance(left, tree.Call) and left.name.startswith("~") and not left.primes:
        names = tuple(a.name for a in left.args if isinstance(a, tree.Tensor))
        return {left.name: Definition(names, relation.sides[1]), **known}
    return known


@dataclass(frozen=True)
class Local(View):
    """Numbers for names that only this page knows."""

    definitions: Definitions = field(default_factory=dict)
    seed: int = 0

    def extents(self, nodes: tuple[tree.Node, ...]) -> Mapping[str, int]:
        return self.sizes

    def tensor(self, t: tree.Tensor) -> Value:
        place = tuple(self.index(i) for i in t.at or ())
        return self.entry(t.name, place)

    def entry(self, name: str, place: tuple[int, ...]) -> complex | float:
        if (name, place) in self.moved:
            return self.moved[name, place]
        known = self.definitions.get(name)
        if known is None or len(known.letters) != len(place):
            return drawn(name, self.seed)[place]
        base = self.names.base
        at = {x: i + base for x, i in zip(known.letters, place, strict=True)}
        return number(replace(self, places={**self.places, **at}).value(known.body))

    def _slope(self, node: tree.Slope) -> Value:
        return self._operator(tree.Operator(node.bottom, node.top))

    def _operator(self, node: tree.Operator) -> Value:
        if not isinstance(node.by, tree.Tensor) or self.moved:
            raise UnreadableError("a derivative inside a derivative, or by no name")
        place = tuple(self.index(i) for i in node.by.at or ())
        here = self.entry(node.by.name, place)
        moved = {(node.by.name, place): complex(here, functions.STEP)}
        value = number(replace(self, moved=moved).value(node.body))
        return complex(value).imag / functions.STEP

    def _call(self, node: tree.Call) -> Value:
        known = self.definitions.get(node.name)
        if known is None:
            return super()._call(node)
        values = [number(self.value(a)) for a in node.args]
        moved = {(x, ()): complex(v) for x, v in zip(known.letters, values, strict=True)}
        if not node.primes:
            return number(replace(self, moved=moved).value(known.body))
        moved = {k: complex(v.real, functions.STEP) for k, v in moved.items()}
        return complex(number(replace(self, moved=moved).value(known.body))).imag / functions.STEP


def drawn(name: str, seed: int) -> Mapping[tuple[int, ...], float]:
    """Numbers for a free name: targets are distributions, outputs lie within (0, 1), all else on
    either side of 0."""
    return _Drawn(name, seed)


class _Drawn(dict[tuple[int, ...], float]):
    def __init__(self, name: str, seed: int) -> None:
        self.name, self.seed = name, seed

    def __missing__(self, place: tuple[int, ...]) -> float:
        rng = np.random.default_rng([seed_of(self.name), self.seed, *(i + RUNS for i in place)])
        if self.name in ("^y", "p", "a", "o"):
            return float(rng.uniform(0.2, 0.8))
        if self.name in ("y", "t"):
            raw = [np.random.default_rng([7, self.seed, k]).uniform(0.2, 1) for k in range(RUNS)]
            whole = sum(raw) if place else 1.25
            return float(raw[place[-1] if place else 0] / whole)
        return float(rng.uniform(-1.5, 1.5))


def seed_of(name: str) -> int:
    return sum(ord(c) * 31**k for k, c in enumerate(name)) % 2**31


def views(
    sides: Sequence[tree.Node], names: Names, point: object, definitions: Definitions
) -> Iterator[Local]:
    """The page's own points, for all values of free letters."""
    letters = list(dict.fromkeys(x for s in sides for x in free(s)))
    every = {n.letter for s in sides for n in tree.walk(s) if isinstance(n, tree.Index)}
    for known in definitions.values():
        every |= {n.letter for n in tree.walk(known.body) if isinstance(n, tree.Index)}
        every |= {
            b for n in tree.walk(known.body) if isinstance(n, tree.Reduction) for b in n.bound
        }
    every |= {
        b for s in sides for n in tree.walk(s) if isinstance(n, tree.Reduction) for b in n.bound
    }
    sizes = dict.fromkeys(every, RUNS)
    for seed in range(4):
        local = Local(point, names, sizes, definitions=definitions, seed=seed)  # type: ignore[arg-type]
        for at in local.runs(letters, sizes):
            yield local.at(**at)
