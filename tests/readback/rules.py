"""Pages of optimizers: the rule on one page, its numbers on the next, worked out step by step.

``G_t = ρ G_{t-1} + (1 - ρ) g_t²`` says what G_2 is, once ρ, G_0, g_1 and g_2 are given beside the
numbers; what is printed for G_2 is held against that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from . import numerals, tree
from .documents import Line
from .grammar import relations
from .judge import TRUE, Verdict
from .layout import UnreadableError
from .names import Names
from .scope import Definitions, Local, LocalNames, defined
from .values import MisfitError, number

_PAGE = re.compile(r"optimizers-(\w+?)(?:-numbers)?(?:-part\d+|-\d+)*$")
Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Steps(Local):
    """Numbers of a rule: those that are given, and those that follow."""

    given: dict[Place, float] = field(default_factory=dict)

    def entry(self, name: str, place: tuple[int, ...]) -> complex | float:
        if (name, place) in self.given:
            return self.given[name, place]
        known = self.definitions.get(name)
        before = any(i + self.names.base < 0 for i in place)  # the first step
        if known is None or before or len(known.letters) != len(place):
            raise UnreadableError(f"{name} is given nowhere")
        return super().entry(name, place)


class Rules:
    """The rules of a document, and the numbers that its pages give."""

    def __init__(self, names: Names, lines: Sequence[Line]) -> None:
        self.lexicon = LocalNames(names, generic=True)  # g is a gradient, whatever else it is
        self.definitions: dict[str, Definitions] = defaultdict(dict)
        self.given: dict[str, dict[Place, float]] = defaultdict(dict)
        for line in lines:
            page = _PAGE.match(line.page)
            if page is None or line.fault:
                continue
            for relation in self.read(line):
                if numerals.printed(relation.sides[-1]):
                    self.given[page[1]] |= self.said(relation)
                else:
                    self.definitions[page[1]] = defined(relation, self.definitions[page[1]])

    def read(self, line: Line) -> list[tree.Relation]:
        try:
            return relations(line.row, self.lexicon)
        except (UnreadableError, ValueError):
            return []

    def said(self, relation: tree.Relation) -> dict[Place, float]:
        """w_0 = G_0 = 0: names, and one number for all of them."""
        *named, last = relation.sides
        shown = numerals.printed(last)
        places = [self.place(side) for side in named]
        if shown is None or set(relation.signs) != {"="} or not all(places):
            return {}
        return {place: shown[0] for place in places if place}

    def place(self, side: tree.Node) -> Place | None:
        if not isinstance(side, tree.Tensor) or side.at is None:
            return None
        if not all(isinstance(i, tree.Number) and i.text.isdecimal() for i in side.at):
            return None
        base = self.lexicon.base
        return side.name, tuple(int(i.text) - base for i in side.at)  # type: ignore[attr-defined]

    def judged(self, line: Line, point: object) -> Verdict | None:
        """The verdict on a number of an example; None where no rule says what it is."""
        page = _PAGE.match(line.page)
        if page is None:
            return None
        found = (self.follows(page[1], relation, point) for relation in self.read(line))
        return next((made for made in found if made is not None), None)

    def follows(self, rule: str, relation: tree.Relation, point: object) -> Verdict | None:
        place, shown = self.place(relation.sides[0]), numerals.printed(relation.sides[-1])
        if place is None or shown is None or place in self.given[rule] or len(relation.sides) < 3:
            return None
        view = Steps(point, self.lexicon, {}, definitions=self.definitions[rule],
                     given=self.given[rule])  # type: ignore[arg-type]  # fmt: skip
        try:
            true = np.real(number(view.value(relation.sides[0])))
        except (UnreadableError, MisfitError, RecursionError):
            return None
        if numerals.holds(np.array(true), np.array(shown[0]), np.array(shown[1])):
            return TRUE
        return Verdict("false", f"by the rule it is {true:.6g}")
