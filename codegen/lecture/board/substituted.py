"""Formulas with numbers in the place of symbols: the same printer, whose reads print values."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ....derive.forms.indicators import indicators
from ....derive.forms.orientation import counted_from, weights_first
from ....derive.language.expr import Expr, Read
from ....derive.language.literal import whole
from ....derive.relations.claim import Claim
from ....derive.values.entries import Entry
from ...formula.ends import begins_with_letter, first
from ...formula.latex_functions import ADD, ATOM, MUL, POW, Tex
from ...formula.latex_printer import Printer
from ...formula.tex_printer import kept
from ...formula.tree.nodes import BLANK, Marked, Sign
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.reader import formula
from ...formula.tree.write import EQUALS, row, sign, spaced

Written = Callable[[Entry], Formula]  # an entry's number


class Substituted(Printer):
    """Prints scalar expressions over entries with ``number`` for each of them. ``by_hand`` looks
    up which entry a gathered read is (`derive.values.entries.Exact.by_hand`)."""

    def __init__(
        self, base: Printer, number: Written, by_hand: Callable[[Expr], Expr] | None = None
    ) -> None:
        super().__init__(base.symbols)
        self.number, self.by_hand = number, by_hand

    def _counted(self, e: Expr) -> Expr:
        """Entries stay numbered as they are stored, numbers of classes count as they are printed;
        w x where the notation writes W x."""
        e = self.by_hand(e) if self.by_hand else e
        ordered = weights_first(indicators(e), self.symbols.swapped)
        return counted_from(ordered, self.style.index_base, self.symbols.classes, stored=True)

    def _read(self, e: Read) -> Tex:
        at = [whole(i) for i in e.indices]
        made = self.number((e.tensor, tuple(k for k in at if k is not None)))
        digits = bare(made)
        level = ADD if first(digits) == sign("-") else MUL if sign("cdot") in digits.items else ATOM
        return Tex(made, level, 0, 0.8 * len(kept(digits).replace("{,}", ",")))

    def _between(self, before: Tex, after: Tex) -> Formula:
        """Between two numbers stands a sign."""
        if not _is_number(before) or not _is_number(after):
            return super()._between(before, after)
        return row(BLANK, formula(self.style.times), BLANK)


def worked_out(numbers: Formula, relation: Sign, result: Formula) -> Formula:
    """2 · 3 = 6; of a number that is copied only the copy."""
    return result if bare(numbers) == bare(result) else spaced(numbers, relation, result)


def bare(made: Formula) -> Formula:
    """A number without the marks round it."""
    while len(made.items) == 1 and isinstance(mark := made.items[0], Marked):
        made = row(*mark.body.items) if isinstance(mark.body, Formula) else row(mark.body)
    return made


def _is_number(made: Tex) -> bool:
    return made.level == POW or not begins_with_letter(made.node)


class Calculation(NamedTuple):
    """An entry by hand, as it is printed, and what it says."""

    left: Formula
    formula: Formula
    says: Claim
    numbers: Formula | None = None
    relation: Sign = EQUALS
    result: Formula | None = None

    @property
    def worked(self) -> Formula:
        """The numbers and what they give; the formula where it reads none."""
        if self.numbers is None or self.result is None:
            return self.formula
        return worked_out(self.numbers, self.relation, self.result)

    @property
    def right(self) -> Formula:
        """The formula, and its numbers where it has any."""
        return self.formula if self.numbers is None else spaced(self.formula, EQUALS, self.worked)
