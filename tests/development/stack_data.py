"""Numbers for a random stack: normal, whole with ties and zeros, and inputs 300 times as large."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from chalkgrad.derive.language.equation import Tensor
from chalkgrad.derive.network.network import Network
from tests.development.random_stacks import Stack

Array = np.ndarray
KINDS = ("normal", "ties", "far")


def data(made: Stack, net: Network, module: ModuleType, kind: str) -> dict[str, Array]:
    """Every given tensor in float64, a batch of 1 to 4."""
    rng = np.random.default_rng([made.seed, KINDS.index(kind)])
    batch = 1 + (made.seed + KINDS.index(kind)) % 4
    start = module.init(made.seed)._asdict() if net.parameters else {}
    found: dict[str, Array] = {}
    for t in (*net.parameters, *net.inputs, *net.targets):
        shape = tuple(batch if s == "N" else int(s) for s in net.shape(t.name))
        if t.integer is not None:
            found[t.name] = rng.integers(0, int(net.size(t.integer)), shape)
        elif t.kind == "parameter":
            found[t.name] = _weights(rng, np.asarray(start[t.name]), kind)
        else:
            wanted = made.kinds.get(t.name, "normal")
            found[t.name] = np.asarray(_drawn(wanted, shape, rng, kind, t), dtype=float)
    return found


def _weights(rng: np.random.Generator, start: Array, kind: str) -> Array:
    if kind == "ties":
        return rng.choice([-1.0, 0.0, 1.0, 2.0], start.shape)
    return np.asarray(start + 0.2 * rng.standard_normal(start.shape))


def _drawn(
    wanted: str, shape: tuple[int, ...], rng: np.random.Generator, kind: str, t: Tensor
) -> Any:
    if wanted == "normal" and kind == "ties":
        return rng.integers(-2, 3, shape)
    far = 300.0 if kind == "far" and t.kind == "input" else 1.0
    makers: dict[str, Callable[[], Any]] = {
        "normal": lambda: far * rng.standard_normal(shape),
        "binary": lambda: rng.integers(0, 2, shape),
        "unit": lambda: rng.choice([0.0, 1.0, 0.25, 0.9], shape),
        "sign": lambda: rng.choice([-1.0, 1.0], shape),
        "count": lambda: rng.integers(0, 4, shape),
        "simplex": lambda: _simplex(rng, shape),
    }
    return makers[wanted]()


def _simplex(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """One-hot rows and soft ones."""
    soft = rng.dirichlet(np.full(shape[-1], 2.0), shape[:-1])
    soft /= soft.sum(-1, keepdims=True)  # one class has exactly 1
    hard = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    return np.where(rng.random((*shape[:-1], 1)) < 0.5, soft, hard)
