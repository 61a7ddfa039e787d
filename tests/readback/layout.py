"""What stands on the page: tokens, scripts, fractions and grids, the same from every format.

Layouts are compared by what is seen: colours, references and spaces are left out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Row = tuple["Item", ...]


class Item:
    """Anything in a row."""


class UnreadableError(Exception):
    """The reader does not know how to read this; the message says what."""


@dataclass(frozen=True)
class Token(Item):
    """``kind``: letter, number, word (letters upright, of one name), sign, open, close, thin (a
    space that separates indices), gap (a wide space between two formulas), text (prose)."""

    kind: str
    text: str
    face: str = ""


@dataclass(frozen=True)
class Script(Item):
    base: Item
    sub: Row | None = None
    sup: Row | None = None


@dataclass(frozen=True)
class Fraction(Item):
    top: Row
    bottom: Row


@dataclass(frozen=True)
class Root(Item):
    body: Row


@dataclass(frozen=True)
class Accent(Item):
    mark: str
    body: Row


@dataclass(frozen=True)
class Below(Item):
    """A body with a note beneath it: the shape of a matrix."""

    body: Row
    note: Row


@dataclass(frozen=True)
class Boxed(Item):
    body: Row


@dataclass(frozen=True)
class Grid(Item):
    """``kind``: matrix, cases, stack."""

    kind: str
    rows: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True)
class Group(Item):
    body: Row


@dataclass(frozen=True)
class Mark(Item):
    """What the page says of a part without showing it: a reference to a number (``ref``), the
    colour of a factor (``colour``)."""

    kind: str
    key: str
    body: Row


LAYER = "layer"  # the face of a number that says which layer is meant
HOLE = Token("hole", "")


def plain(row: Row) -> Row:
    """The row without marks and groups."""
    made: list[Item] = []
    for item in row:
        if isinstance(item, Mark | Group):
            made += plain(item.body)
        else:
            made.append(mapped(item, plain))
    return tuple(made)


def mapped(item: Item, change: Callable[[Row], Row]) -> Item:
    """The item with other rows inside."""
    match item:
        case Script(base, sub, sup):
            bare = change((base,))
            one = bare[0] if len(bare) == 1 else Group(bare)
            return Script(one, sub and change(sub), sup and change(sup))
        case Fraction(top, bottom):
            return Fraction(change(top), change(bottom))
        case Root(body):
            return Root(change(body))
        case Accent(mark, body):
            return Accent(mark, change(body))
        case Below(body, note):
            return Below(change(body), change(note))
        case Boxed(body):
            return Boxed(change(body))
        case Grid(kind, rows):
            return Grid(kind, tuple(tuple(change(c) for c in r) for r in rows))
    return item


def marks(row: Row) -> Iterator[Mark]:
    """Every mark, outer ones first."""
    for item in row:
        if isinstance(item, Mark):
            yield item
        for part in parts(item):
            yield from marks(part)


def parts(item: Item) -> Iterator[Row]:
    """The rows inside an item."""
    match item:
        case Script(base, sub, sup):
            yield from ((base,), sub or (), sup or ())
        case Fraction(top, bottom):
            yield from (top, bottom)
        case Root(body) | Accent(_, body) | Boxed(body) | Group(body) | Mark(_, _, body):
            yield body
        case Below(body, note):
            yield from (body, note)
        case Grid(_, rows):
            for cells in rows:
                yield from cells


def shown(row: Row) -> str:
    """A row as one line of text, for messages."""
    return "".join(map(_shown, row))


def _shown(item: Item) -> str:
    match item:
        case Token("gap", _):
            return "   "
        case Token(_, text):
            return text
        case Script(base, sub, sup):
            low = f"_{{{shown(sub)}}}" if sub else ""
            return _shown(base) + (f"^{{{shown(sup)}}}" if sup else "") + low
        case Fraction(top, bottom):
            return f"({shown(top)})/({shown(bottom)})"
        case Root(body):
            return f"√({shown(body)})"
        case Accent(mark, body):
            return f"{mark}({shown(body)})"
        case Grid(_, rows):
            return "[" + "; ".join(", ".join(map(shown, r)) for r in rows) + "]"
        case Boxed(body):
            return f"⟦{shown(body)}⟧"
        case Below(body, _) | Group(body) | Mark(_, _, body):
            return shown(body)
    return "?"
