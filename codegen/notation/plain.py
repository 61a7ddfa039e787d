"""A symbol for the terminal: ``\\mathbf{W}^{(1)}`` as W⁽¹⁾."""

from __future__ import annotations

import re
import unicodedata

_WORDS = [
    "alpha", "α", "beta", "β", "gamma", "γ", "delta", "δ", "epsilon", "ε", "zeta", "ζ", "eta",
    "η", "theta", "θ", "iota", "ι", "kappa", "κ", "lambda", "λ", "mu", "μ", "nu", "ν", "xi", "ξ",
    "pi", "π", "rho", "ρ", "sigma", "σ", "tau", "τ", "upsilon", "υ", "phi", "φ", "chi", "χ",
    "psi", "ψ", "omega", "ω", "Gamma", "Γ", "Delta", "Δ", "Theta", "Θ", "Lambda", "Λ", "Xi", "Ξ",
    "Pi", "Π", "Sigma", "Σ", "Upsilon", "Υ", "Phi", "Φ", "Psi", "Ψ", "Omega", "Ω",
]  # fmt: skip
GREEK = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
_SIGNS = GREEK | {
    "ell": "ℓ", "partial": "∂", "nabla": "∇", "times": "×", "cdot": "·", "odot": "⊙", "ast": "*",
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ", "varsigma": "ς", "prime": "′",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
            "bar": "\u0304", "overline": "\u0304", "vec": "\u20d7", "dot": "\u0307",
            "ddot": "\u0308"}  # fmt: skip
_SCRIPT = {"L": "ℒ", "J": "𝒥", "E": "ℰ", "C": "𝒞"}
RAISED = str.maketrans("0123456789()+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻")
_LOW = str.maketrans("0123456789()+-", "₀₁₂₃₄₅₆₇₈₉₍₎₊₋")
_SMALL = re.compile(r"[0-9()+\-]+\Z")
_GROUP = r"(?:\{([^{}]*)\}|([A-Za-z0-9]))"


def plain_text(tex: str) -> str:
    """The plain form of a symbol's LaTeX; what has no small form stands behind ^ or _."""
    made = tex.replace(r"\_", "_")
    made = re.sub(r"\\([A-Za-z]+)(?![A-Za-z{])", lambda m: _SIGNS.get(m[1], m[1]), made)
    for _ in range(6):  # from the inside out
        last = made
        made = re.sub(r"\\([A-Za-z]+)\{([^{}]*)\}", _command, made)
        made = re.sub(r"\^" + _GROUP, lambda m: _raised(m[1] or m[2] or ""), made)
        made = re.sub(r"_" + _GROUP, lambda m: _lowered(m[1] or m[2] or ""), made)
        if made == last:
            break
    made = re.sub(r"\\[,;:!]|[{}\\]", "", made).replace("\x01", "^").replace("\x02", "_")
    return unicodedata.normalize("NFC", made)


def _command(m: re.Match[str]) -> str:
    name, inside = m[1], m[2]
    if name == "mathcal":
        return "".join(_SCRIPT.get(c, c) for c in inside)
    return inside + _ACCENTS.get(name, "")


def _raised(inside: str) -> str:
    if inside.startswith("["):
        return inside
    return inside.translate(RAISED) if _SMALL.match(inside) else f"\x01{inside}"


def _lowered(inside: str) -> str:
    return inside.translate(_LOW) if _SMALL.match(inside) else f"\x02{inside}"
