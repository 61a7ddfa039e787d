"""Hessians and Gauss-Newton matrices against JAX (x64) and PyTorch, networks written by hand there.

Not collected by default, because neither is a dependency:
    python -m pytest tests/development/test_hessian_jax.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from chalkgrad import load_all
from tests.paths import EXAMPLES
from tests.targets.numpy.training.curvature_tools import (
    SOFTMAX,
    flat,
    gap,
    matrix,
    module_of,
    network_of,
    products,
    unflat,
)

jax.config.update("jax_enable_x64", True)

WORST: dict[str, float] = {}

# Each network in JAX and in PyTorch: the tensor z in front of the loss, and the loss of z; both may
# read the parameters, by name.


def two_layers(np_: Any, sigmoid: Any, names: tuple[str, str, str, str]) -> Callable[..., Any]:
    def z(p: Any, x: Any) -> Any:
        a, b, c, d = (p[n] for n in names)
        return sigmoid(sigmoid(x @ a + b) @ c + d)

    return z


def half_squares(p: Any, z: Any, y: Any) -> Any:
    return ((z - y) ** 2).sum(-1).mean() / 2


def jax_cross_entropy(p: Any, z: Any, y: Any) -> Any:
    return -(y * jax.nn.log_softmax(z)).sum(1).mean()


def torch_cross_entropy(p: Any, z: Any, y: Any) -> Any:
    return torch.nn.functional.cross_entropy(z, y)


def neuron(sigmoid: Any) -> Callable[..., Any]:
    return lambda p, x0, x1: sigmoid(p["w0"] * x0 + p["w1"] * x1 + p["w2"])


def jax_conv(p: Any, x: Any) -> Any:
    v = jax.lax.conv_general_dilated(x, p["K0"], (1, 1), "SAME") + p["b0"][:, None, None]
    y = jnp.tanh(v).reshape(len(x), 4, 4, 2, 4, 2).max((3, 5))
    v = jax.lax.conv_general_dilated(y, p["K1"], (1, 1), "VALID") + p["b1"][:, None, None]
    return jax.nn.relu(v).reshape(len(x), -1) @ p["W2"] + p["b2"]


def torch_conv(p: Any, x: Any) -> Any:
    f = torch.nn.functional
    y = f.max_pool2d(torch.tanh(f.conv2d(x, p["K0"], p["b0"], padding=1)), 2)
    return torch.relu(f.conv2d(y, p["K1"], p["b1"])).flatten(1) @ p["W2"] + p["b2"]


CONV = {
    "input": {"x": [1, 8, 8]}, "target": {"y": {"shape": [10], "fact": "distribution"}},
    "layers": [
        {"conv2d": {"out": 4, "k": 3, "pad": 1, "activation": "tanh"}}, {"max_pool2d": {"k": 2}},
        {"conv2d": {"out": 3, "k": 3, "activation": "relu"}}, "flatten", {"dense": {"units": 10}},
    ],
    "loss": "cross_entropy_logits",
}  # fmt: skip
MAZUR, N232 = ("W_h", "b_h", "W_o", "b_o"), ("W0", "b0", "W1", "b1")
SOFTMAX_RATE = 0.01


def penalised(loss: Callable[..., Any]) -> Callable[..., Any]:
    def with_l2(p: Any, z: Any, y: Any) -> Any:
        return loss(p, z, y) + SOFTMAX_RATE * sum((w**2).sum() for w in p.values())

    return with_l2


def linear(p: Any, x: Any) -> Any:
    return x @ p["W0"] + p["b0"]


JAX = {
    "mazur": (two_layers(jnp, jax.nn.sigmoid, MAZUR), half_squares),
    "n232": (two_layers(jnp, jax.nn.sigmoid, N232), half_squares),
    "neuron": (neuron(jax.nn.sigmoid), lambda p, z, t: ((z - t) ** 2).mean() / 2),
    "softmax": (linear, penalised(jax_cross_entropy)),
    "conv": (jax_conv, jax_cross_entropy),
}
TORCH = {
    "mazur": (two_layers(torch, torch.sigmoid, MAZUR), half_squares),
    "n232": (two_layers(torch, torch.sigmoid, N232), half_squares),
    "neuron": (neuron(torch.sigmoid), lambda p, z, t: ((z - t) ** 2).mean() / 2),
    "softmax": (linear, penalised(torch_cross_entropy)),
    "conv": (torch_conv, torch_cross_entropy),
}


@pytest.fixture(scope="module", params=list(JAX))
def case(request: Any, tmp_path_factory: Any) -> Any:
    """(name, module, params, inputs, target): the lecture's numbers, or random ones."""
    name = request.param
    if name in ("softmax", "conv"):
        network = network_of(name, SOFTMAX if name == "softmax" else CONV)
    else:
        (network,) = load_all(EXAMPLES / f"{name}.yaml")
    m = module_of(network, ("hessian", "hvp", "gnvp"), tmp_path_factory.mktemp(name))
    random = name in ("softmax", "conv")
    params, args = m.example(seed=1, batch=5) if random else m.worked_example()
    return name, m, params, args[:-1], args[-1]


