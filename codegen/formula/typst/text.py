"""Rich text as Typst: text is escaped, mathematics is read and printed as a tree."""

from __future__ import annotations

import re
import unicodedata

from ..rich import pieces
from ..tree.reader import is_formula
from .printer import math_typst, string

_ACTS = re.compile(r"[^A-Za-z0-9 ,;!?()%.\u0080-\U0010ffff]|\.(?=\.)|(?<=[.0-9])\.")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def text_typst(text: str) -> str:
    """Markup that prints ``text``: no character of it acts."""
    shown = _CONTROL.sub(" ", unicodedata.normalize("NFC", text)).replace("'", "’")
    return _ACTS.sub(lambda m: "\\" + m[0], shown)


def rich_typst(rich: str) -> str:
    """Markup of a rich text."""
    made: list[str] = []
    for piece in pieces(rich):
        if piece.kind == "math":
            made.append(formula_typst(piece.text))
        elif piece.kind == "bold":
            made.append(f"#strong[{rich_typst(piece.text)}];")
        elif piece.kind == "italic":
            made.append(f"#emph[{rich_typst(piece.text)}];")
        elif piece.kind == "code":
            made.append(code_typst(piece.text))
        else:
            made.append(text_typst(piece.text))
    return "".join(made)


def formula_typst(latex: str) -> str:
    """A formula inside text; what is not one is printed as it is written, in words."""
    return f"${math_typst(latex)}$" if is_formula(latex) else code_typst(f"${latex}$")


def code_typst(text: str) -> str:
    """A word of program text."""
    return f"#cgcodeword({string(text)});"
