"""The lecture documents of ``chalkgrad build``, for every language of the spec."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.progress import Making
from ..console.specs import file_name
from ..console.stage import Stage
from ..console.typeset import Press
from ..outputs import Document, Pictures, documents, pictures

if TYPE_CHECKING:
    from rich.console import Console

    from ...derive.pipeline import Network
    from ..documents.lecture_files import Lecture


class Albums:
    """The documents that become pictures, once their PDFs are there."""

    def __init__(self) -> None:
        self._albums: list[tuple[Stage, Path, str, Pictures]] = []

    def add(self, stage: Stage, pdf: Path, stem: str, row: Pictures) -> None:
        (end,) = row.files
        self._albums.append((stage, pdf, f"{stem}{end}".removesuffix("/"), row))

    def make(self, making: Making) -> None:
        """The pictures, each document's in its folder. Raises MissingProgramError."""
        for stage, pdf, folder, row in self._albums:
            with making(folder):
                for path in row.make(pdf, stage.work / folder):
                    stage.keep(path.relative_to(stage.work).as_posix())
                for pattern in row.pattern:
                    stage.supersede(f"{folder}/{pattern}")


@dataclass
class LectureJob:
    """How `build_lecture` makes what it makes, and who makes PDFs and pictures of it.

    ``pdf``: documents that are LaTeX are typeset; ``trust`` admits raw TeX in the lecturer's own
    slides."""

    console: Console
    making: Making
    press: Press
    pdf: bool
    trust: bool = False
    albums: Albums = field(default_factory=Albums)


def build_lecture(
    stage: Stage, networks: Sequence[Network], made: Collection[str], job: LectureJob
) -> None:
    """Write the documents to be ``made``, in every language of the spec, into the stage.

    Raises ChalkgradError for what the deck cannot show. A calculation that the printed digits do
    not reproduce is told once, not in every language.
    """
    from ..documents.lecture_files import lectures

    stem = file_name(networks)
    told: set[str] = set()
    for make in lectures(networks, stem, trust=job.trust):
        with job.making(f"{stem}: the lecture's pages"):
            lecture = make()
        for row in documents().values():
            if row.name in made:
                with job.making(f"{lecture.stem}: {row.meaning}"):
                    _write(stage, lecture, row, keep=True)
        _typeset(stage, lecture, made, job)
        for report in lecture.deck.reports:
            said = report.replace(",", ".")  # in another language only the decimal mark differs
            if said not in told:
                job.console.print(f"{lecture.stem}: {report}", style="yellow", soft_wrap=True)
            told.add(said)


def _write(stage: Stage, lecture: Lecture, row: Document, *, keep: bool) -> None:
    """The files of an output, with the style and the logo that they share with others."""
    for name, text in lecture.files(row.name).items():
        if name.endswith(".sty"):
            stage.share(name, text.encode(), keep=keep)
        else:
            stage.write(name, text)
            if keep:
                stage.keep(name)
    logo = lecture.logo() if row.runs else None
    if logo is not None:
        stage.share(lecture.deck.theme.logo, logo.read_bytes(), keep=keep)


def _typeset(stage: Stage, lecture: Lecture, made: Collection[str], job: LectureJob) -> None:
    """Hand the LaTeX documents to the press; of some of their PDFs pictures are made."""
    drawn = [row for row in pictures().values() if row.name in made]
    sources = {row.of for row in drawn}
    for row in documents().values():
        if row.name in sources and row.name not in made:
            _write(stage, lecture, row, keep=False)
        keep = job.pdf and row.name in made
        if row.runs and (keep or row.name in sources):
            (end,) = row.files
            tex = stage.place(f"{lecture.stem}{end}")
            pdf = job.press.add(stage, tex, runs=row.runs, keep=keep)
            for album in drawn:
                if album.of == row.name:
                    job.albums.add(stage, pdf, lecture.stem, album)
