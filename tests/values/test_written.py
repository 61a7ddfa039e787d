"""The values of the equations as they were written, and the network at smaller sizes."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad.codegen.checking import check
from chalkgrad.codegen.checking import written as vouching
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.values import contracted
from chalkgrad.derive.values.numbers import numbers_of
from chalkgrad.derive.values.smaller import smaller
from chalkgrad.derive.values.work import work
from chalkgrad.derive.values.written import evaluate_written, started
from tests import networks
from tests.networks import Trial
from tests.paths import SPECS
from tests.targets.numpy import scalar_oracle
from tests.targets.numpy.any_harness import draw

FAMILIES = [
    importlib.import_module(f"tests.networks.{found.name}")
    for found in pkgutil.iter_modules(networks.__path__)
]
TRIALS = {
    trial.name: trial
    for family in FAMILIES
    for value in vars(family).values()
    if isinstance(value, list)
    for trial in value
    if isinstance(trial, Trial)
}


def by_loops(network: Any, data: dict[str, Any], batch: int) -> dict[str, np.ndarray]:
    """The same by plain loops over Python numbers (tests/targets/numpy/scalar_oracle.py)."""
    sizes = {axis: batch if size == "N" else int(size) for axis, size in network.sizes.items()}
    sizes["n"] = batch
    return scalar_oracle.evaluate(started(network), data, sizes, network.initial)


@pytest.mark.parametrize("name", TRIALS)
def test_every_tensor_is_that_of_plain_loops(name: str) -> None:
    trial = TRIALS[name]
    network = chalkgrad.load(dict(trial.spec))
    data = draw(trial, network, 2)
    expected, got = by_loops(network, data, 2), evaluate_written(network, data)
    for eq in network.written:
        want = np.asarray(expected[eq.name], dtype=float)
        assert got[eq.name].shape == want.shape
        assert np.allclose(got[eq.name], want, rtol=1e-12, atol=1e-13), eq.name


def test_pieces_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = TRIALS["outer_flattened"]
    network = chalkgrad.load(dict(trial.spec))
    data = draw(trial, network, 2)
    whole = evaluate_written(network, data)
    monkeypatch.setattr(contracted, "GRID", 2)
    pieces = evaluate_written(network, data)
    assert all(np.allclose(whole[n], pieces[n], rtol=1e-15, atol=0) for n in whole)


def network_of(equations: str, **more: Any) -> Any:
    return chalkgrad.load({"name": "net", "equations": equations, "loss": "L", **more})


def test_start_values_that_equations_compute() -> None:
    network = network_of(
        "h[t,j] = x[t,j] + w[j]*h[t-1,j]\nh0[j] = tanh(a[j])\nL = sum[j](h[2,j]**2 + h0[j])",
        axes={"t": 3, "j": 2}, input={"x": ["t", "j"]}, parameters={"a": ["j"], "w": ["j"]},
    )  # fmt: skip
    network = replace(network, initial={"h": "h0"})
    x, a, w = np.arange(6.0).reshape(1, 3, 2), np.array([0.3, -0.2]), np.array([0.5, 2.0])
    h = np.tanh(a)
    for t in range(3):
        h = x[0, t] + w * h
    got = evaluate_written(network, {"x": x, "a": a, "w": w})["loss"]
    assert got == pytest.approx(np.sum(h**2 + np.tanh(a)), rel=1e-14)


@pytest.mark.parametrize(
    ("equations", "right"),
    [
        ("L = sum[i](where(x[i] > 5, log(x[i] - 5), 2*x[i]))", 12.0),  # a dead branch is NaN
        ("L = sum[i]((i == 9)/(x[i] - x[i]) + x[i])", 6.0),  # a strong zero before 1/0
        ("L = sum[i](x[i + 2])", 3.0),  # a read outside is 0
        ("L = logsumexp[i](where(x[i] > 5, x[i], -inf)) + 0*x[0]", -np.inf),
        ("L = exp(logsumexp[i | x[i] > 1](log(x[i])))", 5.0),
        ("L = mean[i | x[i] != 2](x[i])", 2.0),
        ("L = argmax[i](x[i]) + x[0]", 3.0),
        ("L = xlogy(x[0] - 1, x[0] - 1) + erf(0) + size[i] + x[0]", 4.0),
        ("L = log(1 - sigmoid(30*x[0]))", -30.0),  # float64 has three digits here
        ("L = prod[i](x[i]) + max[i](x[i]) - min[i](-x[i])", 12.0),
        ("L = sum[i]((i + 1)**-1*x[i])", 3.0),
    ],
)
def test_the_meaning_of_the_language(equations: str, right: float) -> None:
    network = network_of(equations, axes={"i": 3}, input={"x": ["i"]})
    got = float(evaluate_written(network, {"x": [[1.0, 2.0, 3.0]]})["loss"])
    assert got == right or got == pytest.approx(right, rel=1e-7)


def test_the_derivation_says_the_same() -> None:
    network = chalkgrad.load(SPECS / "mazur.yaml")
    values = {name: np.asarray(v, dtype=float) for name, v in network.values.items()}
    one, other = numbers_of(network.derive(), values), evaluate_written(network, values)
    assert one[network.loss] == pytest.approx(other[network.loss], rel=1e-14)


# -- smaller sizes ---------------------------------------------------------------------------------

WORDS = {
    "axes": {"v": 1000, "d": 300, "m": 9, "k": 12},
    "parameters": {"E": ["v", "d"], "W": ["d", "k"]},
    "input": {"t": {"shape": ["m"], "integer": "v"}},
    "target": {"y": {"shape": [], "integer": "k"}},
}  # fmt: skip
READ = """
h[d] = sum[m](E[t[m],d])
z[k] = sum[d](h[d]*W[d,k])
p[k] = log_softmax[k](z[k])
L = -p[y]
"""


def test_widths_and_vocabularies_shrink_together() -> None:
    network = network_of(READ, **WORDS)
    found = smaller(network)
    assert found is not None
    small, said = found
    assert {a: small.sizes[a] for a in "vdk"} == {"v": 8, "d": 7, "k": 6}
    assert "v=8" in said
    assert "1000" in said
    assert work(small, 3) < work(network, 3) / 50
    numpy_module(small.derive())
    assert check(small.derive()).ok


def test_what_index_arithmetic_relates_keeps_its_size() -> None:
    network = network_of(
        "v[i] = sum[p](x[i + p]*K[p])\nu[j] = sum[i](v[i]*W[i,j])\nL = sum[j](u[j]*(j > 3)*c[q])"
        .replace("*c[q]", "") + " + sum[q](c[q])",
        axes={"i": 20, "p": 10, "j": 11, "q": 30}, input={"x": [29]},
        parameters={"K": ["p"], "W": ["i", "j"], "c": ["q"]},
    )  # fmt: skip
    found = smaller(network)
    assert found is not None
    assert {a: found[0].sizes[a] for a in "ipjq"} == {"i": 20, "p": 10, "j": 11, "q": 5}


def test_the_steps_of_a_recurrence_shrink() -> None:
    network = network_of(
        "h[t,j] = tanh(x[t,j] + w[j]*h[t-2,j])\nL = sum[j](h[size[t] - 1,j]**2)",
        axes={"t": 500, "j": 2}, input={"x": ["t", "j"]}, parameters={"w": ["j"]},
    )  # fmt: skip
    found = smaller(network)
    assert found is not None
    assert found[1] == "at sizes t=5 instead of 500"
    assert work(network, 3) > 50 * work(found[0], 3)
    assert check(found[0].derive()).ok


def test_a_network_without_widths_stays() -> None:
    spec = {"axes": {"i": 20}, "input": {"x": ["i"]}}
    assert smaller(network_of("L = sum[i](x[i]*x[2*i + 1])", **spec)) is None


def test_a_network_too_large_is_compared_at_smaller_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(READ, **WORDS)
    monkeypatch.setattr(vouching, "MOST", 20_000)
    monkeypatch.setattr(vouching, "MOST_PLAIN", 2000)
    report = check(network.derive(), limit=0)
    assert report.ok
    assert {row.note[:12] for row in report.forward} == {"at sizes d=7"}
    monkeypatch.setattr(vouching, "MOST", 20)
    report = check(network.derive(), limit=0)
    assert {row.status for row in report.forward} == {"skipped"}
    assert "not compared: " in report.forward[0].message
    assert report.status == "skipped"  # what was not compared is not ok


def test_a_network_large_for_long_numbers_is_compared_in_float64(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = network_of(READ, **WORDS)
    monkeypatch.setattr(vouching, "MOST", 2000)
    report = check(network.derive(), limit=0)
    assert {(row.status, row.note) for row in report.forward} == {("ok", "")}
    assert report.forward[0].checked == 1  # of one batch of one sample
