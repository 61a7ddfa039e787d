"""A matrix form has the value of its index equation: NumPy on whole tensors against plain loops."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from chalkgrad import network_from_equations
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.matrix import matrix_form
from chalkgrad.derive.forms.matrix_nodes import (
    Hadamard,
    MatMul,
    Ones,
    Quotient,
    Transpose,
    shape_of,
)
from chalkgrad.derive.language.expr import (
    Add,
    Cmp,
    Div,
    Fn,
    Idx,
    Iverson,
    Mul,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
)

SCALARS = {
    "sigmoid": lambda v: 1 / (1 + math.exp(-v)),
    "step": lambda v: float(v > 0),
    "relu": lambda v: max(v, 0.0),
    **{n: getattr(math, n) for n in ("exp", "log", "tanh", "sqrt")},
}

MLP = """
v0[j] = sum[i](x[i]*W0[i,j]) + b0[j]
y0[j] = ACTIVATION(v0[j])
v1[k] = sum[j](y0[j]*W1[j,k]) + b1[k]
y1[k] = sigmoid(v1[k])
l[k] = (y[k] - y1[k])**2 / size[k]
L = sum[k](l[k])
"""
PARAMETERS = {"W0": ["i", "j"], "b0": ["j"], "W1": ["j", "k"], "b1": ["k"]}


def network(text, *, inputs, parameters, targets=None, sizes, output):
    axes = dict(zip("ijkst", sizes, strict=False))
    return network_from_equations(
        text, inputs=inputs, targets=targets or {}, parameters=parameters, axes=axes, loss="L",
        output=output,
    )  # fmt: skip


def mlp(sizes, activation="sigmoid", **changed):
    text = MLP.replace("ACTIVATION", activation)
    shared = {k: v for k, v in changed.items() if v == []}
    for name in shared:  # a shared bias is one number
        text = text.replace(f"{name}[j]", name).replace(f"{name}[k]", name)
    return network(
        text, inputs={"x": ["i"]}, targets={"y": ["k"]}, parameters={**PARAMETERS, **changed},
        sizes=sizes, output="y1",
    )  # fmt: skip


def softmax(sizes, target=("k",)):
    return network(
        "z[k] = sum[i](x[i]*W[i,k]) + b[k]\np[k] = softmax[k](z[k])\nL = -sum[k](y[k]*log(p[k]))",
        inputs={"x": ["i"]}, targets={"y": target if isinstance(target[0], list) else ["k"]},
        parameters={"W": ["i", "k"], "b": ["k"]}, sizes=sizes, output="p",
    )  # fmt: skip


def tied(sizes):
    return network(
        """h[j] = tanh(sum[i](x[i]*E[i,j]))
        r[i] = sum[j](h[j]*E[i,j])
        L = sum[i]((r[i] - x[i])**2)/2""",
        inputs={"x": ["i"]}, parameters={"E": ["i", "j"]}, sizes=sizes, output="r",
    )  # fmt: skip


def attention(sizes):
    return network(
        """q[t,j] = sum[i](x[t,i]*Q[i,j])
        r[t,j] = sum[i](x[t,i]*K[i,j])
        v[t,j] = sum[i](x[t,i]*V[i,j]) + c[j]
        a[t,s] = softmax[s](sum[j](q[t,j]*r[s,j])/sqrt(size[j]))
        o[t,j] = sum[s](a[t,s]*v[s,j])
        L = mean[t,j]((o[t,j] - y[t,j])**2)""",
        inputs={"x": ["t", "i"]}, targets={"y": ["t", "j"]},
        parameters={"Q": ["i", "j"], "K": ["i", "j"], "V": ["i", "j"], "c": ["j"]},
        sizes=(*sizes, 5, 5), output="o",
    )  # fmt: skip


def rbf(sizes):
    return network(
        """phi[j] = exp(-g[j]*sum[i]((x[i] - C[i,j])**2))
        z[k] = sum[j](phi[j]*W[j,k])
        L = sum[k]((z[k] - y[k])**2)/2""",
        inputs={"x": ["i"]}, targets={"y": ["k"]},
        parameters={"C": ["i", "j"], "g": ["j"], "W": ["j", "k"]}, sizes=sizes, output="z",
    )  # fmt: skip


NETWORKS = {
    "mlp": mlp,
    "relu": lambda s: mlp(s, "relu"),
    "leaky": lambda s: mlp(s, "leaky_relu"),
    "shared bias": lambda s: mlp(s, b0=[], b1=[]),
    "softmax": softmax,
    "softmax, p - y": lambda s: softmax(s, (["k"], "distribution")),
    "tied": tied,
    "attention": attention,
    "rbf": rbf,
}


def by_loops(e, at, values, sizes):
    """One entry of an expression, by Python's own arithmetic."""

    def go(x, more=None):
        return by_loops(x, {**at, **(more or {})}, values, sizes)

    if isinstance(e, Num):
        return float(e.value)
    if isinstance(e, Idx):
        return at[e]
    if isinstance(e, Size):
        return sizes[e.axis]
    if isinstance(e, Read):
        return values[e.tensor][tuple(go(i) for i in e.indices)]
    if isinstance(e, Add):
        return sum(go(a) for a in e.args)
    if isinstance(e, Mul):
        return math.prod(go(a) for a in e.args)
    if isinstance(e, Neg):
        return -go(e.arg)
    if isinstance(e, Div):
        return go(e.num) / go(e.den)
    if isinstance(e, Pow):
        return go(e.base) ** go(e.exp)
    if isinstance(e, Where):
        return go(e.a) if go(e.cond) else go(e.b)
    if isinstance(e, Iverson):
        return float(go(e.cond))
    if isinstance(e, Cmp):
        return eval_compare(e.op, go(e.a), go(e.b))
    if isinstance(e, Fn) and e.name == "leaky_relu":
        return go(e.args[0]) * (1 if go(e.args[0]) > 0 else go(e.args[1]))
    if isinstance(e, Fn):
        return SCALARS[e.name](*map(go, e.args))
    runs = [dict(zip(e.idxs, k, strict=True)) for k in every([i.axis for i in e.idxs], sizes)]
    if isinstance(e, Normal):
        total = sum(math.exp(go(e.body, r)) for r in runs)
        here = go(e.body, {i: go(a) for i, a in zip(e.idxs, e.at, strict=True)})
        return math.exp(here) / total if e.op == "softmax" else here - math.log(total)
    assert isinstance(e, Reduce)
    assert e.op in ("sum", "mean")
    return sum(go(e.body, r) for r in runs) / (len(runs) if e.op == "mean" else 1)


