"""p − y, derived: the gradient above inserted, every line equal to the sweep's own gradient."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad import load
from chalkgrad.codegen.terminal.text import Lines
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.forms.views import view
from chalkgrad.derive.language.expr import walk
from chalkgrad.derive.language.text import text
from chalkgrad.derive.steps.inserted import inserted_steps
from chalkgrad.derive.steps.step_nodes import REASONS, D
from chalkgrad.derive.values.numbers import evaluator, numbers_of

LOGITS = "z[k] = sum[i](x[i]*W[i,k])\n"
SOFTMAX = LOGITS + "p[k] = softmax[k](z[k])\nL = -sum[k](y[k]*log(p[k]))"
LOG_SOFTMAX = LOGITS + "q[k] = log_softmax[k](z[k])\nL = -sum[k](y[k]*q[k])"
SIGMOID = LOGITS + "p[k] = sigmoid(z[k])\nL = -sum[k](y[k]*log(p[k]) + (1 - y[k])*log(1 - p[k]))"
SQUARES = LOGITS + "p[k] = sigmoid(z[k])\nL = sum[k]((y[k] - p[k])**2)/2"


def derived(equations: str, fact: str | None = None):
    target = {"shape": [3], **({"fact": fact} if fact else {})}
    spec = {"name": "net", "input": {"x": [2]}, "target": {"y": target},
            "parameters": {"W": [2, 3]}, "equations": equations, "loss": "L"}  # fmt: skip
    return per_sample(load(spec).derive())


@pytest.mark.parametrize(
    ("equations", "fact", "result"),
    [
        (SOFTMAX, "distribution", "p[k] - y[k]"),
        (SOFTMAX, None, "p[k]*sum[m](y[m]) - y[k]"),
        (LOG_SOFTMAX, "distribution", "exp(q[k]) - y[k]"),
        (SIGMOID, None, "p[k] - y[k]"),
    ],
)
def test_the_end_is_p_minus_y_and_without_the_fact_p_times_the_sum(equations, fact, result):
    steps = inserted_steps(derived(equations, fact), "z")
    assert text(steps.result) == result
    assert (steps.lines[-1].reason == "fact_sum_one") == (fact is not None)


@pytest.mark.parametrize("equations", [SOFTMAX, LOG_SOFTMAX])
def test_the_letters_are_those_of_the_gradient_s_own_chain_rule(equations):
    d = derived(equations, "distribution")
    steps, chain = inserted_steps(d, "z"), view(d, "z").chain_equation()
    lines = Lines(d)
    rule = lines.expression(steps[0].right, letters([steps[0].left, steps[0].right]))
    assert steps.wrt.indices == d.step("z").equation.indices
    assert rule in lines.equation(chain)


@pytest.mark.parametrize("equations", [SOFTMAX, LOG_SOFTMAX, SIGMOID])
def test_every_line_has_the_value_of_the_gradient(equations):
    d = derived(equations, "distribution")
    values = {"x": [0.3, -1.2], "y": [0.2, 0.5, 0.3], "W": [[0.1, 0.7, -0.4], [1.1, -0.2, 0.3]]}
    steps = inserted_steps(d, "z")
    run = evaluator(d.network, values)
    run.values |= numbers_of(d, values)
    want = run.values["dz"]
    checked = 0
    for line in steps:
        if any(isinstance(e, D) for e in walk(line.right)):
            continue
        for k in range(3):
            at = {i: np.asarray(k) for i in steps.wrt.indices}
            np.testing.assert_allclose(run.value(line.right, at, 0), want[k], rtol=1e-14)
            checked += 1
    assert checked >= 12
    assert {line.reason for line in steps} <= set(REASONS)


def test_nothing_is_inserted_where_nothing_gets_shorter():
    d = derived(SQUARES)
    assert [t for t in d.by_tensor if inserted_steps(d, t)] == []


@pytest.mark.parametrize(
    ("made", "reason", "function"),
    [
        ("softmax[k](z[k])", "known_derivative", "softmax"),
        ("sigmoid(z[k])", "known_derivative", "sigmoid"),
        ("sigmoid(2*z[k])", "local_derivative", ""),
    ],
)
def test_a_local_derivative_is_known_where_it_is_a_function_s_own(made, reason, function):
    loss = SOFTMAX if "softmax" in made else SIGMOID
    before, _, after = loss.partition("p[k] = ")
    equations = f"{before}p[k] = {made}\n{after.partition(chr(10))[2]}"
    of_loss, local = inserted_steps(derived(equations, "distribution"), "z").definitions
    assert (of_loss.reason, of_loss.function) == ("of_loss", "")
    assert (local.reason, local.function) == (reason, function)
