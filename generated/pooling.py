"""The network pooling: its loss, its gradients and its output, in NumPy.

    x (N, 2, 6, 6) --max_pool2d--> y0 (N, 2, 4, 4) --average_pool2d--> y0b (N, 2, 2, 2)
      --global_average_pool2d--> y0c (N, 2) --squared_error--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).

Written by chalkgrad. `python pooling.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 2, 6, 6)


class Cache(NamedTuple):
    """What backward needs of forward."""

    y: np.ndarray      # (N, 2)
    y0c: np.ndarray    # (N, 2)
    y0_at: np.ndarray  # (N, 2, 4, 4)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "x": ("N", 2, 6, 6),
    "y": ("N", 2),
}


def fold(windows, size, start=None, stride=None, dilation=None):
    """Add windows (..., P, Q, I, J) onto axes: entry (p, i) at start + stride*i + dilation*p.

    The adjoint of reading axes through strided windows; what falls outside is dropped.
    """
    start = start or [0] * len(size)
    stride, dilation = stride or [1] * len(size), dilation or [1] * len(size)
    widths, counts = windows.shape[-2 * len(size) :][: len(size)], windows.shape[-len(size) :]
    out = np.zeros((*windows.shape[: -2 * len(size)], *size), windows.dtype)
    for offset in np.ndindex(widths):
        onto, inside = [], []  # the entries of each axis that are met, and the windows that do
        for k, p in enumerate(offset):
            at = start[k] + dilation[k] * p
            first = max(0, -(at // stride[k]))
            last = max(first, min(counts[k], (size[k] - 1 - at) // stride[k] + 1))
            onto.append(slice(at + stride[k] * first, at + stride[k] * last, stride[k]))
            inside.append(slice(first, last))
        out[(..., *onto)] += windows[(..., *offset, *inside)]
    return out


def window_max(windows, axes):
    """The maximum over the last axes: of a few long views, not of many small windows."""
    first, *others = [windows[(..., *place)] for place in np.ndindex(windows.shape[-axes:])]
    top = first.copy()
    for view in others:
        np.maximum(top, view, out=top)
    return top


def window_argmax(windows, axes):
    """The place of the first maximum over the last axes, counted row by row."""
    first, *others = [windows[(..., *place)] for place in np.ndindex(windows.shape[-axes:])]
    top, at = first.copy(), np.zeros(first.shape, np.int8)
    for place, view in enumerate(others, start=1):  # a later winner has the larger number
        np.maximum(at, np.int8(place) * (view > top), out=at)
        np.maximum(top, view, out=top)
    return at


def forward(params, x, y):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, x, y = checked(params, x, y)
    return forward_unchecked(params, x, y)


def forward_unchecked(params, x, y):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    N = x.shape[0]
    x_win = sliding_window_view(x, (3, 3), (2, 3))[:, :, :4, :4]
    y0_at = window_argmax(x_win, 2)  # (N, 2, 4, 4)  eq. 1
    y0 = window_max(x_win, 2)        # (N, 2, 4, 4)  eq. 1
    y0b = y0.reshape(N, 2, 2, 2, 2, 2).sum(axis=(3, 5)) / 4  # (N, 2, 2, 2)  eq. 2
    y0c = y0b.sum(axis=(2, 3)) / 4   # (N, 2)        eq. 3
    l = (y - y0c) ** 2               # (N, 2)        eq. 4
    L = l.sum(axis=1)                # (N,)          eq. 5
    loss = L.sum() / N               # ()            eq. 6
    return loss, Cache(y, y0c, y0_at)


def predict(params, x):
    """y0c (N, 2) for a batch of inputs."""
    params, x = checked(params, x)
    N = x.shape[0]
    x_win = sliding_window_view(x, (3, 3), (2, 3))[:, :, :4, :4]
    y0 = window_max(x_win, 2)       # (N, 2, 4, 4)  eq. 1
    y0b = y0.reshape(N, 2, 2, 2, 2, 2).sum(axis=(3, 5)) / 4  # (N, 2, 2, 2)  eq. 2
    y0c = y0b.sum(axis=(2, 3)) / 4  # (N, 2)        eq. 3
    return y0c


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    y, y0c, y0_at = cache
    N = y.shape[0]
    grads = Params()
    if not inputs:
        return grads, None
    dy0c = 2 / N * (y0c - y)  # (N, 2)        eq. 10
    dy0b = np.broadcast_to((dy0c / 4)[:, :, None, None], (N, 2, 2, 2))  # (N, 2, 2, 2)  eq. 11
    dy0 = (  # (N, 2, 4, 4)  eq. 12
        (
            np.broadcast_to(dy0b[:, :, :, :, None, None], (N, 2, 2, 2, 2, 2))
            .transpose(0, 1, 2, 4, 3, 5)
            .reshape(N, 2, 4, 4)
        )
        / (2 * 2)
    )
    dx = fold(  # (N, 2, 6, 6)  eq. 13
        np.where(
            np.arange(9).reshape(3, 3)[:, :, None, None, None, None] == y0_at, dy0, 0
        ).transpose(2, 3, 0, 1, 4, 5),
        size=(6, 6),
    )
    return grads, Inputs(dx)


def loss_and_grads(params, x, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """The empty Params."""
    return Params()


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    params = Params()
    x = rng.standard_normal((batch, 2, 6, 6)).astype(dtype)
    y = rng.uniform(0.1, 0.9, (batch, 2)).astype(dtype)
    return params, (x, y)


def kinks(params, x, y):
    """The side taken at every corner: winners, signs, branches (for checks)."""
    x_win = sliding_window_view(x, (3, 3), (2, 3))[:, :, :4, :4]
    y0_at = window_argmax(x_win, 2)  # (N, 2, 4, 4)  eq. 1
    return (y0_at,)


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