def eval_compare(op, a, b):
    return {"<": a < b, ">": a > b, "==": a == b, ">=": a >= b, "<=": a <= b, "!=": a != b}[op]


def every(axes, sizes):
    return itertools.product(*(range(sizes[a]) for a in axes))


def by_matrices(e, values, sizes):
    """A matrix form with NumPy: a scalar is a number, a row has the shape (1, K)."""

    def go(x):
        return by_matrices(x, values, sizes)

    if isinstance(e, Read):
        return values[e.tensor] if values[e.tensor].ndim == 0 else np.atleast_2d(values[e.tensor])
    if isinstance(e, Num | Size):
        return float(e.value) if isinstance(e, Num) else sizes[e.axis]
    if isinstance(e, Ones):
        return np.ones((1, sizes[e.axis]))
    if isinstance(e, Transpose):
        return go(e.arg).T
    kids = [go(k) for k in e.children()]
    if isinstance(e, Hadamard):
        assert len({k.shape for k in kids}) == 1, "a Hadamard product of different shapes"
    if isinstance(e, Quotient):
        return kids[0] / kids[1]
    if isinstance(e, MatMul):
        return np.linalg.multi_dot(kids) if len(kids) > 1 else kids[0]
    if isinstance(e, Fn) and e.name in ("softmax", "log_softmax"):
        shifted = kids[0] - np.log(np.exp(kids[0]).sum(axis=1, keepdims=True))
        return np.exp(shifted) if e.name == "softmax" else shifted
    if isinstance(e, Fn) and e.name == "leaky_relu":
        return np.where(kids[0] > 0, kids[0], kids[0] * kids[1])
    if isinstance(e, Fn):
        return np.vectorize(SCALARS[e.name])(*kids)
    if isinstance(e, Add):
        shapes = {np.shape(k) for k in kids} - {(), (1, 1)}
        assert len(shapes) <= 1, "a sum of different shapes"
        return sum(kids)
    if isinstance(e, Mul | Hadamard):
        return math.prod(kids)
    if isinstance(e, Neg):
        return -kids[0]
    if isinstance(e, Where | Cmp):
        return np.where(*kids) if isinstance(e, Where) else eval_compare(e.op, *kids)
    return kids[0] / kids[1] if isinstance(e, Div) else kids[0] ** kids[1]


