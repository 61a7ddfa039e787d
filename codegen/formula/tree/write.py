"""Formulas written as trees: the words in which printers of expressions say what is seen.

Each gives the nodes that the reader makes of the same formula in TeX, so a formula is one tree
whether it was derived or typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from . import symbols as known
from .nodes import (
    BLANK,
    Accent,
    Big,
    Faced,
    Fenced,
    Fraction,
    Grid,
    Group,
    Line,
    Lines,
    Marked,
    Node,
    Number,
    Operator,
    Padded,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stacked,
    Switch,
    Text,
    Words,
)

BREAK = Switch("chalkbreak")  # where a line of the article may end
_SIZES = ("", "big", "Big", "bigg")  # of fences, by how tall what they hold is


# -- signs and numbers ----------------------------------------------------------------------------


def sign(name: str) -> Sign:
    """A sign by its character (∂, =, w) or by its name in symbols.yaml (le, lVert)."""
    if len(name) > 1 or name in "{}":
        return known.SIGNS[f"\\{name}"]
    return known.SIGNS[known.TYPED[name]] if name in known.TYPED else known.letter(name)


def space(name: str) -> Space:
    """A space by its name in symbols.yaml."""
    return Space(f"\\{name}", known.SPACES[f"\\{name}"])


def number(digits: str | int) -> Row:
    """Digits; a minus before them is a sign of its own."""
    text = str(digits)
    return Row((sign("-"), Number(text[1:])) if text.startswith("-") else (Number(text),))


def text(words: str) -> Text:
    """Words in a formula."""
    return Text("text", (Words(words),))


def lettered(name: str) -> Row:
    """A name that a person gave, letter by letter: no character of it acts."""
    return Row(tuple(_character(c) for c in re.findall(r"[0-9]+|.", name, re.S)))


def _character(c: str) -> Node:
    if c.isspace():
        return BLANK
    if c.isascii() and c.isdigit():
        return Number(c)
    if c.isascii() and c.isalpha():
        return known.letter(c)
    return known.SIGNS.get(f"\\{c}") or text(c)


EQUALS, APPROX, PLUS, BECOMES = map(sign, ("=", "approx", "+", "leftarrow"))


# -- side by side ---------------------------------------------------------------------------------


def row(*parts: Node) -> Row:
    """Nodes side by side; the items of a row among them stand there themselves."""
    items: list[Node] = []
    for part in parts:
        if type(part) is Row:
            items.extend(part.items)
        else:
            items.append(part)
    return Row(tuple(items))


def joined(parts: Iterable[Node], *between: Node) -> Row:
    """Parts with the same nodes between each two."""
    made: list[Node] = []
    for part in parts:
        made += [*between, part] if made else [part]
    return row(*made)


def spaced(*parts: Node) -> Row:
    """Parts with a blank, which is not set, between each two."""
    return joined(parts, BLANK)


def listed(parts: Iterable[Node]) -> Row:
    """Parts with commas, as indices are written."""
    return joined(parts, sign(","))


def dimensions(sizes: Iterable[Node]) -> Row:
    """4 × 3: the sizes of an array."""
    return joined(sizes, BLANK, sign("times"), BLANK)


def enumerated(parts: Iterable[Node]) -> Row:
    """Parts with commas and room between them, as formulas of a list are written."""
    return joined(parts, sign(","), space(";"), BLANK)


def chained(parts: Iterable[Node]) -> Row:
    """a = b = c."""
    return joined(parts, BLANK, EQUALS, BLANK)


def group(*parts: Node) -> Group:
    """Nodes in braces."""
    return Group(row(*parts).items)


# -- scripts and what is built up -----------------------------------------------------------------


def lowered(base: Node, script: Node) -> Row:
    return _scripted(base, "_", group(script))


def raised(base: Node, script: Node) -> Row:
    return _scripted(base, "^", group(script))


def primed(base: Node, primes: int = 1) -> Row:
    """g', g''."""
    for _ in range(primes):
        base = _scripted(base, "'", sign("'"))
    return row(base)


def _scripted(base: Node, mark: str, script: Node) -> Row:
    """A script belongs to the last atom of a row, which may have others already."""
    *before, last = row(base).items
    if isinstance(last, Scripts):
        last = Scripts(last.base, (*last.marks, (mark, script)), last.placed)
    else:
        last = Scripts(last, ((mark, script),))
    return Row((*before, last))


def fraction(over: Node, under: Node, *, tall: bool = False) -> Fraction:
    """``tall``: of its displayed size, also in a line of text."""
    return Fraction("dfrac" if tall else "frac", group(over), group(under))


