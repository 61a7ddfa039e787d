"""Formulas as Typst's mathematics: the tree in Typst's words, and nothing that could act.

Typst's mathematics is a language: letters side by side are a name, a parenthesis grows, ``/`` is a
fraction. So every sign beside letters and digits is escaped, letters are kept apart, and names and
texts are strings. Our marks are functions of documents/typst/basics.typ and blocks.typ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from ..tree import nodes as t
from ..tree.nodes import kind, words_of
from ..tree.reader import shown
from ..tree.symbols import STYLES, negated
from ..tree.text_reader import FONTS
from . import signs

_STYLES = dict(zip(STYLES, ("display", "inline", "script", "sscript"), strict=True))
_BRACES = ("underbrace", "overbrace", "underbracket", "overbracket")
_PLACED = {"limits": "limits", "nolimits": "scripts"}
_GAPS = {"smallmatrix": ("0.5em", "0.1em"), "aligned": ("0em", "0.35em")}
_ALIGNED = ("aligned", "alignedat", "split", "gathered")
_FENCES = {
    "bmatrix": ("[", "]"), "pmatrix": ("(", ")"), "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"),
    "Bmatrix": ("{", "}"), "cases": ("{", ""), "rcases": ("", "}"),
}  # fmt: skip
_SIDES = {"l": "left", "r": "right"}
_BIG = {"big": "1.2em", "Big": "1.8em", "bigg": "2.4em", "Bigg": "3em"}


@lru_cache(maxsize=20000)
def math_typst(latex: str, *, display: bool = False) -> str:
    """Typst's mathematics of a formula, without its dollars; of what is none its text."""
    return typst(shown(latex), display=display)


def typst(node: t.Node, *, display: bool = False) -> str:
    """Typst's mathematics of a tree."""
    return TypstPrinter("display" if display else "inline").text(node)


def string(text: str) -> str:
    """A string of Typst: what is in it is text and nothing else."""
    kept = "".join(c if c.isprintable() or c == " " else " " for c in text)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


