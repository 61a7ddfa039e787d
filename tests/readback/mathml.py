"""MathML to layout: what a browser shows of the page, element by element."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

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
from .tex import FUNCTIONS, character, worded

ACCENTS = {"^": "^", "ˆ": "^", "~": "~", "˜": "~", "¯": "¯", "‾": "¯", "→": "→", "˙": "˙"}
_FACES = {"BOLD": "bold", "DOUBLE-STRUCK": "double", "SCRIPT": "script", "FRAKTUR": "fraktur"}
_DOUBLE = {"ℝ": "R", "ℕ": "N"}
_SCRIPT = {"ℒ": "L", "ℋ": "H", "ℱ": "F", "ℰ": "E"}
_OPEN = Token("open", "[")
_ALPHABETS = 0x1D400  # where bold, script and double letters stand


def read(text: str) -> Row:
    """The layout of ``<math>…</math>``."""
    return children(fromstring(text))


def children(element: Element) -> Row:
    """The layout of what an element holds, in order."""
    return joined(item for child in element for item in items(child))


def joined(found: Iterable[Item]) -> Row:
    """Signs that stand for one: ``.*``; the brace of cases says what the cases say."""
    made: list[Item] = []
    for item in found:
        before = made[-1] if made else None
        if before == Token("sign", ".") and item == Token("sign", "*"):
            made[-1] = Token("sign", ".*")
        elif before == Token("sign", "{") and isinstance(item, Grid):
            made[-1] = item
        elif item == Token("close", "]") and isinstance(before, Grid) and made[-2:-1] == [_OPEN]:
            made[-2:] = [before]  # the brackets of a matrix
        else:
            made.append(item)
    return tuple(made)


def items(element: Element) -> Iterator[Item]:
    """What an element shows."""
    tag = element.tag
    text = element.text or ""
    if tag == "mi":
        found = identifier(text, element.get("mathvariant") == "normal")
        yield replace(found, face="bold") if element.get("class") == "cg-bold" else found
    elif tag == "mn":
        yield from number(text)
    elif tag == "mo":
        yield from operator(text)
    elif tag == "mtext":
        found = worded(text, "text")
        if found is not None:
            yield found
    elif tag == "mspace":
        wide = float((element.get("width") or "0").removesuffix("em"))
        yield Token("gap" if wide >= 0.9 else "thin", "")
    else:
        yield from structure(element)


def structure(element: Element) -> Iterator[Item]:
    """Elements that hold others."""
    tag = element.tag
    if tag == "mtable":
        yield table(element)
        return
    if tag == "mrow" and (name := upright(element)):
        yield name
        return
    if tag in ("mrow", "mstyle", "mpadded", "math", "menclose"):
        yield from marked(element)
        return
    parts = [children_of(child) for child in element]
    if tag == "mfrac":
        yield Fraction(*parts)
    elif tag == "msqrt":
        yield Root(children(element))
    elif tag in ("msub", "msup", "msubsup"):
        yield from scripted(tag, element, parts)
    elif tag in ("munder", "mover", "munderover"):
        yield from limits(tag, parts)
    elif tag == "mphantom":
        yield Token("blank", "")
    else:
        raise UnreadableError(f"the element {tag}")


def upright(element: Element) -> Token | None:
    """The name that upright letters and digits side by side are: norm1."""
    parts = list(element)
    letters = [
        e for e in parts if e.tag == "mi" and (e.get("mathvariant") or len(e.text or "") > 1)
    ]
    digits = [e for e in parts if e.tag == "mn" and (e.text or "").isdecimal()]
    whole = len(letters) + len(digits) == len(parts) and bool(letters) and bool(digits)
    if not whole or parts[0].tag != "mi" or element.attrib:
        return None
    return Token("word", "".join(e.text or "" for e in parts))


def children_of(element: Element) -> Row:
    """An element that is an argument: what is grouped is one row."""
    if element.tag == "mrow" and not element.attrib and not upright(element):
        return children(element)
    return tuple(items(element))


def marked(element: Element) -> Iterator[Item]:
    """A row; its colour, its reference, its frame."""
    row = children(element)
    classes = (element.get("class") or "").split()
    if "cg-boxed" in classes:
        yield Boxed(row)
    elif element.get("data-factor"):
        yield Mark("colour", str(element.get("data-factor")), row)
    elif element.get("data-ref") or element.get("data-id"):
        yield Mark("ref", str(element.get("data-ref") or element.get("data-id")), row)
    elif "cg-low" in classes and len(row) == 1:
        yield row[0]
    else:
        yield Group(row)


def scripted(tag: str, element: Element, parts: list[Row]) -> Iterator[Item]:
    sub = parts[1] if tag != "msup" else None
    sup = parts[-1] if tag != "msub" else None
    base = _named(parts[0])
    if len(base) > 1 and isinstance(base[-1], Token) and base[-1].kind == "close":
        yield from base[:-1]
        yield Script(base[-1], sub, sup)
    elif len(base) == 1:
        inner = base[0]
        if isinstance(inner, Script):
            yield Script(inner.base, inner.sub or sub, (inner.sup or ()) + (sup or ()) or None)
        else:
            yield Script(inner, sub, sup)
    else:
        yield Script(Group(base), sub, sup)


def _named(base: Row) -> Row:
    """Letters under one index are one name: out_1."""
    letters = [t.text for t in base if isinstance(t, Token) and t.kind == "letter" and not t.face]
    whole = len(letters) == len(base) > 1
    return (Token("word", "".join(letters)),) if whole else base


def limits(tag: str, parts: list[Row]) -> Iterator[Item]:
    """A sum with what stands below it, an accent, a shape beneath a matrix, a brace."""
    base = parts[0]
    single = base[0] if len(base) == 1 else None
    if tag == "mover" and len(parts[1]) == 1 and isinstance(parts[1][0], Token) \
            and parts[1][0].text in ACCENTS:  # fmt: skip
        yield Accent(ACCENTS[parts[1][0].text], base)
    elif single == Token("blank", ""):  # a rule to write on
        yield Accent("_", base)
    elif isinstance(single, Token) and (single.text in "∑∏" or single.text in FUNCTIONS):
        sub = parts[1] if tag != "mover" else None
        yield Script(single, sub, parts[-1] if tag != "munder" else None)
    elif isinstance(single, Token) and single.kind == "word" and not _sizes(parts[1]):
        yield Script(single, parts[1], None)
    elif any(isinstance(t, Token) and t.text in "⏟⏞" for t in parts[1]):
        yield Group(base)
    elif isinstance(single, Below) or any(
        isinstance(t, Token) and t.kind == "text" for t in parts[1]
    ):
        yield Group(base)  # the label of a brace is prose
    else:
        yield Below(base, parts[1])


def _sizes(row: Row) -> bool:
    """Is it a shape under a tensor (1 × 3), not what a sum runs over?"""
    inside = (t for item in row for t in (item.body if isinstance(item, Group) else (item,)))
    return any(isinstance(t, Token) and t.text == "×" for t in inside)


def table(element: Element) -> Item:
    rows = tuple(tuple(children(cell) for cell in row) for row in element)
    classes = (element.get("class") or "").split()
    kind = "cases" if "cg-cases" in classes else "matrix" if "cg-array" in classes else "stack"
    return Grid(kind, rows)


def identifier(text: str, upright: bool) -> Token:
    """A letter with its face, or a name."""
    if len(text) > 1:
        return Token("word", text)
    if text in _DOUBLE:
        return Token("letter", _DOUBLE[text], "double")
    if text in _SCRIPT:
        return Token("letter", _SCRIPT[text], "script")
    if text in "∂∇":
        return Token("letter", text)
    bare = _bare(text) if ord(text) >= _ALPHABETS else text
    name = unicodedata.name(text, "")
    face = next((f for word, f in _FACES.items() if bare != text and word in name), "")
    if bare != text and "BOLD" in name and "ITALIC" in name:
        face = "bold"
    found = character(bare if bare != text else text)
    if found.kind != "letter":
        return Token(found.kind, found.text, face)
    return Token("letter", found.text, face or ("word" if upright else ""))


def _bare(text: str) -> str:
    """The letter of an alphabet: ϕ stays ϕ."""
    _, _, code = unicodedata.decomposition(text).rpartition(" ")
    return chr(int(code, 16)) if code else text


def number(text: str) -> Iterator[Item]:
    bare = unicodedata.normalize("NFKC", text)
    face = "bold" if bare != text else ""
    if bare.startswith(("-", "−")):
        yield Token("sign", "-")
        bare = bare[1:]
    yield Token("number", bare.replace(",", "."), face)


def operator(text: str) -> Iterator[Item]:
    if not text.strip("\u2061\u2062 "):
        return
    if text in FUNCTIONS or (len(text) > 1 and "".join(text.split()).isalpha()):
        yield Token("word", " ".join(text.split()))  # arg max
    elif len(text) > 1:
        yield Token("sign", text.replace("∗", "*"))
    else:
        yield character({"⋅": "·", "∗": "*"}.get(text, text))
