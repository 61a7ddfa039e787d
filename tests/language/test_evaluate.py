"""One recursion works every expression out; an algebra refuses what it does not define."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from chalkgrad.codegen.terminal.reads import outside
from chalkgrad.derive.language import expr as tree
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.evaluate import Algebra, Arithmetic, UnknownError, evaluate, known
from chalkgrad.derive.language.expr import (
    Cmp,
    Div,
    Expr,
    Iverson,
    Logic,
    Mul,
    Name,
    Neg,
    Pow,
    Read,
    num,
)
from chalkgrad.derive.language.formulas import by_formula
from chalkgrad.derive.language.literal import Rationals, literal, truth, whole
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.pipeline import load
from chalkgrad.derive.values.arrays import Arrays
from chalkgrad.derive.values.entries import at_point, number

TRUE, FALSE = Cmp("<", num(1), num(2)), Cmp(">", num(1), num(2))
NODES = [c for c in vars(tree).values()
         if isinstance(c, type) and issubclass(c, Expr) and c is not Expr]  # fmt: skip


class Named(Arithmetic):
    """Whole numbers with names."""

    def __init__(self, **env: Any) -> None:
        self.env = {Name(k): v for k, v in env.items()}

    def number(self, value: Fraction) -> Fraction:
        return value

    def call(self, name: str, args: Any) -> Any:
        return by_formula(name, args, self)


def test_every_node_of_the_language_has_a_rule() -> None:
    from chalkgrad.derive.language import evaluate as module

    assert set(module._RULES) == set(NODES)


def test_an_algebra_refuses_what_it_does_not_define() -> None:
    nothing: Algebra[Any] = Algebra()
    for text in ("1", "pi", "size[k]", "v", "x[0]", "1 + 2", "2*3", "-3", "1/2", "2**3", "exp(1)"):
        assert known(expression(text), nothing) is None, text
    with pytest.raises(UnknownError, match="no value for Reduce"):
        evaluate(expression("sum[i](x[i])"), Named())


def test_a_branch_that_is_not_taken_is_not_looked_at() -> None:
    assert evaluate(expression("where(v > 0, v, 1/z)"), Named(v=Fraction(3), z=Fraction(0))) == 3


@pytest.mark.parametrize("product", [
    Mul((Read("x"), Iverson(FALSE))), Neg(Mul((Iverson(FALSE), Read("x")))),
    Div(Mul((Iverson(FALSE), num(2))), num(0)), Mul((num(2), Mul((Iverson(FALSE), Read("x"))))),
])  # fmt: skip
def test_a_factor_false_makes_a_product_0_before_the_others_are_looked_at(product: Expr) -> None:
    assert evaluate(product, Named()) == 0


def test_a_factor_true_leaves_the_product_and_below_a_fraction_line_it_is_1_or_0() -> None:
    assert evaluate(Neg(Mul((Iverson(TRUE), num(3), num(4)))), Named()) == -12
    assert evaluate(Div(num(3), Iverson(TRUE)), Named()) == 3
    with pytest.raises(ZeroDivisionError):
        evaluate(Div(num(3), Iverson(FALSE)), Named())


def test_a_named_function_is_its_formula_with_the_options_that_are_left_out() -> None:
    assert evaluate(expression("leaky_relu(-2)"), Named()) == Fraction(-2, 100)
    assert evaluate(expression("clip(v, 1, 4)"), Named(v=Fraction(9))) == 4


def test_numbers_are_exact_and_what_is_no_fraction_is_not_known() -> None:
    assert literal(expression("1/3 + 2/3")) == 1
    assert literal(expression("2**-2 * max(1, 3)")) == Fraction(3, 4)
    assert literal(expression("size[k]//2"), {"k": 7}) == 3
    for text in ("exp(1)", "sqrt(4)", "x[0]", "size[k]", "1/(size[k] - 7)", "7//(size[k] - 7)"):
        assert literal(expression(text), {"k": 7, "n": "N"} if "-" in text else {}) is None, text
    assert literal(Pow(num(10), num(10**5))) is None


def test_a_whole_number_is_known_only_where_it_is_one() -> None:
    assert whole(expression("2*3 - 7//2")) == 3
    assert whole(expression("1/2")) is None
    assert whole(expression("x[0] + 1")) is None


@pytest.mark.parametrize(("cond", "want"), [
    (Logic("and", (Cmp("<", Read("x"), num(1)), FALSE)), False),
    (Logic("or", (Cmp("<", Read("x"), num(1)), TRUE)), True),
    (Logic("and", (TRUE, Cmp("<", Read("x"), num(1)))), None),
    (Logic("not", (FALSE,)), True),
])  # fmt: skip
def test_one_part_of_a_condition_that_decides_is_enough(cond: Expr, want: bool | None) -> None:
    assert truth(cond) is want


def test_a_size_may_be_used_under_an_index_where_it_is_known() -> None:
    assert evaluate(expression("size[k] - 1"), Rationals({"k": 4})) == 3
    assert known(expression("size[n] - 1"), Rationals({"n": "N"})) is None


def _outside(cond: str) -> list[str]:
    equations = f"s[k] = sum[h | {cond}](x[h + 2])\nL = sum[k](s[k]*b)"
    return outside(load({"name": "a", "axes": {"i": 3, "h": 2, "k": 4}, "input": {"x": ["i"]},
                         "parameters": {"b": []}, "equations": equations}).derive())  # fmt: skip


def test_show_knows_a_whole_division_in_the_condition_of_a_read() -> None:
    (said,) = _outside("k//2 == h")
    assert "runs over 2 … 3" in said


def test_show_names_no_range_where_it_does_not_know_the_condition() -> None:
    assert _outside("sqrt(h + 1) < 5") == []


def _arrays(text: str, dtype: Any = float, **env: Any) -> Any:
    named = {Name(k): np.asarray(v, dtype=dtype) for k, v in env.items()}
    with np.errstate(all="ignore"):
        return evaluate(expression(text), Arrays({}, {"k": 4}.__getitem__, named, 1, dtype))


def test_arrays_are_of_one_dtype_so_that_no_division_stops() -> None:
    assert _arrays("1/v", v=[0.0, 2.0]).tolist() == [np.inf, 0.5]
    assert _arrays("size[k]**(-1)").tolist() == 0.25
    assert _arrays("pi*v", np.longdouble, v=[1.0]).dtype == np.longdouble


def test_arrays_look_at_both_branches_and_keep_the_one_that_holds() -> None:
    assert _arrays("where(v > 0, log(v), -1)", v=[-1.0, 1.0]).tolist() == [-1.0, 0.0]
    test = Div(Mul((Iverson(Cmp(">", Name("v"), num(0))), num(2))), Name("v"))
    algebra = Arrays({}, {}.__getitem__, {Name("v"): np.array([0.0, 4.0])}, 1)
    with np.errstate(all="ignore"):
        assert evaluate(test, algebra).tolist() == [0.0, 0.5]


def test_numbers_over_names_read_no_tensor() -> None:
    assert at_point(expression("x**2 + y"), {"x": number(3), "y": number("0.5")}) == number("9.5")
    with pytest.raises(ChalkgradError, match="no value for 'w'"):
        at_point(expression("x*w[0]"), {"x": number(3)})
