"""The head of every Typst document: title, author, language, colours, and its library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ...deck.model import Deck, Theme
from ...formula.rich import words_of
from ...formula.typst.printer import string
from ..tex.colours import Inks, inks, mixed, picture_style

FONTS = Path(__file__).with_name("fonts")

_FOLDER = Path(__file__).parent
_LIBRARY = "".join((_FOLDER / f"{name}.typ").read_text("utf-8")
                   for name in ("basics", "lines", "blocks"))  # fmt: skip
_NAMES = re.findall(r"\b(cg\w+): \1\b", _LIBRARY)  # what it draws in the colours of a page
SANS, SERIF = '("Latin Modern Sans", "New Computer Modern")', '("New Computer Modern",)'
_SIZES = {"cgnormal": 10.95, "cgsmall": 10.0, "cgtiny": 9.0}


def head(
    deck: Deck, *, words: str, left: bool = False, blanks: bool = False, also: str = ""
) -> str:
    """What stands before the pages. ``words``: the font of text, `SANS` or `SERIF`;
    ``left``: displays stand at the left; ``blanks``: what is to be filled in is left out; ``also``:
    a further file of the library."""
    author = words_of(deck.author)
    sizes = "".join(f"#let {name} = {points}pt\n" for name, points in _SIZES.items())
    return "".join([
        f"#set document(title: {string(words_of(deck.title))}, date: none"
        f"{f', author: {string(author)}' if author else ''})\n",
        sizes,
        f"#let cgleft = {str(left).lower()}\n#let cgblanks = {str(blanks).lower()}\n",
        f"#let cgpaper = {colours(deck.theme)}\n#let cgchalk = {colours(deck.theme, board=True)}\n",
        f"#let cgwords = {words}\n", _LIBRARY,
        (_FOLDER / f"{also}.typ").read_text("utf-8") if also else "",
        _lets(_NAMES, "cgpaper"),
        f"#set text(font: cgwords, size: cgnormal, lang: {string(deck.language[:2].lower())}, "
        "hyphenate: false, top-edge: .87em, bottom-edge: -.37em, fill: cgpaper.ink)\n",
        "#set par(leading: 0pt, spacing: 0pt, justify: false)\n#set block(spacing: 0pt)\n"
        "#set smartquote(enabled: false)\n"
        "#show math.equation: set text(font: cgmaths, weight: 400)\n",
    ])  # fmt: skip


def chalked(text: str) -> str:
    """Expressions that are drawn in the colours of a board."""
    return f"{{\n{_lets([n for n in _NAMES if f'{n}(' in text], 'cgchalk', '')}{text}\n}}"


def _lets(names: Iterable[str], look: str, sign: str = "#") -> str:
    return f"{sign}let ({', '.join(names)}) = cglibrary({look})\n"


def colours(theme: Theme, *, board: bool = False) -> str:
    """The colours of pages as a dictionary of Typst."""
    found = inks(theme, board=board)
    named: dict[str, str] = {
        "paper": found.paper, "ink": found.ink, "main": found.main, "grey": found.grey,
        "high": found.high, "soft": found.soft, "right": found.right, "wrong": found.wrong,
        "bar": found.bar, "bartext": found.bar_text, "rule": _rule(found),
    }  # fmt: skip
    factors = "".join(
        f"(line: {_rgb(f.stroke)}, tint: {_rgb(f.tint)}, text: {_rgb(f.text)}), "
        for f in picture_style(found.paper).factors
    )
    pairs = ", ".join(f"{name}: {_rgb(colour)}" for name, colour in named.items())
    return f"({pairs}, factors: ({factors}))"


def _rule(found: Inks) -> str:
    return mixed(found.main, found.paper, 0.55)


def _rgb(colour: str) -> str:
    return f'rgb("{colour}")'
