"""Formulas as TeX: the tree as it was read, and nothing that could act."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ..notation.escape import escape
from .tree import nodes as t
from .tree.reader import shown
from .tree.text_reader import FONTS, TEXT_SPACES

_KEY = re.compile(r"[^A-Za-z0-9_.,:+\[\]()|/ -]")  # what a key loses: TeX prints none
_FONT_SWITCHES = {"itshape", "bfseries", r"bfseries\itshape", "ttfamily", "upshape"}


@lru_cache(maxsize=20000)
def math_tex(latex: str) -> str:
    """TeX of a formula; of what is none its text (see `shown`)."""
    return tex(shown(latex))


def tex(node: t.Node) -> str:
    """TeX of a tree."""
    return TexPrinter().text(node)


@lru_cache(maxsize=20000)
def kept(node: t.Node) -> str:
    """TeX that reads as the same tree: the article's own places for breaks stay what they are."""
    return _Keeping().text(node)


class TexPrinter:
    """Prints one tree; an heir changes what another dialect writes otherwise."""

    def __init__(self) -> None:
        self.made: list[str] = []  # tokens of TeX

    def text(self, node: t.Node) -> str:
        self.put(node)
        made = self.made
        for k, token in enumerate(made):  # \alpha x: a letter does not continue a command's name
            if k and token[:1].isalpha() and made[k - 1][-1:].isalpha() and made[k - 1][0] == "\\":
                made[k] = " " + token
        return "".join(made)

    def put(self, node: t.Node) -> None:
        printer: Callable[[t.Node], None] = getattr(self, f"_{type(node).__name__.lower()}")
        printer(node)

    def all(self, *tokens: str | t.Node) -> None:
        for token in tokens:
            if isinstance(token, t.Node):
                self.put(token)
            elif token:
                self.made.append(token)

    def argument(self, node: t.Node) -> None:
        """In braces, unless it is one character; some commands of signs are macros for TeX."""
        one = isinstance(node, t.Number | t.Sign) and len(node.text) == 1
        macro = isinstance(node, t.Sign) and (
            node.kind not in ("ord", "bin") or node.source == r"\vdots"
        )
        if isinstance(node, t.Group) or (one and not macro):
            self.put(node)
        else:
            self.all("{", node, "}")

    # -- leaves --------------------------------------------------------------------------------

    def _sign(self, n: t.Sign) -> None:
        self.made.append(n.source)

    def _space(self, n: t.Space) -> None:
        self.made.append(n.source)

    def _number(self, n: t.Number) -> None:
        self.made.append(n.text)

    def _blank(self, n: t.Blank) -> None:
        self.made.append(" ")

    def _switch(self, n: t.Switch) -> None:
        self.made.append(r"\allowbreak " if n.command == "chalkbreak" else f"\\{n.command}")

    def _text(self, n: t.Text) -> None:
        self.all(f"\\{n.command}", "{")
        for run in n.runs:
            if isinstance(run, t.Row):
                self.all("$", run, "$")
            else:
                self.made.append(self.words(run, alone=len(n.runs) == 1))
        self.made.append("}")

    def words(self, n: t.Words, *, alone: bool) -> str:
        made = self.escaped(n.text)
        if n.font in _FONT_SWITCHES:
            return f"\\{n.font} {made}" if alone else f"{{\\{n.font} {made}}}"
        return f"\\{n.font}{{{made}}}" if n.font in FONTS else made

    def escaped(self, text: str) -> str:
        return "".join(f"{TEXT_SPACES[c]} " if c in TEXT_SPACES else escape(c) for c in text)

    # -- rows, scripts, commands -------------------------------------------------------------------

    def _row(self, n: t.Row) -> None:
        for item in n.items:
            self.put(item)

    def _group(self, n: t.Group) -> None:
        self.made.append("{")
        self._row(n)
        self.made.append("}")

    def _scripts(self, n: t.Scripts) -> None:
        self.put(n.base)
        if n.placed:
            self.made.append(n.placed)
        for mark, script in n.marks:
            self.made.append(mark)
            if mark != "'":
                self.argument(script)

    def command(self, name: str, *arguments: t.Node, option: t.Row | None = None) -> None:
        self.made.append(f"\\{name}")
        if option is not None:
            self.all("[", option, "]")
        for argument in arguments:
            self.argument(argument)

    def _command(self, n: t.Command) -> None:
        self.command(n.command, n.body)

    _faced = _accent = _operator = _classed = _padded = _modulo = _command

    def _fraction(self, n: t.Fraction) -> None:
        self.command(n.command, n.over, n.under)

    def _stacked(self, n: t.Stacked) -> None:
        self.command(n.command, n.mark, n.base)

    def _arrow(self, n: t.Arrow) -> None:
        self.command(n.command, n.above, option=n.below)

    def _root(self, n: t.Root) -> None:
        self.command("sqrt", n.body, option=n.index)

    # -- fences and grids ------------------------------------------------------------------------

    def _big(self, n: t.Big) -> None:
        self.all(f"\\{n.command}", n.fence)

    def _fenced(self, n: t.Fenced) -> None:
        self.all(r"\left", n.fences[0], n.parts[0])
        for part, sign in zip(n.parts[1:], n.fences[1:], strict=False):
            self.all(r"\middle", sign, part)
        self.all(r"\right", n.fences[-1])

    def _grid(self, n: t.Grid) -> None:
        columns = f"{{{n.columns}}}" if n.columns else ""
        self.made.append(f"\\begin{{{n.environment}}}{columns}")
        for k, line in enumerate(n.lines):
            if k:
                self.made.append(r"\\")
                skip = n.lines[k - 1].skip
                self.all(f"[{skip}]" if skip else "")
            self.all(*[r"\hline"] * line.rules)
            for j, cell in enumerate(line.cells):
                self.all("&" if j else "", cell)
        self.made.append(f"\\end{{{n.environment}}}")

    def _lines(self, n: t.Lines) -> None:
        self.made.append("\\substack{")
        for k, line in enumerate(n.lines):
            self.all(r"\\" if k else "", line)
        self.made.append("}")

    # -- our marks -------------------------------------------------------------------------------

    def _marked(self, n: t.Marked) -> None:
        self.made.append(f"\\{n.kind}")
        if n.key:
            self.made.append(f"{{{_KEY.sub('', n.key)}}}")
        self.argument(n.body)


class _Keeping(TexPrinter):
    def _switch(self, n: t.Switch) -> None:
        self.made.append(f"\\{n.command}")
