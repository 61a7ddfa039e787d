"""Commands with arguments: fractions, roots, accents, braces, tables, and our own macros."""

from __future__ import annotations

from ..style import style
from . import symbols as known
from .atoms import fence
from .parser import Command, Parser
from .tables import environment, substack
from .tree import Element, element, token


def commands(p: Parser) -> dict[str, Command]:
    """Every command with arguments, bound to one parser."""
    return _Commands(p).table


class _Commands:
    def __init__(self, p: Parser) -> None:
        self.p = p
        self.table: dict[str, Command] = {
            "frac": self.frac, "dfrac": self.dfrac, "cfrac": self.dfrac, "tfrac": self.tfrac,
            "binom": self.binom, "dbinom": self.binom, "tbinom": self.binom, "mod": self.bmod,
            "pod": self.pmod, "mathinner": self.classed("inner"), "overbracket": self.overbrace,
            "underbracket": self.underbrace, "xleftarrow": self.arrow_left,
            "sqrt": self.sqrt, "left": p.left, "begin": self.begin,
            "substack": lambda: substack(p), "operatorname": self.operator,
            "operatorname*": self.operator_star, "underset": self.underset,
            "overset": self.overset, "stackrel": self.overset, "underbrace": self.underbrace,
            "overbrace": self.overbrace, "underline": self.underline, "phantom": self.phantom,
            "hphantom": self.hphantom, "vphantom": self.vphantom, "boxed": self.boxed,
            "not": self.negated, "pmod": self.pmod, "bmod": self.bmod, "tag": self.tag,
            "label": self.label, "ref": self.shown, "eqref": self.shown, "hspace": self.hspace,
            "mspace": self.hspace, "textcolor": self.textcolor, "xrightarrow": self.arrow,
            "mathop": self.mathop, "mathrel": self.classed("rel"), "mathbin": self.classed("bin"),
            "mathord": self.classed("ord"), "mathopen": self.classed("open"),
            "mathclose": self.classed("close"), "mathpunct": self.classed("punct"),
            "chalkbreak": _none, "cgf": self.factor, "cgc": self.colour, "cgr": self.ref,
            "cgn": self.numbered, "cghl": self.highlight,
            "cgat": self.reveal, "cgblank": self.blank, "smash": self.smash, "mathstrut": _none,
        }  # fmt: skip
        for name in known.ACCENTS:
            self.table[name] = self.accent(name)
        for name, font in known.TEXTS.items():
            self.table[name] = self.text(font)

    # -- fractions, roots --------------------------------------------------------------------------

    def frac(self) -> Element:
        return Element("mfrac", [self.p.argument(), self.p.argument()], kind="inner")

    def dfrac(self) -> Element:
        return element("mstyle", self.frac(), kind="inner", displaystyle="true")

    def tfrac(self) -> Element:
        return element("mstyle", self.frac(), kind="inner", displaystyle="false")

    def binom(self) -> Element:
        inner = self.frac()
        inner.attributes["linethickness"] = "0"
        return Element("mrow", [fence("(", "open"), inner, fence(")", "close")], kind="inner")

    def sqrt(self) -> Element:
        index = self.p.option()
        inside = self.p.argument()
        if index is None:
            return Element("msqrt", [inside])
        return Element("mroot", [inside, self.p.fresh(index)])

    # -- above and below ---------------------------------------------------------------------------

    def underset(self) -> Element:
        below, base = self.p.argument(), self.p.argument()
        return _stacked("munder", base, below)

    def overset(self) -> Element:
        above, base = self.p.argument(), self.p.argument()
        return _stacked("mover", base, above)

    def underbrace(self) -> Element:
        base = self.p.argument()
        made = element("munder", base, token("mo", "⏟", stretchy="true"), kind="op", data_large="1")
        made.limits = True
        return made

    def overbrace(self) -> Element:
        base = self.p.argument()
        made = element("mover", base, token("mo", "⏞", stretchy="true"), kind="op", data_large="1")
        made.limits = True
        return made

    def underline(self) -> Element:
        return Element("munder", [self.p.argument(), token("mo", "_", stretchy="true")])

    def accent(self, name: str) -> Command:
        def make() -> Element:
            wide = "true" if name in known.WIDE else "false"
            mark = token("mo", known.ACCENTS[name], stretchy=wide)
            return element("mover", self.p.argument(), mark, accent="true")

        return make

    def arrow_left(self) -> Element:
        made = self.arrow()
        made.children[0].text = "←"
        return made

    def arrow(self) -> Element:
        below = self.p.option()
        above = self.p.argument()
        made = [token("mo", "→", stretchy="true")]
        tag = "mover"
        if below is not None:
            made.append(self.p.fresh(below))
            tag = "munderover"
        room = element("mspace", width="0.4em")
        made.append(Element("mrow", [room, above, room]))
        return Element(tag, made, kind="rel")

    # -- text, names, space ------------------------------------------------------------------------

    def text(self, font: str) -> Command:
        return lambda: self.p.text(font)

    def operator(self) -> Element:
        return token("mi", self.p.words(), "op", mathvariant="normal")

    def operator_star(self) -> Element:
        made = token("mo", self.p.words(), "op", form="prefix", movablelimits="true", lspace="0",
                     rspace="0")  # fmt: skip
        made.limits = True
        return made

    def mathop(self) -> Element:
        made = Element("mrow", [self.p.argument()], kind="op")
        made.limits = True
        return made

    def classed(self, kind: str) -> Command:
        def make() -> Element:
            made = self.p.argument()
            made.kind = kind
            return made

        return make

    def hspace(self) -> Element:
        width = self.p.raw().strip()
        digits = width.removesuffix("em").removesuffix("ex").removesuffix("mu").removesuffix("pt")
        try:
            size = float(digits) * {"em": 1, "ex": 0.45, "mu": 1 / 18, "pt": 0.1}[width[-2:]]
        except (ValueError, KeyError):
            raise self.p.fault(f"'{width}' is no width", "such as 1em") from None
        return element("mspace", kind="space", width=f"{min(max(size, 0), 20):.4g}em")

    def phantom(self) -> Element:
        return Element("mphantom", [self.p.argument()])

    def hphantom(self) -> Element:
        return element("mpadded", self.phantom(), height="0", depth="0")

    def vphantom(self) -> Element:
        return element("mpadded", self.phantom(), width="0")

    def smash(self) -> Element:
        self.p.option()
        return element("mpadded", self.p.argument(), height="0", depth="0")

    def boxed(self) -> Element:
        return element("mrow", self.p.argument(), class_="cg-boxed")

    def negated(self) -> Element:
        made = self.p.argument()
        if made.tag == "mo":
            made.text = {"=": "≠", "∈": "∉", "≡": "≢", "⊂": "⊄", "⊆": "⊈", "<": "≮", ">": "≯",
                         "∼": "≁", "≈": "≉"}.get(made.text, made.text + "\u0338")  # fmt: skip
        return made

    def pmod(self) -> Element:
        parts = [element("mspace", width="0.5em"), token("mo", "(", "open", stretchy="false"),
                 token("mi", "mod"), element("mspace", width="0.25em"), self.p.argument(),
                 token("mo", ")", "close", stretchy="false")]  # fmt: skip
        return Element("mrow", parts)

    def bmod(self) -> Element:
        return token("mo", "mod", "bin", lspace="0.22em", rspace="0.22em")

    def tag(self) -> Element:
        return token("mtext", f"({self.p.words()})", class_="cg-tag")

    def label(self) -> None:
        self.p.raw()

    def shown(self) -> Element:
        return token("mtext", self.p.raw())

    def textcolor(self) -> Element:
        colour = self.p.raw()
        return self.p.coloured(colour, [self.p.argument()])

    # -- tables ------------------------------------------------------------------------------------

    def begin(self) -> Element:
        return environment(self.p, self.p.raw())

    # -- chalkgrad's own ---------------------------------------------------------------------------

    def _counted(self, what: str) -> str:
        raw = self.p.raw().strip()
        if not (raw.isascii() and raw.isdigit() and 1 <= int(raw) <= 999):
            raise self.p.fault(f"'{raw}' is no {what}", "a number from 1 on")
        return str(int(raw))

    def factor(self) -> Element:
        k = self._counted("factor")
        return self._marked(f"cg-factor cg-f{_palette(k)}", data_factor=k)

    def colour(self) -> Element:
        k = self._counted("factor")
        return self._marked(f"cg-colour cg-f{_palette(k)}", data_factor=k)

    def ref(self) -> Element:
        ref = _name(self.p.raw())
        return self._marked("cg-ref", data_ref=ref)

    def numbered(self) -> Element:
        key = _name(self.p.raw())
        return self._marked("cg-number", data_id=key)

    def highlight(self) -> Element:
        return self._marked("cg-hl")

    def reveal(self) -> Element:
        return self._marked("cg-at", data_at=self._counted("step"))

    def blank(self) -> Element:
        return self._marked("cg-blank")

    def _marked(self, kind: str, **data: str) -> Element:
        """The argument in a row that carries the mark; alone in it, an operator keeps its class."""
        inside = self.p.argument()
        made = element("mrow", inside, class_=kind, **data)
        made.kind = inside.kind if inside.tag == "mo" else "ord"
        if inside.tag == "mrow" and not inside.attributes:
            made.children = inside.children
        return made


def _palette(k: str) -> str:
    return str(style().number(int(k)))


def _name(raw: str) -> str:
    """A reference or an id as it was before it was written for TeX."""
    return raw.strip().replace("\\_", "_").replace("\\#", "#").replace("\\%", "%")


def _stacked(tag: str, base: Element, mark: Element) -> Element:
    kind = base.kind
    return Element(tag, [base, mark], kind=kind if kind in ("rel", "bin", "op") else "ord")


def _none() -> None:
    return None
