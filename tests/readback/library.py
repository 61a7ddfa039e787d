"""Documents of a spec, made and read: what the tests and the command ask for."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.console import Console

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.formula.mathml.printer import mathml
from chalkgrad.codegen.formula.typst.printer import math_typst
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.codegen.terminal.show import show
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.pipeline import load_all
from tests.grid.cells import lecture

from . import checks, documents, typst_pages
from .documents import Line
from .page import notebook, page
from .report import Judged, Reader, Report, bench, read_terminal
from .terminal import terminal

SLIDES, ARTICLE, PAGE, NOTEBOOK, TYPST = "slides", "article", "html", "notebook", "typst"
DOCUMENTS = (SLIDES, ARTICLE, PAGE, NOTEBOOK, TYPST)


@lru_cache(maxsize=4)
def networks(spec: str, notation: str, language: str) -> tuple[Network, ...]:
    """The networks of a spec."""
    return tuple(load_all(spec, (f"style.notation={notation}", f"style.language={language}")))


@lru_cache(maxsize=4)
def reader(spec: str, notation: str, language: str) -> Reader:
    """A reader who knows the names of a spec's networks."""
    found = networks(spec, notation, language)
    said = words(language).in_formulas
    return Reader([(_key(n), bench(symbols_of(n.derive(), words=said))) for n in found])


def _key(network: Network) -> str:
    """What a page is named after: NAME of ``networks: {NAME: …}``, nothing for the main one."""
    key = network.spec.key
    return "" if key == "main" else key


def texts(spec: str, notation: str, document: str, language: str = "en") -> list[str]:
    """The document as it is written to disk: one text, or one for each network."""
    if document == ARTICLE:
        return [article(n.derive()) for n in networks(spec, notation, language)]
    files = lecture(spec, notation, language).files(document)
    ends = {SLIDES: "_slides.tex", PAGE: ".html", NOTEBOOK: ".ipynb", TYPST: "_slides.typ"}
    return [text for name, text in files.items() if name.endswith(ends[document])]


def shown(network: Network) -> str:
    """What `chalkgrad show` prints."""
    console = Console(file=io.StringIO(), width=400)
    show(network.derive(), None, (), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def terminal_report(spec: str, notation: str = "mari") -> Report:
    """The terminal's lines of all networks of a spec."""
    made = Report(f"{os.path.basename(spec)} · terminal")
    benches = reader(spec, notation, "en").benches
    for network, (_, one) in zip(networks(spec, notation, "en"), benches, strict=True):
        made.lines += read_terminal("", terminal(shown(network)), one).lines
    return made


def lines(document: str, text: str) -> Iterator[Line]:
    """The formula lines of a document."""
    read = {SLIDES: documents.slides, ARTICLE: documents.article, PAGE: page, NOTEBOOK: notebook,
            TYPST: typst_pages.slides}  # fmt: skip
    yield from read[document](text)


def reports(
    spec: str, notation: str, wanted: Sequence[str] = DOCUMENTS, language: str = "en"
) -> list[Report]:  # fmt: skip
    """Every document of a spec, read."""
    made = []
    for document in wanted:
        report = Report(f"{os.path.basename(spec)} · {notation} · {language} · {document}")
        for text in texts(spec, notation, document, language):
            report.lines += reader(spec, notation, language).report("", lines(document, text)).lines
        made.append(report)
    return made


def faults(reader: Reader, document: str, text: str) -> list[Judged]:
    """What is false in a document: its relations; on slides the references, colours and arcs."""
    found = list(lines(document, text))
    made = reader.report(document, found).false
    if document == SLIDES:
        made += [*checks.references(reader, found), *checks.colours(found),
                 *checks.painted(reader, found), *checks.arcs(text, found)]  # fmt: skip
    return made


def forget() -> None:
    """Nothing made is kept: the product has changed."""
    for kept in (lecture, mathml, math_typst):
        kept.cache_clear()
