"""Numbers that options put into an equation: 1*i is i, pad 0 goes, a decided condition is decided.

Only definitions with options are folded; an equation that a person wrote keeps its form.
"""

from __future__ import annotations

from fractions import Fraction

from .expr import (
    ONE,
    ZERO,
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
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
    tensors,
    transform,
)  # fmt: skip
from .literal import literal, truth

TRUE = Cmp("==", ONE, ONE)
FALSE = Cmp("!=", ONE, ONE)


# what a function of 0 is, where that is a number: sigmoid(0*v) is 1/2
_AT_ZERO = {"sigmoid": Fraction(1, 2), "tanh": Fraction(0), "exp": Fraction(1)}


def fold(expr: Expr) -> Expr:
    """The same value with the arithmetic of numbers done.

    0 times a tensor goes as well, unless nothing else would be left that reads the tensor: a
    parameter would be lost.
    """
    plain = transform(expr, _fold)
    short = transform(plain, _without_zeros)
    return short if set(tensors(short)) == set(tensors(plain)) else plain


def _without_zeros(e: Expr) -> Expr:
    if isinstance(e, Mul) and ZERO in e.args:
        return ZERO
    if isinstance(e, Fn) and e.args == (ZERO,) and e.name in _AT_ZERO:
        return Num(_AT_ZERO[e.name])
    return _sum(e) if isinstance(e, Add) else e


def _fold(e: Expr) -> Expr:
    if isinstance(e, Mul):
        return _product(e)
    if isinstance(e, Add):
        return _sum(e)
    if isinstance(e, Div) and isinstance(e.den, Num) and e.den.value == 1:
        return e.num
    if isinstance(e, Pow) and isinstance(e.exp, Num) and e.exp.value == 1:
        return e.base
    if isinstance(e, Cmp):
        known = truth(e)
        return e if known is None else TRUE if known else FALSE
    if isinstance(e, Reduce | Normal) and e.cond == TRUE:
        return _without_condition(e)
    return decided(e)


def decided(e: Expr) -> Expr:
    """The node without conditions of which `TRUE` or `FALSE` is known."""
    if isinstance(e, Logic):
        return _logic(e)
    if isinstance(e, Where) and e.cond in (TRUE, FALSE):
        return e.a if e.cond == TRUE else e.b
    if isinstance(e, Iverson) and e.cond in (TRUE, FALSE):
        return ONE if e.cond == TRUE else ZERO
    return e


def _without_condition(e: Reduce | Normal) -> Expr:
    if isinstance(e, Reduce):
        return Reduce(e.op, e.idxs, e.body)
    return Normal(e.op, e.at, e.idxs, e.body)


def _index_like(e: Expr) -> bool:
    return isinstance(e, Idx | Size | Num)


def _product(e: Mul) -> Expr:
    args = [a for a in e.args if not (isinstance(a, Num) and a.value == 1)]
    if any(isinstance(a, Num) and a.value == 0 for a in args) and all(map(_index_like, args)):
        return ZERO
    if not args:
        return ONE
    return args[0] if len(args) == 1 else Mul(tuple(args)) if len(args) < len(e.args) else e


def _sum(e: Add) -> Expr:
    def zero(a: Expr) -> bool:
        a = a.arg if isinstance(a, Neg) else a
        return isinstance(a, Num) and a.value == 0

    args: list[Expr] = []
    for a in e.args:
        args.extend(a.args if isinstance(a, Add) else [a])
    args = [a for a in args if not zero(a)]
    numbers = [literal(a) for a in args]
    if sum(n is not None for n in numbers) > 1 and all(
        n is not None or not isinstance(a, Read) for a, n in zip(args, numbers, strict=True)
    ):
        total = sum((n for n in numbers if n is not None), Fraction(0))
        args = [a for a, n in zip(args, numbers, strict=True) if n is None]
        if total:
            args.append(Neg(Num(-total)) if total < 0 else Num(total))
    if not args:
        return ZERO
    return args[0] if len(args) == 1 else Add(tuple(args))


def _logic(e: Logic) -> Expr:
    if e.op == "not":
        inner = e.args[0]
        return FALSE if inner == TRUE else TRUE if inner == FALSE else e
    decides, passes = (FALSE, TRUE) if e.op == "and" else (TRUE, FALSE)
    if decides in e.args:
        return decides
    args = [a for a in e.args if a != passes]
    if not args:
        return passes
    return args[0] if len(args) == 1 else Logic(e.op, tuple(args))
