"""Where the formula lines of the HTML page and of the notebook stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from . import mathml
from .documents import Line, line, mistaken_from
from .layout import Item, Row, Token, UnreadableError

_PAGE = re.compile(r'<section class="page[^"]*" id="p-([^"]+)".*?</section>', re.S)
_MATH = re.compile(r"<math\b.*?</math>", re.S)
_WRONG = re.compile(r'class="panel wrong".*?(?=class="panel |</section>)', re.S)
_OPENS = {"{": 1, "}": -1, "\\begin{": 2, "\\end{": 0}  # with the brace of its name
_ASSERTS = frozenset("=≈≠∈")


def page(html: str) -> Iterator[Line]:
    """The rows of the displays, and the relations within sentences; SVG labels left out."""
    for section in _PAGE.finditer(html):
        text = re.sub(r"<svg.*?</svg>", "", section[0], flags=re.S)
        wrong = [*(m.span() for m in _WRONG.finditer(text)), (mistaken_from(text), len(text))]
        for found in _MATH.finditer(text):
            number = html.count("\n", 0, section.start()) + text.count("\n", 0, found.start()) + 1
            mistake = any(a <= found.start() < b for a, b in wrong)
            for one in _formula(section[1], number, found[0]):
                yield replace(one, wrong=mistake)


def _formula(page: str, number: int, text: str) -> Iterator[Line]:
    try:
        root = fromstring(text)
    except ParseError as err:
        yield Line(page, number, text, fault=f"MathML that is no XML: {err}")
        return
    table = root.find("mtable[@class='cg-rows']")
    if table is not None:
        yield Line(page, number, "", joins="block")
        for row in table:
            yield from _row(page, number, row)
        return
    found = _read(page, number, root)
    if any(t.text in _ASSERTS for t in found.row if isinstance(t, Token)):
        yield replace(found, note="inline")


def _row(page: str, number: int, row: Element) -> Iterator[Line]:
    """Left side, sign, right side of a row; its note is read for itself."""
    cells = {name: cell for cell in row for name in (cell.get("class") or "").split()}
    shown = [cells[name] for name in ("cg-r", "cg-rel", "cg-l") if name in cells]
    whole = Element("mrow")
    whole.extend(shown)
    left = _plain(cells.get("cg-r"))
    sign = _plain(cells.get("cg-rel"))
    joins = "" if left else "continues" if sign in ("=", "≈") else "adds"
    yield replace(_read(page, number, whole), joins=joins)


def _plain(cell: Element | None) -> str:
    return "" if cell is None else "".join(cell.itertext()).strip()


def _read(page: str, number: int, element: Element) -> Line:
    source = "".join(element.itertext())
    try:
        return Line(page, number, source, _items(element))
    except UnreadableError as err:
        return Line(page, number, source, fault=str(err))


def _items(element: Element) -> Row:
    made: list[Item] = []
    for child in element:
        made += _items(child) if child.tag == "mtd" else mathml.items(child)
    return mathml.joined(made)


def notebook(text: str) -> Iterator[Line]:
    """The displays between $$ of the cells with text; a page is a cell, called as its slide."""
    for number, cell in enumerate(json.loads(text)["cells"]):
        source = re.sub(r"^(?:> ?)+", "", "".join(cell["source"]), flags=re.M)
        if cell["cell_type"] != "markdown":
            continue
        name = cell["id"]
        for display in re.finditer(r"\$\$(.*?)\$\$", source, re.S):
            wrong = display.start() >= mistaken_from(source)
            yield Line(name, number, "", joins="block")
            for one in _display(name, number, display[1]):
                yield replace(one, wrong=wrong)


def _display(name: str, number: int, display: str) -> Iterator[Line]:
    body = re.fullmatch(r"\\begin\{aligned\}(.*)\\end\{aligned\}", display.strip(), re.S)
    if body is None:
        yield line(name, number, display)
        return
    for row in _rows(body[1]):
        left, _, right = row.partition("&")
        right = re.sub(r"\\q?quad (\(\d+\)|\\text\{.*\})$", "", right.strip(), flags=re.S)
        goes_on = right.lstrip().startswith(("=", "\\approx"))
        joins = "" if left.strip() else "continues" if goes_on else "adds"
        yield line(name, number, f"{left} {right}", joins=joins)


def _rows(body: str) -> list[str]:
    """The rows of an alignment, not those of the matrices and sums inside."""
    made, depth = [""], 0
    for piece in re.split(r"(\\begin\{|\\end\{|\\\\|\\[{}]|[{}])", body):
        depth += _OPENS.get(piece, 0)
        if piece == "\\\\" and not depth:
            made.append("")
        else:
            made[-1] += piece
    return [m for m in made if m.strip()]
