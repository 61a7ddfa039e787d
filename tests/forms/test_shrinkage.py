"""A squared penalty is (λ/2)‖W‖² with the gradient λW, and numbers in front are one number."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.gathered import gathered
from chalkgrad.derive.forms.shrinkage import LAMBDA, Norm, shrinkage_of
from chalkgrad.derive.language.expr import Pow, Read, num, walk
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.language.text import text
from chalkgrad.derive.pipeline import load


def network(**penalty: object) -> Any:
    return load({"name": "t", "network": {"units": [2, 2, 1], "activation": "tanh"},
                 "loss": "squared_error", "penalty": penalty})  # fmt: skip


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2*0.1*a", "0.2*a"),
        ("a*2*b*0.25", "0.5*a*b"),
        ("-1*2*a", "-2*a"),
        ("1*a*1", "a"),
        ("a*2", "a*2"),
        ("2*a/3", "2*a / 3"),
        ("0.25*3", "0.25*3"),
    ],
)
def test_the_numbers_of_a_product_are_one_number_in_front(written: str, shown: str):
    assert text(gathered(expression(written))) == shown


def test_lambda_is_twice_the_rate_of_the_sum_of_squares():
    net = network(l2={"rate": 0.1})
    known = shrinkage_of(net)
    assert known is not None
    assert (known.strength.value, known.weights) == (Fraction(1, 5), {"W0", "W1"})
    d = per_sample(net.derive())
    penalty = next(e for e in d.forward if e.name == known.first)
    assert Pow(Norm(Read("W0")), num(2)) in set(walk(known.written(penalty.rhs)))
    gradient = known.written(gathered(d.step("W1").equation.rhs))
    assert LAMBDA in set(walk(gradient))
    assert not any(e == num(Fraction(1, 5)) for e in walk(gradient))


@pytest.mark.parametrize("penalty", [{}, {"l1": {"rate": 0.1}}])
def test_without_a_squared_penalty_there_is_no_lambda(penalty: dict[str, Any]):
    assert shrinkage_of(network(**penalty)) is None
