"""Where the formula lines of a document for Typst stand: calls, content in brackets, dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from . import typst
from .documents import Line, holds_only_there, mistaken_from
from .layout import Row, Token, UnreadableError

_PAGE = re.compile(r"^// (\S+)$", re.M)
_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|#[a-z.]+\(|.', re.S)
_STOP = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|(cgmath|cgrow|cgstrip|cgpanel)\(|(\$)', re.S)
_ENDS = {"(": ")", "[": "]", "$": "$"}
_OPEN = {"(": "([$", "[": "[$", "$": ""}  # what opens inside of a call, of content, of a formula


def slides(text: str) -> Iterator[Line]:
    """The lines of slides, of a handout or a sheet; a page is called as its frame."""
    pieces = _PAGE.split(text)
    number = pieces[0].count("\n") + 1
    for page, body in zip(pieces[1::2], pieces[2::2], strict=True):
        yield from _page(page, number, body)
        number += body.count("\n")


def _page(page: str, first: int, text: str) -> Iterator[Line]:
    at, wrong = 0, mistaken_from(text)
    panel = 0  # where the last panel with a mistake ends
    while (found := _STOP.search(text, at)) is not None:
        at, number = found.end(), first + text.count("\n", 0, found.start())
        call, dollar = found[1], found[2]
        if call == "cgpanel" and text.startswith('"wrong"', at):
            panel = closing(text, at, "(")
        if call not in ("cgmath", "cgrow", "cgstrip") and not dollar:
            continue
        end = at if call == "cgmath" else closing(text, at, dollar or "(")
        mistake = found.start() >= wrong or found.start() < panel
        made = _lines(page, number, call or "", text[at:end]) if call else \
            _inline(page, number, text[at:end], text[: found.start()], text[end + 1 :])  # fmt: skip
        for one in made:
            yield replace(one, wrong=mistake)
        at = end if call == "cgmath" else end + 1


def _lines(page: str, number: int, call: str, inside: str) -> Iterator[Line]:
    """What a call shows: a display begins, one of its rows, a strip of steps."""
    if call == "cgmath":
        yield Line(page, number, "", joins="block")
    elif call == "cgstrip":
        for cell in fields(inside)[1:]:
            yield _line(page, number, cell, note="strip")
    else:
        _, left, relation, right, note = fields(inside)[:5]
        parts = [left, relation, *fields(right[1:-1])]
        made = _line(page, number, " ".join(p for p in parts if p))
        yield replace(made, joins=_joins(left, relation), note=note.strip("[]"))
        yield from _page(page, number, note)


def _joins(left: str, relation: str) -> str:
    if left != "$$":
        return ""
    return "continues" if relation.replace('""', "") in ("$=$", "$≈$") else "adds"


def _inline(page: str, number: int, formula: str, before: str, after: str) -> Iterator[Line]:
    """A relation within a sentence."""
    if re.search(r"(?<!\\)=|≈", formula) and not holds_only_there(before, after):
        yield _line(page, number, f"${formula}$", note="inline")


def _line(page: str, number: int, source: str, note: str = "") -> Line:
    """A line from formulas side by side, each between its dollars."""
    try:
        rows = [typst.read(body) for body in _formulas(source)]
    except UnreadableError as err:
        return Line(page, number, source, fault=str(err), note=note)
    row: Row = tuple(item for made in rows for item in made)
    continued = row[:1] in ((Token("sign", "="),), (Token("sign", "≈"),))
    return Line(page, number, source, row, "continues" if continued else "", note=note)


def _formulas(source: str) -> Iterator[str]:
    at = 0
    while (at := source.find("$", at)) >= 0:
        end = closing(source, at + 1, "$")
        yield source[at + 1 : end]
        at = end + 1


def closing(text: str, at: int, opened: str) -> int:
    """Where a call, content or formula that opens before ``at`` ends."""
    while at < len(text):
        found = _STEP.match(text, at)
        assert found is not None
        piece = found[0]
        if piece == _ENDS[opened]:
            return at
        call = piece.startswith("#") and opened != "$"
        inner = piece[-1] if call or piece in tuple(_OPEN[opened]) else ""
        at = closing(text, found.end(), inner) + 1 if inner else found.end()
    raise UnreadableError(f"no end of {opened}")


def fields(inside: str) -> list[str]:
    """The arguments of a call."""
    made, at, start = [], 0, 0
    while at < len(inside):
        found = _STEP.match(inside, at)
        assert found is not None
        at = found.end()
        if found[0] == ",":
            made.append(inside[start : at - 1].strip())
            start = at
        elif found[0] in _ENDS or found[0].startswith("#"):
            at = closing(inside, at, found[0][-1]) + 1
    made.append(inside[start:].strip())
    return [m for m in made if m]
