"""A derivation as an article: symbols, forward, and every gradient at its levels.

The equation numbers are the derivation's own, so "eq. 12" is the same line in the article and in
the generated module. `codegen.article.tex` prints it; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...derive.chainrule.derivation import Contribution, Derivation, Step
from ...derive.chainrule.sample import combined, per_sample
from ...derive.forms.chain import Local, chain_form
from ...derive.language.equation import Equation, Tensor
from ...derive.language.expr import (
    Expr,
    Idx,
    Iverson,
    Mul,
    Neg,
    Read,
    Reduce,
    add,
    walk,
)  # fmt: skip
from ...derive.relations.claims import Claims
from ...derive.relations.relation import CHAIN, WHOLE
from ...derive.rewrite.contract import contracted, deltas
from ...derive.rewrite.simplify import declared, product
from ...derive.rewrite.tidy import size, tidy
from ...derive.steps.inserted import as_equation, inserted_steps
from ...derive.steps.step_nodes import Steps
from ..formula.latex_functions import Tex
from ..formula.latex_matrix import matrix_lines
from ..formula.latex_printer import Letters, Printer
from ..formula.rich import Rich, inline, plain
from ..formula.tree.nodes import BLANK, Node
from ..formula.tree.nodes import Row as Formula
from ..formula.tree.reader import formula
from ..formula.tree.write import (
    BREAK,
    EQUALS,
    dimensions,
    joined,
    listed,
    lowered,
    number,
    row,
    sign,
    space,
    spaced,
)
from ..lecture.words import localized, words
from ..lecture.words.reasons import Says
from ..notation.names import index_tex
from ..notation.symbols import Symbols, symbols_of
from .functions import function_lines, softmax_steps
from .paper import Display, Item, Paper, Reasoned
from .signs import signs_said
from .steps import step_rows
from .tex import UNBROKEN, paper_tex

LONGEST_CHAIN = 8


def article(d: Derivation, style: str | None = None) -> str:
    """A LaTeX document that pdflatex compiles without shell escape.

    ``style`` names a notation; without it the spec's own is used. The article speaks the first of
    the spec's languages. Networks that do not mix samples are written for one sample, and a last
    section says how the samples combine. Raises ChalkgradError for a line that is false.
    """
    return paper_tex(proved(d, style))


def proved(d: Derivation, style: str | None = None) -> Paper:
    """The article as data, its lines proved. Raises ChalkgradError for a line that is false."""
    made = Article(d, style)
    paper = made.paper()
    made.claims.prove("the article")
    return paper


class Article:
    """The lines of an article, and what they claim."""

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
        self.softmaxes = softmax_steps(self.d)
        self.hidden, self.hidden_steps = set(losses[:1]), {d.adjoint(n) for n in losses}
        self.claims = Claims(
            self.batch, self.d, columns=self.symbols.style.vectors == "column",
            turned=self.symbols.turned(),
        )  # fmt: skip

    def paper(self) -> Paper:
        net = self.d.network
        forward = [self.forward(k, e) for k, e in self.d.numbered() if e.name not in self.hidden]
        functions = function_lines(self.printer, self.words, self.d, self.claims)
        softmaxes = [self.rows(steps) for steps in self.softmaxes.values()]
        for known in self.softmaxes.values():
            self.claims.steps(known)
        steps = [self.step(s) for s in self.d.steps if s.equation.name not in self.hidden_steps]
        printed = [f for item in (*forward, *steps) for f in item.formulas()]
        printed += [x.formula for x in functions]
        printed += [f for rows in softmaxes for x in rows for f in (x.left, x.right)]
        return Paper(
            title=self.given(net.title) or plain(net.name.replace("_", " ")),
            author=self.given(getattr(net.spec, "author", None)),
            language=self.words.language,
            intro=self.intro(),
            symbols=[self.row(t) for t in net.tensors.values() if self.shown(t)],
            signs=signs_said(self.words, self.symbols.style, self.d, printed),
            forward=forward,
            functions=functions,
            softmaxes=softmaxes,
            backward_intro=self.backward_intro(),
            steps=steps,
            batch=self.whole_batch() if self.single else [],
        )

    # -- front ---------------------------------------------------------------------------------

    def given(self, text: Any) -> Rich:
        """A text of the spec in the article's language."""
        return plain(localized(text, self.words.language)) if text else ""

    def intro(self) -> Rich:
        names = ", ".join(inline(self.symbols[n].tree) for n in self.d.wanted[:12])
        more = ", …" if len(self.d.wanted) > 12 else ""
        of = inline(self.symbols[self.symbols.of].tree)
        kind = "article_one_sample" if self.single else "article_samples"
        return (
            self.words("article_intro", of=of, names=names + more) + " " + self.words(kind, of=of)
        )

    def shown(self, t: Tensor) -> bool:
        return t.name not in self.hidden and t.name not in self.symbols.adjoints

    def row(self, t: Tensor) -> tuple[Rich, Rich, Rich, Rich]:
        """Symbol, name in the code, shape, and what it is."""
        sizes = [_size(self.d.network.size(a)) for a in t.axes]
        shape = inline(dimensions(sizes))
        known = shape if sizes else self.words("article_number")
        return inline(self.symbols[t.name].tree), f"`{t.name}`", known, self.kind(t)

    def kind(self, t: Tensor) -> Rich:
        """What a tensor is, and the equation that defines it."""
        what = [self.words(f"article_{t.kind}")] if t.kind != "variable" else []
        if t.name == self.d.network.output:
            what = [self.words("article_output")]
        if (fact := declared(t, self.d.forward)) is not None:
            shown = inline(self.printer.expression(fact, self.symbols.letters(fact)))
            what.append(self.words("article_distribution", fact=shown))
        lines = [*self.d.numbered(), *((s.number, s.equation) for s in self.d.steps)]
        made = (f"({k})" for k, e in lines if e.name == t.name)
        return ", ".join([*what, *(self.words("article_made_by", equation=k) for k in made)])

    # -- forward -------------------------------------------------------------------------------

    def forward(self, number: int, eq: Equation) -> Item:
        line = self.index(eq)
        self.claims.equation(number, eq)
        known = self.symbols.shrinkage
        if known is not None and known.first == eq.name:
            strength = self.printer.expression(known.strength)
            return Item(number, line, more=[Display(spaced(sign("lambda"), EQUALS, strength))])
        return Item(number, line, more=self.matrix(number, eq))

    def index(self, eq: Equation) -> Display:
        return _line(*self.printer.equation(eq, self.symbols.letters(eq)))

    def matrix(self, number: int, eq: Equation) -> list[Display]:
        made = [x for x in matrix_lines(self.printer, eq, self.d) if x.right.run < UNBROKEN]
        for x in made:
            self.claims.line(number, Read(eq.name), x.form, kind=WHOLE)
        return [_line(x.left, x.right) for x in made]

    # -- backward ------------------------------------------------------------------------------

    def backward_intro(self) -> Rich:
        times = inline(formula(self.printer.style.product))
        return self.words("article_backward_intro", times=times)

    def step(self, s: Step) -> Item:
        below = Read(s.of or s.equation.name, s.equation.indices)
        found = self.symbols.letters([below, s.equation.rhs], fixed=self.symbols.letters([below]))
        left, right = self.printer.equation(s.equation, found)
        heading = inline(self.printer.named(s.equation.name))
        if s.of:
            heading = self.words("article_gradient", what=inline(self.printer.named(s.of)))
        item = Item(s.number, _line(left, right), heading)
        self.claims.equation(s.number, s.equation)
        if not s.of:
            item.notes.append(self.words("article_part"))
            return item
        if s.contributions and self.direct(s):
            item.entries = self.entries(s)[1:]
        elif s.contributions:
            item.chain = self.chain(s)
            item.full = self.full(s)
            item.entries = self.entries(s)
        item.matrix = self.matrix(s.number, s.equation)
        if (inserted := inserted_steps(self.d, s.of)) is not None:
            item.inserted = self.rows(inserted)
            result = as_equation(inserted.lines[-1])
            item.short = self.matrix(s.number, result) or [self.index(result)]
            for x in (*inserted.definitions, *inserted.lines):
                self.claims.line(s.number, x.left, x.right)
        item.notes += self.notes(s)
        return item

    def notes(self, s: Step) -> Iterator[Rich]:
        """What a reader must know of the signs and of the code."""
        if any(self.is_direct(name, s) for name in _readers(s)):
            yield self.words("article_direct")
        if s.of in self.symbols.deltas:
            meant = inline(self.printer.expression(Local(Read(self.symbols.of), Read(s.of)), {}))
            whole = inline(self.printer.named(s.equation.name))
            yield self.words("article_stands_for", what=whole, meant=meant)
        if s.inlined:
            yield self.words("article_inlined")

    def direct(self, s: Step) -> bool:
        """Is the loss itself the only reader? Then there is no chain to show."""
        return set(_readers(s)) == {self.symbols.of}

    def is_direct(self, reader: str, s: Step) -> bool:
        """Is ∂reader/∂tensor only a part of what the whole derivative of that name would be?"""
        return reader == s.of or (reader == self.symbols.of and not self.direct(s))

    def chain(self, s: Step, mode: str = "reuse") -> Display:
        sides = chain_form(self.d, s.of, mode)
        self.claims.line(s.number, *sides, kind=CHAIN)
        left, right = (self.printer.piece(side, {}) for side in sides)
        return _line(left.node, right)

    def full(self, s: Step) -> Display | None:
        """The chain down to the loss, for a parameter or input, where it is one short product."""
        if s.of not in self.d.wanted:
            return None
        long, short = (_factors(chain_form(self.d, s.of, m)[1]) for m in ("full", "reuse"))
        return self.chain(s, "full") if short < long <= LONGEST_CHAIN else None

    def entries(self, s: Step) -> list[Display]:
        """The chain rule with its sum, and each reader's Jacobian with its deltas."""
        below = Read(s.of, s.contributions[0].place)
        sums: list[Node] = []
        jacobians: list[Display] = []
        products: list[Expr] = []
        place = self.symbols.letters([below])
        for name, parts in _readers(s).items():
            eq = next(e for e in self.d.forward if e.name == name)
            above = Read(name, eq.indices)
            terms = add([_jacobian(c) for c in parts])
            found = self.symbols.letters([below, above, terms], fixed=place)
            local, upper = (Local(above, below, self.is_direct(name, s)),
                            Read(self.d.adjoint(name), eq.indices))  # fmt: skip
            ratio = self.printer.piece(local, found)
            jacobians.append(_line(ratio.node, self.local(terms, found)))
            self.claims.line(s.number, local, terms)
            if name == self.symbols.of:
                sums.append(ratio.node)
                products.append(local)
                continue
            products.append(_summed(Mul((upper, local)), eq.indices))
            up = self.printer.piece(upper, found).node
            under = [self.printer.index(i) for i in self.symbols.many(eq.indices)]
            over = (lowered(sign("sum"), listed(under)), BLANK) if under else ()
            sums.append(row(*over, up, space(","), ratio.node))
        self.claims.line(s.number, Read(s.equation.name, below.indices), add(products))
        left = self.printer.expression(Read(s.equation.name, below.indices), place)
        total = joined(sums, BLANK, BREAK, BLANK, sign("+"), BLANK)
        return [_line(left, Tex(total, wide=9.0 * len(sums), hard=9)), *jacobians]

    def local(self, terms: Expr, found: Letters) -> Tex:
        """A local derivative with its deltas; where its own sums leave something shorter, that
        too."""
        made, less = self.printer.piece(terms, found), tidy(contracted(terms, in_place=True))
        if size(less) >= size(terms):
            return made
        short = self.printer.piece(less, found)
        if short.node == made.node:
            return made
        both = spaced(made.node, BREAK, sign("="), short.node)
        return Tex(both, wide=made.wide + short.wide + 1.5, hard=max(made.run, short.run))

    def rows(self, steps: Steps) -> list[Reasoned]:
        """The lines of a derivative with their reasons."""
        says = Says(
            formula=lambda e: inline(self.printer.expression(e, self.symbols.letters(e))),
            function=lambda name: inline(self.printer.called(name)),
            number=lambda name: f"({self.d.numbers[name]})",
            derived=lambda name: "above" if name in self.softmaxes else "",
        )
        return step_rows(self.printer, self.words, steps, says)

    # -- the batch -----------------------------------------------------------------------------

    def whole_batch(self) -> list[Item | Rich]:
        """The equations that combine the samples, with their numbers, and what they mean."""
        printer = Printer(Symbols(self.symbols.style, self.batch.network, self.batch), breaks=True)
        made: list[Item | Rich] = [self.words("article_batch_losses")]
        for k, eq in self.batch.numbered():
            if eq.name in self.hidden:
                made.append(self.combining(printer, k, eq))
        made.append(self.words("article_batch_starts"))
        for s in self.batch.steps:
            if s.equation.name in self.hidden_steps:
                made.append(self.combining(printer, s.number, s.equation))
        kind = combined(self.batch.network)
        made.append(self.words(f"article_batch_{kind}"))
        return made

    def combining(self, printer: Printer, number: int, eq: Equation) -> Item:
        """An equation over all samples."""
        self.claims.batch(number, eq)
        return Item(number, _line(*printer.equation(eq, printer.symbols.letters(eq))))


