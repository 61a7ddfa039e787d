"""The formulas of a deck, read once before any document: none is printed that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...derive.language.errors import ChalkgradError
from ..deck import model as m
from ..formula.rich import pieces
from ..formula.tree.reader import formula
from ..picture.scene.scene import Label


def checked(deck: m.Deck) -> m.Deck:
    """The deck. Raises ChalkgradError, which names the page, where a formula of it is none; a
    lecturer's own slides were read when they were made."""
    for page in deck.pages:
        if page.item != "slide":
            for latex in (*_said(page.title, page.subtitle), *_printed(page.blocks)):
                _read(latex, page.id)
    return deck


def _read(latex: str, page: str) -> None:
    try:
        formula(latex)
    except ChalkgradError as e:
        raise ChalkgradError(f"{e.what}: {latex[:80]}", where=f"page {page}", hint=e.hint) from e


def _printed(blocks: Iterable[m.Block]) -> Iterator[str]:
    """The formulas of blocks."""
    for block in blocks:
        match block:
            case m.Text(text=text) | m.Panel(title=text):
                yield from _said(text)
            case m.Bullets(items=items):
                yield from _said(*items)
            case m.Math(rows=rows):
                for r in rows:
                    yield from (r.left, r.relation, r.right, *_said(r.note))
            case m.Strip(cells=cells):
                yield from cells
            case m.Picture(scene=scene):
                yield from _said(*(s.text for s in scene.shapes if isinstance(s, Label)))
            case m.Table(head=head, rows=cells, caption=caption):
                yield from _said(*head, *(c for row in cells for c in row), caption)
        yield from _printed(m.inner(block))


def _said(*texts: m.Rich) -> Iterator[str]:
    """The formulas between the words of rich texts."""
    for piece in (p for text in texts if "$" in text for p in pieces(text)):
        if piece.kind == "math":
            yield piece.text
        elif piece.kind in ("bold", "italic"):
            yield from _said(piece.text)
