"""The sum over the paths of an entry is its gradient; the numbers are those of the lecture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chalkgrad import load, network_from_equations
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.values.numbers import numbers_of
from chalkgrad.derive.values.paths import parse_entry, paths

RNN = """h[t,j] = tanh(sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j]) + b[j])
z[k] = sum[t,j](h[t,j]*W[j,k])
p[k] = exp(z[k])/sum[q](exp(z[q]))
L = -sum[k](y[k]*log(p[k]))"""
CONV = """a[o,i] = sum[p](x[2*i + p - 1]*K[o,p])
m[o,u] = max[q | u+q < 4](a[o,u+q])
c[o] = mean[u](m[o,u])
L = sum[o]((m[o,0] - c[o])**2)"""


def n232() -> Derivation:
    return load("n232").derive()


def rnn() -> Derivation:
    return network_from_equations(
        RNN, inputs={"x": [3, 2]}, targets={"y": ([3], "distribution")},
        parameters={"U": [2, 2], "b": [2], "V": [2, 2], "W": [2, 3]}, loss="L", output="p",
    ).derive()  # fmt: skip


def conv() -> Derivation:
    return network_from_equations(
        CONV, inputs={"x": [8]}, parameters={"K": [2, 3]}, axes={"i": 4, "q": 2, "u": 3, "p": 3},
        loss="L", output="c",
    ).derive()  # fmt: skip


def numbers(d: Derivation) -> dict[str, np.ndarray]:
    """The worked example, or random numbers in the shapes of one sample."""
    if d.network.values:
        return {k: np.asarray(v, dtype=float) for k, v in d.network.values.items()}
    rng = np.random.default_rng(3)
    made = {}
    for t in d.network.tensors.values():
        if t.kind != "variable":
            shape = d.network.shape(t.name)[1:] if t.batch else d.network.shape(t.name)
            made[t.name] = rng.normal(size=[int(s) for s in shape])
    if "y" in made and d.network.tensors["y"].fact:
        made["y"] = np.eye(made["y"].size)[0]
    return made


@pytest.mark.parametrize("build", [n232, rnn, conv])
def test_the_sum_over_the_paths_is_the_gradient(build):
    d = build()
    values = numbers(d)
    found = numbers_of(d, values)
    compared = 0
    for t in d.network.parameters:
        gradient = found[d.adjoint(t.name)]
        for at in itertools.product(*map(range, gradient.shape)):
            made = paths(d, (t.name, at), values, keep=10**6)
            assert made.total == pytest.approx(gradient[at], rel=1e-9, abs=1e-13)
            products = sum(p.product for p in made.largest)
            assert products == pytest.approx(made.total, rel=1e-9, abs=1e-13)
            assert len(made.largest) == made.count
            compared += 1
    assert compared == sum(found[t.name].size for t in d.network.parameters)


def test_the_numbers_of_the_lecture():
    d = n232()
    one = paths(d, ("W1", (1, 0)), d.network.values)
    assert one.count == 1
    assert one.total == pytest.approx(-0.0237122105, abs=5e-11)
    assert [e[0] for e in one.largest[0].entries] == ["W1", "v1", "y1", "L"]
    assert one.largest[0].factors == pytest.approx(
        [0.6592603885, 0.7860955264 * (1 - 0.7860955264), -0.2139044736], abs=5e-10
    )
    two = paths(d, ("W0", (1, 2)), d.network.values)
    assert two.count == 2
    assert two.total == pytest.approx(0.0104676652, abs=5e-11)


def test_the_largest_paths_first_and_the_rest_as_one_sum():
    d = n232()
    few, all_of_them = (paths(d, ("x", (0,)), d.network.values, keep=k) for k in (2, 100))
    assert few.count == all_of_them.count == 6
    sizes = [abs(p.product) for p in all_of_them.largest]
    assert sizes == sorted(sizes, reverse=True)
    assert [p.entries for p in few.largest] == [p.entries for p in all_of_them.largest[:2]]
    assert few.rest == pytest.approx(sum(p.product for p in all_of_them.largest[2:]))
    assert all_of_them.rest == 0


def test_edge_names_are_entries():
    network = load("mazur")
    assert parse_entry(network, "w5") == ("W_o", (0, 0))
    assert parse_entry(network, "w6") == ("W_o", (1, 0))
    d = network.derive()
    assert paths(d, ("W_o", (0, 0)), network.values).total == pytest.approx(
        0.08216704056, abs=5e-11
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("W2[0,0]", "known: W0, W1"),
        ("W1[3,0]", "W1[2,1]"),
        ("W1[0]", "(3, 2)"),
        ("W1[0,-1]", "W1[1,0]"),
        ("W1[0,0", "W1[1,0]"),
        ("w5", "there is no 'w5'"),
    ],
)
def test_a_wrong_entry_says_what_is_right(entry, said):
    with pytest.raises(ChalkgradError) as caught:
        parse_entry(load("n232"), entry)
    assert said in str(caught.value)
