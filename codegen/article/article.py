"""A derivation as a plain LaTeX article: symbols, forward, and every gradient at its levels.

The equation numbers are the derivation's own, so "eq. 12" is the same line in the article and in
the generated module. The template shapes the document; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...derive.chainrule.calculus import rule
from ...derive.chainrule.derivation import Contribution, Derivation, Step
from ...derive.chainrule.sample import combined, per_sample
from ...derive.forms.chain import Local, chain_form
from ...derive.forms.letters import letters
from ...derive.language.equation import Equation, Tensor
from ...derive.language.expr import (
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Name,
    Neg,
    Read,
    Reduce,
    add,
    replace,
    walk,
)  # fmt: skip
from ...derive.language.formulas import opened
from ...derive.language.functions import FUNCTIONS
from ...derive.rewrite.contract import deltas
from ...derive.rewrite.simplify import product
from ...derive.steps.inserted import as_equation, inserted_steps
from ..formula.latex_functions import Tex
from ..formula.latex_matrix import matrix_lines
from ..formula.latex_printer import Printer
from ..lecture.words import localized, words
from ..notation.escape import escape
from ..notation.names import index_tex
from ..notation.symbols import Symbols, symbols_of
from ..templates import latex
from .steps import step_rows

LONGEST_CHAIN = 8
UNBROKEN = 52.0  # letters that fit on a line
PAGE = 600.0  # letters that fit on half a page
_ELEMENTARY = ("xlogy", "power", "square", "identity", "max", "min", "expm1", "log1p", "step")
_PAGES = "% pages "  # marks such a body; never printed


@dataclass
class Item:
    """One numbered equation of the article with what stands around it."""

    number: int
    body: str
    heading: str = ""
    chain: str = ""
    full: str = ""
    entries: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    matrix: list[str] = field(default_factory=list)
    inserted: str = ""
    short: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def article(d: Derivation, style: str | None = None) -> str:
    """A LaTeX document that pdflatex compiles without shell escape.

    ``style`` names a notation; without it the spec's own is used. The article speaks the first of
    the spec's languages. Networks that do not mix samples are written for one sample, and a last
    section says how the samples combine.
    """
    return _Article(d, style).text()


class _Article:
    def __init__(self, d: Derivation, style: str | None) -> None:
        self.batch, self.d = d, per_sample(d)
        self.words = words(_language(d.network.spec))
        mark = "{,}" if self.words.decimal == "," else self.words.decimal
        self.symbols = symbols_of(self.d, style, decimal=mark, words=self.words.in_formulas)
        self.single = self.d is not d and bool(combined(d.network))
        if self.single:  # on the board the loss is that of the sample
            self.symbols.of = d.network.sample_loss
        self.printer = Printer(self.symbols, breaks=True)
        losses = (d.network.loss, d.network.sample_loss) if self.single else ()
        self.hidden, self.hidden_steps = set(losses[:1]), {d.adjoint(n) for n in losses}

    def text(self) -> str:
        net = self.d.network
        return (
            latex(Path(__file__).parent)
            .get_template("article.tex.j2")
            .render(
                words=self.words,
                title=self.given(net.title) or escape(net.name.replace("_", " ")),
                author=self.given(getattr(net.spec, "author", None)),
                intro=self.intro(),
                symbols=[self.row(t) for t in net.tensors.values() if self.shown(t)],
                sizes=self.sizes(),
                forward=[
                    self.forward(k, e) for k, e in self.d.numbered() if e.name not in self.hidden
                ],
                functions=self.functions(),
                backward_intro=self.backward_intro(),
                steps=[
                    self.step(s) for s in self.d.steps if s.equation.name not in self.hidden_steps
                ],
                display=_display,
                batch=self.whole_batch() if self.single else [],
            )
        )

    # -- front ---------------------------------------------------------------------------------

    def given(self, text: Any) -> str:
        """A text of the spec in the article's language."""
        return escape(localized(text, self.words.language)) if text else ""

    def intro(self) -> str:
        names = ", ".join(f"${self.symbols[n].whole}$" for n in self.d.wanted[:12])
        more = ", \\ldots" if len(self.d.wanted) > 12 else ""
        of = f"${self.symbols[self.symbols.of].whole}$"
        kind = "article_one_sample" if self.single else "article_samples"
        return (
            self.words("article_intro", of=of, names=names + more) + " " + self.words(kind, of=of)
        )

    def shown(self, t: Tensor) -> bool:
        return t.name not in self.hidden and t.name not in self.symbols.adjoints

    def row(self, t: Tensor) -> Mapping[str, str]:
        shape = r" \times ".join(_size(self.d.network.size(a)) for a in t.axes)
        code = escape(t.name).replace(r"\_", r"\_\allowbreak ")
        return {
            "symbol": f"${self.symbols[t.name].whole}$",
            "code": rf"\texttt{{{code}}}",
            "shape": f"${shape}$" if shape else self.words("article_number"),
            "kind": self.kind(t),
        }

    def kind(self, t: Tensor) -> str:
        """What a tensor is, and the equation that defines it."""
        what = [self.words(f"article_{t.kind}")] if t.kind != "variable" else []
        if t.name == self.d.network.output:
            what = [self.words("article_output")]
        lines = [*self.d.numbered(), *((s.number, s.equation) for s in self.d.steps)]
        return ", ".join([*what, *(rf"\eqref{{eq:{k}}}" for k, e in lines if e.name == t.name)])

    def sizes(self) -> str:
        """What n_k stands for, where an equation writes it."""
        base = self.symbols.style.index_base
        said = [self.words("article_indices_same" if base == 0 else "article_indices", base=base),
                self.words("article_sizes"), self.words("article_indicator")]  # fmt: skip
        if self.symbols.style.derivative != "delta":
            said.append(r"$\delta_{ij} = \mathbf{1}[i = j]$.")
        return " ".join(said)

    # -- forward -------------------------------------------------------------------------------

    def forward(self, number: int, eq: Equation) -> Item:
        line = self.line(*self.printer.equation(eq, letters(eq)))
        known = self.symbols.shrinkage
        if known is not None and known.first == eq.name:
            strength = self.printer.expression(known.strength)
            return Item(number, line, more=[rf"\lambda = {strength}"])
        return Item(number, line, more=self.matrix(eq))

    def line(self, left: str, right: Tex) -> str:
        """An equation: broken over lines where it is long, shrunk where nothing can be broken."""
        return _fit(f"{left} = {right.text}", right)

    def matrix(self, eq: Equation) -> list[str]:
        made = matrix_lines(self.printer, eq, self.d)
        return [self.line(left, right) for left, right in made if right.run < UNBROKEN]

    def functions(self) -> list[str]:
        """Every function met, by its formula, with the derivative that the gradients use."""
        names = dict.fromkeys(
            e.name for _, eq in self.d.numbered() for e in walk(eq.rhs) if isinstance(e, Fn)
        )
        return [self.function(n) for n in names if _worth_showing(n)]

    def function(self, name: str) -> str:
        known = FUNCTIONS[name]
        args = tuple(Idx(a, "", -k - 1) for k, a in enumerate(known.args))
        back: dict[Expr, Expr] = {Name(f"a{k}"): a for k, a in enumerate(args)}
        value = Idx("y", "", -len(args) - 1)
        back[Name("y")] = value
        slope = replace(rule(name, 0), back)
        call = self.printer.expression(Fn(name, args), {})
        read = any(e == value for e in walk(slope))
        note = rf" \quad\text{{{self.words('article_with')}}}\; y = {call}" if read else ""
        left = ""
        if (formula := opened(name, args)) is not None:
            left = rf"{call} = {self.printer.expression(formula, {})}, \qquad "
        right = rf"\frac{{\partial}}{{\partial {known.args[0]}}}\, {call} = "
        return rf"\chalkfit{{{left}{right}{self.printer.expression(slope, {})}{note}}}"

    # -- backward ------------------------------------------------------------------------------

    def backward_intro(self) -> str:
        return self.words("article_backward_intro", times=f"${self.printer.style.product}$")

    def step(self, s: Step) -> Item:
        below = Read(s.of or s.equation.name, s.equation.indices)
        found = letters([below, s.equation.rhs], fixed=letters([below]))
        left, right = self.printer.equation(s.equation, found)
        whole = self.printer.whole(s.equation.name)
        heading = f"${whole}$"
        if s.of:
            heading = self.words("article_gradient", what=f"${self.printer.whole(s.of)}$")
        item = Item(s.number, self.line(left, right), heading)
        if not s.of:
            item.notes.append(self.words("article_part"))
            return item
        if s.contributions and self.direct(s):
            item.entries = self.entries(s)[1:]
        elif s.contributions:
            item.chain = self.chain(s.of)
            item.full = self.full(s.of)
            item.entries = self.entries(s)
        item.matrix = self.matrix(s.equation)
        if (inserted := inserted_steps(self.d, s.of)) is not None:
            item.inserted = step_rows(self.printer, self.words, inserted)
            item.short = self.matrix(as_equation(inserted.lines[-1]))
        item.notes += self.notes(s)
        return item

    def notes(self, s: Step) -> Iterator[str]:
        """What a reader must know of the signs and of the code."""
        if any(self.is_direct(name, s) for name in _readers(s)):
            yield self.words("article_direct")
        if s.of in self.symbols.deltas:
            meant = self.printer.fraction(self.symbols.of, s.of)
            whole = self.printer.whole(s.equation.name)
            yield self.words("article_stands_for", what=f"${whole}$", meant=f"${meant}$")
        if s.inlined:
            yield self.words("article_inlined")

    def direct(self, s: Step) -> bool:
        """Is the loss itself the only reader? Then there is no chain to show."""
        return set(_readers(s)) == {self.symbols.of}

    def is_direct(self, reader: str, s: Step) -> bool:
        """Is ∂reader/∂tensor only a part of what the whole derivative of that name would be?"""
        return reader == s.of or (reader == self.symbols.of and not self.direct(s))

    def chain(self, tensor: str, mode: str = "reuse") -> str:
        left, right = (self.printer.piece(side, {}) for side in chain_form(self.d, tensor, mode))
        return self.line(left.text, right)

    def full(self, tensor: str) -> str:
        """The chain down to the loss, for a parameter or input, where it is one short product."""
        if tensor not in self.d.wanted:
            return ""
        long, short = (_factors(chain_form(self.d, tensor, m)[1]) for m in ("full", "reuse"))
        return self.chain(tensor, "full") if short < long <= LONGEST_CHAIN else ""

    def entries(self, s: Step) -> list[str]:
        """The chain rule with its sum, and each reader's Jacobian with its deltas."""
        below = Read(s.of, s.contributions[0].place)
        sums, jacobians = [], []
        place = letters([below])
        for name, parts in _readers(s).items():
            eq = next(e for e in self.d.forward if e.name == name)
            above = Read(name, eq.indices)
            terms = add([_jacobian(c) for c in parts])
            found = letters([below, above, terms], fixed=place)
            ratio = self.printer.expression(Local(above, below, self.is_direct(name, s)), found)
            jacobians.append(self.line(ratio, self.printer.piece(terms, found)))
            if name == self.symbols.of:
                sums.append(ratio)
                continue
            up = self.printer.expression(Read(self.d.adjoint(name), eq.indices), found)
            many = self.symbols.many(eq.indices)
            under = ",".join(self.printer.index(i) for i in many)
            over = rf"\sum_{{{under}}} " if many else ""
            sums.append(rf"{over}{up}\,{ratio}")
        left = self.printer.expression(Read(s.equation.name, below.indices), place)
        total = Tex(r" \chalkbreak + ".join(sums), wide=9.0 * len(sums), hard=9)
        return [self.line(left, total), *jacobians]

    # -- the batch -----------------------------------------------------------------------------

    def whole_batch(self) -> list[dict[str, Any]]:
        """The equations that combine the samples, with their numbers, and what they mean."""
        printer = Printer(Symbols(self.symbols.style, self.batch.network, self.batch), breaks=True)
        made: list[dict[str, Any]] = [{"number": 0, "body": self.words("article_batch_losses")}]
        for number, eq in self.batch.numbered():
            if eq.name in self.hidden:
                made.append(self.plain(printer, number, eq))
        made.append({"number": 0, "body": self.words("article_batch_starts")})
        for s in self.batch.steps:
            if s.equation.name in self.hidden_steps:
                made.append(self.plain(printer, s.number, s.equation))
        kind = combined(self.batch.network)
        made.append({"number": 0, "body": self.words(f"article_batch_{kind}")})
        return made

    def plain(self, printer: Printer, number: int, eq: Equation) -> dict[str, Any]:
        return {"number": number, "body": self.line(*printer.equation(eq, letters(eq)))}


