"""The network n232: its loss, its gradients and its output, in NumPy.

    x (N, 2) --dense--> v0 --sigmoid--> y0 (N, 3) --dense--> v1 --sigmoid--> y1 (N, 2)
      --squared_error--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dW0 is the derivative of the loss by W0.

    params = init()
    loss, grads = loss_and_grads(params, x, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python n232.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    W0: np.ndarray  # (2, 3)
    b0: np.ndarray  # (3,)
    W1: np.ndarray  # (3, 2)
    b1: np.ndarray  # (2,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 2)


class Cache(NamedTuple):
    """What backward needs of forward."""

    x: np.ndarray   # (N, 2)
    y: np.ndarray   # (N, 2)
    y0: np.ndarray  # (N, 3)
    y1: np.ndarray  # (N, 2)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "W0": (2, 3),
    "b0": (3,),
    "W1": (3, 2),
    "b1": (2,),
    "x": ("N", 2),
    "y": ("N", 2),
}


def sigmoid(z):
    """1 / (1 + exp(-z)); where exp(-z) is infinite, it is 0 to the last digit."""
    if z.dtype.kind == "c":  # the complex step of a check, where infinity would be no number
        z = np.maximum(z.real, -700) + 1j * z.imag
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def forward(params, x, y):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, x, y = checked(params, x, y)
    return forward_unchecked(params, x, y)


def forward_unchecked(params, x, y):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    W0, b0, W1, b1 = params
    N = x.shape[0]
    v0 = x @ W0 + b0       # (N, 3)  eq. 1
    y0 = sigmoid(v0)       # (N, 3)  eq. 2
    v1 = y0 @ W1 + b1      # (N, 2)  eq. 3
    y1 = sigmoid(v1)       # (N, 2)  eq. 4
    l = (y - y1) ** 2 / 2  # (N, 2)  eq. 5
    L = l.sum(axis=1)      # (N,)    eq. 6
    loss = L.sum() / N     # ()      eq. 7
    return loss, Cache(x, y, y0, y1)


def predict(params, x):
    """y1 (N, 2) for a batch of inputs."""
    params, x = checked(params, x)
    W0, b0, W1, b1 = params
    v0 = x @ W0 + b0   # (N, 3)  eq. 1
    y0 = sigmoid(v0)   # (N, 3)  eq. 2
    v1 = y0 @ W1 + b1  # (N, 2)  eq. 3
    y1 = sigmoid(v1)   # (N, 2)  eq. 4
    return y1


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    W0, W1 = params.W0, params.W1
    x, y, y0, y1 = cache
    N = x.shape[0]
    dy1 = (y1 - y) / N         # (N, 2)  eq. 11
    dv1 = dy1 * y1 * (1 - y1)  # (N, 2)  eq. 12
    dW1 = y0.T @ dv1           # (3, 2)  eq. 13
    db1 = dv1.sum(axis=0)      # (2,)    eq. 14
    dy0 = dv1 @ W1.T           # (N, 3)  eq. 15
    dv0 = dy0 * y0 * (1 - y0)  # (N, 3)  eq. 16
    dW0 = x.T @ dv0            # (2, 3)  eq. 17
    db0 = dv0.sum(axis=0)      # (3,)    eq. 18
    grads = Params(dW0, db0, dW1, db1)
    if not inputs:
        return grads, None
    dx = dv0 @ W0.T            # (N, 2)  eq. 19
    return grads, Inputs(dx)


def loss_and_grads(params, x, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros."""
    rng = np.random.default_rng(seed)
    return Params(
        W0=(rng.standard_normal((2, 3)) / 2**0.5).astype(dtype),
        b0=np.zeros((3,), dtype),
        W1=(rng.standard_normal((3, 2)) / 3**0.5).astype(dtype),
        b1=np.zeros((2,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    x = rng.standard_normal((batch, 2)).astype(dtype)
    y = rng.uniform(0.1, 0.9, (batch, 2)).astype(dtype)
    return params, (x, y)


def worked_example(dtype=np.float64):
    """(params, data): the numbers of the spec."""
    params = Params(
        W0=np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], dtype),
        b0=np.array([0.2, 0.25, 0.3], dtype),
        W1=np.array([[0.3, 0.4], [0.5, 0.6], [0.7, 0.8]], dtype),
        b1=np.array([0.3, 0.35], dtype),
    )
    x = np.array([[0.3, 0.7]], dtype)
    y = np.array([[1, 0]], dtype)
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
