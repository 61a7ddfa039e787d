"""The network recurrent: its loss, its gradients and its output, in NumPy.

    x (N, 3, 3) --gru--> h_gru (N, 3, 4) --dense--> v0 (N, 3, 2)
      --squared_error--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dWr_gru is the derivative of the loss by Wr_gru.

    params = init()
    loss, grads = loss_and_grads(params, x, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python recurrent.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    Wr_gru: np.ndarray  # (3, 4)
    Wz_gru: np.ndarray  # (3, 4)
    Wg_gru: np.ndarray  # (3, 4)
    Vr_gru: np.ndarray  # (4, 4)
    Vz_gru: np.ndarray  # (4, 4)
    Vg_gru: np.ndarray  # (4, 4)
    br_gru: np.ndarray  # (4,)
    bz_gru: np.ndarray  # (4,)
    bg_gru: np.ndarray  # (4,)
    bh_gru: np.ndarray  # (4,)
    W0: np.ndarray      # (4, 2)
    b0: np.ndarray      # (2,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 3, 3)


class Cache(NamedTuple):
    """What backward needs of forward."""

    x: np.ndarray      # (N, 3, 3)
    y: np.ndarray      # (N, 3, 2)
    r_gru: np.ndarray  # (N, 3, 4)
    z_gru: np.ndarray  # (N, 3, 4)
    u_gru: np.ndarray  # (N, 3, 4)
    g_gru: np.ndarray  # (N, 3, 4)
    h_gru: np.ndarray  # (N, 3, 4)
    v0: np.ndarray     # (N, 3, 2)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "Wr_gru": (3, 4),
    "Wz_gru": (3, 4),
    "Wg_gru": (3, 4),
    "Vr_gru": (4, 4),
    "Vz_gru": (4, 4),
    "Vg_gru": (4, 4),
    "br_gru": (4,),
    "bz_gru": (4,),
    "bg_gru": (4,),
    "bh_gru": (4,),
    "W0": (4, 2),
    "b0": (2,),
    "x": ("N", 3, 3),
    "y": ("N", 3, 2),
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
    Wr_gru, Wz_gru, Wg_gru, Vr_gru, Vz_gru, Vg_gru, br_gru, bz_gru, bg_gru, bh_gru, W0, b0 = params
    N = x.shape[0]
    dtype = np.result_type(*params, x, y)
    r_gru_in_x = x @ Wr_gru + br_gru                # (N, 3, 4)
    z_gru_in_x = x @ Wz_gru + bz_gru                # (N, 3, 4)
    g_gru_in_x = x @ Wg_gru + bg_gru                # (N, 3, 4)
    z_gru = np.zeros((N, 3, 4), dtype)
    r_gru = np.zeros((N, 3, 4), dtype)
    u_gru = np.zeros((N, 3, 4), dtype)
    g_gru = np.zeros((N, 3, 4), dtype)
    h_gru = np.zeros((N, 3, 4), dtype)
    for t in range(3):
        h_gru_prev = h_gru[:, t - 1] if t >= 1 else np.zeros_like(h_gru[:, 0])
        r_gru_in = r_gru_in_x[:, t] + h_gru_prev @ Vr_gru  # (N, 4)     eq. 1
        z_gru_in = z_gru_in_x[:, t] + h_gru_prev @ Vz_gru  # (N, 4)     eq. 2
        z_gru[:, t] = sigmoid(z_gru_in)             # (N, 4)     eq. 2
        r_gru[:, t] = sigmoid(r_gru_in)             # (N, 4)     eq. 1
        u_gru[:, t] = h_gru_prev @ Vg_gru + bh_gru  # (N, 4)     eq. 3
        g_gru_in = g_gru_in_x[:, t] + r_gru[:, t] * u_gru[:, t]  # (N, 4)     eq. 4
        g_gru[:, t] = np.tanh(g_gru_in)             # (N, 4)     eq. 4
        h_gru[:, t] = (1 - z_gru[:, t]) * g_gru[:, t] + z_gru[:, t] * h_gru_prev  # (N, 4)     eq. 5
    v0 = h_gru @ W0 + b0                            # (N, 3, 2)  eq. 6
    l = (y - v0) ** 2                               # (N, 3, 2)  eq. 7
    L = l.sum(axis=(1, 2))                          # (N,)       eq. 8
    loss = L.sum() / N                              # ()         eq. 9
    return loss, Cache(x, y, r_gru, z_gru, u_gru, g_gru, h_gru, v0)


def predict(params, x):
    """v0 (N, 3, 2) for a batch of inputs."""
    params, x = checked(params, x)
    Wr_gru, Wz_gru, Wg_gru, Vr_gru, Vz_gru, Vg_gru, br_gru, bz_gru, bg_gru, bh_gru, W0, b0 = params
    N = x.shape[0]
    dtype = np.result_type(*params, x)
    r_gru_in_x = x @ Wr_gru + br_gru                 # (N, 3, 4)
    z_gru_in_x = x @ Wz_gru + bz_gru                 # (N, 3, 4)
    g_gru_in_x = x @ Wg_gru + bg_gru                 # (N, 3, 4)
    h_gru = np.zeros((N, 3, 4), dtype)
    for t in range(3):
        h_gru_prev = h_gru[:, t - 1] if t >= 1 else np.zeros_like(h_gru[:, 0])
        r_gru_in = r_gru_in_x[:, t] + h_gru_prev @ Vr_gru  # (N, 4)     eq. 1
        z_gru_in = z_gru_in_x[:, t] + h_gru_prev @ Vz_gru  # (N, 4)     eq. 2
        z_gru = sigmoid(z_gru_in)                    # (N, 4)     eq. 2
        r_gru = sigmoid(r_gru_in)                    # (N, 4)     eq. 1
        u_gru = h_gru_prev @ Vg_gru + bh_gru         # (N, 4)     eq. 3
        g_gru_in = g_gru_in_x[:, t] + r_gru * u_gru  # (N, 4)     eq. 4
        g_gru = np.tanh(g_gru_in)                    # (N, 4)     eq. 4
        h_gru[:, t] = (1 - z_gru) * g_gru + z_gru * h_gru_prev  # (N, 4)     eq. 5
    v0 = h_gru @ W0 + b0                             # (N, 3, 2)  eq. 6
    return v0


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    Wr_gru, Wz_gru, Wg_gru, Vr_gru = params.Wr_gru, params.Wz_gru, params.Wg_gru, params.Vr_gru
    Vz_gru, Vg_gru, W0 = params.Vz_gru, params.Vg_gru, params.W0
    x, y, r_gru, z_gru, u_gru, g_gru, h_gru, v0 = cache
    N = x.shape[0]
    dtype = np.result_type(x, y, r_gru, z_gru, u_gru, g_gru, h_gru, v0)
    dv0 = 2 / N * (v0 - y)                             # (N, 3, 2)  eq. 13
    dW0 = h_gru.reshape(-1, 4).T @ dv0.reshape(-1, 2)  # (4, 2)     eq. 14
    db0 = dv0.sum(axis=(0, 1))                         # (2,)       eq. 15
    z_gru_pad = np.pad(z_gru, ((0, 0), (0, 1), (0, 0)))
    dh_gru_x = z_gru_pad[:, 1:4]                       # (N, 3, 4)
    dh_gru_x2 = dv0 @ W0.T                             # (N, 3, 4)
    dg_gru_x = 1 - z_gru                               # (N, 3, 4)
    dg_gru_in_x = 1 - g_gru**2                         # (N, 3, 4)
    dr_gru_in_x = 1 - r_gru                            # (N, 3, 4)
    h_gru_pad = np.pad(h_gru, ((0, 0), (1, 0), (0, 0)))
    dz_gru_x = h_gru_pad[:, :3] - g_gru                # (N, 3, 4)
    dz_gru_in_x = 1 - z_gru                            # (N, 3, 4)
    dh_gru = np.zeros((N, 3, 4), dtype)
    dg_gru_in = np.zeros((N, 3, 4), dtype)
    dr_gru_in = np.zeros((N, 3, 4), dtype)
    dz_gru_in = np.zeros((N, 3, 4), dtype)
    du_gru = np.zeros((N, 3, 4), dtype)
    for t in reversed(range(3)):
        dr_gru_in_next = dr_gru_in[:, t + 1] if t < 2 else np.zeros_like(dr_gru_in[:, 0])
        dz_gru_in_next = dz_gru_in[:, t + 1] if t < 2 else np.zeros_like(dz_gru_in[:, 0])
        du_gru_next = du_gru[:, t + 1] if t < 2 else np.zeros_like(du_gru[:, 0])
        dh_gru_next = dh_gru[:, t + 1] if t < 2 else np.zeros_like(dh_gru[:, 0])
        dh_gru[:, t] = (  # (N, 4)  eq. 16
            dr_gru_in_next @ Vr_gru.T
            + dz_gru_in_next @ Vz_gru.T
            + du_gru_next @ Vg_gru.T
            + dh_gru_next * dh_gru_x[:, t]
            + dh_gru_x2[:, t]
        )
        dg_gru = dh_gru[:, t] * dg_gru_x[:, t]         # (N, 4)     eq. 17
        dg_gru_in[:, t] = dg_gru * dg_gru_in_x[:, t]   # (N, 4)     eq. 17
        dr_gru = dg_gru_in[:, t] * u_gru[:, t]         # (N, 4)     eq. 18
        dr_gru_in[:, t] = dr_gru * r_gru[:, t] * dr_gru_in_x[:, t]  # (N, 4)     eq. 18
        dz_gru = dh_gru[:, t] * dz_gru_x[:, t]         # (N, 4)     eq. 19
        dz_gru_in[:, t] = dz_gru * z_gru[:, t] * dz_gru_in_x[:, t]  # (N, 4)     eq. 19
        du_gru[:, t] = dg_gru_in[:, t] * r_gru[:, t]   # (N, 4)     eq. 20
    dWr_gru = x.reshape(-1, 3).T @ dr_gru_in.reshape(-1, 4)  # (3, 4)     eq. 21
    dWz_gru = x.reshape(-1, 3).T @ dz_gru_in.reshape(-1, 4)  # (3, 4)     eq. 22
    dWg_gru = x.reshape(-1, 3).T @ dg_gru_in.reshape(-1, 4)  # (3, 4)     eq. 23
    dVr_gru = h_gru_pad[:, :3].reshape(-1, 4).T @ dr_gru_in.reshape(-1, 4)  # (4, 4)     eq. 24
    dVz_gru = h_gru_pad[:, :3].reshape(-1, 4).T @ dz_gru_in.reshape(-1, 4)  # (4, 4)     eq. 25
    dVg_gru = h_gru_pad[:, :3].reshape(-1, 4).T @ du_gru.reshape(-1, 4)  # (4, 4)     eq. 26
    dbr_gru = dr_gru_in.sum(axis=(0, 1))               # (4,)       eq. 27
    dbz_gru = dz_gru_in.sum(axis=(0, 1))               # (4,)       eq. 28
    dbg_gru = dg_gru_in.sum(axis=(0, 1))               # (4,)       eq. 29
    dbh_gru = du_gru.sum(axis=(0, 1))                  # (4,)       eq. 30
    grads = Params(
        dWr_gru,
        dWz_gru,
        dWg_gru,
        dVr_gru,
        dVz_gru,
        dVg_gru,
        dbr_gru,
        dbz_gru,
        dbg_gru,
        dbh_gru,
        dW0,
        db0,
    )
    if not inputs:
        return grads, None
    dx = dr_gru_in @ Wr_gru.T + dz_gru_in @ Wz_gru.T + dg_gru_in @ Wg_gru.T  # (N, 3, 3)  eq. 31
    return grads, Inputs(dx)


def loss_and_grads(params, x, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros."""
    rng = np.random.default_rng(seed)
    return Params(
        Wr_gru=(rng.standard_normal((3, 4)) / 3**0.5).astype(dtype),
        Wz_gru=(rng.standard_normal((3, 4)) / 3**0.5).astype(dtype),
        Wg_gru=(rng.standard_normal((3, 4)) / 3**0.5).astype(dtype),
        Vr_gru=(rng.standard_normal((4, 4)) / 4**0.5).astype(dtype),
        Vz_gru=(rng.standard_normal((4, 4)) / 4**0.5).astype(dtype),
        Vg_gru=(rng.standard_normal((4, 4)) / 4**0.5).astype(dtype),
        br_gru=np.zeros((4,), dtype),
        bz_gru=np.zeros((4,), dtype),
        bg_gru=np.zeros((4,), dtype),
        bh_gru=np.zeros((4,), dtype),
        W0=(rng.standard_normal((4, 2)) / 4**0.5).astype(dtype),
        b0=np.zeros((2,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    x = rng.standard_normal((batch, 3, 3)).astype(dtype)
    y = rng.uniform(0.1, 0.9, (batch, 3, 2)).astype(dtype)
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
