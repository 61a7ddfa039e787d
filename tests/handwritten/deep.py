"""A sigmoid network of depth 32 and widths 1, 2, 3 in turn: its first gradients vanish.

The weights of all layers lie in one flat vector W, the biases in another, so that a loop can
run over the layers; the first layer has its own, W_first and b_first.
"""

from typing import NamedTuple

import numpy as np

DEPTH = 32
WIDTHS = [1 + k % 3 for k in range(DEPTH + 1)]
SIZES = [WIDTHS[k] * WIDTHS[k + 1] for k in range(1, DEPTH)]
STARTS = [sum(SIZES[:k]) for k in range(DEPTH)]


class Params(NamedTuple):
    W_first: np.ndarray  # (1, 2)
    b_first: np.ndarray  # (2,)
    W: np.ndarray  # (sum of SIZES,)
    b: np.ndarray  # (DEPTH - 1,), one shared per layer


class Inputs(NamedTuple):
    x: np.ndarray  # (B, 1)


class Cache(NamedTuple):
    ys: tuple  # the input and every layer's output
    t: np.ndarray


def init(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    shapes = ((WIDTHS[0], WIDTHS[1]), (WIDTHS[1],), (STARTS[-1],), (DEPTH - 1,))
    return Params(*((0.7 * rng.standard_normal(shape)).astype(dtype) for shape in shapes))


def example(seed=0, dtype=np.float64, batch=3):
    rng = np.random.default_rng(seed + 100)
    x = rng.standard_normal((batch, 1)).astype(dtype)
    return init(seed, dtype), (x, rng.random((batch, WIDTHS[-1])).astype(dtype))


def weights(params, k):
    return params.W[STARTS[k - 1] : STARTS[k]].reshape(WIDTHS[k], WIDTHS[k + 1])


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def forward(params, x, t):
    ys = [x, sigmoid(x @ params.W_first + params.b_first)]
    for k in range(1, DEPTH):
        ys.append(sigmoid(ys[-1] @ weights(params, k) + params.b[k - 1]))
    return ((ys[-1] - t) ** 2).sum(axis=1).mean() / 2, Cache(tuple(ys), t)


def backward(params, cache):
    ys, t = cache
    dW = np.zeros_like(params.W)
    db = np.zeros_like(params.b)
    dy = (ys[-1] - t) / len(t)
    for k in range(DEPTH - 1, 0, -1):
        dv = dy * ys[k + 1] * (1 - ys[k + 1])
        dW[STARTS[k - 1] : STARTS[k]] = (ys[k].T @ dv).ravel()
        db[k - 1] += dv.sum()
        dy = dv @ weights(params, k).T
    dv = dy * ys[1] * (1 - ys[1])
    dW_first = ys[0].T @ dv
    db_first = dv.sum(axis=0)
    dx = dv @ params.W_first.T
    return Params(dW_first, db_first, dW, db), Inputs(dx)


def loss_and_grads(params, x, t):
    loss, cache = forward(params, x, t)
    return loss, backward(params, cache)[0]
