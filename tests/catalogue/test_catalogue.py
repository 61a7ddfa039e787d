"""Every catalogue entry, generated and imported, against the scalar oracle and at its edges.

The table of networks is tests/catalogue/catalogue_cases.py. PyTorch's word on the same networks is
tests/development/test_catalogue_torch.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from chalkgrad import load
from chalkgrad.codegen.checking import check_module
from chalkgrad.derive import catalogue
from chalkgrad.derive.network.network import Network
from tests.catalogue import catalogue_cases as table
from tests.catalogue.catalogue_cases import CASES, Array, Case
from tests.targets.numpy.scalar_oracle import evaluate

BOTH = (np.float64, np.float32)
STEP = 1e-30


@dataclass(frozen=True)
class Made:
    case: Case
    network: Network
    module: ModuleType
    path: Path


def make(case: Case, folder: Path) -> Made:
    network = table.network(case)
    path = folder / "net.py"
    return Made(case, network, table.write_module(network, path), path)


def apart(got: Array, expected: Array, largest: float) -> float:
    """The relative error of DESIGN.md, Checks; NaN is never close.

    A few roundings of the largest gradient are no error: a sum that cancels (a key's bias under
    a softmax) leaves that much where the derivative is zero.
    """
    gap = float(np.max(np.abs(got - expected), initial=0.0))
    if gap <= 8 * np.finfo(got.dtype).eps * largest:
        return 0.0
    return gap / (float(np.max(np.abs(expected), initial=0.0)) + 1e-6 * largest)


def largest_of(grads: Mapping[str, Array]) -> float:
    return max((float(np.max(np.abs(g), initial=0.0)) for g in grads.values()), default=0.0)


# -- the table itself -----------------------------------------------------------------------------


def test_the_table_has_every_entry() -> None:
    assert sorted({case.entry for case in CASES}) == catalogue.names()
    assert len({case.title for case in CASES}) == len(CASES)


def test_the_table_sets_every_option_of_every_entry() -> None:
    given = {(case.entry, option) for case in CASES for option in case.options}
    known = {(n, option) for n in catalogue.names() for option in catalogue.definition(n).options}
    assert given == known


def test_every_layer_stands_at_size_one() -> None:
    """Each entry has a case in which every axis has one element, where it can have one."""
    small = {c.entry for c in CASES if all(table.entries(s) == 1 for s in c.inputs.values())}
    impossible = {"glu"}  # an even axis; its case has two
    skinny = {c.entry for c in CASES if c.entry in impossible and max(c.compared) == 1}
    assert sorted(small | skinny) == catalogue.names()


# -- value and gradients --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_an_entry_is_right(case: Case, tmp_path: Path) -> None:
    """Everything that holds for every case, on one module: workers of pytest share none."""
    made = make(case, tmp_path)
    for batch in (3, 1):
        equals_the_scalar_oracle(made, batch)
    passes_the_checker(made)
    keeps_float32(made)
    for size, dtype in product((1000.0, 0.0), BOTH):
        stays_finite(made, size, dtype)


def equals_the_scalar_oracle(made: Made, batch: int) -> None:
    given = table.data(made.case, made.network, batch, seed=batch)
    oracle = Oracle(made.network, batch)
    loss, grads = table.run(made.module, made.network, given)
    expected = oracle.loss(given)
    assert abs(loss - expected) <= 1e-12 * max(1.0, abs(expected))
    params, args = table.arguments(made.module, made.network, given, np.float64)
    outputs = made.module.predict(params, *args[: len(made.network.inputs)])
    known = evaluate(made.network.equations, given, oracle.sizes)[made.network.output]
    assert outputs.shape == known.shape
    assert apart(outputs, known, 1.0) < 1e-12
    wanted = {t.name for t in (*made.network.parameters, *made.network.inputs) if t.integer is None}
    assert set(grads) == wanted
    largest = largest_of(grads)
    for name, grad in grads.items():
        assert grad.shape == given[name].shape
        got, slopes = oracle.slopes(given, name, grad)
        assert apart(got, slopes, largest) < 1e-10, name


@dataclass(frozen=True)
class Oracle:
    """The loss by the scalar oracle, and its slopes by complex step."""

    network: Network
    batch: int

    @property
    def sizes(self) -> dict[str, int]:
        return table.sizes(self.network, self.batch)

    def loss(self, given: Mapping[str, Array]) -> Any:
        return evaluate(self.network.equations, given, self.sizes)[self.network.loss].item()

    def slopes(self, given: Mapping[str, Array], name: str, grad: Array) -> tuple[Array, Array]:
        """(along the gradient, measured) in a random direction and at two entries."""
        rng = np.random.default_rng(5)
        rays = [rng.standard_normal(grad.shape)]
        for entry in rng.permutation(grad.size)[:2]:
            ray = np.zeros(grad.size)
            ray[entry] = 1.0
            rays.append(ray.reshape(grad.shape))
        found = []
        for ray in rays:
            lifted = self.loss({**given, name: given[name] + 1j * STEP * ray})
            found.append(lifted.imag / STEP)
        return np.array([np.sum(grad * ray) for ray in rays]), np.array(found)


def passes_the_checker(made: Made) -> None:
    given = table.data(made.case, made.network, made.case.batch)
    params, args = table.arguments(made.module, made.network, given, np.float64)
    report = check_module(made.path, params=params, args=tuple(args), network=made.network)
    assert report.ok, report.to_json()
    assert report.skipped == 0


def keeps_float32(made: Made) -> None:
    given = table.data(made.case, made.network, made.case.batch)
    loss, grads = table.run(made.module, made.network, given, np.float64)
    short, short_grads = table.run(made.module, made.network, given, np.float32)
    assert np.asarray(short).dtype == np.float32
    assert abs(short - loss) <= 1e-4 * max(1.0, abs(loss))
    largest = largest_of(grads)
    for name, grad in short_grads.items():
        assert grad.dtype == np.float32, name
        assert apart(grad, grads[name], max(largest, 1.0)) < 1e-4, name


def stays_finite(made: Made, size: float, dtype: Any) -> None:
    """Inputs of ±1000 and 0 (probabilities and counts stay what they are), no warning, no NaN."""
    given = table.data(made.case, made.network, made.case.batch)
    signs = np.random.default_rng(3)
    for t in made.network.inputs:
        if t.integer is None and t.name not in made.case.special:
            given[t.name] = size * signs.integers(-1, 2, given[t.name].shape)
    if made.case.infinite and size:
        return
    loss, grads = table.run(made.module, made.network, given, dtype)
    assert np.isfinite(loss)
    for name, grad in grads.items():
        assert grad.dtype == dtype
        assert np.all(np.isfinite(grad)), name


# -- limits and corners ---------------------------------------------------------------------------

SELU, ALPHA = 1.0507009873554805, 1.6732632423543772
# entry: values at -1000, 0, 1000, then derivatives there
LIMITS: dict[str, tuple[list[float], list[float]]] = {
    "identity": ([-1000, 0, 1000], [1, 1, 1]),
    "sigmoid": ([0, 0.5, 1], [0, 0.25, 0]),
    "tanh": ([-1, 0, 1], [0, 1, 0]),
    "relu": ([0, 0, 1000], [0, 0, 1]),
    "leaky_relu": ([-10, 0, 1000], [0.01, 0.01, 1]),
    "leaky_mix": ([-10, 0, 1000], [0.01, 0.01, 1]),
    "softplus": ([0, float(np.log(2)), 1000], [0, 0.5, 1]),
    "elu": ([-1, 0, 1000], [0, 1, 1]),
    "selu": ([-SELU * ALPHA, 0, SELU * 1000], [0, SELU * ALPHA, SELU]),
    "celu": ([-1, 0, 1000], [0, 1, 1]),
    "gelu": ([0, 0, 1000], [0, 0.5, 1]),
    "gelu_tanh": ([0, 0, 1000], [0, 0.5, 1]),
    "silu": ([0, 0, 1000], [0, 0.5, 1]),
    "swish": ([0, 0, 1000], [0, 0.5, 1]),
    "mish": ([0, 0, 1000], [0, 0.6, 1]),
    "softsign": ([-1000 / 1001, 0, 1000 / 1001], [1 / 1001**2, 1, 1 / 1001**2]),
    "hard_sigmoid": ([0, 0.5, 1], [0, 1 / 6, 0]),
    "hard_swish": ([0, 0, 1000], [0, 0.5, 1]),
    "hard_tanh": ([-1, 0, 1], [0, 1, 0]),
    "threshold": ([0, 0, 1000], [0, 0, 1]),
    "square": ([1e6, 0, 1e6], [-2000, 0, 2000]),
}
WITHOUT_LIMITS = {"exp", "prelu", "softmax", "log_softmax"}  # not finite, or tested below


def test_every_activation_has_its_limits() -> None:
    kinds = {n for n in catalogue.names() if catalogue.definition(n).kind == "activation"}
    assert kinds == set(LIMITS) | WITHOUT_LIMITS


def scalar_net(folder: Path, entry: str, **options: Any) -> Made:
    return make(Case(entry, {"v": ()}, (), options), folder)


@pytest.mark.parametrize("entry", LIMITS)
def test_limits_of_activations(entry: str, tmp_path: Path) -> None:
    """Loss r·f(v) with r = 2 for three samples: values and derivatives at -1000, 0, 1000."""
    made = scalar_net(tmp_path, entry)
    values, slopes = LIMITS[entry]
    for dtype in BOTH:
        v = np.array([-1000, 0, 1000], dtype)
        r = np.full(3, 2, dtype)
        close = {"rtol": 1e-6 if dtype == np.float32 else 1e-14, "atol": 1e-30}
        params = made.module.init(dtype=dtype)
        np.testing.assert_allclose(made.module.predict(params, v), values, **close)
        _, kept = made.module.forward(params, v, r)
        _, grads = made.module.backward(params, kept)
        np.testing.assert_allclose(grads.v * 3 / 2, slopes, **close)


CORNERS: list[tuple[str, dict[str, Any], list[float], list[float]]] = [
    ("hard_tanh", {}, [-1, 1], [0, 0]),
    ("hard_sigmoid", {}, [-3, 3], [0, 0]),
    ("hard_swish", {}, [-3, 3], [0, 1]),  # the factor v beside the corner of the clip
    ("threshold", {"at": 0.5, "value": 2}, [0.5, 0.5], [0, 0]),
    ("elu", {"alpha": 1.5}, [0, 0], [1.5, 1.5]),  # the branch v <= 0 of its paper
    ("celu", {"alpha": 0.5}, [0, 0], [1, 1]),  # no corner at all
    ("leaky_relu", {"eps": 0.25}, [0, 0], [0.25, 0.25]),
    ("leaky_mix", {"eps": 0.25}, [0, 0], [0.25, 0.25]),
    ("prelu", {}, [0, 0], [0.25, 0.25]),  # its slope below 0, as that of the leaky ReLU
]


@pytest.mark.parametrize(("entry", "options", "at", "slopes"), CORNERS)
def test_corners_of_activations(
    entry: str, options: dict[str, Any], at: list[float], slopes: list[float], tmp_path: Path
) -> None:
    made = scalar_net(tmp_path, entry, **options)
    _, kept = made.module.forward(made.module.init(), np.array(at, float), np.ones(2))
    _, grads = made.module.backward(made.module.init(), kept)
    np.testing.assert_allclose(grads.v * 2, slopes, rtol=1e-14)


LOSS_CORNERS: list[tuple[str, dict[str, Any], float, float, float]] = [
    ("absolute_error", {}, 0.5, 0.5, 0),
    ("hinge", {}, 1, 1, 0),
    ("huber", {"delta": 0.5}, 1.5, 1, 0.5),
    ("smooth_l1", {"beta": 0.5}, 1.5, 1, 1),
    ("log_cosh", {}, 1, 1, 0),
    ("log_cosh", {}, 1000, -1000, 1),
    ("huber", {}, 1000, -1000, 1),
    ("binary_cross_entropy", {}, 1, 1, -1),
    ("binary_cross_entropy", {}, 0, 0, 1),
]


@pytest.mark.parametrize(("entry", "options", "p", "t", "slope"), LOSS_CORNERS)
def test_corners_of_losses(
    entry: str, options: dict[str, Any], p: float, t: float, slope: float, tmp_path: Path
) -> None:
    made = make(Case(entry, {"p": ()}, (), options), tmp_path)
    for dtype in BOTH:
        loss, kept = made.module.forward((), np.array([p], dtype), np.array([t], dtype))
        _, grads = made.module.backward((), kept)
        assert np.isfinite(loss)
        np.testing.assert_allclose(grads.p, [slope], rtol=1e-6)


@pytest.mark.parametrize("dtype", BOTH)
def test_cross_entropy_on_logits_is_p_minus_y(dtype: Any, tmp_path: Path) -> None:
    z = np.array([[1000, -1000, 0], [1000, 1000, -1000], [0.5, -0.25, 0], [0, 0, 0]], dtype)
    p = np.array([[1, 0, 0], [0.5, 0.5, 0], np.exp(z[2]) / np.exp(z[2]).sum(), [1 / 3] * 3])
    classes = np.array([1, 0, 2, 1])
    losses = [2000, np.log(2), np.log(np.exp(z[2]).sum()), np.log(3)]
    y = np.eye(3, dtype=dtype)[classes]
    one_hot = make(Case("cross_entropy_logits", {"z": (3,)}, (3,)), tmp_path)
    integer = Case("cross_entropy_logits_integer", {"z": (3,)}, (), integer={"t": 3})
    for made, target in ((one_hot, y), (make(integer, tmp_path), classes)):
        loss, kept = made.module.forward((), z, target)
        _, grads = made.module.backward((), kept)
        assert grads.z.dtype == dtype
        np.testing.assert_allclose(loss, np.mean(losses), rtol=1e-6)
        np.testing.assert_allclose(grads.z, (p - y) / 4, rtol=0, atol=np.finfo(dtype).eps / 2)


def test_binary_cross_entropy_on_logits_is_p_minus_y(tmp_path: Path) -> None:
    made = make(Case("binary_cross_entropy_logits", {"z": ()}, ()), tmp_path)
    for dtype in BOTH:
        z, t = np.array([1000, -1000, 0, 1000, -1000], dtype), np.array([0, 1, 0.25, 1, 0], dtype)
        loss, kept = made.module.forward((), z, t)
        _, grads = made.module.backward((), kept)
        assert loss == pytest.approx((2000 + np.log(2)) / 5, rel=1e-6)
        np.testing.assert_allclose(grads.z * 5, [1, -1, 0.25, 0, 0], atol=1e-30)


@pytest.mark.parametrize("text", [None, "l = softplus(z) - t*z", "l = log(1 + exp(z)) - z*t"])
def test_a_confident_right_answer_keeps_its_digits(text: str | None, tmp_path: Path) -> None:
    """−log σ(z) is e^−z there, not 0, and so is its slope: in the catalogue, and as written out."""
    spec = table.specification(Case("binary_cross_entropy_logits", {"z": ()}, ()))
    if text:
        spec = {"name": "net", "input": {"z": []}, "target": {"t": []}, "loss": "l"}
        spec["equations"] = text
    module = table.write_module(load(spec), tmp_path / "net.py")
    away = np.array([0.5, 18.04254, 97.703, 300, 700])
    for z, t in ((away, 1.0), (-away, 0.0)):
        each = [module.forward((), z[k : k + 1], np.array([t]))[0] for k in range(len(z))]
        np.testing.assert_allclose(each, np.log1p(np.exp(-away)), rtol=4e-16)
        _, kept = module.forward((), z, np.full(len(z), t))
        slopes = module.backward((), kept)[1].z * len(z)
        np.testing.assert_allclose(slopes, (1 - 2 * t) / (1 + np.exp(away)), rtol=4e-16)
    soft = np.array([[-700, 0.25], [700, 0.25], [0, 0.25]])
    loss, kept = module.forward((), soft[:, 0], soft[:, 1])
    assert loss == pytest.approx((175 + 525 + np.log(2)) / 3, rel=1e-15)
    np.testing.assert_allclose(module.backward((), kept)[1].z * 3, [-0.25, 0.75, 0.25], rtol=1e-15)


def test_softmax_far_out(tmp_path: Path) -> None:
    soft = make(Case("softmax", {"v": (3,)}, (3,)), tmp_path).module
    log = make(Case("log_softmax", {"v": (3,)}, (3,)), tmp_path).module
    third = float(np.log(3))
    for dtype in BOTH:
        v = np.array([[1000, 0, -1000], [-1000, -1000, -1000]], dtype)
        np.testing.assert_allclose(soft.predict((), v), [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
        np.testing.assert_allclose(log.predict((), v), [[0, -1000, -2000], [-third] * 3], rtol=1e-6)


# -- the first of equals wins ---------------------------------------------------------------------

TIES: list[tuple[str, dict[str, Any], tuple[int, ...], tuple[int, ...], dict[Any, float]]] = [
    ("max_pool1d", {}, (4,), (2,), {(0,): 1, (2,): 1}),
    ("max_pool1d", {"k": 3, "stride": 1, "pad": 1}, (4,), (4,), {(0,): 2, (1,): 1, (2,): 1}),
    ("max_pool2d", {"k": 2, "stride": 1}, (2, 3), (1, 2), {(0, 0): 1, (0, 1): 1}),
    ("global_max_pool1d", {}, (3,), (), {(0,): 1}),
    ("global_max_pool2d", {}, (2, 2), (), {(0, 0): 1}),
]


@pytest.mark.parametrize(("entry", "options", "shape", "out", "winners"), TIES)
def test_the_first_of_equals_wins(
    entry: str, options: dict[str, Any], shape: Any, out: Any, winners: Any, tmp_path: Path
) -> None:
    made = make(Case(entry, {"x": shape}, out, options), tmp_path)
    expected = np.zeros(shape)
    for place, count in winners.items():
        expected[place] = count
    for level in (0.0, -1000.0):  # padding never wins, not even over negative numbers
        x = np.full((1, *shape), level)
        loss, kept = made.module.forward((), x, np.ones((1, *out)))
        _, grads = made.module.backward((), kept)
        assert loss == level * max(1, int(np.prod(out)))
        np.testing.assert_array_equal(grads.x[0], expected)


def test_dead_weights_of_a_penalty_stay_dead(tmp_path: Path) -> None:
    made = make(Case("l1", {"x": (2,)}, (2,), {"rate": 0.5}), tmp_path)
    params = made.module.Params(np.array([[0.0, 2.0], [-3.0, 0.0]]), np.zeros(2))
    _, grads = made.module.loss_and_grads(params, np.zeros((1, 2)), np.zeros((1, 2)))
    np.testing.assert_array_equal(grads.W0, [[0, 0.5], [-0.5, 0]])
