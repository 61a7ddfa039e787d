"""Names of the code taken apart: letters, layer, subscript; and their letters in LaTeX."""

from __future__ import annotations

import re

from .escape import escape
from .plain import GREEK

# Wq, Wxh, bq: a letter and what it belongs to; bet and Cov are words and stay whole
_LETTER_AND_MARK = re.compile(r"W[a-z]{1,2}|[A-Zb][a-z]")
# y0b: the second of the layers without weights after layer 0
_NAME = re.compile(r"(?:([A-Za-z])(\d+)([a-z])|([A-Za-z]+?)(\d*))((?:_[A-Za-z0-9]+)*)\Z")


def split_name(name: str) -> tuple[str, str, str]:
    """Letter(s), layer number and subscript of a name such as ``W0``, ``Wq0`` and ``h_in``."""
    found = _NAME.match(name)
    if found is None:
        return name, "", ""
    letter, place, mark, stem, layer, tail = found.groups(default="")
    parts = [p for p in (mark, *tail.split("_")) if p]
    stem, layer = letter or stem, place or layer
    if not layer and parts:  # gamma_1: the number at the very end counts the layer too
        last = re.fullmatch(r"([A-Za-z]*?)(\d+)", parts[-1])
        if last is not None and not last[1]:
            layer, parts = last[2], parts[:-1]
    if stem not in GREEK and _LETTER_AND_MARK.fullmatch(stem):
        stem, parts = stem[0], [stem[1:], *parts]
    return stem, layer, " ".join(parts)


WORD = r"\text{\itshape "
_BOLD_WORD = {"upright": r"\text{\bfseries ", "italic": r"\text{\bfseries\itshape "}


def bold_word(tex: str, bold: str) -> str | None:
    """A name in words (`letter_tex`) as a whole tensor's is written; None of a letter. (``\\bm``
    makes mathematics bold, no words.)"""
    return _BOLD_WORD[bold] + tex.removeprefix(WORD) if tex.startswith(WORD) else None


def letter_tex(stem: str) -> tuple[str, str]:
    """LaTeX and plain text of the letters of a name."""
    if stem in GREEK:
        return rf"\{stem}", GREEK[stem]
    if len(stem) == 1 and stem.isascii() and stem.isalpha():
        return stem, stem
    return f"{WORD}{escape(stem)}}}", stem


def index_tex(letter: str) -> str:
    """An index letter: ``i``, ``i'``, ``i1``, ``n_x`` and names such as ``row``."""
    found = re.fullmatch(r"([A-Za-z]+)(?:(\d*)|_([A-Za-z]+|\d+))('*)", letter)
    if found is None:
        return rf"\text{{\itshape {escape(letter)}}}"
    stem, number, word, primes = found.groups()
    tex = letter_tex(stem)[0]
    below = letter_tex(word)[0] if word and word.isalpha() else word or number
    return tex + (f"_{{{below}}}" if below else "") + primes
