"""The documents of a build on their way to PDFs, and of some of these to pictures: gathered first,
then typeset together, by pdflatex or by Typst as the endings of their names say."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ...derive.language.errors import ChalkgradError, MissingProgramError, suggest
from ..outputs import PDF, Pictures, packed, pictures
from .pdf import compile_pdf, program
from .progress import Making
from .stage import Stage

AT_ONCE = 4
TYPST = ".typ"
Engine = Literal["tex", "typst"]


@dataclass(frozen=True)
class _Document:
    stage: Stage
    source: Path
    keep: bool
    beside: tuple[str, ...]
    albums: Mapping[str, Pictures]


class Press:
    """Gathers documents; `typeset` makes their PDFs, several at a time, and pictures of them."""

    def __init__(self) -> None:
        self._documents: list[_Document] = []

    def add(
        self,
        stage: Stage,
        source: Path,
        *,
        albums: Mapping[str, Pictures],
        keep: bool = True,
        beside: tuple[str, ...] = (),
    ) -> None:
        """Take a document. ``keep``: its PDF is an output; ``albums``: folder -> what to draw;
        ``beside``: the files beside it that it reads."""
        self._documents.append(_Document(stage, source, keep, beside, albums))

    def typeset(self, making: Making, *, must: bool) -> None:
        """Make PDFs and pictures. Where TeX or a package of it is missing, that is an error only
        if they ``must`` be there; else one message says what to install.

        Raises MissingProgramError, and ChalkgradError where pdflatex refuses a document.
        """
        if not self._documents:
            return
        try:
            pdfs = self._pdfs(making)
        except MissingProgramError as missing:
            if must:
                raise
            said = f"no PDF: {missing.what}\n  hint: {missing.hint}"
            making.console.print(said, style="yellow", soft_wrap=True)
            return
        for document, pdf in zip(self._documents, pdfs, strict=True):
            if document.keep:
                document.stage.keep(pdf.name)
        for document, pdf in zip(self._documents, pdfs, strict=True):
            for folder, row in document.albums.items():
                with making(folder):
                    _draw(document.stage, pdf, folder, row)

    def _pdfs(self, making: Making) -> list[Path]:
        def make(document: _Document) -> Path:
            with making(document.source.with_suffix(".pdf").name):
                if document.source.suffix == TYPST:
                    return _typst_pdf(document)
                return compile_pdf(document.source)

        if any(document.source.suffix != TYPST for document in self._documents):
            program()
        pool = ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1))
        try:
            return list(pool.map(make, self._documents))
        finally:
            pool.shutdown(cancel_futures=True)


def _typst_pdf(document: _Document) -> Path:
    from ..documents.typst.compiler import compile_typst

    source = document.source
    files = {name: document.stage.place(name).read_bytes() for name in document.beside}
    made = compile_typst(source.read_text("utf-8"), files, where=source.name)
    pdf = source.with_suffix(".pdf")
    pdf.write_bytes(made)
    return pdf


def _draw(stage: Stage, pdf: Path, folder: str, row: Pictures) -> None:
    for path in row.make(pdf, stage.work / folder):
        stage.keep(path.relative_to(stage.work).as_posix())
    for pattern in row.pattern:
        stage.supersede(f"{folder}/{pattern}")


def engine(named: str) -> Engine:
    """What sets the PDFs: as it is named, else pdflatex where the machine has it. Raises
    ChalkgradError for another name."""
    if named in ("tex", "typst"):
        return "tex" if named == "tex" else "typst"
    if named:
        raise ChalkgradError(
            f"'{named}' sets no PDF", where="--pdf", hint=suggest(named, ("typst", "tex"))
        )
    return "tex" if shutil.which("pdflatex") else "typst"


def needed(wanted: list[str], by: Engine) -> None:
    """Raise MissingProgramError, before anything is made, where what is asked for cannot be."""
    asked = [row for row in pictures().values() if row.name in wanted]
    if by == "tex" and (asked or PDF.name in wanted):
        program()
    for pack in packed().values():
        if pack.name in wanted and find_spec(pack.package) is None:
            said = f"the {pack.name} needs the package {pack.package}"
            raise MissingProgramError(said, where=pack.name, hint=pack.install)
    for row in asked:
        for name in row.programs:
            if shutil.which(name) is None:
                said = f"the {row.name} need {name}"
                raise MissingProgramError(said, where=row.name, hint=row.install)
