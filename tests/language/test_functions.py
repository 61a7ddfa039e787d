"""Every row of the function table is proved: symbolically where smooth, at random points always."""

from __future__ import annotations

import math
import random

import pytest
import sympy

from chalkgrad.derive.chainrule.calculus import formula_rule, rule
from chalkgrad.derive.language.expr import (
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Logic,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Where,
    replace,
)  # fmt: skip
from chalkgrad.derive.language.functions import FUNCTIONS
from chalkgrad.derive.language.parser import expression

ROWS = [(f.name, k) for f in FUNCTIONS.values() for k, a in enumerate(f.args) if a in f.derivative]
SLOTS = [(f.name, k) for f in FUNCTIONS.values() for k in range(len(f.args))]
DOMAIN = {
    "log": (0.1, 3), "sqrt": (0.1, 3), "asin": (-0.9, 0.9), "acos": (-0.9, 0.9),
    "atanh": (-0.9, 0.9), "acosh": (1.1, 3), "power": (0.2, 2), "xlogy": (0.2, 2),
    "log1p": (-0.5, 2), "celu": (0.3, 2),
}  # fmt: skip


def plain(e: Expr) -> Expr:
    """Every named function replaced by its formula, down to what SymPy knows."""
    kids = e.children()
    e = e.rebuild(tuple(plain(k) for k in kids)) if kids else e
    if isinstance(e, Fn) and FUNCTIONS[e.name].formula is not None:
        known = FUNCTIONS[e.name]
        args = {Name(a): v for a, v in zip(known.args, e.args, strict=True)}
        body = replace(expression(known.formula), args)
        return plain(body)
    return e


def to_real(e: Expr, table: dict) -> sympy.Expr:
    """SymPy's own functions and Piecewise: independent of `derive.chainrule.calculus`."""

    def go(x):
        match x:
            case Num():
                return sympy.Rational(x.value.numerator, x.value.denominator)
            case Const():
                return sympy.pi
            case Name():
                return table[x.name]
            case Add():
                return sum(map(go, x.args))
            case Mul():
                return math.prod(map(go, x.args))
            case Neg():
                return -go(x.arg)
            case Div():
                return go(x.num) / go(x.den)
            case Pow():
                return go(x.base) ** go(x.exp)
            case Fn():
                return getattr(sympy, x.name)(*map(go, x.args))
            case Where():
                return sympy.Piecewise((go(x.a), go(x.cond)), (go(x.b), True))
            case Cmp():
                ops = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "!=": "!="}
                return sympy.Rel(go(x.a), go(x.b), ops[x.op])
            case Logic():
                return (sympy.And if x.op == "and" else sympy.Or)(*map(go, x.args))
        raise TypeError(type(x))

    return go(e)


def own(name: str, position: int, table: dict) -> tuple[sympy.Expr, sympy.Expr]:
    """(SymPy's derivative of the formula, the rule), both over plain functions."""
    known = FUNCTIONS[name]
    args = tuple(Name(f"a{k}") for k in range(len(known.args)))
    value = plain(Fn(name, args))
    derived = plain(replace(rule(name, position), {Name("y"): Fn(name, args)}))
    symbol = table[f"a{position}"]
    return sympy.diff(to_real(value, table), symbol), to_real(derived, table)


def symbols(name: str) -> dict:
    positive = name in DOMAIN
    return {
        f"a{k}": sympy.Symbol(f"a{k}", real=True, positive=positive or None)
        for k in range(len(FUNCTIONS[name].args))
    }


@pytest.mark.parametrize(("name", "position"), ROWS)
def test_row_is_proved(name, position):
    known = FUNCTIONS[name]
    row = known.derivative[known.args[position]]
    if known.kinks or "where" in f"{known.formula} {row}":
        # corners: proved piece by piece at random points below, and by its own formula here
        assert known.formula is not None
        return
    want, got = own(name, position, symbols(name))
    difference = (want - got).rewrite(sympy.exp)
    assert sympy.simplify(sympy.expand(sympy.simplify(difference))) == 0


@pytest.mark.parametrize(("name", "position"), SLOTS)
def test_rule_at_random_points(name, position):
    table = symbols(name)
    want, got = own(name, position, table)
    rng = random.Random(f"{name}{position}")
    low, high = DOMAIN.get(name, (-2.5, 2.5))
    for _ in range(12):
        point = {s: sympy.Float(rng.uniform(low, high), 30) for s in table.values()}
        if name in ("clip", "hard_tanh"):
            point[table["a1"]], point[table["a2"]] = sympy.Float(-0.7, 30), sympy.Float(0.8, 30)
        a, b = sympy.N(want.subs(point), 20), sympy.N(got.subs(point), 20)
        assert abs(a - b) <= 1e-15 * (1 + abs(a)), (name, point)


@pytest.mark.parametrize("name", ["relu", "abs", "sign", "clip"])
def test_derivative_at_the_corner_is_zero(name):
    args = [sympy.Integer(0), *(sympy.Rational(1, 2) for _ in FUNCTIONS[name].args[1:])]
    if name == "clip":
        args = [sympy.Integer(0), sympy.Integer(0), sympy.Integer(1)]
    table = {f"a{k}": a for k, a in enumerate(args)}
    known = Fn(name, tuple(Name(f"a{k}") for k in range(len(args))))
    made = plain(replace(rule(name, 0), {Name("y"): known}))
    assert to_real(made, table) == 0


def test_leaky_relu_at_zero_has_the_slope_of_its_left_side():
    """Every slope of the function is 1 or eps: at the corner it is eps."""
    eps = sympy.Rational(1, 7)
    assert to_real(rule("leaky_relu", 0), {"a0": sympy.Integer(0), "a1": eps}) == eps


def test_zero_to_a_power_does_not_move_with_the_power():
    """d/db 0**b is 0, not 0*log(0)."""
    table = {"a0": sympy.Integer(0), "a1": sympy.Integer(3), "y": sympy.Integer(0)}
    assert to_real(rule("power", 1), table) == 0


@pytest.mark.parametrize(("name", "alpha", "slope"), [("elu", 1, 1), ("elu", 2, 2), ("celu", 2, 1)])
def test_elu_at_zero_takes_the_branch_of_its_paper(name, alpha, slope):
    """ELU with alpha 1 and every CELU are smooth at 0; the others take the branch v <= 0."""
    assert to_real(rule(name, 0), {"a0": sympy.Integer(0), "a1": sympy.Integer(alpha)}) == slope


def test_first_argument_wins_a_tie():
    for name in ("max", "min"):
        table = {"a0": sympy.Integer(2), "a1": sympy.Integer(2)}
        assert to_real(rule(name, 0), table) == 1
        assert to_real(rule(name, 1), table) == 0


def test_rows_do_not_shadow_the_formula():
    """A row is a rewrite: without it the formula still gives a derivative."""
    for name, position in ROWS:
        assert formula_rule(name, position) is not None
