"""Who judges the lines: its derivatives are those of the tests' own oracle, its points obey what
is declared of the data, and what has no value is left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.language.expr import Expr, Fn, Name, Neg, Read, add, mul, num
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.optimizers import optimizer
from chalkgrad.derive.pipeline import load
from chalkgrad.derive.relations.circuits import CircuitTruth
from chalkgrad.derive.relations.claim import Claim, Printed, Silent, Together
from chalkgrad.derive.relations.numbers import Numbers
from chalkgrad.derive.relations.point import Point, draws, sizes_of
from chalkgrad.derive.relations.relation import WHOLE, Cells, Relation
from chalkgrad.derive.relations.rules import RuleTruth
from chalkgrad.derive.relations.steps import StepTruth
from chalkgrad.derive.relations.truth import Truth
from chalkgrad.derive.steps.named_steps import named_steps
from chalkgrad.derive.topics.circuits import circuit
from tests.fuzz.draw import draw, numbers
from tests.fuzz.judge import close
from tests.fuzz.oracle import Oracle
from tests.fuzz.slopes import LOSS, Slopes

SEEDS = (0, 2, 3, 4, 7, 11, 15, 17, 18, 19, 26, 27)  # networks with a slope at their first point


def spec(equations: str, **more: Any) -> Network:
    return load({"name": "judged", "equations": equations, "loss": "L", **more})


def truth(network: Network) -> Truth:
    return Truth(network, per_sample(network.derive()))


# -- derivatives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_derivatives_at_a_point_are_those_of_the_oracle(seed: int) -> None:
    drawn = draw(seed)
    network = load(dict(drawn.spec))
    d, oracle = network.derive(), Oracle(drawn.spec)
    data = numbers(drawn.spec, drawn.data, oracle.sizes, 2, 0)
    names = [n for n in d.by_tensor if n in {*oracle.equations, *oracle.given}]
    right = Slopes(oracle, data, 2, names)
    assert right.finite()
    assert not right.fragile
    point = Point(network, d, sizes_of(network, 2), data)
    largest = max(np.abs(right.total(n)).max(initial=0) for n in names)
    for name in names:
        assert close(point.total(name), right.total(name), 1e-6 * largest), name
    for (v, u), want in right.jacobians().items():
        if v != LOSS and u in network.tensors and v in point.equations:
            assert close(point.jacobian(v, u), want, 1e-6), (v, u)


def test_a_step_of_gradient_descent_is_that_by_hand() -> None:
    network = spec("L = (w*x)**2/2", input={"x": []}, parameters={"w": []},
                   values={"x": 2, "w": 3})  # fmt: skip
    d = per_sample(network.derive())
    made = Numbers(network, d, network.values)
    assert made.number(Read("L")) == 18
    assert made.number(Read(d.adjoint("w"))) == pytest.approx(12)
    assert made.after_step(num(1).value / 4).number(Read("w")) == pytest.approx(0)
    assert made.after_step(num(1).value / 4, ["w"]).number(Read("w")) == 3


def test_a_circuit_is_worked_out_from_its_inputs_alone() -> None:
    network = spec("L = x*y + x", input={"x": [], "y": []}, values={"x": 2, "y": 5})
    made = circuit(network)
    judge = CircuitTruth(made)
    assert judge.number(Read(made.of)) == 12
    assert judge.judged(Relation((Read(made.of), num(12)))).holds is False  # of other inputs, too


# -- points ---------------------------------------------------------------------------------------


def test_points_obey_what_is_declared_of_the_data() -> None:
    network = spec(
        "p[k] = softmax[k](W[k])\nL = -sum[k](q[k]*log(p[k])) + p[t]",
        target={"q": {"shape": [3], "fact": "distribution"}, "t": {"shape": [], "integer": "k"}},
        parameters={"W": [3]}, axes={"k": 3},
    )  # fmt: skip
    for given in draws(network, sizes_of(network, 2)):
        assert np.allclose(given["q"].sum(axis=-1), 1)
        assert (given["q"] >= 0).all()
        assert set(given["t"].ravel()) <= {0.0, 1.0, 2.0}


def test_weights_of_a_trained_network_are_the_spec_s_at_every_point() -> None:
    network = spec("L = w*x", input={"x": []}, parameters={"w": []}, values={"w": 20})
    trained = Truth(network, per_sample(network.derive()), trained=True)
    relation = Relation((Read("L"), mul([num(20), Read("x")])))
    assert trained.judged(relation).holds is True
    assert truth(network).judged(relation).holds is False


# -- what is not judged ---------------------------------------------------------------------------


def test_what_has_no_value_anywhere_is_left_alone() -> None:
    network = spec("L = log(-1 - x**2)", input={"x": []})
    made = truth(network).judged(Relation((Read("L"), num(0))))
    assert made.holds is None


def test_a_point_outside_a_domain_that_an_argmin_hides_is_not_used() -> None:
    network = spec("L = argmin[i](a[i]**b) + x", input={"x": []}, parameters={"a": [2], "b": []})
    judge = truth(network)
    own = next(eq.rhs for eq in judge.d.forward if eq.name == judge.d.shown_loss)
    assert judge.judged(Relation((Read(judge.d.shown_loss), own))).holds is not False
    wrong = Relation((Read(judge.d.shown_loss), add([own, num(7)])))
    assert judge.judged(wrong).holds is False


def test_a_claim_over_names_that_are_nowhere_is_unknown() -> None:
    network = spec("L = x", input={"x": []})
    assert truth(network).judged(Relation((Read("L"), Read("nowhere")))).holds is None


def test_what_claims_nothing_says_why() -> None:
    assert Silent("a name").verdict.why == "a name"
    assert Together(()).verdict.holds is None


# -- relations ------------------------------------------------------------------------------------


def test_a_matrix_written_out_is_judged_by_its_places() -> None:
    network = spec("v[j] = sum[i](x[i]*W[i,j])\nL = sum[j](v[j])", input={"x": [2]},
                   parameters={"W": [2, 2]})  # fmt: skip

    def cells(*places: tuple[int, int]) -> Expr:
        made = [Read("W", (num(i), num(j))) for i, j in places]
        return Cells(((made[0], made[1]), (made[2], made[3])))

    judge = truth(network)
    right = cells((0, 0), (0, 1), (1, 0), (1, 1))
    turned = cells((0, 0), (1, 0), (0, 1), (1, 1))
    assert judge.judged(Relation((Read("W"), right), WHOLE)).holds is True
    assert judge.judged(Relation((Read("W"), turned), WHOLE)).holds is False
    assert judge.judged(Relation((Read("W"), turned), WHOLE, {"W"}, True)).holds is True


def test_the_limit_of_a_difference_quotient_is_the_derivative_and_no_other() -> None:
    steps = named_steps("derivative", "v")
    line = steps.lines[-1]
    judge = StepTruth(steps)
    assert judge.judged(Relation((line.left, line.right))).holds is True
    assert judge.judged(Relation((line.left, mul([num(2), line.right])))).holds is False


def test_a_rule_is_judged_at_every_step() -> None:
    rule = optimizer("adagrad")
    judge = RuleTruth(rule, {("g", (1,)): 0.1, ("g", (2,)): 0.2}, {}, {})
    squares, step = rule.equations
    for eq in (squares, step):
        assert Claim(judge, Relation((Read(eq.name, eq.indices), eq.rhs))).verdict.holds is True
    stale = Read("G", (add([Name("t"), Neg(num(1))]),))
    only_new = Relation((Read("G", (Name("t"),)), add([stale, Fn("square", (num(1),))])))
    assert judge.judged(only_new).holds is False


def test_a_number_has_to_be_its_value_to_the_last_digit() -> None:
    network = spec("L = x", input={"x": []}, values={"x": 0.18449})
    values = Numbers(network, per_sample(network.derive()), network.values)
    assert Printed(values, Read("L"), 0.184, 0.0005).verdict.holds is True
    assert Printed(values, Read("L"), 0.185, 0.0005).verdict.holds is False  # rounded twice
    assert Printed(values, Read("M"), 0.185, 0.0005).verdict.holds is None
