"""A row cut into pieces: the formulas of a line, the sides of a relation, what commas part."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Boxed, Item, Row, Script, Token

RELATIONS = frozenset("=≈←→≤≥<>≠⇒≡:∈")


def words(text: str) -> frozenset[str]:
    """Words as a set."""
    return frozenset(text.split())


def bare(item: Item) -> Item:
    return item.base if isinstance(item, Script) else item


def parted(row: Row) -> list[Row]:
    """The formulas of a line that stand side by side, without the commas between them."""
    parts: list[list[Item]] = [[]]
    depth = 0
    for item in row:
        depth += nesting(item)
        if (isinstance(item, Token) and (item.kind in ("gap", "text") or item.text == "with")) or (
            isinstance(item, Token) and item.text == ";" and not depth
        ):
            parts.append([])
        else:
            parts[-1].append(item)
    return [_unframed(p) for p in map(trimmed, parts) if p]


def _unframed(part: Row) -> Row:
    """A relation that is framed as a whole."""
    if len(part) == 1 and isinstance(part[0], Boxed) and split(part[0].body)[1]:
        return part[0].body
    return part


def trimmed(row: Sequence[Item]) -> Row:
    part = list(row)
    while (
        part and isinstance(part[-1], Token) and (part[-1].text in ",." or part[-1].kind == "thin")
    ):
        part = part[:-1]
    while part and isinstance(part[0], Token) and part[0].kind == "thin":
        part = part[1:]
    return tuple(part)


def nesting(item: Item) -> int:
    bare = item.base if isinstance(item, Script) else item
    if not isinstance(bare, Token):
        return 0
    return (bare.kind == "open") - (bare.kind == "close")


def split(row: Row) -> tuple[list[Row], list[str]]:
    """The sides of a relation, and the signs between them, outside of all brackets."""
    sides: list[list[Item]] = [[]]
    signs: list[str] = []
    depth = 0
    for item in row:
        depth += nesting(item)
        if isinstance(item, Token) and item.kind == "sign" and item.text in RELATIONS and not depth:
            signs.append(item.text)
            sides.append([])
        else:
            sides[-1].append(item)
    return [tuple(s) for s in sides], signs


def wrapped(row: Sequence[Item]) -> bool:
    """Do the first and the last bracket belong together?"""
    if len(row) < 2 or not isinstance(row[0], Token) or row[0].text != "(":
        return False
    depth = 0
    for k, item in enumerate(row):
        depth += nesting(item)
        if not depth:
            return k == len(row) - 1 and isinstance(item, Token)
    return False


def divided(row: Row, words: Sequence[str]) -> list[Row]:
    pieces: list[list[Item]] = [[]]
    depth = 0
    for item in row:
        depth += nesting(item)
        if isinstance(item, Token) and item.text.strip() in words and not depth \
                and item.kind in ("word", "text", "sign"):  # fmt: skip
            pieces.append([])
        else:
            pieces[-1].append(item)
    return [tuple(p) for p in pieces]


def differential(item: Item) -> bool:
    bare = item.base if isinstance(item, Script) else item
    return isinstance(bare, Token) and (
        bare.text == "∂" or (bare.text == "d" and bare.kind == "letter")
    )
