"""Setting a Typst document of the tests, and what stands on its pages."""

from __future__ import annotations

from pathlib import Path

from chalkgrad.codegen.deck.model import Deck
from chalkgrad.codegen.documents.typst.compiler import compile_typst
from chalkgrad.codegen.documents.typst.source import SANS, head
from chalkgrad.codegen.formula.typst.printer import math_typst


def typeset(folder: Path, source: str, name: str = "deck") -> Path:
    """The PDF of a Typst text."""
    pdf = folder / f"{name}.pdf"
    pdf.write_bytes(compile_typst(source, where=name))
    return pdf


def formulas(*latex: str) -> str:
    """A document with a formula a page."""
    pages = (f"$ {math_typst(text, display=True)} $" for text in latex)
    front = head(Deck("formulas", "en", "formulas", "", ()), words=SANS)
    return f"{front}#set page(width: 80cm, height: 12cm)\n" + "\n#pagebreak()\n".join(pages)