def _line(left: Node, right: Tex) -> Display:
    """An equation with how wide its right side is."""
    return Display(spaced(left, EQUALS, right.node), right.wide, right.run)


def _jacobian(c: Contribution) -> Expr:
    """One partial with its deltas, as an expression: Σ_bound coefficient · δ(place, read)."""
    body = product([c.partial.coefficient, *deltas(c.place, c.partial.read.indices)])
    if c.partial.bound:
        if isinstance(body, Neg):  # - Σ a, not + Σ (-a)
            return Neg(Reduce("sum", c.partial.bound, body.arg, c.partial.cond))
        return Reduce("sum", c.partial.bound, body, c.partial.cond)
    return body if c.partial.cond is None else Mul((Iverson(c.partial.cond), body))


def _summed(e: Expr, over: Sequence[Idx]) -> Expr:
    return Reduce("sum", tuple(over), e) if over else e


def _readers(s: Step) -> dict[str, list[Contribution]]:
    """What every equation that reads the tensor contributes to its gradient."""
    made: dict[str, list[Contribution]] = {}
    for c in s.contributions:
        made.setdefault(c.equation, []).append(c)
    return made


def _factors(chain: Expr) -> int:
    return sum(isinstance(e, Local) for e in walk(chain))


def _size(size: int | str) -> Formula:
    return number(size) if isinstance(size, int) else formula(index_tex(size))


def _language(spec: Any) -> str:
    """The first language of a spec; a network made from equations has no spec."""
    return "en" if spec is None else str(spec.style.language[0])
