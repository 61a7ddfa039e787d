"""The lecture documents of ``chalkgrad build``, for every language of the spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.progress import Making
from ..console.specs import file_name
from ..console.stage import Stage
from ..console.typeset import Press

if TYPE_CHECKING:
    from rich.console import Console

    from ...derive.pipeline import Network
    from ..documents.lecture_files import Lecture

# output -> what it is, in the order in which they are made
LECTURE = {
    "slides": "the lecture's slides",
    "handout": "the slides as a handout, one page each",
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
TYPESET = ("slides", "handout", "notes", "sheet", "blanks")  # what is LaTeX


class Frames:
    """The slides that become pictures, once their PDFs are there."""

    def __init__(self) -> None:
        self._slides: list[tuple[Stage, Path, str]] = []

    def add(self, stage: Stage, pdf: Path, folder: str) -> None:
        self._slides.append((stage, pdf, folder))

    def make(self, making: Making) -> None:
        """Every slide, step by step, into its folder. Raises MissingProgramError (poppler)."""
        from ..documents.frames.frames import frames

        for stage, pdf, folder in self._slides:
            with making(folder):
                for path in frames(pdf, stage.work / folder):
                    stage.keep(path.relative_to(stage.work).as_posix())
                for ending in ("png", "svg"):
                    stage.supersede(f"{folder}/frame-*.{ending}")


@dataclass
class LectureJob:
    """What `build_lecture` is to make, and who makes PDFs and pictures of it.

    ``pdf``: documents that are LaTeX are typeset; ``trust`` admits raw TeX in the lecturer's own
    slides."""

    wanted: Sequence[str]
    console: Console
    making: Making
    press: Press
    pdf: bool
    trust: bool = False
    frames: Frames = field(default_factory=Frames)


def build_lecture(stage: Stage, networks: Sequence[Network], job: LectureJob) -> None:
    """Write the documents that are wanted, in every language of the spec, into the stage.

    Raises ChalkgradError for what the deck cannot show. A calculation that the printed digits do
    not reproduce is told once, not in every language.
    """
    from ..documents.lecture_files import lectures

    stem = file_name(networks)
    told: set[str] = set()
    for make in lectures(networks, stem, trust=job.trust):
        with job.making(f"{stem}: the lecture's pages"):
            lecture = make()
        for output in LECTURE:
            if output in job.wanted and output != "frames":
                with job.making(f"{lecture.stem}: {LECTURE[output]}"):
                    _write(stage, lecture, output, keep=True)
        _typeset(stage, lecture, job)
        for report in lecture.deck.reports:
            said = report.replace(",", ".")  # in another language only the decimal mark differs
            if said not in told:
                job.console.print(f"{lecture.stem}: {report}", style="yellow", soft_wrap=True)
            told.add(said)


def _write(stage: Stage, lecture: Lecture, output: str, *, keep: bool) -> None:
    """The files of an output, with the style and the logo that they share with others."""
    for name, text in lecture.files(output).items():
        if name.endswith(".sty"):
            stage.share(name, text.encode(), keep=keep)
        else:
            stage.write(name, text)
            if keep:
                stage.keep(name)
    logo = lecture.logo() if output in TYPESET else None
    if logo is not None:
        stage.share(lecture.deck.theme.logo, logo.read_bytes(), keep=keep)


def _typeset(stage: Stage, lecture: Lecture, job: LectureJob) -> None:
    """Hand the LaTeX documents to the press, and the slides to the frames."""
    from ..documents.lecture_files import RUNS

    made = [output for output in TYPESET if output in job.wanted]
    frames = "frames" in job.wanted
    if frames and "slides" not in made:
        _write(stage, lecture, "slides", keep=False)
    for output in dict.fromkeys([*made, "slides"] if frames else made):
        keep = job.pdf and output in made
        if keep or (frames and output == "slides"):
            tex = stage.place(f"{lecture.stem}_{output}.tex")
            pdf = job.press.add(stage, tex, runs=RUNS[output], keep=keep)
            if frames and output == "slides":
                job.frames.add(stage, pdf, f"{lecture.stem}_frames")
