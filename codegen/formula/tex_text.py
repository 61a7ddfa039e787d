"""Rich text to LaTeX: text is escaped, mathematics is read and printed as a tree."""

from __future__ import annotations

import unicodedata

from ..notation.escape import accented, escape
from .rich import pieces
from .tex_printer import math_tex
from .tree.reader import is_formula
from .tree.symbols import TYPED

_MATHEMATICAL = {"½": r"\tfrac12", "¼": r"\tfrac14", "°": r"{}^\circ", "ᵀ": r"{}^\top",
                 "√": r"\surd", "✗": r"\times"}  # fmt: skip
_SCRIPTS = {"<super>": "textsuperscript", "<sub>": "textsubscript"}
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
    if accented(c):
        return c  # as people write it: TeX reads UTF-8
    made = _TEXT.get(c) or escape(c)
    if not made.startswith(r"\texttt{U+"):
        return made
    # what no Latin font has is a sign of a formula, a raised or lowered letter, or its code point
    if sign := _MATHEMATICAL.get(c) or TYPED.get(c):
        return f"${sign}$"
    kind, *codes = unicodedata.decomposition(c).split() or [""]
    letters = "".join(chr(int(code, 16)) for code in codes)
    return f"\\{_SCRIPTS[kind]}{{{escape(letters)}}}" if kind in _SCRIPTS else made


def pdf_facts(title: str, author: str, language: str, *, hyperref: bool = False) -> str:
    """TeX by which pdflatex writes title, author and language into the file: as the codes of their
    letters, so that none acts. ``hyperref``, which beamer loads, writes them itself."""
    if hyperref:
        said = (("title", _codes(title)), ("author", _codes(author)), ("lang", language))
        made = "".join(rf"\edef\@pdf{name}{{{text}}}" for name, text in said)
        return rf"\makeatletter{made}\makeatother"
    return (
        rf"\ifdefined\pdfinfo\pdfinfo{{/Title({_codes(title)})/Author({_codes(author)})}}"
        rf"\pdfcatalog{{/Lang({language})}}\fi"
    )


def _codes(text: str) -> str:
    """A text of PDF: its bytes in UTF-16, which their mark begins."""
    coded = b"\xfe\xff" + text.encode("utf-16-be", "replace")
    return "".join(rf"\string\{byte:03o}" for byte in coded)


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
