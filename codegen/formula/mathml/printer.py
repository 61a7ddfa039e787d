"""LaTeX to MathML: the mathematics of the page. Browsers draw MathML themselves, without scripts.

The subset is what the printers of the project emit, and ordinary lecturer's LaTeX; the macros of
`codegen.deck.model` become elements with a class and a ``data-`` attribute, so that the page
links them. A converter of our own, because every known one lets unknown commands through silently.
"""

from __future__ import annotations

from functools import lru_cache

from ....derive.language.errors import ChalkgradError
from .atoms import clean
from .commands import commands
from .parser import Parser
from .tree import Element, element, token

NAMESPACE = "http://www.w3.org/1998/Math/MathML"


@lru_cache(maxsize=4096)
def mathml(
    tex: str, *, display: bool = False, strict: bool = True, xmlns: bool = False, tall: bool = False
) -> str:
    """A formula as one ``<math>`` element.

    ``display`` asks for displayed mathematics, ``tall`` for a formula in a line whose fractions
    and sums have their displayed size, ``xmlns`` for the namespace (in SVG files). A
    command that is not known raises ChalkgradError where ``strict``, else its name is shown; a
    formula that cannot be read at all is then shown as it was typed.
    """
    root = element("math", *_inside(tex, strict).children)
    if display:
        root.attributes["display"] = "block"
    if tall:
        root.attributes["displaystyle"] = "true"
    if xmlns:
        root.attributes["xmlns"] = NAMESPACE
    return root.xml()


def formula(tex: str, *, strict: bool = True) -> Element:
    """A formula as a tree, without its ``<math>``: a row for tables of lines."""
    return _inside(tex, strict)


def _inside(tex: str, strict: bool) -> Element:
    try:
        return clean(Parser(tex, strict, commands).formula())
    except ChalkgradError:
        if strict:
            raise
        return Element("mrow", [token("mtext", tex, class_="cg-unread")])
