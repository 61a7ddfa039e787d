"""The network digits_conv: its loss, its gradients and its output, in NumPy.

    x (N, 1, 8, 8) --conv2d--> v0 --relu--> y0 (N, 4, 8, 8)
      --max_pool2d--> y0b (N, 4, 4, 4) --conv2d--> v1 --relu--> y1 (N, 8, 2, 2)
      --flatten--> y1b (N, 32) --dense--> v2 (N, 10) --cross_entropy_logits--> L (N,)
      --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dK0 is the derivative of the loss by K0.

    params = init()
    loss, grads = loss_and_grads(params, x, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python digits_conv.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    K0: np.ndarray  # (4, 1, 3, 3)
    b0: np.ndarray  # (4,)
    K1: np.ndarray  # (8, 4, 3, 3)
    b1: np.ndarray  # (8,)
    W2: np.ndarray  # (32, 10)
    b2: np.ndarray  # (10,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 1, 8, 8)


class Cache(NamedTuple):
    """What backward needs of forward."""

    x: np.ndarray       # (N, 1, 8, 8)
    y: np.ndarray       # (N, 10)
    v0: np.ndarray      # (N, 4, 8, 8)
    y0b: np.ndarray     # (N, 4, 4, 4)
    v1: np.ndarray      # (N, 8, 2, 2)
    y1b: np.ndarray     # (N, 32)
    q: np.ndarray       # (N, 10)
    y0b_at: np.ndarray  # (N, 4, 4, 4)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "K0": (4, 1, 3, 3),
    "b0": (4,),
    "K1": (8, 4, 3, 3),
    "b1": (8,),
    "W2": (32, 10),
    "b2": (10,),
    "x": ("N", 1, 8, 8),
    "y": ("N", 10),
}
DISTRIBUTIONS = ("y",)  # the last axis sums to 1


def log_softmax(z, axis):
    """z - log(sum(exp(z))) along axis, shifted by the maximum."""
    z = z - z.real.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


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
    K0, b0, K1, b1, W2, b2 = params
    N = x.shape[0]
    x_pad = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    x_win = sliding_window_view(x_pad, (3, 3), (2, 3))[:, :, :8, :8]
    x_cols = x_win.transpose(0, 1, 4, 5, 2, 3).reshape(N, 9, 64)  # (N, 9, 64)
    v0 = (K0.reshape(4, 9) @ x_cols).reshape(N, 4, 8, 8) + b0[:, None, None]  # (N, 4, 8, 8)  eq. 1
    y0 = np.maximum(v0, 0)                # (N, 4, 8, 8)  eq. 2
    y0_win = y0.reshape(N, 4, 4, 2, 4, 2).transpose(0, 1, 2, 4, 3, 5)  # (N, 4, 4, 4, 2, 2)
    y0b_at = window_argmax(y0_win, 2)     # (N, 4, 4, 4)  eq. 3
    y0b = window_max(y0_win, 2)           # (N, 4, 4, 4)  eq. 3
    y0b_win = sliding_window_view(y0b, (2, 2), (2, 3))[:, :, :3, :3]
    y0b_cols = y0b_win.reshape(N, 36, 4)  # (N, 36, 4)
    # (N, 8, 2, 2)  eq. 4
    v1 = (K1.reshape(8, 36) @ y0b_cols).reshape(N, 8, 2, 2) + b1[:, None, None]
    y1 = np.maximum(v1, 0)                # (N, 8, 2, 2)  eq. 5
    y1b = y1.reshape(N, 32)               # (N, 32)       eq. 6
    v2 = y1b @ W2 + b2                    # (N, 10)       eq. 7
    q = log_softmax(v2, axis=-1)          # (N, 10)       eq. 8
    l = -(y * q).sum(axis=1)              # (N,)          eq. 9
    L = l                                 # (N,)          eq. 10
    loss = L.sum() / N                    # ()            eq. 11
    return loss, Cache(x, y, v0, y0b, v1, y1b, q, y0b_at)


def predict(params, x):
    """v2 (N, 10) for a batch of inputs."""
    params, x = checked(params, x)
    K0, b0, K1, b1, W2, b2 = params
    N = x.shape[0]
    x_pad = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    x_win = sliding_window_view(x_pad, (3, 3), (2, 3))[:, :, :8, :8]
    x_cols = x_win.transpose(0, 1, 4, 5, 2, 3).reshape(N, 9, 64)  # (N, 9, 64)
    v0 = (K0.reshape(4, 9) @ x_cols).reshape(N, 4, 8, 8) + b0[:, None, None]  # (N, 4, 8, 8)  eq. 1
    y0 = np.maximum(v0, 0)                # (N, 4, 8, 8)  eq. 2
    y0_win = y0.reshape(N, 4, 4, 2, 4, 2).transpose(0, 1, 2, 4, 3, 5)  # (N, 4, 4, 4, 2, 2)
    y0b = window_max(y0_win, 2)           # (N, 4, 4, 4)  eq. 3
    y0b_win = sliding_window_view(y0b, (2, 2), (2, 3))[:, :, :3, :3]
    y0b_cols = y0b_win.reshape(N, 36, 4)  # (N, 36, 4)
    # (N, 8, 2, 2)  eq. 4
    v1 = (K1.reshape(8, 36) @ y0b_cols).reshape(N, 8, 2, 2) + b1[:, None, None]
    y1 = np.maximum(v1, 0)                # (N, 8, 2, 2)  eq. 5
    y1b = y1.reshape(N, 32)               # (N, 32)       eq. 6
    v2 = y1b @ W2 + b2                    # (N, 10)       eq. 7
    return v2


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    K0, K1, W2 = params.K0, params.K1, params.W2
    x, y, v0, y0b, v1, y1b, q, y0b_at = cache
    N = x.shape[0]
    dv2 = (np.exp(q) - y) / N             # (N, 10)       eq. 15, 16
    dW2 = y1b.T @ dv2                     # (32, 10)      eq. 17
    db2 = dv2.sum(axis=0)                 # (10,)         eq. 18
    dy1b = dv2 @ W2.T                     # (N, 32)       eq. 19
    dy1 = dy1b.reshape(N, 8, 2, 2)        # (N, 8, 2, 2)  eq. 20
    dv1 = dy1 * (v1 > 0)                  # (N, 8, 2, 2)  eq. 21
    y0b_win = sliding_window_view(y0b, (2, 2), (2, 3))[:, :, :3, :3]
    y0b_cols = y0b_win.reshape(N, 36, 4)  # (N, 36, 4)
    # (8, 4, 3, 3)  eq. 22
    dK1 = (dv1.reshape(N, 8, 4) @ np.swapaxes(y0b_cols, -1, -2)).sum(axis=0).reshape(8, 4, 3, 3)
    db1 = dv1.sum(axis=(0, 2, 3))         # (8,)          eq. 23
    dy0b = fold(  # (N, 4, 4, 4)  eq. 24
        (
            (K1.reshape(8, 36).T @ dv1.reshape(N, 8, 4))
            .reshape(N, 4, 3, 3, 2, 2)
            .transpose(0, 1, 4, 5, 2, 3)
        ),
        size=(4, 4),
    )
    dy0 = (  # (N, 4, 8, 8)  eq. 25
        np.where(np.arange(4).reshape(2, 2)[:, :, None, None, None, None] == y0b_at, dy0b, 0)
        .transpose(2, 3, 4, 0, 5, 1)
        .reshape(N, 4, 8, 8)
    )
    dv0 = dy0 * (v0 > 0)                  # (N, 4, 8, 8)  eq. 26
    x_pad = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    x_win = sliding_window_view(x_pad, (3, 3), (2, 3))[:, :, :8, :8]
    x_cols = x_win.transpose(0, 1, 4, 5, 2, 3).reshape(N, 9, 64)  # (N, 9, 64)
    # (4, 1, 3, 3)  eq. 27
    dK0 = (dv0.reshape(N, 4, 64) @ np.swapaxes(x_cols, -1, -2)).sum(axis=0).reshape(4, 1, 3, 3)
    db0 = dv0.sum(axis=(0, 2, 3))         # (4,)          eq. 28
    grads = Params(dK0, db0, dK1, db1, dW2, db2)
    if not inputs:
        return grads, None
    dx = fold(  # (N, 1, 8, 8)  eq. 29
        (K0.reshape(4, 9).T @ dv0.reshape(N, 4, 64)).reshape(N, 1, 3, 3, 8, 8),
        size=(8, 8),
        start=(-1, -1),
    )
    return grads, Inputs(dx)


def loss_and_grads(params, x, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros."""
    rng = np.random.default_rng(seed)
    return Params(
        K0=(rng.standard_normal((4, 1, 3, 3)) / 9**0.5).astype(dtype),
        b0=np.zeros((4,), dtype),
        K1=(rng.standard_normal((8, 4, 3, 3)) / 36**0.5).astype(dtype),
        b1=np.zeros((8,), dtype),
        W2=(rng.standard_normal((32, 10)) / 32**0.5).astype(dtype),
        b2=np.zeros((10,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    x = rng.standard_normal((batch, 1, 8, 8)).astype(dtype)
    y = rng.dirichlet(np.ones(10), (batch,)).astype(dtype)
    return params, (x, y)


def kinks(params, x, y):
    """The side taken at every corner: winners, signs, branches (for checks)."""
    K0, b0, K1, b1 = params.K0, params.b0, params.K1, params.b1
    N = x.shape[0]
    x_pad = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    x_win = sliding_window_view(x_pad, (3, 3), (2, 3))[:, :, :8, :8]
    x_cols = x_win.transpose(0, 1, 4, 5, 2, 3).reshape(N, 9, 64)  # (N, 9, 64)
    v0 = (K0.reshape(4, 9) @ x_cols).reshape(N, 4, 8, 8) + b0[:, None, None]  # (N, 4, 8, 8)  eq. 1
    y0 = np.maximum(v0, 0)                # (N, 4, 8, 8)  eq. 2
    y0_win = y0.reshape(N, 4, 4, 2, 4, 2).transpose(0, 1, 2, 4, 3, 5)  # (N, 4, 4, 4, 2, 2)
    y0b_at = window_argmax(y0_win, 2)     # (N, 4, 4, 4)  eq. 3
    y0b = window_max(y0_win, 2)           # (N, 4, 4, 4)  eq. 3
    y0b_win = sliding_window_view(y0b, (2, 2), (2, 3))[:, :, :3, :3]
    y0b_cols = y0b_win.reshape(N, 36, 4)  # (N, 36, 4)
    # (N, 8, 2, 2)  eq. 4
    v1 = (K1.reshape(8, 36) @ y0b_cols).reshape(N, 8, 2, 2) + b1[:, None, None]
    side1 = np.sign(v0.real)
    side2 = np.sign(v1.real)
    return (y0b_at, side1, side2)


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
    for name, array in zip(SHAPES, arrays):  # what no shape tells
        if name in DISTRIBUTIONS and not (
            array.min() >= 0 and abs(array.sum(axis=-1) - 1).max() <= 1e-4
        ):
            raise ValueError(f"{name}: expected numbers >= 0 with the sum 1 over the last axis")
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