def _display(number: int | str, body: str) -> str:
    """A body from `_fit` as a display with its number, or as a paragraph where it is very long."""
    if body.startswith(_PAGES):
        return rf"\chalkpages{{{number}}}{{{body[len(_PAGES) :]}}}"
    return rf"\chalkline{{{number}}}{{{body}}}" if number else rf"\chalkplain{{{body}}}"


def _fit(text: str, right: Tex) -> str:
    if right.run > UNBROKEN:
        return rf"\chalkshrink{{{text}}}"
    if right.wide > PAGE:
        return _PAGES + text
    return rf"\{'chalklong' if right.wide > 150 else 'chalkfit'}{{{text}}}"


def _jacobian(c: Contribution) -> Expr:
    """One partial with its deltas, as an expression: Σ_bound coefficient · δ(place, read)."""
    body = product([c.partial.coefficient, *deltas(c.place, c.partial.read.indices)])
    if c.partial.bound:
        if isinstance(body, Neg):  # - Σ a, not + Σ (-a)
            return Neg(Reduce("sum", c.partial.bound, body.arg, c.partial.cond))
        return Reduce("sum", c.partial.bound, body, c.partial.cond)
    return body if c.partial.cond is None else Mul((Iverson(c.partial.cond), body))


def _readers(s: Step) -> dict[str, list[Contribution]]:
    """What every equation that reads the tensor contributes to its gradient."""
    made: dict[str, list[Contribution]] = {}
    for c in s.contributions:
        made.setdefault(c.equation, []).append(c)
    return made


def _factors(chain: Expr) -> int:
    return sum(isinstance(e, Local) for e in walk(chain))


def _worth_showing(name: str) -> bool:
    """Elementary functions are known; activations and corners are shown."""
    known = FUNCTIONS.get(name)
    if known is None or name in _ELEMENTARY:
        return False
    return known.formula is not None or name == "tanh"


def _size(size: int | str) -> str:
    return str(size) if isinstance(size, int) else index_tex(size)


def _language(spec: Any) -> str:
    """The first language of a spec; a network made from equations has no spec."""
    return "en" if spec is None else str(spec.style.language[0])
