"""What a page says beside its formulas: references, colours, arcs; and documents held together.

A reference names the number that a printed symbol or numeral stands for (the page highlights it and
works it out again); a colour joins a factor to its arc in the picture.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from . import numerals, tree
from .documents import Line
from .evaluate import View
from .grammar import expression
from .judge import TOLERANCE, Bench, Verdict
from .layout import Mark, Row, Token, UnreadableError, marks, plain, shown
from .names import Names
from .report import Judged, Reader
from .values import Jacobian, MisfitError, matrix

_KEY = re.compile(r"(?:(?P<board>\w+)\.)?(?P<name>[A-Za-z_]\w*?)(?:\[(?P<at>\d+(?:,\d+)*)\])?$")
_ARC = re.compile(r"cg/factor(\d+), line width=[\d.]+pt, cg/arrow")
_BOX = re.compile(r"\\cglayerbox\{(\d+)\}\{%(.*?)\\end\{tikzpicture\}\}", re.S)
_LAYER = re.compile(r"\\cglayer\{\d+\}\{\d+\}\{(\d+)\}")
_PAGE = re.compile(r"^% (\S+)$", re.M)


# -- references ------------------------------------------------------------------------------------


def references(reader: Reader, lines: Sequence[Line]) -> Iterator[Judged]:
    """The marks that name another number than they stand at."""
    for line in lines:
        if line.wrong or line.page.startswith(("exercises", "train", "mistakes")):
            continue
        for mark in marks(line.row):
            if mark.kind == "ref":
                found = _reference(reader, line, mark)
                if found:
                    yield Judged(line, Verdict("false", found))


def _reference(reader: Reader, line: Line, mark: Mark) -> str:
    key = _KEY.match(mark.key)
    if key is None:
        return ""
    for _, bench in _boards(reader, line, key["board"]):
        network = bench.names.network
        name, slope = key["name"], False
        if name[:1] == "d" and name[1:] in bench.single[0].names:
            name, slope = name[1:], True
        if name not in network.tensors:
            continue
        at = tuple(map(int, key["at"].split(","))) if key["at"] else ()
        found = _held(bench, mark, name, at, slope=slope)
        if found != "another network":
            return found
    return ""


def _boards(reader: Reader, line: Line, board: str | None) -> list[tuple[str, Bench]]:
    named = [b for b in reader.benches if b[0] == (board or "")]
    if board == "main":
        named = named or reader.benches[:1]
    return named or (reader.order(line.page) if board is None else [])


def _held(bench: Bench, mark: Mark, name: str, at: tuple[int, ...], *, slope: bool) -> str:
    """What is wrong with a mark; "" where nothing is."""
    names = bench.names
    base = names.base
    tensor = tree.Tensor(name, tuple(tree.Number(str(i + base)) for i in at))
    if len(at) != names.rank(name):
        return "another network"
    want: tree.Node = names.gradient(tensor) if slope else tensor
    try:
        body = expression(plain(mark.body), names)
    except UnreadableError:
        return "another network"
    point = bench.given if numerals.numeric(body) else bench.single[0]
    if point is None:
        return ""
    view = View(point, names, {}, known=bench.known)
    try:
        right, got = (np.real(np.asarray(_number(view, n))) for n in (want, body))
    except (UnreadableError, MisfitError):
        return ""
    printed = numerals.printed(body)
    if printed is not None:
        good = numerals.holds(right, np.array(printed[0]), np.array(printed[1]), cut=bench.cut)
    else:
        good = bool(np.allclose(right, got, rtol=TOLERANCE, atol=1e-12))
    return "" if good else f"{shown(plain(mark.body))} refers to {mark.key}"


def _number(view: View, node: tree.Node) -> object:
    made = view.value(node)
    return made.array if isinstance(made, Jacobian) else matrix(made)


# -- colours and arcs ------------------------------------------------------------------------------


def colours(lines: Sequence[Line]) -> Iterator[Judged]:
    """The colours of a chain go from the loss on in order, path by path."""
    for line in lines:
        found = [int(m.key) for m in _factors(line.row)]
        if len(found) > 1 and len(set(found)) > 1 and found != sorted(found):
            yield Judged(line, Verdict("false", f"the factors have the colours {found}"))


def _factors(row: Row) -> list[Mark]:
    """Coloured derivatives: the factors of a chain."""
    made = []
    for mark in marks(row):
        bare = plain(mark.body)
        if mark.kind == "colour" and len(bare) == 1 and shown(bare).startswith("(∂"):
            made.append(mark)
    return made


def painted(reader: Reader, lines: Sequence[Line]) -> Iterator[Judged]:
    """A line that goes on with a chain of entries paints each factor's value in its colour."""
    chain: dict[str, Row] = {}
    page = ""
    for line in lines:
        if line.page != page:
            chain, page = {}, line.page
        found = {m.key: m.body for m in marks(line.row) if m.kind == "colour"}
        if not line.joins and found:
            chain = found if len(_factors(line.row)) == len(found) else {}
        elif line.joins == "continues" and chain and not found.keys() - chain.keys():
            for key, body in found.items():
                wrong = _unlike(reader, line, chain[key], body)
                if wrong:
                    yield Judged(line, Verdict("false", f"colour {key}: {wrong}"))


