"""The lecture documents of ``chalkgrad build``, for every language of the spec."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codegen.cli_pdf import compile_pdf
from codegen.cli_specs import file_name
from codegen.cli_stage import Stage
from derive.errors import ChalkgradError, MissingProgramError

if TYPE_CHECKING:
    from rich.console import Console

    from codegen.lecture.model import Deck
    from codegen.lecture.plan import Context
    from derive.network import Network

# output -> what it is, in the order in which they are made
LECTURE = {
    "slides": "the lecture's slides",
    "handout": "the same, one page per slide",
    "notes": "the slides with the speaker's notes",
    "sheet": "the lecture to read, on A4, with numbered equations",
    "blanks": "the sheet with blanks to fill in",
    "html": "the lecture as one page that works offline",
    "notebook": "the lecture as a notebook that checks itself",
    "snippets": "every formula and picture for \\input",
    "frames": "every slide as PNG and SVG",
    "manifest": "what is on which page, every number with its exact value",
}
DEFAULT = ("slides", "handout", "html", "notebook", "manifest")
STYLE = "chalkgrad.sty"


def build_lecture(
    stage: Stage,
    networks: Sequence[Network],
    wanted: Sequence[str],
    console: Console,
    *,
    pdf: bool,
    must: bool,
    trust: bool = False,
) -> None:
    """Make the documents in ``wanted`` in every language of the spec.

    ``pdf``: typeset what is LaTeX; ``must``: an error where TeX is missing (else a message). Raises
    ChalkgradError for what the deck cannot show.
    """
    from codegen.lecture.plan import planned

    spec = networks[0].spec
    languages = spec.style.language
    folder = Path(spec.where).parent if spec.where else None
    for language in languages:
        deck, context = planned(networks, language, folder=folder, trust=trust)
        stem = file_name(networks) + (
            f"_{language.replace('-', '_')}" if len(languages) > 1 else ""
        )
        job = _Job(stage, deck, context, stem, folder, console)
        for output in wanted:
            getattr(job, output)()
        for report in deck.reports:
            console.print(f"{language}: {report}", style="yellow", soft_wrap=True)
        if pdf:
            job.typeset(must=must)
        if "frames" in wanted:
            job.pictures()


class _Job:
    """The documents of one deck."""

    def __init__(
        self, stage: Stage, deck: Deck, context: Context, stem: str, folder: Path | None,
        console: Console,
    ) -> None:  # fmt: skip
        self.stage, self.deck, self.context = stage, deck, context
        self.stem, self.folder, self.console = stem, folder, console
        self.documents: list[Path] = []

    def tex(self, name: str, text: str) -> None:
        """A LaTeX document, with the style and the logo it needs beside it."""
        from codegen.document.beamer import style_file

        if not (self.stage.work / STYLE).exists():
            self.stage.output(STYLE, style_file())
        logo = self.deck.theme.logo
        if logo and self.folder is not None and not (self.stage.work / logo).exists():
            shutil.copyfile(self.folder / logo, self.stage.work / logo)
            self.stage.keep(logo)
        self.documents.append(self.stage.output(f"{self.stem}_{name}.tex", text))

    def slides(self) -> None:
        from codegen.document.beamer import slides

        self.tex("slides", slides(self.deck))

    def handout(self) -> None:
        from codegen.document.beamer import slides

        self.tex("handout", slides(self.deck, handout=True))

    def notes(self) -> None:
        from codegen.document.beamer import slides

        self.tex("notes", slides(self.deck, handout=True, notes=True))

    def sheet(self) -> None:
        from codegen.document.article_pages import article_pages

        self.tex("sheet", article_pages(self.deck))

    def blanks(self) -> None:
        from codegen.document.article_pages import article_pages

        self.tex("blanks", article_pages(self.deck, blanks=True))

    def html(self) -> None:
        from codegen.document.html import html_page
        from codegen.document.html_board import board_data

        boards = [board_data(b) for b in self.context.boards.values()]
        made = html_page(self.deck, board=[b for b in boards if b is not None])
        self.stage.output(f"{self.stem}.html", made)

    def notebook(self) -> None:
        from codegen.document.notebook import notebook

        made = notebook(self.deck, list(self.context.networks.values()))
        self.stage.output(f"{self.stem}.ipynb", made)

    def snippets(self) -> None:
        from codegen.document.beamer import style_file
        from codegen.document.snippets import snippets

        if not (self.stage.work / STYLE).exists():
            self.stage.output(STYLE, style_file())
        for name, text in snippets(self.deck).items():
            self.stage.output(f"{self.stem}_{name}", text)

    def frames(self) -> None:
        """Made from the slides' PDF, after it."""
        if not any(p.name == f"{self.stem}_slides.tex" for p in self.documents):
            self.slides()

    def manifest(self) -> None:
        from codegen.lecture.manifest import manifest

        self.stage.output(f"{self.stem}_manifest.json", manifest(self.deck))

    def typeset(self, *, must: bool) -> None:
        """PDFs of the LaTeX documents; where TeX is missing, a message: what to install."""
        for tex in self.documents:
            try:
                compile_pdf(tex)
            except MissingProgramError as missing:
                if must:
                    raise
                self.console.print(f"no PDF of the lecture: {missing}", style="yellow")
                return
            self.stage.keep(tex.with_suffix(".pdf").name)

    def pictures(self) -> None:
        from codegen.document.frames import frames

        pdf = self.stage.work / f"{self.stem}_slides.pdf"
        if not pdf.exists():
            compile_pdf(pdf.with_suffix(".tex"))
        for path in frames(pdf):
            if path.parent != self.stage.work:
                raise ChalkgradError("a frame outside of the stage", where=path.name)
            self.stage.keep(path.name)
