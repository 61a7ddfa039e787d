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
from ...derive.forms.indicators import indicators, opposite
from ...derive.forms.orientation import counted_from, weights_first
from ...derive.forms.plain_sizes import plain_sizes
from ...derive.forms.shrinkage import Norm
from ...derive.language.equation import BATCH, Equation
from ...derive.language.expr import (
    Add,
    Cmp,
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
    Where,
    mul,
    reads,
    replace,
    walk,
)  # fmt: skip
from ...derive.language.names import following
from ...derive.language.text import axis_text
from ...derive.steps.step_nodes import D
from ..notation.escape import escape
from ..notation.names import index_tex
from ..notation.symbols import Symbols
from .latex_entries import EntryPrinter
from .latex_functions import (
    ADD,
    AND,
    ATOM,
    CDOT,
    CMP,
    LIMIT,
    MUL,
    OPEN,
    OR,
    POW,
    SUM,
    Tex,
    beside,
    numerals_meet,
    product,
)  # fmt: skip

Letters = Mapping[Idx, str]
_LONG = 34.0  # a numerator wider than this (in letters) is written as 1/den times (…)
_REL = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}
_LIMITS = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}


def tidied(e: Expr, symbols: Symbols) -> Expr:
    """An expression as it stands on any board: indicators, one number in front, λ W."""
    made = gathered(indicators(plain_sizes(e, symbols.network)))
    return symbols.shrinkage.written(made) if symbols.shrinkage is not None else made


def as_written(e: Expr, symbols: Symbols) -> Expr:
    """The tree that a notation prints: its order of factors, its way to count."""
    ordered = weights_first(tidied(symbols.only(e), symbols), symbols.swapped)
    return counted_from(ordered, symbols.style.index_base, symbols.classes)


