"""Mathematics in a lecturer's own Markdown: what may stand between the dollars, and its lines.

It is read as every formula is (`codegen.formula.reader`): commands that only print, in pairs what
comes in pairs; everything that could act (``\\input``, ``\\csname``, ``^^5c``, …) is refused.
"""

from __future__ import annotations

import re
from itertools import chain

from ....derive.language.errors import ChalkgradError
from ...deck.model import Row
from ...formula.line_breaks import is_relation
from ...formula.tex_printer import tex
from ...formula.tree.nodes import BLANK, Grid, Line, Node, Sign, marks
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.reader import formula

_OURS = {"cgr", "cgn"}  # references to the derivation: a text has none
_DISPLAY = re.compile(r"\A\\begin\{((?:align|gather|equation)\*?)\}(.*)\\end\{\1\}\Z", re.S)
_WHOLE = {"aligned", "gathered", "split"}


def checked(latex: str, where: str) -> str:
    """The formula on one line. Raises ChalkgradError where it is not only a formula."""
    made = " ".join(latex.split())
    return tex(_read(made, made, where))


def _read(latex: str, typed: str, where: str) -> Formula:
    if not typed:
        raise ChalkgradError("an empty formula", where=where)
    try:
        made = formula(latex)
    except ChalkgradError as e:
        raise ChalkgradError(f"{e.what}: {_short(typed)}", where=where, hint=e.hint) from None
    for mark in marks(made):
        if mark.kind in _OURS:
            raise ChalkgradError(f"\\{mark.kind} cannot stand in a formula", where=where)
    return made


def rows(latex: str, where: str) -> tuple[Row, ...]:
    """A display as lines aligned at their relations. Raises ChalkgradError as `checked` does."""
    text = " ".join(latex.split())
    whole = _DISPLAY.match(text)
    text = whole[2] if whole else text
    (grid,) = _read(rf"\begin{{aligned}}{text}\end{{aligned}}", text, where).items
    assert isinstance(grid, Grid)
    inside = [a for line in grid.lines for cell in line.cells for a in cell.atoms]
    if len(inside) == 1 and isinstance(inside[0], Grid) and inside[0].environment in _WHOLE:
        grid = inside[0]
    made = tuple(_row(line) for line in grid.lines if any(c.atoms for c in line.cells))
    if not made:
        raise ChalkgradError("an empty formula", where=where)
    return made


def _row(line: Line) -> Row:
    first, *others = (cell.items for cell in line.cells)
    parts = _at_relation(first)
    if others:
        rest = (*chain.from_iterable((BLANK, *cell) for cell in others),)
        before, relation, after = _at_relation(rest)
        if relation and not Formula(before).atoms:
            parts = (first, relation, after)
        elif parts[1] and not Formula(parts[2]).atoms:  # a =& b
            parts = (parts[0], parts[1], rest)
        else:
            parts = (first, None, rest)
    left, sign, right = parts
    return Row(_stripped(left), _stripped(right), sign)


def _stripped(items: Items) -> Formula:
    """Without blanks at the ends and between blanks."""
    seen = [k for k, n in enumerate(items) if n != BLANK]
    return Formula(tuple(items[seen[0] : seen[-1] + 1]) if seen else ())


Items = tuple[Node, ...]


def _at_relation(items: Items) -> tuple[Items, Sign | None, Items]:
    """What stands before the first relation outside of groups, it, and what follows; a formula
    without one is all behind it."""
    for k, item in enumerate(items):
        if is_relation(item):
            return items[:k], item, items[k + 1 :]
    return (), None, items


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
