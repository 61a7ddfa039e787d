"""The SymPy view of a gradient, the letters every printer shares, and the numbers beneath them."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from chalkgrad import load
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.chain import chain_form
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.forms.views import view
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import Idx, Normal, Reduce, replace, walk
from chalkgrad.derive.language.parser import equations as parse
from chalkgrad.derive.language.text import text
from chalkgrad.derive.network.assemble import assemble, declare, declare_axes
from chalkgrad.derive.network.resolve import Draft, Scope
from chalkgrad.derive.pipeline import derive, network_from_equations
from chalkgrad.derive.values.numbers import evaluator, numbers_of

MLP = """v0[j] = sum[i](x[i]*W0[i,j]) + b0[j]
y0[j] = sigmoid(v0[j])
v1[k] = sum[j](y0[j]*W1[j,k]) + b1[k]
y1[k] = sigmoid(v1[k])
l[k] = (y[k] - y1[k])**2 / size[k]
L = sum[k](l[k])"""
# the worked example of lecture 000 (F, 2-3-2)
VALUES = {
    "x": [0.3, 0.7], "y": [1, 0], "W0": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "b0": [0.2, 0.25, 0.3],
    "W1": [[0.3, 0.4], [0.5, 0.6], [0.7, 0.8]], "b1": [0.3, 0.35],
}  # fmt: skip
RECURRENT = """h[t,j] = tanh(sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j]) + b[j])
z[k] = sum[t,j](h[t,j]*W[j,k])
p[k] = exp(z[k])/sum[q](exp(z[q]))
L = -sum[k](y[k]*log(p[k]))"""
POOLING = """a[o,i] = sum[p](x[2*i + p - 1]*K[o,p])
m[o,u] = max[q | u+q < 4](a[o,u+q])
c[o] = mean[u](m[o,u])
s[o] = (m[o,0]-c[o])/sqrt(mean[u]((m[o,u]-c[o])**2) + 0.01)
L = sum[o](s[o]**2) + logsumexp[o](c[o])"""
MANY = """a[i] = leaky_relu(x[i])*gelu(w[i]) + where(w[i] > 0.2, sqrt(w[i] - 0.2), w[i]**3)
r[j] = prod[i](a[i] + j*w[i]) + clip(a[j], -0.3, 0.3)
q[i] = softmax[i](r[i]*w[i])
L = sum[i,j | i <= j](q[i]*xlogy(a[j]**2, 1 + a[i]**2)) + softplus(-max(a[0], a[1]))"""
BATCH_NORM = """mu[d] = mean[n](x[n,d])
s[d] = mean[n]((x[n,d] - mu[d])**2)
z[n,d] = (x[n,d] - mu[d])/sqrt(s[d] + 0.01)*g[d]
L = sum[d](z[d]**3)"""
TIED = """h[j] = tanh(sum[i](x[i]*E[i,j]))
r[i] = sum[j](h[j]*E[i,j])
L = sum[i]((r[i] - x[i])**2)"""


def mlp(**extra):
    return network_from_equations(
        MLP, inputs={"x": [2]}, targets={"y": [2]},
        parameters={"W0": [2, 3], "b0": [3], "W1": [3, 2], "b1": [2]}, loss="L", output="y1",
        **extra,
    ).derive()  # fmt: skip


def recurrent():
    return network_from_equations(
        RECURRENT, inputs={"x": [4, 2]}, targets={"y": ([3], "distribution")},
        parameters={"U": [2, 3], "b": [3], "V": [3, 3], "W": [3, 3]}, loss="L", output="p",
    ).derive()  # fmt: skip


def pooling():
    return network_from_equations(
        POOLING, inputs={"x": [8]}, parameters={"K": [3, 3]}, loss="L", output="s",
        axes={"i": 4, "q": 2, "u": 3, "p": 3},
    ).derive()  # fmt: skip


def plain(equations, inputs, parameters, output):
    return network_from_equations(
        equations, inputs=inputs, parameters=parameters, loss="L", output=output
    ).derive()


def embedding():
    """An integer input that gathers rows, and a recurrence of two tensors with a start value."""
    draft = Draft()
    declare(draft, Scope(), "t", "input", ["s"], integer="v")
    declare(draft, Scope(), "y", "target", ["d"])
    for name, shape in (("E", ["v", "d"]), ("A", ["d", "d"]), ("c0", ["d"])):
        declare(draft, Scope(), name, "parameter", shape)
    declare_axes(draft, Scope(), {"s": 3, "v": 3, "d": 2})
    draft.equations = [
        (Scope(), eq)
        for eq in parse(
            """g[s,d] = sigmoid(E[t[s],d] + sum[m](h[s-1,m]*A[m,d]))
            c[s,d] = g[s,d]*where(s >= 1, c[s-1,d], c0[d]) + E[t[s],d]
            h[s,d] = tanh(c[s,d])
            L = sum[s,d]((h[s,d] - y[d])**2)"""
        )
    ]
    network = assemble(draft, name="gather", loss="L", output="h")
    return derive(network)


CASES = {
    "embedding": embedding,
    "mlp": mlp,
    "recurrent": recurrent,
    "pooling": pooling,
    "tied": lambda: plain(TIED, {"x": [4]}, {"E": [4, 3]}, "r"),
    "many functions": lambda: plain(MANY, {"x": [3]}, {"w": [3]}, "q"),
    "batch statistics": lambda: plain(BATCH_NORM, {"x": [2]}, {"g": [2]}, "z"),
}


# -- numbers --------------------------------------------------------------------------------------


def random_values(d, batch):
    rng = np.random.default_rng(2)
    made = {}
    for t in d.network.tensors.values():
        if t.integer:
            made[t.name] = rng.integers(0, 3, size=(batch, 3))
        elif t.kind != "variable":
            made[t.name] = rng.normal(
                size=[batch if a == "n" else d.network.sizes[a] for a in t.axes]
            )
            if t.fact:
                made[t.name] = np.abs(made[t.name])
                made[t.name] /= made[t.name].sum(axis=-1, keepdims=True)
    return made


@pytest.mark.parametrize("name", CASES)
def test_adjoints_agree_with_finite_differences(name):
    d = CASES[name]()
    values = random_values(d, 3)
    found = numbers_of(d, values)
    gradients = {w: found[d.adjoint(w)] for w in d.wanted}
    largest = max(np.abs(g).max() for g in gradients.values())
    assert largest > 1e-3
    for wanted, got in gradients.items():
        expected = np.zeros_like(got)
        for at in np.ndindex(got.shape):
            sides = []
            for step in (1e-5, -1e-5):
                moved = {k: v.copy() for k, v in values.items()}
                moved[wanted][at] += step
                sides.append(numbers_of(d, moved)[d.of])
            expected[at] = (sides[0] - sides[1]) / 2e-5
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7 * largest, err_msg=wanted)


def test_the_worked_example_of_the_lecture():
    d = mlp(values=VALUES)
    found = numbers_of(d, VALUES)
    np.testing.assert_allclose(found["y1"], [[0.7860955264, 0.8247933053]], atol=1e-10)
    assert found["loss"] == pytest.approx(0.3630195601, abs=1e-10)
    np.testing.assert_allclose(
        view(d, "W0").value,
        [[0.0025940646, 0.0036074476, 0.0044861422], [0.0060528174, 0.0084173777, 0.0104676652]],
        atol=1e-10,
    )
    shown = view(d, "b1").numbers.expr
    assert shown.rhs.shape == (1, 2)
    assert [float(v) for v in shown.rhs] == pytest.approx([-0.0359678982, 0.1191903105], abs=1e-10)


def test_several_samples_are_one_gradient_of_the_batch():
    two = {**VALUES, "x": [VALUES["x"]] * 2, "y": [VALUES["y"]] * 2}
    one, both = view(mlp(values=VALUES), "W0").value, view(mlp(values=two), "W0").value
    np.testing.assert_allclose(both, one, rtol=1e-13)


def test_the_first_maximum_wins_and_reads_outside_are_zero():
    d = network_from_equations(
        "m[u] = max[q](x[u + q - 1]*w[q])\nL = sum[u](m[u])", inputs={"x": [3]},
        parameters={"w": [2]}, axes={"u": 4}, loss="L", output="m",
    ).derive()  # fmt: skip
    found = numbers_of(per_sample(d), {"x": [2.0, 2.0, -1.0], "w": [1.0, 1.0]})
    np.testing.assert_array_equal(found["m"], [2.0, 2.0, 2.0, 0.0])
    np.testing.assert_array_equal(found["dx"], [2.0, 1.0, 0.0])


def test_a_false_bracket_is_zero_times_anything():
    d = plain(
        "a[i] = (i == 0)*log(x[i])/x[i] + w[i]\nL = sum[i](a[i])", {"x": [2]}, {"w": [2]}, "a"
    )
    found = numbers_of(per_sample(d), {"x": [1.0, 0.0], "w": [1.0, 2.0]})
    np.testing.assert_array_equal(found["a"], [1.0, 2.0])
    np.testing.assert_array_equal(found["dx"], [1.0, 0.0])


def test_a_missing_value_and_a_wrong_shape_are_named():
    d = mlp()
    with pytest.raises(ChalkgradError, match="no value for the parameter 'b0'"):
        numbers_of(d, {k: v for k, v in VALUES.items() if k != "b0"})
    with pytest.raises(ChalkgradError, match=r"'b0' has the shape \(2,\), expected \(3\)"):
        numbers_of(d, {**VALUES, "b0": [1, 2]})
    with pytest.raises(ChalkgradError, match="no worked example"):
        view(d, "W0").numbers  # noqa: B018


# -- letters --------------------------------------------------------------------------------------


def lettered(eq):
    given = letters(eq)
    named = {i: Idx(name, i.axis, i.uid) for i, name in given.items()}
    return [given[i] for i in eq.indices], text(replace(eq.rhs, named))


def test_two_indices_that_are_alive_together_have_two_letters():
    left, right = lettered(per_sample(recurrent()).step("h").equation)
    assert left == ["t", "j"]
    assert right == "sum[m](dh[t + 1,m]*(1 - h[t + 1,m]**2)*V[j,m]) + sum[k](dz[k]*W[j,k])"


def test_an_axis_without_a_name_gets_a_letter():
    left, right = lettered(per_sample(pooling()).step("x").equation)
    assert left == ["j"]
    assert right == "sum[o,i,p](da[o,i]*(j == 2*i + p - 1)*K[o,p])"


def test_softmax_binds_the_letter_it_is_read_at():
    d = plain(
        "z[k] = x[k]*w[k]\np[k] = softmax[k](z[k])\nL = sum[k](p[k]**2)",
        {"x": [3]},
        {"w": [3]},
        "p",
    )
    eq = next(e for e in d.forward if isinstance(e.rhs, Normal))
    assert lettered(eq) == (["n", "k"], "softmax[k](z[n,k])")


@pytest.mark.parametrize("name", CASES)
def test_letters_are_unambiguous_and_legal(name):
    d = CASES[name]()
    for eq in (*d.forward, *(s.equation for s in d.steps), *per_sample(d).forward):
        given = letters(eq)
        left = [given[i] for i in eq.indices]
        assert len(set(left)) == len(left)
        for e in walk(eq.rhs):
            if isinstance(e, Reduce):
                inner = [given[i] for i in e.idxs]
                assert len(set(inner)) == len(inner)
                assert not set(inner) & set(left), eq.name
                around = {given[i] for x in walk(e.body) if isinstance(x, Reduce) for i in x.idxs}
                assert not set(inner) & around
        _, right = lettered(eq)
        parse(f"{eq.name}[{','.join(left)}] = {right}" if left else f"{eq.name} = {right}")


# -- the four levels ------------------------------------------------------------------------------


def test_the_chain_goes_from_the_loss_to_the_parameter():
    d = mlp()
    assert str(view(d, "W0").chain) == "∂L/∂W0 = ∂L/∂y1*∂y1/∂v1*∂v1/∂y0*∂y0/∂v0*∂v0/∂W0"
    assert str(view(d, "W0").chain_to("reuse")) == "∂L/∂W0 = ∂L/∂v0*∂v0/∂W0"
    shown = view(d, "W0").chain_to("reuse", ["W1", "b1", "v1"])
    assert str(shown) == "∂L/∂W0 = ∂L/∂v1*∂v1/∂y0*∂y0/∂v0*∂v0/∂W0"
    assert str(view(d, "y1").chain) == "∂L/∂y1 = ∂L/∂l*∂l/∂y1"
    assert str(view(d, "W1", batch=True).chain).startswith("∂loss/∂W1 = ∂loss/∂y1*")
    latex = view(d, "W1").chain._repr_latex_()
    places = [latex.index(rf"\partial {t}}}{{\partial") for t in ("L", "y_{1}", "v_{1}")]
    assert places == sorted(places)


def test_a_fan_out_is_a_sum_and_marks_the_direct_path():
    d = CASES["tied"]()
    assert str(view(d, "E").chain) == "∂L/∂E = ∂L/∂r*∂r/∂h*∂h/∂E + ∂L/∂r*∂r/∂E"
    assert str(view(d, "x").chain_to("reuse")) == "∂L/∂x = ∂L/∂h*∂h/∂x + ∂⁺L/∂x"


def test_a_deep_residual_network_has_a_short_chain():
    depth = 40
    layers = "\n".join(
        f"h{k + 1}[i] = h{k}[i] + tanh(sum[j](h{k}[j]*W[j,i]))" for k in range(depth)
    )
    d = plain(
        f"h0[i] = x[i]*g[i]\n{layers}\nL = sum[i](h{depth}[i]**2)", {"x": [3]},
        {"g": [3], "W": [3, 3]}, f"h{depth}",
    )  # fmt: skip
    _, right = chain_form(per_sample(d), "g")
    assert sum(1 for _ in walk(right)) < 60 * depth


def test_the_index_level_and_its_deltas():
    d = mlp()
    line = view(d, "y0").index
    assert str(line) == "dy0[j] = Sum(dv1[k]*W1[j, k], (k, 0, 1))"
    assert line.expr.lhs == sympy.IndexedBase("dy0")[sympy.Symbol("j", integer=True)]
    assert line.rhs.has(sympy.Sum)
    assert line.jacobian.rhs.has(sympy.KroneckerDelta)
    rule, jacobian, contracted = view(d, "W1").steps
    assert str(rule) == "dW1[j, k] = Sum(dv1[m]*∂v1[m]/∂W1[j, k], (m, 0, 1))"
    assert str(jacobian).count("KroneckerDelta") == 2
    assert {str(f) for f in contracted.rhs.args} == {"dv1[k]", "y0[j]"}


@pytest.mark.parametrize("name", CASES)
def test_the_deltas_summed_out_give_the_contracted_line(name):
    """The second state, evaluated with every delta in place, has the value of the third."""
    d = CASES[name]()
    run = evaluator(d.network, random_values(d, 3))
    with np.errstate(all="ignore"):
        run.equations(d.forward)
        run.equations([s.equation for s in d.steps])
        for s in d.steps:
            if s.contributions:
                line = view(d, s.of, batch=True).jacobian_equation()
                np.testing.assert_allclose(
                    run.tensor(line), run.values[line.name], rtol=1e-9, atol=1e-12, err_msg=s.of
                )


@pytest.mark.parametrize("name", CASES)
def test_every_level_prints(name):
    d = CASES[name]()
    for tensor in d.by_tensor:
        shown = view(d, tensor)
        for formula in (shown.chain, *shown.steps, shown.matrix):
            if formula is not None:
                assert isinstance(sympy.sympify(formula), sympy.Eq)
                assert formula._repr_latex_().startswith("$\\displaystyle ")
        assert shown.steps._repr_latex_().count(r"\\") >= len(shown.steps) - 1


def test_the_matrix_level_keeps_the_row_convention():
    d = mlp()
    assert str(view(d, "W1").matrix) == "dW1 = y0.T*dv1"
    assert str(view(d, "v0").matrix) == "dv0 = HadamardProduct(dy0, y0, 1 - y0)"
    assert view(d, "W1").matrix.expr.rhs.shape == (3, 2)
    assert view(pooling(), "K").matrix is None


def test_an_unknown_tensor_is_refused_with_a_hint():
    with pytest.raises(ChalkgradError, match="did you mean 'W0'"):
        view(mlp(), "W00")
    with pytest.raises(ChalkgradError, match="'reuse' or 'full'"):
        view(mlp(), "W0").chain_to("short")


def test_below_a_concatenation_a_part_is_not_printed_as_the_whole():
    stack = [{"dense": {"units": 2, "as": "a"}}, {"dense": {"units": 4, "from": "x", "as": "b"}},
             {"concatenate": {"from": ["a", "b"], "as": "c"}}, {"dense": {"units": 1}}]  # fmt: skip
    spec = {"name": "c", "input": {"x": [3]}, "target": {"y": [1]}, "layers": stack,
            "loss": "squared_error"}  # fmt: skip
    d = load(spec).derive()
    assert str(d["v_a"].index) == "dv_a[j] = dy_c[j]"
    assert d["v_a"].matrix is None
    assert str(d["y_c"].matrix) == "dy_c = dv0*W0.T"
