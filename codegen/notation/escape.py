"""Text to LaTeX that is only text: the one gate through which a name or a title reaches TeX."""

from __future__ import annotations

import unicodedata

from ..formula.tree.characters import ACCENTS, SPECIAL


def escape(text: str) -> str:
    """LaTeX for the characters of ``text``; no character of it acts. One line comes out.

    Letters with the usual accents become commands, control characters spaces, and what a Latin
    font does not have is written as its code point.
    """
    return "".join(_one(c) for c in unicodedata.normalize("NFC", text))


def accented(c: str) -> bool:
    """A Latin letter with one of the usual accents."""
    parts = unicodedata.normalize("NFD", c)
    return len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in ACCENTS


def _one(c: str) -> str:
    if c in SPECIAL:
        return SPECIAL[c]
    if c.isascii():
        return c if c.isprintable() else " "
    if accented(c):
        parts = unicodedata.normalize("NFD", c)
        return rf"\{ACCENTS[parts[1]]}{{{parts[0]}}}"
    if c.isspace():
        return " "
    return rf"\texttt{{U+{ord(c):04X}}}"
