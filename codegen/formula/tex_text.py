"""Rich text to LaTeX: text is escaped, mathematics is read and printed as a tree."""

from __future__ import annotations

import unicodedata

from ..notation.escape import escape
from .rich import pieces
from .tex_printer import math_tex
from .tree.reader import is_formula
from .tree.symbols import TYPED

_MATHEMATICAL = {"½": r"\tfrac12", "¼": r"\tfrac14", "°": r"{}^\circ", "ᵀ": r"{}^\top",
                 "√": r"\surd", "✗": r"\times"}  # fmt: skip
_RAISED = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7",
           "⁸": "8", "⁹": "9", "⁺": "+", "⁻": "-", "ⁿ": "n", "ˣ": "x"}  # fmt: skip
_LOWERED = {chr(0x2080 + k): str(k) for k in range(10)} | {"ᵢ": "i", "ⱼ": "j", "ₖ": "k", "ₙ": "n"}
_TEXT = {
    "•": r"\textbullet{}", "«": "<<", "»": ">>", "ª": r"\textordfeminine{}",
    "º": r"\textordmasculine{}", "§": r"\S{}", "©": r"\textcopyright{}", "¿": "?`", "¡": "!`",
    "€": r"\texteuro{}", "ð": r"\dh{}", "þ": r"\th{}", "\u2011": "-", "\u00ad": r"\-",
    "„": r"\quotedblbase{}", "‚": r"\quotesinglbase{}",
}  # fmt: skip


def text_tex(text: str) -> str:
    """LaTeX that prints ``text``: no character of it acts. Mathematical signs become formulas."""
    return "".join(_one(c) for c in unicodedata.normalize("NFC", text))


def _one(c: str) -> str:
    if c in _RAISED:
        return f"\\textsuperscript{{{_RAISED[c]}}}"
    if c in _LOWERED:
        return f"\\textsubscript{{{_LOWERED[c]}}}"
    made = _TEXT.get(c) or escape(c)
    sign = _MATHEMATICAL.get(c) or TYPED.get(c)
    # what no Latin font has is a sign of a formula, or its code point
    return f"${sign}$" if sign and made.startswith(r"\texttt{U+") else made


def rich_tex(rich: str) -> str:
    """LaTeX of a rich text."""
    made: list[str] = []
    for piece in pieces(rich):
        if piece.kind == "math":
            made.append(formula_tex(piece.text))
        elif piece.kind == "bold":
            made.append(f"\\textbf{{{rich_tex(piece.text)}}}")
        elif piece.kind == "italic":
            made.append(f"\\textit{{{rich_tex(piece.text)}}}")
        elif piece.kind == "code":
            made.append(f"\\texttt{{{code_tex(piece.text)}}}")
        else:
            made.append(text_tex(piece.text))
    return "".join(made)


def formula_tex(latex: str) -> str:
    """A formula inside text; what is not one is printed as it is written, in words."""
    if is_formula(latex):
        return f"${math_tex(latex)}$"
    return f"\\texttt{{{code_tex('$' + latex + '$')}}}"


def code_tex(text: str) -> str:
    """A word of program text; ligatures (``--``, ``<<``) are kept apart."""
    made = "".join(_one(c) + ("{}" if c in "-<>,'`\"?!" else "") for c in text)
    return made.replace(r"\_", r"\_\allowbreak{}").replace("'{}", r"\textquotesingle{}")
