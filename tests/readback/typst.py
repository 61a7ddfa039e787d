"""Typst to layout: a parser for the mathematics that chalkgrad prints, and no more.

Letters side by side are a name, a name before a parenthesis is a call, what would act stands behind
a backslash. An unknown name is not skipped: who does not know it cannot vouch for the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from .layout import (
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
from .tex import FUNCTIONS, GREEK, character, listed, worded

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|.', re.S)
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")|\\(?P<escaped>.)|#?(?P<call>[A-Za-z][A-Za-z.]*)\('
    r"|(?P<name>[A-Za-z]{2,})|(?P<number>\d+(?:\.\d+)?)|(?P<space>\s+|&)|(?P<sign>.)", re.S
)  # fmt: skip
_OPTION = re.compile(r"\s*([a-z-]+): (.*)", re.S)
_LETTERS = frozenset(GREEK.values())
_ALIKE = {"⋅": "·", "∗": "*", "∣": "|"}  # what the reader of TeX calls otherwise
_FACES = {"bold": "bold", "cal": "script", "bb": "double", "frak": "fraktur"}
_GROWS = (("word", "letter"), ("", "word"))  # what begins a name, by face and kind
_UPRIGHT = frozenset(["upright", "italic", "sans", "mono"])  # no letter is told from another by it
_ACCENTS = {"hat": "^", "tilde": "~", "macron": "¯", "overline": "¯", "arrow": "→", "dot": "˙",
            "dot.double": "¨", "underline": "_"}  # fmt: skip
_THROUGH = frozenset(["limits", "scripts", "display", "inline", "script", "sscript", "mid", "lr",
                      "cgblank", "cghl", "cgat", "cgsmash", "stretch"])  # fmt: skip
_MARKS = {"cgr": "ref", "cgn": "ref", "cgf": "colour", "cgc": "colour"}
_SPACES = {"thin": "thin", "med": "thin", "thick": "thin", "quad": "gap", "wide": "gap"}
_WIDE = 0.9  # em, of a space between two formulas


def read(source: str) -> Row:
    """The layout of the mathematics between two dollars."""
    made: list[Item] = []
    at = 0
    while at < len(source):
        found, at = _next(source, at)
        while at < len(source) and source[at] in "_^":
            low, (body, at) = source[at] == "_", _script(source, at + 1)
            found = (*found[:-1], _scripted(found[-1] if found else Group(()), body, low=low))
        made += found
    return tuple(made)


def closing(text: str, at: int) -> int:
    """Where the bracket that opens before ``at`` closes; strings and escaped signs are passed."""
    depth = 1
    for piece in _PIECE.finditer(text, at):
        depth += (piece[0] in ("(", "[")) - (piece[0] in (")", "]"))
        if not depth:
            return piece.start()
    raise UnreadableError("an open bracket")


def divided(text: str, sign: str) -> list[str]:
    """The pieces of a text between signs that stand in no bracket and no string."""
    made, depth = [""], 0
    for piece in _PIECE.finditer(text):
        depth += (piece[0] in ("(", "[")) - (piece[0] in (")", "]"))
        if piece[0] == sign and not depth:
            made.append("")
        else:
            made[-1] += piece[0]
    return made


def _scripted(base: Item, body: Row, *, low: bool) -> Script:
    sub, sup = (base.sub, base.sup) if isinstance(base, Script) else (None, None)
    base = base.base if isinstance(base, Script) else base
    return Script(base, body if low else sub, sup if low else body)


def _script(source: str, at: int) -> tuple[Row, int]:
    """What stands behind _ or ^: a sign, or more in parentheses."""
    if source[at] != "(":
        return _next(source, at)
    end = closing(source, at + 1)
    return read(source[at + 1 : end]), end + 1


def _next(source: str, at: int) -> tuple[Row, int]:
    """What stands at a place, and where it ends."""
    found = _TOKEN.match(source, at)
    assert found is not None
    kind, end = str(found.lastgroup), found.end()
    text = found[kind]
    if kind == "call":
        close = closing(source, end)
        return _called(text, source[end:close]), close + 1
    if kind == "string":
        return _said(unquoted(text)), end
    if kind == "space":
        return (), end
    if kind == "number":
        return (Token("number", text),), end
    if kind == "name":
        return (_named(text),), end
    if kind == "sign" and text in "()#,;$":
        raise UnreadableError(f"unexpected {text}")
    return (_character(text),), end


def unquoted(text: str) -> str:
    """What a string says."""
    return re.sub(r"\\(.)", r"\1", text.strip()[1:-1])


def _said(text: str) -> Row:
    """A string: a name in upright letters, a number with a decimal comma, a sign of two."""
    if not text:
        return ()
    if re.fullmatch(r"\d+,\d+", text):
        return (Token("number", text.replace(",", ".")),)
    if not any(c.isalnum() for c in text):
        return (_character(text) if len(text) == 1 else Token("sign", text),)
    found = listed(text) if "," in text else worded(text, "word")
    return () if found is None else (found,)


def _named(text: str) -> Token:
    if text in _SPACES:
        return Token(_SPACES[text], "")
    if text not in FUNCTIONS:
        raise UnreadableError(f"the name {text}")
    return Token("word", text)


def _character(text: str) -> Token:
    return Token("letter", text) if text in _LETTERS else character(_ALIKE.get(text, text))


# -- calls -----------------------------------------------------------------------------------------


def _called(name: str, inside: str) -> Row:
    if name == "mat":
        return (_grid(inside),)
    options, keys, bodies = {}, [], []
    for raw in divided(inside, ","):
        if option := _OPTION.match(raw):
            options[option[1]] = option[2].strip()
        elif raw.lstrip().startswith("#") and not re.match(r"\s*#(?:h|box)\(", raw):
            keys.append(raw.strip()[1:])
        else:
            bodies.append(raw)
    return _meaning(name, options, keys, bodies)


def _meaning(name: str, options: Mapping[str, str], keys: list[str], bodies: list[str]) -> Row:
    if name == "cgtext":
        found = worded(unquoted(keys[0]), "text")
        return () if found is None else (found,)
    if name == "op":
        found = worded(unquoted(bodies[0]), "word")
        return () if found is None else (found,)
    if name == "h":
        wide = float(bodies[0].removesuffix("em"))
        return (Token("gap" if wide >= _WIDE else "thin", ""),) if wide > 0 else ()
    if name == "box":
        return ()
    if name == "cgphantom":
        return (Token("blank", ""),)
    if name == "class":
        return (_classed(read(bodies[1])),)
    rows = [read(b) for b in bodies]
    if name in _UPRIGHT:
        return (Group(_words(rows[0])),)
    if name in _FACES:
        return (Group(tuple(_faced(_FACES[name], item) for item in rows[0])),)
    if name == "attach":
        return (Below(rows[0], read(options.get("b") or options["t"])),)
    return (_structure(name, keys, rows),)


def _structure(name: str, keys: list[str], rows: list[Row]) -> Item:
    if name in _MARKS:
        return Mark(_MARKS[name], unquoted(keys[0]) if '"' in keys[0] else keys[0], rows[0])
    if name in _ACCENTS:
        return Accent(_ACCENTS[name], rows[0])
    if name in _THROUGH or name in ("underbrace", "overbrace"):
        return Group(rows[0])  # the label of a brace is prose
    match name:
        case "frac":
            return Fraction(*rows)
        case "sqrt":
            return Root(rows[0])
        case "cgboxed":
            return Boxed(rows[0])
    raise UnreadableError(f"the call of {name}")


def _classed(row: Row) -> Item:
    """Signs that act as one: ``.*``."""
    signs = [t for t in row if isinstance(t, Token) and t.kind == "sign"]
    if len(signs) == len(row) > 1:
        return Token("sign", "".join(t.text for t in signs))
    return row[0] if len(row) == 1 else Group(row)


def _words(row: Row) -> Row:
    """Letters in an upright face, or in italics: those side by side are a name."""
    made: list[Item] = []
    for item in row:
        before = made[-1] if made else None
        if not isinstance(item, Token) or item.kind != "letter" or item.face:
            made.append(item)
        elif isinstance(before, Token) and (before.face, before.kind) in _GROWS:
            made[-1] = Token("word", before.text + item.text)
        else:
            made.append(replace(item, face="word"))
    return tuple(made)


def _faced(face: str, item: Item) -> Item:
    """A letter in a face; a name in bold letters is so many bold letters to the reader of TeX."""
    if isinstance(item, Group):
        return Group(tuple(_faced(face, inner) for inner in item.body))
    if not isinstance(item, Token):
        return item
    if item.kind == "word":
        return Group(tuple(replace(character(c), face=face) for c in item.text))
    return replace(item, face=face)


def _grid(inside: str) -> Grid:
    """``mat(delim: …, a, b; c, d)``; letters in cells are no options."""
    options: dict[str, str] = {}
    rows = [divided(line, ",") for line in divided(inside, ";")]
    while rows[0] and (option := _OPTION.match(rows[0][0])):
        options[option[1]] = option[2]
        rows[0] = rows[0][1:]
    kind = "cases" if '"{"' in options["delim"] else "matrix"
    if "column-gap" not in options:
        kind = "stack"
    elif options["column-gap"] == "#0em":
        kind = "aligned"
    return Grid(kind, tuple(tuple(read(cell) for cell in cells) for cells in rows))
