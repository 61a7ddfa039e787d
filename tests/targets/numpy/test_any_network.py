"""Any network: equation-only networks that the catalogue does not contain, values and gradients.

Each is held against the scalar-loop oracle of its own equations as they were written (complex step
there), against the module's own complex step, in float32, for a batch of one, for axes of size 1
and at |z| = 1000. The error measure is DESIGN.md's: max|got - expected| / (max|expected| + 1e-6 of
the largest gradient of the network).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chalkgrad import ChalkgradError
from tests.networks import Trial, corners, gathers, norms, products, sequences, windows
from tests.targets.numpy.any_harness import (
    STEP,
    Built,
    Data,
    build,
    directions,
    draw,
    enlarged,
    in_single,
    oracle_loss,
    shrunk,
    stepped,
    worst,
)

TRIALS = [
    *products.TRIALS, *norms.TRIALS, *windows.TRIALS, *gathers.TRIALS, *sequences.TRIALS,
    *corners.TRIALS,
]  # fmt: skip
BATCH = 3
TOLERANCE, SINGLE = 1e-10, 1e-4


def named(trials: list[Trial]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("trial", trials, ids=lambda t: t.name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Every network, built when first asked for."""
    folder = tmp_path_factory.mktemp("networks")

    class Shelf(dict[str, Built]):
        def __missing__(self, name: str) -> Built:
            self[name] = build(next(t for t in TRIALS if t.name == name).spec, folder)
            return self[name]

    return Shelf()


def against_oracle(net: Built, data: Data, batch: int, entries: int) -> None:
    """Loss and gradients against the complex step of the equations, evaluated by plain loops."""
    loss, grads = net.gradients(data)
    expected = oracle_loss(net.network, data, batch)
    assert loss == pytest.approx(expected, rel=1e-10, abs=1e-10)
    slopes = []
    for name, u in directions(net.network, data, entries):
        moved = oracle_loss(net.network, stepped(data, name, u), batch)
        slopes.append((name, float(np.sum(grads[name] * u)), float(np.imag(moved)) / STEP))
    error, name = worst(slopes)
    assert error < TOLERANCE, f"{name}: {[(g, e) for n, g, e in slopes if n == name]}"


def test_there_are_enough_networks() -> None:
    assert len(TRIALS) >= 24
    assert len({t.name for t in TRIALS}) == len(TRIALS)


@named(TRIALS)
def test_gradients_against_the_oracle(trial: Trial, built: dict[str, Built]) -> None:
    net = built[trial.name]
    data = draw(trial, net.network, BATCH)
    _, grads = net.gradients(data)
    assert {name: g.shape for name, g in grads.items()} == {n: data[n].shape for n in grads}
    against_oracle(net, data, BATCH, entries=3)


@named(TRIALS)
def test_gradients_against_the_own_complex_step(trial: Trial, built: dict[str, Built]) -> None:
    net = built[trial.name]
    data = draw(trial, net.network, BATCH, seed=5)
    loss, grads = net.gradients(data)
    slopes = []
    for name, u in directions(net.network, data, entries=12):
        moved = net.loss(stepped(data, name, u))
        assert moved.real == pytest.approx(float(loss), rel=1e-12, abs=1e-12)
        slopes.append((name, float(np.sum(grads[name] * u)), float(moved.imag) / STEP))
    error, name = worst(slopes)
    assert error < TOLERANCE, f"{name}: {[(g, e) for n, g, e in slopes if n == name]}"


@named(TRIALS)
def test_single_precision(trial: Trial, built: dict[str, Built]) -> None:
    net = built[trial.name]
    data = draw(trial, net.network, BATCH)
    loss, grads = net.gradients(data)
    single_loss, single = net.gradients(in_single(data))
    assert np.asarray(single_loss).dtype == np.float32
    assert {name: g.dtype for name, g in single.items()} == dict.fromkeys(grads, np.float32)
    assert float(single_loss) == pytest.approx(float(loss), rel=SINGLE, abs=SINGLE)
    flat = [(k, float(s), float(g)) for k in grads
            for s, g in zip(single[k].flat, grads[k].flat, strict=True)]  # fmt: skip
    assert worst(flat)[0] < SINGLE


@named([t for t in TRIALS if t.lonely])
def test_batch_of_one(trial: Trial, built: dict[str, Built]) -> None:
    net = built[trial.name]
    against_oracle(net, draw(trial, net.network, 1), 1, entries=1)


