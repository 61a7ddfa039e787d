"""Atoms of formulas: signs, numbers, scripts, and the spaces between the classes of atoms."""

from __future__ import annotations

from collections.abc import Iterable

from . import symbols as known
from .tree import Element, element, token

APPLY, TIMES = "\u2061", "\u2062"  # read aloud, not seen
_SIGNS = {"-": "−", "*": "∗", "<": "<", ">": ">", "'": "′", "~": "\u00a0"}
_BINARY = set(known.BINARY.values()) | set("+−∗±∓·⋅×÷")
_RELATION = set(known.RELATION.values()) | set("=<>:≔")
_NO_SIGN = {"", "op", "bin", "rel", "open", "punct"}  # after these a minus is a sign
_TALL = {"mfrac", "munder", "mover", "munderover", "mroot"}
_MULTI = {"normal", "italic", "sans-serif", "monospace"}


def number(text: str, font: str) -> Element:
    """A number; ``{,}`` is its decimal mark."""
    shown = text.replace("{,}", ",")
    return token("mn", known.styled(shown, font))


def sign(c: str, font: str) -> Element:
    """One character that stands for itself."""
    c = _SIGNS.get(c, c)
    if c.isalpha() and c not in "∂":
        return letter(c, font)
    if c in known.OPENING:
        return token("mo", c, "open", stretchy="false", form="prefix")
    if c in known.CLOSING:
        return token("mo", c, "close", stretchy="false", form="postfix")
    if c in ",;":
        return token("mo", c, "punct")
    if c in _BINARY:
        return token("mo", c, "bin")
    if c in _RELATION:
        return token("mo", c, "rel", stretchy="false")
    if c == "/":
        return token("mo", c, lspace="0", rspace="0", stretchy="false")
    if c == "|":
        return token("mo", c, stretchy="false", lspace="0", rspace="0", form="infix")
    if c in "!":
        return token("mo", c, "close", form="postfix")
    if c in known.LETTERS.values():
        return letter(c, font)
    return token("mo", c, stretchy="false") if c in ".?" else token("mtext", c)


def letter(c: str, font: str) -> Element:
    """A letter in an alphabet. Without one, browsers slant a single letter."""
    if font in ("", "italic") or (font != "normal" and known.styled(c, font) == c):
        upright = c in known.UPRIGHT
        return token("mi", c, mathvariant="normal") if upright else token("mi", c)
    if font == "normal":
        return token("mi", c, mathvariant="normal", data_font="normal")
    made = token("mi", known.styled(c, font))
    if font in _MULTI:
        made.attributes["data-font"] = font
    return made


def named(name: str, font: str) -> Element | None:
    """What a command without arguments stands for, or None."""
    if name in known.SPACES:
        width = known.SPACES[name]
        made = element("mspace", kind="space", width=f"{width}em")
        return made
    if name in known.LETTERS:
        return letter(known.LETTERS[name], font)
    if name in known.BINARY:
        return token("mo", known.BINARY[name], "bin")
    if name in known.PREFIX:
        return token("mo", known.PREFIX[name], form="prefix")
    if name in known.LARGE:
        c = known.LARGE[name]
        made = token("mo", c, "op", data_large="1")
        made.limits = c not in known.INTEGRALS
        return made
    if name in known.FUNCTIONS:
        return token("mi", name, "op")
    if name in known.LIMIT_FUNCTIONS:
        made = token("mo", {"argmax": "arg max", "argmin": "arg min"}.get(name, name), "op",
                     form="prefix", movablelimits="true", lspace="0", rspace="0")  # fmt: skip
        made.limits = True
        return made
    if name in known.RELATION and name not in known.FENCES:
        return token("mo", known.RELATION[name], "rel", stretchy="false")
    if name in known.FENCES:
        kind = "open" if _opens(name) else "close" if _closes(name) else "ord"
        made = fence(known.FENCES[name], kind)
        made.attributes["stretchy"] = "false"
        return made
    if name in ("%", "$", "&", "#", "_"):
        return token("mtext", name)
    return None


def _opens(name: str) -> bool:
    return name in known.OPENING or known.FENCES.get(name, "") in known.OPENING


def _closes(name: str) -> bool:
    return name in known.CLOSING or known.FENCES.get(name, "") in known.CLOSING


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
        if before not in _NO_SIGN:
            _unsigned(e)
        if e.tag == "mo" and e.kind == "bin":
            if before in _NO_SIGN:
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
    """Letters set upright side by side are one word."""
    made: list[Element] = []
    for e in items:
        font = e.attributes.get("data-font")
        if font and made and made[-1].attributes.get("data-font") == font:
            made[-1].text += e.text
            made[-1].attributes.pop("mathvariant", None)
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
