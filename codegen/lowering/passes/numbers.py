"""Products as arrays want them: common factors outside a sum, and all numbers gathered into one.

2*a/(3*2) is a/3; c*a/n is (c/n)*a, with one pass over the array; -2*a/n is (-2/n)*a. Among arrays
of different sizes it is the smallest that takes the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ....derive.language.expr import (
    ONE,
    Add,
    Div,
    Expr,
    Idx,
    Iverson,
    Mul,
    Name,
    Neg,
    Num,
    Read,
    Reduce,
    Size,
    Where,
    indices,
    mul,
    num,
    walk,
)
from ....derive.rewrite.simplify import fraction_parts, total

Sizes = Mapping[str, int | str]


def factored(rhs: Expr) -> Expr:
    """A factor that all terms of a sum have is multiplied once: a*b + a*c is a*(b + c)."""
    return rhs if _tested(rhs) else _factored(rhs)


def gathered(rhs: Expr, sizes: Sizes) -> Expr:
    """One number a product."""
    return rhs if _tested(rhs) else _gathered(rhs, sizes)


def _tested(rhs: Expr) -> bool:
    """[false] is a strong zero only beside what it keeps out: such products stay as they are."""
    return any(isinstance(x, Iverson | Where) for x in walk(rhs))


def _factored(e: Expr) -> Expr:
    if isinstance(e, Read | Reduce):  # the terms under a sum may be products of matrices
        return e
    kids = tuple(map(_factored, e.children()))
    made = e.rebuild(kids) if kids else e
    return total(made.args) if isinstance(made, Add) else made


def _gathered(e: Expr, sizes: Sizes) -> Expr:
    if isinstance(e, Read):
        return e
    if isinstance(e, Reduce):
        body = _under_a_sum(e.body, sizes)
        return Reduce(e.op, e.idxs, body, e.cond)
    if isinstance(e, Add):  # a sign is a minus between the terms
        terms = [(isinstance(a, Neg), a.arg if isinstance(a, Neg) else a) for a in e.args]
        made = [(neg, _gathered(a, sizes)) for neg, a in terms]
        return Add(tuple(Neg(a) if neg else a for neg, a in made))
    if isinstance(e, Mul | Div | Neg):
        return _product(e, sizes)
    kids = tuple(_gathered(k, sizes) for k in e.children())
    return e.rebuild(kids) if kids else e


def _under_a_sum(e: Expr, sizes: Sizes) -> Expr:
    """The factors of a sum belong to the contraction; only what is inside them is gathered."""
    if isinstance(e, Mul | Div | Neg):
        return e.rebuild(tuple(_under_a_sum(k, sizes) for k in e.children()))
    return _gathered(e, sizes)


@dataclass
class _Product:
    """A number, scalars and arrays, each over and under the fraction line."""

    value: Fraction = Fraction(1)
    decimal: bool = False  # is a number of it written with a decimal point?
    scalars: tuple[list[Expr], list[Expr]] = field(default_factory=lambda: ([], []))
    arrays: tuple[list[Expr], list[Expr]] = field(default_factory=lambda: ([], []))

    def take(self, f: Expr, under: bool, sizes: Sizes) -> None:
        if isinstance(f, Size) and isinstance(count := sizes.get(f.axis), int):
            f = num(count)
        if isinstance(f, Num) and not (under and f.value == 0):
            self.value = self.value / f.value if under else self.value * f.value
            self.decimal |= f.value.denominator != 1
        elif _is_scalar(f):
            other = self.scalars[not under]
            if f in other:
                other.remove(f)
            else:
                self.scalars[under].append(f)
        else:
            self.arrays[under].append(_gathered(f, sizes))

    def top(self) -> Expr:
        number = self.value if self.decimal else Fraction(self.value.numerator)
        return mul([num(number), *self.scalars[0]])

    def bottom(self) -> Expr:
        return mul([num(1 if self.decimal else self.value.denominator), *self.scalars[1]])


def _is_scalar(e: Expr) -> bool:
    """Is it a number of Python's own, such as the batch or a root of pi?"""
    return not any(isinstance(x, Read | Idx | Reduce | Name) for x in walk(e))


def _product(e: Expr, sizes: Sizes) -> Expr:
    p = _Product()
    for f, under in fraction_parts(e):
        p.take(f, under, sizes)
    over, under_line = p.arrays
    if not over and not under_line:
        return e
    if p.value == 0:
        return num(0)
    top, bottom = p.top(), p.bottom()
    if not over:
        return Div(top if bottom == ONE else Div(top, bottom), mul(under_line))
    if bottom == ONE and top in (ONE, num(-1)):
        made = _over(mul(over), under_line)
        return Neg(made) if top != ONE else made
    small = _smallest(over)
    if small is not None:
        rest = [f for f in over if f is not small]
        return _over(mul([_times(small, top, bottom), *rest]), under_line)
    if top == ONE:
        return Div(mul(over), mul([bottom, *under_line]) if under_line else bottom)
    coefficient = top if bottom == ONE else Div(top, bottom)
    return _over(mul([coefficient, *over]), under_line)


def _over(made: Expr, under: Sequence[Expr]) -> Expr:
    return Div(made, mul(under)) if under else made


def _times(e: Expr, top: Expr, bottom: Expr) -> Expr:
    if top == ONE:
        return Div(e, bottom)
    return mul([top if bottom == ONE else Div(top, bottom), e])


def _smallest(arrays: Sequence[Expr]) -> Expr | None:
    """The array with the fewest axes, where another has more."""
    counts = [len(indices(a)) for a in arrays]
    return arrays[counts.index(min(counts))] if min(counts) < max(counts) else None
