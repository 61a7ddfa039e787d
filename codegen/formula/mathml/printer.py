"""Formulas as MathML: the mathematics of the page. Browsers draw it themselves, without scripts.

Our marks become elements with a class and a ``data-`` attribute, so that the page links them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from ..style import style
from ..tree import nodes as t
from ..tree.nodes import kind, words_of
from ..tree.reader import shown
from ..tree.symbols import SIGNS, STYLES, negated
from ..tree.text_reader import FONTS
from . import atoms, tables
from .elements import Element, element, row, token

_ALPHABETS = {
    "mathrm": "normal", "mathbf": "bold", "mathit": "italic", "mathcal": "script",
    "mathfrak": "fraktur", "mathbb": "double-struck", "mathsf": "sans-serif",
    "mathtt": "monospace", "bm": "bold-italic", "boldsymbol": "bold-italic", "mathnormal": "",
}  # fmt: skip
_STYLES = {
    "displaystyle": ("true", "0"), "textstyle": ("false", "0"), "scriptstyle": ("false", "1"),
    "scriptscriptstyle": ("false", "2"),
}  # fmt: skip
_ACCENTS = {
    "hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~", "widetilde": "~",
    "vec": "→", "dot": "˙", "ddot": "¨", "dddot": "⃛", "ddddot": "⃜", "check": "ˇ", "breve": "˘",
    "acute": "´", "grave": "`", "mathring": "˚", "overrightarrow": "→", "overleftarrow": "←",
}  # fmt: skip
_WIDE = {"widehat", "overline", "widetilde", "overrightarrow", "overleftarrow"}
_BRACES = {"underbrace": "⏟", "underbracket": "⎵", "overbrace": "⏞", "overbracket": "⎴"}
_BELOW = {"underline": "_", "underrightarrow": "→"}
_BIG = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}
_MARKS = {
    "cgf": ("cg-factor", "data-factor"), "cgc": ("cg-colour", "data-factor"),
    "cgr": ("cg-ref", "data-ref"), "cgn": ("cg-number", "data-id"), "cgat": ("cg-at", "data-at"),
    "cghl": ("cg-hl", ""), "cgblank": ("cg-blank", ""),
}  # fmt: skip


@lru_cache(maxsize=4096)
def mathml(tex: str, *, tall: bool = False) -> str:
    """A formula as one ``<math>`` element; ``tall``: in a line, with fractions and sums of their
    displayed size. What is no formula is shown as it was typed."""
    return mathml_of(shown(tex), tall=tall)


def mathml_of(tree: t.Row, *, tall: bool = False) -> str:
    """A tree as one ``<math>`` element."""
    root = element("math", *formula(tree).children)
    if tall:
        root.attributes["displaystyle"] = "true"
    return root.xml()


def formula(tree: t.Row) -> Element:
    """A formula as elements, without its ``<math>``: a row for tables of lines."""
    return atoms.clean(Element("mrow", _Printer("").row(tree.items)))


class _Printer:
    """Prints nodes as elements; ``font`` is the alphabet of the letters."""

    def __init__(self, font: str) -> None:
        self.font = font

    def row(self, items: Iterable[t.Node]) -> list[Element]:
        """The elements of nodes side by side."""
        made: list[Element] = []
        rest = iter(items)
        for item in rest:
            match item:
                case t.Blank():
                    pass
                case t.Switch(command=name) if name in STYLES:
                    shown, level = _STYLES[name]
                    made.append(Element("mstyle", self.row(rest), attributes={
                        "displaystyle": shown, "scriptlevel": level}))  # fmt: skip
                case t.Switch():  # said about lines; the page breaks none
                    pass
                case t.Scripts():
                    made.append(self.scripts(item, made))
                case _:
                    made.append(self.one(item))
        return atoms.finish(made)

    def one(self, node: t.Node) -> Element:
        """One node as one element."""
        if isinstance(node, t.Row):
            return row(self.row(node.items))
        if isinstance(node, t.Scripts | t.Switch | t.Blank):
            return row(self.row([node]))
        printer: Callable[[t.Node], Element] = getattr(self, f"_{type(node).__name__.lower()}")
        return printer(node)

    # -- leaves --------------------------------------------------------------------------------

    def _sign(self, n: t.Sign) -> Element:
        return atoms.sign(n, self.font)

    def _number(self, n: t.Number) -> Element:
        return atoms.number(n.text, self.font)

    def _space(self, n: t.Space) -> Element:
        return atoms.space(n.mu)

    def _text(self, n: t.Text) -> Element:
        made = []
        for run in n.runs:
            if isinstance(run, t.Row):
                made.append(row(_Printer("").row(run.items)))
                continue
            leaf = token("mtext", atoms.spaced(run.text))
            look = FONTS.get(run.font) or FONTS[n.command]
            if look:
                leaf.attributes["class"] = f"cg-{look}"
            made.append(leaf)
        return row(made)

    # -- scripts, fractions, roots -----------------------------------------------------------------

    def scripts(self, n: t.Scripts, before: list[Element]) -> Element:
        """``before`` may lose what the scripts reach back to."""
        base = self.one(n.base)
        if n.placed:
            base.limits = n.placed == "limits"
        raised = [token("mo", "′") if s is SIGNS["'"] else self.one(s) for s in n.raised]
        low = self.one(n.low) if n.low is not None else None
        return atoms.scripted(base, low, row(raised) if raised else None, before)

    def _fraction(self, n: t.Fraction) -> Element:
        made = Element("mfrac", [self.one(n.over), self.one(n.under)], kind="inner")
        if n.command.endswith("binom"):
            made.attributes["linethickness"] = "0"
            made = atoms.fenced("(", [made], ")")
        if n.command[0] == "t":
            return element("mstyle", made, kind="inner", displaystyle="false")
        if n.command[0] in "dc":
            return element("mstyle", made, kind="inner", displaystyle="true")
        return made

    def _root(self, n: t.Root) -> Element:
        inside = self.one(n.body)
        if n.index is None:
            return Element("msqrt", [inside])
        return Element("mroot", [inside, self.one(n.index)])

    # -- above and below ---------------------------------------------------------------------------

    def _stacked(self, n: t.Stacked) -> Element:
        mark, base = self.one(n.mark), self.one(n.base)
        tag = "munder" if n.command == "underset" else "mover"
        return Element(
            tag, [base, mark], kind=base.kind if base.kind in ("rel", "bin", "op") else "ord"
        )

    def _accent(self, n: t.Accent) -> Element:
        base, name = self.one(n.body), n.command
        if name in _BRACES:
            tag = "munder" if name.startswith("under") else "mover"
            brace = token("mo", _BRACES[name], stretchy="true")
            made = element(tag, base, brace, kind="op", data_large="1")
            made.limits = True
            return made
        if name in _BELOW:
            return Element("munder", [base, token("mo", _BELOW[name], stretchy="true")])
        mark = token("mo", _ACCENTS[name], stretchy="true" if name in _WIDE else "false")
        return element("mover", base, mark, accent="true")

    def _arrow(self, n: t.Arrow) -> Element:
        made = [token("mo", "→" if n.command == "xrightarrow" else "←", stretchy="true")]
        if n.below is not None:
            made.append(self.one(n.below))
        room = element("mspace", width="0.4em")
        made.append(Element("mrow", [room, self.one(n.above), room]))
        return Element("mover" if n.below is None else "munderover", made, kind="rel")

    # -- faces, names, classes ---------------------------------------------------------------------

    def _faced(self, n: t.Faced) -> Element:
        return _Printer(_ALPHABETS[n.command]).one(n.body)

    def _operator(self, n: t.Operator) -> Element:
        if not n.command.endswith("*"):
            return token("mi", words_of(n.body), "op", mathvariant="normal")
        made = token("mo", words_of(n.body), "op", form="prefix", movablelimits="true",
                     lspace="0", rspace="0")  # fmt: skip
        made.limits = True
        return made

    def _classed(self, n: t.Classed) -> Element:
        made = self.one(n.body)
        if n.command == "mathop":
            made = Element("mrow", [made])
            made.limits = True
        made.kind = kind(n)
        return made

    def _padded(self, n: t.Padded) -> Element:
        inside = self.one(n.body)
        match n.command:
            case "boxed":
                return element("mrow", inside, class_="cg-boxed")
            case "not":
                inside.text = negated(inside.text)
                return inside
            case "smash":
                return element("mpadded", inside, height="0", depth="0")
        made = Element("mphantom", [inside])
        if n.command == "phantom":
            return made
        flat = {"height": "0", "depth": "0"} if n.command == "hphantom" else {"width": "0"}
        return element("mpadded", made, **flat)

    def _modulo(self, n: t.Modulo) -> Element:
        named = [] if n.command == "pod" else [token("mi", "mod"), atoms.space(4.5)]
        fences = [token("mo", c, k, stretchy="false") for c, k in (("(", "open"), (")", "close"))]
        inside = [*named, self.one(n.body)]
        if n.command != "mod":
            inside = [fences[0], *inside, fences[1]]
        return Element("mrow", [atoms.space(9), *inside])

    # -- fences, grids, marks ----------------------------------------------------------------------

    def _big(self, n: t.Big) -> Element:
        height = f"{_BIG[n.command.rstrip('lrm')]}em"
        return atoms.fence(n.fence.text, kind(n), minsize=height, maxsize=height)

    def _fenced(self, n: t.Fenced) -> Element:
        inside = self.row(n.parts[0].items)
        for sign_, part in zip(n.fences[1:], n.parts[1:], strict=False):
            inside += [atoms.fence(sign_.text, "rel"), *self.row(part.items)]
        return atoms.fenced(n.fences[0].text, inside, n.fences[-1].text)

    def _grid(self, n: t.Grid) -> Element:
        return tables.grid(n, self.row)

    def _lines(self, n: t.Lines) -> Element:
        return tables.lines([self.row(line.items) for line in n.lines])

    def _marked(self, n: t.Marked) -> Element:
        """The body in a row that carries the mark; alone in it, an operator keeps its class."""
        class_, data = _MARKS[n.kind]
        key = n.key.lstrip("0") if data in ("data-factor", "data-at") else n.key
        if data == "data-factor":
            class_ = f"{class_} cg-f{style().number(int(key))}"
        inside = self.one(n.body)
        made = element("mrow", inside, class_=class_)
        if data:
            made.attributes[data] = key
        made.kind = inside.kind if inside.tag == "mo" else "ord"
        if inside.tag == "mrow" and not inside.attributes:
            made.children = inside.children
        return made
