"""The update rules of lecture 002, right where the slides are wrong (LECTURES.md §2)."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.text import text
from chalkgrad.derive.optimizers import names, optimizer, worked

STEPS = [0.1, -0.3, 0.2, 0.05]


def test_the_rules_of_the_lecture_are_there():
    assert names() == ["sgd", "minibatch", "momentum", "newton", "adagrad", "rmsprop", "adam"]
    for name in names():
        rule = optimizer(name)
        assert rule.equations[-1].name == "w"
        assert rule.summary
        assert rule.source


def by_hand(name: str, gradients: list[float], w: float) -> list[float]:
    """Plain loops, written from the papers."""
    made, m, s = [], 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        if name == "sgd":
            w -= 0.01 * g
        elif name == "momentum":
            m = 0.9 * m - 0.01 * g
            w += m
        elif name == "adagrad":
            s += g * g
            w -= 0.01 * g / (s**0.5 + 1e-8)
        elif name == "rmsprop":
            s = 0.9 * s + 0.1 * g * g
            w -= 0.001 * g / (s**0.5 + 1e-8)
        else:
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            w -= 0.001 * (m / (1 - 0.9**t)) / ((s / (1 - 0.999**t)) ** 0.5 + 1e-8)
        made.append(w)
    return made


@pytest.mark.parametrize("name", ["sgd", "momentum", "adagrad", "rmsprop", "adam"])
def test_every_rule_against_loops(name):
    got = [float(s["w"]) for s in worked(name, STEPS, {"w": 0.7})]
    assert got == pytest.approx(by_hand(name, STEPS, 0.7), rel=1e-14)


def test_the_first_step_of_adagrad_is_a_hundredth_and_not_ten():
    """With G₀ = 0, λ = .01, ∇ = .1, ε = 1e-8: the state is updated before it is used."""
    (step,) = worked("adagrad", [0.1], {"w": 0})
    assert float(step["w"]) == pytest.approx(-0.01, rel=1e-6)
    assert [e.name for e in optimizer("adagrad").equations] == ["G", "w"]


def test_adagrads_rate_never_rises():
    made = worked("adagrad", [0.1, 0.5, 0.01, 0.0, 0.2])
    rates = [1 / (float(s["G"]) ** 0.5 + 1e-8) for s in made]
    assert rates == sorted(rates, reverse=True)


def test_adam_corrects_by_powers_of_the_step():
    """1 − β and 1 − β^t agree at t = 1 only."""
    made = worked("adam", STEPS)
    for t, s in enumerate(made, start=1):
        assert float(s["M_hat"]) == pytest.approx(float(s["M"]) / (1 - 0.9**t), rel=1e-15)
        assert float(s["G_hat"]) == pytest.approx(float(s["G"]) / (1 - 0.999**t), rel=1e-15)
    assert abs(float(made[1]["M_hat"]) - float(made[1]["M"]) / 0.1) > 0.01
    last = text(optimizer("adam").equations[-1].rhs)
    assert last == "w[t - 1] - rate*M_hat[t] / (sqrt(G_hat[t]) + eps)"
    tiny = worked("adam", [1e-6], options={"eps": "1e-6"})  # inside the root this would be 1e-6
    assert float(tiny[0]["w"]) == pytest.approx(-0.001 * 0.5, rel=1e-6)


def test_rmsprop_has_a_decay_of_its_own():
    rule = optimizer("rmsprop")
    assert {"rate", "rho", "eps"} == set(rule.options)
    a = worked("rmsprop", [0.1], options={"rho": 0.5})[0]
    b = worked("rmsprop", [0.1], options={"rate": 0.5})[0]
    assert float(a["G"]) == pytest.approx(0.005)
    assert float(b["G"]) == pytest.approx(0.001)


def test_newton_lands_in_the_minimum_of_a_parabola():
    H, low = np.array([[2.0, 0.5], [0.5, 3.0]]), np.array([1.0, -2.0])
    w = np.array([4.0, 4.0])
    (step,) = worked("newton", [H @ (w - low)], {"w": w, "H": H})
    assert np.allclose(step["w"], low, atol=1e-14)
    assert optimizer("newton").inverse == {"Hinv": "H"}


def test_a_mini_batch_takes_the_mean():
    (step,) = worked("minibatch", [[1.0, 2.0, 6.0]], {"w": 1.0})
    assert float(step["g"]) == 3
    assert float(step["w"]) == pytest.approx(0.97)


def test_arrays_go_entry_by_entry():
    g = [np.array([[0.1, -0.2], [0.3, 0.4]])] * 3
    made = worked("adam", g, {"w": np.ones((2, 2))})
    for at in np.ndindex(2, 2):
        alone = worked("adam", [float(x[at]) for x in g], {"w": 1.0})
        assert [float(s["w"][at]) for s in made] == [float(s["w"]) for s in alone]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimizer("adma"), "did you mean 'adam'"),
        (lambda: worked("adam", [1], options={"beta3": 1}), "no option 'beta3'"),
        (lambda: worked("newton", [[1, 2]]), "no value for 'H'"),
        (lambda: worked("newton", [[1, 2]], {"H": [[1, 1], [1, 1]]}), "has no inverse"),
        (lambda: worked("minibatch", [[[1, 2]]]), "one list of numbers"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ChalkgradError, match=message):
        call()
