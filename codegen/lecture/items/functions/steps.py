"""Derivations line by line in print: the nodes ``D`` and ``Limit``, and the letters of a board.

The lines of `derive.steps.named_steps` have letters of their own (t, p, z for a loss). Here they
get those of a notation: its pre-activation, output, target and loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .....derive.forms.letters import letters
from .....derive.language.expr import (
    OPPOSITE,
    Cmp,
    Div,
    Expr,
    Fn,
    Logic,
    Name,
    Num,
    Pow,
    Read,
    Where,
    num,
)
from .....derive.steps.step_nodes import D, Limit
from ....formula.ends import opens
from ....formula.latex_functions import ADD, AND, ATOM, MUL, OPEN, POW, SUM, Tex, beside
from ....formula.latex_printer import Printer
from ....formula.tex_printer import kept
from ....formula.tree.nodes import BLANK, Node, Row
from ....formula.tree.reader import formula
from ....formula.tree.write import (
    cases,
    derivative,
    fenced,
    fraction,
    joined,
    listed,
    lowered,
    primed,
    raised,
    roman,
    row,
    sign,
    spaced,
    text,
)
from ....notation.names import letter_tex
from ....notation.symbols import Symbols

EPSILON = sign("varepsilon")
COUNT = sign("N")  # how many there are of what is summed over
WIDEST = 70.0  # letters of a numerator


@dataclass(frozen=True)
class Alphabet:
    """What the names of a derivation are called: ``letters`` of names and of tensors' entries."""

    letters: Mapping[str, Row] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Row:
        if name in self.letters:
            return self.letters[name]
        return row(EPSILON) if name == "eps" else formula(letter_tex(name)[0])


def variable(symbols: Symbols) -> str:
    """The letter of a function's argument: that of the pre-activation, else x."""
    row = symbols.style.symbols.get("pre")
    letter = (row.letter if row is not None else None) or "v"
    return letter if len(letter) == 1 and letter.isalpha() else "x"


class StepPrinter(Printer):
    """Prints the lines of one derivation. ``partial``: ∂ also for a function of numbers."""

    def __init__(
        self, base: Printer, alphabet: Alphabet | None = None, *, partial: bool = False
    ) -> None:
        super().__init__(base.symbols)
        self.alphabet = alphabet or Alphabet()
        self.partial = partial

    def line(self, left: Expr, right: Expr) -> tuple[Row, Row]:
        """Left and right side of a line, with the same index letters."""
        found = letters([left, right])
        return self.expression(left, found), self.expression(right, found)

    def called(self, name: str) -> Row:
        """The name of a function, that of any function by its letter."""
        return self.alphabet.letters.get(name) or super().called(name)

    def slope(self, name: str, *argument: Node) -> Row:
        """σ', or σ'(v)."""
        return row(primed(self.called(name)), *map(fenced, argument))

    def _counted(self, e: Expr) -> Expr:
        return e

    def size(self, axis: str) -> Row:
        return row(COUNT)

    def many(self, idxs: Sequence[Expr]) -> tuple[Expr, ...]:
        """All: a loss is derived for any number of outputs, whatever the board's network has."""
        return tuple(idxs)

    def _name(self, e: Name) -> Tex:
        return Tex(self.alphabet[e.name])

    def _read(self, e: Read) -> Tex:
        letter = self.alphabet[e.tensor]
        inside = listed(self.index(i) for i in e.indices)
        made = lowered(letter, inside) if inside.items else letter
        return Tex(made, ATOM, 0, 1 + 0.4 * len(kept(inside)))

    def _d(self, e: D) -> Tex:
        """d/dv of a function of one number, ∂/∂v where there are several."""
        several = isinstance(e.wrt, Read) or self.partial
        of = sign("∂") if several else roman(sign("d"))
        if not isinstance(e.arg, Read):
            return self._applied(of, e)
        return Tex(derivative(self._tex(e.arg).node, self._tex(e.wrt).node, of=of), MUL, 2, 2.6)

    def _div(self, e: Div) -> Tex:
        """A fraction stays one, also where its numerator is long: the quotient rule is read so."""
        self.narrow += 1
        over, under = self._tex(e.num), self._tex(e.den)
        self.narrow -= 1
        if max(over.wide, under.wide) > WIDEST:
            return super()._div(e)
        tall = 3 if max(over.tall, under.tall) >= 2 else 2
        return Tex(fraction(over.node, under.node), MUL, tall, max(over.wide, under.wide))

    def _pow(self, e: Pow) -> Tex:
        """tanh²(v) for a power of a named function."""
        if isinstance(e.base, Fn) and isinstance(e.exp, Num) and len(e.base.args) == 1:
            name = self.called(e.base.name).items
            made = self._tex(e.base)
            items = row(made.node).items
            end = len(name)
            if items[:end] == name and items[end:] and opens(items[end]):
                power = row(raised(Row(name), self._tex(e.exp).node), *items[end:])
                return Tex(power, POW, made.tall, made.wide + 1, made.run + 1)
        return super()._pow(e)

    def _limit(self, e: Limit) -> Tex:
        of, to, body = self._tex(e.of), self._tex(e.to), self._wrap(e.body, SUM)
        under = spaced(of.node, sign("to"), to.node)
        made = spaced(lowered(sign("lim"), under), body.node)
        return Tex(made, SUM, max(2, body.tall), body.wide + 3)

    # -- cases ---------------------------------------------------------------------------------

    def _where(self, e: Where) -> Tex:
        """Cases; the last one says its condition where one comparison is left."""
        rows: list[tuple[Tex, Row]] = []
        seen: list[Expr] = []
        rest: Expr = e
        while isinstance(rest, Where):
            rows.append((self._branch(rest.a), self.index(rest.cond)))
            seen.append(rest.cond)
            rest = rest.b
        rows.append((self._branch(rest), self._left_over(seen)))
        wide = max(v.wide for v, _ in rows) + max(len(kept(c)) * 0.5 for _, c in rows) + 4
        return Tex(cases((v.node, c) for v, c in rows), OPEN, 3, wide)

    def _left_over(self, seen: list[Expr]) -> Row:
        if len(seen) == 1 and isinstance(seen[0], Cmp):
            c = seen[0]
            return self.index(Cmp(OPPOSITE[c.op], c.a, c.b))
        both = [c for c in seen if isinstance(c, Cmp)]
        pair = len(both) == len(seen) == 2 and both[0].a == both[1].a and both[0].b == both[1].b
        if pair and {both[0].op, both[1].op} == {"<", ">"}:
            return self.index(Cmp("==", both[0].a, both[0].b))
        return row(text(self.word("otherwise")))

    def _logic(self, e: Logic) -> Tex:
        """a < v < b for two comparisons that share their middle; else signs, no words."""
        if e.op == "and" and len(e.args) == 2:
            a, b = e.args
            if isinstance(a, Cmp) and isinstance(b, Cmp) and a.b == b.a and a.op[0] == b.op[0]:
                first, second = self._tex(a), self._tex(Cmp(b.op, num(0), b.b))
                _, *rest = row(second.node).items
                return Tex(row(first.node, *rest), AND, 0, first.wide + 3)
        if e.op == "not":
            return super()._logic(e)
        word = sign("land" if e.op == "and" else "lor")
        parts = [self._wrap(a, ADD) for a in e.args]
        made = joined((p.node for p in parts), BLANK, word, BLANK)
        return Tex(made, AND, 0, sum(p.wide + 2 for p in parts))

    def _between(self, before: Tex, after: Tex) -> Row:
        """Factors stand side by side, whatever sign the notation has between its matrices."""
        return beside(before, after)
