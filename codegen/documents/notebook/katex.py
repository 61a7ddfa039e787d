"""Formulas as KaTeX and MathJax both read them: our marks become colours and boxes, or vanish."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ...formula.style import style
from ...formula.tex_printer import TexPrinter
from ...formula.tree.nodes import Command, Grid, Marked, Node, Row, Sign, Switch, Text
from ...formula.tree.text_reader import FONTS
from ...notation.escape import escape

_SIGNS = {"<": r"\lt ", ">": r"\gt "}  # as they stand they could begin HTML
_BARS = {"|": r"\vert ", r"\|": r"\Vert "}
_FONTS = {
    "italic": "textit",
    "bold": "textbf",
    "bold-italic": "textbf",
    "code": "texttt",
    "sans": "textsf",
}


@lru_cache(maxsize=4096)
def math(node: Node, *, cell: bool = False) -> str:
    """A formula without our marks. A factor is boxed in its colour, a highlight bold and red. In a
    ``cell`` no bar stands, which would end it."""
    return _Katex(cell).text(node)


class _Katex(TexPrinter):
    """The printer of TeX, in the dialect of notebooks."""

    def __init__(self, cell: bool) -> None:
        super().__init__()
        self.cell = cell

    def _sign(self, n: Sign) -> None:
        bar = _BARS.get(n.source) if self.cell else None
        self.made.append(bar or _SIGNS.get(n.source, n.source))

    def _grid(self, n: Grid) -> None:
        super()._grid(replace(n, columns=n.columns.replace("|", "")) if self.cell else n)

    def _switch(self, n: Switch) -> None:
        if n.command != "chalkbreak":
            super()._switch(n)

    def _faced(self, n: Command) -> None:
        self.command("boldsymbol" if n.command == "bm" else n.command, n.body)

    def _text(self, n: Text) -> None:
        """MathJax reads no command inside of text: every font stands for itself."""
        for run in n.runs:
            if isinstance(run, Row):
                self.all("{", run, "}")
            elif FONTS.get(run.font) == "bold-italic" and run.text.isalnum() and run.text.isascii():
                self.all(r"\boldsymbol", f"{{{run.text}}}")  # no command of text is both
            else:
                command = _FONTS.get(FONTS.get(run.font, ""), n.command)
                self.all(f"\\{command}", f"{{{self.escaped(run.text)}}}")

    def escaped(self, text: str) -> str:
        """Nor has it accents by command; letters that have one are read by both."""
        return "".join(escape(c) if c.isascii() else c for c in text)

    def _marked(self, n: Marked) -> None:
        if n.kind in ("cgf", "cgc"):
            colour = style().factor(int(n.key)).text
            box = n.kind == "cgf"
            self.all(r"\boxed{" * box, f"\\textcolor{{{colour}}}")
            self.braced(n.body)
            self.all("}" * box)
        elif n.kind == "cghl":
            self.all(f"\\textcolor{{{style().look('highlight').text}}}", r"{\boldsymbol")
            self.braced(n.body)
            self.all("}")
        else:
            self.braced(n.body)

    def braced(self, node: Node) -> None:
        self.all("{", *(node.items if isinstance(node, Row) else (node,)), "}")
