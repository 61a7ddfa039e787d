"""Numbers gathered, factors taken out, powers as products: their forms, and their values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from chalkgrad.codegen.lowering.arrays import Call, Var
from chalkgrad.codegen.lowering.elementwise import MOST, power
from chalkgrad.codegen.lowering.passes.numbers import factored, gathered
from chalkgrad.codegen.targets.numpy.printer import source
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.language.text import text

SIZES = {"n": "N", "k": 6}


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2*a/(3*2)", "a/3"),
        ("2*(a - b)/(size[n]*2)", "(a - b)/size[n]"),
        ("3*a/2", "3/2*a"),
        ("-a/4", "-1/4*a"),
        ("a*2*b*3", "6*a*b"),
        ("1/(2*a)", "1/2/a"),
        ("3*0.5*a", "3/2*a"),
        ("a*sqrt(2)*b", "sqrt(2)*a*b"),
        ("a/size[k]*size[k]", "a"),
        ("a*size[n]/size[n]/size[k]", "a/6"),
        ("c - 2*a/2", "c - a"),
        ("exp(-a**2/2)", "exp(-1/2*a**2)"),
        ("1/2", "1/2"),
        ("0*a", "0"),
    ],
)
def test_numbers_of_a_product_are_one(written: str, form: str) -> None:
    assert text(gathered(expression(written), SIZES)).replace(" ", "") == form.replace(" ", "")


def test_what_stands_under_a_test_stays_as_it_is() -> None:
    held = expression("2*where(a > 0, b, c)/2")
    assert gathered(held, SIZES) is held
    assert factored(held) is held


def test_a_common_factor_is_taken_out_of_elementwise_sums() -> None:
    assert text(factored(expression("a*b + c*a"))) == text(expression("a*(b + c)"))
    assert text(factored(expression("a*b + c"))) == "a*b + c"


@pytest.mark.parametrize("exponent", [-4, -3, -2, *range(3, MOST + 1)])
def test_a_power_is_the_product_that_it_means(exponent: int) -> None:
    made = power(Var("v"), Fraction(exponent))
    assert made is not None
    v = np.array([0.5, -1.5, 2.0])
    got = eval(source(made), {"v": v})
    np.testing.assert_allclose(got, v ** float(exponent), rtol=1e-14)
    assert source(power(Var("v"), Fraction(3)) or Var("")) == "v * v**2"


def test_an_odd_power_of_a_long_expression_stays_a_power() -> None:
    long = Call("f", (Var("v"),))
    assert power(long, Fraction(3)) is None
    assert source(power(long, Fraction(4)) or long) == "(f(v) ** 2) ** 2"