def derivative(
    over: Node, under: Node, *, of: Node | None = None, direct: bool = False
) -> Fraction:
    """∂over/∂under, or with another sign ``of`` differentiation; ``direct``: ∂⁺over/∂under."""
    d = of if of is not None else sign("∂")
    return fraction(spaced(raised(d, sign("+")) if direct else d, over), spaced(d, under))


def displayed(body: Node) -> Row:
    """A formula in a line of text, as large as by itself."""
    return spaced(Switch("displaystyle"), body)


def root(body: Node) -> Root:
    return Root(group(body))


def accented(mark: str, body: Node) -> Row:
    """A letter with a mark over it: hat, or the command that a notation says."""
    return row(Accent(mark.removeprefix("\\"), group(body)))


def bold(body: Node) -> Faced:
    """Upright bold: 1 as an indicator or as a vector."""
    return Faced("mathbf", group(body))


def roman(body: Node) -> Faced:
    return Faced("mathrm", group(body))


def double_struck(body: Node) -> Faced:
    """ℝ."""
    return Faced("mathbb", group(body))


def operator(name: Node, *, limits: bool = False) -> Operator:
    """A function by its name; ``limits``: its scripts stand below and above it."""
    return Operator("operatorname*" if limits else "operatorname", group(name))


def slashed(over: Node, under: Node) -> Row:
    """∂over / ∂under on one line."""
    d = sign("∂")
    return spaced(d, over, sign("/"), d, under)


def highlighted(body: Node) -> Row:
    """The entry that a page is about."""
    return row(Marked("cghl", "", group(body)))


def boxed(body: Node) -> Row:
    """A result in its frame."""
    return row(Padded("boxed", group(body)))


def underset(mark: Node, base: Node) -> Stacked:
    """Something small under a formula."""
    return Stacked("underset", group(Switch("scriptscriptstyle"), BLANK, mark), group(base))


def underbrace(body: Node, said: Node) -> Row:
    return lowered(Accent("underbrace", group(body)), said)


def gap(body: Node) -> Accent:
    """A line to write on, with the room of a formula."""
    return Accent("underline", group(Padded("phantom", group(body))))


def marked(kind: str, key: str | int, body: Node) -> Marked:
    """One of our own marks round a formula."""
    return Marked(kind, str(key), group(body))


# -- fences and lines -----------------------------------------------------------------------------


def fenced(body: Node, tall: int = 0) -> Row:
    """Parentheses of a fixed size, so that lines may break between them."""
    size = _SIZES[min(tall, 3)]
    if not size:
        return row(sign("("), body, sign(")"))
    return row(Big(size + "l", sign("(")), body, Big(size + "r", sign(")")))


def enclosed(left: str, body: Node, right: str) -> Row:
    """Fences as tall as what they hold."""
    return row(Fenced((sign(left), sign(right)), (row(body),)))


def applied(function: Node, argument: Node) -> Row:
    """f(x)."""
    return row(function, fenced(argument))


def between(left: str, body: Node, right: str) -> Row:
    """A formula between two fences by their names: lvert, rvert."""
    return spaced(sign(left), body, sign(right))


def stacked(lines: Sequence[Node]) -> Lines:
    """Lines under a sum."""
    last = len(lines) - 1
    ends = [((BLANK,) * (k > 0), (BLANK,) * (k < last)) for k in range(len(lines))]
    return Lines(tuple(row(*a, x, *b) for x, (a, b) in zip(lines, ends, strict=True)))


def matrix(lines: Iterable[Iterable[Node]]) -> Grid:
    """Cells in brackets, line by line."""
    made = [tuple(row(BLANK, cell, BLANK) for cell in line) for line in lines]
    return Grid("bmatrix", tuple(map(Line, made)))


def airy(made: Row, size: str) -> Row:
    """A matrix with room between its lines: each begins with an invisible fence of that size."""
    strut = Big(size + "l", known.NO_FENCE)

    def opened(line: Line) -> Line:
        first, *rest = line.cells
        return replace(line, cells=(row(BLANK, strut, first), *rest))

    (grid,) = made.items
    assert isinstance(grid, Grid)
    return row(replace(grid, lines=tuple(map(opened, grid.lines))))


def cases(rows: Iterable[tuple[Node, Node]]) -> Grid:
    """Values, each with its condition."""
    cells = (tuple(row(BLANK, x, BLANK) for x in pair) for pair in rows)
    return Grid("cases", tuple(Line(pair) for pair in cells))
