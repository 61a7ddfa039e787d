"""The lecture documents of ``chalkgrad build``, for every language of the spec."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codegen.cli_progress import Making
from codegen.cli_specs import file_name
from codegen.cli_stage import Stage
from codegen.cli_typeset import Press
from derive.errors import ChalkgradError

if TYPE_CHECKING:
    from rich.console import Console

    from codegen.document.lecture_files import Lecture
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
TYPESET = ("slides", "handout", "notes", "sheet", "blanks")


class Frames:
    """The slides that become pictures, once their PDFs are there."""

    def __init__(self) -> None:
        self._slides: list[tuple[Stage, Path, str]] = []

    def add(self, stage: Stage, pdf: Path, folder: str) -> None:
        self._slides.append((stage, pdf, folder))

    def make(self, making: Making) -> None:
        """Every slide, step by step, into its folder. Raises MissingProgramError (poppler)."""
        from codegen.document.frames import frames

        for stage, pdf, folder in self._slides:
            with making(folder):
                for path in frames(pdf, stage.work / folder):
                    stage.keep(path.relative_to(stage.work).as_posix())


class LectureJob:
    """What `build_lecture` needs of a build: its options, and where PDFs and pictures are made."""

    def __init__(
        self, wanted: Sequence[str], console: Console, making: Making, press: Press, *,
        pdf: bool, trust: bool = False,
    ) -> None:  # fmt: skip
        self.wanted = [output for output in LECTURE if output in wanted]
        self.console, self.making, self.press = console, making, press
        self.pdf, self.trust = pdf, trust
        self.frames = Frames()


def build_lecture(stage: Stage, networks: Sequence[Network], job: LectureJob) -> None:
    """Write the documents that are wanted, in every language of the spec, into the stage.

    Raises ChalkgradError for what the deck cannot show. What a calculation of the slides cannot
    reproduce with the printed digits is told once, not in every language.
    """
    from codegen.document.lecture_files import lectures

    told: set[str] = set()
    stem = file_name(networks)
    for make in lectures(networks, stem, trust=job.trust):
        with job.making(f"{stem}: the lecture's pages"):
            lecture = make()
        for output in job.wanted:
            with job.making(f"{lecture.stem}: {LECTURE[output]}"):
                _write(stage, lecture, output, job)
        for report in lecture.deck.reports:
            said = report.replace(",", ".")  # numbers differ by their decimal marks only
            if said not in told:
                job.console.print(f"{lecture.stem}: {report}", style="yellow", soft_wrap=True)
            told.add(said)


def _write(stage: Stage, lecture: Lecture, output: str, job: LectureJob) -> None:
    """One output with the style and the logo it needs; what is LaTeX goes to the press."""
    from codegen.document.lecture_files import RUNS

    frames = output == "frames"
    if frames:
        output = "slides"
        if "slides" in job.wanted:  # they are at the press, and their PDF will be there
            pdf = stage.place(f"{lecture.stem}_slides.pdf")
            job.frames.add(stage, pdf, f"{lecture.stem}_frames")
            if not job.pdf:
                job.press.add(stage, pdf.with_suffix(".tex"), keep=False)
            return
    for name, text in lecture.files(output).items():
        shared = name.endswith(".sty")
        if shared and stage.has(name):
            continue
        path = stage.write(name, text)
        if not frames:
            stage.keep(name)
        if name.endswith(f"_{output}.tex") and output in RUNS:
            _logo(stage, lecture, keep=not frames)
            if frames or job.pdf:
                pdf = job.press.add(stage, path, runs=RUNS[output], keep=not frames)
            if frames:
                job.frames.add(stage, pdf, f"{lecture.stem}_frames")
