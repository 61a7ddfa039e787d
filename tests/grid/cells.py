"""One cell of the grid: a spec in a notation and a language, as one output."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.documents.lecture_files import Lecture, lectures
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.codegen.outputs import documents
from chalkgrad.derive import examples
from chalkgrad.derive.pipeline import load_all

CASES = Path(__file__).parents[1] / "cases" / "printing"
LANGUAGES = ("en", "pt")
ARTICLE = "article"
SECONDS = 60  # a cell takes a few; one that does not end is a fault


@dataclass(frozen=True)
class Cell:
    """What is built: ``spec`` is a path or the name of an example."""

    spec: str
    notation: str
    output: str
    language: str

    def __str__(self) -> str:
        return f"{Path(self.spec).stem} · {self.notation} · {self.output} · {self.language}"


def specs() -> list[str]:
    """The shipped examples and the cases of strangers."""
    return [*examples.names(), *map(str, sorted(CASES.glob("*.yaml")))]


# networks of every kind that take a moment each: a stack, a classifier, an edge map, two losses, a
# recurrence, a gathered row, classes per position, three axes, no formula of a layer, two paths, a
# winner, nothing given
_STRANGE = ("lecture_embedding", "lecture_class_per_position", "lecture_s50055", "softmax_written",
            "rbf_columns", "skip", "svm", "no_input")  # fmt: skip
SAMPLE = ("n232", "xor", "mazur", "autoencoder", "parity",
          *(str(CASES / f"{name}.yaml") for name in _STRANGE))  # fmt: skip


def axes(spec: Sequence[str] = ()) -> tuple[Sequence[str], ...]:
    """The values of each of the parameters of a cell."""
    return spec or specs(), notations(), [*documents(), ARTICLE], LANGUAGES


def whole() -> Iterator[list[Cell]]:
    """Every cell, those that print one lecture together."""
    spec, notation, output, language = axes()
    for s, n, w in itertools.product(spec, notation, language):
        yield [Cell(s, n, o, w) for o in output]


def pairwise() -> list[Cell]:
    """Cells of the `SAMPLE` in which every two values of two parameters meet at least once: a
    lecture of every spec in every notation, and greedily of what it is made."""
    values = axes(SAMPLE)
    open_pairs = {
        (i, a, j, b)
        for i, j in itertools.combinations(range(4), 2)
        for a in values[i]
        for b in values[j]
    }
    made: list[Cell] = []
    for s, n in itertools.product(values[0], values[1]):
        best = max(
            itertools.product(values[2], values[3]),
            key=lambda rest: len(_pairs((s, n, *rest)) & open_pairs),
        )
        open_pairs -= _pairs((s, n, *best))
        made.append(Cell(s, n, *best))
    while open_pairs:  # there may be more outputs than that meets
        cell = max(itertools.product(*values), key=lambda c: len(_pairs(c) & open_pairs))
        open_pairs -= _pairs(cell)
        made.append(Cell(*cell))
    return made


def _pairs(cell: tuple[str, ...]) -> set[tuple[int, str, int, str]]:
    return {(i, cell[i], j, cell[j]) for i, j in itertools.combinations(range(4), 2)}


def build(cell: Cell) -> dict[str, str]:
    """The files of a cell. Raises whatever is wrong with it, TimeoutError where it does not end."""
    with ends_within(SECONDS):
        if cell.output == ARTICLE:
            sets = (f"style.notation={cell.notation}", f"style.language={cell.language}")
            found = load_all(cell.spec, sets)
            return {f"{net.name}.tex": article(net.derive()) for net in found}
        made = lecture(cell.spec, cell.notation, cell.language).files(cell.output)
    if not made or not all(made.values()):
        raise AssertionError("an empty file")
    return made


@lru_cache(maxsize=1)
def lecture(spec: str, notation: str, language: str) -> Lecture:
    """The lecture that all documents of a cell print."""
    sets = (f"style.notation={notation}", f"style.language={language}")
    networks: Any = load_all(spec, sets)
    stem = networks[0].spec.name or networks[0].name
    (make,) = lectures(networks, stem)
    made = make()
    empty = [p.id for p in made.deck.pages if p.layout == "content" and not p.blocks]
    if empty or not made.deck.pages:
        raise AssertionError(f"empty pages: {empty}")
    return made


@contextmanager
def ends_within(seconds: int) -> Iterator[None]:
    """Raises TimeoutError after so many seconds of the processor, however busy it is."""

    def late(*_: Any) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
