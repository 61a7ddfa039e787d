"""Expression trees to LaTeX in a notation: the one printer that every LaTeX output uses.

Nothing is computed here. What comes out is made of fixed commands, of the notation's templates and
of names that went through `escape`; amsmath and bm are all it needs.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping, Sequence

from ...derive.forms.chain import Local
from ...derive.forms.gathered import gathered
from ...derive.forms.indicators import indicators
from ...derive.forms.orientation import counted_from, number_from, weights_first
from ...derive.forms.plain_sizes import plain_sizes
from ...derive.forms.shrinkage import Norm
from ...derive.language.equation import BATCH, Equation
from ...derive.language.expr import (
    Add,
    Const,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Logic,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    mul,
    reads,
    replace,
    walk,
)  # fmt: skip
from ...derive.language.names import following
from ...derive.language.text import axis_text
from ...derive.steps.step_nodes import D
from ..notation.names import index_tex
from ..notation.symbols import Symbols
from .ends import first, opens
from .latex_conditions import ConditionPrinter
from .latex_functions import (
    ADD,
    ATOM,
    LIMIT,
    MUL,
    POW,
    SUM,
    Tex,
    beside,
    numerals_meet,
    product,
)  # fmt: skip
from .tree.nodes import BLANK, Grid, Node, Row
from .tree.reader import formula
from .tree.write import (
    BREAK,
    between,
    derivative,
    fraction,
    joined,
    lettered,
    listed,
    lowered,
    number,
    operator,
    raised,
    row,
    sign,
    space,
    spaced,
    stacked,
)

Letters = Mapping[Idx, str]
_LONG = 34.0  # a numerator wider than this (in letters) is written as 1/den times (…)
_LITERAL = re.compile(r"(\d*)(\.\d*)?(?:[eE]([+-]?\d+))?")
_LIMITS = ("sum", "prod", "max", "min")  # the signs over an index
_ARGUMENTS = {"argmax": "max", "argmin": "min"}


def tidied(e: Expr, symbols: Symbols) -> Expr:
    """An expression as it stands on any board: indicators, one number in front, λ W."""
    made = gathered(indicators(plain_sizes(e, symbols.network)))
    return symbols.shrinkage.written(made) if symbols.shrinkage is not None else made


def as_written(e: Expr, symbols: Symbols, of: str = "") -> Expr:
    """The tree that a notation prints: its order of factors, its way to count. What makes the
    tensor ``of`` counts as its values do."""
    ordered = weights_first(tidied(symbols.only(e), symbols), symbols.swapped)
    counted = number_from if of in symbols.classes else counted_from
    return counted(ordered, symbols.style.index_base, symbols.classes)


class Printer(ConditionPrinter):
    """Prints expressions of one derivation. ``breaks`` marks where long sums may be broken."""

    def __init__(self, symbols: Symbols, *, breaks: bool = False) -> None:
        self.symbols, self.style, self.words = symbols, symbols.style, symbols.words
        self.letters: Letters = {}
        self.breaks = breaks

    # -- what others call ----------------------------------------------------------------------

    def expression(self, expr: Expr, letters: Letters | None = None) -> Row:
        """An expression in print; ``letters`` names its index symbols."""
        return row(self.piece(expr, letters).node)

    def piece(self, expr: Expr, letters: Letters | None = None) -> Tex:
        if letters is not None:
            self.letters = letters
        return self._tex(self._counted(expr))

    def left(self, eq: Equation, letters: Letters) -> Row:
        """The left side of an equation: a tensor's entry, or a derivative."""
        self.letters = letters
        return row(self._tex(counted_from(Read(eq.name, eq.indices), self.style.index_base)).node)

    def equation(self, eq: Equation, letters: Letters) -> tuple[Row, Tex]:
        """Left and right side."""
        left = self.left(eq, letters)
        if eq.name in self.symbols.classes:
            return left, self._tex(as_written(eq.rhs, self.symbols, eq.name))
        return left, self.piece(eq.rhs, letters)

    def _counted(self, e: Expr) -> Expr:
        """Indices as the notation counts them, w x where it writes W x, 1[…] for a condition."""
        return as_written(e, self.symbols)

    def _local(self, e: Local) -> Tex:
        """One factor of a chain: ∂of/∂wrt of whole tensors, of steps or of entries."""
        over, under = (self._part(self.symbols[x.tensor], x.tensor, x.indices)
                       for x in (e.of, e.wrt))  # fmt: skip
        return Tex(derivative(over, under, direct=e.direct), MUL, 2, 2.6)

    def _d(self, e: D) -> Tex:
        if isinstance(e.arg, Read) and isinstance(e.wrt, Read):
            return self._local(Local(e.arg, e.wrt))
        return self._applied(sign("∂"), e)

    def _applied(self, of: Node, e: D) -> Tex:
        """∂/∂v in front of what is to be derived."""
        body = self._tex(e.arg)
        if body.level < ATOM and not isinstance(first(body.node), Grid):
            body = self.fenced(body)
        thin = () if opens(first(body.node)) else (space(","),)
        head = fraction(of, spaced(of, self._tex(e.wrt).node))
        return Tex(row(head, *thin, body.node), MUL, max(2, body.tall), body.wide + 2)

    def index(self, expr: Expr) -> Row:
        self.narrow += 1
        made = self._tex(expr).node
        self.narrow -= 1
        return row(made)

    def size(self, axis: str) -> Row:
        """How many values an index takes: n_k beside an index k, else the number."""
        if axis == BATCH:
            return row(sign("N"))
        for i, letter in self.letters.items():
            if i.axis == axis:
                return lowered(sign("n"), formula(index_tex(letter)))
        known = self.symbols.network.sizes.get(axis, axis_text(axis))
        return number(known) if isinstance(known, int) else formula(index_tex(known))

    # -- nodes -----------------------------------------------------------------------------------

    def _tex(self, e: Expr) -> Tex:
        made: Callable[[Expr], Tex] = getattr(self, f"_{type(e).__name__.lower()}")
        return made(e)

    def _num(self, e: Num) -> Tex:
        if e.text and (written := _LITERAL.fullmatch(e.text)):
            whole, part, exp = written.groups()
            digits = (whole or "0") + (part or "").rstrip(".").replace(".", self.style.decimal)
            if exp is None:
                return Tex(number(digits), wide=len(digits))
            power = raised(number(10), number(int(exp)))
            alone = digits == "1"
            made = power if alone else spaced(number(digits), sign("cdot"), power)
            return Tex(made, POW if alone else MUL, wide=len(digits) + 3)
        v = e.value
        if v.denominator == 1:
            shown = str(v.numerator)
            return Tex(number(shown), ADD if v < 0 else ATOM, wide=len(shown))
        ratio = fraction(number(abs(v.numerator)), number(v.denominator))
        return Tex(row(sign("-"), ratio), ADD, 2) if v < 0 else Tex(ratio, MUL, 2)

    def _const(self, e: Const) -> Tex:
        return Tex(sign({"inf": "infty"}.get(e.name, e.name)))

    def _name(self, e: Name) -> Tex:
        return Tex(self.symbols[e.name].tree)

    def _idx(self, e: Idx) -> Tex:
        return Tex(formula(index_tex(self.letters.get(e, e.name))))

    def _size(self, e: Size) -> Tex:
        return Tex(self.size(e.axis), wide=1.6)

    def _add(self, e: Add) -> Tex:
        parts = [self._wrap(e.args[0], ADD)]
        made: list[Node] = [parts[0].node]
        for a in e.args[1:]:
            part = self._wrap(a.arg if isinstance(a, Neg) else a, SUM)
            between = sign("-" if isinstance(a, Neg) else "+")
            made += [*self.broken, BLANK, between, BLANK, part.node]
            parts.append(part)
        wide = sum(p.wide for p in parts) + 1.5 * (len(parts) - 1)
        tall, run = max(p.tall for p in parts), max(p.run for p in parts)
        return Tex(row(*made), ADD, tall, wide, run + 1.5)

    @property
    def broken(self) -> tuple[Node, ...]:
        """Stands before a sign at which a line may end: nothing under a fraction line breaks."""
        return (BLANK, BREAK) if self.breaks and not self.narrow else ()

    def _neg(self, e: Neg) -> Tex:
        part = self._wrap(e.arg, SUM)
        return Tex(row(sign("-"), part.node), ADD, part.tall, part.wide + 1, part.run + 1)

    def _mul(self, e: Mul) -> Tex:
        if any(isinstance(a, Local) for a in e.args):
            return self._chain(e)
        parts = [self._wrap(a, MUL) for a in e.args[:-1]]
        parts.append(self._wrap(e.args[-1], SUM))
        return self._product(parts, min(MUL, *(p.level for p in parts)))

    def _chain(self, e: Mul) -> Tex:
        parts = [self._wrap(a, SUM + 1) for a in e.args]
        return self._product(parts, SUM, formula(self.style.product))

    def _product(self, parts: Sequence[Tex], level: int, times: Row | None = None) -> Tex:
        """Factors side by side or with a sign, ``times``. No line ends between them, but where
        they are wider than a line; there every sign is written."""
        long = bool(self.broken) and sum(p.wide for p in parts) > LIMIT
        if long and not (times and times.items):
            times = row(sign("cdot"))
        made: list[Node] = [parts[0].node]
        for before, after in itertools.pairwise(parts):
            if times is None:
                made += [self._between(before, after), after.node]
            else:
                made += [*(self.broken if long else ()), BLANK, times, BLANK, after.node]
        signs = (0.1 if times is None else 1.5) * len(parts)
        whole = product(row(*made), level, parts, signs)
        return dataclasses.replace(whole, hard=max(p.run for p in parts) + 1) if long else whole

    def _between(self, before: Tex, after: Tex) -> Row:
        times = self.style.multiply
        if times and not numerals_meet(before, after):
            return row(BLANK, formula(times), BLANK)
        return beside(before, after)

    def _norm(self, e: Norm) -> Tex:
        assert isinstance(e.arg, Read)
        return Tex(between("lVert", self.named(e.arg.tensor), "rVert"), ATOM, 1, 3.0)

    def _div(self, e: Div) -> Tex:
        outside, rest = self._pulled(e.num)
        if outside:  # ∂L/∂y · a/b, not a fraction with ∂L/∂y above its line
            return self._mul(Mul((*outside, Div(mul(rest), e.den))))
        self.narrow += 1
        over, under = self._tex(e.num), self._tex(e.den)
        self.narrow -= 1
        scalar = not any(isinstance(x, Read) for x in walk(e.den))
        if under.wide > LIMIT:  # nothing breaks under a line
            over, low = self._wrap(e.num, MUL), self.fenced(self._tex(e.den))
            inverse = raised(low.node, number(-1))
            low = Tex(inverse, POW, low.tall, low.wide + 1, low.run + 1)
            return self._product([over, low], MUL)
        if over.wide > _LONG or (over.tall > 1 and scalar):
            front = Tex(fraction(number(1), under.node), MUL, 2, under.wide)
            last = self._wrap(e.num, SUM)
            return self._product([front, last], min(MUL, last.level))
        tall = 3 if max(over.tall, under.tall) >= 2 else 2
        return Tex(fraction(over.node, under.node), MUL, tall, max(over.wide, under.wide))

    def _pulled(self, e: Expr) -> tuple[list[Expr], list[Expr]]:
        """The factors of a numerator that are derivatives themselves, and the others."""
        factors = e.args if isinstance(e, Mul) else (e,)
        adjoints = self.symbols.adjoints
        front: list[Expr] = [f for f in factors if isinstance(f, Read) and f.tensor in adjoints]
        return front, [f for f in factors if f not in front]

    def _pow(self, e: Pow) -> Tex:
        base = self._wrap(e.base, ATOM)
        if isinstance(e.base, Fn) and base.level == ATOM:
            base = self.fenced(base)
        self.narrow += 1
        exp = self._tex(e.exp)
        self.narrow -= 1
        more = 0.6 * exp.wide
        return Tex(raised(base.node, exp.node), POW, base.tall, base.wide + more, base.run + more)

    # -- sums ------------------------------------------------------------------------

    def _reduce(self, e: Reduce) -> Tex:
        if e.op in ("sum", "mean") and e.cond is None:
            many = self.many(e.idxs)
            if len(many) < len(e.idxs):
                return self._tex(Reduce(e.op, many, e.body) if many else e.body)
        below = self._below(e.idxs, e.cond)
        if e.op == "mean":
            sizes = [self.size(i.axis) for i in e.idxs if isinstance(i, Idx)]
            front = fraction(number(1), joined(sizes, space(",")))
            body = self._wrap(e.body, SUM)
            made = spaced(front, lowered(sign("sum"), below), body.node)
            return Tex(made, SUM, max(2, body.tall), body.wide + 4, body.run + 4)
        if e.op in ("sum", "prod"):
            body = self._wrap(e.body, SUM)
            made = spaced(lowered(sign(e.op), below), body.node)
            return Tex(made, SUM, max(2, body.tall), body.wide + 2.5, body.run + 2.5)
        body = self._wrap(e.body, MUL)
        head = lowered(self._over(e.op), below)
        made = row(head, space(","), BLANK, body.node)
        return Tex(made, SUM, max(1, body.tall), body.wide + 4)

    @staticmethod
    def _over(op: str) -> Node:
        """The name of what is taken over an index."""
        if op in _LIMITS:
            return sign(op)
        if op in _ARGUMENTS:
            return operator(row(lettered("arg"), space(","), lettered(_ARGUMENTS[op])), limits=True)
        return operator(lettered(op), limits=True)

    def many(self, idxs: Sequence[Expr]) -> tuple[Expr, ...]:
        return self.symbols.many(idxs)

    def _below(self, idxs: Sequence[Expr], cond: Expr | None) -> Node:
        """What stands under a sum sign: the indices, and each condition on a line of its own."""
        names = listed(self.index(i) for i in idxs)
        if cond is None:
            return names
        parts = cond.args if isinstance(cond, Logic) and cond.op == "and" else (cond,)
        return stacked([names, *(self.index(p) for p in parts)])

    def _set_apart(self, e: Normal) -> None:
        """Letters of its own for what a softmax sums over: Σ_m under e^{z_k}."""
        taken = {*self.letters.values(), *(r.tensor for r in reads(e))}
        for i, at in zip(e.idxs, e.at, strict=True):
            if isinstance(i, Idx) and isinstance(at, Idx) and self._idx(i) == self._idx(at):
                self.letters = {**self.letters, i: following(i, taken)}
                taken.add(self.letters[i])

    def _normal(self, e: Normal) -> Tex:
        self._set_apart(e)
        outer: dict[Expr, Expr] = dict(zip(e.idxs, e.at, strict=True))
        here = replace(e.body, outer)
        if e.op == "log_softmax":
            total = Reduce("sum", e.idxs, Fn("exp", (e.body,)), e.cond)
            return self._add(Add((here, Neg(Fn("log", (total,))))))
        self.narrow += 1
        over: Expr = Fn("exp", (here,))
        if e.cond is not None:  # outside its condition a softmax is 0
            over = Mul((Iverson(replace(e.cond, outer)), over))
        total = Reduce("sum", e.idxs, Fn("exp", (e.body,)), e.cond)
        top, bottom = self._tex(over), self._tex(total)
        self.narrow -= 1
        return Tex(fraction(top.node, bottom.node), MUL, 3, max(top.wide, bottom.wide))
