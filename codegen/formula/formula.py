"""LaTeX of a label as a tree: the subset of amsmath that our printers write, and no more.

The tree is what `codegen.picture.label.typeset` measures and sets for SVG; TikZ prints the LaTeX
itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[^\S\n]+|\n|.", re.S)
_PLAIN = {
    "+": ("+", "roman", "bin"), "-": ("−", "symbol", "bin"), "*": ("∗", "symbol", "bin"),
    "=": ("=", "roman", "rel"), "<": ("<", "italic", "rel"), ">": (">", "italic", "rel"),
    "(": ("(", "roman", "open"), ")": (")", "roman", "close"), "[": ("[", "roman", "open"),
    "]": ("]", "roman", "close"), ",": (",", "roman", "punct"), ";": (";", "roman", "punct"),
    ":": (":", "roman", "rel"), "!": ("!", "roman", "close"), "|": ("|", "symbol", "ord"),
    "/": ("/", "roman", "ord"), ".": (".", "roman", "ord"), "'": ("′", "symbol", "ord"),
}  # fmt: skip
_FACES = {
    "mathbf": "bold", "bm": "bolditalic", "boldsymbol": "bolditalic", "mathrm": "roman",
    "operatorname": "roman", "mathsf": "sans", "mathcal": "script", "mathit": "italic",
    "mathtt": "mono", "mathbb": "roman",
}  # fmt: skip
_WORDS = {"text": "sans", "textrm": "roman", "textbf": "sansbold", "textit": "sansitalic",
          "texttt": "mono", "textsf": "sans", "mbox": "sans"}  # fmt: skip
_FUNCTIONS = (
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "det", "dim", "exp", "lim", "ln", "log",
    "max", "min", "sgn", "sin", "sinh", "sup", "tan", "tanh",
)  # fmt: skip
_SPACES = {
    ",": 3 / 18, ":": 4 / 18, ";": 5 / 18, "!": -3 / 18, " ": 6 / 18, "quad": 1.0, "qquad": 2.0,
    "thinspace": 3 / 18, "medspace": 4 / 18, "thickspace": 5 / 18, "enspace": 0.5,
}  # fmt: skip
_ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde",
            "widetilde": "tilde", "dot": "dot", "vec": "vec", "underline": "under"}  # fmt: skip
_FENCES = {"(": "()", "[": "[]", "b": "[]", "p": "()", "v": "||"}
_SILENT = {
    "left", "right", "big", "Big", "bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
    "Biggl", "Biggr", "chalkbreak", "limits", "nolimits", "textstyle", "scriptstyle",
    "scriptscriptstyle", "mathstrut", "strut", "relax", "itshape", "ttfamily", "upshape", "mathop",
    "mathbin", "mathrel", "mathord", "nonumber",
}  # fmt: skip
MARKS = {"cgf": 2, "cgc": 2, "cgr": 2, "cgn": 2, "cgat": 2, "cghl": 1, "cgblank": 1}


@dataclass(frozen=True)
class Glyph:
    """A character, or the letters of a function's name, in one face."""

    text: str
    face: str
    kind: str = "ord"


@dataclass(frozen=True)
class Row:
    items: tuple[Node, ...]
    display: bool = False


@dataclass(frozen=True)
class Scripts:
    base: Node
    low: Node | None
    high: Node | None


@dataclass(frozen=True)
class Frac:
    over: Node
    under: Node
    display: bool = False


@dataclass(frozen=True)
class Accent:
    base: Node
    mark: str


@dataclass(frozen=True)
class Stacked:
    """Something small below and above a base; ``brace`` draws one between base and ``low``."""

    base: Node
    low: Node | None = None
    high: Node | None = None
    brace: bool = False


@dataclass(frozen=True)
class Root:
    body: Node


@dataclass(frozen=True)
class Space:
    em: float


@dataclass(frozen=True)
class Grid:
    """A matrix between ``fences`` (two characters or none)."""

    rows: tuple[tuple[Node, ...], ...]
    fences: str


@dataclass(frozen=True)
class Fenced:
    """``\\left( … \\right)``: the fences (a point: none) grow with what they hold."""

    body: Node
    fences: str


@dataclass(frozen=True)
class Marked:
    """One of our own macros around something: ``\\cgf{2}{…}`` has the kind cgf and the key 2."""

    kind: str
    key: str
    body: Node


Node = Glyph | Row | Scripts | Frac | Accent | Stacked | Root | Space | Grid | Fenced | Marked


@cache
def symbols() -> dict[str, tuple[str, str, str]]:
    """Command -> (character, face, class)."""
    raw = yaml.safe_load(Path(__file__).with_name("symbols.yaml").read_text("utf-8"))
    return {name: (row[0], row[1], row[2]) for name, row in raw.items()}


