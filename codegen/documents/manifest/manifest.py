"""The manifest of a deck: every page with what it covers and every number with its exact value.

Tests and people check a lecture by it: a printed number is found by its id (``main.dW1[1,0]``).
"""

from __future__ import annotations

import json
import math
from typing import Any

from ....derive.relations.claim import Silent
from ...deck.model import Deck, Figure, Page
from ...lecture.proof import Line, counted, lines

LEAST, STEP = -12, 3  # the smallest power of ten that an error is told as; in threes


def manifest(deck: Deck) -> str:
    """The manifest as JSON, the same bytes for the same deck."""
    made = {
        "name": deck.name,
        "language": deck.language,
        "aspect": deck.aspect,
        "decimal_mark": deck.decimal,
        "pages": [_page(k, p) for k, p in enumerate(deck.pages, start=1)],
        "reports": list(deck.reports),
        "proof": _proof(deck),
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _page(number: int, page: Page) -> dict[str, Any]:
    made: dict[str, Any] = {
        "page": number,
        "id": page.id,
        "item": page.item,
        "network": page.network,
        "title": page.title,
        "steps": page.steps,
        "covers": list(page.covers),
    }
    if page.mistake:
        made["mistake"] = True
    made["numbers"] = [_figure(f) for f in page.figures]
    claims = [_line(line) for line in lines(page) if line.verdict is not None]
    return made | ({"lines": claims} if claims else {})


def _proof(deck: Deck) -> dict[str, int]:
    """How many lines and numbers are evaluated; a deck with a false one is never written."""
    made = counted(deck)
    return {
        "lines_true": made.true,
        "lines_not_evaluated": made.unknown,
        "definitions_and_names": made.silent,
        "lecturers_own": made.own,
        "without_claim": made.unclaimed,
        "numbers_true": made.numbers,
    }


def _line(line: Line) -> dict[str, Any]:
    """A line's place on its page, its value at a random point, and how far its sides are apart
    there, as a power of a thousand: other digits differ between machines."""
    verdict = line.verdict
    assert verdict is not None
    verdicts = {True: "true", None: "none" if isinstance(line.claim, Silent) else "unknown"}
    made: dict[str, Any] = {"line": line.number, "verdict": verdicts[verdict.holds]}
    if not verdict.holds:
        return made | {"why": verdict.why}
    size = math.log10(verdict.error) if verdict.error > 0 else LEAST
    power = max(LEAST, STEP * math.ceil(size / STEP))
    value = verdict.value if abs(verdict.value) > 10.0**LEAST else 0.0
    return made | {"value": f"{value:.5g}", "error": f"< 1e{power}"}


def _figure(f: Figure) -> dict[str, str | int]:
    made: dict[str, str | int] = {
        "id": f.id,
        "value": f.value,
        "printed": f.printed,
        "rounding": f.rounding,
    }
    made |= {"relation": f.relation} if f.relation else {}
    return made | ({"first": f.first} if f.first else {})
