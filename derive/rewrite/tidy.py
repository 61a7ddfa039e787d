"""Tidying by small steps: gather, put over one denominator, expand, contract, use a fact.

Every function keeps the value (tests/steps/test_math_steps.py evaluates both sides). Unlike
SymPy's simplify they do one recognisable thing each, so that each can be a line on a board.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ..language.expr import (
    ONE,
    Add,
    Cmp,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Logic,
    Mul,
    Neg,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
    add,
    mul,
    num,
    walk,
)
from .simplify import fraction, rational, summed

_CLOSED = (Fn, Read, Size, Idx, Cmp, Logic, Iverson)  # what is inside stays as it was written


def tidy(e: Expr) -> Expr:
    """Gathered: one fraction per term, equal factors as a power, like terms together."""
    if isinstance(e, Mul | Div | Neg | Pow):
        return _fraction(e)
    if isinstance(e, Add):
        return _sum(e)
    if isinstance(e, _CLOSED):
        return e
    if isinstance(e, Where):
        a, b = tidy(e.a), tidy(e.b)
        return a if a == b else Where(e.cond, a, b)
    if isinstance(e, Reduce):
        return Reduce(e.op, e.idxs, tidy(e.body), e.cond)
    return e


# -- products ------------------------------------------------------------------------------------


class _Product:
    """A number times bases with exponents, in the order of appearance."""

    def __init__(self) -> None:
        self.number = Fraction(1)
        self.bases: dict[Expr, Fraction] = {}

    def take(self, e: Expr, power: Fraction = Fraction(1)) -> None:
        whole = power.denominator == 1
        if isinstance(e, Num) and whole and (e.value.denominator == 1 and (e.value or power > 0)):
            self.number *= e.value ** int(power)
        elif isinstance(e, Neg) and whole:
            self.number *= -1 if power % 2 else 1
            self.take(e.arg, power)
        elif isinstance(e, Mul) and whole:
            for a in e.args:
                self.take(a, power)
        elif isinstance(e, Div) and whole:
            self.take(e.num, power)
            self.take(e.den, -power)
        elif isinstance(e, Pow) and (value := _number(e.exp)) is not None:
            if value.denominator == 1 and whole:
                self.take(e.base, power * value)
            else:
                self._base(tidy(e.base), power * value)
        elif isinstance(e, Add | Where | Reduce):
            made = tidy(e)
            if isinstance(made, Add | Where | Reduce):
                self._base(made, power)
            else:
                self.take(made, power)
        else:
            self._base(e, power)

    def _base(self, e: Expr, power: Fraction) -> None:
        if isinstance(e, Add) and e not in self.bases:  # (a - b) and (b - a) are one base
            terms = frozenset(e.args)
            for base in self.bases:
                if isinstance(base, Add) and frozenset(base.args) == terms:
                    e = base
                elif isinstance(base, Add) and _opposite(base) == terms and power.denominator == 1:
                    self.number *= -1 if power % 2 else 1
                    e = base
        self.bases[e] = self.bases.get(e, Fraction(0)) + power


def _opposite(e: Add) -> frozenset[Expr]:
    """The terms of -e."""
    return frozenset(a.arg if isinstance(a, Neg) else Neg(a) for a in e.args)


def _number(e: Expr) -> Fraction | None:
    if isinstance(e, Num):
        return e.value
    if isinstance(e, Neg):
        inner = _number(e.arg)
        return None if inner is None else -inner
    if isinstance(e, Div):
        a, b = _number(e.num), _number(e.den)
        return None if a is None or b is None or b == 0 else a / b
    return None


def _power(base: Expr, power: Fraction) -> Expr:
    return base if power == 1 else Pow(base, rational(power))


def _built(p: _Product, number: Fraction) -> Expr:
    """number · Π base**power as one fraction."""
    over = [_power(b, n) for b, n in p.bases.items() if n > 0]
    under = [_power(b, -n) for b, n in p.bases.items() if n < 0]
    return fraction(number, over, under)


def _fraction(e: Expr) -> Expr:
    p = _Product()
    p.take(e)
    over = [b for b, n in p.bases.items() if n > 0]
    if p.number == -1 and len(over) == 1 and isinstance(over[0], Add) and p.bases[over[0]] == 1:
        turned = _sum(Add(tuple(Neg(a) for a in over[0].args)))  # -(a - b) = b - a
        if not isinstance(turned, Add) or not isinstance(turned.args[0], Neg):
            p.number = Fraction(1)
            p.bases = {turned if b == over[0] else b: n for b, n in p.bases.items()}
    return _built(p, p.number)


# -- sums ----------------------------------------------------------------------------------------


def _terms(e: Expr, sign: int = 1) -> Iterable[tuple[int, Expr]]:
    if isinstance(e, Add):
        for a in e.args:
            yield from _terms(a, sign)
    elif isinstance(e, Neg):
        yield from _terms(e.arg, -sign)
    else:
        yield sign, e


def _sum(e: Add) -> Expr:
    """Like terms together; terms with a plus first when the first has a minus."""
    number = Fraction(0)
    found: dict[Expr, Fraction] = {}
    order: list[Expr | None] = []
    for sign, term in _terms(e):
        p = _Product()
        p.take(term)
        if not [b for b, n in p.bases.items() if n != 0]:
            number += sign * p.number
            if None not in order:
                order.append(None)
            continue
        key = _built(p, Fraction(1))
        if isinstance(key, Add):
            for s, inner in _terms(key):
                found[inner] = found.get(inner, Fraction(0)) + s * sign * p.number
                order.append(inner)
            continue
        found[key] = found.get(key, Fraction(0)) + sign * p.number
        order.append(key)
    made = []
    for place in dict.fromkeys(order):
        value = number if place is None else found[place]
        if value != 0:
            made.append(rational(value) if place is None else _scaled(value, place))
    if made and isinstance(made[0], Neg):
        made.sort(key=lambda t: isinstance(t, Neg))
    return add(made)


def _scaled(value: Fraction, key: Expr) -> Expr:
    p = _Product()
    p.take(key)
    return _built(p, p.number * value)


# -- one denominator -----------------------------------------------------------------------------


def powers_of_quotients(e: Expr) -> Expr:
    """(a/b)**n as a**n / b**n, wherever n is a whole number above 1."""
    if isinstance(e, _CLOSED):
        return e
    kids = e.children()
    e = e.rebuild(tuple(powers_of_quotients(k) for k in kids)) if kids else e
    if isinstance(e, Pow) and isinstance(e.base, Div) and _whole(e.exp):
        return Div(Pow(e.base.num, e.exp), Pow(e.base.den, e.exp))
    return e


def _whole(e: Expr) -> bool:
    return isinstance(e, Num) and e.value.denominator == 1 and e.value > 1


def together(e: Expr) -> Expr:
    """Every sum that contains a fraction as one fraction; nothing is cancelled yet."""
    if isinstance(e, _CLOSED):
        return e
    kids = e.children()
    e = e.rebuild(tuple(together(k) for k in kids)) if kids else e
    if not isinstance(e, Add):
        return e
    signed = list(_terms(e))
    dens = list(dict.fromkeys(t.den for _, t in signed if isinstance(t, Div)))
    if not dens or all(isinstance(d, Num) for d in dens):
        return e
    common = dens[0] if len(dens) == 1 else mul(dens)
    tops: list[Expr] = []
    for sign, t in signed:
        own = t.den if isinstance(t, Div) else ONE
        rest = [d for d in dens if d != own]
        top = mul([t.num if isinstance(t, Div) else t, *rest])
        if top == ONE and len(rest) == 1:
            top = rest[0]
        tops.append(top if sign > 0 else Neg(top))
    return Div(Add(tuple(tops)), common)


# -- brackets ------------------------------------------------------------------------------------


def expanded(e: Expr) -> Expr:
    """Products over sums multiplied out, inside fractions and sums too."""
    if isinstance(e, _CLOSED):
        return e
    if isinstance(e, Reduce):
        return Reduce(e.op, e.idxs, expanded(e.body), e.cond)
    kids = e.children()
    e = e.rebuild(tuple(expanded(k) for k in kids)) if kids else e
    if isinstance(e, Neg) and isinstance(e.arg, Add):
        return Add(tuple(_negated(a) for a in e.arg.args))
    if isinstance(e, Add):
        return Add(tuple(t if s > 0 else Neg(t) for s, t in _terms(e)))
    if isinstance(e, Pow) and e.exp == num(2) and isinstance(e.base, Add):
        return expanded(Mul((e.base, e.base)))
    if not isinstance(e, Mul):
        return e
    terms: list[tuple[int, list[Expr]]] = [(1, [])]
    for f in e.args:
        parts = list(_terms(f))
        terms = [(s * sign, [*have, p]) for s, have in terms for sign, p in parts]
    made = [mul(factors) if s > 0 else Neg(mul(factors)) for s, factors in terms]
    return made[0] if len(made) == 1 else Add(tuple(made))


def distributed(e: Expr) -> Expr:
    """A product with a sum of fractions, term by term, where a factor cancels a denominator."""
    if isinstance(e, _CLOSED):
        return e
    kids = e.children()
    e = e.rebuild(tuple(distributed(k) for k in kids)) if kids else e
    if not isinstance(e, Mul):
        return e
    for k, f in enumerate(e.args):
        rest = [*e.args[:k], *e.args[k + 1 :]]
        dens = [t.den for _, t in _terms(f) if isinstance(t, Div)] if isinstance(f, Add) else []
        if any(d in rest for d in dens):
            return add(tidy(mul([t if s > 0 else Neg(t), *rest])) for s, t in _terms(f))
    return e


def _negated(e: Expr) -> Expr:
    return e.arg if isinstance(e, Neg) else Neg(e)


def size(e: Expr) -> int:
    """How much there is to read."""
    return sum(1 for _ in walk(e))


# -- sums over indices ---------------------------------------------------------------------------


def split_sums(e: Expr) -> Expr:
    """A sum over brackets as several sums, with what does not depend on the index in front."""
    if isinstance(e, _CLOSED):
        return e
    kids = e.children()
    e = e.rebuild(tuple(split_sums(k) for k in kids)) if kids else e
    if not (isinstance(e, Reduce) and e.op == "sum"):
        return e
    bound = [i for i in e.idxs if isinstance(i, Idx)]
    made = [(s, summed(bound, [t], e.cond)) for s, t in _terms(expanded(e.body))]
    return add(t if s > 0 else Neg(t) for s, t in made)


# -- equal but for order and bound letters -------------------------------------------------------


def alike(a: Expr, b: Expr) -> bool:
    """The same tree but for the order of terms and factors and the names of bound indices."""
    return _form(a, {}) == _form(b, {})


def _form(e: Expr, bound: dict[Expr, int]) -> object:
    if e in bound:
        return ("bound", bound[e])
    if isinstance(e, Reduce):
        bound = {**bound, **{i: len(bound) + k for k, i in enumerate(e.idxs)}}
    kids = [_form(k, bound) for k in e.children()]
    if not kids:
        return e
    if isinstance(e, Add | Mul) or (isinstance(e, Cmp) and e.op in ("==", "!=")):
        kids.sort(key=repr)
    head = [getattr(e, key, "") for key in ("tensor", "name", "op")]
    return (type(e).__name__, *head, *kids)
