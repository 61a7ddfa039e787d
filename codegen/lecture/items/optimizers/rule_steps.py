"""The update rules of `derive.optimizers` in print: their equations, and steps worked by hand.

A rule is followed with 40 digits; every number is a `Figure` with ``=`` where the printed operands
give the printed result, else ``≈``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .....derive.language.expr import (
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Name,
    Read,
    Reduce,
    Size,
    num,
)
from .....derive.language.literal import truth, whole
from .....derive.language.parser import Parsed
from .....derive.language.refs import ref
from .....derive.optimizers import Optimizer
from .....derive.relations.claim import Claim, Printed, Together
from .....derive.relations.relation import Relation
from .....derive.relations.rules import RuleTruth
from .....derive.values.entries import Entry, Number, number, value
from ....deck.model import Figure, Row
from ....formula.latex_entries import is_raised
from ....formula.latex_functions import ADD, ATOM, MUL, Tex
from ....formula.latex_printer import Printer
from ....formula.numerals import Numerals, decimal
from ....formula.tree import write
from ....formula.tree.nodes import BLANK, Sign
from ....formula.tree.nodes import Row as Tree
from ....formula.tree.reader import formula
from ....formula.tree.write import (
    APPROX,
    EQUALS,
    accented,
    between,
    fenced,
    joined,
    listed,
    lowered,
    marked,
    primed,
    raised,
    row,
    sign,
)
from ....notation.names import letter_tex
from ...board.printed import full
from ...board.substituted import worked_out
from ...board.trees import entry_read


def _numbered(letter: str, k: int) -> Tree:
    return lowered(sign(letter), write.number(k))


BATCH = sign("B")  # the letter of a mini-batch's size
LETTERS = {
    "eps": "varepsilon", "momentum": "mu", "dampening": "tau", "damping": "mu",
    "rate_decay": "delta", "momentum_decay": "psi", "weight_decay": "lambda", "clip_norm": "c",
    "factor": "gamma", "every": "k", "steps": "T", "dl": "g",
}  # fmt: skip
SYMBOLS = {name: row(sign(letter)) for name, letter in LETTERS.items()} | {
    "beta1": _numbered("beta", 1), "beta2": _numbered("beta", 2), "warmup": _numbered("T", 0),
    "l1": _numbered("lambda", 1), "l2": _numbered("lambda", 2), "mu_next": primed(sign("mu")),
    "clip_value": lowered(sign("c"), sign("infty")), "G_max": raised(sign("G"), sign("max")),
    "g_clipped": accented("tilde", sign("g")), "g_decayed": accented("tilde", sign("g")),
    "w_decayed": accented("tilde", sign("w")), "M_hat": accented("hat", sign("M")),
    "G_hat": accented("hat", sign("G")), "Hinv": raised(sign("H"), write.number(-1)),
}  # fmt: skip
LAMBDA, OMEGA = row(sign("lambda")), row(sign("omega"))  # ω where λ is the learning rate


class RulePrinter(Printer):
    """Prints a rule with the symbols of the literature: w_{t−1} is before the step."""

    def __init__(self, base: Printer, rule: Optimizer) -> None:
        super().__init__(base.symbols)
        self.rule = rule

    def _counted(self, e: Expr) -> Expr:
        return e

    def symbol(self, name: str) -> Tree:
        """The letter of an option or a tensor; no other one has that of the learning rate."""
        rate = formula(self.style.rate)
        own = {"rate": rate, "eta": rate, "low": lowered(rate, sign("min")),
               "eta_warm": accented("tilde", rate)}  # fmt: skip
        if name in own:
            return own[name]
        made = SYMBOLS.get(name) or formula(letter_tex(name)[0])
        return OMEGA if made == rate == LAMBDA else made

    def row(self, eq: Parsed, at: int = 1) -> Row:
        """An equation of a rule."""
        left = self.expression(Read(eq.name, eq.indices), {})
        return Row(left, self.expression(eq.rhs, {}), at=at)

    def entry(self, entry: Entry) -> Tree:
        """An entry at a step, its other indices counted from 1."""
        name, (t, *at) = entry
        return self.expression(Read(name, (num(t), *(num(k + 1) for k in at))), {})

    def size(self, axis: str) -> Tree:
        return row(BATCH)

    def _name(self, e: Name) -> Tex:
        return Tex(self.symbol(e.name))

    def _size(self, e: Size) -> Tex:
        return Tex(self.size(e.axis))

    def _div(self, e: Div) -> Tex:
        """A mean is 1/B times its sum."""
        if isinstance(e.num, Reduce):
            return self._mul(Mul((Div(num(1), e.den), e.num)))
        return super()._div(e)

    def _fn(self, e: Fn) -> Tex:
        if e.name == "floor_div":
            return Tex(between("lfloor", super()._div(Div(*e.args)).node, "rfloor"), ATOM, 1, 4.0)
        return super()._fn(e)

    def _read(self, e: Read) -> Tex:
        if not e.indices:
            return Tex(self.symbol(e.tensor))
        time, *rest = (self.index(i) for i in e.indices)
        gradient = lowered(sign("g"), time)
        if e.tensor in self.rule.inverse:
            matrix = lowered(self.symbol(self.rule.inverse[e.tensor]), time)
            inverse = fenced(raised(matrix, write.number(-1)), 1)
            return Tex(lowered(inverse, joined(rest)), ATOM, 1, 4.0)
        if e.tensor in self.rule.samples:
            return Tex(raised(gradient, fenced(listed(rest))), ATOM, 0, 3.0)
        if e.tensor == "norm":
            return Tex(between("lVert", gradient, "rVert"), ATOM, 0, 4.0)
        return Tex(lowered(self.symbol(e.tensor), listed([time, *rest])), ATOM, 0, 2.0)


class NumberPrinter(RulePrinter):
    """The same with ``written`` for every read."""

    def __init__(self, base: Printer, rule: Optimizer, written: Callable[[Entry], Tree]) -> None:
        super().__init__(base, rule)
        self.written = written
        self.negative: Callable[[Entry], bool] = lambda e: False

    def _read(self, e: Read) -> Tex:
        at = tuple(whole(i) or 0 for i in e.indices)
        entry = (e.tensor, at)
        made = self.written(entry)
        power = is_raised(made)  # 3 · 10⁻⁴
        level = ADD if self.negative(entry) else MUL if power else ATOM
        return Tex(made, level, 0, 4.0)

    def _between(self, before: Tex, after: Tex) -> Tree:
        return row(BLANK, sign("cdot"), BLANK)


@dataclass
class Run:
    """A rule followed from ``values`` (entries at t = 0) with given gradients.

    ``given`` holds g[t] (or its samples) and what does not change, such as an inverse matrix."""

    base: Printer
    rule: Optimizer
    given: Mapping[Entry, Any]
    numerals: Numerals
    options: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    stem: str = ""  # what its numbers are named by; without it the rule's name

    # -- what is said of it ----------------------------------------------------------------------

    @cached_property
    def truth(self) -> RuleTruth:
        return RuleTruth(self.rule, self.given, self.options, self.sizes)

    def says(self, left: Expr, right: Expr) -> Claim:
        return Claim(self.truth, Relation((left, right)))

    def says_rule(self, eq: Parsed) -> Claim:
        """An equation of the rule, at every step."""
        return self.says(Read(eq.name, eq.indices), eq.rhs)

    def says_rules(self) -> Together:
        """That a step is made by all equations of the rule."""
        return Together(tuple(map(self.says_rule, self.rule.equations)))

    def says_numbers(self, entries: Iterable[Entry]) -> Together:
        """That the printed numbers of these entries are right."""
        found = (self.figures.get(self._key(ref(*e))) for e in entries)
        return Together(tuple(f.claim for f in found if f is not None and f.claim is not None))

    # -- values ----------------------------------------------------------------------------------

    def equation(self, eq: Parsed, t: int, at: tuple[int, ...] = ()) -> Expr:
        """The equation of step t over entries: ``G[1]``, ``w[0,1]``; sums written out."""
        letters = {i.name: k for i, k in zip(eq.indices[1:], at, strict=True)
                   if isinstance(i, Name | Idx)}  # fmt: skip
        return self._settled(eq.rhs, {"t": t, **letters})

    def _settled(self, e: Expr, known: Mapping[str, int]) -> Expr:
        if isinstance(e, Reduce):
            (i,) = e.idxs
            assert isinstance(i, Name | Idx)
            count = self.sizes[i.name]
            parts = [self._settled(e.body, {**known, i.name: k}) for k in range(count)]
            return parts[0] if count == 1 else Add(tuple(parts))
        if isinstance(e, Size):
            return num(self.sizes[e.axis])
        if isinstance(e, Iverson):
            cond = self._settled(e.cond, known)
            holds = truth(cond)
            return Iverson(cond) if holds is None else num(int(holds))
        if isinstance(e, Name):
            return num(known[e.name]) if e.name in known else Read(e.name)
        if isinstance(e, Read):
            at = tuple(num(whole(self._settled(i, known)) or 0) for i in e.indices)
            return Read(e.tensor, at)
        kids = e.children()
        return e.rebuild(tuple(self._settled(k, known) for k in kids)) if kids else e

    def __call__(self, at: Entry) -> Number:
        name, place = at
        if name in self.rule.options and not place:
            return number(self.options.get(name, self.rule.options[name]))
        if at in self.given:
            return number(self.given[at])
        always = (name, (0, *place[1:]))  # what does not change is given for t = 0
        if always in self.given and name not in self._own:
            return number(self.given[always])
        if name in self.rule.inverse:
            return self._inverse(name, place)
        if not place[0]:
            return number(self.rule.start.get(name, 0))
        eq = next(x for x in self.rule.equations if x.name == name)
        return value(self.equation(eq, place[0], place[1:]), self)

    @property
    def _own(self) -> set[str]:
        return {x.name for x in self.rule.equations}

    def _inverse(self, name: str, place: tuple[int, ...]) -> Number:
        """An entry of the inverse of a matrix of two rows and columns."""
        of, (t, i, j) = self.rule.inverse[name], place
        a, b, c, d = (self((of, (t, *at))) for at in ((0, 0), (0, 1), (1, 0), (1, 1)))
        cells = ((d, -b), (-c, a))
        return cells[i][j] / (a * d - b * c)

    # -- print ---------------------------------------------------------------------------------

    def is_given(self, at: Entry) -> bool:
        name, place = at
        own = self._own
        if self.rule.inverse.get(name) in own:
            return False
        return name not in own or not place or not place[0] or at in self.given

    def figure(self, at: Entry, relation: str = "") -> Tree:
        return self.recorded(at, self(at), self._numerals(at), relation)

    def _key(self, name: str) -> str:
        return f"{self.stem or f'optimizers.{self.rule.name}'}.{name}"

    def recorded(
        self, at: Entry, exact: Number, shown: Numerals, relation: str = "",
        means: Expr | None = None,
    ) -> Tree:  # fmt: skip
        """A number in print, which the manifest gets as ``stem.name``; it ``means`` the entry,
        or something else."""
        key = self._key(ref(*at))
        if key not in self.figures or relation:
            rounded, unit = float(shown.rounded(exact)), shown.unit(exact)
            claim = Printed(self.truth, means or entry_read(*at), rounded, unit)
            made = Figure(key, full(exact), shown.plain(exact), shown.rounding, relation, claim)
            self.figures[key] = made
        return row(marked("cgn", key, power(shown.formula(exact), exact)))

    def _numerals(self, at: Entry) -> Numerals:
        return self.numerals.more(6) if self.is_given(at) else self.numerals

    def shown(self, at: Entry) -> Number:
        return number(self._numerals(at).rounded(self(at)))

    def row(self, name: str, t: int, at: tuple[int, ...] = ()) -> Row:
        """M_1 = 0.9 · 0 + (1 − 0.9) · 0.1 = 0.01."""
        left, _, numbers, relation, result = self.calculation(name, t, at)
        eq = next(x for x in self.rule.equations if x.name == name)
        says = self.says(entry_read(name, (t, *at)), self.equation(eq, t, at))
        return Row(left, worked_out(numbers, relation, result), blank=True, claim=says)

    def calculation(
        self, name: str, t: int, at: tuple[int, ...] = ()
    ) -> tuple[Tree, Tree, Tree, Sign, Tree]:
        """An entry by hand: symbol, formula, the formula with numbers, relation, result."""
        eq = next(x for x in self.rule.equations if x.name == name)
        expr = self.equation(eq, t, at)
        place = (name, (t, *at))
        exact = self(place)
        redone = value(expr, self.shown)
        relation = EQUALS if self.numerals.agrees(redone, exact) else APPROX
        if relation is APPROX:
            self.reports.append(f"{self.rule.name} {name}, step {t}: printed with ≈")
        symbols = RulePrinter(self.base, self.rule)
        with_numbers = NumberPrinter(self.base, self.rule, self.figure)
        with_numbers.negative = lambda e: self(e) < 0
        numbers = with_numbers.expression(expr, {})
        result = self.figure(place, relation.text)
        return symbols.entry(place), symbols.expression(expr, {}), numbers, relation, result


def power(made: Tree, exact: Number) -> Tree:
    """A power of ten without a factor 1."""
    ten = exact > 0 and decimal(exact).normalize().as_tuple().digits == (1,)
    return row(made.items[-1]) if ten else made


def rule_rows(base: Printer, rule: Optimizer) -> list[Row]:
    """The equations of a rule in the order of a step."""
    printer = RulePrinter(base, rule)
    return [printer.row(eq, at=k) for k, eq in enumerate(rule.equations, start=1)]


def used(rule: Optimizer) -> list[str]:
    """The names that stand in a rule, in the order in which a reader meets them."""
    made: list[str] = ["w"]
    for eq in rule.equations:
        for e in _walk(eq.rhs):
            name = e.tensor if isinstance(e, Read) else e.name if isinstance(e, Name) else ""
            if name and name not in ("t", *rule.vector, "j", "b") and name not in made:
                made.append(name)
    return made


def tests(rule: Optimizer) -> bool:
    """Is there a condition that counts as 0 or 1?"""
    return any(isinstance(e, Iverson) for eq in rule.equations for e in _walk(eq.rhs))


def _walk(e: Expr) -> list[Expr]:
    """The nodes of a tree, without the indices of its reads."""
    kids = () if isinstance(e, Read) else e.children()
    return [e, *(x for k in kids for x in _walk(k))]
