"""The equation language rule by rule, each by the values of the generated module."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.language.expr import Add, Fn, Mul, Neg, Num, Pow, num
from chalkgrad.derive.language.parser import condition, equations, expression
from chalkgrad.derive.language.text import text
from chalkgrad.derive.language.tokens import MAX_NESTING

X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])  # two samples
W = np.array([[1.0, 2.0], [3.0, -4.0], [0.5, 6.0]])


def module(text: str, **more: Any) -> Any:
    """The module of equations over x[3] and W[3,2] that end in L."""
    spec = {
        "name": "a",
        "input": {"x": [3]},
        "parameters": {"W": [3, 2]},
        "equations": text,
        "loss": "L",
    }
    return run(spec | more)


def run(spec: dict[str, Any]) -> Any:
    """The generated module of a spec, after its own check of its gradients."""
    made: Any = types.ModuleType("a")
    exec(compile(numpy_module(load(spec).derive()), "a.py", "exec"), made.__dict__)
    assert max(made.self_check().values(), default=0) < 1e-9
    return made


def value(text: str, **more: Any) -> np.ndarray:
    """The tensor v of these equations for both samples; L uses every tensor there is."""
    uses = " + ".join(
        ["sum[a,b](x[a]*W[a,b])", "v[0]*0" if "v[" in text.replace("v[n]", "v") else "v*0"]
    )
    axes = {"i": 3} | more.pop("axes", {})
    made = module(f"{text}\nL = {uses}", output="v", axes=axes, **more)
    return np.asarray(made.predict(made.Params(W), X))


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("-2**2", Neg(Pow(num(2), num(2)))),
        ("1 - 2 - 3", Add((num(1), Neg(num(2)), Neg(num(3))))),
        ("2*3 + 4", Add((Mul((num(2), num(3))), num(4)))),
        ("2**-1", Pow(num(2), Neg(num(1)))),
    ],
)
def test_precedence_is_that_of_mathematics(written: str, tree: Any):
    assert text(expression(written)) == text(tree)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2**3**2", 512),
        ("-2**2", -4),
        ("8/4/2", 1),
        ("7 - 2*3", 1),
        ("0.1 + 0.2", 0.3),
        ("1e-3*1000", 1),
        (".5*2", 1),
        ("2*pi", 2 * np.pi),
        ("(1 < 2 < 3) + (1 < 3 < 2)", 1),
        ("(1 == 1 and not 2 < 1)*5", 5),
        ("(1 > 2 or 2 > 1)*5", 5),
        ("where(2 > 1 and 1 > 0, 3, 4)", 3),
        ("max(1, 2) - min(1, 2)", 1),
        ("clip(7, 0, 6)", 6),
        ("min(3, inf) + max(2, -inf)", 5),
        ("xlogy(0, 0)", 0),
        ("ln(exp(2)) + sqrt(9) + abs(-3)", 8),
    ],
)
def test_numbers(written: str, number: float):
    assert value(f"v = {written} + 0*x[0]") == pytest.approx([number] * 2, rel=1e-12, abs=1e-300)


def test_decimals_are_exact():
    (eq,) = equations("v = 0.1 + 1e-3")
    assert isinstance(eq.rhs, Add)
    assert [str(a.value) for a in eq.rhs.args if isinstance(a, Num)] == ["1/10", "1/1000"]
    assert text(eq.rhs) == "0.1 + 1e-3"


def test_the_parsed_tree_is_printed_as_written():
    for written in (
        "1 + exp(-v)",
        "sum[i | i <= t](x[i]*W[i,j])",
        "where(a > 0, a, -a)/2",
        "(k == i)",
    ):
        assert text(expression(written)).replace(" ", "") == written.replace(" ", "")


@pytest.mark.parametrize(
    ("op", "got"),
    [
        ("sum[i](x[i])", X.sum(1)),
        ("mean[i](x[i])", X.mean(1)),
        ("max[i](x[i])", X.max(1)),
        ("min[i](x[i])", X.min(1)),
        ("prod[i](x[i])", X.prod(1)),
        ("logsumexp[i](x[i])", np.log(np.exp(X).sum(1))),
        ("argmax[i](x[i]) + 0*x[0]", X.argmax(1)),
        ("sum[i | i >= 1](x[i])", X[:, 1:].sum(1)),
        ("mean[i | i >= 1](x[i])", X[:, 1:].mean(1)),
        ("max[i | i < 2](x[i])", X[:, :2].max(1)),
        ("sum[i | 0 <= i - 1 < size[i] - 1](x[i])", X[:, 1:].sum(1)),
        ("sum[i](2)*x[0]", 6 * X[:, 0]),
        ("mean[i](2)*x[0]", 2 * X[:, 0]),
        ("sum[i](x[i])/size[i]", X.mean(1)),
        ("sum[i](x[i]*(i == 2))", X[:, 2]),
    ],
)
def test_reductions(op: str, got: np.ndarray):
    assert value(f"v = {op}") == pytest.approx(got)


def test_softmax_is_read_at_the_outer_index():
    p = np.exp(X) / np.exp(X).sum(1, keepdims=True)
    assert value("v[i] = softmax[i](x[i])") == pytest.approx(p)
    assert value("v[i] = log_softmax[i](x[i])") == pytest.approx(np.log(p))


def test_equations_are_separated_by_newlines_or_semicolons_and_stand_in_any_order():
    assert value("v = u*2; u = q + 1\nq = x[0]  # a comment\n") == pytest.approx(2 * (X[:, 0] + 1))
    assert value("v = (x[0] +\n x[1])") == pytest.approx(X[:, 0] + X[:, 1])


def test_nesting_has_a_limit():
    deep = MAX_NESTING
    assert text(expression("(" * deep + "1" + ")" * deep)) == "1"
    for bad in ("(" * (deep + 1) + "1" + ")" * (deep + 1), "-" * (deep + 1) + "1"):
        with pytest.raises(ChalkgradError, match="nested more than 64 deep"):
            expression(bad)


def test_numbers_have_a_limit():
    assert isinstance(expression("1" * 40), Num)
    for bad in ("1" * 42, "1e401", "1e-401", "1e309"):
        with pytest.raises(ChalkgradError, match=r"digits|beyond"):
            expression(bad)


def test_an_error_has_line_column_caret_and_fix():
    with pytest.raises(ChalkgradError) as caught:
        equations("a = 1\nb = exq(2)")
    assert caught.value.where == "equations line 2, column 5"
    assert caught.value.what.endswith("\n    b = exq(2)\n        ^")
    assert caught.value.hint == "did you mean 'exp'?"


def test_a_condition_alone():
    assert text(condition("abs(f - t) < 1e-4")) == "abs(f - t) < 1e-4"
    with pytest.raises(ChalkgradError, match="a condition is needed"):
        condition("f - t")


def test_functions_have_defaults():
    made = expression("leaky_relu(v)")
    assert isinstance(made, Fn)
    assert text(made) == "leaky_relu(v, 0.01)"


# --- axes and indices -------------------------------------------------------------------------


def test_reading_an_axis_with_an_index_of_another_equates_their_sizes():
    assert value("u[i] = 2*x[i]\nv[j] = u[j] + x[j]").shape == (2, 3)


def test_a_twin_axis_has_the_size_of_the_other():
    got = value("v[i] = sum[h](x[h]*(h <= i))", axes={"i": 3, "h": "i"})
    assert got == pytest.approx(np.cumsum(X, 1))


def test_sizes_may_be_computed():
    got = value("v[u] = x[2*u] + x[2*u + 1]", axes={"i": 3, "u": "(i + 1)//2"})
    assert got == pytest.approx(np.stack([X[:, 0] + X[:, 1], X[:, 2]], 1))


def test_the_innermost_binding_wins():
    assert value("v[i] = x[i]*sum[i](x[i])") == pytest.approx(X * X.sum(1, keepdims=True))


def test_an_index_counts_from_zero_as_a_value():
    assert value("v[i] = x[i]*i") == pytest.approx(X * [0, 1, 2])


def test_reads_outside_the_range_are_zero():
    assert value("v[i] = x[i-1]") == pytest.approx(np.pad(X, ((0, 0), (1, 0)))[:, :3])
    assert value("v[i] = x[i+2]") == pytest.approx(np.pad(X, ((0, 0), (0, 2)))[:, 2:])
    got = value("v[i] = exp(x[i-1])")
    assert got == pytest.approx(np.exp(np.pad(X, ((0, 0), (1, 0)))[:, :3]))
    assert value("v[i] = x[2 - i]") == pytest.approx(X[:, ::-1])
    wide = value("v[u] = x[2*u - 1]", axes={"u": 3})
    assert wide == pytest.approx(np.stack([0 * X[:, 0], X[:, 1], 0 * X[:, 0]], 1))


def test_a_factor_says_the_same_as_a_read():
    read = value("v[u] = x[2*u - 1]", axes={"u": 3})
    factor = value("v[u] = sum[h](x[h]*(h == 2*u - 1))", axes={"u": 3})
    assert read == pytest.approx(factor)


def test_gathers():
    m = run(
        {
            "name": "a",
            "input": {"t": {"shape": [4], "integer": 5}},
            "parameters": {"E": [5, 2]},
            "equations": "v[m,d] = E[t[m],d]; L = sum[m,d](v[m,d]**2)",
            "output": "v",
        }
    )
    table = np.arange(10.0).reshape(5, 2)
    t = np.array([[0, 4, 4, 1]])
    assert m.predict(m.Params(table), t) == pytest.approx(table[t])
    _, cache = m.forward(m.Params(table), t)
    (grad,), inputs = m.backward(m.Params(table), cache)
    assert grad == pytest.approx(2 * table * np.array([1, 1, 0, 0, 2])[:, None])
    assert inputs == ()
    for bad in ([[0, 5, 0, 0]], [[0, -1, 0, 0]], [[0.5, 0, 0, 0]]):
        with pytest.raises(ValueError, match=r"^t: "):
            m.predict(m.Params(table), np.array(bad))


def test_a_false_bracket_is_a_strong_zero():
    assert value("v = sum[i](log(abs(x[i]) - 0.5)*(abs(x[i]) > 0.6))") == pytest.approx(
        [np.log([0.5, 1.5, 2.5]).sum(), np.log([3.5, 0.5]).sum()]
    )


def test_the_dead_branch_of_where_is_safe():
    m = module("v[i] = where(x[i] > 0, log(x[i]), x[i])\nL = sum[i](v[i]) + sum[a,b](x[a]*W[a,b])")
    loss, cache = m.forward(m.Params(0 * W), X)
    _, inputs = m.backward(m.Params(0 * W), cache)
    assert np.isfinite(loss)
    assert inputs.x == pytest.approx(np.where(X > 0, 1 / X, 1) / 2)


KINKS = {
    "abs(x[i])": 0, "sign(x[i])": 0, "relu(x[i])": 0, "leaky_relu(x[i])": 0.01, "step(x[i])": 0,
    "max(x[i], 0)": 1, "min(x[i], 0)": 1, "max(0, x[i])": 0, "clip(x[i], 0, 1)": 0,
    "where(x[i] > 0, 2*x[i], 3*x[i])": 3, "hard_tanh(x[i], 0, 1)": 0,
}  # fmt: skip


@pytest.mark.parametrize("formula", KINKS)
def test_conventions_at_corners(formula: str):
    m = module(f"L = sum[i]({formula}) + sum[a,b](x[a]*W[a,b])")
    _, cache = m.forward(m.Params(0 * W), np.zeros((1, 3)))
    assert m.backward(m.Params(0 * W), cache)[1].x.tolist() == [[KINKS[formula]] * 3]


def test_the_first_maximum_wins():
    m = module("L = max[i](x[i]) + 2*min[i](x[i]) + sum[a,b](x[a]*W[a,b])")
    _, cache = m.forward(m.Params(0 * W), np.array([[1.0, 1.0, 1.0]]))
    assert m.backward(m.Params(0 * W), cache)[1].x.tolist() == [[3, 0, 0]]


# --- batch ------------------------------------------------------------------------------------


def test_an_equation_that_mixes_samples_writes_n():
    got = value("m[i] = mean[n](x[n,i])\nv[i] = x[i] - m[i]")
    assert got == pytest.approx(X - X.mean(0))
    assert value("v[n] = x[n,0]/sum[n](x[n,1])") == pytest.approx(X[:, 0] / X[:, 1].sum())
    assert value("v = x[0]/size[n]") == pytest.approx(X[:, 0] / 2)


def test_a_twin_of_the_batch_is_a_second_sample():
    got = value("d[n,m] = sum[i](x[n,i]*x[m,i])\nv[n] = sum[m](d[n,m])", axes={"m": "n"})
    assert got == pytest.approx((X @ X.T).sum(1))


def test_a_tensor_that_reads_no_sample_has_no_batch():
    m = module("v[i] = W[i,0] + W[i,1]\nL = sum[i](x[i]*v[i])", output="v")
    assert m.predict(m.Params(W), X).shape == (3,)


@pytest.mark.parametrize("batch", ["mean", "sum"])
def test_batch_combines_only_a_loss_with_samples(batch: str):
    per_sample = module("L = sum[i,j](x[i]*W[i,j])", batch=batch)
    want = (X @ W).sum(1)
    assert per_sample.forward(per_sample.Params(W), X)[0] == pytest.approx(getattr(np, batch)(want))
    whole = module("v[n] = sum[i,j](x[n,i]*W[i,j])\nL = max[n](v[n])", batch=batch)
    assert whole.forward(whole.Params(W), X)[0] == pytest.approx(want.max())


# --- structure --------------------------------------------------------------------------------


def test_a_recurrence_reads_zero_before_the_start():
    got = value("v[i] = 0.5*v[i-1] + x[i]")
    want = np.zeros_like(X)
    for t in range(3):
        want[:, t] = X[:, t] + (0.5 * want[:, t - 1] if t else 0)
    assert got == pytest.approx(want)


def test_a_recurrence_may_start_elsewhere_run_backwards_and_be_mutual():
    start = value("v[i] = 0.5*v[i-1] + x[i]; s = x[2]", initial={"v": "s"})
    assert start[:, 0] == pytest.approx(X[:, 0] + 0.5 * X[:, 2])
    back = value("v[i] = 0.5*v[i+1] + x[i]")
    assert back[:, 1] == pytest.approx(X[:, 1] + 0.5 * X[:, 2])
    two = value("v[i] = u[i-1] + x[i]; u[i] = 2*v[i] + u[i-1]")
    assert two[:, 1] == pytest.approx(X[:, 1] + 2 * X[:, 0])


def test_facts_about_data_are_checked():
    spec = {
        "name": "a",
        "input": {"x": [3]},
        "target": {"y": {"shape": [3], "fact": "distribution"}},
        "parameters": {"W": [3, 3]},
        "equations": "z[k] = sum[i](x[i]*W[i,k]); p[k] = softmax[k](z[k]); "
        "L = -sum[k](y[k]*log(p[k]))",
        "output": "p",
    }
    m = run(spec)
    params = m.Params(np.eye(3))
    y = np.array([[0.2, 0.3, 0.5], [1, 0, 0]])
    _, cache = m.forward(params, X, y)
    p = m.predict(params, X)
    assert pytest.approx(X.T @ (p - y) / 2) == m.backward(params, cache)[0].W
    with pytest.raises(ValueError, match=r"^y: .*sum 1"):
        m.forward(params, X, 2 * y)


def test_constants_are_neither_trained_nor_batched():
    m = module(
        "v[i] = x[i]*M[i]\nL = sum[i](v[i]) + sum[a,b](x[a]*W[a,b])",
        constants={"M": {"shape": [3], "value": [1, 0, 2]}},
        output="v",
    )
    assert m.predict(m.Params(W), X) == pytest.approx(X * [1, 0, 2])
    assert m.Params._fields == ("W",)


@pytest.mark.parametrize("output", ["v", "u", "L"])
def test_output_names_any_tensor_that_reads_no_target(output: str):
    m = module("v[j] = sum[i](x[i]*W[i,j]); u = v[0] - v[1]; L = u**2", output=output)
    v = X @ W
    want = {"v": v, "u": v[:, 0] - v[:, 1], "L": (v[:, 0] - v[:, 1]) ** 2}[output]
    assert m.predict(m.Params(W), X) == pytest.approx(want)


def test_several_outputs_come_in_their_order():
    m = module("v[j] = sum[i](x[i]*W[i,j]); u = v[0] - v[1]; L = u**2", output=["u", "v"])
    u, v = m.predict(m.Params(W), X)
    assert v == pytest.approx(X @ W)
    assert u == pytest.approx(v[:, 0] - v[:, 1])


def test_a_network_that_is_its_loss_alone_predicts_the_loss():
    m = module("L = (sum[i,j](x[i]*W[i,j]) - y)**2", target={"y": []})
    y = np.array([1.0, 2.0])
    want = ((X @ W).sum(1) - y) ** 2
    assert m.predict(m.Params(W), X, y) == pytest.approx(want)
    assert m.forward(m.Params(W), X, y)[0] == pytest.approx(want.mean())


def test_the_default_output_is_the_last_tensor_before_the_loss():
    m = module("v[j] = sum[i](x[i]*W[i,j]); u = v[0] - v[1]; L = u**2")
    assert m.predict(m.Params(W), X) == pytest.approx((X @ W) @ [1, -1])


def test_several_inputs_and_targets():
    m = run(
        {
            "name": "a",
            "input": {"x": [3], "k": {"shape": [], "integer": 2}, "s": []},
            "target": {"y": [], "z": [2]},
            "parameters": {"W": [3, 2]},
            "equations": "v[j] = s*sum[i](x[i]*W[i,j])\nu = v[k]\n"
            "L = (u - y)**2 + sum[j]((v[j] - z[j])**2)",
            "output": "u",
        }
    )
    k, s = np.array([1, 0]), np.array([2.0, 3.0])
    y, z = np.array([1.0, 2.0]), np.ones((2, 2))
    v = s[:, None] * (X @ W)
    u = v[[0, 1], k]
    assert m.predict(m.Params(W), X, k, s) == pytest.approx(u)
    loss, cache = m.forward(m.Params(W), X, k, s, y, z)
    assert loss == pytest.approx(((u - y) ** 2 + ((v - z) ** 2).sum(1)).mean())
    assert m.backward(m.Params(W), cache)[1]._fields == ("x", "s")


def test_an_equation_with_hundreds_of_terms_and_a_long_chain():
    terms = " + ".join(f"{k % 7}*x[{k % 3}]" for k in range(400))
    assert value(f"v = {terms}").shape == (2,)


# --- definitions ------------------------------------------------------------------------------

SCALE = {
    "options": {"units": "integer", "bias": True, "gain": {"default": False}},
    "input": {"x": ["...", "i"]},
    "axes": {"j": "units"},
    "parameters": {
        "W": ["i", "j"],
        "b": {"shape": ["j"], "if": "bias"},
        "g": {"shape": ["j"], "if": "gain"},
    },
    "equations": "v[...,j] = sum[i](x[...,i]*W[i,j])*g[j] + b[j]",
    "output": "v",
}


@pytest.mark.parametrize("shape", [[3], [4, 3], [2, 4, 3]])
def test_an_ellipsis_stands_for_the_leading_axes(shape: list[int]):
    spec = {
        "name": "a",
        "input": {"x": shape},
        "define": {"f": SCALE},
        "layers": [{"f": {"units": 2}}],
    }
    m = run(spec)
    assert m.Params._fields == ("W0", "b0")
    x = np.random.default_rng(0).standard_normal((5, *shape))
    got = m.predict(m.Params(W, np.ones(2)), x)
    assert got == pytest.approx(x @ W + 1)


def test_an_absent_parameter_takes_its_term_or_factor_with_it():
    options = {"units": 2, "bias": False}
    spec = {"name": "a", "input": {"x": [3]}, "define": {"f": SCALE}, "layers": [{"f": options}]}
    m = run(spec)
    assert m.Params._fields == ("W0",)
    assert m.predict(m.Params(W), X) == pytest.approx(X @ W)
    m = run(spec | {"layers": [{"f": options | {"gain": True}}]})
    assert m.predict(m.Params(W, np.full(2, 3.0)), X) == pytest.approx(3 * X @ W)
