"""Tidying what the sweep contracts: numbers in front, one fraction, common factors outside.

Every rule keeps the value; none looks at what a tensor means except `facts`, which uses a declared
property of the data and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain

from ..language.equation import Equation, Tensor
from ..language.expr import (
    ONE,
    ZERO,
    Cmp,
    Div,
    Expr,
    Idx,
    Iverson,
    Logic,
    Mul,
    Neg,
    Normal,
    Num,
    Read,
    Reduce,
    Size,
    add,
    conjunction,
    fresh_index,
    indices,
    mul,
    num,
    reads,
    replace,
    transform,
    walk,
)
from .domains import has_pole, tested


def product(factors: Iterable[Expr]) -> Expr:
    """One tidy fraction: sign, number, factors in order, denominators together."""
    value = Fraction(1)
    over: list[Expr] = []
    below: list[Expr] = []
    for f, under in chain.from_iterable(map(fraction_parts, factors)):
        if isinstance(f, Num) and f.value.denominator == 1 and (f.value != 0 or not under):
            value = value / f.value if under else value * f.value
        else:
            (below if under else over).append(f)
    for f in list(below):  # size[k]/size[k]
        if isinstance(f, Size) and f in over:
            over.remove(f)
            below.remove(f)
    return fraction(value, _sums(over), _sums(below))


def _sums(factors: Sequence[Expr]) -> list[Expr]:
    """A mean beside the sizes of its indices is the sum."""
    made = list(factors)
    for f in factors:
        if isinstance(f, Reduce) and f.op == "mean" and f.cond is None:
            sizes = [Size(i.axis) for i in f.idxs if isinstance(i, Idx)]
            if all(made.count(s) >= sizes.count(s) for s in sizes):
                made[made.index(f)] = Reduce("sum", f.idxs, f.body)
                for s in sizes:
                    made.remove(s)
    return made


def fraction(value: Fraction, over: Iterable[Expr], under: Iterable[Expr]) -> Expr:
    """value · Π over / Π under, the one form of a product: a sign in front, then the number."""
    if value == 0:
        return ZERO
    made = mul([num(abs(value.numerator)), *over])
    below = [*([num(value.denominator)] if value.denominator != 1 else []), *under]
    if below:
        made = Div(made, mul(below))
    return Neg(made) if value < 0 else made


def rational(value: Fraction) -> Expr:
    return fraction(value, (), ())


def fraction_parts(e: Expr, under: bool = False) -> list[tuple[Expr, bool]]:
    """The factors of a product in order, each with: is it under the fraction line?"""
    if isinstance(e, Mul):
        return [x for a in e.args for x in fraction_parts(a, under)]
    if isinstance(e, Neg):
        return [(num(-1), False), *fraction_parts(e.arg, under)]
    if isinstance(e, Div):
        return [*fraction_parts(e.num, under), *fraction_parts(e.den, not under)]
    return [(e, under)]


def factors_of(expr: Expr) -> list[Expr]:
    """The factors of a product, a sign or a denominator among them."""
    if isinstance(expr, Mul):
        return [x for a in expr.args for x in factors_of(a)]
    if isinstance(expr, Neg):
        return [num(-1), *factors_of(expr.arg)]
    if isinstance(expr, Div):
        return [*factors_of(expr.num), Div(ONE, expr.den)]
    return [expr]


def summed(bound: Iterable[Idx], factors: Iterable[Expr], cond: Expr | None = None) -> Expr:
    """Σ_bound Π factors, with what does not depend on the bound indices in front.

    An index that no factor uses contributes its size.
    """
    todo = list(bound)
    parts = [x for f in factors for x in factors_of(f)]
    used = {i for f in parts for i in indices(f)}
    if cond is not None:
        used |= set(indices(cond))
    sizes: list[Expr] = [Size(i.axis) for i in todo if i not in used]
    todo = [i for i in todo if i in used]
    if not todo:
        body = [*([Iverson(cond)] if cond is not None else []), *parts]
        return product([*sizes, *body])
    over = set(todo)
    inside = [f for f in parts if over & set(indices(f))]
    strong = cond is not None or tested(inside)  # [false]·(1/0) is 0 only beside its test
    held = [f for f in parts if not over & set(indices(f)) and strong and has_pole(f)]
    outside = [f for f in parts if not over & set(indices(f)) and f not in held]
    inside = [f for f in parts if f in inside or f in held] if held else inside
    if cond is not None:  # a test that the sum does not run over is a factor in front of it
        tests = cond.args if isinstance(cond, Logic) and cond.op == "and" else (cond,)
        outside += [Iverson(t) for t in tests if not over & set(indices(t))]
        cond = conjunction([t for t in tests if over & set(indices(t))])
    return product([*sizes, *outside, Reduce("sum", tuple(todo), product(inside), cond)])


def total(terms: Iterable[Expr]) -> Expr:
    """A sum of contributions, a factor common to all of them in front."""
    flat = [t for t in terms if t != ZERO]
    if len(flat) < 2:
        return add(flat)
    lists = [factors_of(t) for t in flat]
    common = []
    for f in lists[0]:
        if f == num(-1) or f == ONE:
            continue
        if has_pole(f) and any(tested(other) for other in lists):
            continue  # [false]·(1/0) is 0 only beside its test
        if all(f in other for other in lists):
            common.append(f)
            for other in lists:
                other.remove(f)
    if not common:
        return add(sorted(flat, key=lambda t: isinstance(t, Neg)))
    rest = [product(other) for other in lists]
    inner = add(sorted(rest, key=lambda t: isinstance(t, Neg)))
    return product([*common, inner])


def _is_distribution(t: Tensor) -> bool:
    return t.fact == "distribution"


def declared(t: Tensor, equations: Iterable[Equation]) -> Expr | None:
    """What a spec declares of a tensor's entries, as a statement: Σ_k y[k] = 1, in the letters in
    which the equations read it."""
    if not _is_distribution(t):
        return None
    found = (r for eq in equations for r in reads(eq.rhs) if r.tensor == t.name)
    plain = (r.indices for r in found if all(isinstance(i, Idx) for i in r.indices))
    own = tuple(fresh_index(axis.partition(":")[0], axis) for axis in t.axes)
    at = next(plain, own)
    return Cmp("==", Reduce("sum", at[-1:], Read(t.name, at)), ONE)


def canonical(e: Expr, free: Sequence[Expr] = ()) -> Expr:
    """Bound (and the given free) indices renumbered, so that equal parts compare equal."""
    mapping: dict[Expr, Expr] = {}
    for k, i in enumerate(free):
        assert isinstance(i, Idx)
        mapping[i] = Idx("", i.axis, -k - 1)
    for x in walk(e):
        if isinstance(x, Reduce | Normal):
            for i in x.idxs:
                assert isinstance(i, Idx)
                mapping.setdefault(i, Idx("", i.axis, -len(mapping) - 1))
    return replace(e, mapping)


def facts(expr: Expr, tensors: Mapping[str, Tensor]) -> Expr:
    """Σ_k y[k] = 1 for a declared distribution; Σ_k [k = t] = 1 for a class number in range."""

    def visit(e: Expr) -> Expr:
        if not (isinstance(e, Reduce) and e.op == "sum" and e.cond is None and len(e.idxs) == 1):
            return e
        (i,) = e.idxs
        body = e.body
        last = body.indices[-1:] if isinstance(body, Read) else ()
        known = tensors.get(body.tensor) if isinstance(body, Read) else None
        if known is not None and last == (i,) and _is_distribution(known):
            return ONE
        if isinstance(body, Iverson) and isinstance(body.cond, Cmp) and body.cond.op == "==":
            a, b = body.cond.a, body.cond.b
            other = b if a == i else a if b == i else None
            known = tensors.get(other.tensor) if isinstance(other, Read) else None
            if known is not None and known.integer not in (None, "*"):
                return ONE
        return e

    made = transform(expr, visit)
    return expr if made == expr else transform(made, _without_ones)


def _without_ones(e: Expr) -> Expr:
    return mul(e.args) if isinstance(e, Mul) else e
