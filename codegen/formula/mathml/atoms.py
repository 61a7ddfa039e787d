"""Atoms of formulas: signs, numbers, scripts, and the spaces between the classes of atoms."""

from __future__ import annotations

from collections.abc import Iterable

from ..tree.nodes import BEFORE_SIGN, Sign
from .alphabets import styled
from .elements import Element, element, token

APPLY = "\u2061"  # read aloud, not seen
_TALL = {"mfrac", "munder", "mover", "munderover", "mroot"}
_MULTI = {"normal", "italic", "sans-serif", "monospace"}
_PREFIX = set("¬∀∃∄")
_TEXTUAL = set("%$&#_")


def number(text: str, font: str) -> Element:
    """A number; ``{,}`` is its decimal mark."""
    return token("mn", styled(text.replace("{,}", ","), font))


def space(mu: float) -> Element:
    """A space; a page's line cannot be moved back."""
    return element("mspace", kind="space", width=f"{round(max(mu, 0) / 18, 4)}em")


def sign(s: Sign, font: str) -> Element:
    """A letter, an operator, a fence or a function's name."""
    c = s.text
    if s.face == "large":
        made = token("mo", c, "op", data_large="1")
    elif s.kind == "op":
        made = _function(s)
    elif s.kind in ("bin", "punct"):
        return token("mo", c, s.kind)
    elif s.kind == "rel":
        return token("mo", c, "rel", stretchy="false")
    elif s.kind in ("open", "close") or c in "|‖\\":
        return _fixed(c, s.kind)
    elif c in _PREFIX:
        return token("mo", c, form="prefix")
    elif c in _TEXTUAL:
        return token("mtext", c)
    elif c == "/":
        return token("mo", c, lspace="0", rspace="0", stretchy="false")
    elif c == ".":
        return token("mo", c, stretchy="false")
    elif s.face == "roman" and c.isascii() and not c.isalpha():
        return token("mtext", c)
    else:
        return letter(s, font)
    made.limits = s.limits
    return made


def _function(s: Sign) -> Element:
    if not s.limits:
        return token("mi", s.text, "op")
    return token("mo", s.text, "op", form="prefix", movablelimits="true", lspace="0", rspace="0")


def letter(s: Sign, font: str) -> Element:
    """A letter in an alphabet. Without one, browsers slant a single letter."""
    c = s.text
    if font in ("", "italic") or (font != "normal" and styled(c, font) == c):
        made = token("mi", c) if s.face == "italic" else token("mi", c, mathvariant="normal")
        if font == "italic":
            made.attributes["data-font"] = font
        if font.startswith("bold"):  # ℓ has no bold character
            made.attributes["class"] = "cg-bold"
        return made
    if font == "normal":
        return token("mi", c, mathvariant="normal", data_font="normal")
    made = token("mi", styled(c, font))
    if font in _MULTI:
        made.attributes["data-font"] = font
    return made


def _fixed(c: str, kind: str) -> Element:
    """A fence that does not grow."""
    made = token("mo", c, kind, stretchy="false")
    if kind == "ord" or c in "|‖":
        made.attributes |= {"lspace": "0", "rspace": "0"}
    made.attributes["form"] = {"open": "prefix", "close": "postfix"}.get(kind, "infix")
    return made


def fence(c: str, kind: str, **attributes: str) -> Element:
    """A fence that grows with what it holds, or as tall as ``minsize`` says."""
    form = {"open": "prefix", "close": "postfix"}.get(kind, "infix")
    made = token("mo", c, kind, form=form, stretchy="true", **attributes)
    if attributes.get("minsize") in ("1.2em", "1.8em"):
        made.attributes["class"] = "cg-low"
    if kind in ("ord", "rel") or c in "|‖/":
        made.attributes |= {"lspace": "0", "rspace": "0"}
    return made


def fenced(opening: str, inside: list[Element], closing: str) -> Element:
    """What stands between two fences that grow (either may be empty). Low ones are marked, for a
    browser gives every fence the room of its tallest form."""
    parts = [fence(opening, "open")] if opening else []
    parts += inside
    if closing:
        parts.append(fence(closing, "close"))
    if not any(_tall(e) for e in inside):
        for e in (parts[0], parts[-1]):
            if e.attributes.get("stretchy") == "true":
                e.attributes["class"] = "cg-low"
    return Element("mrow", parts, kind="inner")


def _tall(e: Element) -> bool:
    if e.tag == "mtable":
        return len(e.children) > 1 or any(_tall(k) for row in e.children for k in row.children)
    return e.tag in _TALL or any(_tall(k) for k in e.children)


def spaced(text: str) -> str:
    """Spaces at the ends of text in a formula count; XML would drop them."""
    lead = len(text) - len(text.lstrip(" "))
    tail = len(text) - len(text.rstrip(" ")) if text.strip(" ") else 0
    return "\u00a0" * lead + text[lead : len(text) - tail] + "\u00a0" * tail


