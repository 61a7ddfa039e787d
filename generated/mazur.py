"""The network mazur: its loss, its gradients and its output, in NumPy.

    i (N, 2) --dense--> v_h --sigmoid--> y_h --dense--> v_o --sigmoid--> y_o (N, 2)
      --squared_error--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dW_h is the derivative of the loss by W_h.

    params = init()
    loss, grads = loss_and_grads(params, i, target)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python mazur.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    W_h: np.ndarray  # (2, 2)
    b_h: np.ndarray  # ()
    W_o: np.ndarray  # (2, 2)
    b_o: np.ndarray  # ()


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    i: np.ndarray  # (N, 2)


class Cache(NamedTuple):
    """What backward needs of forward."""

    i: np.ndarray       # (N, 2)
    target: np.ndarray  # (N, 2)
    y_h: np.ndarray     # (N, 2)
    y_o: np.ndarray     # (N, 2)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "W_h": (2, 2),
    "b_h": (),
    "W_o": (2, 2),
    "b_o": (),
    "i": ("N", 2),
    "target": ("N", 2),
}


def sigmoid(z):
    """1 / (1 + exp(-z)); where exp(-z) is infinite, it is 0 to the last digit."""
    if z.dtype.kind == "c":  # the complex step of a check, where infinity would be no number
        z = np.maximum(z.real, -700) + 1j * z.imag
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def forward(params, i, target):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, i, target = checked(params, i, target)
    return forward_unchecked(params, i, target)


def forward_unchecked(params, i, target):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    W_h, b_h, W_o, b_o = params
    N = i.shape[0]
    v_h = i @ W_h + b_h          # (N, 2)  eq. 1
    y_h = sigmoid(v_h)           # (N, 2)  eq. 2
    v_o = y_h @ W_o + b_o        # (N, 2)  eq. 3
    y_o = sigmoid(v_o)           # (N, 2)  eq. 4
    l = (target - y_o) ** 2 / 2  # (N, 2)  eq. 5
    L = l.sum(axis=1)            # (N,)    eq. 6
    loss = L.sum() / N           # ()      eq. 7
    return loss, Cache(i, target, y_h, y_o)


def predict(params, i):
    """y_o (N, 2) for a batch of inputs."""
    params, i = checked(params, i)
    W_h, b_h, W_o, b_o = params
    v_h = i @ W_h + b_h    # (N, 2)  eq. 1
    y_h = sigmoid(v_h)     # (N, 2)  eq. 2
    v_o = y_h @ W_o + b_o  # (N, 2)  eq. 3
    y_o = sigmoid(v_o)     # (N, 2)  eq. 4
    return y_o


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    W_h, W_o = params.W_h, params.W_o
    i, target, y_h, y_o = cache
    N = i.shape[0]
    dy_o = (y_o - target) / N      # (N, 2)  eq. 11
    dv_o = dy_o * y_o * (1 - y_o)  # (N, 2)  eq. 12
    dW_o = y_h.T @ dv_o            # (2, 2)  eq. 13
    db_o = dv_o.sum()              # ()      eq. 14
    dy_h = dv_o @ W_o.T            # (N, 2)  eq. 15
    dv_h = dy_h * y_h * (1 - y_h)  # (N, 2)  eq. 16
    dW_h = i.T @ dv_h              # (2, 2)  eq. 17
    db_h = dv_h.sum()              # ()      eq. 18
    grads = Params(dW_h, db_h, dW_o, db_o)
    if not inputs:
        return grads, None
    di = dv_h @ W_h.T              # (N, 2)  eq. 19
    return grads, Inputs(di)


def loss_and_grads(params, i, target):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, i, target)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros."""
    rng = np.random.default_rng(seed)
    return Params(
        W_h=(rng.standard_normal((2, 2)) / 2**0.5).astype(dtype),
        b_h=np.zeros((), dtype),
        W_o=(rng.standard_normal((2, 2)) / 2**0.5).astype(dtype),
        b_o=np.zeros((), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    i = rng.standard_normal((batch, 2)).astype(dtype)
    target = rng.uniform(0.1, 0.9, (batch, 2)).astype(dtype)
    return params, (i, target)


def worked_example(dtype=np.float64):
    """(params, data): the numbers of the spec."""
    params = Params(
        W_h=np.array([[0.15, 0.25], [0.2, 0.3]], dtype),
        b_h=np.array(0.35, dtype),
        W_o=np.array([[0.4, 0.5], [0.45, 0.55]], dtype),
        b_o=np.array(0.6, dtype),
    )
    i = np.array([[0.05, 0.1]], dtype)
    target = np.array([[0.01, 0.99]], dtype)
    return params, (i, target)


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
