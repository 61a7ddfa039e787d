"""The signs of a formula in Typst: escaped where they would act, classed where Typst's own class
is another than TeX's, and the names of its spaces, faces and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ..tree import nodes as t

CLASSES = {
    "ord": "normal", "op": "large", "bin": "binary", "rel": "relation", "open": "opening",
    "close": "closing", "punct": "punctuation", "inner": "normal",
}  # fmt: skip
# what TeX and Typst (by Unicode's table) take for different things
_OTHERWISE = set("△†‡▸▲▼◂▽◊⧫★|‖\\◯⊲⊳⊴⊵⊥:!?")
_SPACES = {3.0: "thin", 4.0: "med", 5.0: "thick", 18.0: "quad", 36.0: "wide"}
FACES = {
    "mathrm": ("upright",), "mathbf": ("upright", "bold"), "mathit": ("italic",),
    "mathsf": ("sans",), "mathtt": ("mono",), "mathcal": ("cal",), "mathbb": ("bb",),
    "mathfrak": ("frak",), "mathnormal": ("italic",), "boldsymbol": ("bold",), "bm": ("bold",),
}  # fmt: skip
ACCENTS = {
    "widehat": "hat", "bar": "macron", "widetilde": "tilde", "vec": "arrow", "ddot": "dot.double",
    "dddot": "dot.triple", "ddddot": "dot.quad", "check": "caron", "mathring": "circle",
    "overrightarrow": "arrow", "overleftarrow": "arrow.l", "underrightarrow": "cgunderarrow",
}  # fmt: skip
_GROWING = set("‖⟨⟩⌊⌋⌈⌉⟮⟯")  # in pairs, as parentheses do, which ours must not


def sign(n: t.Sign) -> str:
    """A letter, an operator, a fence or the name of a function."""
    if n.kind == "op" and n.face == "roman":
        # Typst has the functions of one word under the same name
        return f'op("{n.text}", limits: #true)' if " " in n.text else n.text
    if len(n.text) > 1:  # a sign and what strikes it through, or a word
        return classed(n.kind, f'"{n.text}"')
    return classed(n.kind, escaped(n.text)) if n.text in _OTHERWISE else escaped(n.text)


def classed(kind: str, inside: str) -> str:
    return f'class("{CLASSES[kind]}", {inside})'


def escaped(text: str) -> str:
    """One character that stands for itself."""
    acts = text.isascii() and not text.isalnum() and text not in ("+", "=", "")
    return f"\\{text}" if acts or text in _GROWING else text


def space(mu: float) -> str:
    return _SPACES.get(mu) or f"#h({mu / 18:.3f}em)"


def glued(tokens: Iterable[str]) -> str:
    """Tokens side by side; only letters and digits are kept apart, for a space beside a string
    would be seen."""
    made: list[str] = []
    for token in tokens:
        if token and made and _continues(made[-1][-1]) and _continues(token[0]):
            made.append(" ")
        if token:
            made.append(token)
    return "".join(made)


def _continues(c: str) -> bool:
    """Could a character be part of a name?"""
    return c.isalnum() or unicodedata.category(c)[0] == "M"
