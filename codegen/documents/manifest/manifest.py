"""The manifest of a deck: every page with what it covers and every number with its exact value.

Tests and people check a lecture by it: a printed number is found by its id (``main.dW1[1,0]``).
"""

from __future__ import annotations

import json
from typing import Any

from ...deck.model import Deck, Figure, Page


def manifest(deck: Deck) -> str:
    """The manifest as JSON, the same bytes for the same deck."""
    made = {
        "name": deck.name,
        "language": deck.language,
        "aspect": deck.aspect,
        "decimal_mark": deck.decimal,
        "pages": [_page(k, p) for k, p in enumerate(deck.pages, start=1)],
        "reports": list(deck.reports),
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
    return made


def _figure(f: Figure) -> dict[str, str]:
    made = {"id": f.id, "value": f.value, "printed": f.printed, "rounding": f.rounding}
    return made | ({"relation": f.relation} if f.relation else {})
