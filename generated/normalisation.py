"""The network normalisation: its loss, its gradients and its output, in NumPy.

    x (N, 4, 3, 3) --group_norm--> y0 --batch_norm2d--> y1 (N, 4, 3, 3) --flatten--> y1b
      --layer_norm--> y2 (N, 36) --dense--> v3 (N, 2) --squared_error--> L (N,)
      --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dgamma0 is the derivative of the loss by gamma0.

    params = init()
    loss, grads = loss_and_grads(params, x, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python normalisation.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    gamma0: np.ndarray  # (4,)
    beta0: np.ndarray   # (4,)
    gamma1: np.ndarray  # (4,)
    beta1: np.ndarray   # (4,)
    gamma2: np.ndarray  # (36,)
    beta2: np.ndarray   # (36,)
    W3: np.ndarray      # (36, 2)
    b3: np.ndarray      # (2,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 4, 3, 3)


class Cache(NamedTuple):
    """What backward needs of forward."""

    y: np.ndarray            # (N, 2)
    z0: np.ndarray           # (N, 2, 2, 3, 3)
    z1: np.ndarray           # (N, 4, 3, 3)
    z2: np.ndarray           # (N, 36)
    y2: np.ndarray           # (N, 36)
    v3: np.ndarray           # (N, 2)
    s0_centred: np.ndarray   # (N, 2, 2, 3, 3)
    z0_sqrt: np.ndarray      # (N, 2)
    y0_centred: np.ndarray   # (N, 4, 3, 3)
    z1_sqrt: np.ndarray      # (4,)
    y1b_centred: np.ndarray  # (N, 36)
    z2_sqrt: np.ndarray      # (N,)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "gamma0": (4,),
    "beta0": (4,),
    "gamma1": (4,),
    "beta1": (4,),
    "gamma2": (36,),
    "beta2": (36,),
    "W3": (36, 2),
    "b3": (2,),
    "x": ("N", 4, 3, 3),
    "y": ("N", 2),
}


def forward(params, x, y):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, x, y = checked(params, x, y)
    return forward_unchecked(params, x, y)


def forward_unchecked(params, x, y):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    gamma0, beta0, gamma1, beta1, gamma2, beta2, W3, b3 = params
    N = x.shape[0]
    s0 = (  # (N, 2, 2, 3, 3)  eq. 1
        np.where(
            (np.arange(4) == np.arange(4).reshape(2, 2)[:, :, None])[:, :, None, None],
            x.transpose(0, 2, 3, 1)[:, None, None],
            0,
        ).sum(axis=5)
    )
    mu0 = s0.sum(axis=(2, 3, 4)) / 18                     # (N, 2)           eq. 2
    s0_centred = s0 - mu0[:, :, None, None, None]         # (N, 2, 2, 3, 3)  eq. 3
    var0 = (s0_centred**2).sum(axis=(2, 3, 4)) / 18       # (N, 2)           eq. 3
    z0_sqrt = np.sqrt(var0 + 1e-05)                       # (N, 2)           eq. 4
    z0 = s0_centred / z0_sqrt[:, :, None, None, None]     # (N, 2, 2, 3, 3)  eq. 4
    # (N, 4, 3, 3)  eq. 5
    y0 = z0.reshape(N, 4, 3, 3) * gamma0[:, None, None] + beta0[:, None, None]
    mu1 = y0.sum(axis=(0, 2, 3)) / (N * 9)                # (4,)             eq. 6
    y0_centred = y0 - mu1[:, None, None]                  # (N, 4, 3, 3)     eq. 7
    var1 = (y0_centred**2).sum(axis=(0, 2, 3)) / (N * 9)  # (4,)             eq. 7
    z1_sqrt = np.sqrt(var1 + 1e-05)                       # (4,)             eq. 8
    z1 = y0_centred / z1_sqrt[:, None, None]              # (N, 4, 3, 3)     eq. 8
    y1 = z1 * gamma1[:, None, None] + beta1[:, None, None]  # (N, 4, 3, 3)     eq. 9
    y1b = y1.reshape(N, 36)                               # (N, 36)          eq. 10
    mu2 = y1b.sum(axis=1) / 36                            # (N,)             eq. 11
    y1b_centred = y1b - mu2[:, None]                      # (N, 36)          eq. 12
    var2 = (y1b_centred**2).sum(axis=1) / 36              # (N,)             eq. 12
    z2_sqrt = np.sqrt(var2 + 1e-05)                       # (N,)             eq. 13
    z2 = y1b_centred / z2_sqrt[:, None]                   # (N, 36)          eq. 13
    y2 = z2 * gamma2 + beta2                              # (N, 36)          eq. 14
    v3 = y2 @ W3 + b3                                     # (N, 2)           eq. 15
    l = (y - v3) ** 2                                     # (N, 2)           eq. 16
    L = l.sum(axis=1)                                     # (N,)             eq. 17
    loss = L.sum() / N                                    # ()               eq. 18
    cache = Cache(
        y, z0, z1, z2, y2, v3, s0_centred, z0_sqrt, y0_centred, z1_sqrt, y1b_centred, z2_sqrt
    )
    return loss, cache


def predict(params, x):
    """v3 (N, 2) for a batch of inputs."""
    params, x = checked(params, x)
    gamma0, beta0, gamma1, beta1, gamma2, beta2, W3, b3 = params
    N = x.shape[0]
    s0 = (  # (N, 2, 2, 3, 3)  eq. 1
        np.where(
            (np.arange(4) == np.arange(4).reshape(2, 2)[:, :, None])[:, :, None, None],
            x.transpose(0, 2, 3, 1)[:, None, None],
            0,
        ).sum(axis=5)
    )
    mu0 = s0.sum(axis=(2, 3, 4)) / 18                     # (N, 2)           eq. 2
    s0_centred = s0 - mu0[:, :, None, None, None]         # (N, 2, 2, 3, 3)  eq. 3
    var0 = (s0_centred**2).sum(axis=(2, 3, 4)) / 18       # (N, 2)           eq. 3
    z0_sqrt = np.sqrt(var0 + 1e-05)                       # (N, 2)           eq. 4
    z0 = s0_centred / z0_sqrt[:, :, None, None, None]     # (N, 2, 2, 3, 3)  eq. 4
    # (N, 4, 3, 3)  eq. 5
    y0 = z0.reshape(N, 4, 3, 3) * gamma0[:, None, None] + beta0[:, None, None]
    mu1 = y0.sum(axis=(0, 2, 3)) / (N * 9)                # (4,)             eq. 6
    y0_centred = y0 - mu1[:, None, None]                  # (N, 4, 3, 3)     eq. 7
    var1 = (y0_centred**2).sum(axis=(0, 2, 3)) / (N * 9)  # (4,)             eq. 7
    z1_sqrt = np.sqrt(var1 + 1e-05)                       # (4,)             eq. 8
    z1 = y0_centred / z1_sqrt[:, None, None]              # (N, 4, 3, 3)     eq. 8
    y1 = z1 * gamma1[:, None, None] + beta1[:, None, None]  # (N, 4, 3, 3)     eq. 9
    y1b = y1.reshape(N, 36)                               # (N, 36)          eq. 10
    mu2 = y1b.sum(axis=1) / 36                            # (N,)             eq. 11
    y1b_centred = y1b - mu2[:, None]                      # (N, 36)          eq. 12
    var2 = (y1b_centred**2).sum(axis=1) / 36              # (N,)             eq. 12
    z2_sqrt = np.sqrt(var2 + 1e-05)                       # (N,)             eq. 13
    z2 = y1b_centred / z2_sqrt[:, None]                   # (N, 36)          eq. 13
    y2 = z2 * gamma2 + beta2                              # (N, 36)          eq. 14
    v3 = y2 @ W3 + b3                                     # (N, 2)           eq. 15
    return v3


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    gamma0, gamma1, gamma2, W3 = params.gamma0, params.gamma1, params.gamma2, params.W3
    y, z0, z1, z2, y2, v3, s0_centred, z0_sqrt, y0_centred, z1_sqrt, y1b_centred, z2_sqrt = cache
    N = y.shape[0]
    dv3 = 2 / N * (v3 - y)                               # (N, 2)           eq. 22
    dW3 = y2.T @ dv3                                     # (36, 2)          eq. 23
    db3 = dv3.sum(axis=0)                                # (2,)             eq. 24
    dy2 = dv3 @ W3.T                                     # (N, 36)          eq. 25
    dgamma2 = (z2 * dy2).sum(axis=0)                     # (36,)            eq. 26
    dbeta2 = dy2.sum(axis=0)                             # (36,)            eq. 27
    dz2 = dy2 * gamma2                                   # (N, 36)          eq. 28
    # (N,)  eq. 29
    dvar2 = -1 / 2 * (dz2 * y1b_centred).sum(axis=1) / (z2_sqrt**2 * z2_sqrt)
    # (N, 36)  eq. 29
    dy1b_centred = (dvar2 / 18)[:, None] * y1b_centred + dz2 / z2_sqrt[:, None]
    dmu2 = -dy1b_centred.sum(axis=1)                     # (N,)             eq. 30
    dy1b = (dmu2 / 36)[:, None] + dy1b_centred           # (N, 36)          eq. 31
    dy1 = dy1b.reshape(N, 4, 3, 3)                       # (N, 4, 3, 3)     eq. 32
    dgamma1 = (z1 * dy1).sum(axis=(0, 2, 3))             # (4,)             eq. 33
    dbeta1 = dy1.sum(axis=(0, 2, 3))                     # (4,)             eq. 34
    dz1 = dy1 * gamma1[:, None, None]                    # (N, 4, 3, 3)     eq. 35
    # (4,)  eq. 36
    dvar1 = -1 / 2 * (dz1 * y0_centred).sum(axis=(0, 2, 3)) / (z1_sqrt**2 * z1_sqrt)
    # (N, 4, 3, 3)  eq. 36
    dy0_centred = 2 / (9 * N) * dvar1[:, None, None] * y0_centred + dz1 / z1_sqrt[:, None, None]
    dmu1 = -dy0_centred.sum(axis=(0, 2, 3))              # (4,)             eq. 37
    dy0 = (dmu1 / (9 * N))[:, None, None] + dy0_centred  # (N, 4, 3, 3)     eq. 38
    dgamma0 = (z0.reshape(N, 4, 3, 3) * dy0).sum(axis=(0, 2, 3))  # (4,)             eq. 39
    dbeta0 = dy0.sum(axis=(0, 2, 3))                     # (4,)             eq. 40
    grads = Params(dgamma0, dbeta0, dgamma1, dbeta1, dgamma2, dbeta2, dW3, db3)
    if not inputs:
        return grads, None
    # (N, 2, 2, 3, 3)  eq. 41
    dz0 = dy0.reshape(N, 2, 2, 3, 3) * gamma0.reshape(2, 2)[:, :, None, None]
    # (N, 2)  eq. 42
    dvar0 = -1 / 2 * (dz0 * s0_centred).sum(axis=(2, 3, 4)) / (z0_sqrt**2 * z0_sqrt)
    ds0_centred = (  # (N, 2, 2, 3, 3)  eq. 42
        (dvar0 / 9)[:, :, None, None, None] * s0_centred + dz0 / z0_sqrt[:, :, None, None, None]
    )
    dmu0 = -ds0_centred.sum(axis=(2, 3, 4))              # (N, 2)           eq. 43
    ds0 = (dmu0 / 18)[:, :, None, None, None] + ds0_centred  # (N, 2, 2, 3, 3)  eq. 44
    dx = ds0.reshape(N, 4, 3, 3)                         # (N, 4, 3, 3)     eq. 45
    return grads, Inputs(dx)


def loss_and_grads(params, x, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros, ones."""
    rng = np.random.default_rng(seed)
    return Params(
        gamma0=np.ones((4,), dtype),
        beta0=np.zeros((4,), dtype),
        gamma1=np.ones((4,), dtype),
        beta1=np.zeros((4,), dtype),
        gamma2=np.ones((36,), dtype),
        beta2=np.zeros((36,), dtype),
        W3=(rng.standard_normal((36, 2)) / 36**0.5).astype(dtype),
        b3=np.zeros((2,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    x = rng.standard_normal((batch, 4, 3, 3)).astype(dtype)
    y = rng.uniform(0.1, 0.9, (batch, 2)).astype(dtype)
    return params, (x, y)


def checked(params, *data):
    """(params, *data) as arrays that fit together; ValueError says what is wrong with which.

    Lists and numbers take the precision of the first array, else float64; arrays must have it.
    """
    if not isinstance(params, tuple) or len(params) != len(Params._fields):
        raise ValueError(f"params: expected Params, got {type(params).__name__}")
    arrays = (*params, *data)
    if type(params) is not Params or not all([type(a) is np.ndarray and a.shape for a in arrays]):
        arrays = as_arrays(arrays)
        params, data = Params(*arrays[: len(params)]), arrays[len(params) :]
    fits(tuple([(a.dtype, a.shape) for a in arrays]))
    return params, *data


def as_arrays(values):
    """Lists and numbers as arrays; a number is a batch of one where one is asked for."""
    floats = [v.dtype for v in values if hasattr(v, "dtype")]
    dtype = np.float32 if floats[:1] == [np.float32] else np.float64
    arrays = []
    for name, value in zip(SHAPES, values):
        try:
            array = np.asarray(value)
        except ValueError as fault:
            raise ValueError(f"{name}: expected an array, got a ragged list") from fault
        if not hasattr(value, "dtype") and array.dtype.kind in "iuf":
            array = array.astype(dtype)
        one = array.ndim == 0 and SHAPES[name] == ("N",)
        arrays.append(array.reshape(1) if one else array)
    return tuple(arrays)


@lru_cache
def fits(kinds):
    """ValueError unless arrays of these precisions and shapes do; what does is remembered."""
    dtype = np.dtype(np.float32 if kinds and kinds[0][0] == np.float32 else np.float64)
    N = None
    for (name, shape), (kind, found) in zip(SHAPES.items(), kinds):
        if kind != dtype:
            raise ValueError(f"{name}: expected {dtype}, got {kind}")
        if len(found) == len(shape) and shape[:1] == ("N",):
            N = N or found[0] or "N"
            shape = (N, *shape[1:])
        if found != shape:
            expected = str(shape).replace("'N'", "N >= 1")
            raise ValueError(f"{name}: expected shape {expected}, got {found}")


def self_check(seed=0, step=1e-30):
    """{name: relative error} of every gradient along a random direction u.

    Expected is the complex step: the loss at w + i*step*u has the imaginary part step * slope.
    No two numbers are subtracted, so that even a vanishing gradient is judged to its last digits;
    an error that rounding could cause is forgiven. How much it causes, the points nearby tell,
    where other digits are lost: a gradient that cancels to zero is nothing else.
    """
    rng = np.random.default_rng(seed)
    params, data = example(seed)
    point = dict(zip(SHAPES, (*params, *data)))

    def split(point):
        values = [*point.values()]
        return Params(*values[: len(params)]), *values[len(params) :]

    def gradients(point):
        grads, inputs = backward(split(point)[0], forward(*split(point))[1])
        return {**grads._asdict(), **inputs._asdict()}

    directions = {name: rng.standard_normal(grad.shape) for name, grad in gradients(point).items()}

    def terms(point):
        """{name: the gradient along u, entry by entry, and last what it should add up to}"""
        made = {}
        for name, grad in gradients(point).items():
            u = directions[name]
            moved = {**point, name: point[name] + 1j * step * u}
            made[name] = np.append(grad * u, np.imag(forward_unchecked(*split(moved))[0]) / step)
        return made

    def near(point):
        return {
            k: v * (1 + 2.0**-40 * rng.standard_normal(v.shape)) if k in directions else v
            for k, v in point.items()
        }

    here, nearby = terms(point), [terms(near(point)) for _ in range(6)]
    errors = {}
    for name, found in here.items():
        noise = max(abs(other[name] - found).sum() for other in nearby)
        gap = abs(found[:-1].sum() - found[-1])
        errors[name] = gap / (abs(found[:-1]).sum() + 1e12 * noise + 1e-300)
    return errors


if __name__ == "__main__":
    errors = self_check()
    for name, error in errors.items():
        print(f"d{name:<12} error {error:.1e}  {'ok' if error < 1e-10 else 'FAILED'}")
    raise SystemExit(0 if all(error < 1e-10 for error in errors.values()) else 1)
