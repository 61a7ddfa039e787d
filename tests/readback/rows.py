"""A row cut into pieces: the formulas of a line, the sides of a relation, what commas part."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Boxed, Item, Row, Script, Token, shown

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
        if not depth and isinstance(item, Token) and _parts(item):
            parts.append([])
        else:
            parts[-1].append(item)
    return [_unframed(p) for p in map(trimmed, parts) if p]


def _parts(token: Token) -> bool:
    return token.kind in ("gap", "text") or token.text in ("with", ";")


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


def counted(part: Row) -> dict[str, int]:
    """How many values letters have, where a part says nothing else: p, q = 0, 1 or n_p = 2."""
    sides, signs = split(part)
    if not signs or set(signs) != {"="}:
        return {}
    *named, last = sides
    numbers = [int(t.text) for t in last if isinstance(t, Token) and t.text.isdecimal()]
    rest = [
        t for t in last if not isinstance(t, Token) or not (t.text.isdecimal() or t.text in ",…⋯")
    ]
    if rest or not numbers:
        return {}
    if len(numbers) == 1:
        sized = [_sized(side) for side in named]
        return {letter: numbers[0] for letter in sized if letter} if all(sized) else {}
    letters = [t for side in named for t in side if not isinstance(t, Token) or t.text != ","]
    if len(named) > 1 or not all(isinstance(t, Token) and t.kind == "letter" for t in letters):
        return {}
    return {shown((t,)): numbers[-1] - numbers[0] + 1 for t in letters}


def _sized(side: Row) -> str:
    """The letter k of n_k."""
    only = side[0] if len(side) == 1 else None
    if not isinstance(only, Script) or only.base != Token("letter", "n") or only.sup:
        return ""
    return shown(only.sub or ())
