"""The formulas that blocks hold: in displays and strips, in labels, and between words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..formula.rich import Rich, pieces
from ..formula.tree.nodes import Row
from ..formula.tree.reader import shown
from ..picture.scene.scene import Label
from . import model as m


def printed(blocks: Iterable[m.Block]) -> Iterator[Row]:
    """The formulas of blocks and of what is in them."""
    for block in blocks:
        if isinstance(block, m.Math):
            for r in block.rows:
                yield from (r.left, r.right)
        elif isinstance(block, m.Strip):
            yield from block.cells
        yield from map(shown, between_words(*_texts(block)))
        yield from printed(m.inner(block))


def written(blocks: Iterable[m.Block]) -> Iterator[str]:
    """The formulas between the words of blocks and of what is in them, as LaTeX."""
    for block in blocks:
        yield from between_words(*_texts(block))
        yield from written(m.inner(block))


def _texts(block: m.Block) -> Iterator[Rich]:
    """The rich texts of a block."""
    match block:
        case m.Text(text=text) | m.Panel(title=text):
            yield text
        case m.Bullets(items=items):
            yield from items
        case m.Math(rows=rows):
            yield from (r.note for r in rows)
        case m.Picture(scene=scene):
            yield from (s.text for s in scene.shapes if isinstance(s, Label))
        case m.Table(head=head, rows=cells, caption=caption):
            yield from (*head, *(c for row in cells for c in row), caption)


def between_words(*texts: Rich) -> Iterator[str]:
    """The formulas between the words of rich texts."""
    for piece in (p for text in texts if "$" in text for p in pieces(text)):
        if piece.kind == "math":
            yield piece.text
        elif piece.kind in ("bold", "italic"):
            yield from between_words(piece.text)
