"""The batch of one: the same derivation, and the same numbers, as a batch with one sample."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad import network_from_equations
from chalkgrad.derive.chainrule.sample import mixes_samples, per_sample
from chalkgrad.derive.language.equation import BATCH
from chalkgrad.derive.language.expr import Div, Idx, Mul, Num, Reduce, Size, walk
from chalkgrad.derive.language.text import text
from chalkgrad.derive.values.numbers import numbers_of

DENSE = """v[j] = sum[i](x[i]*W[i,j]) + b[j]
z[j] = tanh(v[j])
L = mean[j]((z[j] - y[j])**2)"""
DENSE_SHAPES = {
    "inputs": {"x": [2]}, "targets": {"y": [3]}, "parameters": {"W": [2, 3], "b": [3]},
}  # fmt: skip
RECURRENT = """h[t,j] = tanh(sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j]))
z[k] = sum[t,j](h[t,j]*W[j,k])
p[k] = exp(z[k])/sum[q](exp(z[q]))
L = -sum[k](y[k]*log(p[k]))"""
RECURRENT_SHAPES = {
    "inputs": {"x": [4, 2]}, "targets": {"y": [3]},
    "parameters": {"U": [2, 3], "V": [3, 3], "W": [3, 3]},
}  # fmt: skip
POOLING = """a[o,i] = sum[p](x[2*i + p - 1]*K[o,p])
m[o,u] = max[q | u+q < 4](a[o,u+q])
c[o] = mean[u](m[o,u])
L = sum[o]((m[o,0] - c[o])**2)"""
POOLING_SHAPES = {
    "inputs": {"x": [8]}, "parameters": {"K": [3, 3]}, "axes": {"i": 4, "q": 2, "u": 3, "p": 3},
}  # fmt: skip

CASES = [
    (DENSE, DENSE_SHAPES, "z"),
    (RECURRENT, RECURRENT_SHAPES, "p"),
    (POOLING, POOLING_SHAPES, "m"),
]


def derive(equations, shapes, output):
    return network_from_equations(equations, loss="L", output=output, **shapes).derive()


def random_values(d, batch):
    rng = np.random.default_rng(5)
    made = {}
    for t in d.network.tensors.values():
        if t.kind != "variable":
            size = [batch if a == BATCH else d.network.sizes[a] for a in t.axes]
            made[t.name] = rng.uniform(0.1, 1.0, size=size)
    return made


@pytest.mark.parametrize(("equations", "shapes", "output"), CASES)
def test_every_tensor_is_that_of_a_batch_of_one(equations, shapes, output):
    d = derive(equations, shapes, output)
    one = per_sample(d)
    values = random_values(d, 1)
    board = {n: v[0] if d.network.tensors[n].batch else v for n, v in values.items()}
    whole, single = numbers_of(d, values), numbers_of(one, board)
    assert list(whole) == list(single)
    for name, value in whole.items():
        got = single[name]
        assert got.ndim == value.ndim - (d.network.tensors[name].axes[:1] == (BATCH,)), name
        np.testing.assert_allclose(got.ravel(), value.ravel(), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize(("equations", "shapes", "output"), CASES)
def test_nothing_of_the_batch_is_left_and_nothing_is_renumbered(equations, shapes, output):
    d = derive(equations, shapes, output)
    one = per_sample(d)
    assert [(s.number, s.equation.name, s.of) for s in one.steps] == [
        (s.number, s.equation.name, s.of) for s in d.steps
    ]
    assert [e.name for e in one.forward] == [e.name for e in d.forward]
    expressions = [e.rhs for e in one.forward] + [s.equation.rhs for s in one.steps]
    for s in one.steps:
        for c in s.contributions:
            expressions += [c.value, c.partial.read, c.partial.coefficient]
            assert BATCH not in {i.axis for i in (*c.place, *c.partial.bound)}
    for e in (x for top in expressions for x in walk(top)):
        assert not (isinstance(e, Idx | Size) and e.axis == BATCH)
        assert not (isinstance(e, Mul) and any(isinstance(a, Num) and a.value == 1 for a in e.args))
        assert not (isinstance(e, Div) and isinstance(e.den, Num) and e.den.value == 1)
        assert not (isinstance(e, Reduce) and not e.idxs)
    assert not any(t.batch or BATCH in t.axes for t in one.network.tensors.values())


def test_the_lines_of_a_board():
    one = per_sample(derive(DENSE, DENSE_SHAPES, "z"))
    lines = {s.equation.name: text(s.equation.rhs) for s in one.steps}
    assert sorted(lines["dW"].split("*")) == ["dv[j]", "x[i]"]
    assert lines["db"] == "dv[j]"
    assert lines["dz"] == "2*(z[j] - y[j]) / size[j]"
    assert lines["dL"] == "1"
    assert text(one.forward[-1].rhs) == "L"


BATCH_NORM = """mu[d] = mean[n](x[n,d])
z[n,d] = (x[n,d] - mu[d])*g[d]
L = sum[d](z[d]**2)"""
CONTRAST = """s[n,m] = sum[d](x[n,d]*A[d]*x[m,d])
z[n] = sum[m](s[n,m]**2)
L = z"""
ON_ITS_OWN = """z[n,d] = x[n,d]*g[d]
L = sum[d](z[d]**2)"""
ONE_LOSS = """z[d] = x[d]*g[d]
L = mean[n](sum[d](z[n,d]**2))"""
SPREAD = """z[d] = x[d]*g[d]
L = mean[n](sum[d](z[n,d]))**2"""


@pytest.mark.parametrize(
    ("equations", "parameters", "axes", "mixes"),
    [
        (BATCH_NORM, {"g": [3]}, {}, True),
        (CONTRAST, {"A": [3]}, {"m": "n"}, True),
        (ON_ITS_OWN, {"g": [3]}, {}, False),
        (ONE_LOSS, {"g": [3]}, {}, False),
        (SPREAD, {"g": [3]}, {}, True),
    ],
)
def test_a_network_that_mixes_samples_comes_back_unchanged(equations, parameters, axes, mixes):
    network = network_from_equations(
        equations, inputs={"x": [3]}, parameters=parameters, axes=axes, loss="L", output="z"
    )
    assert mixes_samples(network) is mixes
    d = network.derive()
    assert (per_sample(d) is d) is mixes


def test_the_batch_of_one_of_a_batch_of_one_is_itself():
    one = per_sample(derive(DENSE, DENSE_SHAPES, "z"))
    assert per_sample(one) == one