@lru_cache(maxsize=2000)
def formula(latex: str) -> Row:
    """The tree of one formula. Nothing raises: what is not known is printed as its name."""
    reader = _Reader(_TOKEN.findall(latex))
    rows = [reader.row("")]
    while reader.more():  # a stray brace or & ends a row; what follows is still printed
        reader.next()
        rows.append(reader.row(""))
    return rows[0] if len(rows) == 1 else Row(tuple(rows))


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def more(self) -> bool:
        return self.at < len(self.tokens)

    def peek(self) -> str:
        while self.more() and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.more() else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def row(self, face: str) -> Row:
        """Up to a closing brace, a column or line end of a matrix, or the end of a fence."""
        items: list[Node] = []
        display = False
        while (token := self.peek()) and token not in ("}", "&", "\\\\", "\\end", "\\right"):
            if token in ("^", "_"):
                items.append(self.scripts(items.pop() if items else Row(()), face))
                continue
            if token == "'" and items:
                items.append(self.scripts(items.pop(), face))
                continue
            made = self.one(face)
            if made is None:
                display = display or token == "\\displaystyle"
                continue
            items.append(made)
        return Row(tuple(items), display)

    def scripts(self, base: Node, face: str) -> Scripts:
        low: Node | None = None
        high: Node | None = None
        while (token := self.peek()) in ("^", "_", "'"):
            self.next()
            if token == "'":
                made: Node = Glyph("′", "symbol")
                high = made if high is None else Row((high, made))
            elif token == "^":
                made = self.argument(face)
                high = made if high is None else Row((high, made))
            else:
                low = self.argument(face)
        return Scripts(base, low, high)

    def argument(self, face: str) -> Node:
        if self.peek() == "{":
            self.next()
            made = self.row(face)
            if self.peek() == "}":
                self.next()
            return made
        return self.one(face) or Row(())

    def raw(self) -> str:
        """The text of an argument in braces, as it stands."""
        if self.peek() != "{":
            return self.next()
        self.next()
        depth, made = 1, []
        while self.more():
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == "{") - (token == "}")
            if depth == 0:
                break
            made.append(token)
        return "".join(made)

    def one(self, face: str) -> Node | None:
        token = self.next()
        if token == "{":
            self.at -= 1
            return self.argument(face)
        if token.startswith("\\") and len(token) > 1:
            return self.command(token[1:], face)
        if token == "~":
            return Space(0.33)
        if token in _PLAIN:
            char, own, kind = _PLAIN[token]
            return Glyph(char, face if face and token in "()[],.!" else own, kind)
        if token.isdigit():
            return Glyph(token, face if face not in ("", "italic", "bolditalic") else "roman")
        own = "italic" if token.isalpha() else "roman"
        return Glyph(token, face or own)

    def command(self, name: str, face: str) -> Node | None:
        if name in _FACES:
            return self.argument(_FACES[name])
        if name in _WORDS:
            return words(self.raw(), _WORDS[name])
        if name in ("frac", "tfrac", "dfrac"):
            return Frac(self.argument(face), self.argument(face), name == "dfrac")
        if name in _ACCENTS:
            return Accent(self.argument(face), _ACCENTS[name])
        if name in ("underset", "overset", "stackrel"):
            mark, base = self.argument(face), self.argument(face)
            below = name == "underset"
            return Stacked(base, mark if below else None, None if below else mark)
        if name == "underbrace":
            return self.braced(face)
        if name == "sqrt":
            return Root(self.argument(face))
        if name in _FUNCTIONS:
            return Glyph(name, "roman", "op")
        if name in _SPACES:
            return Space(_SPACES[name])
        if name in MARKS:
            key = self.raw() if MARKS[name] == 2 else ""
            return Marked(name, key, self.argument(face))
        if name == "left":
            return self.fenced(face)
        if name == "begin":
            return self.grid(self.raw(), face)
        return self.symbol(name, face)

    def braced(self, face: str) -> Stacked:
        base = self.argument(face)
        low: Node | None = None
        if self.peek() == "_":
            self.next()
            low = self.argument(face)
        return Stacked(base, low, None, brace=True)

    def symbol(self, name: str, face: str) -> Node | None:
        if name in _SILENT or name == "displaystyle":
            return None
        if name in symbols():
            char, own, kind = symbols()[name]
            strong = face in ("bold", "bolditalic") and own in ("italic", "roman")
            return Glyph(char, face if strong else own, kind)
        return Glyph(name, "roman")

    def fenced(self, face: str) -> Fenced:
        left = self.fence()
        body = self.row(face)
        if self.peek() == "\\right":
            self.next()
        return Fenced(body, left + self.fence())

    def fence(self) -> str:
        token = self.next()
        return symbols()[token[1:]][0] if token[1:] in symbols() else token[:1] or "."

    def grid(self, name: str, face: str) -> Grid:
        if name == "array":
            self.raw()
        rows: list[list[Node]] = [[self.row(face)]]
        while (token := self.next()) in ("&", "\\\\"):
            if token == "&":
                rows[-1].append(self.row(face))
            elif self.peek() != "\\end":
                rows.append([self.row(face)])
        if token == "\\end":
            self.raw()
        fences = _FENCES.get(name.removesuffix("*").removesuffix("matrix"), "")
        return Grid(tuple(map(tuple, rows)), fences)


def words(latex: str, face: str) -> Row:
    """The argument of ``\\text``: characters in a text face; escapes give what they print."""
    for command, own in (("itshape", "sansitalic"), ("ttfamily", "mono"), ("bfseries", "sansbold")):
        if latex.lstrip().startswith(f"\\{command}"):
            latex, face = latex.lstrip()[len(command) + 1 :].lstrip(), own
    text = re.sub(r"\\([A-Za-z]+)(?:\{\})?", lambda m: _NAMED.get(m[1], m[1]), latex)
    text = re.sub(r"\\(.)", r"\1", text).replace("{", "").replace("}", "").replace("~", " ")
    return Row((Glyph(text, face),))


_NAMED = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<",
    "textgreater": ">", "textbar": "|", "textquotedbl": '"', "textasciigrave": "`", "ldots": "…",
}  # fmt: skip
