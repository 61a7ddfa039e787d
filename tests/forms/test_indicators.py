"""Cases that are 0 on one side become indicators, and keep their value."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from chalkgrad.derive.forms.indicators import indicators
from chalkgrad.derive.language.expr import Expr, Name, num, replace
from chalkgrad.derive.language.formulas import opened
from chalkgrad.derive.language.literal import literal
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.language.text import text


def at(e: Expr, a: int, b: int) -> Fraction | None:
    return literal(replace(e, {Name("a"): num(a), Name("b"): num(b)}))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("where(a > b, 1, 0)", "(a > b)"),
        ("where(0 >= a - b, 0, 1)", "(a - b > 0)"),
        ("where(a > 0 and b > 0, 0, 1)", "(a <= 0 or b <= 0)"),
        ("where(not a > b, 0, 1)", "(a > b)"),
        ("b*where(a > 0, a, 0)", "b*(a > 0)*a"),
        ("b*where(a > 0, 0, where(b > a, b, 0))", "b*(a <= 0)*(b > a)*b"),
    ],
)
def test_cases_that_are_zero_on_one_side_are_an_indicator(written: str, shown: str):
    before = expression(written)
    after = indicators(before)
    assert text(after) == shown
    for a, b in itertools.product(range(-2, 3), repeat=2):
        assert at(after, a, b) == at(before, a, b) is not None


@pytest.mark.parametrize("written", ["where(a > 0, a, 0)", "b*where(a > 0, a, -1)"])
def test_a_function_that_is_defined_by_cases_keeps_them(written: str):
    assert indicators(expression(written)) == expression(written)


def test_the_step_function_is_the_indicator_of_its_formula():
    v = expression("a - b")
    assert indicators(expression("step(a - b)")) == indicators(opened("step", (v,)))
