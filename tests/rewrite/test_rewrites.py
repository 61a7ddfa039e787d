"""The rows for reductions that are not sums, and the recognised stable forms, are proved."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from chalkgrad import network_from_equations
from chalkgrad.derive.chainrule.calculus import partials
from chalkgrad.derive.language.expr import Fn, Normal, Read, Reduce, fresh_index
from chalkgrad.derive.language.text import text
from tests.targets.numpy.scalar_oracle import evaluate

K = 3
A = sympy.symbols("a0:3", real=True)


def test_softmax_row():
    total = sum(map(sympy.exp, A))
    p = [sympy.exp(a) / total for a in A]
    for i in range(K):
        for j in range(K):
            row = p[i] * (sympy.KroneckerDelta(i, j) - p[j])
            assert sympy.simplify(sympy.diff(p[i], A[j]) - row) == 0


def test_log_softmax_row():
    total = sum(map(sympy.exp, A))
    logp = [a - sympy.log(total) for a in A]
    for i in range(K):
        for j in range(K):
            row = sympy.KroneckerDelta(i, j) - sympy.exp(logp[j])
            assert sympy.simplify(sympy.diff(logp[i], A[j]) - row) == 0


def test_logsumexp_row():
    value = sympy.log(sum(map(sympy.exp, A)))
    for j in range(K):
        assert sympy.simplify(sympy.diff(value, A[j]) - sympy.exp(A[j] - value)) == 0


def test_product_row():
    value = A[0] * A[1] * A[2]
    for j in range(K):
        others = sympy.Mul(*(a for k, a in enumerate(A) if k != j))
        assert sympy.expand(sympy.diff(value, A[j]) - others) == 0


def test_the_engine_uses_these_rows():
    i, at = fresh_index("i", "k"), fresh_index("k", "k")
    read = Read("a", (i,))
    diagonal, off = partials(Normal("softmax", (at,), (i,), read))
    assert (diagonal.read, diagonal.bound) == (Read("a", (at,)), ())
    assert diagonal.coefficient == Fn("__output__", (at,))
    assert off.bound == (i,)
    (lse,) = partials(Reduce("logsumexp", (i,), read))
    assert text(lse.coefficient).startswith("exp(a[i] - logsumexp[")
    (prod,) = partials(Reduce("prod", (i,), read))
    assert "not" in text(prod.coefficient)


FORMS = {
    "log(1 + exp(x[i]))": "softplus(x[n,i])",
    "log(exp(x[i]) + 1)": "softplus(x[n,i])",
    "log(1 + exp(-x[i]))": "softplus(-x[n,i])",
    "1 / (1 + exp(-x[i]))": "sigmoid(x[n,i])",
    "1 / (1 + exp(x[i]))": "sigmoid(-x[n,i])",
    "exp(x[i]) / (1 + exp(x[i]))": "sigmoid(x[n,i])",
    "log(1 / (1 + exp(-x[i])))": "log_sigmoid(x[n,i])",
    "log(1 - 1 / (1 + exp(-x[i])))": "log_sigmoid(-x[n,i])",
    "exp(x[i]) / sum[j](exp(x[j]))": "softmax",
    "log(exp(x[i]) / sum[j](exp(x[j])))": "log_softmax",
    "x[i] - log(sum[j](exp(x[j])))": "logsumexp",
}


@pytest.mark.parametrize("form", FORMS)
def test_form_is_recognised_and_keeps_its_value(form):
    network = network_from_equations(
        f"z[i] = {form}\nL = sum[i](z[i]*r[i])",
        inputs={"x": ["i"]}, targets={"r": ["i"]}, parameters={}, axes={"i": 4, "j": "i"},
        loss="L", output="z",
    )  # fmt: skip
    shown = "; ".join(text(e.rhs) for e in network.equations)
    assert FORMS[form] in shown
    rng = np.random.default_rng(3)
    x, r = rng.standard_normal((2, 4)), rng.standard_normal((2, 4))
    sizes = {a: 4 for a in network.sizes} | {"n": 2}
    stable = evaluate(network.equations, {"x": x, "r": r}, sizes)
    e = np.exp(x)
    total = e.sum(axis=1, keepdims=True)
    with np.errstate(all="raise"):
        want = {
            "softplus(x[n,i])": np.log(1 + e), "softplus(-x[n,i])": np.log(1 + 1 / e),
            "sigmoid(x[n,i])": e / (1 + e), "sigmoid(-x[n,i])": 1 / (1 + e),
            "log_sigmoid(x[n,i])": np.log(e / (1 + e)), "log_sigmoid(-x[n,i])": -np.log(1 + e),
            "softmax": e / total, "log_softmax": np.log(e / total),
            "logsumexp": x - np.log(total),
        }[FORMS[form]]  # fmt: skip
    assert np.abs(stable["z"] - want).max() < 1e-14


def test_board_keeps_what_was_written():
    network = network_from_equations(
        "z[i] = log(1 + exp(x[i]))\nL = sum[i](z[i])",
        inputs={"x": ["i"]}, parameters={}, axes={"i": 4}, loss="L",
    )  # fmt: skip
    eq = network.equations[0]
    assert eq.board is not None
    assert text(eq.board) == "log(1 + exp(x[n,i]))"
    assert text(eq.rhs) == "softplus(x[n,i])"


def test_a_binary_cross_entropy_is_recognised():
    """softplus(v) − t·v = t·softplus(−v) + (1 − t)·softplus(v), for a target t and nothing else."""
    v, t = sympy.symbols("v t", real=True)

    def soft(u):
        return sympy.log(1 + sympy.exp(u))

    gap = soft(v) - t * v - t * soft(-v) - (1 - t) * soft(v)
    assert sympy.simplify(sympy.expand_log(gap.subs(soft(-v), soft(v) - v), force=True)) == 0
    assert sympy.simplify(sympy.exp(soft(-v)) - sympy.exp(soft(v) - v)) == 0
    for form in ("softplus(x[i]) - r[i]*x[i]", "log(1 + exp(x[i])) - x[i]*r[i]"):
        network = network_from_equations(
            f"l[i] = {form}\nL = sum[i](l[i])", output="x",
            inputs={"x": ["i"]}, targets={"r": ["i"]}, parameters={}, axes={"i": 4}, loss="L",
        )  # fmt: skip
        want = "r[n,i]*softplus(-x[n,i]) + (1 - r[n,i])*softplus(x[n,i])"
        assert text(network.equations[0].rhs) == want
        assert text(network.equations[0].board) == form.replace("[i]", "[n,i]")
    other = network_from_equations(
        "L = sum[i](softplus(x[i]) - w*x[i])", inputs={"x": ["i"]}, parameters={"w": []},
        axes={"i": 4}, loss="L",
    )  # fmt: skip
    assert "softplus(-" not in "; ".join(text(e.rhs) for e in other.equations)