def _unlike(reader: Reader, line: Line, factor: Row, body: Row) -> str:
    for _, bench in reader.order(line.page):
        names: Names = bench.names
        try:
            nodes = [expression(plain(r), names) for r in (factor, body)]
            if bench.given is None or isinstance(nodes[1], tree.Slope):
                return ""
            view = View(bench.given, names, {}, known=bench.known)
            right, got = (np.real(np.asarray(_number(view, n))) for n in nodes)
        except (UnreadableError, MisfitError):
            continue
        room = 1e-7 if not numerals.calculated(nodes[1]) else 2e-2
        if right.size != 1 or got.size != 1 or abs(right - got) <= room * (1 + abs(right)):
            return ""
        return f"{shown(plain(body))} stands for {shown(plain(factor))}"
    return ""


def arcs(tex: str, lines: Sequence[Line]) -> Iterator[Judged]:
    """A page with a picture and a coloured chain: as many arcs of each colour as factors."""
    drawn = _drawn(tex)
    for page, some in _by_page(lines).items():
        chains = [line for line in some if not page.endswith("matrix") and _framed(line.row)]
        if not chains or not drawn.get(page):
            continue
        factors = Counter(m.key for line in chains for m in _framed(line.row))
        if factors.keys() != drawn[page].keys():
            what = f"arcs {sorted(drawn[page])}, factors {sorted(factors)}"
            yield Judged(chains[0], Verdict("false", what))


def _framed(row: Row) -> list[Mark]:
    return _factors(row)


def _drawn(tex: str) -> dict[str, Counter[str]]:
    """Page -> the colours of its arcs."""
    boxes = {number: text for number, text in _BOX.findall(tex)}
    made = {}
    pieces = _PAGE.split(tex)
    for page, text in zip(pieces[1::2], pieces[2::2], strict=False):
        shown = "".join(boxes.get(number, "") for number in _LAYER.findall(text))
        made[page] = Counter(_ARC.findall(shown))
    return made


def _by_page(lines: Sequence[Line]) -> dict[str, list[Line]]:
    made: dict[str, list[Line]] = {}
    for line in lines:
        made.setdefault(line.page, []).append(line)
    return made


# -- documents held together -----------------------------------------------------------------------


def differences(
    one: Sequence[Line], other: Sequence[Line], *, words: bool = True
) -> Iterator[str]:  # fmt: skip
    """Displays of two documents of one deck that are not the same, page by page; of two languages
    without their ``words``."""
    left, right = _displays(one, words), _displays(other, words)
    for page in left.keys() & right.keys():
        for formula in (left[page] - right[page]) | (right[page] - left[page]):
            yield f"{page}: {formula}"


def _displays(lines: Sequence[Line], words: bool) -> dict[str, Counter[str]]:
    made: dict[str, Counter[str]] = {}
    for line in lines:
        if line.note in ("inline", "strip") or line.page.startswith("exercises"):
            continue  # blanks of exercises are fields on the page
        if line.row:
            stem = re.sub(r"(-part\d+|-\d+)+$", "", line.page)  # a page may be split elsewhere
            made.setdefault(stem, Counter())[_seen(line.row, words)] += 1
    return made


def _seen(row: Row, words: bool) -> str:
    bare = tuple(t for t in plain(row) if not (isinstance(t, Token) and t.kind in ("text", "thin")))
    text = shown(bare) if words else re.sub(r"[^\W\d_]{2,}", "", shown(bare))
    return re.sub(r"[\s{}]", "", text)
