"""LaTeX source of a formula as tokens, with the place of each, and text mode as plain text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ....derive.language.errors import ChalkgradError

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>(?<!\\)%[^\n]*)|\\(?P<cmd>[A-Za-z]+\*?|.)"
    r"|(?P<number>\d+(?:(?:\.|\{,\})\d+)?|\.\d+)|(?P<char>.)",
    re.S,
)
_SHAPES = {"{": "{", "}": "}", "^": "^", "_": "_", "&": "&", "'": "'"}


@dataclass(frozen=True)
class Token:
    """``kind``: cmd, number, char, space, or one of ``{ } ^ _ & '``."""

    kind: str
    text: str
    start: int
    end: int


def tokens(source: str) -> list[Token]:
    """The tokens of a formula; comments are gone. Every character ends up in some token."""
    made: list[Token] = []
    for m in _TOKEN.finditer(source):
        kind = m.lastgroup
        if kind is None or kind == "comment":
            continue
        text = m[kind]
        if kind == "char" and text in _SHAPES:
            kind = _SHAPES[text]
        if kind == "cmd" and text.endswith("*") and text not in _STARRED:
            made.append(Token("cmd", text[:-1], m.start(), m.end() - 1))
            made.append(Token("char", "*", m.end() - 1, m.end()))
            continue
        made.append(Token(kind, text, m.start(), m.end()))
    return made


_STARRED = {"operatorname*", "hspace*", "tag*"}

_NAMED = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<",
    "textgreater": ">", "textbar": "|", "textquotedbl": '"', "textasciigrave": "`",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textbullet": "•",
    "textquotedblright": "”", "ldots": "…", "dots": "…", "textellipsis": "…", "ss": "ß", "o": "ø",
    "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "i": "ı", "j": "ȷ",
    "aa": "å", "AA": "Å", ",": "\u2009", ";": "\u2005", ":": "\u2005", " ": " ", "quad": "\u2003",
    "qquad": "\u2003\u2003", "-": "\u00ad", "/": "", "!": "", "%": "%", "$": "$", "&": "&",
    "#": "#", "_": "_", "{": "{", "}": "}", "allowbreak": "", "textendash": "–",
    "textemdash": "—", "copyright": "©", "textdegree": "°", "S": "§", "space": " ",
    "textunderscore": "_",
}  # fmt: skip
_ACCENT = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328",
    "r": "\u030a",
}  # fmt: skip
_FONTS = {
    "textit": "italic", "textsl": "italic", "emph": "italic", "itshape": "italic",
    "textbf": "bold", "bfseries": "bold", "texttt": "code", "ttfamily": "code", "textsf": "sans",
    "textrm": "", "textnormal": "", "textup": "", "rmfamily": "", "normalfont": "", "mbox": "",
    "text": "", "upshape": "", "sffamily": "sans", "small": "", "footnotesize": "", "tiny": "",
    "scriptsize": "", "mathrm": "",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Text in one font (``italic``, ``bold``, ``code``, ``sans`` or none), or ``math``: LaTeX."""

    text: str
    font: str = ""
    math: bool = False


def runs(source: str) -> list[Run]:
    """What an argument of ``\\text`` says. Raises ChalkgradError for an unknown command."""
    made: list[Run] = []
    fonts = [""]
    wanted = ""  # a command whose braces come next: a font's name or an accent
    place = 0
    source = source.replace("---", "—").replace("--", "–")
    while place < len(source):
        m = _TEXT.match(source, place)
        assert m is not None
        place = m.end()
        if m["math"] is not None:
            made.append(Run(m["math"], math=True))
        elif m["open"]:
            fonts.append(wanted or fonts[-1])
            wanted = ""
        elif m["close"]:
            if len(fonts) > 1:
                fonts.pop()
        elif m["accent"]:
            made.append(Run(_accented(m["accent"], m["letter"]), fonts[-1]))
        elif m["cmd"] is not None:
            name = m["cmd"]
            if name in _NAMED:
                made.append(Run(_NAMED[name], fonts[-1]))
            elif name in _FONTS:
                if source[place : place + 1] == "{":
                    wanted = _FONTS[name] or fonts[-1]
                else:
                    fonts[-1] = _FONTS[name]
            else:
                raise ChalkgradError(f"the page does not know \\{name} in text")
        else:
            made.append(Run(m["text"].replace("~", "\u00a0"), fonts[-1]))
    return _joined(made)


_TEXT = re.compile(
    r"\$(?P<math>(?:[^$\\]|\\.)*)\$|(?P<open>\{)|(?P<close>\})"
    r"|\\(?P<accent>[`'^~\"=.]|[uvHckr](?![A-Za-z]))\s*\{?\\?(?P<letter>[A-Za-z])\}?"
    r"|\\(?P<cmd>[A-Za-z]+|.)(?:[ ](?=[A-Za-z])|\{\})?|(?P<text>[^\\{}$]+|.)",
    re.S,
)


def plain(source: str) -> str:
    """The words of a text argument without fonts; formulas in it stay LaTeX."""
    return "".join(r.text for r in runs(source))


def _accented(accent: str, letter: str) -> str:
    return unicodedata.normalize("NFC", letter + _ACCENT[accent])


def _joined(made: list[Run]) -> list[Run]:
    out: list[Run] = []
    for r in made:
        if out and not r.math and not out[-1].math and out[-1].font == r.font:
            out[-1] = Run(out[-1].text + r.text, r.font)
        elif r.text:
            out.append(r)
    return out
