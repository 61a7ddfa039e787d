"""A symbol for the terminal: ``\\mathbf{W}^{(1)}`` as W⁽¹⁾."""

from __future__ import annotations

import re
import unicodedata

from ..formula.tree import nodes as t
from ..formula.tree.reader import formula
from ..formula.tree.symbols import SIGNS

# a terminal has one form of these letters, and signs of its own width
_SHAPES = str.maketrans("ϵϕϑϱ∗⋅", "εφθρ*·")
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
            "bar": "\u0304", "overline": "\u0304", "vec": "\u20d7", "dot": "\u0307",
            "ddot": "\u0308"}  # fmt: skip
_SCRIPT = {"L": "ℒ", "J": "𝒥", "E": "ℰ", "C": "𝒞"}
RAISED = str.maketrans("0123456789()+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻")
_LOW = str.maketrans("0123456789()+-", "₀₁₂₃₄₅₆₇₈₉₍₎₊₋")
_SMALL = re.compile(r"[0-9()+\-]+\Z")
# name of a letter -> the letter
GREEK = {s.source[1:]: s.text.translate(_SHAPES) for s in SIGNS.values()
         if s.source[0] == "\\" and "GREEK" in unicodedata.name(s.text[0])
         and not s.source.startswith((r"\var", r"\digamma"))}  # fmt: skip


def plain_text(tex: str) -> str:
    """The plain form of a symbol's LaTeX; what has no small form stands behind ^ or _."""
    return unicodedata.normalize("NFC", _plain(formula(tex)))


def _plain(node: t.Node) -> str:
    match node:
        case t.Row():
            return "".join(map(_plain, node.items))
        case t.Blank():
            return " "
        case t.Sign(source=source, text=text):
            return text.translate(_SHAPES) if source[0] == "\\" else source
        case t.Number(text=text):
            return text.replace("{,}", ",")
        case t.Scripts():
            return _plain(node.base) + "".join(_script(m, _plain(s)) for m, s in node.marks)
        case t.Faced(command="mathcal"):
            return "".join(_SCRIPT.get(c, c) for c in _plain(node.body))
        case t.Command(command=command):
            return _plain(node.body) + _ACCENTS.get(command, "")
    return t.words_of(node)


def _script(mark: str, inside: str) -> str:
    small = {"^": RAISED, "_": _LOW}.get(mark)
    if small is None or (mark == "^" and inside.startswith("[")):
        return inside
    return inside.translate(small) if _SMALL.match(inside) else mark + inside
