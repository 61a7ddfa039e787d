"""Compiling a document of the tests, and what stands on its pages."""

from __future__ import annotations

import subprocess
from pathlib import Path

from chalkgrad.codegen.console.pdf import compile_pdf
from chalkgrad.codegen.documents.frames.frames import page_count
from chalkgrad.codegen.documents.tex.sty import STYLE, style_file


def compiled(folder: Path, text: str, name: str = "deck") -> Path:
    """The PDF of a LaTeX text, with the style file beside it."""
    (folder / STYLE).write_text(style_file(), "utf-8")
    tex = folder / f"{name}.tex"
    tex.write_text(text, "utf-8")
    return compile_pdf(tex)


def log_of(pdf: Path) -> str:
    return pdf.with_suffix(".log").read_text("utf-8", "replace")


def page_texts(pdf: Path) -> list[str]:
    """The text of every page."""
    options = ["pdftotext", "-layout", str(pdf), "-"]
    text = subprocess.run(options, capture_output=True, check=True).stdout.decode("utf-8")
    return text.split("\f")[: page_count(pdf)]
