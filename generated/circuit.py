"""The network circuit: its loss, its gradients and its output, in NumPy.

    x (N,), y (N,), z (N,)
    q = x + y
    f = q*z
    loss = mean of f

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).

Written by chalkgrad. `python circuit.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N,)
    y: np.ndarray  # (N,)
    z: np.ndarray  # (N,)


class Cache(NamedTuple):
    """What backward needs of forward."""

    z: np.ndarray  # (N,)
    q: np.ndarray  # (N,)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "x": ("N",),
    "y": ("N",),
    "z": ("N",),
}


def forward(params, x, y, z):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, x, y, z = checked(params, x, y, z)
    return forward_unchecked(params, x, y, z)


def forward_unchecked(params, x, y, z):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    N = x.shape[0]
    q = x + y           # (N,)  eq. 1
    f = q * z           # (N,)  eq. 2
    loss = f.sum() / N  # ()    eq. 3
    return loss, Cache(z, q)


def predict(params, x, y, z):
    """q (N,) for a batch of inputs."""
    params, x, y, z = checked(params, x, y, z)
    q = x + y  # (N,)  eq. 1
    return q


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    z, q = cache
    N = z.shape[0]
    grads = Params()
    if not inputs:
        return grads, None
    dz = q / N  # (N,)  eq. 6
    dq = z / N  # (N,)  eq. 7
    dx = dq     # (N,)  eq. 8
    dy = dq     # (N,)  eq. 9
    return grads, Inputs(dx, dy, dz)


def loss_and_grads(params, x, y, z):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y, z)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """The empty Params."""
    return Params()


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    params = Params()
    x = rng.standard_normal((batch,)).astype(dtype)
    y = rng.standard_normal((batch,)).astype(dtype)
    z = rng.standard_normal((batch,)).astype(dtype)
    return params, (x, y, z)


def worked_example(dtype=np.float64):
    """(params, data): the numbers of the spec."""
    params = Params()
    x = np.array([-2], dtype)
    y = np.array([5], dtype)
    z = np.array([-4], dtype)
    return params, (x, y, z)


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
