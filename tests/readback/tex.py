"""TeX to layout: a tokenizer and a parser for the mathematics that chalkgrad prints, and no more.

An unknown command is not skipped: a reader who does not know it cannot vouch for the line.
"""

from __future__ import annotations

import re

from .layout import (
    HOLE,
    Accent,
    Below,
    Boxed,
    Fraction,
    Grid,
    Group,
    Item,
    Mark,
    Root,
    Row,
    Script,
    Token,
    UnreadableError,
)
from .rows import words

_TOKEN = re.compile(
    r"\\([A-Za-z@]+\*?|.)|([{}^_&'])|(\d+(?:(?:\.|\{,\})\d+)?)|(<i>)|(\s+)|(.)", re.S
)

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma "
    "tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "varepsilon vartheta varphi varrho varsigma ell partial nabla hbar "
)
GREEK = dict(zip(_GREEK.split(), "αβγδϵζηθικλμνξπρστυϕχψωΓΔΘΛΞΠΣΥΦΨΩεϑφϱςℓ∂∇ℏ", strict=True))
SIGNS = {
    "times": "×", "cdot": "·", "odot": "⊙", "ast": "*", "star": "⋆", "circ": "∘", "bullet": "∙",
    "otimes": "⊗", "oplus": "⊕", "oslash": "⊘", "approx": "≈",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "leftarrow": "←", "to": "→", "rightarrow": "→", "top": "⊤", "in": "∈",
    "intercal": "⊺", "infty": "∞", "prime": "′", "sum": "∑", "prod": "∏", "dots": "…",
    "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "ldots": "…", "mid": "|", "land": "∧", "wedge": "∧",
    "lor": "∨", "vee": "∨", "neg": "¬", "lnot": "¬", "Vert": "‖", "lVert": "‖", "rVert": "‖",
    "|": "‖", "vert": "|", "lvert": "|", "rvert": "|", "Rightarrow": "⇒", "equiv": "≡", "div": "÷",
    "pm": "±", "propto": "∝", "checkmark": "✓", "forall": "∀", "sim": "∼", "gt": ">",
    "lt": "<", "setminus": "∖",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩",
}  # fmt: skip
_OPENING, _CLOSING = frozenset("([⌊⌈⟨"), frozenset(")]⌋⌉⟩")
FUNCTIONS = words(
    "ln log exp sin cos tan sinh cosh tanh max min lim arcsin arccos arctan sup inf det "
)
FACES = {"mathbf": "bold", "bm": "bold", "boldsymbol": "bold", "bold": "bold", "mathcal": "script",
         "mathbb": "double", "mathit": "word", "mathrm": "word", "mathsf": "word", "text": "text",
         "operatorname": "word", "textit": "word", "textbf": "word", "mbox": "text",
         "texttt": "word"}  # fmt: skip
ACCENTS = {"hat": "^", "widehat": "^", "tilde": "~", "widetilde": "~", "bar": "¯", "overline": "¯",
           "vec": "→", "dot": "˙", "ddot": "¨", "underline": "_"}  # fmt: skip
_SIZES = re.compile(r"(?:[bB]igg?|left|right)[lrm]?$")
_NOTHING = words(
    "! chalkbreak displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits "
    "ttfamily allowbreak nonumber hfill left right bigl bigr Bigl Bigr biggl biggr Biggl "
    "Biggr "
)
_WIDE = frozenset(["quad", "qquad"])
_THIN = frozenset([",", ";", ":", " ", "enspace", "enskip", "thinspace"])
_TRANSPARENT = {"cgat": 2, "cghl": 1, "cgp": 1, "cgblank": 1, "textcolor": 2, "chalkfit": 1,
                "chalklong": 1, "chalkshrink": 1, "cglabel": 1, "mathstrut": 0, "ensuremath": 1,
                "mathord": 1, "mathop": 1, "mathrel": 1}  # fmt: skip
_COMMA = re.compile(r"(?<!\\),")  # no space, which is \,
_MARKS = {"cgr": "ref", "cgn": "ref", "cgf": "colour", "cgc": "colour"}


