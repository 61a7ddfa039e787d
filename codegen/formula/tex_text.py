"""Rich text to LaTeX: text is escaped, mathematics passes the gate of `tex_math`."""

from __future__ import annotations

import unicodedata

from ..notation.escape import escape
from .rich import pieces
from .tex_math import is_math, math_tex

_MATHEMATICAL = {
    "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow", "⇒": r"\Rightarrow",
    "⇐": r"\Leftarrow", "⇔": r"\Leftrightarrow", "↦": r"\mapsto", "≈": r"\approx",
    "≠": r"\neq", "≤": r"\leq", "≥": r"\geq", "±": r"\pm", "÷": r"\div", "⊙": r"\odot",
    "∘": r"\circ", "⊗": r"\otimes", "∈": r"\in", "∉": r"\notin", "⊂": r"\subset",
    "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "Σ": r"\Sigma",
    "∏": r"\prod", "∫": r"\int", "√": r"\surd", "∝": r"\propto", "⊤": r"\top", "⋯": r"\cdots",
    "⋮": r"\vdots", "′": r"'", "½": r"\tfrac12", "¼": r"\tfrac14", "°": r"{}^\circ",
    "✓": r"\checkmark", "✗": r"\times", "ᵀ": r"{}^\top", "ℓ": r"\ell", "∧": r"\wedge",
    "∨": r"\vee", "¬": r"\neg", "⊕": r"\oplus", "‖": r"\|", "∀": r"\forall", "∃": r"\exists",
    "∅": r"\emptyset", "≡": r"\equiv", "∼": r"\sim", "≪": r"\ll", "≫": r"\gg",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "ι": r"\iota", "κ": r"\kappa",
    "λ": r"\lambda", "μ": r"\mu", "µ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi",
    "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "υ": r"\upsilon", "φ": r"\varphi",
    "ϕ": r"\phi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi", "Φ": r"\Phi",
    "Ψ": r"\Psi", "Ω": r"\Omega",
}  # fmt: skip
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
    if c.isascii():
        return escape(c)
    if c in _MATHEMATICAL:
        return f"${_MATHEMATICAL[c]}$"
    if c in _RAISED:
        return f"\\textsuperscript{{{_RAISED[c]}}}"
    if c in _LOWERED:
        return f"\\textsubscript{{{_LOWERED[c]}}}"
    return _TEXT.get(c) or escape(c)


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
    if is_math(latex):
        return f"${math_tex(latex)}$"
    return f"\\texttt{{{code_tex('$' + latex + '$')}}}"


def code_tex(text: str) -> str:
    """A word of program text; ligatures (``--``, ``<<``) are kept apart."""
    made = "".join(_one(c) + ("{}" if c in "-<>,'`\"?!" else "") for c in text)
    return made.replace(r"\_", r"\_\allowbreak{}").replace("'{}", r"\textquotesingle{}")
