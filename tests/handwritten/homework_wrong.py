"""A student's network without example(): one tanh unit layer, absolute error, a wrong backward.

Wrong on purpose: the derivative of tanh is taken as 1 - h (it is 1 - h**2), and the gradient of
the bias is not summed over the batch.
"""

from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    W: np.ndarray  # (2, 3)
    b: np.ndarray  # (3,)
    u: np.ndarray  # (3,)


class Inputs(NamedTuple):
    x: np.ndarray  # (B, 2)


class Cache(NamedTuple):
    x: np.ndarray
    h: np.ndarray
    r: np.ndarray


def init(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return Params(*(rng.standard_normal(shape).astype(dtype) for shape in ((2, 3), (3,), (3,))))


def forward(params, x, t):
    h = np.tanh(x @ params.W + params.b)
    r = h @ params.u - t
    return np.abs(r).mean(), Cache(x, h, r)


def backward(params, cache):
    x, h, r = cache
    dz = np.sign(r) / len(r)
    du = h.T @ dz
    dh = dz[:, None] * params.u
    dv = dh * (1 - h)
    dW = x.T @ dv
    db = dv
    return Params(dW, db, du), Inputs(dv @ params.W.T)


def loss_and_grads(params, x, t):
    loss, cache = forward(params, x, t)
    return loss, backward(params, cache)[0]
