"""An article as data: texts between displayed lines. What prints it holds no mathematics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..formula.rich import Rich
from ..formula.tree.nodes import Row as Formula


@dataclass(frozen=True)
class Display:
    """A displayed line; ``wide`` in letters, and how much of that no line end parts (``run``)."""

    formula: Formula
    wide: float = 0.0
    run: float = 0.0


@dataclass(frozen=True)
class Reasoned:
    """A line of a derivation with its reason; the ``last`` one is the result."""

    left: Formula
    right: Formula
    reason: Rich
    last: bool = False


@dataclass
class Item:
    """One numbered equation of the article with what stands around it; the number 0 is none."""

    number: int
    body: Display
    heading: Rich = ""
    chain: Display | None = None
    full: Display | None = None
    entries: list[Display] = field(default_factory=list)
    more: list[Display] = field(default_factory=list)
    matrix: list[Display] = field(default_factory=list)
    inserted: list[Reasoned] = field(default_factory=list)
    short: list[Display] = field(default_factory=list)
    notes: list[Rich] = field(default_factory=list)

    def formulas(self) -> Iterator[Formula]:
        """Everything of it that is mathematics."""
        alone = (x for x in (self.body, self.chain, self.full) if x is not None)
        for x in (*alone, *self.entries, *self.more, *self.matrix, *self.short):
            yield x.formula
        for line in self.inserted:
            yield from (line.left, line.right)


@dataclass(frozen=True)
class Paper:
    """The parts of an article in their order. ``symbols`` are rows of symbol, name in the code,
    shape and what it is; ``batch`` says how samples combine: texts and equations."""

    title: Rich
    author: Rich
    language: str
    intro: Rich
    symbols: list[tuple[Rich, Rich, Rich, Rich]]
    signs: Rich
    forward: list[Item]
    functions: list[Display]
    softmaxes: list[list[Reasoned]]
    backward_intro: Rich
    steps: list[Item]
    batch: list[Item | Rich]
