"""The rules of differentiation, one at a time, over trees: what a lecturer writes line by line.

`derive.chainrule.calculus` gets a whole derivative from SymPy at once; this module takes the same
derivative apart. A function that is met inside (sigmoid in silu) contributes the proved rule of
`derive.chainrule.calculus.rule`; nothing here knows a derivative of its own but those of + - * / **
and of an entry by an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..chainrule.calculus import rule
from ..language.errors import ChalkgradError
from ..language.expr import (
    ONE,
    ZERO,
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
    add,
    mul,
    num,
    refresh,
    replace,
    walk,
)
from ..rewrite.contract import deltas
from ..rewrite.simplify import rational
from .step_nodes import D

_SOLVED = ("known_derivative", "chain_rule")
MAX_LINES = 200


@dataclass(frozen=True)
class Lemma:
    """∂tensor[indices]/∂wrt[place] = value, shown before and used as known."""

    indices: tuple[Idx, ...]
    place: tuple[Idx, ...]
    value: Expr

    def at(self, read: Read, place: tuple[Expr, ...]) -> Expr:
        pairs = zip((*self.indices, *self.place), (*read.indices, *place), strict=True)
        return replace(refresh(self.value), dict(pairs))


@dataclass(frozen=True)
class Stepper:
    """Differentiates by ``wrt``: a ``Name``, or an entry ``Read(tensor, indices)``."""

    wrt: Expr
    lemmas: Mapping[str, Lemma] = field(default_factory=dict)

    def lines(self, arg: Expr) -> Iterator[tuple[str, Expr]]:
        """(reason, state) until no derivative is left, each state one rule further."""
        state = self.trivial(D(arg, self.wrt))
        for _ in range(MAX_LINES):
            made = self.step(state)
            if made is None:
                return
            state = made[1]
            yield made
        raise ChalkgradError(
            f"the derivative takes over {MAX_LINES} steps", hint="give its parts names"
        )

    def step(self, state: Expr) -> tuple[str, Expr] | None:
        """The rule of the first derivative, applied to all derivatives of the same kind at once."""
        found = {d: self.one(d) for d in _outermost(state)}
        if not found:
            return None
        reason = next(iter(found.values()))[1]
        if reason in _SOLVED:
            group = {d: new for d, (new, why) in found.items() if why in _SOLVED}
            used = {found[d][1] for d in group}
            reason = "chain_rule" if "chain_rule" in used else reason
        else:
            group = {d: new for d, (new, why) in found.items() if why == reason}
        return reason, self.trivial(replace(state, group))

    # -- one derivative --------------------------------------------------------------------------

    def depends(self, e: Expr) -> bool:
        """Does ``e`` contain what is differentiated by, or a tensor of a lemma?"""
        if isinstance(self.wrt, Read):
            names = {self.wrt.tensor, *self.lemmas}
            return any(isinstance(x, Read) and x.tensor in names for x in walk(e))
        return any(x == self.wrt for x in walk(e))

    def d(self, e: Expr) -> Expr:
        """The derivative still to be taken; a sign stands in front of it."""
        return Neg(self.d(e.arg)) if isinstance(e, Neg) else D(e, self.wrt)

    def one(self, d: D) -> tuple[Expr, str]:
        e = d.arg
        if isinstance(e, Read):
            return self._entry(e)
        if isinstance(e, Add):
            return add(self.d(a) for a in e.args if self.depends(a)), "sum_rule"
        if isinstance(e, Neg):
            return self.d(e), "constant_factor"
        if isinstance(e, Mul):
            return self._product(e)
        if isinstance(e, Div):
            return self._quotient(e)
        if isinstance(e, Pow):
            return self._power(e)
        if isinstance(e, Fn):
            return self._function(e)
        if isinstance(e, Where):
            return self._cases(e), "cases"
        if isinstance(e, Reduce) and e.op in ("sum", "mean"):
            body = refresh(e)
            assert isinstance(body, Reduce)
            return Reduce(e.op, body.idxs, self.d(body.body), body.cond), "sum_rule"
        if isinstance(e, Reduce) and e.op == "logsumexp":
            body = Reduce("sum", e.idxs, Fn("exp", (e.body,)), e.cond)
            return D(Fn("log", (body,)), self.wrt), "substitute_formula"
        what = e.op if isinstance(e, Reduce | Normal) else type(e).__name__
        raise ChalkgradError(f"there are no single steps through {what}[…]")

    def _cases(self, e: Expr) -> Expr:
        """Branch by branch, nested cases too."""
        if not isinstance(e, Where):
            return self.d(e)
        return Where(e.cond, self._cases(e.a), self._cases(e.b))

    def _entry(self, e: Read) -> tuple[Expr, str]:
        assert isinstance(self.wrt, Read)
        lemma = self.lemmas.get(e.tensor)
        if lemma is not None:
            return lemma.at(e, self.wrt.indices), "known_derivative"
        return mul(d for d in deltas(e.indices, self.wrt.indices) if d.i != d.j), "delta"

    def _product(self, e: Mul) -> tuple[Expr, str]:
        moving = [f for f in e.args if self.depends(f)]
        if len(moving) < len(e.args):
            fixed = [f for f in e.args if not self.depends(f)]
            return mul([*fixed, self.d(mul(moving))]), "constant_factor"
        terms = [
            mul([*(g for j, g in enumerate(e.args) if j < k), self.d(f), *e.args[k + 1 :]])
            for k, f in enumerate(e.args)
        ]
        return Add(tuple(terms)), "product_rule"

    def _quotient(self, e: Div) -> tuple[Expr, str]:
        if not self.depends(e.den):
            return Div(self.d(e.num), e.den), "constant_factor"
        square = Pow(e.den, num(2))
        if not self.depends(e.num):
            return Neg(mul([Div(e.num, square), self.d(e.den)])), "reciprocal_rule"
        top = Add((mul([self.d(e.num), e.den]), Neg(mul([e.num, self.d(e.den)]))))
        return Div(top, square), "quotient_rule"

    def _power(self, e: Pow) -> tuple[Expr, str]:
        if not self.depends(e.exp):
            return mul([e.exp, _power(e.base, e.exp), self.d(e.base)]), "power_rule"
        if not self.depends(e.base):
            return mul([e, Fn("log", (e.base,)), self.d(e.exp)]), "exponential_rule"
        return D(Fn("exp", (mul([e.exp, Fn("log", (e.base,))]),)), self.wrt), "as_power"

    def _function(self, e: Fn) -> tuple[Expr, str]:
        table: dict[Expr, Expr] = {Name(f"a{k}"): a for k, a in enumerate(e.args)}
        terms = []
        plain = True
        for k, a in enumerate(e.args):
            if self.depends(a):
                plain = plain and a == self.wrt
                outer = replace(rule(e.name, k), {**table, Name("y"): e})
                terms.append(mul([outer, self.d(a)]))
        return add(terms), "known_derivative" if plain else "chain_rule"

    # -- what needs no line of its own -----------------------------------------------------------

    def trivial(self, e: Expr) -> Expr:
        """Derivatives of constants and of the variable itself, and the 0 and 1 they leave."""
        if isinstance(e, D):
            return ONE if e.arg == self.wrt else e if self.depends(e.arg) else ZERO
        if not any(isinstance(x, D) or x in (ZERO, ONE) for x in walk(e)):
            return e
        if isinstance(e, Cmp | Logic | Iverson | Read | Fn | Size | Const | Idx | Num):
            return e
        kids = e.children()
        return _settled(e.rebuild(tuple(self.trivial(k) for k in kids))) if kids else e


def _settled(e: Expr) -> Expr:
    if isinstance(e, Add):
        return add(e.args)
    if isinstance(e, Mul):
        return mul(e.args)
    if isinstance(e, Neg) and e.arg == ZERO:
        return ZERO
    if isinstance(e, Div):
        return ZERO if e.num == ZERO else e.num if e.den == ONE else e
    if isinstance(e, Where):
        return e.a if e.a == e.b else e
    if isinstance(e, Reduce) and e.body == ZERO:
        return ZERO
    return e


def _power(base: Expr, exp: Expr) -> Expr:
    """base**(exp − 1), the number worked out."""
    value = exp.value if isinstance(exp, Num) else None
    if isinstance(exp, Neg) and isinstance(exp.arg, Num):
        value = -exp.arg.value
    if isinstance(exp, Div) and isinstance(exp.num, Num) and isinstance(exp.den, Num):
        value = exp.num.value / exp.den.value
    if value is None:
        return Pow(base, add([exp, num(-1)]))
    left = value - 1
    if left == 0:
        return ONE
    if left == 1:
        return base
    return Pow(base, rational(left))


def _outermost(e: Expr) -> dict[D, None]:
    """The derivatives to be taken, in the order they are read."""
    if isinstance(e, D):
        return {e: None}
    found: dict[D, None] = {}
    for kid in e.children():
        found.update(_outermost(kid))
    return found
