"""A ReLU network with half the squared error; relu'(0) = 0, and kinks() tells the sides."""

from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    W0: np.ndarray  # (3, 4)
    b0: np.ndarray  # (4,)
    W1: np.ndarray  # (4, 2)


class Inputs(NamedTuple):
    x: np.ndarray  # (B, 3)


class Cache(NamedTuple):
    x: np.ndarray
    v0: np.ndarray
    e: np.ndarray


def init(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    shapes = ((3, 4), (4,), (4, 2))
    return Params(*(rng.standard_normal(shape).astype(dtype) for shape in shapes))


def example(seed=0, dtype=np.float64, batch=3):
    rng = np.random.default_rng(seed + 100)
    x = rng.standard_normal((batch, 3)).astype(dtype)
    return init(seed, dtype), (x, rng.standard_normal((batch, 2)).astype(dtype))


def forward(params, x, t):
    v0 = x @ params.W0 + params.b0
    e = np.where(v0 > 0, v0, 0) @ params.W1 - t
    return (e**2).sum(axis=1).mean() / 2, Cache(x, v0, e)


def kinks(params, x, t):
    return ((x @ params.W0 + params.b0) > 0,)


def backward(params, cache):
    x, v0, e = cache
    dz = e / len(x)
    dW1 = np.maximum(v0, 0).T @ dz
    dv0 = dz @ params.W1.T
    dv0 *= v0 > 0
    return Params(W0=x.T @ dv0, b0=dv0.sum(axis=0), W1=dW1), Inputs(x=dv0 @ params.W0.T)


def loss_and_grads(params, x, t):
    loss, cache = forward(params, x, t)
    return loss, backward(params, cache)[0]