@pytest.mark.parametrize("sizes", [(2, 3, 4), (4, 2, 3), (1, 1, 1)])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_matrix_form_has_the_value_of_its_index_equation(name, sizes):
    d = per_sample(NETWORKS[name](sizes).derive())
    net, rng = d.network, np.random.default_rng(3)
    values = {
        t.name: np.asarray(rng.uniform(0.2, 1.7, size=[net.sizes[a] for a in t.axes]))
        * (1 if t.axes == () else rng.choice([-1, 1], size=[net.sizes[a] for a in t.axes]))
        for t in net.tensors.values()
    }
    values |= {"p": abs(values["p"])} if "p" in values else {}  # it stands under a logarithm
    for eq in (*d.forward, *(s.equation for s in d.steps)):
        form = matrix_form(eq, net.tensors)
        assert form is not None, eq.name
        got = by_matrices(form, values, net.sizes)
        shape = [net.sizes[i.axis] for i in eq.indices]
        want = np.zeros(shape)
        for at in every([i.axis for i in eq.indices], net.sizes):
            env = dict(zip(eq.indices, at, strict=True))
            want[at] = by_loops(eq.rhs, env, values, net.sizes)
        assert np.size(got) == want.size, eq.name
        np.testing.assert_allclose(np.reshape(got, shape), want, rtol=1e-12, atol=1e-13)
        rows_columns = [1 if a is None else net.sizes[a] for a in shape_of(form, net.tensors)]
        if shape:
            assert rows_columns == list(np.shape(got)), eq.name


def form_of(d, tensor):
    return matrix_form(d.step(tensor).equation, d.network.tensors)


def test_the_transposes_of_a_dense_layer_are_where_the_row_convention_puts_them():
    d = per_sample(mlp((2, 3, 4)).derive())
    y0, dv1, W1 = Read("y0"), Read("dv1"), Read("W1")
    assert form_of(d, "W1") == MatMul((Transpose(y0), dv1))
    assert form_of(d, "y0") == MatMul((dv1, Transpose(W1)))
    assert form_of(d, "b1") == dv1
    one_minus = Add((Num(1), Neg(y0)))
    assert form_of(d, "v0") == Hadamard((Read("dy0"), y0, one_minus))


def test_what_is_subtracted_from_a_row_is_a_row():
    d = per_sample(softmax((2, 3, 4)).derive())
    p, dp = Read("p"), Read("dp")
    dot = MatMul((dp, Transpose(p), Ones(d.network.tensors["p"].axes[0])))
    assert form_of(d, "z") == Hadamard((p, Add((dp, Neg(dot)))))


def test_a_tensor_over_a_tensor_is_a_quotient_entry_by_entry():
    d = per_sample(softmax((2, 3, 4)).derive())
    assert form_of(d, "p") == Neg(Quotient(Read("y"), Read("p")))


def test_a_shared_bias_is_added_at_every_place():
    d = per_sample(mlp((2, 3, 4), b0=[]).derive())
    v0 = next(eq for eq in d.forward if eq.name == "v0")
    ones = Ones(d.network.tensors["v0"].axes[0])
    product = MatMul((Read("x"), Read("W0")))
    assert matrix_form(v0, d.network.tensors) == Add((product, Mul((Read("b0"), ones))))


def test_a_shared_bias_sums_its_row_with_ones():
    d = per_sample(mlp((2, 3, 4), b0=[]).derive())
    axis = d.network.tensors["v0"].axes[0]
    assert form_of(d, "b0") == MatMul((Read("dv0"), Transpose(Ones(axis))))


def test_the_batch_has_a_matrix_form_too():
    d = mlp((2, 3, 4)).derive()
    assert form_of(d, "W1") == MatMul((Transpose(Read("y0")), Read("dv1")))
    assert form_of(d, "b1") == MatMul((Ones("n"), Read("dv1")))


def test_shifts_gathers_and_ranks_above_two_have_none():
    d = per_sample(
        network_from_equations(
            "v[c,i] = sum[p](x[i + p]*K[c,p])\nw[a,b,c] = v[a,b]*v[a,c]\nL = sum[a,b,c](w[a,b,c])",
            inputs={"x": [6]}, parameters={"K": [4, 3]}, axes={"i": 4}, loss="L", output="v",
        ).derive()
    )  # fmt: skip
    equations = {eq.name: eq for eq in d.forward}
    for name in ("v", "w", "L"):
        assert matrix_form(equations[name], d.network.tensors) is None
    assert form_of(d, "K") is None
