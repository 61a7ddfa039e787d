"""Matrices, cases and aligned lines of a formula as tables of MathML."""

from __future__ import annotations

from ....derive.language.errors import suggest
from . import symbols as known
from .atoms import fenced, finish, tighten
from .parser import Parser
from .tokens import Token
from .tree import Element, element

_ALIGN = {"l": "cg-l", "c": "", "r": "cg-r"}


def environment(p: Parser, name: str) -> Element:
    """What stands between ``\\begin{name}`` and ``\\end{name}``. The name has been read."""
    fences = known.MATRICES.get(name.rstrip("*") if name.rstrip("*") in _STARRED else name)
    if fences is None:
        raise p.fault(f"the page does not know the environment '{name}'",
                      suggest(name, known.MATRICES))  # fmt: skip
    align = _columns(p, p.raw()) if name in ("array", "alignedat") else []
    if name in ("matrix*", "pmatrix*", "bmatrix*"):
        align = _columns(p, p.option() or "c")
    if name in known.ALIGNED or name == "aligned":
        p.option()
        align = []
    rows = _rows(p, name)
    table = Element("mtable", [_row(p, r, name, align) for r in rows], kind="inner")
    if name in (*known.ALIGNED, "gathered", "gather", "gather*", "dcases", "equation", "equation*"):
        table.attributes["displaystyle"] = "true"
    kind = "cg-aligned" if name in known.ALIGNED else "cg-cases" if "cases" in name else "cg-array"
    if name == "smallmatrix":
        table = element("mstyle", table, kind="inner", scriptlevel="1")
    elif kind:
        table.attributes["class"] = kind
    opening, closing = fences
    if not opening and not closing:
        return table
    return fenced(opening, [table], closing)


_STARRED = ("matrix", "pmatrix", "bmatrix")


def substack(p: Parser) -> Element:
    """Lines below a sum sign."""
    if p.take().kind != "{":
        raise p.fault("\\substack needs braces")
    made: list[Element] = []
    while True:
        items = finish(p.items(lambda t: t.kind == "}" or _break(t)))
        line = Element("mrow", items)
        tighten(line)
        made.append(element("mtr", element("mtd", line)))
        if p.peek() is None:
            raise p.fault("a brace { is never closed")
        if p.take().kind == "}":
            return Element("mtable", made, attributes={"class": "cg-stack"})
        p.option()


def _break(t: Token) -> bool:
    return t.kind == "cmd" and t.text in ("\\", "cr")


def _columns(p: Parser, spec: str) -> list[str]:
    """The alignment of each column of an array; rules between columns become classes."""
    made: list[str] = []
    rule = False
    for c in spec:
        if c in _ALIGN:
            made.append((_ALIGN[c] + (" cg-rule" if rule else "")).strip())
            rule = False
        elif c == "|":
            rule = True
        elif not (c.isspace() or c.isdigit() or c in "@{}!"):
            raise p.fault(f"'{spec}' is no list of columns", "letters l, c, r and |")
    return made


def _rows(p: Parser, name: str) -> list[list[Element]]:
    """The cells of each row; a row element without cells is a rule."""

    def stop(t: Token) -> bool:
        return t.kind == "&" or _break(t) or (t.kind == "cmd" and t.text == "end")

    rows: list[list[Element]] = [[]]
    while True:
        while p.is_command("hline", "midrule", "toprule", "bottomrule"):
            p.take()
            rows[-1].append(Element("rule"))
        # as in TeX: what follows the relation's & is no sign at the start of a formula
        lead = name in known.ALIGNED and sum(c.tag == "mtd" for c in rows[-1]) % 2 == 1
        items = [Element("mrow")] if lead else []
        rows[-1].append(element("mtd", *finish([*items, *p.items(stop)])))
        if p.peek() is None:
            raise p.fault(f"\\begin{{{name}}} without its \\end")
        t = p.take()
        if t.kind == "&":
            continue
        if _break(t):
            p.option()
            rows.append([])
            continue
        ended = p.raw()
        if ended != name:
            raise p.fault(f"\\begin{{{name}}} is closed by \\end{{{ended}}}")
        break
    if len(rows) > 1 and len(rows[-1]) == 1 and not rows[-1][0].children:
        rows.pop()  # a break before \end begins no row
    return rows


def _row(p: Parser, cells: list[Element], name: str, align: list[str]) -> Element:
    ruled = any(c.tag == "rule" for c in cells)
    cells = [c for c in cells if c.tag != "rule"]
    for k, cell in enumerate(cells):
        kind = ""
        if name in known.ALIGNED:
            kind = "cg-r" if k % 2 == 0 else "cg-l"
        elif "cases" in name:
            kind = "cg-l"
        elif k < len(align):
            kind = align[k]
        if kind:
            cell.attributes["class"] = kind
    made = Element("mtr", cells)
    if ruled:
        made.attributes["class"] = "cg-ruled"
    return made
