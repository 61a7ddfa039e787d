"""The formulas of a deck, read once before any document: none is printed that cannot be read."""

from __future__ import annotations

from ...derive.language.errors import ChalkgradError
from ..deck.formulas import between_words, written
from ..deck.model import Deck
from ..formula.tree.reader import formula


def checked(deck: Deck) -> Deck:
    """The deck. Raises ChalkgradError, which names the page, where a formula in a text is none; a
    lecturer's own slides were read when they were made."""
    for page in deck.pages:
        if page.item != "slide":
            for latex in (*between_words(page.title, page.subtitle), *written(page.blocks)):
                _read(latex, page.id)
    return deck


def _read(latex: str, page: str) -> None:
    try:
        formula(latex)
    except ChalkgradError as e:
        raise ChalkgradError(f"{e.what}: {latex[:80]}", where=f"page {page}", hint=e.hint) from e