def blocks(found: Any, names: Any) -> Any:
    """A dict of dicts of second derivatives as one matrix."""
    sizes = {n: round(np.asarray(found[n][n]).size ** 0.5) for n in names}
    return np.block(
        [[np.reshape(np.asarray(found[a][b]), (sizes[a], sizes[b])) for b in names] for a in names]
    )


def noted(what: str, error: float) -> float:
    WORST[what] = error
    return error


def test_hessian_equals_that_of_jax(case: Any) -> None:
    name, m, params, inputs, target = case
    z, loss = JAX[name]
    want = jax.hessian(lambda p: loss(p, z(p, *inputs), target))(params._asdict())
    got = matrix(m.hessian(params, *inputs, target))
    assert noted(f"jax hessian {name}", gap(got, blocks(want, params._fields))) < 1e-9
    assert np.abs(got - got.T).max() < 1e-14 * np.abs(got).max()


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
def test_hessian_equals_that_of_pytorch(case: Any) -> None:
    name, m, params, inputs, target = case
    z, loss = TORCH[name]
    t = [torch.tensor(a) for a in (*inputs, target)]
    want = torch.func.hessian(lambda p: loss(p, z(p, *t[:-1]), t[-1]))(
        {n: torch.tensor(w) for n, w in params._asdict().items()}
    )
    got = matrix(m.hessian(params, *inputs, target))
    assert noted(f"torch hessian {name}", gap(got, blocks(want, params._fields))) < 1e-9


def test_hessian_vector_product_equals_that_of_jax(case: Any) -> None:
    name, m, params, inputs, target = case
    z, loss = JAX[name]
    rng = np.random.default_rng(2)
    D = unflat(params, rng.standard_normal(flat(params).size))
    slope = jax.grad(lambda p: loss(p, z(p, *inputs), target))
    want = jax.jvp(slope, (params._asdict(),), (D._asdict(),))[1]
    got = m.hvp(params, D, *inputs, target)
    assert noted(f"jax hvp {name}", gap(flat(got), flat([want[n] for n in params._fields]))) < 1e-9


def test_gauss_newton_equals_that_of_jax(case: Any) -> None:
    """Jᵀ(B(J·D)) by jvp, jvp of grad and vjp; the parameters in the loss itself are cut as well."""
    name, m, params, inputs, target = case
    z, loss = JAX[name]
    here = params._asdict()

    def product(D: Any) -> Any:
        out, back = jax.vjp(lambda p: (p, z(p, *inputs)), here)
        ahead = jax.jvp(lambda p: (p, z(p, *inputs)), (here,), (D._asdict(),))[1]
        slope = jax.grad(lambda pz: loss(pz[0], pz[1], target))
        (made,) = back(jax.jvp(slope, (out,), (ahead,))[1])
        return params._replace(**made)

    got = products(m.gnvp, params, (*inputs, target))
    unit = [unflat(params, e) for e in np.eye(len(got))[:: max(1, len(got) // 40)]]
    want = np.array([flat(product(e)) for e in unit]).T
    assert noted(f"jax gnvp {name}", gap(got[:, :: max(1, len(got) // 40)], want)) < 1e-9


@pytest.fixture(scope="module", autouse=True)
def _report() -> Any:
    """Prints the errors (pytest -s)."""
    yield
    for what, error in sorted(WORST.items()):
        print(f"\n{what:<22} {error:.1e}", end="")