class Printer(EntryPrinter):
    """Prints expressions of one derivation. ``breaks`` marks where long sums may be broken."""

    def __init__(self, symbols: Symbols, *, breaks: bool = False) -> None:
        self.symbols, self.style, self.words = symbols, symbols.style, symbols.words
        self.letters: Letters = {}
        self.breaks = breaks

    # -- what others call ----------------------------------------------------------------------

    def expression(self, expr: Expr, letters: Letters | None = None) -> str:
        """LaTeX of an expression; ``letters`` names its index symbols."""
        return self.piece(expr, letters).text

    def piece(self, expr: Expr, letters: Letters | None = None) -> Tex:
        if letters is not None:
            self.letters = letters
        return self._tex(self._counted(expr))

    def left(self, eq: Equation, letters: Letters) -> str:
        """The left side of an equation: a tensor's entry, or a derivative."""
        self.letters = letters
        return self._tex(self._counted(Read(eq.name, eq.indices))).text

    def equation(self, eq: Equation, letters: Letters) -> tuple[str, Tex]:
        """Left and right side."""
        return self.left(eq, letters), self.piece(eq.rhs, letters)

    def _counted(self, e: Expr) -> Expr:
        """Indices as the notation counts them, w x where it writes W x, 1[…] for a condition."""
        return as_written(e, self.symbols)

    def _local(self, e: Local) -> Tex:
        """One factor of a chain: ∂of/∂wrt of whole tensors, of steps or of entries."""
        over, under = (self._part(self.symbols[x.tensor], x.tensor, x.indices)
                       for x in (e.of, e.wrt))  # fmt: skip
        mark = "^{+}" if e.direct else ""
        return Tex(rf"\frac{{\partial{mark} {over}}}{{\partial {under}}}", MUL, 2, 2.6)

    def _d(self, e: D) -> Tex:
        if isinstance(e.arg, Read) and isinstance(e.wrt, Read):
            return self._local(Local(e.arg, e.wrt))
        return self._applied(r"\partial", e)

    def _applied(self, sign: str, e: D) -> Tex:
        """∂/∂v in front of what is to be derived."""
        body = self._tex(e.arg)
        if body.level < ATOM and "cases" not in body.text[:14]:
            body = self.fenced(body)
        thin = "" if body.text.startswith(("(", "\\big", "\\Big")) else r"\,"
        head = rf"\frac{{{sign}}}{{{sign} {self._tex(e.wrt).text}}}"
        return Tex(f"{head}{thin}{body.text}", MUL, max(2, body.tall), body.wide + 2)

    def index(self, expr: Expr) -> str:
        self.narrow += 1
        made = self._tex(expr).text
        self.narrow -= 1
        return made

    def size(self, axis: str) -> str:
        """How many values an index takes: n_k beside an index k, else the number."""
        if axis == BATCH:
            return "N"
        for i, letter in self.letters.items():
            if i.axis == axis:
                return f"n_{{{index_tex(letter)}}}"
        known = self.symbols.network.sizes.get(axis, axis_text(axis))
        return str(known) if isinstance(known, int) else index_tex(known)

    # -- nodes -----------------------------------------------------------------------------------

    def _tex(self, e: Expr) -> Tex:
        made: Callable[[Expr], Tex] = getattr(self, f"_{type(e).__name__.lower()}")
        return made(e)

    def _wrap(self, e: Expr, level: int) -> Tex:
        made = self._tex(e)
        return self.fenced(made) if made.level < level else made

    def _num(self, e: Num) -> Tex:
        written = re.fullmatch(r"(\d*)(\.\d*)?(?:[eE]([+-]?\d+))?", e.text)
        if e.text and written is not None:
            whole, part, exp = written.groups()
            digits = (whole or "0") + (part or "").rstrip(".").replace(".", self.style.decimal)
            if exp is None:
                return Tex(digits, wide=len(digits))
            power = f"10^{{{int(exp)}}}"
            made = power if digits == "1" else rf"{digits} \cdot {power}"
            return Tex(made, POW if digits == "1" else MUL, wide=len(digits) + 3)
        v = e.value
        sign = "-" if v < 0 else ""
        if v.denominator == 1:
            return Tex(str(v.numerator), ADD if sign else ATOM, wide=len(str(v.numerator)))
        made = rf"{sign}\frac{{{abs(v.numerator)}}}{{{v.denominator}}}"
        return Tex(made, ADD if sign else MUL, 2)

    def _const(self, e: Const) -> Tex:
        return Tex({"pi": r"\pi", "inf": r"\infty", "lambda": r"\lambda"}[e.name])

    def _name(self, e: Name) -> Tex:
        return Tex(self.symbols[e.name].whole)

    def _idx(self, e: Idx) -> Tex:
        return Tex(index_tex(self.letters.get(e, e.name)))

    def _size(self, e: Size) -> Tex:
        return Tex(self.size(e.axis), wide=1.6)

    def _add(self, e: Add) -> Tex:
        parts = [self._wrap(e.args[0], ADD)]
        text = parts[0].text
        for a in e.args[1:]:
            part = self._wrap(a.arg if isinstance(a, Neg) else a, SUM)
            text += f"{self.broken} {'-' if isinstance(a, Neg) else '+'} {part.text}"
            parts.append(part)
        wide = sum(p.wide for p in parts) + 1.5 * (len(parts) - 1)
        return Tex(text, ADD, max(p.tall for p in parts), wide, max(p.run for p in parts) + 1.5)

    @property
    def broken(self) -> str:
        """Stands before a sign at which a line may end: nothing under a fraction line breaks."""
        return r" \chalkbreak" if self.breaks and not self.narrow else ""

    def _neg(self, e: Neg) -> Tex:
        part = self._wrap(e.arg, SUM)
        return Tex(f"-{part.text}", ADD, part.tall, part.wide + 1, part.run + 1)

    def _mul(self, e: Mul) -> Tex:
        if any(isinstance(a, Local) for a in e.args):
            return self._chain(e)
        parts = [self._wrap(a, MUL) for a in e.args[:-1]]
        parts.append(self._wrap(e.args[-1], SUM))
        return self._product(parts, min(MUL, *(p.level for p in parts)))

    def _chain(self, e: Mul) -> Tex:
        parts = [self._wrap(a, SUM + 1) for a in e.args]
        return self._product(parts, SUM, f" {self.style.product} ")

    def _product(self, parts: Sequence[Tex], level: int, sign: str = "") -> Tex:
        """Factors side by side or with a ``sign``. No line ends between them, but where they are
        wider than a line; there every sign is written."""
        long = bool(self.broken) and sum(p.wide for p in parts) > LIMIT
        if long:
            sign = f"{self.broken} {sign.strip() or CDOT} "
        text = parts[0].text
        for before, after in itertools.pairwise(parts):
            text += (sign or self._between(before, after)) + after.text
        signs = (1.5 if sign else 0.1) * len(parts)
        made = product(text, level, parts, signs)
        return dataclasses.replace(made, hard=max(p.run for p in parts) + 1) if long else made

    def _between(self, before: Tex, after: Tex) -> str:
        sign = self.style.multiply
        return f" {sign} " if sign and not numerals_meet(before, after) else beside(before, after)

    def _norm(self, e: Norm) -> Tex:
        assert isinstance(e.arg, Read)
        return Tex(rf"\lVert {self.whole(e.arg.tensor)} \rVert", ATOM, 1, 3.0)

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
            low = Tex(f"{low.text}^{{-1}}", POW, low.tall, low.wide + 1, low.run + 1)
            return self._product([over, low], MUL)
        if over.wide > _LONG or (over.tall > 1 and scalar):
            front = Tex(rf"\frac{{1}}{{{under.text}}}", MUL, 2, under.wide)
            last = self._wrap(e.num, SUM)
            return self._product([front, last], min(MUL, last.level))
        tall = 3 if max(over.tall, under.tall) >= 2 else 2
        return Tex(rf"\frac{{{over.text}}}{{{under.text}}}", MUL, tall, max(over.wide, under.wide))

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
        return Tex(f"{base.text}^{{{exp.text}}}", POW, base.tall, base.wide + more, base.run + more)

    # -- sums, conditions ------------------------------------------------------------------------

    def _reduce(self, e: Reduce) -> Tex:
        if e.op in ("sum", "mean") and e.cond is None:
            many = self.many(e.idxs)
            if len(many) < len(e.idxs):
                return self._tex(Reduce(e.op, many, e.body) if many else e.body)
        below = self._below(e.idxs, e.cond)
        if e.op == "mean":
            sizes = r"\,".join(self.size(i.axis) for i in e.idxs if isinstance(i, Idx))
            body = self._wrap(e.body, SUM)
            made = rf"\frac{{1}}{{{sizes}}} \sum_{{{below}}} {body.text}"
            return Tex(made, SUM, max(2, body.tall), body.wide + 4, body.run + 4)
        if e.op in ("sum", "prod"):
            body = self._wrap(e.body, SUM)
            made = rf"{_LIMITS[e.op]}_{{{below}}} {body.text}"
            return Tex(made, SUM, max(2, body.tall), body.wide + 2.5, body.run + 2.5)
        name = _LIMITS.get(e.op)
        if name is None:
            shown = {"argmax": r"arg\,max", "argmin": r"arg\,min"}.get(e.op, escape(e.op))
            name = rf"\operatorname*{{{shown}}}"
        body = self._wrap(e.body, MUL)
        return Tex(rf"{name}_{{{below}}}\, {body.text}", SUM, max(1, body.tall), body.wide + 4)

    def many(self, idxs: Sequence[Expr]) -> tuple[Expr, ...]:
        return self.symbols.many(idxs)

    def _below(self, idxs: Sequence[Expr], cond: Expr | None) -> str:
        """What stands under a sum sign: the indices, and each condition on a line of its own."""
        names = ",".join(self.index(i) for i in idxs)
        if cond is None:
            return names
        parts = cond.args if isinstance(cond, Logic) and cond.op == "and" else (cond,)
        lines = r" \\ ".join([names, *(self.index(p) for p in parts)])
        return rf"\substack{{{lines}}}"

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
        return Tex(rf"\frac{{{top.text}}}{{{bottom.text}}}", MUL, 3, max(top.wide, bottom.wide))

    def _where(self, e: Where) -> Tex:
        rows, rest = [], e
        while True:
            value, cond = self._branch(rest.a), self.index(rest.cond)
            rows.append(
                (value, rf"{value.text} & \text{{{self.word('if')} }} {cond}", len(cond) * 0.5)
            )
            if not isinstance(rest.b, Where):
                break
            rest = rest.b
        last = self._branch(rest.b)
        rows.append((last, rf"{last.text} & \text{{{self.word('otherwise')}}}", 6.0))
        wide = max(v.wide for v, _, _ in rows) + max(w for _, _, w in rows) + 4
        if wide > LIMIT:  # [c] a + [not c] b says the same and can be broken
            no = Iverson(opposite(e.cond))
            sides = ((Iverson(e.cond), e.a), (no, e.b))
            return self._add(Add(tuple(self.product_of(side) for side in sides)))
        body = r" \\ ".join(t for _, t, _ in rows)
        return Tex(rf"\begin{{cases}} {body} \end{{cases}}", OPEN, 3, wide)

    def _branch(self, e: Expr) -> Tex:
        self.narrow += 1
        made = self._tex(e)
        self.narrow -= 1
        return made

    def _cmp(self, e: Cmp) -> Tex:
        a, b = self._wrap(e.a, ADD), self._wrap(e.b, ADD)
        text, tall = f"{a.text} {_REL[e.op]} {b.text}", max(a.tall, b.tall)
        return Tex(text, CMP, tall, a.wide + b.wide + 1.5, max(a.run, b.run) + 1)

    def _logic(self, e: Logic) -> Tex:
        if e.op == "not":
            inner = e.args[0]
            if isinstance(inner, Cmp) and inner.op in ("==", "!="):
                return self._cmp(Cmp("!=" if inner.op == "==" else "==", inner.a, inner.b))
            part = self._wrap(inner, ATOM)
            return Tex(rf"\lnot {part.text}", AND, part.tall, part.wide + 1)
        level = AND if e.op == "and" else OR
        parts = [self._wrap(a, level + 1) for a in e.args]
        joined = rf" \text{{ {self.word(e.op)} }} ".join(p.text for p in parts)
        return Tex(joined, level, max(p.tall for p in parts), sum(p.wide + 4 for p in parts))

    def _iverson(self, e: Iverson) -> Tex:
        c = e.cond
        pair = isinstance(c, Cmp) and c.op == "==" and isinstance(c.a, Idx) and isinstance(c.b, Idx)
        if pair and self.style.derivative != "delta":  # there δ is a derivative
            assert isinstance(c, Cmp)
            return Tex(rf"\delta_{{{self.index(c.a)}\,{self.index(c.b)}}}", ATOM, 0, 2)
        inner = self._tex(c)
        made = rf"\mathbf{{1}}[{inner.text}]"
        return Tex(made, ATOM, inner.tall, inner.wide + 2, inner.run + 2)

    def product_of(self, factors: tuple[Expr, ...]) -> Expr:
        """A product of two sides of cases: whole tensors multiply entry by entry."""
        return Mul(factors)

    _delta = _iverson
