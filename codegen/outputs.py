"""The map: what is made of a derivation. Each part of the way is a room of its own.

    Derivation ──▶ Program            codegen/lowering       equations as array operations
    Program    ──▶ module, program    codegen/targets/NAME   the text, in the terms of a library
    module     ──▶ Report             codegen/checking       does backward return the derivative?

    Derivation ──▶ Symbols            codegen/notation       how everything is written
    Symbols    ──▶ formulas           codegen/formula        LaTeX, MathML
    formulas   ──▶ article            codegen/article        the derivation to read

    networks   ──▶ Deck               codegen/lecture        ``deck:``, item by item
    Deck       ──▶ Deck               codegen/layout         pages that are too full are split
    Deck       ──▶ documents          codegen/documents/KIND slides, sheet, page, notebook

What comes out at the end is a row here: its name (what ``--only`` says), its meaning, its files,
whether it is LaTeX, when it is made unasked. Targets and kinds of documents bring theirs
in the file ``target.py`` or ``kind.py`` of their folder; they are found by name, not imported, for
they stand below this map in the order of the rooms and their rows are of the classes defined here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar

from .folders import named

Files = dict[str, str]
"""File name -> text."""
Default = Literal["always", "train", "deck", "asked"]
_WHERE: Mapping[Default, str] = {
    "always": "always", "train": "with train in the spec", "deck": "with a deck",
    "asked": "only by name",
}  # fmt: skip
_PACKAGE = __package__ or ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a user can ask for by name.

    ``files``: what follows the name of the network or lecture in the names of its files (one,
    where it is LaTeX); a folder ends with a slash. ``tex``: it is LaTeX, which is typeset, too.
    ``default``: when it is made unasked.
    """

    name: str
    meaning: str
    files: tuple[str, ...]
    default: Default = "asked"
    tex: bool = False

    def due(self, spec: Any) -> bool:
        """Is it made of a network or lecture with this spec (None: there is none) unasked?"""
        if self.default == "train":
            return spec is not None and "train" in spec.model_fields_set
        return self.default == "always" or (self.default == "deck" and bool(spec.deck))


@dataclass(frozen=True, kw_only=True)
class Target(Output):
    """Code, made of a derivation: a row of ``TARGETS`` in targets/NAME/target.py."""

    emit: Callable[[Any], Files]


@dataclass(frozen=True, kw_only=True)
class Document(Output):
    """A document, made of a lecture: a row of ``DOCUMENTS`` in documents/KIND/kind.py. ``typst``:
    the same document as text for Typst, where it has a PDF."""

    make: Callable[[Any], Files]
    typst: Callable[[Any], str] | None = None

    @property
    def logo(self) -> bool:
        """Does the lecturer's logo stand beside it?"""
        return self.tex or self.name == TYPST


@dataclass(frozen=True, kw_only=True)
class Packed(Output):
    """A document that is one file and no text, made of a lecture; a row of a kind, too.

    It needs the Python ``package``; ``install`` says how to get it."""

    make: Callable[[Any], bytes]
    package: str
    install: str


@dataclass(frozen=True, kw_only=True)
class Pictures(Output):
    """Files made of the PDF of the document ``of`` by outside ``programs``; a row of a kind, too.

    ``make`` takes the PDF and the folder to fill. ``pattern`` matches what an earlier, longer
    lecture may have left there. ``install`` says how to get the programs.
    """

    of: str
    make: Callable[[Path, Path], Sequence[Path]]
    pattern: tuple[str, ...]
    programs: tuple[str, ...]
    install: str


Row = TypeVar("Row", bound=Output)

JSON = Output(name="json", meaning="the gradient report", files=(".json",), default="always")
LATEX = Output(
    name="latex",
    meaning="the derivation as an article",
    files=(".tex",),
    default="always",
    tex=True,
)
PDF = Output(
    name="pdf", meaning="the derivation as an article, typeset", files=(".pdf",), default="always"
)
TYPST = "typst"  # the output that holds the sources of PDFs set by Typst
SHARED = {".sty": "the style that slides, sheets and snippets load"}


@cache
def targets() -> dict[str, Target]:
    """What is made of a derivation as code."""
    found = named(f"{_PACKAGE}.targets", "target")
    return _by_name(chain.from_iterable(module.TARGETS for _, module in found))


@cache
def kinds() -> dict[str, Document | Packed | Pictures]:
    """What is made of a lecture: what is LaTeX first, then by the names of the folders."""
    found = named(f"{_PACKAGE}.documents", "kind")
    rows = chain.from_iterable(module.DOCUMENTS for _, module in found)
    return _by_name(sorted(rows, key=lambda row: not row.tex))


def documents() -> dict[str, Document]:
    return {name: row for name, row in kinds().items() if isinstance(row, Document)}


def packed() -> dict[str, Packed]:
    return {name: row for name, row in kinds().items() if isinstance(row, Packed)}


def pictures() -> dict[str, Pictures]:
    return {name: row for name, row in kinds().items() if isinstance(row, Pictures)}


@cache
def outputs() -> dict[str, Output]:
    """Every output by its name, in the order in which they are made."""
    return _by_name([*targets().values(), JSON, LATEX, *kinds().values(), PDF])


def _by_name(rows: Iterable[Row]) -> dict[str, Row]:
    made: dict[str, Row] = {}
    for row in rows:
        if row.name in made:
            raise ValueError(f"two outputs are called '{row.name}'")
        made[row.name] = row
    return made


@cache
def endings() -> dict[str, str]:
    """How a file or folder ends -> what it is; the longest that fits holds."""
    made = dict(SHARED)
    for row in outputs().values():
        for end in row.files:
            made[end] = row.meaning
            if row.tex:
                made[end.replace(".tex", ".pdf")] = f"{row.meaning}, typeset"
    return made


def meaning(name: str) -> str:
    """What a file is, or a folder (its name with a slash)."""
    fitting = [end for end in endings() if name.endswith(end)]
    return endings()[max(fitting, key=len)] if fitting else ""


def choices() -> str:
    """The outputs by when they are made, for the help of ``--only``."""
    groups = (
        f"{', '.join(row.name for row in outputs().values() if row.default == when)} ({said})"
        for when, said in _WHERE.items()
    )
    return f"Of {'; '.join(groups)}."
