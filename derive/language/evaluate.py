"""One way to work an expression out: `evaluate` takes the tree apart, an algebra says what the
parts of it mean for its own kind of value.

Algebras: fractions (`literal.Rationals`), arrays (`derive.values.numbers`), numbers of 40 digits
(`derive.values.entries`), affine indices, trees for the page; others are a few lines on these.

Two rules hold for every kind of value, so they stand here: the branch of a case that is not taken
is not looked at, and a factor [false] makes a product 0 before its other factors are looked at.
What an algebra does not define it refuses; a value is never made up.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from fractions import Fraction
from functools import partial, reduce
from typing import Any, Generic, NoReturn, TypeVar

from .expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
    Const,
    Delta,
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
)

V = TypeVar("V")
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class UnknownError(Exception):
    """An algebra has no value for a part of an expression."""


class Algebra(Generic[V]):
    """What each node means for values V; ``env`` holds the values of indices and bare names.

    A condition is a value too, of whatever kind ``where`` decides by. Reads, reductions and
    normalisers come as nodes: what their parts mean is the algebra's business.
    """

    env: Mapping[Expr, V] = {}

    def bound(self, env: Mapping[Expr, V]) -> Algebra[V]:
        """The same algebra where these indices and names have values, and no others."""
        made = copy(self)
        made.env = env
        return made

    def refuse(self, kind: type[Expr]) -> NoReturn:
        """Raises `UnknownError`, or an error of the algebra's own."""
        raise UnknownError(f"no value for {kind.__name__}")

    def number(self, value: Fraction) -> V:
        self.refuse(Num)

    def constant(self, name: str) -> V:
        self.refuse(Const)

    def size(self, axis: str) -> V:
        self.refuse(Size)

    def symbol(self, e: Idx | Name) -> V:
        return self.env[e] if e in self.env else self.refuse(type(e))

    def read(self, e: Read) -> V:
        self.refuse(Read)

    def add(self, terms: Sequence[V]) -> V:
        self.refuse(Add)

    def mul(self, factors: Sequence[V]) -> V:
        self.refuse(Mul)

    def neg(self, a: V) -> V:
        self.refuse(Neg)

    def div(self, a: V, b: V) -> V:
        self.refuse(Div)

    def power(self, a: V, b: V) -> V:
        self.refuse(Pow)

    def call(self, name: str, args: Sequence[V]) -> V:
        """A named function; `derive.language.formulas.by_formula` knows them all."""
        self.refuse(Fn)

    def where(self, cond: Any, a: Callable[[], V], b: Callable[[], V]) -> V:
        self.refuse(Where)

    def compare(self, op: str, a: V, b: V) -> Any:
        self.refuse(Cmp)

    def logic(self, op: str, parts: Sequence[Callable[[], Any]]) -> Any:
        self.refuse(Logic)

    def reduce(self, e: Reduce) -> V:
        self.refuse(Reduce)

    def normal(self, e: Normal) -> V:
        self.refuse(Normal)


class Arithmetic(Algebra[Any]):
    """Values that Python's own operators know, in the order written; conditions are booleans."""

    def add(self, terms: Sequence[Any]) -> Any:
        return reduce(operator.add, terms)

    def mul(self, factors: Sequence[Any]) -> Any:
        return reduce(operator.mul, factors)

    def neg(self, a: Any) -> Any:
        return -a

    def div(self, a: Any, b: Any) -> Any:
        return a / b

    def power(self, a: Any, b: Any) -> Any:
        return a**b

    def where(self, cond: Any, a: Callable[[], Any], b: Callable[[], Any]) -> Any:
        return a() if cond else b()

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return _COMPARE[op](a, b)

    def logic(self, op: str, parts: Sequence[Callable[[], Any]]) -> Any:
        if op == "not":
            return not parts[0]()
        return (all if op == "and" else any)(part() for part in parts)


def evaluate(e: Expr, algebra: Algebra[V]) -> V:
    """The value of an expression; whatever ``algebra.refuse`` raises where it has none."""
    rule = _RULES.get(type(e))
    value: V = algebra.refuse(type(e)) if rule is None else rule(e, algebra)
    return value


def known(e: Expr, algebra: Algebra[V]) -> V | None:
    """The value of an expression, None where the algebra knows none."""
    try:
        return evaluate(e, algebra)
    except UnknownError:
        return None


def _product(e: Mul | Neg | Div, algebra: Algebra[V]) -> V:
    tests = _tests(e)
    if not tests:
        return _plain(e, algebra)
    made = _untested(e)
    for cond in reversed(tests):
        made = Where(cond, made, ZERO)
    return evaluate(made, algebra)


def _plain(e: Mul | Neg | Div, algebra: Algebra[V]) -> V:
    if isinstance(e, Mul):
        return algebra.mul([evaluate(a, algebra) for a in e.args])
    if isinstance(e, Neg):
        return algebra.neg(evaluate(e.arg, algebra))
    return algebra.div(evaluate(e.num, algebra), evaluate(e.den, algebra))


def _tests(e: Expr) -> list[Expr]:
    """The conditions that are factors of a product, above its fraction lines."""
    if isinstance(e, Mul):
        return [cond for a in e.args for cond in _tests(a)]
    if isinstance(e, Neg | Div):
        return _tests(e.children()[0])
    return [e.cond] if isinstance(e, Iverson) else []


def _untested(e: Expr) -> Expr:
    """A product without the factors of `_tests`."""
    if isinstance(e, Mul):
        left = [_untested(a) for a in e.args if not isinstance(a, Iverson)]
        return ONE if not left else left[0] if len(left) == 1 else Mul(tuple(left))
    if isinstance(e, Neg):
        return Neg(_untested(e.arg))
    if isinstance(e, Div):
        return Div(_untested(e.num), e.den)
    return ONE if isinstance(e, Iverson) else e


_RULES: dict[type[Expr], Callable[[Any, Algebra[Any]], Any]] = {
    Num: lambda e, a: a.number(e.value),
    Const: lambda e, a: a.constant(e.name),
    Size: lambda e, a: a.size(e.axis),
    Idx: lambda e, a: a.symbol(e),
    Name: lambda e, a: a.symbol(e),
    Read: lambda e, a: a.read(e),
    Add: lambda e, a: a.add([evaluate(t, a) for t in e.args]),
    Mul: _product,
    Neg: _product,
    Div: _product,
    Pow: lambda e, a: a.power(evaluate(e.base, a), evaluate(e.exp, a)),
    Fn: lambda e, a: a.call(e.name, [evaluate(x, a) for x in e.args]),
    Where: lambda e, a: a.where(
        evaluate(e.cond, a), partial(evaluate, e.a, a), partial(evaluate, e.b, a)
    ),
    Cmp: lambda e, a: a.compare(e.op, evaluate(e.a, a), evaluate(e.b, a)),
    Logic: lambda e, a: a.logic(e.op, [partial(evaluate, x, a) for x in e.args]),
    Iverson: lambda e, a: evaluate(Where(e.cond, ONE, ZERO), a),
    Delta: lambda e, a: evaluate(Where(e.cond, ONE, ZERO), a),
    Reduce: lambda e, a: a.reduce(e),
    Normal: lambda e, a: a.normal(e),
}
