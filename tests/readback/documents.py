"""Where the formula lines of a document stand: slides, handout and article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .layout import Row, Token, UnreadableError
from .tex import read


@dataclass(frozen=True)
class Line:
    """One printed line. ``joins``: "" begins a relation, "continues" it (no left side), "adds" to
    its sum, "block": a display begins. ``fault``: why its layout could not be read. ``wrong``: the
    page shows it as a mistake."""

    page: str
    number: int
    source: str
    row: Row = ()
    joins: str = ""
    fault: str = ""
    note: str = ""
    wrong: bool = False


def line(page: str, number: int, source: str, *, joins: str = "", note: str = "") -> Line:
    """A line from its TeX."""
    try:
        row = read(source)
    except UnreadableError as err:
        return Line(page, number, source, joins=joins, fault=str(err), note=note)
    if not joins and row and row[0] in (Token("sign", "="), Token("sign", "≈")):
        joins = "continues"
    return Line(page, number, source, row, joins, note=note)


def fields(text: str) -> list[str]:
    """The arguments {…}{…} that a text begins with."""
    made, start = [], 0
    while start < len(text) and text[start] == "{":
        end = closing(text, start)
        made.append(text[start + 1 : end])
        start = end + 1
    return made


def closing(text: str, start: int) -> int:
    """Where the brace that opens at ``start`` closes."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        if not depth:
            return at
        at += 1
    raise UnreadableError("an open brace")


_INLINE = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)\$")
_PROSE = ("\\cgtext", "\\cgitem", "\\cgnumberitem", "\\cgcaption", "\\note", "\\gdef\\cgtitle")


MISTAKES = ("There is a mistake in these lines", "Há um erro nestas linhas")


def mistaken_from(text: str) -> int:
    """From where on the lines of a page are shown as mistaken; its end where none is."""
    return min((k for said in MISTAKES if (k := text.find(said)) >= 0), default=len(text))


class _Frame:
    """Which page is being read, and whether under the sign of a mistake."""

    def __init__(self) -> None:
        self.page, self.depth, self.wrong = "", 0, False

    def read(self, text: str) -> None:
        if text.startswith("% "):
            self.page, self.wrong = text[2:], False
        if any(sentence in text for sentence in MISTAKES):
            self.depth, self.wrong = 1_000, True  # to the end of the page
        if text.startswith("\\cgpanel{cgWrong}"):
            self.depth, self.wrong = 0, True
        if self.wrong:
            bare = re.sub(r"\\.", "", text)
            self.depth += bare.count("{") - bare.count("}")
            self.wrong = self.depth > 0


def slides(tex: str) -> Iterator[Line]:
    """The lines of slides or of a handout; a page is called as its frame."""
    frame = _Frame()
    for number, text in enumerate(tex.split("\\begin{document}")[-1].splitlines(), 1):
        frame.read(text)
        for found in _slide(frame.page, number, text):
            yield replace(found, wrong=True) if frame.wrong else found


def _slide(page: str, number: int, text: str) -> Iterator[Line]:
    if text.startswith("\\cgrow{"):
        yield from _row(page, number, fields(text[len("\\cgrow") :]))
    elif text.startswith(("\\cgcell{", "\\cgcurrent{")):
        (only,) = fields(text[text.index("{") :])[:1]
        yield line(page, number, only, note="strip")
    elif text.startswith("\\cgmath"):
        yield Line(page, number, "", joins="block")
    elif text.startswith(_PROSE) or " & " in text:
        yield from inline(page, number, text)


def _row(page: str, number: int, row: list[str]) -> Iterator[Line]:
    left, relation, right, note = row[1], row[2], row[3], row[4]
    joins = "" if left else "continues" if relation in ("=", "\\approx") else "adds"
    yield line(page, number, f"{left} {relation} {right}", joins=joins, note=note)
    yield from inline(page, number, note)


# what is said holds where this does only; what is said of where something is 1
_CONDITION = re.compile(r"\s*(?:for|para|se)\s*\$")
_WHERE = re.compile(r"(?:1|\$) (?:for|para) $")


def inline(page: str, number: int, text: str) -> Iterator[Line]:
    """The relations within a sentence."""
    for found in _INLINE.finditer(text):
        where = holds_only_there(text[: found.start()], text[found.end() :])
        if re.search(r"=|\\approx", found[1]) and not where:
            yield line(page, number, found[1], note="inline")


def holds_only_there(before: str, after: str) -> bool:
    """Does a sentence say where something holds, or what holds somewhere only?"""
    return bool(_CONDITION.match(after) or _WHERE.search(before))


def article(tex: str) -> Iterator[Line]:
    """The numbered and the plain displays of an article; a page is a section."""
    page = ""
    for number, text in enumerate(tex.splitlines(), 1):
        if text.startswith(("\\section{", "\\subsection{")):
            page = fields(text[text.index("{") :])[0]
        elif text.startswith(("\\chalkline{", "\\chalkplain{", "\\chalkpages{")):
            yield Line(page, number, "", joins="block")
            body = fields(text[text.index("{") :])[-1]
            yield line(page, number, body)
        elif text.startswith("\\chalksteps{"):
            yield Line(page, number, "", joins="block")
            yield from _steps(page, number, fields(text[len("\\chalksteps") :])[0])
        elif not text.startswith(("\\new", "\\def", "%")):
            yield from inline(page, number, text)


def _steps(page: str, number: int, body: str) -> Iterator[Line]:
    """Rows of an alignment, their reasons in the last column."""
    for row in re.split(r"\\\\", body):
        cells = re.sub(r"^\s*\[[\d.]+ex\]", "", row).split("&")
        left = cells[0].strip()
        yield line(page, number, " ".join(cells[:2]), joins="" if left else "continues")