def read(tex: str) -> Row:
    """The layout of a piece of mathematics."""
    reader = _Reader(tex)
    row = reader.row("")
    if reader.at < len(reader.tokens):
        raise UnreadableError(f"unexpected {reader.tokens[reader.at]}")
    return row


class _Reader:
    def __init__(self, tex: str) -> None:
        self.tex, self.at = tex, 0
        self.tokens: list[tuple[str, str]] = []
        self.spans: list[tuple[int, int]] = []
        for found in _TOKEN.finditer(tex):
            kind = ("", "command", "sign", "number", "hole", "space", "character")[
                found.lastindex or 0
            ]
            self.tokens.append((kind, found.group(found.lastindex or 0)))
            self.spans.append(found.span())

    # -- reading on --------------------------------------------------------------------------------

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        made = self.peek()
        self.at += 1
        return made

    def skip_spaces(self) -> None:
        while self.peek()[0] == "space":
            self.at += 1

    def argument(self) -> Row:
        """``{…}``, or the one thing that follows."""
        self.skip_spaces()
        if self.peek() == ("sign", "{"):
            self.at += 1
            row = self.row("}")
            self.need("}")
            return row
        item = self.item()
        return () if item is None else (item,)

    def raw(self) -> str:
        """The text of ``{…}``, unread."""
        self.skip_spaces()
        self.need("{")
        start, depth = self.at, 1
        while depth:
            kind, text = self.take()
            if kind == "end":
                raise UnreadableError("an open brace")
            depth += (kind == "sign") * ((text == "{") - (text == "}"))
        first = self.spans[start][0]
        return self.tex[first : self.spans[self.at - 1][0]]

    def need(self, text: str) -> None:
        found = self.take()
        if found != ("sign", text):
            raise UnreadableError(f"expected {text}, found {found[1]!r}")

    def row(self, end: str) -> Row:
        """Items up to ``end``: a closing brace, & or the end of a row of a grid."""
        made: list[Item] = []
        while True:
            kind, text = self.peek()
            if kind == "end" or (kind, text) == ("sign", "}"):
                return tuple(made)
            if end == "cell" and ((kind, text) in (("sign", "&"), ("command", "\\"))
                                  or (kind, text) == ("command", "end")):  # fmt: skip
                return tuple(made)
            if (kind, text) in (("sign", "^"), ("sign", "_"), ("sign", "'")):
                self.script(made)
                continue
            item = self.item()
            if item is not None:
                made.append(item)

    def script(self, made: list[Item]) -> None:
        """Attaches what is raised or lowered to the item before it."""
        base = made.pop() if made else Group(())
        sub, sup = (base.sub, base.sup) if isinstance(base, Script) else (None, None)
        base = base.base if isinstance(base, Script) else base
        _, sign = self.take()
        if sign == "'":
            sup = (sup or ()) + (Token("sign", "′"),)
        elif sign == "^":
            sup = (sup or ()) + self.argument()
        else:
            sub = (sub or ()) + self.argument()
        made.append(Script(base, sub, sup))

    # -- one item ----------------------------------------------------------------------------------

    def item(self) -> Item | None:
        kind, text = self.take()
        if kind == "space":
            return None
        if kind == "command":
            return self.command(text)
        if kind == "number":
            return Token("number", text.replace("{,}", "."))
        if kind == "hole":
            return HOLE
        if (kind, text) == ("sign", "{"):
            row = self.row("}")
            self.need("}")
            return Group(row) if row else None
        return character(text)

    def command(self, name: str) -> Item | None:
        if name in GREEK:
            return Token("letter", GREEK[name])
        if name in _WIDE:
            return Token("gap", "")
        if name in _THIN:
            return Token("thin", "")
        if name in FACES:
            return self.faced(name)
        if name in ACCENTS:
            return Accent(ACCENTS[name], self.argument())
        if name in FUNCTIONS:
            return Token("word", name)
        if name in SIGNS:
            return character(SIGNS[name])
        if name in _NOTHING or _SIZES.match(name):
            return self.delimiter() if _SIZES.match(name) else None
        if name in _TRANSPARENT:
            for _ in range(_TRANSPARENT[name] - 1):
                self.raw()
            return Group(self.argument())
        if name in _MARKS:
            return Mark(_MARKS[name], self.raw(), self.argument())
        return self.structure(name)

    def delimiter(self) -> Item | None:
        if self.peek() == ("character", "."):  # \left. stands for nothing, as \\bigl. does
            self.at += 1
        return None

    def faced(self, name: str) -> Item | None:
        face = FACES[name]
        if face in ("word", "text"):
            raw = self.raw()
            if face == "text" and "$" in raw:
                raise UnreadableError("mathematics inside text")
            return listed(raw) if face == "word" and _COMMA.search(raw) else worded(raw, face)
        row = self.argument()
        if len(row) == 1 and isinstance(row[0], Token):
            return Token(row[0].kind, row[0].text, face)
        return Group(tuple(Token(t.kind, t.text, face) if isinstance(t, Token) else t for t in row))

    def structure(self, name: str) -> Item | None:
        match name:
            case "frac" | "tfrac" | "dfrac":
                return Fraction(self.argument(), self.argument())
            case "phantom":
                self.raw()
                return Token("blank", "")
            case "operatorname*":
                return self.faced("operatorname")
            case "sqrt":
                return Root(self.argument())
            case "boxed":
                return Boxed(self.argument())
            case "underset" | "overset":
                note = self.argument()
                return Below(self.argument(), note)
            case "underbrace" | "overbrace":
                return self.braced()
            case "begin":
                return self.grid()
            case "mathbin":
                return sign_of(self.argument())
            case "substack":
                return self.stack()
            case "{" | "}":
                return character(name)
            case "\\":
                return Token("gap", "")
        raise UnreadableError(f"the command \\{name}")

    def braced(self) -> Item:
        """The body of an underbrace; its label is prose."""
        body = self.argument()
        if self.peek()[1] in ("_", "^"):
            self.at += 1
            self.raw()
        return Group(body)

    def grid(self) -> Item:
        name = self.raw()
        kinds = {"cases": "cases", "array": "matrix", "aligned": "aligned"}
        kind = kinds.get(name, "matrix" if name.endswith("matrix") else "")
        if not kind:
            raise UnreadableError(f"the environment {name}")
        if name == "array":
            self.raw()
        rows = self.rows()
        if self.take() != ("command", "end") or self.raw() != name:
            raise UnreadableError(f"no end of {name}")
        return Grid(kind, rows)

    def stack(self) -> Item:
        self.need("{")
        rows = self.rows()
        self.need("}")
        return Grid("stack", rows)

    def rows(self) -> tuple[tuple[Row, ...], ...]:
        made: list[list[Row]] = [[]]
        while True:
            made[-1].append(self.row("cell"))
            if self.peek() == ("sign", "&"):
                self.at += 1
            elif self.peek() == ("command", "\\"):
                self.at += 1
                made.append([])
            else:
                return tuple(tuple(r) for r in made if any(r))