# -- scripts -----------------------------------------------------------------------------------


def scripted(
    base: Element, below: Element | None, above: Element | None, before: list[Element]
) -> Element:
    """``base`` with its scripts; a closing parenthesis stands for all that it closes."""
    if base.kind == "close" and base.tag == "mo":
        base = _closed(base, before)
    kind = base.kind if base.kind in ("op", "rel", "bin") else "ord"
    for script in (below, above):
        if script is not None:
            tighten(script)
    parts = [p for p in (base, below, above) if p is not None]
    if base.limits:
        tag = "munderover" if below and above else "munder" if below else "mover"
    else:
        tag = "msubsup" if below and above else "msub" if below else "msup"
    made = Element(tag, parts, kind=kind)
    made.limits = False
    return made


def _closed(base: Element, before: list[Element]) -> Element:
    """Take everything back to the matching opening fence out of ``before``, as one row."""
    level = 1
    for k in range(len(before) - 1, -1, -1):
        level += {"close": 1, "open": -1}.get(before[k].kind, 0)
        if level == 0:
            inside = [*before[k:], base]
            del before[k:]
            return Element("mrow", finish(inside))
    return base


def tighten(script: Element) -> None:
    """In scripts TeX leaves no space around operators."""
    for e in script.children if script.tag == "mrow" else [script]:
        if e.tag == "mo" and e.kind in ("bin", "rel", "punct"):
            e.attributes |= {"lspace": "0", "rspace": "0"}
        elif e.tag == "mrow":
            tighten(e)


# -- rows --------------------------------------------------------------------------------------


def finish(items: Iterable[Element]) -> list[Element]:
    """A row's atoms with joined words, signs told from differences, and thin spaces."""
    made = _words(items)
    before = ""
    for k, e in enumerate(made):
        if before not in BEFORE_SIGN:
            _unsigned(e)
        if e.tag == "mo" and e.kind == "bin":
            if before in BEFORE_SIGN:
                e.kind = "ord"
                e.attributes |= {"form": "prefix", "data-first": "1"}
                if e.text not in "+−±∓":
                    e.attributes |= {"lspace": "0", "rspace": "0"}
            elif k == len(made) - 1:
                e.attributes["form"] = "infix"
        elif e.tag == "mo" and e.kind == "rel" and "form" not in e.attributes:
            e.attributes["form"] = "infix"
        if e.kind != "space":
            before = e.kind
    return _thin(made)


def _unsigned(e: Element) -> None:
    """A marked part that begins with an operator continues what stands before it."""
    while e.tag == "mrow" and e.attributes.get("class", "").startswith("cg-") and e.children:
        e = e.children[0]
    if e.tag == "mo" and e.attributes.pop("data-first", ""):
        e.kind = "bin"
        e.attributes["form"] = "infix"
        e.attributes.pop("lspace", None)
        e.attributes.pop("rspace", None)


def _words(items: Iterable[Element]) -> list[Element]:
    """Letters of one alphabet that is set as text are one word."""
    made: list[Element] = []
    for e in items:
        font = e.attributes.get("data-font")
        if font and made and made[-1].attributes.get("data-font") == font:
            made[-1].text += e.text
            made[-1].attributes.pop("mathvariant", None)
            if font == "italic":  # browsers slant single letters only
                made[-1].attributes["class"] = "cg-italic"
        else:
            made.append(e)
    return made


def _thin(items: list[Element]) -> list[Element]:
    """Thin spaces beside operators and fractions, as between TeX's classes."""
    made: list[Element] = []
    for k, e in enumerate(items):
        last = items[k - 1] if k else None
        if last is not None and _gap(last, e):
            made.append(element("mspace", kind="space", width="0.1667em"))
        made.append(e)
        if e.kind == "op" and not _large(e) and k + 1 < len(items):
            made.append(token("mo", APPLY, "space"))
    return made


def _gap(a: Element, b: Element) -> bool:
    if b.kind == "op":
        return a.kind in ("ord", "close", "inner", "op") and not _large(b)
    if a.kind == "op":
        return b.kind in ("ord", "inner") and not _large(a)
    return (b.kind == "inner" and a.kind in ("ord", "close", "inner")) or (
        a.kind == "inner" and b.kind in ("ord", "inner")
    )


def _large(e: Element) -> bool:
    """Sums and integrals bring their own space."""
    while e.children:
        e = e.children[0]
    return "data-large" in e.attributes


def clean(root: Element) -> Element:
    """Without what only the parser needed."""
    for e in root.walk():
        e.attributes.pop("data-font", None)
        e.attributes.pop("data-large", None)
        e.attributes.pop("data-first", None)
    return root
