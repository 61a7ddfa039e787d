"""Every line that claims something is evaluated; a false one stops the build, by page and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from ...derive.language.errors import ChalkgradError
from ...derive.relations.claim import Silent, Statement
from ...derive.relations.verdict import Verdict
from ..deck.model import Block, Deck, Math, Page, Row, inner
from ..formula.tex_printer import kept

OWN = "slide"  # the item of the lecturer's own slides
_FAULT = "this is a fault of chalkgrad, not of your spec: please report it with your spec"


@dataclass(frozen=True)
class Line:
    """One row of a display: its place among the rows of its page (from 1), and what it claims: None
    for a definition or a name. ``goes_on``: it belongs to the claim of a line above."""

    number: int
    row: Row
    goes_on: bool = False

    @property
    def claim(self) -> Statement | None:
        return self.row.claim

    @property
    def verdict(self) -> Verdict | None:
        return None if self.claim is None else self.claim.verdict


def lines(page: Page) -> Iterator[Line]:
    """The rows of a page from top to bottom."""
    number = 0
    for rows in _displays(page.blocks):
        left = 0  # rows that the claim above still takes
        for row in rows:
            number += 1
            yield Line(number, row, goes_on=row.claim is None and left > 0)
            left = row.claim.rows - 1 if row.claim is not None else max(0, left - 1)


def _displays(blocks: tuple[Block, ...]) -> Iterator[tuple[Row, ...]]:
    for block in blocks:
        if isinstance(block, Math):
            yield block.rows
        yield from _displays(inner(block))


def prove(deck: Deck) -> None:
    """Raises ChalkgradError for the first line that is false, and for a number that is not the
    value it is printed for."""
    for k, page in enumerate(deck.pages, 1):
        where = f"page {k} ({page.id})"
        for line in lines(page):
            verdict = line.verdict
            if verdict is not None and verdict.holds is False:
                raise _false(f"the line '{kept(line.row.whole)}'", verdict,
                             f"{where}, line {line.number}")  # fmt: skip
        for figure in page.figures:
            if figure.claim is not None and figure.claim.verdict.holds is False:
                raise _false(f"the number {figure.id}", figure.claim.verdict, where)


def _false(what: str, verdict: Verdict, where: str) -> ChalkgradError:
    return ChalkgradError(f"{what} is false: {verdict.why}", where=where, hint=_FAULT)


@dataclass(frozen=True)
class Count:
    """How many lines of a deck are evaluated and true (or continue such a line), could not be
    evaluated, are definitions, names or blanks, and are without a claim: those of the lecturer's
    own slides (``own``), and others; and how many numbers are evaluated."""

    true: int
    unknown: int
    silent: int
    own: int
    unclaimed: int
    numbers: int


def counted(deck: Deck) -> Count:
    """The count of a deck that `prove` let pass."""
    kinds = Counter(_kind(page, line) for page in deck.pages if not page.mistake
                    for line in lines(page))  # fmt: skip
    numbers = sum(f.claim is not None and f.claim.verdict.holds is True
                  for page in deck.pages for f in page.figures)  # fmt: skip
    names = (f.name for f in fields(Count) if f.name != "numbers")
    return Count(**{name: kinds[name] for name in names}, numbers=numbers)


def _kind(page: Page, line: Line) -> str:
    """The field of `Count` that a line belongs to."""
    if line.goes_on:
        return "true"
    if line.verdict is None:
        return "own" if page.item == OWN else "unclaimed"
    if isinstance(line.claim, Silent):
        return "silent"
    return "true" if line.verdict.holds else "unknown"