def character(text: str) -> Token:
    """One character as a token."""
    if text in _OPENING:
        return Token("open", text)
    if text in _CLOSING:
        return Token("close", text)
    if text == "−":
        return Token("sign", "-")
    return Token("letter" if text.isalpha() else "sign", text)


def worded(raw: str, face: str) -> Item | None:
    """Upright letters: one name, or prose."""
    bare = re.sub(r"\\(?:ttfamily|bfseries|itshape)\s*|\\mathrm\{([^{}]*)\}", r"\1", raw).replace(
        "\\_", "_"
    )
    bare = re.sub(r"\\[,;: ]|~", " ", bare)
    if not bare.strip():
        return None
    if len(bare) == 1 and face == "word":
        found = character(bare)
        return Token(found.kind, found.text, "word" if found.kind == "letter" else "")
    return Token("text" if face == "text" and " " in bare else "word", bare.strip())


def listed(raw: str) -> Item:
    """Names with commas between them: o,att."""
    first, *rest = _COMMA.split(raw)
    made: list[Item | None] = [worded(first, "word")]
    for piece in rest:
        made += [character(","), worded(piece, "word")]
    return Group(tuple(item for item in made if item is not None))


def sign_of(row: Row) -> Token:
    """Signs that act as one: ``.*``."""
    return Token("sign", "".join(t.text for t in row if isinstance(t, Token)))
