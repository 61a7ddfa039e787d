"""What a formula may be made of, for its reader and every printer.

Its signs are one table, ``symbols.yaml``; its commands with arguments stand below by what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .nodes import Accent, Classed, Command, Faced, Modulo, Padded, Sign

_RAW: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("symbols.yaml").read_text("utf-8"))
_INTEGRALS = set("∫∬∭∮")  # their bounds stand beside them


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = text.split()
    return zip(words[::2], words[1::2], strict=True)


def _signs(section: str, lead: str) -> Iterator[Sign]:
    for heading, pairs in _RAW[section].items():
        face, kind = heading.split()
        for name, shown in _pairs(pairs):
            yield Sign(lead + name, shown, face, kind, kind == "op" and shown not in _INTEGRALS)


def _functions() -> Iterator[Sign]:
    for name in _RAW["functions"].split():
        yield Sign(f"\\{name}", name, "roman", "op")
    for name, shown in _RAW["limits"].items():
        yield Sign(f"\\{name}", shown, "roman", "op", limits=True)


# what is read -> the sign it is
SIGNS = {
    sign.source: sign
    for sign in (*_signs("commands", "\\"), *_functions(), *_signs("characters", ""))
}
SPACES: dict[str, float] = {f"\\{name}": mu for name, mu in _RAW["spaces"].items()} | {"~": 6}
# characters beyond ASCII -> how they are written in TeX
TYPED = {s.text: s.source for s in reversed(SIGNS.values()) if not s.text.isascii()}
TYPED |= dict(_pairs(_RAW["typed"]))
NO_FENCE = Sign(".", "", "roman")
_ANGLES = {
    "<": Sign("<", "⟨", "symbol", "open"), ">": Sign(">", "⟩", "symbol", "close"), ".": NO_FENCE,
}  # fmt: skip
# beside what opens and closes
_FENCES = {r"\vert", r"\Vert", r"\|", "|", "/", r"\backslash", "."}
_NEGATED = dict(zip("=∈≡⊂⊆<>∼≈", "≠∉≢⊄⊈≮≯≁≉", strict=True))
_ARROWS = set("↑↓↕⇑⇓⇕")


def letter(c: str) -> Sign:
    """The sign of a character that is in no table."""
    return SIGNS.get(c) or Sign(c, c, "italic" if c.isalpha() else "roman")


def negated(text: str) -> str:
    """A sign that is struck through; of a whole row nothing is."""
    return _NEGATED.get(text) or (text and text + "\u0338")


def fence(token: str) -> Sign | None:
    """The fence that a token is after ``\\left`` or ``\\big``, or None."""
    sign = _ANGLES.get(token) or SIGNS.get(token)
    if sign is None or token in ("!", "?"):
        return None
    grows = sign.kind in ("open", "close") or sign.text in _ARROWS or token in _FENCES
    return sign if grows else None


# -- commands with arguments ----------------------------------------------------------------------

COUNTED = {"cgf", "cgc", "cgat"}  # marks whose key is a number
KEYED = ("cgf", "cgc", "cgr", "cgn", "cgat")  # marks that have a key
MARKS = (*KEYED, "cghl", "cgblank")
ENVIRONMENTS = ("matrix", "bmatrix", "pmatrix", "vmatrix", "Vmatrix", "Bmatrix", "smallmatrix",
                "aligned", "alignedat", "array", "cases", "rcases", "gathered",
                "split")  # fmt: skip
# commands with one argument
COMMANDS: dict[str, type[Command]] = {
    name: node
    for node, names in {
        Faced: "mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak mathnormal "
        "boldsymbol bm",
        Accent: "hat widehat bar overline tilde widetilde vec dot ddot dddot ddddot check breve "
        "acute grave mathring overrightarrow overleftarrow underrightarrow underline overbrace "
        "underbrace overbracket underbracket",
        Classed: "mathrel mathbin mathop mathord mathopen mathclose mathpunct mathinner",
        Padded: "phantom hphantom vphantom smash boxed not",
        Modulo: "pmod pod mod",
    }.items()
    for name in names.split()
}
FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom")
STACKED = ("overset", "underset", "stackrel")
SIZES = {size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
STYLES = ("displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle")
# \chalkbreak: where the article's printer allows a break
SWITCHES = (*STYLES, "allowbreak", "nobreak", "mathstrut", "chalkbreak")
TEXTS = ("text", "textrm", "textbf", "textit", "textsf", "texttt", "textnormal")
