"""Networks of tests/networks once more in JAX (float64), written by hand, and its gradients.

Not collected by `make test`: JAX is no dependency. In an environment that has it:
    python -m pytest tests/development/test_any_network_jax.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import logsumexp

from tests.networks import corners, gathers, norms, products, sequences, windows
from tests.targets.numpy.any_harness import build, draw, wanted

jax.config.update("jax_enable_x64", True)

BATCH = 3
TRIALS = {
    t.name: t
    for family in (corners, gathers, norms, products, sequences, windows)
    for t in family.TRIALS
}
Given = Mapping[str, Any]


def three_way(d: Given) -> Any:
    z = jnp.einsum("ni,nj,ijk->nk", d["x"], d["u"], d["T"]) + d["x"] @ d["T"][:, 0]
    return ((z - d["y"]) ** 2).sum(1).mean() / 2


def rbf_and_distances(d: Given) -> Any:
    square = ((d["x"][:, :, None] - d["C"]) ** 2).sum(1)
    z = (jnp.exp(-d["gamma"] * square) + 1 / jnp.sqrt(square + 0.01)) @ d["W"]
    gaps = (d["C"][0][:, None] - d["C"][0]) ** 2 * d["gamma"][:, None]
    return ((z - d["y"]) ** 2).sum(1).mean() / 2 + gaps.sum()


def highway_gate(d: Given) -> Any:
    g = jax.nn.sigmoid(d["x"] @ d["G"] + d["bg"])
    h = g * jnp.tanh(d["x"] @ d["W"]) + (1 - g) * d["x"]
    q = h * (g @ d["R"]) / (1 + h**2)
    return ((q - d["y"]) ** 2).sum(1).mean()


def norm_over_outer_axes(d: Given) -> Any:
    x = d["x"]
    mu = x.mean((1, 3), keepdims=True)
    variance = ((x - mu) ** 2).mean((1, 3), keepdims=True)
    z = (x - mu) / jnp.sqrt(variance + 1e-5) * d["g"][:, None] + d["b"]
    return (d["y"][:, None, :, None] * z**3).sum((1, 2, 3)).mean() / x.shape[2]


def batch_statistics(d: Given) -> Any:
    v = d["x"] @ d["W"]
    z = (v - v.mean(0)) / jnp.sqrt(v.var(0) + 0.01) * d["g"]
    return (z**3 * d["y"] + v.max(0) * z).sum(1).mean()


def causal_attention(d: Given) -> Any:
    x, size = d["x"], d["x"].shape[1]
    a = jnp.einsum("nte,nse->nts", x @ d["Q"], x @ d["K"]) / d["K"].shape[1] ** 0.5
    a = jnp.where(jnp.tril(jnp.ones((size, size), bool)), a, -jnp.inf)
    o = jax.nn.softmax(a) @ x
    first = (a - logsumexp(a, axis=-1, keepdims=True))[:, :, 0]
    return ((o**2).sum(2) * d["y"]).sum(1).mean() - first.mean()


def contrastive_twin(d: Given) -> Any:
    z = jnp.tanh(d["x"] @ d["W"])
    z = z / jnp.sqrt((z**2).sum(1, keepdims=True))
    s = z @ z.T / d["tau"]
    others = ~jnp.eye(len(s), dtype=bool)
    lse = logsumexp(jnp.where(others, s, -jnp.inf), axis=1)
    return (lse - (s * others * d["y"]).sum(1) + jnp.diag(s)).mean()


def dilated_strided(d: Given) -> Any:
    a = jax.lax.conv_general_dilated(
        d["x"], jnp.moveaxis(d["K"], 1, 1), (2,), [(2, 3)], rhs_dilation=(3,)
    )[:, :, :4] + d["b"][:, None]  # fmt: skip
    padded = jnp.pad(a, ((0, 0), (0, 0), (1, 1)))
    smooth = sum(padded[:, :, p : p + 4] * d["G"][p] for p in range(3))
    return ((jax.nn.relu(a) * smooth) ** 2).sum((1, 2)).mean()


def conv2d_padded_max(d: Given) -> Any:
    a = jax.lax.conv_general_dilated(
        d["x"], d["K"], (2, 1), [(1, 1), (2, 2)], rhs_dilation=(1, 2)
    )  # fmt: skip
    m = jax.lax.reduce_window(
        a, -jnp.inf, jax.lax.max, (1, 1, 3, 3), (1, 1, 1, 1), ((0, 0), (0, 0), (1, 1), (1, 1))
    )
    return (m * jnp.tanh(a)).sum((1, 2, 3)).mean()


def embedding_and_class(d: Given) -> Any:
    rows = d["E"][d["t"]]
    z = jnp.einsum("nmd,mdk->nk", rows + d["P"], d["W"])
    o = rows[:, :, 0] * rows[:, :1].sum(2)
    loss = -jax.nn.log_softmax(z)[jnp.arange(len(z)), d["c"]]
    return (loss + (o**2).sum(1)).mean()


def graph_messages(d: Given) -> Any:
    h = jnp.tanh(d["x"] @ d["U"])
    src, dst = h[:, d["src"]], h[:, d["dst"]]
    weighted = jax.nn.sigmoid((src * dst).sum(2))[:, :, None] * src
    g = jnp.zeros_like(h).at[:, d["dst"]].add(weighted)
    degree = jnp.zeros(h.shape[1]).at[d["src"]].add(1)
    return (((g * h).sum(2) + degree) ** 2).sum(1).mean()


def coupled_with_start(d: Given) -> Any:
    h = jnp.broadcast_to(d["h0"], (BATCH, 3))
    c = jnp.broadcast_to(d["c0"], (BATCH, 3))
    loss = 0.0
    for t in range(5):
        x = d["x"][:, t]
        f = jax.nn.sigmoid(x @ d["F"] + h @ d["G"] + d["b"])
        c = f * c + (1 - f) * jnp.tanh(x @ d["U"] + h @ d["V"])
        h = jnp.tanh(c) * f
        loss += (h @ d["w"] + c.sum(1) - d["y"][:, t]) ** 2
    return (loss + (h**2).sum(1)).mean()


def two_steps_back(d: Given) -> Any:
    h = [jnp.zeros((BATCH, 3)), jnp.zeros((BATCH, 3))]
    for t in range(6):
        h.append(jnp.sin(d["x"][:, t] @ d["W"] + d["a"] * h[-1] + h[-2] @ d["B"].T))
    s = sum(h[t + 2] * d["k"][t] for t in range(6))
    g = sum((h[t + 2] * h[t + 1] * s).sum(1) for t in range(6))
    return (((s - d["y"]) ** 2).sum(1) + g).mean()


def forward_algorithm(d: Given) -> Any:
    emission = d["x"] @ d["W"]
    u = m = jnp.zeros((BATCH, 3))
    spread = 0.0
    for t in range(4):
        u = logsumexp(u[:, :, None] + d["A"], axis=1) + emission[:, t]
        m = (m[:, :, None] + d["A"]).max(1) + emission[:, t]
        spread += (jax.nn.softmax(u) ** 2).sum(1)
    return (2 * logsumexp(u, axis=1) - m.max(1) + spread).mean()


def transposed_convolution(d: Given) -> Any:
    h = jnp.tanh(d["x"][:, None] * d["F"][:, None])
    v = jnp.zeros((BATCH, 3, 12)) + d["b"][:, None]
    for p in range(3):
        v = v.at[:, :, p : p + 8 : 2].add(jnp.einsum("nci,co->noi", h, d["K"][:, :, p]))
    v = v[:, :, 1:10]
    w = jnp.zeros((BATCH, 12)).at[:, ::3].add(d["x"])[:, None, :9] * d["b"][:, None]
    return (d["y"][:, None] * v**2 + w * v).sum((1, 2)).mean()


def own_softmax_and_logs(d: Given) -> Any:
    z = d["x"] @ d["W"]
    m = jax.nn.softplus(z) + jax.nn.softplus(-z)
    loss = -(d["y"] * jax.nn.log_softmax(z)).sum(1) + logsumexp(z, axis=1) / 10
    return (loss + (m * jax.nn.sigmoid(z)).sum(1)).mean()


WRITTEN: list[Callable[[Given], Any]] = [
    three_way, rbf_and_distances, highway_gate, norm_over_outer_axes, batch_statistics,
    causal_attention, contrastive_twin, dilated_strided, conv2d_padded_max, embedding_and_class,
    graph_messages, coupled_with_start, two_steps_back, forward_algorithm, transposed_convolution,
    own_softmax_and_logs,
]  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN, ids=lambda f: f.__name__)
def test_loss_and_gradients_are_those_of_jax(
    written: Callable[[Given], Any], tmp_path: Path
) -> None:
    trial = TRIALS[written.__name__]
    net = build(trial.spec, tmp_path)
    data = draw(trial, net.network, BATCH)
    loss, grads = net.gradients(data)
    names = wanted(net.network)
    rest = {k: jnp.asarray(v) for k, v in data.items() if k not in names}
    own = {k: jnp.asarray(data[k]) for k in names}
    expected, slopes = jax.value_and_grad(lambda p: written({**rest, **p}))(own)
    assert float(loss) == pytest.approx(float(expected), rel=1e-12, abs=1e-12)
    largest = max(float(np.abs(s).max()) for s in slopes.values())
    for name in names:
        want = np.asarray(slopes[name])
        scale = np.abs(want).max() + 1e-6 * largest
        assert np.abs(grads[name] - want).max() / scale < 1e-10, name
