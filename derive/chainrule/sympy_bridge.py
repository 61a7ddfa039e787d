"""Trees in SymPy and back: the one place where the two meet.

How each node is built is a table, an `Algebra`. Two are in use: `UNEVALUATED` prints as derived,
and that of `derive.chainrule.calculus` is differentiated. The leaves (names, reads, sums over
indices) are the caller's, who knows what they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from ..language.expr import (
    ONE,
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Iverson,
    Logic,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Where,
    add,
    mul,
    num,
)
from ..language.functions import FUNCTIONS
from ..rewrite.simplify import fraction
from ..rewrite.simplify import rational as as_tree

Algebra = Mapping[type[Expr], Callable[[Any, list[Any]], Any]]  # of a node and its parts in SymPy


def convert(e: Expr, algebra: Algebra, leaf: Callable[[Expr], Any]) -> Any:
    """A tree in SymPy; ``leaf`` gives None for what the algebra builds."""
    made = leaf(e)
    if made is not None:
        return made
    return operation(e, [convert(kid, algebra, leaf) for kid in e.children()], algebra)


def operation(e: Expr, kids: list[Any], algebra: Algebra | None = None) -> Any:
    """One node over its parts; a kind of node (`Delta`) is built as what it is a kind of."""
    rows = UNEVALUATED if algebra is None else algebra
    for kind in type(e).__mro__:
        if kind in rows:
            return rows[kind](e, kids)
    raise TypeError(f"no SymPy form for {type(e).__name__}")


def rational(e: Num, _: list[Any]) -> Any:
    return sympy.Rational(e.value.numerator, e.value.denominator)


# -- as written: nothing is evaluated -------------------------------------------------------------

_RELATIONS = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne,
}  # fmt: skip


_JUNCTIONS = {"and": sympy.And, "or": sympy.Or, "not": sympy.Not}


def function(name: str, args: list[Any]) -> Any:
    if name == "sqrt":
        return sympy.Pow(args[0], sympy.Rational(1, 2), evaluate=False)
    known = FUNCTIONS.get(name)
    if known is not None and known.formula is None:
        return getattr(sympy, name)(*args, evaluate=False)
    return sympy.Function(name)(*args)


def _times(args: list[Any]) -> Any:
    flat = [x for a in args for x in (a.args if isinstance(a, sympy.Mul) else (a,))]
    return sympy.Mul(*flat, evaluate=False)


def over(top: Any, bottom: Any) -> Any:
    under = sympy.Pow(bottom, -1, evaluate=False)
    return under if top == 1 else _times([top, under])


def _negative(a: Any) -> Any:
    return -a if a.is_Number else _times([sympy.Integer(-1), a])


def _cases(cond: Any, a: Any, b: Any) -> Any:
    return sympy.Piecewise((a, cond), (b, sympy.true), evaluate=False)


def _bracket(e: Iverson, kids: list[Any]) -> Any:
    """A delta where two values are compared, else a condition as 1 or 0."""
    if isinstance(e.cond, Cmp) and e.cond.op == "==":
        return sympy.KroneckerDelta(*kids[0].args)
    return _cases(kids[0], sympy.S.One, sympy.S.Zero)


UNEVALUATED: Algebra = {
    Num: rational,
    Const: lambda e, _: sympy.pi if e.name == "pi" else sympy.oo,
    Add: lambda _, kids: sympy.Add(*kids, evaluate=False),
    Mul: lambda _, kids: _times(kids),
    Neg: lambda _, kids: _negative(*kids),
    Div: lambda _, kids: over(*kids),
    Pow: lambda _, kids: sympy.Pow(*kids, evaluate=False),
    Fn: lambda e, kids: function(e.name, kids),
    Where: lambda _, kids: _cases(*kids),
    Cmp: lambda e, kids: _RELATIONS[e.op](*kids, evaluate=False),
    Logic: lambda e, kids: _JUNCTIONS[e.op](*kids, evaluate=False),
    Iverson: _bracket,
}


# -- and back -------------------------------------------------------------------------------------


class Side(sympy.Function):
    """where(c, a, b) with the derivative [c]a' + [not c]b', and none through c."""

    nargs = 3

    def _eval_derivative(self, s: Any) -> Any:
        # branch by branch: [c]*a' as a product would make 0*inf of a dead branch
        c, a, b = self.args
        da, db = a.diff(s), b.diff(s)
        return da if da == db else Side(c, da, db)


def from_sympy(e: Any) -> Expr:
    """Back to a tree: fractions as divisions, common numbers in front, positive terms first."""
    if e.is_Rational:
        return as_tree(_value(e))
    if e.is_Symbol:
        return Const("inf") if e.name == "inf" else Name(e.name)
    if e is sympy.pi:
        return Const("pi")
    if e.is_Add:
        return _from_add(e)
    if e.is_Mul:
        return _from_mul(e)
    if e.is_Pow:
        return _from_pow(e.base, e.exp)
    if e is sympy.E:
        return Fn("exp", (num(1),))
    return _from_function(e)


def _from_function(e: Any) -> Expr:
    args = tuple(from_sympy(a) for a in e.args)
    if isinstance(e, Side):
        return args[1] if args[1] == args[2] else Where(*args)
    name = getattr(type(e), "chalk", type(e).__name__.lower())
    if name.startswith("cmp"):
        return Cmp(name[3:], *args)
    if name.startswith("logic"):
        return Logic(name[5:], args)
    if name == "iverson":
        return Iverson(args[0])
    return Fn(name, args)


def _value(e: Any) -> Fraction:
    return Fraction(int(e.p), int(e.q))


def _from_add(e: Any) -> Expr:
    # x + 0.00001 keeps its decimal (a symbol c0 here) behind
    terms = sorted(e.args, key=lambda t: (_is_decimal(t), sympy.default_sort_key(t)))
    content = sympy.gcd_list([abs(t.as_coeff_Mul()[0]) for t in terms])
    if content not in (0, 1):
        inner = from_sympy(sympy.Add(*(t / content for t in terms)))
        over = mul([num(int(content.p)), inner])
        return over if content.q == 1 else Div(over, num(int(content.q)))
    positive = [t for t in terms if not t.could_extract_minus_sign()]
    negative = [t for t in terms if t.could_extract_minus_sign()]
    return add([*(from_sympy(t) for t in positive), *(Neg(from_sympy(-t)) for t in negative)])


def _is_decimal(term: Any) -> bool:
    return bool(term.is_Symbol and term.name.startswith("c"))


def _from_mul(e: Any) -> Expr:
    coefficient, rest = e.as_coeff_Mul()
    over: list[Expr] = []
    under: list[Expr] = []
    factors = sorted(sympy.Mul.make_args(rest), key=lambda f: (f.is_Add, sympy.default_sort_key(f)))
    for f in factors:
        base, exp = f.as_base_exp() if f.is_Pow else (f, sympy.S.One)
        if exp.is_Rational and exp < 0:
            under.append(_from_pow(base, -exp))
        else:
            over.append(from_sympy(f))
    return fraction(_value(coefficient), over, under)


def _from_pow(base: Any, exp: Any) -> Expr:
    if exp.is_Rational and exp < 0:
        return Div(ONE, _from_pow(base, -exp))
    if exp == sympy.Rational(1, 2):
        return Fn("sqrt", (from_sympy(base),))
    if exp == 1:
        return from_sympy(base)
    return Pow(from_sympy(base), from_sympy(exp))