class TypstPrinter:
    """Prints one tree. ``style`` is TeX's, which boxes in a formula must be told again."""

    def __init__(self, style: str) -> None:
        self.style = style

    def text(self, node: t.Node) -> str:
        return signs.glued(self.put(node))

    def put(self, node: t.Node) -> list[str]:
        """The tokens of a node; what is one atom for its neighbours is one token."""
        printer: Callable[[t.Node], list[str]] = getattr(self, f"_{type(node).__name__.lower()}")
        return printer(node)

    def inside(self, node: t.Node, style: str = "") -> str:
        """An argument of a function, set in a style."""
        outer, self.style = self.style, style or self.style
        made = self.text(node)
        self.style = outer
        return made or '""'

    def call(self, name: str, *arguments: t.Node | str, style: str = "") -> list[str]:
        said = (a if isinstance(a, str) else self.inside(a, style) for a in arguments)
        return [f"{name}({', '.join(said)})"]

    # -- leaves --------------------------------------------------------------------------------

    def _sign(self, n: t.Sign) -> list[str]:
        return [signs.sign(n)]

    def _number(self, n: t.Number) -> list[str]:
        return [string(n.text.replace("{,}", ",")) if "{" in n.text else n.text]

    def _space(self, n: t.Space) -> list[str]:
        return [signs.space(n.mu)]

    def _blank(self, _: t.Blank) -> list[str]:
        return []

    def _switch(self, _: t.Switch) -> list[str]:
        return []  # said about lines; those of styles are seen by the row

    def _text(self, n: t.Text) -> list[str]:
        made: list[str] = []
        for run in n.runs:
            if isinstance(run, t.Row):
                made += self.put(run)
            else:
                look = FONTS.get(run.font) or FONTS[n.command]
                made.append(f"cgtext(#{string(run.text)}{f', #{string(look)}' if look else ''})")
        return made

    # -- rows and scripts --------------------------------------------------------------------------

    def _row(self, n: t.Row) -> list[str]:
        return self.row(n.items)

    def row(self, items: Iterable[t.Node]) -> list[str]:
        made: list[str] = []
        rest = iter(items)
        for item in rest:
            if isinstance(item, t.Switch) and item.command in _STYLES:
                style = _STYLES[item.command]
                made += self.call(style, t.Row(tuple(rest)), style=style)
            else:
                made += self.put(item)
        return made

    def _group(self, n: t.Group) -> list[str]:
        """An atom: alone in braces a sign is nothing but a sign."""
        if not n.atoms:
            return ['""']
        one = n.atoms[0] if len(n.atoms) == 1 else None
        if isinstance(one, t.Sign) and one.kind != "ord":
            return [signs.classed("ord", self.inside(one))]
        return self.row(n.items)

    def _scripts(self, n: t.Scripts) -> list[str]:
        if isinstance(n.base, t.Accent) and n.base.command in _BRACES and len(n.marks) == 1:
            return [f"{n.base.command}({self.inside(n.base.body)}, {self.script(n.marks[0][1])})"]
        base = self.base(n)
        low = f"_{self.grouped(n.low)}" if n.low is not None else ""
        high = f"^{self.grouped(t.Row(n.raised))}" if n.raised else ""
        return [f"{base}{low}{high}"]

    def base(self, n: t.Scripts) -> str:
        """What scripts stand at, as one atom."""
        tokens = self.put(n.base)
        made = signs.glued(tokens) or '""'
        nested = isinstance(n.base, t.Scripts)
        if len(tokens) > 1 or nested:
            made = signs.classed("ord", made)
        if n.placed:
            return f"{_PLACED[n.placed]}({made})"
        limited = isinstance(n.base, t.Classed) and n.base.command == "mathop"
        return f"limits({made})" if limited else made

    def script(self, node: t.Node) -> str:
        return self.inside(node, "script")

    def grouped(self, node: t.Node) -> str:
        """A script: in parentheses, which Typst takes for braces, where it is more than a sign."""
        made = self.script(node)
        one = len(made) == 1 or made.isdigit() or (made[0] == "\\" and len(made) == 2)
        return made if one else f"({made})"

    # -- commands ----------------------------------------------------------------------------------

    def _faced(self, n: t.Faced) -> list[str]:
        letters = n.body.atoms if isinstance(n.body, t.Row) else (n.body,)
        if len(letters) > 1 and all(isinstance(a, t.Sign | t.Number) and a.text.isalnum()
                                    for a in letters):  # fmt: skip
            inside = string(words_of(n.body))  # a name, not a product; Typst sets it upright
            if n.command == "mathrm":
                return [inside]
        else:
            inside = self.inside(n.body)
        for function in reversed(signs.FACES[n.command]):
            inside = f"{function}({inside})"
        return [inside]

    def _accent(self, n: t.Accent) -> list[str]:
        return self.call(signs.ACCENTS.get(n.command, n.command), n.body)

    def _operator(self, n: t.Operator) -> list[str]:
        limits = ", limits: #true" if n.command.endswith("*") else ""
        return [f"op({string(words_of(n.body))}{limits})"]

    def _classed(self, n: t.Classed) -> list[str]:
        return [signs.classed(kind(n), self.inside(n.body))]

    def _padded(self, n: t.Padded) -> list[str]:
        if n.command == "not":
            return [string(negated(words_of(n.body)))]
        return self.boxed(f"cg{n.command}", n.body)

    def _modulo(self, n: t.Modulo) -> list[str]:
        named = [] if n.command == "pod" else ["mod"]
        inside = [*named, *self.put(n.body)]
        return ["#h(1em)", *(inside if n.command == "mod" else ["\\(", *inside, "\\)"])]

    def boxed(self, name: str, body: t.Node, *keys: str) -> list[str]:
        """A box of its own is set in the style of text, unless it says otherwise."""
        inside = self.inside(body)
        if self.style == "display":
            inside = f"display({inside})"
        return [f"{name}({', '.join([*keys, inside])})"]

    # -- fractions, roots, above and below ---------------------------------------------------------

    def _fraction(self, n: t.Fraction) -> list[str]:
        style = {"d": "display", "c": "display", "t": "inline"}.get(n.command[0], "")
        name = "binom" if n.command.endswith("binom") else "frac"
        below = "inline" if (style or self.style) == "display" else "script"
        made = self.call(name, n.over, n.under, style=below)
        return [f"{style}({made[0]})"] if style and style != self.style else made

    def _root(self, n: t.Root) -> list[str]:
        if n.index is None:
            return self.call("sqrt", n.body)
        return [f"root({self.script(n.index)}, {self.inside(n.body)})"]

    def _stacked(self, n: t.Stacked) -> list[str]:
        where = "b" if n.command == "underset" else "t"
        return [f"attach(limits({self.inside(n.base)}), {where}: {self.script(n.mark)})"]

    def _arrow(self, n: t.Arrow) -> list[str]:
        arrow = "→" if n.command == "xrightarrow" else "←"
        below = f", b: {self.script(n.below)}" if n.below is not None else ""
        return [f"attach(limits(stretch({arrow})), t: thin {self.script(n.above)} thin{below})"]

    # -- fences, grids, marks ----------------------------------------------------------------------

    def _big(self, n: t.Big) -> list[str]:
        size = _BIG[n.command.rstrip("lrm")]
        if not n.fence.text:  # nothing is seen: room over and under the axis of fractions
            return [f"#box(width: 0pt, height: {size}, baseline: 40%)"]
        fence = signs.classed(kind(n), signs.escaped(n.fence.text))
        return [f"lr(size: #{size}, {fence})"]

    def _fenced(self, n: t.Fenced) -> list[str]:
        made = [signs.escaped(n.fences[0].text) or '""', self.inside(n.parts[0])]
        for fence, part in zip(n.fences[1:], n.parts[1:], strict=False):
            made += [f"mid({signs.escaped(fence.text)})", self.inside(part)]
        made.append(signs.escaped(n.fences[-1].text) or '""')
        return [f"lr({signs.glued(made)})"]

    def _grid(self, n: t.Grid) -> list[str]:
        aligned = n.environment in _ALIGNED
        gap, skip = _GAPS.get("aligned" if aligned else n.environment, ("0.9em", "0.24em"))
        options = [f"delim: #{_delimiters(n.environment)}", f"column-gap: #{gap}"]
        options.append(f"row-gap: #{skip}")
        side = _SIDES.get(n.columns.strip("|")[:1], "left" if n.environment == "cases" else "")
        if side and not aligned:
            options.append(f"align: #{side}")
        rules = _rules(n)
        if rules:
            options.append(f"augment: #({rules})")
        outer, self.style = self.style, "display" if aligned else "inline"
        lines = [self.aligned(line) if aligned else
                 ", ".join(self.inside(c) for c in line.cells) for line in n.kept]  # fmt: skip
        self.style = outer
        made = f"mat({', '.join(options)}, {'; '.join(lines)})"
        return [f"{'inline' if outer == 'script' else 'display'}({made})"]

    def aligned(self, line: t.Line) -> str:
        """A line of ``aligned`` in one cell, with Typst's marks of alignment."""
        cells = [self.inside(c) for c in line.cells]
        made = " &".join("" if c == '""' else c for c in cells)
        return f"display({made or chr(34) * 2})"

    def _lines(self, n: t.Lines) -> list[str]:
        lines = "; ".join(self.script(line) for line in n.lines)
        return [f"inline(mat(delim: #none, row-gap: #0.1em, {lines}))"]

    def _marked(self, n: t.Marked) -> list[str]:
        if n.kind in ("cgf", "cgblank"):
            return self.boxed(n.kind, n.body, *([f"#{int(n.key)}"] if n.key else []))
        if n.kind in ("cgc", "cgat"):
            keys = ["#now"] * (n.kind == "cgat") + [f"#{int(n.key)}"]
            return self.call(n.kind, *keys, n.body)
        return self.call(n.kind, *([f"#{string(n.key)}"] if n.key else []), n.body)


def _delimiters(environment: str) -> str:
    """The fences of a matrix as a value of Typst."""
    pair = [string(c) if c else "none" for c in _FENCES.get(environment, ("", ""))]
    return "none" if pair == ["none", "none"] else f"({', '.join(pair)})"


def _rules(n: t.Grid) -> str:
    """The rules between the columns and lines of an array, as the field ``augment``."""
    columns = [k for k, part in enumerate(n.columns.split("|")) if k]
    places, count = [], 0
    for part in n.columns.split("|")[: len(columns)]:
        count += sum(c in "lcr" for c in part)
        places.append(count)
    upright = [k for k in places if 0 < k < max(len(line.cells) for line in n.kept)]
    level = [k for k, line in enumerate(n.kept) if line.rules and k]
    found = [f"{name}: ({''.join(f'{k},' for k in at)})"
             for name, at in (("vline", upright), ("hline", level)) if at]  # fmt: skip
    return ", ".join(found)
