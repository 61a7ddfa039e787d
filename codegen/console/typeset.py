"""The LaTeX documents of a build on their way to PDFs: gathered first, then typeset together."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...derive.language.errors import MissingProgramError
from ..outputs import PDF, pictures
from .pdf import compile_pdf, program
from .progress import Making
from .stage import Stage

if TYPE_CHECKING:
    from rich.console import Console

AT_ONCE = 4


@dataclass(frozen=True)
class _Document:
    stage: Stage
    tex: Path
    runs: int
    keep: bool


class Press:
    """Gathers documents; `typeset` makes their PDFs, several at a time."""

    def __init__(self) -> None:
        self._documents: list[_Document] = []

    def add(self, stage: Stage, tex: Path, *, runs: int = 2, keep: bool = True) -> Path:
        """Take a document; the path where its PDF will be. ``keep``: the PDF is an output."""
        self._documents.append(_Document(stage, tex, runs, keep))
        return tex.with_suffix(".pdf")

    def typeset(self, console: Console, making: Making, *, must: bool) -> None:
        """Make the PDFs. Where TeX or a package of it is missing, that is an error only if it
        ``must`` be there; else one message says what to install.

        Raises MissingProgramError, and ChalkgradError where pdflatex refuses a document.
        """
        if not self._documents:
            return

        def make(document: _Document) -> Path:
            with making(document.tex.with_suffix(".pdf").name):
                return compile_pdf(document.tex, runs=document.runs)

        pool = ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1))
        try:
            program()
            made = list(pool.map(make, self._documents))
        except MissingProgramError as missing:
            if must:
                raise
            said = f"no PDF: {missing.what}\n  hint: {missing.hint}"
            console.print(said, style="yellow", soft_wrap=True)
            return
        finally:
            pool.shutdown(cancel_futures=True)
        for document, pdf in zip(self._documents, made, strict=True):
            if document.keep:
                document.stage.keep(pdf.name)


def needed(wanted: list[str]) -> None:
    """Raise MissingProgramError, before anything is made, where what is asked for cannot be."""
    asked = [row for row in pictures().values() if row.name in wanted]
    if asked or PDF.name in wanted:
        program()
    for row in asked:
        for name in row.programs:
            if shutil.which(name) is None:
                said = f"the {row.name} need {name}"
                raise MissingProgramError(said, where=row.name, hint=row.install)
