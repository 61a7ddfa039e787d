"""Every line that claims something is evaluated; a false one stops the build, by page and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...derive.language.errors import ChalkgradError
from ...derive.relations.claim import Claim, Together
from ...derive.relations.verdict import Verdict
from ..deck.model import Block, Deck, Math, Page, Row, inner


@dataclass(frozen=True)
class Line:
    """One row of a display: its place among the rows of its page (from 1), and the verdict on what
    it claims; None for a line that claims nothing (a definition, a name), or nothing of its own."""

    number: int
    row: Row
    claim: Claim | Together | None

    @property
    def verdict(self) -> Verdict | None:
        return None if self.claim is None else self.claim.verdict


def lines(page: Page) -> Iterator[Line]:
    """The rows of a page from top to bottom."""
    number = 0
    for rows in _displays(page.blocks):
        left = 0
        for row in rows:
            number += 1
            if left == 0 and row.claim is not None:
                left = row.claim.rows
            left = max(0, left - 1)
            yield Line(number, row, row.claim)


def _displays(blocks: tuple[Block, ...]) -> Iterator[tuple[Row, ...]]:
    for block in blocks:
        if isinstance(block, Math):
            yield block.rows
        yield from _displays(inner(block))


def prove(deck: Deck) -> None:
    """Raises ChalkgradError for the first line that is false, or number that is not the value."""
    for k, page in enumerate(deck.pages, 1):
        where = f"page {k} ({page.id})"
        for line in lines(page):
            verdict = line.verdict
            if verdict is not None and verdict.holds is False:
                shown = f"{line.row.left} {line.row.relation} {line.row.right}"
                raise ChalkgradError(
                    f"the line '{shown}' is false: {verdict.why}",
                    where=f"{where}, line {line.number}",
                    hint="this is a fault of chalkgrad: please report it with your spec",
                )
