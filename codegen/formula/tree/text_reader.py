"""The argument of ``\\text`` as words and formulas: escapes and accents give what they print."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ....derive.language.errors import ChalkgradError
from .characters import ACCENTS, SPECIAL
from .nodes import Row, Words

# command -> how its words look; without an argument it is said for the rest of its group
FONTS = {
    "textit": "italic", "itshape": "italic", "textbf": "bold", "bfseries": "bold",
    "texttt": "code", "ttfamily": "code", "textsf": "sans", "text": "", "textrm": "",
    "textnormal": "", "upshape": "", r"bfseries\itshape": "bold-italic",
}  # fmt: skip
# spaces of text -> the commands of their widths
TEXT_SPACES = {"\u2009": r"\,", "\u2005": r"\;", "\u2003": r"\quad"}
_NAMED = {
    tex[1:].removesuffix("{}"): c for c, tex in SPECIAL.items() if tex.startswith("\\")
} | {command[1:]: c for c, command in TEXT_SPACES.items()} | {
    " ": " ", "textquotesingle": "'", "-": "", "/": "", "!": "",
}  # fmt: skip
_MARKS = {tex: c for c, tex in ACCENTS.items()}
_TEXT = re.compile(
    r"\$(?P<math>(?:[^$\\]|\\.)*)\$|(?P<open>\{)|(?P<close>\})"
    r"|\\(?P<accent>[`'^~\"=.]|[uvHckr](?![A-Za-z]))\s*\{?\\?(?P<letter>[A-Za-z])\}?"
    r"|\\(?P<command>[A-Za-z]+|.)(?:[ ](?=[A-Za-z])|\{\})?|(?P<words>[^\\{}$%#&_^]+)|(?P<stray>.)",
    re.S,
)


def runs(source: str, read: Callable[[str], Row]) -> tuple[Words | Row, ...]:
    """What an argument of ``\\text`` says; ``read`` reads the formulas in it. Raises
    ChalkgradError for what cannot stand in text."""
    made: list[Words | Row] = []
    fonts = [""]
    wanted = ""  # the font of the braces that come next
    source = source.replace("---", "—").replace("--", "–")
    for m in _TEXT.finditer(source):
        what = m.lastgroup if m["accent"] is None else "accent"
        if what == "math":
            made.append(read(m["math"]))
        elif what == "open":
            fonts.append(wanted or fonts[-1])
            wanted = ""
        elif what == "close":
            fonts.pop()
        elif what == "accent":
            shown = unicodedata.normalize("NFC", m["letter"] + _MARKS[m["accent"]])
            _add(made, shown, fonts[-1])
        elif what == "words":
            _add(made, " ".join(re.split(r"\s+", m["words"])).replace("~", "\u00a0"), fonts[-1])
        elif m["command"] in FONTS:
            if source[m.end() : m.end() + 1] == "{":
                wanted = m["command"]
            else:
                both = f"{fonts[-1]}\\{m['command']}"
                fonts[-1] = both if both in FONTS else m["command"]
        elif m["command"] in _NAMED:
            _add(made, _NAMED[m["command"]], fonts[-1])
        elif what == "command":
            raise ChalkgradError(f"text in a formula does not know \\{m['command']}")
        else:
            raise ChalkgradError(f"'{m[0]}' stands in text", hint=f"write \\{m[0]}")
    return tuple(made)


def _add(made: list[Words | Row], text: str, font: str) -> None:
    """Words in the same font are one piece."""
    last = made[-1] if made else None
    if isinstance(last, Words) and last.font == font:
        made[-1] = Words(last.text + text, font)
    elif text:
        made.append(Words(text, font))
