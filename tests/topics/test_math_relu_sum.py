"""A function as a growing sum of ReLUs: it passes through the knots, and the error is measured."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import Name, num, replace
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.topics.relu_sum import relu_sum
from chalkgrad.derive.values.entries import value

WAVE = "sin(3*x) + x/2"


def test_the_sum_passes_through_every_knot():
    made = relu_sum(expression(WAVE), -3, 3, 15)
    knots = np.array([float(x) for x in made.knots])
    want = np.sin(3 * knots) + knots / 2
    assert made.terms == 15
    assert np.allclose(made.partial(15, knots), want, atol=1e-12)
    assert [float(v) for v in made.values] == pytest.approx(list(want), abs=1e-15)


def test_the_slopes_and_changes_are_exact_differences():
    made = relu_sum(expression("x**2"), 0, 2, 4)
    assert made.knots == tuple(Fraction(k, 2) for k in range(5))
    assert made.slopes == (Fraction(1, 2), Fraction(3, 2), Fraction(5, 2), Fraction(7, 2))
    assert made.changes == (Fraction(1, 2), 1, 1, 1)
    assert made.error == pytest.approx(1 / 16, abs=1e-12)  # h²/8·max|f''|, in every middle
    assert abs(made.at % 0.5 - 0.25) < 1e-12


def test_a_reveal_adds_one_relu_at_a_time():
    made = relu_sum(expression(WAVE), -3, 3, 15)
    x = np.linspace(-3, 3, 601)
    before = made.partial(0, x)
    assert (before == float(made.start)).all()
    for k in range(1, 16):
        now = made.partial(k, x)
        left = x <= float(made.knots[k - 1])
        assert (now[left] == before[left]).all()  # what is to the left stays
        added = float(made.changes[k - 1]) * np.maximum(x - float(made.knots[k - 1]), 0)
        assert np.allclose(now - before, added, atol=1e-12)
        before = now


def test_the_error_shrinks_with_the_square_of_the_pieces():
    errors = [relu_sum(expression("exp(x)"), 0, 1, n).error for n in (5, 10, 20)]
    assert 3.5 < errors[0] / errors[1] < 4.5
    assert 3.5 < errors[1] / errors[2] < 4.5


def test_the_error_is_the_largest_distance_of_a_finer_look():
    made = relu_sum(expression(WAVE), -3, 3, 15)
    x = np.linspace(-3, 3, 100_003)
    finer = np.abs(np.sin(3 * x) + x / 2 - made.partial(15, x)).max()
    assert finer == pytest.approx(made.error, rel=1e-5)


def test_the_tree_has_the_same_value():
    made = relu_sum(expression(WAVE), -3, 3, 7)
    for k in (0, 3, 7):
        for x in (Fraction(-3), Fraction(1, 3), Fraction(5, 2)):
            got = float(value(replace(made.tree(k), {Name("x"): num(x)}), lambda e: None))
            assert got == pytest.approx(float(made.partial(k, [float(x)])[0]), abs=1e-12)


@pytest.mark.parametrize(
    ("text", "low", "high", "message"),
    [
        ("1/x", -1, 1, "no finite value at x = 0"),
        ("log(x)", 0, 1, "no finite value at x = 0"),
        ("tan(x)", 0, 2, "near x = 1.5708|finite value at x = 1.5708"),
        ("where(x > 0.3, 1, x)", -1, 1, "not continuous near x = 0.3"),
        ("step(x)", -1, 1, "has a jump"),
        ("(x > 0)", -1, 1, "has a jump"),
        ("x + y", -1, 1, "reads 'y'"),
        ("x", 1, 1, "is empty"),
        ("sqrt(x)", -1, 1, "no finite value"),
    ],
)
def test_what_is_refused(text, low, high, message):
    with pytest.raises(ChalkgradError, match=message):
        relu_sum(expression(text), low, high, 8)


def test_corners_and_steep_places_are_not_jumps():
    for text in ("abs(x)", "where(x > 0, x, 0)", "sqrt(abs(x))", "sigmoid(200*x)", "3"):
        assert relu_sum(expression(text), -1, 1, 9).error < 1
