"""The rows for reductions that are not sums, and the recognised stable forms, are proved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from chalkgrad import load, network_from_equations
from chalkgrad.codegen.lowering.prepare import stable_network
from chalkgrad.codegen.targets.loading import module_from
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.chainrule.calculus import partials
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.language.expr import Fn, Normal, Read, Reduce, fresh_index
from chalkgrad.derive.language.text import text
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.pipeline import derive
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


def test_the_rows_of_two_exponentials() -> None:
    a, b = sympy.symbols("a b", real=True)
    ea, eb = sympy.exp(a), sympy.exp(b)
    d = a - b
    assert sympy.simplify(ea / (ea + eb) - 1 / (1 + sympy.exp(-d))) == 0
    assert sympy.simplify((ea - eb) / (ea + eb) - sympy.tanh(d / 2).rewrite(sympy.exp)) == 0
    softplus = sympy.log(1 + sympy.exp(-d))
    assert sympy.simplify(sympy.exp(sympy.expand_log(a + softplus)) - (ea + eb)) == 0


def test_the_engine_uses_these_rows():
    i, at = fresh_index("i", "k"), fresh_index("k", "k")
    read = Read("a", (i,))
    diagonal, off = partials(Normal("softmax", (at,), (i,), read), whole=True)
    assert (diagonal.read, diagonal.bound) == (Read("a", (at,)), ())
    assert diagonal.coefficient == Fn("__output__", (at,))
    assert off.bound == (i,)
    (lse,) = partials(Reduce("logsumexp", (i,), read))
    assert text(lse.coefficient).startswith("exp(a[i] - logsumexp[")
    (prod,) = partials(Reduce("prod", (i,), read))
    assert "not" in text(prod.coefficient)


FORMS = {  # as people write it -> what the code computes; all of z are finite at any x
    "log(1 + exp(x[i]))": "softplus(x[n,i])",
    "log(exp(x[i]) + 1)": "softplus(x[n,i])",
    "log(1 + exp(-x[i]))": "softplus(-x[n,i])",
    "log1p(exp(x[i]))": "softplus(x[n,i])",
    "1 / (1 + exp(-x[i]))": "sigmoid(x[n,i])",
    "(1 + exp(-x[i]))**-1": "sigmoid(x[n,i])",
    "1 / (1 + exp(x[i]))": "sigmoid(-x[n,i])",
    "exp(x[i]) / (1 + exp(x[i]))": "sigmoid(x[n,i])",
    "exp(x[i]) / (exp(x[i]) + exp(-x[i]))": "sigmoid(2*x[n,i])",
    "exp(x[i]) / (exp(s[i]) + exp(x[i]))": "sigmoid(x[n,i] - s[n,i])",
    "(1 - exp(-2*x[i])) / (1 + exp(-2*x[i]))": "tanh(x[n,i])",
    "(exp(x[i]) - 1) / (exp(x[i]) + 1)": "tanh(x[n,i] / 2)",
    "(exp(x[i]) - exp(-x[i])) / (exp(x[i]) + exp(-x[i]))": "tanh(x[n,i])",
    "log(exp(x[i]) + exp(s[i]))": "x[n,i] + softplus(s[n,i] - x[n,i])",
    "log(exp(x[i]) + exp(s[i]) + exp(-x[i]))": "softplus(-x[n,i] - (x[n,i] + softplus(",
    "log(1 / (1 + exp(-x[i])))": "log_sigmoid(x[n,i])",
    "log(1 - 1 / (1 + exp(-x[i])))": "log_sigmoid(-x[n,i])",
    "log1p(-sigmoid(x[i]))": "log_sigmoid(-x[n,i])",
    "exp(log(sigmoid(x[i])))": "sigmoid(x[n,i])",
    "log(exp(x[i]))": "x[n,i]",
    "exp(x[i]) / sum[j](exp(x[j]))": "softmax",
    "log(exp(x[i]) / sum[j](exp(x[j])))": "log_softmax",
    "exp(log_softmax[i](x[i]))": "softmax",
    "x[i] - log(sum[j](exp(x[j])))": "logsumexp",
    "x[i] - log(mean[j](exp(x[j])))": "logsumexp",
}
NAMED = {  # the same behind names: lines ahead of z
    "e[i] = exp(-x[i])": ("1 / (1 + e[i])", "sigmoid(x[n,i])"),
    "d[i] = 1 + exp(-x[i])": ("1 / d[i]", "sigmoid(x[n,i])"),
    "e[i] = exp(x[i])": ("(e[i] - 1) / (e[i] + 1)", "tanh(x[n,i] / 2)"),
    "p[i] = sigmoid(x[i])": ("log(1 - p[i])", "log_sigmoid(-x[n,i])"),
    "p[i] = 1/(1 + exp(-x[i])); q[i] = 1 - p[i]": ("log(q[i])", "log_sigmoid(-x[n,i])"),
    "a[i] = exp(x[i]); b[i] = exp(s[i]); t[i] = a[i] + b[i]": (
        "log(t[i])", "x[n,i] + softplus(s[n,i] - x[n,i])"
    ),
    "e[i] = exp(x[i]); s1 = sum[j](e[j])": ("log(e[i]/s1)", "log_softmax"),
}  # fmt: skip
CASES = [("", form, shown) for form, shown in FORMS.items()]
CASES += [(lines, form, shown) for lines, (form, shown) in NAMED.items()]


def network_of(equations: str, **more: Any) -> Network:
    given = {"inputs": {"x": ["i"], "s": ["i"]}, "targets": {"r": ["i"]}, "parameters": {},
             "axes": {"i": 4, "j": "i"}, "output": "", **more}  # fmt: skip
    inputs = {k: v for k, v in given["inputs"].items() if f"{k}[" in equations}
    return network_from_equations(equations, loss="L", **{**given, "inputs": inputs})


def code(network: Network) -> str:
    return "; ".join(text(e.rhs) for e in stable_network(network).equations)


@pytest.mark.parametrize(("lines", "form", "shown"), CASES)
def test_a_form_is_recognised_and_keeps_its_value(lines: str, form: str, shown: str) -> None:
    network = network_of(f"{lines}\nz[i] = {form}\nL = sum[i](z[i]*r[i])")
    assert shown in code(network)
    rng = np.random.default_rng(3)
    data = {name: rng.standard_normal((2, 4)) for name in ("x", "s", "r")}
    sizes = {a: 4 for a in network.sizes} | {"n": 2}
    stable = evaluate(stable_network(network).equations, data, sizes)
    written = evaluate(network.equations, data, sizes)
    assert np.abs(stable["z"] - written["z"]).max() < 1e-14


@pytest.mark.parametrize(("lines", "form", "shown"), CASES)
def test_a_form_is_finite_where_its_exponentials_are_not(lines: str, form: str, shown: str) -> None:
    network = network_of(f"{lines}\nz[i] = {form}\nL = sum[i](z[i]*r[i])")
    module = module_from(numpy_module(derive(network)), "forms")
    x = np.array([[1000.0, -1000.0, 999.0, 0.0], [-1000.0, -1000.0, -998.0, -1000.0]])
    data = [x, x[::-1]] if "s" in {t.name for t in network.inputs} else [x]
    with np.errstate(all="raise", under="ignore"):
        loss, cache = module.forward(module.Params(), *data, np.ones((2, 4)))
        _, slopes = module.backward(module.Params(), cache)
    assert np.isfinite(loss)
    assert all(np.isfinite(slope).all() for slope in slopes)


def test_exponentials_of_minus_infinity_stay_as_they_are() -> None:
    """ln(0 + exp(b)) is b; −inf + softplus(b + inf) would be no number."""
    network = network_of("a[i] = where(x[i] > 0, x[i], -inf)\nz[i] = log(exp(a[i]) + exp(s[i]))\n"
                         "L = sum[i](z[i]*r[i])")  # fmt: skip
    assert "softplus" not in code(network)


def test_the_equations_stay_as_they_were_written() -> None:
    network = network_of("z[i] = log(1 + exp(x[i]))\nL = sum[i](z[i])", targets={})
    assert text(network.equations[0].rhs) == "log(1 + exp(x[n,i]))"
    assert text(derive(network).forward[0].rhs) == "log(1 + exp(x[n,i]))"
    assert text(stable_network(network).equations[0].rhs) == "softplus(x[n,i])"


LOSSES = {
    "-r[i]*log(p[i]) - (1 - r[i])*log(1 - p[i])": 0.0,
    "-xlogy(r[i], p[i]) - xlogy(1 - r[i], 1 - p[i])": 0.0,
    "-(r[i]*log(p[i]) + (1 - r[i])*log1p(-p[i]))": 0.0,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_on_probabilities_is_computed_on_logits(loss: str) -> None:
    """At p = σ(±1000), which is 1 and 0, the loss is 0 for the right target and 1000 otherwise."""
    network = network_of(f"p[i] = sigmoid(x[i])\nl[i] = {loss}\nL = sum[i](l[i])")
    module = module_from(numpy_module(derive(network)), "losses")
    x = np.array([[1000.0, -1000.0, 1000.0, 0.0]])
    r = np.array([[1.0, 0.0, 0.0, 1.0]])
    with np.errstate(all="raise", under="ignore"):
        got, cache = module.forward(module.Params(), x, r)
        _, slopes = module.backward(module.Params(), cache)
    assert got == pytest.approx(1000 + np.log(2), rel=1e-15)
    assert slopes.x == pytest.approx(np.array([[0.0, 0.0, 1.0, -0.5]]), abs=1e-15)


@pytest.mark.parametrize(
    "loss", ["-sum[i](xlogy(r[i], p[i]))", "-sum[i](r[i]*log(p[i]))",
             "-sum[i](xlogy(r[i], softmax[i | i > 0](x[i])))"],
)  # fmt: skip
def test_no_target_is_no_loss_where_a_softmax_leaves_an_entry_out(loss: str) -> None:
    """0 log 0 = 0, although log-softmax is −∞ there."""
    lines = "p[i] = softmax[i | i > 0](x[i])\n" if "p[i]" in loss else ""
    module = module_from(numpy_module(derive(network_of(f"{lines}L = {loss}"))), "masked")
    with np.errstate(all="raise"):
        got, cache = module.forward(module.Params(), np.ones((1, 4)), np.array([[0, 0.5, 0.5, 0]]))
        _, slopes = module.backward(module.Params(), cache)
    assert got == pytest.approx(np.log(3), rel=1e-15)
    assert slopes.x == pytest.approx(np.array([[0, 1 / 3 - 0.5, 1 / 3 - 0.5, 1 / 3]]), abs=1e-15)


def test_a_binary_cross_entropy_is_recognised() -> None:
    """softplus(v) − t·v = t·softplus(−v) + (1 − t)·softplus(v), for a target t and nothing else."""
    v, t = sympy.symbols("v t", real=True)

    def soft(u: Any) -> Any:
        return sympy.log(1 + sympy.exp(u))

    gap = soft(v) - t * v - t * soft(-v) - (1 - t) * soft(v)
    assert sympy.simplify(sympy.expand_log(gap.subs(soft(-v), soft(v) - v), force=True)) == 0
    assert sympy.simplify(sympy.exp(soft(-v)) - sympy.exp(soft(v) - v)) == 0
    for form in ("softplus(x[i]) - r[i]*x[i]", "log(1 + exp(x[i])) - x[i]*r[i]"):
        network = network_of(f"l[i] = {form}\nL = sum[i](l[i])")
        want = "r[n,i]*softplus(-x[n,i]) + (1 - r[n,i])*softplus(x[n,i])"
        assert text(stable_network(network).equations[0].rhs) == want
    other = network_of("L = sum[i](softplus(x[i]) - w*x[i])", parameters={"w": []}, targets={})
    assert "softplus(-" not in code(other)


def test_a_mean_beside_the_sizes_of_its_indices_is_the_sum() -> None:
    """The gradient of log(mean) was divided by mean · size, and the mean by the size once more."""
    net = load({
        "name": "cosh", "axes": {"i": 2, "j": 3}, "input": {"x": ["i", "j"]},
        "equations": "L = log(mean[i,j](cosh(x[i,j])))", "loss": "L",
    })  # fmt: skip
    (step,) = [s for s in per_sample(derive(net)).steps if s.of == "x"]
    assert text(step.equation.rhs) == "sinh(x[i,j]) / sum[i,j](cosh(x[i,j]))"
