"""Elements of MathML and HTML as data, and how they become text: the page's one gate for markup.

What is text in an element stays text: `escape` sees to it, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
# control characters XML does not allow, and the line separators that scripts trip over
_GONE = {c: " " for c in (*range(9), 11, 12, *range(14, 32), 127, 0x2028, 0x2029, 0xFFFE, 0xFFFF)}
_GONE |= {c: "\ufffd" for c in range(0xD800, 0xE000)}
_TABLE = str.maketrans(_NAMED | {chr(k): v for k, v in _GONE.items()})


def escape(text: object) -> str:
    """Text for an element or a quoted attribute of HTML and XML; no character of it acts."""
    return str(text).translate(_TABLE)


@dataclass
class Element:
    """``kind`` is the class of atom TeX would see (ord, op, bin, rel, open, close, punct, inner,
    space): it decides where thin spaces go and whether a minus is a sign."""

    tag: str
    children: list[Element] = field(default_factory=list)
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    kind: str = "ord"
    limits: bool = False  # scripts stand above and below

    def walk(self) -> Iterator[Element]:
        """Every element, parents first."""
        stack = [self]
        while stack:
            here = stack.pop()
            yield here
            stack.extend(reversed(here.children))

    def xml(self) -> str:
        """The element as text. Iterative: depth is no matter."""
        parts: list[str] = []
        stack: list[Element | str] = [self]
        while stack:
            here = stack.pop()
            if isinstance(here, str):
                parts.append(here)
                continue
            given = "".join(f' {k}="{escape(v)}"' for k, v in here.attributes.items())
            parts.append(f"<{here.tag}{given}>{escape(here.text)}")
            stack.append(f"</{here.tag}>")
            stack.extend(reversed(here.children))
        return "".join(parts)


def element(tag: str, *children: Element, kind: str = "ord", **attributes: str) -> Element:
    """An element with children; an attribute's ``_`` is printed as ``-``."""
    given = {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()}
    return Element(tag, list(children), attributes=given, kind=kind)


def token(tag: str, text: str, kind: str = "ord", **attributes: str) -> Element:
    """A leaf with text."""
    given = {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()}
    return Element(tag, text=text, attributes=given, kind=kind)


def row(children: Iterable[Element]) -> Element:
    """The children as one element: the only one itself, or a row of them."""
    made = list(children)
    return made[0] if len(made) == 1 else Element("mrow", made)
