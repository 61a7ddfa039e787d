"""The lines of a derivative as rows of a display, in the letters of a board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace as change
from fractions import Fraction
from functools import cached_property

from .....derive.forms.letters import letters
from .....derive.language.expr import (
    Add,
    Expr,
    Fn,
    Iverson,
    Mul,
    Neg,
    Normal,
    Num,
    Read,
    Size,
    num,
    replace,
    transform,
    walk,
)
from .....derive.language.functions import FUNCTIONS
from .....derive.language.literal import truth
from .....derive.relations.claim import Claim, Together
from .....derive.relations.relation import Relation
from .....derive.relations.steps import StepTruth
from .....derive.steps.step_nodes import D, Line
from .....derive.values.entries import number
from ....deck.model import Block, Math, Row, Text
from ....formula.ends import is_letter
from ....formula.latex_entries import is_lowered
from ....formula.rich import inline, plain
from ....formula.tree import write
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.reader import formula
from ....formula.tree.write import EQUALS
from ....layout import extent
from ....layout.measures import display
from ....picture.label.measure import measure
from ...board.claims import DEFINITION
from ...board.context import Context
from ...words.reasons import Says, reason
from ..shared.letters import any_function
from ..shared.room import HIGH
from .derived import derived
from .named import Named
from .plots import Drawn, drawn, numeric
from .steps import COUNT, EPSILON, Alphabet, StepPrinter, variable

LEAST = 4  # lines that stay, however wide
SHRUNK = 0.98  # documents set a page that is a little too full smaller
# what a reader can do without: a reason, and the reason of the line after it ("": any)
_SPARE = (
    ("derivative", ""), ("chain_rule", "delta"), ("delta", "chain_rule"), ("split", "split"),
    ("split", "add"), ("delta", "delta"), ("factor", ""), ("expand", ""), ("simplify", "expand"),
    ("delta", "contract"), ("power_of_quotient", "substitute"),
)  # fmt: skip
ENTRIES = 3  # of a Jacobian that is written out


class Lines:
    """The rows of one function in the letters of the context's first board."""

    def __init__(self, context: Context, found: Named, wide: float = 14.0) -> None:
        self.context, self.found, self.words, self.wide = context, found, context.words, wide
        self.board = context.board()
        self.loss = self.board.named(self.board.loss)
        several = self._several()
        self.printer = StepPrinter(self.board.printer, Alphabet(self._letters()), partial=several)

    def _several(self) -> bool:
        known = FUNCTIONS.get(self.found.call_name)
        return known is not None and self.found.kind == "function" and known.least > 1

    @property
    def title(self) -> str:
        key = f"function_{self.found.name}"
        return self.words(key) if self.words.has(key) else plain(self.found.name)

    # -- letters -------------------------------------------------------------------------------

    def _letters(self) -> dict[str, Formula]:
        """Prediction, target, loss and pre-activation as the notation has them; f and h."""
        found, style = self.found, self.board.symbols.style
        if found.kind == "limit":
            return {
                k: write.row(write.sign(x)) for k, x in any_function(self.board.symbols).items()
            }
        if found.kind not in ("loss", "softmax"):
            return {}

        def letter(role: str) -> Formula:
            known = style.symbols.get(role)
            return formula(known.letter if known is not None and known.letter else "y")

        target, output, pre = letter("target"), letter("output"), variable(self.board.symbols)
        if not (is_letter(output) and is_letter(target)):  # out_{h1}: the letters of a book
            output, target, pre = formula("p"), formula("y"), "z"
        if output == target or (output == formula("y") and found.kind == "softmax"):
            output = write.accented(style.output_accent, output)
        source = formula(pre)
        if found.kind == "softmax":
            output, source = self._own_softmax() or (output, source)
        made = {found.output: output, found.target: target, found.source: source}
        made[found.steps.name] = self.loss
        return {k: v for k, v in made.items() if k}

    def _own_softmax(self) -> tuple[Formula, Formula] | None:
        """The letters of the one softmax of the network and of what it is taken of."""
        found = [
            (eq.name, eq.rhs.body.tensor)
            for _, eq in self.board.forward
            if isinstance(eq.rhs, Normal) and isinstance(eq.rhs.body, Read)
            if eq.rhs.op == self.found.name and len(eq.indices) == 1
        ]
        if len(found) != 1:
            return None
        output, pre = (self.board.symbols[name].entry_at(write.row()) for name in found[0])
        return None if is_lowered(output) or is_lowered(pre) else (output, pre)

    # -- rows ----------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[Line]:
        """The lines that are shown: without what is done in the head and, where they are too many
        for a page, without those that a reader can do without (all right sides are equal)."""
        kept = list(self.found.steps.short().lines)
        for why, following in _SPARE:
            k = len(kept) - 2
            while k >= 0 and not self.fits(kept):
                if kept[k].reason == why and kept[k + 1].reason.startswith(following):
                    del kept[k]
                k -= 1
        while len(kept) > LEAST and not self.fits(kept):
            del kept[max(range(1, len(kept) - 1), key=lambda k: self._width(kept[k]))]
        return kept

    def _width(self, x: Line) -> float:
        sides = (spoken.printer.line(x.left, x.right) for spoken in self.spoken)
        return max(_wide(right) for _, right in sides)

    @cached_property
    def spoken(self) -> list[Lines]:
        """The same lines in every language."""
        return [self if context is self.context else Lines(context, self.found, self.wide)
                for context in self.context.spoken]  # fmt: skip

    def fits(self, lines: Sequence[Line]) -> bool:
        """Have these lines room on one page, below the definitions, in every language?"""
        return all(spoken.has_room(lines) for spoken in self.spoken)

    def has_room(self, lines: Sequence[Line]) -> bool:
        """Have they room in this language?"""
        rows = (*self._definitions(), *self._chain(lines))
        wide, high = self.wide / SHRUNK, HIGH / SHRUNK
        return extent.height(Math(rows, size="small"), wide, high) <= high

    @cached_property
    def _made(self) -> list[Row]:
        return [*self._definitions(), *self._chain(self.lines)]

    def rows(self) -> list[Row]:
        """Definitions, lemmas, then the chain of right sides; one a click, the last one boxed."""
        return [change(r, at=k) for k, r in enumerate(self._made, start=1)]

    def _definitions(self) -> Iterator[Row]:
        for x in self.found.steps.definitions:
            left, right = self.printer.line(x.left, x.right)
            named = isinstance(x.left, Fn) and x.left.name in FUNCTIONS
            says = self._says(x.left, x.right) if named else DEFINITION
            yield Row(left, right, note=self.words("step_definition"), claim=says)
        for lemma in self.found.steps.lemmas:
            first = lemma.lines[0]
            left, right = self.printer.line(first.left, lemma.result)
            says = self._says(first.left, lemma.result)
            yield Row(left, right, note=self._known(lemma.name), claim=says)

    def _chain(self, lines: Sequence[Line]) -> Iterator[Row]:
        for k, x in enumerate(lines):
            left, right = self.printer.line(x.left, x.right)
            shown = write.boxed(right) if k == len(lines) - 1 else right
            says = self._says(x.left, x.right)
            yield Row(left if k == 0 else write.row(), shown, note=self._reason(x), claim=says)

    def _says(self, left: Expr, right: Expr) -> Claim:
        return Claim(self._truth, Relation((left, right)))

    @cached_property
    def _truth(self) -> StepTruth:
        return StepTruth(self.found.steps)

    def _reason(self, x: Line) -> str:
        indicator = any(isinstance(e, Fn) and e.name == "step" for e in walk(x.right))
        if indicator and x.reason == "substitute_output":
            return self.words("step_indicator")
        return reason(self.words, x, Says(self._fact))

    def _fact(self, fact: Expr) -> str:
        return inline(self.printer.expression(fact, letters(fact)))

    def _known(self, function: str) -> str:
        """Of a derivative that a loss uses: that it has a page of its own, where it has one."""
        if derived(self.context, function):
            return self.words("step_lemma")
        return self.words("step_known_of", function=inline(self.printer.called(function)))

    def summary(self) -> list[Row]:
        """The definition and the identity."""
        left, _ = self.printer.line(self.lines[0].left, self.lines[-1].right)
        ends = [r for r in self._definitions() if r.note == self.words("step_definition")]
        return [*ends, change(self._made[-1], left=left, note="")]

    def width(self) -> float:
        """How wide the display wants to be, its notes at the right, cm: in the longest language."""
        return max(spoken.natural() for spoken in self.spoken)

    def natural(self) -> float:
        """How wide it wants to be in this language."""
        made = [*self._definitions(), *self._chain(self.found.steps.short().lines)]
        sides = [max((_wide(r.left) for r in made), default=0.0),
                 max(_wide(r.right) for r in made),
                 max(measure(r.note, "small")[0] for r in made)]  # fmt: skip
        return sum(sides) + 0.9

    # -- remarks -------------------------------------------------------------------------------

    def corner(self, at: float) -> Formula:
        """The place of a corner as it is printed."""
        exact = Fraction(at).limit_denominator(1000)
        return self.board.figure(f"functions.{self.found.name}.corner[{exact}]", number(exact))

    def at_corner(self, shown: Drawn) -> Formula:
        made = numeric(shown.slope)(shown.corners[0])
        exact = Fraction(made).limit_denominator(10**6)
        return self.board.figure(f"functions.{self.found.name}.at-corner", number(exact))

    def remarks(self) -> Iterator[Block]:
        """The convention at a corner, the numbers of a plot, what N is."""
        found, words = self.found, self.words
        shown = None
        if found.kind == "function" and found.steps.kinks:
            shown = drawn(found.formula, found.slope, found.steps.kinks, found.letter,
                          found.constants)  # fmt: skip
        if shown is not None and shown.corners:
            at = self.corner(shown.corners[0])
            slope = self.printer.slope(found.call_name, at)
            said = words("corner", at=inline(write.sign(found.letter), EQUALS, at),
                         convention=inline(slope, EQUALS, self.at_corner(shown)))  # fmt: skip
            yield Text(said, kind="small")
        if "eps" in found.constants and found.kind == "function":
            eps = self.board.figure(f"functions.{found.name}.eps", number(found.constants["eps"]))
            yield Text(words("plot_with", what=inline(EPSILON, EQUALS, eps)), kind="small")
        if found.kind == "loss":
            if any(isinstance(e, Size) for x in self._all() for e in walk(x)):
                yield Text(words("size_is", size=inline(COUNT)), kind="small")
            desired = inline(self.printer.alphabet[found.target], EQUALS, write.number(1))
            yield Text(words("plot_target", what=desired), kind="small")

    def _all(self) -> Iterator[Expr]:
        for x in (*self.found.steps.definitions, *self.found.steps.lines):
            yield x.right

    def jacobian(self) -> list[Block]:
        """A softmax's derivative written out for a few entries."""
        if self.found.kind != "softmax":
            return []
        return [Math((self._jacobian(),), size="small"), Text(self.words("jacobian_note"), "small")]

    def _jacobian(self) -> Row:
        """The identity with numbers as indices: y(1 − y) on the diagonal, −y y elsewhere."""
        line = self.found.steps.lines[-1]
        left = line.left
        assert isinstance(left, D)
        above, below = left.arg, left.wrt
        assert isinstance(above, Read)
        assert isinstance(below, Read)
        base = self.board.symbols.style.index_base

        def cell(i: int, j: int) -> Formula:
            table: dict[Expr, Expr] = {above.indices[0]: num(i), below.indices[0]: num(j)}
            return self.printer.expression(_settled(replace(line.right, table), base), {})

        def same(i: int, j: int) -> Claim:
            table: dict[Expr, Expr] = {above.indices[0]: num(i), below.indices[0]: num(j)}
            return self._says(replace(left, table), _settled(replace(line.right, table), 0))

        cells = write.matrix((cell(i, j) for j in range(ENTRIES)) for i in range(ENTRIES))
        out, pre = (write.lowered(self.printer.alphabet[read.tensor], write.sign(index))
                    for read, index in ((above, "k"), (below, "i")))  # fmt: skip
        says = Together(tuple(same(i, j) for i in range(ENTRIES) for j in range(ENTRIES)))
        head = write.enclosed("[", write.derivative(out, pre), "]")
        return Row(head, write.row(cells), claim=says)


def _settled(e: Expr, base: int) -> Expr:
    """Comparisons of numbers worked out, then sums and products without 0 and 1."""

    def visit(x: Expr) -> Expr:
        if isinstance(x, Iverson):
            known = truth(x.cond)
            return x if known is None else num(int(known))
        if isinstance(x, Read):
            at = tuple(num(i.value + base) if isinstance(i, Num) else i for i in x.indices)
            return Read(x.tensor, at)
        return x

    made = transform(e, visit)
    if isinstance(made, Mul):
        parts = []
        sign = False
        for a in made.args:
            if isinstance(a, Add) and a.args[0] == num(0) and len(a.args) == 2:
                rest = a.args[1]
                sign = isinstance(rest, Neg)
                parts.append(rest.arg if isinstance(rest, Neg) else rest)
            else:
                parts.append(a)
        made = Neg(Mul(tuple(parts))) if sign else Mul(tuple(parts))
    return made


def _wide(shown: Formula) -> float:
    return display(shown, "small")[0]
