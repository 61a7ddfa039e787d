"""The lecture documents of ``chalkgrad build``, for every language of the spec."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ..console.progress import Making
from ..console.specs import file_name
from ..console.stage import Stage
from ..console.typeset import TYPST, Engine, Press
from ..outputs import Document, documents, packed, pictures

if TYPE_CHECKING:
    from ...derive.pipeline import Network
    from ..documents.lecture_files import Lecture


def build_lecture(
    stage: Stage, networks: Sequence[Network], made: Collection[str], making: Making, press: Press,
    *, pdf: bool, trust: bool, engine: Engine,
) -> None:  # fmt: skip
    """Write the documents to be ``made``, in every language of the spec, into the stage.

    ``pdf``: those that are LaTeX go to the press, as LaTeX or as Typst by its ``engine``;
    ``trust`` admits raw TeX in the lecturer's own slides. Raises ChalkgradError for what the deck
    cannot show. A calculation that the printed digits do not reproduce is told once, not in every
    language.
    """
    from ..documents.lecture_files import lectures

    stem = file_name(networks)
    told: set[str] = set()
    for make in lectures(networks, stem, trust=trust):
        with making(f"{stem}: the lecture's pages"):
            lecture = make()
        for row in documents().values():
            if row.name in made:
                with making(f"{lecture.stem}: {row.meaning}"):
                    _write(stage, lecture, row, keep=True)
        for pack in packed().values():
            if pack.name in made:
                with making(f"{lecture.stem}: {pack.meaning}"):
                    name = f"{lecture.stem}{pack.files[0]}"
                    stage.place(name).write_bytes(pack.make(lecture))
                    stage.keep(name)
        _typeset(stage, lecture, made, press, pdf=pdf, engine=engine)
        for report in lecture.deck.reports:
            said = report.replace(",", ".")  # in another language only the decimal mark differs
            if said not in told:
                making.console.print(f"{lecture.stem}: {report}", style="yellow", soft_wrap=True)
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
    if row.logo:
        _logo(stage, lecture, keep=keep)


def _logo(stage: Stage, lecture: Lecture, *, keep: bool) -> tuple[str, ...]:
    """The logo beside the documents that show it; its name, if there is one."""
    logo = lecture.logo()
    if logo is None:
        return ()
    stage.share(lecture.deck.theme.logo, logo.read_bytes(), keep=keep)
    return (lecture.deck.theme.logo,)


def _typeset(
    stage: Stage, lecture: Lecture, made: Collection[str], press: Press, *, pdf: bool,
    engine: Engine,
) -> None:  # fmt: skip
    """Hand the documents that have a PDF to the press; of some of these pictures are made."""
    drawn = [row for row in pictures().values() if row.name in made]
    for row in documents().values():
        albums = {f"{lecture.stem}{a.files[0]}".removesuffix("/"): a
                  for a in drawn if a.of == row.name}  # fmt: skip
        keep = pdf and row.name in made
        if not row.tex or not (keep or albums):
            continue
        (end,) = row.files
        source = stage.place(f"{lecture.stem}{end}")
        beside: tuple[str, ...] = ()
        if engine == "typst" and row.typst is not None:
            source = stage.write(source.with_suffix(TYPST).name, row.typst(lecture))
            beside = _logo(stage, lecture, keep=False)
        elif row.name not in made:
            _write(stage, lecture, row, keep=False)
        press.add(stage, source, keep=keep, albums=albums, beside=beside)
