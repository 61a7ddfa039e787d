"""The formulas that blocks hold: in displays and strips, in labels, and between words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..formula.rich import pieces
from ..picture.scene.scene import Label
from . import model as m


def printed(blocks: Iterable[m.Block]) -> Iterator[str]:
    """The formulas of blocks and of what is in them, as LaTeX."""
    for block in blocks:
        match block:
            case m.Text(text=text) | m.Panel(title=text):
                yield from between_words(text)
            case m.Bullets(items=items):
                yield from between_words(*items)
            case m.Math(rows=rows):
                for r in rows:
                    yield from (r.left, r.relation, r.right, *between_words(r.note))
            case m.Strip(cells=cells):
                yield from cells
            case m.Picture(scene=scene):
                yield from between_words(*(s.text for s in scene.shapes if isinstance(s, Label)))
            case m.Table(head=head, rows=cells, caption=caption):
                yield from between_words(*head, *(c for row in cells for c in row), caption)
        yield from printed(m.inner(block))


def between_words(*texts: m.Rich) -> Iterator[str]:
    """The formulas between the words of rich texts."""
    for piece in (p for text in texts if "$" in text for p in pieces(text)):
        if piece.kind == "math":
            yield piece.text
        elif piece.kind in ("bold", "italic"):
            yield from between_words(piece.text)
