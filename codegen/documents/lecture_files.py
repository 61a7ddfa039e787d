"""Every text that a lecture is written to: file name -> text, by output.

`chalkgrad build` writes them, ``generated/lectures/`` holds some of them. All outputs print one
paginated deck, so they count the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...derive.network.network import Network
from ..deck.manifest import manifest
from ..deck.model import Deck
from ..layout.paging import paginate
from ..lecture.board.context import Context
from ..lecture.own.themes import logo_path
from ..lecture.plan import planned
from .notebook.notebook import notebook
from .page.numbers import boards_of
from .page.page import html_page
from .sheet.article_pages import article_pages
from .slides.beamer import slides
from .snippets.snippets import snippets
from .tex.sty import STYLE, style_file

# output -> how often pdflatex has to read it; the slides need nothing from a run before
RUNS = {"slides": 1, "handout": 1, "notes": 1, "sheet": 2, "blanks": 2}


@dataclass(frozen=True)
class Lecture:
    """The deck of a spec in one language, and where its files come from.

    ``stem`` begins every file's name; ``folder`` is where the spec stands (its logo is there)."""

    deck: Deck
    context: Context
    stem: str
    folder: Path | None

    def files(self, output: str) -> dict[str, str]:
        """The files of an output (a key of `OUTPUTS`). Raises ChalkgradError for what a document
        cannot show."""
        return OUTPUTS[output](self)

    def logo(self) -> Path | None:
        """The logo's file; LaTeX documents need it beside them, under the theme's own name."""
        return logo_path(self.deck.theme, self.folder)


def lectures(
    networks: Sequence[Network], stem: str, *, trust: bool = False
) -> list[Callable[[], Lecture]]:
    """The lecture of a spec in each of its languages, made when called.

    Raises ChalkgradError, when called, for what the deck cannot show.
    """
    spec = networks[0].spec
    folder = Path(spec.where).parent if spec.where else None
    languages = list(dict.fromkeys(spec.style.language))

    def make(language: str) -> Lecture:
        deck, context = planned(networks, language, folder=folder, trust=trust)
        ending = f"_{language.replace('-', '_')}" if len(languages) > 1 else ""
        return Lecture(paginate(deck), context, stem + ending, folder)

    return [lambda code=code: make(code) for code in languages]  # type: ignore[misc]


def _slides(made: Lecture) -> dict[str, str]:
    return {f"{made.stem}_slides.tex": slides(made.deck), STYLE: style_file()}


def _handout(made: Lecture) -> dict[str, str]:
    return {f"{made.stem}_handout.tex": slides(made.deck, handout=True), STYLE: style_file()}


def _notes(made: Lecture) -> dict[str, str]:
    text = slides(made.deck, handout=True, notes=True)
    return {f"{made.stem}_notes.tex": text, STYLE: style_file()}


def _sheet(made: Lecture) -> dict[str, str]:
    return {f"{made.stem}_sheet.tex": article_pages(made.deck), STYLE: style_file()}


def _blanks(made: Lecture) -> dict[str, str]:
    text = article_pages(made.deck, blanks=True)
    return {f"{made.stem}_blanks.tex": text, STYLE: style_file()}


def _html(made: Lecture) -> dict[str, str]:
    """The page carries its logo inside; a browser shows no PDF as a picture."""
    deck, logo = made.deck, made.logo()
    if logo is not None:
        shown = "" if logo.suffix == ".pdf" else str(logo)
        deck = replace(deck, theme=replace(deck.theme, logo=shown))
    boards = boards_of(deck, made.context.boards.values())
    return {f"{made.stem}.html": html_page(deck, board=boards)}


def _notebook(made: Lecture) -> dict[str, str]:
    networks = list(made.context.networks.values())
    return {f"{made.stem}.ipynb": notebook(made.deck, networks)}


def _snippets(made: Lecture) -> dict[str, str]:
    """In a folder of their own, but for the style, which stands beside the other documents."""
    files = snippets(made.deck)
    style = {STYLE: files.pop(STYLE)}
    return {f"{made.stem}_snippets/{name}": text for name, text in files.items()} | style


def _manifest(made: Lecture) -> dict[str, str]:
    return {f"{made.stem}_manifest.json": manifest(made.deck)}


OUTPUTS: dict[str, Callable[[Lecture], dict[str, str]]] = {
    "slides": _slides, "handout": _handout, "notes": _notes, "sheet": _sheet, "blanks": _blanks,
    "html": _html, "notebook": _notebook, "snippets": _snippets, "manifest": _manifest,
}  # fmt: skip
