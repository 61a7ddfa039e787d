"""The letters of indices: which one follows where a name is taken."""

from __future__ import annotations

from collections.abc import Collection

from .expr import Idx

# l and o look like 1 and 0, n is the batch, d and e are a differential and a number
_ALPHABET = "ijkmpqrstuvwabcfgh"


def following(i: Idx, taken: Collection[str]) -> str:
    """The next letter for an index whose own name is taken."""
    start = 0 if is_anonymous(i) else _ALPHABET.find(i.name) + 1
    if len(i.name) == 1 or is_anonymous(i):
        for k in range(len(_ALPHABET)):
            letter = _ALPHABET[(start + k) % len(_ALPHABET)]
            if letter not in taken:
                return letter
    return next(f"{i.name}{k}" for k in range(2, 10**6) if f"{i.name}{k}" not in taken)


def is_anonymous(i: Idx) -> bool:
    """Is it named after the tensor whose unnamed axis it runs over (``x`` of axis ``x:0``)?"""
    return ":" in i.axis and i.name == i.axis.split(":")[0]
