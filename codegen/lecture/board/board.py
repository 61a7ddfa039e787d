"""One network as a lecture shows it: its symbols, its formulas, and its numbers.

A `Board` is what the items of a deck work with. It prints, it does not derive: expressions come
from the derivation of one sample (`derive.chainrule.sample`), values from
`derive.values.entries.Exact`. Every number it prints is a `Figure`; `drain` hands those of a page
to the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ....derive.chainrule.derivation import Derivation
from ....derive.chainrule.sample import per_sample
from ....derive.forms.indicators import indicators
from ....derive.language.equation import Equation
from ....derive.language.errors import ChalkgradError
from ....derive.language.expr import (
    Add,
    Expr,
    Fn,
    Idx,
    Iverson,
    Read,
    num,
    reads,
    tensors,
    walk,
)
from ....derive.language.refs import ref
from ....derive.network.network import Network
from ....derive.pipeline import derive
from ....derive.relations.claim import Claim, Printed, Values
from ....derive.relations.numbers import Numbers
from ....derive.relations.relation import ENTRIES, Relation
from ....derive.relations.truth import Truth
from ....derive.steps.inserted import as_equation, inserted_steps
from ....derive.values.entries import Entry, Exact, Formulas, entry, places, value
from ....derive.values.entries import number as exactly
from ...deck.model import Block, Figure, Page, Row
from ...formula.ends import begins_with_fraction
from ...formula.latex_printer import Printer
from ...formula.numerals import Numerals
from ...formula.rich import Rich, inline
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.nodes import Sign
from ...formula.tree.reader import formula as read
from ...formula.tree.write import APPROX, EQUALS, highlighted, marked, number, row, slashed
from ...notation.model import Notation
from ...notation.symbols import symbols_of
from ..words import Words
from .matrices import LIMIT, Cell, bmatrix
from .printed import declared_short, full
from .substituted import Calculation, Substituted
from .trees import entry_read, spelled

SYMBOLS = 4  # rows or columns of symbols that are written out


class Board:
    """A network in one notation and language.

    ``d`` is the derivation of one sample, ``whole`` that of the batch; ``exact(name, *at)`` is the
    value of an entry with 40 digits. Raises ChalkgradError where a notation or number is missing.
    """

    def __init__(self, network: Network, words: Words, *, notation: str | None = None) -> None:
        self.network, self.words = network, words
        self.key = str(getattr(network.spec, "key", "main"))
        self.whole = derive(network)
        self.d: Derivation = per_sample(self.whole)
        self.style = network.spec.style
        self.aspect = self.style.aspect or "16:9"
        mark = "{,}" if words.decimal == "," else words.decimal
        said = words.in_formulas
        self.symbols = symbols_of(self.d, notation, decimal=mark, words=said)
        self.lettered = self._only_activation() if self.symbols.style.one_letter else ""
        self.spoken = Printer(self.symbols).called(self.lettered) if self.lettered else row()
        if self.lettered:
            self.symbols = symbols_of(self.d, self._letter(), decimal=mark, words=said)
        self.symbols.of = self.d.shown_loss
        self.printer = Printer(self.symbols)
        self.numerals = Numerals.of(self.style, words.decimal)
        self.loss = self.d.shown_loss
        self.figures: dict[str, Figure] = {}
        self.reports: list[str] = []
        self._turned = self._indicator_said = False

    # -- the network ---------------------------------------------------------------------------

    def _only_activation(self) -> str:
        """The function of all layers that have one, where they have the same."""
        below = {self.d.network.sample_loss, self.d.network.loss}
        found = {e.rhs.name for e in self.d.forward
                 if isinstance(e.rhs, Fn) and len(e.rhs.args) == 1 and e.name not in below
                 and e.label}  # fmt: skip
        return found.pop() if len(found) == 1 else ""

    def _letter(self) -> Notation:
        """The notation with its letter for the activation."""
        style = self.symbols.style
        functions = {**style.functions, self.lettered: style.activation}
        return style.model_copy(update={"functions": functions})

    def says_letter(self, eq: Equation) -> str:
        """g = tanh, beside the first equation that writes g."""
        functions = ((e.name, e.rhs.name) for _, e in self.forward if isinstance(e.rhs, Fn))
        first = next((name for name, function in functions if function == self.lettered), "")
        letter = read(self.symbols.style.activation)
        return inline(letter, EQUALS, self.spoken) if eq.name == first else ""

    def says_indicator(self, e: Expr, found: Mapping[Idx, str]) -> str:
        """δ_jk = 1 for j = k, else 0: beside the first formula of the board that has one."""
        made = "" if self._indicator_said else self.indicator_means(e, found)
        self._indicator_said |= bool(made)
        return made

    def indicator_means(self, e: Expr, found: Mapping[Idx, str]) -> str:
        """What the first indicator of a formula is; nothing where it has none."""
        first = next((x for x in walk(indicators(e)) if isinstance(x, Iverson)), None)
        if first is None:
            return ""
        sign, condition = (self.printer.expression(x, found) for x in (first, first.cond))
        one = inline(sign, EQUALS, number(1))
        return self.words("indicator_means", sign=one, condition=inline(condition))

    @property
    def net(self) -> Network:
        """The network of one sample."""
        return self.d.network

    @cached_property
    def sizes_known(self) -> bool:
        return all(
            isinstance(self.net.size(a), int) for t in self.net.tensors.values() for a in t.axes
        )

    @cached_property
    def forward(self) -> list[tuple[int, Equation]]:
        """The equations of one sample with their numbers, without the mean over the batch."""
        hidden = {self.network.loss} - {self.loss}
        return [(k, e) for k, e in self.d.numbered() if e.name not in hidden]

    @cached_property
    def _equations(self) -> dict[str, Equation]:
        """Every equation, forward and backward, by what it makes."""
        forward = {e.name: e for e in self.d.forward}
        return forward | {s.equation.name: s.equation for s in self.d.steps}

    def equation(self, name: str) -> Equation:
        return self._equations[name]

    @cached_property
    def short(self) -> dict[str, Equation]:
        """The gradients that get shorter with the one above put in (p − y), by their adjoint."""
        steps = (inserted_steps(self.d, tensor) for tensor in self.d.by_tensor)
        made = (as_equation(s.lines[-1]) for s in steps if s is not None)
        return {eq.name: eq for eq in made}

    def equation_number(self, name: str) -> int:
        """The number of the equation that makes a tensor; 0 for what is given."""
        return self.d.numbers.get(name, 0)

    @cached_property
    def _after_output(self) -> set[str]:
        below = {self.net.output}
        for _, e in self.forward:
            if any(n in below for n in tensors(e.rhs)):
                below.add(e.name)
        return below - {self.net.output}

    def is_loss(self, name: str) -> bool:
        """Does an equation belong to the loss: is it made from the output?"""
        return name in self._after_output or name == self.loss

    @property
    def parameters(self) -> list[str]:
        return [t.name for t in self.net.parameters]

    def entries(self, name: str) -> list[tuple[int, ...]]:
        """The indices of every entry of a tensor (an adjoint has those of its tensor)."""
        of = self.symbols.adjoints.get(name, name)
        return list(places(self.net, of))

    @property
    def eta(self) -> Formula:
        """The letter of the learning rate."""
        return read(self.symbols.style.rate)

    @property
    def times(self) -> Formula:
        """The sign between two numbers."""
        return read(self.symbols.style.times)

    # -- what lines say ------------------------------------------------------------------------

    @cached_property
    def truth(self) -> Truth:
        return Truth(self.network, self.d)

    @cached_property
    def batch_truth(self) -> Truth:
        """Of what is said of all samples together."""
        return Truth(self.network, self.whole)

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers(self.network, self.d, self.network.values)

    def says(self, *sides: Expr, kind: str = ENTRIES, rows: int = 1) -> Claim:
        """That the sides are equal, in the way of writing of this board."""
        columns = self.symbols.style.vectors == "column"
        turned = frozenset(self.symbols.turned()) if columns else frozenset()
        return Claim(self.truth, Relation(sides, kind, turned, columns), rows)

    def line(self, eq: Equation, **more: Any) -> Row:
        """An equation in index form."""
        left, right = self.sides(eq)
        return Row(left, right, claim=self.says(Read(eq.name, eq.indices), eq.rhs), **more)

    # -- symbols -------------------------------------------------------------------------------

    def named(self, name: str) -> Formula:
        """A tensor as a whole; an adjoint as its derivative."""
        return self.printer.named(name)

    def at(self, name: str, at: Sequence[int] = ()) -> Formula:
        """One entry, linked with the picture."""
        return row(marked("cgr", ref(name, at), self.printer.entry_at(name, at)))

    def gradient(self, name: str) -> Formula:
        return self.printer.derived(name)

    def flat(self, name: str, at: Sequence[int] | None = None) -> Formula:
        """The gradient, or one entry of it, for a line of text: ∂L/∂W, no built-up fraction."""
        adjoint = self.d.adjoint(name)
        made = self.gradient(name) if at is None else self.printer.entry_at(adjoint, at)
        if not begins_with_fraction(made):
            return made
        below = self.named(name) if at is None else self.at(name, at)
        return slashed(self.named(self.loss), below)

    def index(self, name: str) -> tuple[Formula, Formula]:
        """Left and right side of the equation of a tensor (or adjoint) in index form."""
        return self.sides(self.equation(name))

    def sides(self, eq: Equation) -> tuple[Formula, Formula]:
        """Left and right side of an equation in index form."""
        found = self.symbols.letters([Read(eq.name, eq.indices), eq.rhs])
        left, right = self.printer.equation(eq, found)
        return left, row(right.node)

    # -- numbers -------------------------------------------------------------------------------

    @cached_property
    def has_numbers(self) -> bool:
        """Are there numbers for one sample? (A spec's ``samples`` of several are no example.)"""
        given = self.network.values
        wanted = [t for t in self.network.tensors.values() if t.kind != "variable"]
        single = all(len(given.get(t.name, ())) == 1 for t in wanted if t.batch)
        return single and all(t.name in given for t in wanted) and self.sizes_known

    @cached_property
    def formulas(self) -> Formulas:
        return Formulas(self.d)

    def written(self, name: str, at: tuple[int, ...]) -> Expr:
        """An entry as a board works it out, by the shortest formula that there is."""
        short = self.short.get(name)
        return self.formulas(name, *at) if short is None else entry(self.net, short, at)

    @cached_property
    def exact(self) -> Exact:
        if not self.has_numbers:
            where = f"networks.{self.key}.values" if self.key != "main" else "values"
            raise ChalkgradError(
                "numbers are asked for, but the network has no values", where=where
            )
        return Exact(self.d, self.network.values, self.formulas)

    def figure(
        self, name: str, exact: Any, *, numerals: Numerals | None = None, relation: str = "",
        given: bool = False, means: Expr | None = None, by: Values | None = None, first: int = 0,
    ) -> Formula:  # fmt: skip
        """A number of this network in print, recorded for the manifest as ``key.name``: in
        ``numerals`` of its own, or with the board's digits. A ``given`` one prints as declared.
        ``means`` is what it is the value of, worked out ``by`` the numbers of the spec; ``first``
        is the first number of a class where it is one."""
        shown = numerals or self._digits(exact, given)
        key = f"{self.key}.{name}"
        if key not in self.figures or relation:
            plain = shown.plain(exact)
            rounded, unit = float(shown.rounded(exact)), shown.unit(exact)
            claim = None if means is None else Printed(by or self.numbers, means, rounded, unit)
            self.figures[key] = Figure(key, full(exact), plain, shown.rounding, relation, claim,
                                       first)  # fmt: skip
        return row(marked("cgn", key, shown.formula(exact)))

    def number(self, at: Entry) -> Formula:
        """An entry's number; what the spec declares prints as it was declared."""
        return self.entry_figure(at, self.exact(at[0], *at[1]), given=self._is_given(at))

    def entry_figure(self, at: Entry, exact: Any, **more: Any) -> Formula:
        """The value of an entry; the number of a class counts from where the notation does."""
        first, means = self.symbols.first(at[0]), entry_read(*at)
        if not first:
            return self.figure(ref(*at), exact, means=means, **more)
        return self.figure(ref(*at), exact + first, means=Add((means, num(first))), first=first,
                           **more)  # fmt: skip

    def _is_given(self, at: Entry) -> bool:
        tensor = self.net.tensors.get(at[0])
        return tensor is not None and tensor.kind != "variable"

    def _digits(self, exact: Any, given: bool) -> Numerals:
        return self.numerals.more(6) if given and declared_short(exact) else self.numerals

    def drain(self) -> tuple[Figure, ...]:
        """The numbers printed since the last call."""
        made, self.figures = tuple(self.figures.values()), {}
        return made

    def page(
        self, stem: str, title: Rich, blocks: Sequence[Block], figures: Iterable[Figure] = (),
        **more: Any,
    ) -> Page:  # fmt: skip
        """A page about this network: the numbers printed since its last one, and ``figures``."""
        key = stem if self.key == "main" else f"{stem}-{self.key}"
        made = (*self.drain(), *figures)
        return Page(key, "", title, tuple(blocks), network=self.key, figures=made, **more)

    def substituted(self, expr: Expr) -> Formula:
        """A scalar expression over entries with its numbers."""
        return Substituted(self.printer, self.number, self.exact.by_hand).expression(expr, {})

    def relation(self, expr: Expr, result: Any, what: str) -> Sign:
        """= where the printed operands give the printed result, else ≈."""
        return self.certified(value(expr, lambda e: exactly(self.shown(e))), result, what)

    def certified(self, redone: Any, result: Any, what: str) -> Sign:
        """= where the printed digits give the printed result. Where they do not, ≈, and the build
        is told."""
        if self.numerals.agrees(redone, result):
            return EQUALS
        self.report(what, redone, result)
        return APPROX

    def report(self, what: str, redone: Any, result: Any) -> None:
        """Tell the build that a calculation cannot be redone with the printed digits."""
        told = (
            f"{self.key}: {what}: the printed digits give {self.numerals.plain(redone)}, "
            f"the result is {self.numerals.plain(result)}: printed with ≈"
        )
        if told not in self.reports:
            self.reports.append(told)

    def shown(self, at: Entry) -> Any:
        """An entry as a reader of the printed digits has it."""
        exact = self.exact(at[0], *at[1])
        return self._digits(exact, self._is_given(at)).rounded(exact)

    def result(self, name: str, at: Sequence[int], expr: Expr) -> tuple[Sign, Formula]:
        """Relation and number of a calculated entry: what follows its formula with numbers."""
        exact = self.exact(name, *at)
        relation = self.relation(expr, exact, ref(name, at))
        return relation, self.entry_figure((name, tuple(at)), exact, relation=relation.text)

    def calculation(self, name: str, at: tuple[int, ...], *, numbers: bool = True) -> Calculation:
        """An entry by hand: its symbol, formula, the formula with numbers, relation, result."""
        expr = self.written(name, at)
        first = self.symbols.first(name)
        counted = Add((expr, num(first))) if first else expr
        formula = self.printer.expression(counted, {})
        says = self.says(entry_read(name, at), expr)
        if not numbers or not list(reads(expr)):
            return Calculation(self.at(name, at), formula, says)
        relation, result = self.result(name, at, expr)
        shown = self.substituted(spelled(counted))
        return Calculation(self.at(name, at), formula, says, shown, relation, result)

    # -- matrices of entries ------------------------------------------------------------------

    def symbol_matrix(self, name: str) -> Formula:
        """The matrix of a tensor's entries as symbols; wide ones are elided."""
        return self.cells(name, lambda at: self.at(name, at), limit=SYMBOLS)

    def number_matrix(self, name: str, strong: Sequence[int] | None = None) -> Formula:
        """The matrix of a tensor's numbers, one entry highlighted."""

        def cell(at: tuple[int, ...]) -> Formula:
            made = self.number((name, at))
            if strong is not None and tuple(strong) == at:
                made = highlighted(made)
            return row(marked("cgr", ref(name, at), made))

        return self.cells(name, cell)

    def transposed_matrix(self, name: str, leaf: Callable[[str], Formula]) -> Formula:
        """The matrix that ``leaf`` writes for a tensor, transposed."""
        self._turned = not self._turned
        made = leaf(name)
        self._turned = not self._turned
        return made

    def cells(self, name: str, cell: Cell, *, limit: int = LIMIT) -> Formula:
        """The matrix of a tensor's shape with what ``cell`` writes for each entry."""
        of = self.symbols.adjoints.get(name, name)
        shape = [self.net.size(a) for a in self.net.tensors[of].axes]
        turned = (name in self.symbols.turned()) != self._turned
        return bmatrix(shape, cell, turned=turned, limit=limit)
