"""The 2-3-2 network of the lectures, by hand: sigmoid, and (1/N) times the squared error.

x (B,2) --dense, sigmoid--> y0 (B,3) --dense, sigmoid--> y1 (B,2); N = 2 outputs, mean over B.
"""

from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    W0: np.ndarray  # (2, 3)
    b0: np.ndarray  # (3,)
    W1: np.ndarray  # (3, 2)
    b1: np.ndarray  # (2,)


class Inputs(NamedTuple):
    x: np.ndarray  # (B, 2)


class Cache(NamedTuple):
    x: np.ndarray
    y0: np.ndarray
    y1: np.ndarray
    y: np.ndarray


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def init(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    shapes = ((2, 3), (3,), (3, 2), (2,))
    return Params(*(rng.standard_normal(shape).astype(dtype) for shape in shapes))


def example(seed=0, dtype=np.float64, batch=3):
    rng = np.random.default_rng(seed + 100)
    x = rng.standard_normal((batch, 2)).astype(dtype)
    y = rng.random((batch, 2)).astype(dtype)
    return init(seed, dtype), (x, y)


def forward(params, x, y):
    y0 = sigmoid(x @ params.W0 + params.b0)
    y1 = sigmoid(y0 @ params.W1 + params.b1)
    loss = ((y - y1) ** 2 / y.shape[1]).sum(axis=1).mean()
    return loss, Cache(x, y0, y1, y)


def backward(params, cache):
    x, y0, y1, y = cache
    dy1 = -2 * (y - y1) / (y.shape[1] * y.shape[0])
    dv1 = dy1 * y1 * (1 - y1)
    dW1 = y0.T @ dv1
    db1 = dv1.sum(axis=0)
    dy0 = dv1 @ params.W1.T
    dv0 = dy0 * y0 * (1 - y0)
    dW0 = x.T @ dv0
    db0 = dv0.sum(axis=0)
    dx = dv0 @ params.W0.T
    return Params(dW0, db0, dW1, db1), Inputs(dx)


def loss_and_grads(params, x, y):
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache)[0]