@named([t for t in TRIALS if t.ones])
def test_axes_of_size_one(trial: Trial, tmp_path: Path) -> None:
    net = build(shrunk(trial.spec, trial.ones), tmp_path)
    against_oracle(net, draw(trial, net.network, 2), 2, entries=1)


@named([t for t in TRIALS if t.large])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_finite_for_large_values(trial: Trial, dtype: type, built: dict[str, Built]) -> None:
    net = built[trial.name]
    for side in (1, -1):
        data = enlarged(draw(trial, net.network, BATCH), trial.large, 1000.0 * side)
        cast = {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in data.items()}
        loss, grads = net.gradients(cast)
        assert np.isfinite(loss)
        assert all(np.isfinite(g).all() for g in grads.values())


# -- values known without any program --------------------------------------------------------------


def one_network(spec: dict[str, object], folder: Path) -> Built:
    return build({"name": "small", "loss": "L", **spec}, folder)


def test_large_losses_have_the_right_values(tmp_path: Path) -> None:
    """-log softmax at +-1000: the other score's lead, or 0; the gradient is p - y."""
    net = one_network(
        {"equations": "p[k] = exp(z[k])/sum[q](exp(z[q]))\nL = -log(p[c])",
         "axes": {"k": 2}, "input": {"z": ["k"]}, "output": "p",
         "target": {"c": {"shape": [], "integer": "k"}}},
        tmp_path,
    )  # fmt: skip
    z = np.array([[1000.0, -1000.0], [1000.0, -1000.0]])
    loss, grads = net.gradients({"z": z, "c": np.array([0, 1])})
    assert loss == 1000.0
    np.testing.assert_array_equal(grads["z"], [[0, 0], [0.5, -0.5]])


def test_dead_branches_at_exactly_zero(tmp_path: Path) -> None:
    """log, sqrt and 1/x at 0 in the branch not taken: the gradient is the live branch's alone."""
    net = one_network(
        {"equations": """
            a[i] = where(x[i] > 0, log(x[i]) + sqrt(x[i]) + 1/x[i], 3*x[i]) + (x[i] > 0)*log(x[i])
            b[i] = where(x[i] > 0, exp(sum[j](w[j]*log(x[i]))), 0) + (x[i] != 0)*w[i]/x[i]
            L = sum[i](a[i] + b[i]) + sum[i | x[i] > 0](x[i]**(-0.5))
         """, "axes": {"i": 2, "j": "i"}, "input": {"x": ["i"]}, "parameters": {"w": ["i"]}},
        tmp_path,
    )  # fmt: skip
    _, grads = net.gradients({"x": np.array([[0.0, 0.0]]), "w": np.array([1.0, 2.0])})
    np.testing.assert_array_equal(grads["x"], [[3, 3]])
    np.testing.assert_array_equal(grads["w"], [0, 0])


def test_samples_have_no_neighbours(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="index arithmetic"):
        one_network(
            {"equations": "L[n] = x[n,0]*x[n - 1,1]", "input": {"x": [2]}}, tmp_path
        )  # fmt: skip


def test_ties_go_to_the_first(tmp_path: Path) -> None:
    net = one_network(
        {"equations": """
            L = max[i](x[i]) + 10*min[i](x[i]) + 100*max(x[0], x[1]) + relu(x[0]) + abs(x[1])
            """, "axes": {"i": 3}, "input": {"x": ["i"]}},
        tmp_path,
    )  # fmt: skip
    _, grads = net.gradients({"x": np.zeros((1, 3))})
    np.testing.assert_array_equal(grads["x"], [[111, 0, 0]])


def test_every_network_says_where_its_kinks_are(built: dict[str, Built]) -> None:
    """A network with corners has kinks(); what they return does not change within the same side."""
    for name in ("maxima", "function_zoo", "conv2d_padded_max", "running_extremes"):
        net = built[name]
        data = draw(next(t for t in TRIALS if t.name == name), net.network, BATCH)
        sides = net.module.kinks(*net.arguments(data))
        near = {k: v * (1 + 1e-9) if v.dtype.kind == "f" else v for k, v in data.items()}
        for one, two in zip(sides, net.module.kinks(*net.arguments(near)), strict=True):
            np.testing.assert_array_equal(one, two)
