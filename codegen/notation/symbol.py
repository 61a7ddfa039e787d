"""One symbol: how its letter, layer mark, subscript and indices are put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..formula.tree.nodes import Marked, Node, Number, Row, rebuilt
from ..formula.tree.reader import formula
from .names import bold_word

_PLACE = r"\cgblank{}"  # where indices stand: a template of one's own may not hold such a mark


@dataclass(frozen=True)
class Symbol:
    """One tensor in print: LaTeX of the whole, LaTeX of an entry (with ``<i>``), plain text;
    ``bare`` is the entry without indices: a scalar."""

    whole: str
    entry: str
    plain: str
    raised: bool  # carries a superscript: a power needs parentheses
    bare: str = ""

    @property
    def tree(self) -> Row:
        """The whole as a tree."""
        return formula(self.whole)

    def entry_at(self, indices: Row) -> Row:
        """The entry with these indices; without, the scalar."""
        if not indices.items:
            return formula(self.at(""))
        digits = len(indices.items) == 1 and isinstance(indices.items[0], Number)
        # out_{h1}, and out_{h_i} where i is a letter
        below = self.unit and not digits
        return _filled(self.at(f"_{{{_PLACE}}}" if below else _PLACE), indices)

    def step_at(self, indices: Row) -> Row:
        """The tensor as a whole at these steps of a recurrence."""
        return _filled(self.step(_PLACE), indices)

    def at(self, indices: str) -> str:
        """The entry with the given index text (LaTeX); without, the scalar."""
        if not indices:
            return self.bare or self.entry.replace("_{<i>}", "").replace(",<i>", "")
        return self.entry.replace("<i>", indices)

    def step(self, index: str) -> str:
        """The tensor as a whole at one step of a recurrence."""
        return self.at(index) if "_" in self.whole else f"{self.whole}_{{{index}}}"

    @property
    def unit(self) -> bool:
        """Do the indices follow a layer's name: out_{h1}?"""
        return self.entry.partition("<i>")[0][-1:] not in ("{", ",", "(", "")


@lru_cache(maxsize=20000)
def _filled(template: str, indices: Row) -> Row:
    """A symbol with indices in the place for them."""

    def fill(node: Node) -> Node:
        if not isinstance(node, Row):
            return node
        parts = (indices.items if isinstance(n, Marked) else (n,) for n in node.items)
        return type(node)(tuple(n for part in parts for n in part))

    return rebuilt(formula(template), fill)


@dataclass(frozen=True)
class Parts:
    """A symbol's parts: letters, the layer mark (``^{(2)}``), what stands below it."""

    letter: str
    small: str
    mark: str
    low: str = ""
    accent: str = ""
    bold: str = "upright"
    number: str = ""
    unit: str = ""

    def symbol(self, *, scalar: bool, whole: str | None = None, entry: str | None = None) -> Symbol:
        """The symbol by these templates, or by the usual place of each part."""
        bare = self.joined(self.small)
        if scalar and (whole or entry):
            bare = self.filled(whole or (entry or "").replace("<i>", ""))
        if self.low:  # a template knows no subscript
            whole = entry = None
        if whole is None:
            made = bare if scalar else self.joined(bolded(self.letter, self.bold))
        else:
            made = self.filled(whole)
        if entry is None:
            one = self.joined(self.small, "<i>")
        else:
            one = self.filled(entry, small=True)
            one = one if _below(entry) else one.replace("<i>", "_{<i>}")
        return Symbol(made, one, made, "^" in one, bare)

    def joined(self, letter: str, inside: str = "") -> str:
        """Letter, superscript, then one subscript with everything that stands below."""
        below, above = "", self.mark
        if self.mark.startswith("_{") and self.mark.endswith("}"):
            below, above = self.mark[2:-1], ""
        low = ",".join(p for p in (below, self.low, inside) if p)
        made = self.accented(letter)
        if low and "_" in made:  # E_total has a subscript already: TeX takes one
            made = f"{{{made}}}"
        return made + above + (f"_{{{low}}}" if low else "")

    def accented(self, letter: str) -> str:
        return f"{self.accent}{{{letter}}}" if self.accent else letter

    def filled(self, template: str, *, small: bool = False) -> str:
        letter = self.accented(self.small if small else self.letter)
        heavy = self.accented(bolded(self.letter, self.bold))
        made = template.replace(r"\bold{<s>}", heavy).replace("<s>", letter)
        made = made.replace("<l>", self.mark).replace("<n>", self.number)
        return made.replace("<u>", self.unit)


def _below(template: str) -> bool:
    """Does <i> stand inside braces already?"""
    before = template.partition("<i>")[0]
    return before.count("{") > before.count("}")


def bolded(letter: str, bold: str) -> str:
    """Upright bold for Latin letters and words, \\bm for everything else; italic bold; as it
    is."""
    if bold == "none":
        return letter
    if bold == "upright" and letter.isalpha():
        return rf"\mathbf{{{letter}}}"
    if (word := bold_word(letter, bold)) is not None:
        return word
    return rf"\bm{{{letter}}}"
