"""Formulas with numbers in the place of symbols: the same printer, whose reads print values."""

from __future__ import annotations

import re
from collections.abc import Callable

from ....derive.forms.indicators import indicators
from ....derive.forms.orientation import weights_first
from ....derive.language.expr import Expr, Read
from ....derive.language.literal import whole
from ....derive.values.entries import Entry
from ...formula.latex_functions import ADD, ATOM, MUL, POW, Tex
from ...formula.latex_printer import Printer

Written = Callable[[Entry], str]  # LaTeX of an entry's number


class Substituted(Printer):
    """Prints scalar expressions over entries with ``number`` for each of them. ``by_hand`` looks
    up which entry a gathered read is (`derive.values.entries.Exact.by_hand`)."""

    def __init__(
        self, base: Printer, number: Written, by_hand: Callable[[Expr], Expr] | None = None
    ) -> None:
        super().__init__(base.symbols)
        self.number, self.by_hand = number, by_hand

    def _counted(self, e: Expr) -> Expr:
        """Entries stay numbered as they are stored; w x where the notation writes W x."""
        e = self.by_hand(e) if self.by_hand else e
        return weights_first(indicators(e), self.symbols.swapped)

    def _read(self, e: Read) -> Tex:
        at = [whole(i) for i in e.indices]
        made = self.number((e.tensor, tuple(k for k in at if k is not None)))
        shown = bare(made)
        level = ADD if shown.startswith("-") else MUL if r"\cdot" in shown else ATOM
        return Tex(made, level, 0, 0.8 * len(shown.replace("{,}", ",")))

    def _between(self, before: Tex, after: Tex) -> str:
        """Between two numbers stands a sign."""
        if not _is_number(before) or not _is_number(after):
            return super()._between(before, after)
        return f" {self.style.times} "


def worked_out(numbers: str, relation: str, result: str) -> str:
    """2 · 3 = 6; of a number that is copied only the copy."""
    return result if bare(numbers) == bare(result) else f"{numbers} {relation} {result}"


def bare(tex: str) -> str:
    """The text of a number without the macros round it."""
    while tex.startswith(("\\cgn{", "\\cgc{", "\\cgr{", "\\cghl{")):
        head = tex.index("}{") + 2 if not tex.startswith("\\cghl{") else 6
        tex = tex[head:-1]
    return tex


def _is_number(made: Tex) -> bool:
    text = bare(re.sub(r"^(?:\\[bB]igg?l|\\left|\(|\s)+", "", bare(made.text)))
    return text[:1].isdigit() or text[:1] in "-(\\" or made.level == POW
