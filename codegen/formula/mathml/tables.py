"""Matrices, cases and aligned lines of a formula as tables of MathML."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tree.nodes import EMPTY, Grid, Line, Node
from .atoms import fenced, tighten
from .elements import Element, element

_ALIGN = {"l": "cg-l", "c": "", "r": "cg-r"}
_ALIGNED = {"aligned", "alignedat", "split"}
_FENCES = {
    "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"), "cases": ("{", ""), "rcases": ("", "}"),
}  # fmt: skip
Printed = Callable[[Iterable[Node]], list[Element]]


def grid(g: Grid, row: Printed) -> Element:
    """A grid; ``row`` prints what stands side by side in a cell."""
    name = g.environment
    align = _columns(g.columns) if name == "array" else []
    lines = [_line(line, name, align, row) for line in g.kept]
    table = Element("mtable", lines, kind="inner")
    if name in (*_ALIGNED, "gathered"):
        table.attributes["displaystyle"] = "true"
    kind = "cg-aligned" if name in _ALIGNED else "cg-cases" if "cases" in name else "cg-array"
    if name == "smallmatrix":
        table = element("mstyle", table, kind="inner", scriptlevel="1")
    else:
        table.attributes["class"] = kind
    opening, closing = _FENCES.get(name, ("", ""))
    return fenced(opening, [table], closing) if opening or closing else table


def lines(rows: Iterable[list[Element]]) -> Element:
    """Lines below a sum sign."""
    made = []
    for items in rows:
        line = Element("mrow", items)
        tighten(line)
        made.append(element("mtr", element("mtd", line)))
    return Element("mtable", made, attributes={"class": "cg-stack"})


def _columns(spec: str) -> list[str]:
    """The alignment of each column of an array; rules between columns become classes."""
    made: list[str] = []
    rule = False
    for c in spec:
        if c in _ALIGN:
            made.append((_ALIGN[c] + (" cg-rule" if rule else "")).strip())
        rule = c == "|" or (rule and c == " ")
    return made


def _line(line: Line, name: str, align: list[str], row: Printed) -> Element:
    made = Element("mtr")
    for k, inside in enumerate(line.cells):
        # as in TeX: what follows the relation's & is no sign at the start of a formula
        lead = [EMPTY] if name in _ALIGNED and k % 2 else []
        cell = element("mtd", *row([*lead, *inside.items]))
        kind = align[k] if k < len(align) else ""
        if name in _ALIGNED:
            kind = "cg-l" if k % 2 else "cg-r"
        elif "cases" in name:
            kind = "cg-l"
        if kind:
            cell.attributes["class"] = kind
        made.children.append(cell)
    if line.rules:
        made.attributes["class"] = "cg-ruled"
    return made
