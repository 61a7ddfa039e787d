"""The network lstm: its loss, its gradients and its output, in NumPy.

    x (N, 3, 2) --lstm--> h_lstm (N, 3, 3) --squared_error--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dWi_lstm is the derivative of the loss by Wi_lstm.

    params = init()
    loss, grads = loss_and_grads(params, x, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python lstm.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    Wi_lstm: np.ndarray  # (2, 3)
    Wf_lstm: np.ndarray  # (2, 3)
    Wg_lstm: np.ndarray  # (2, 3)
    Wo_lstm: np.ndarray  # (2, 3)
    Vi_lstm: np.ndarray  # (3, 3)
    Vf_lstm: np.ndarray  # (3, 3)
    Vg_lstm: np.ndarray  # (3, 3)
    Vo_lstm: np.ndarray  # (3, 3)
    bi_lstm: np.ndarray  # (3,)
    bf_lstm: np.ndarray  # (3,)
    bg_lstm: np.ndarray  # (3,)
    bo_lstm: np.ndarray  # (3,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 3, 2)


class Cache(NamedTuple):
    """What backward needs of forward."""

    x: np.ndarray            # (N, 3, 2)
    y: np.ndarray            # (N, 3, 3)
    i_lstm: np.ndarray       # (N, 3, 3)
    f_lstm: np.ndarray       # (N, 3, 3)
    g_lstm: np.ndarray       # (N, 3, 3)
    o_lstm: np.ndarray       # (N, 3, 3)
    c_lstm: np.ndarray       # (N, 3, 3)
    h_lstm: np.ndarray       # (N, 3, 3)
    h_lstm_tanh: np.ndarray  # (N, 3, 3)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "Wi_lstm": (2, 3),
    "Wf_lstm": (2, 3),
    "Wg_lstm": (2, 3),
    "Wo_lstm": (2, 3),
    "Vi_lstm": (3, 3),
    "Vf_lstm": (3, 3),
    "Vg_lstm": (3, 3),
    "Vo_lstm": (3, 3),
    "bi_lstm": (3,),
    "bf_lstm": (3,),
    "bg_lstm": (3,),
    "bo_lstm": (3,),
    "x": ("N", 3, 2),
    "y": ("N", 3, 3),
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
    Wi_lstm, Wf_lstm, Wg_lstm = params.Wi_lstm, params.Wf_lstm, params.Wg_lstm
    Wo_lstm, Vi_lstm, Vf_lstm = params.Wo_lstm, params.Vi_lstm, params.Vf_lstm
    Vg_lstm, Vo_lstm, bi_lstm = params.Vg_lstm, params.Vo_lstm, params.bi_lstm
    bf_lstm, bg_lstm, bo_lstm = params.bf_lstm, params.bg_lstm, params.bo_lstm
    N = x.shape[0]
    dtype = np.result_type(*params, x, y)
    i_lstm_in_x = x @ Wi_lstm + bi_lstm                  # (N, 3, 3)
    o_lstm_in_x = x @ Wo_lstm + bo_lstm                  # (N, 3, 3)
    f_lstm_in_x = x @ Wf_lstm + bf_lstm                  # (N, 3, 3)
    g_lstm_in_x = x @ Wg_lstm + bg_lstm                  # (N, 3, 3)
    o_lstm = np.zeros((N, 3, 3), dtype)
    f_lstm = np.zeros((N, 3, 3), dtype)
    i_lstm = np.zeros((N, 3, 3), dtype)
    g_lstm = np.zeros((N, 3, 3), dtype)
    c_lstm = np.zeros((N, 3, 3), dtype)
    h_lstm_tanh = np.zeros((N, 3, 3), dtype)
    h_lstm = np.zeros((N, 3, 3), dtype)
    for t in range(3):
        h_lstm_prev = h_lstm[:, t - 1] if t >= 1 else np.zeros_like(h_lstm[:, 0])
        i_lstm_in = i_lstm_in_x[:, t] + h_lstm_prev @ Vi_lstm  # (N, 3)     eq. 1
        o_lstm_in = o_lstm_in_x[:, t] + h_lstm_prev @ Vo_lstm  # (N, 3)     eq. 2
        o_lstm[:, t] = sigmoid(o_lstm_in)                # (N, 3)     eq. 2
        f_lstm_in = f_lstm_in_x[:, t] + h_lstm_prev @ Vf_lstm  # (N, 3)     eq. 3
        f_lstm[:, t] = sigmoid(f_lstm_in)                # (N, 3)     eq. 3
        i_lstm[:, t] = sigmoid(i_lstm_in)                # (N, 3)     eq. 1
        g_lstm_in = g_lstm_in_x[:, t] + h_lstm_prev @ Vg_lstm  # (N, 3)     eq. 4
        g_lstm[:, t] = np.tanh(g_lstm_in)                # (N, 3)     eq. 4
        c_lstm_prev = c_lstm[:, t - 1] if t >= 1 else np.zeros_like(c_lstm[:, 0])
        c_lstm[:, t] = f_lstm[:, t] * c_lstm_prev + i_lstm[:, t] * g_lstm[:, t]  # (N, 3)     eq. 5
        h_lstm_tanh[:, t] = np.tanh(c_lstm[:, t])        # (N, 3)     eq. 6
        h_lstm[:, t] = o_lstm[:, t] * h_lstm_tanh[:, t]  # (N, 3)     eq. 6
    l = (y - h_lstm) ** 2 / 2                            # (N, 3, 3)  eq. 7
    L = l.sum(axis=(1, 2))                               # (N,)       eq. 8
    loss = L.sum() / N                                   # ()         eq. 9
    return loss, Cache(x, y, i_lstm, f_lstm, g_lstm, o_lstm, c_lstm, h_lstm, h_lstm_tanh)


def predict(params, x):
    """h_lstm (N, 3, 3) for a batch of inputs."""
    params, x = checked(params, x)
    Wi_lstm, Wf_lstm, Wg_lstm = params.Wi_lstm, params.Wf_lstm, params.Wg_lstm
    Wo_lstm, Vi_lstm, Vf_lstm = params.Wo_lstm, params.Vi_lstm, params.Vf_lstm
    Vg_lstm, Vo_lstm, bi_lstm = params.Vg_lstm, params.Vo_lstm, params.bi_lstm
    bf_lstm, bg_lstm, bo_lstm = params.bf_lstm, params.bg_lstm, params.bo_lstm
    N = x.shape[0]
    dtype = np.result_type(*params, x)
    i_lstm_in_x = x @ Wi_lstm + bi_lstm      # (N, 3, 3)
    o_lstm_in_x = x @ Wo_lstm + bo_lstm      # (N, 3, 3)
    f_lstm_in_x = x @ Wf_lstm + bf_lstm      # (N, 3, 3)
    g_lstm_in_x = x @ Wg_lstm + bg_lstm      # (N, 3, 3)
    c_lstm = np.zeros((N, 3, 3), dtype)
    h_lstm = np.zeros((N, 3, 3), dtype)
    for t in range(3):
        h_lstm_prev = h_lstm[:, t - 1] if t >= 1 else np.zeros_like(h_lstm[:, 0])
        i_lstm_in = i_lstm_in_x[:, t] + h_lstm_prev @ Vi_lstm  # (N, 3)  eq. 1
        o_lstm_in = o_lstm_in_x[:, t] + h_lstm_prev @ Vo_lstm  # (N, 3)  eq. 2
        o_lstm = sigmoid(o_lstm_in)          # (N, 3)  eq. 2
        f_lstm_in = f_lstm_in_x[:, t] + h_lstm_prev @ Vf_lstm  # (N, 3)  eq. 3
        f_lstm = sigmoid(f_lstm_in)          # (N, 3)  eq. 3
        i_lstm = sigmoid(i_lstm_in)          # (N, 3)  eq. 1
        g_lstm_in = g_lstm_in_x[:, t] + h_lstm_prev @ Vg_lstm  # (N, 3)  eq. 4
        g_lstm = np.tanh(g_lstm_in)          # (N, 3)  eq. 4
        c_lstm_prev = c_lstm[:, t - 1] if t >= 1 else np.zeros_like(c_lstm[:, 0])
        c_lstm[:, t] = f_lstm * c_lstm_prev + i_lstm * g_lstm  # (N, 3)  eq. 5
        h_lstm_tanh = np.tanh(c_lstm[:, t])  # (N, 3)  eq. 6
        h_lstm[:, t] = o_lstm * h_lstm_tanh  # (N, 3)  eq. 6
    return h_lstm


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    Wi_lstm, Wf_lstm, Wg_lstm = params.Wi_lstm, params.Wf_lstm, params.Wg_lstm
    Wo_lstm, Vi_lstm, Vf_lstm = params.Wo_lstm, params.Vi_lstm, params.Vf_lstm
    Vg_lstm, Vo_lstm = params.Vg_lstm, params.Vo_lstm
    x, y, i_lstm, f_lstm, g_lstm, o_lstm, c_lstm, h_lstm, h_lstm_tanh = cache
    N = x.shape[0]
    dtype = np.result_type(*cache)
    dh_lstm_x = (h_lstm - y) / N                         # (N, 3, 3)
    f_lstm_pad = np.pad(f_lstm, ((0, 0), (0, 1), (0, 0)))
    dc_lstm_x = f_lstm_pad[:, 1:4]                       # (N, 3, 3)
    dc_lstm_x2 = 1 - h_lstm_tanh**2                      # (N, 3, 3)
    di_lstm_in_x = 1 - i_lstm                            # (N, 3, 3)
    do_lstm_in_x = 1 - o_lstm                            # (N, 3, 3)
    c_lstm_pad = np.pad(c_lstm, ((0, 0), (1, 0), (0, 0)))
    df_lstm_x = c_lstm_pad[:, :3]                        # (N, 3, 3)
    df_lstm_in_x = 1 - f_lstm                            # (N, 3, 3)
    dg_lstm_in_x = 1 - g_lstm**2                         # (N, 3, 3)
    dc_lstm = np.zeros((N, 3, 3), dtype)
    di_lstm_in = np.zeros((N, 3, 3), dtype)
    do_lstm_in = np.zeros((N, 3, 3), dtype)
    df_lstm_in = np.zeros((N, 3, 3), dtype)
    dg_lstm_in = np.zeros((N, 3, 3), dtype)
    for t in reversed(range(3)):
        di_lstm_in_next = di_lstm_in[:, t + 1] if t < 2 else np.zeros_like(di_lstm_in[:, 0])
        do_lstm_in_next = do_lstm_in[:, t + 1] if t < 2 else np.zeros_like(do_lstm_in[:, 0])
        df_lstm_in_next = df_lstm_in[:, t + 1] if t < 2 else np.zeros_like(df_lstm_in[:, 0])
        dg_lstm_in_next = dg_lstm_in[:, t + 1] if t < 2 else np.zeros_like(dg_lstm_in[:, 0])
        dh_lstm = (  # (N, 3)  eq. 13
            di_lstm_in_next @ Vi_lstm.T
            + do_lstm_in_next @ Vo_lstm.T
            + df_lstm_in_next @ Vf_lstm.T
            + dg_lstm_in_next @ Vg_lstm.T
            + dh_lstm_x[:, t]
        )
        dh_lstm_tanh = dh_lstm * o_lstm[:, t]            # (N, 3)     eq. 13
        dc_lstm_next = dc_lstm[:, t + 1] if t < 2 else np.zeros_like(dc_lstm[:, 0])
        # (N, 3)  eq. 14
        dc_lstm[:, t] = dc_lstm_next * dc_lstm_x[:, t] + dh_lstm_tanh * dc_lstm_x2[:, t]
        di_lstm = dc_lstm[:, t] * g_lstm[:, t]           # (N, 3)     eq. 15
        di_lstm_in[:, t] = di_lstm * i_lstm[:, t] * di_lstm_in_x[:, t]  # (N, 3)     eq. 15
        do_lstm = dh_lstm * h_lstm_tanh[:, t]            # (N, 3)     eq. 16
        do_lstm_in[:, t] = do_lstm * o_lstm[:, t] * do_lstm_in_x[:, t]  # (N, 3)     eq. 16
        df_lstm = dc_lstm[:, t] * df_lstm_x[:, t]        # (N, 3)     eq. 17
        df_lstm_in[:, t] = df_lstm * f_lstm[:, t] * df_lstm_in_x[:, t]  # (N, 3)     eq. 17
        dg_lstm = dc_lstm[:, t] * i_lstm[:, t]           # (N, 3)     eq. 18
        dg_lstm_in[:, t] = dg_lstm * dg_lstm_in_x[:, t]  # (N, 3)     eq. 18
    dWi_lstm = x.reshape(-1, 2).T @ di_lstm_in.reshape(-1, 3)  # (2, 3)     eq. 19
    dWf_lstm = x.reshape(-1, 2).T @ df_lstm_in.reshape(-1, 3)  # (2, 3)     eq. 20
    dWg_lstm = x.reshape(-1, 2).T @ dg_lstm_in.reshape(-1, 3)  # (2, 3)     eq. 21
    dWo_lstm = x.reshape(-1, 2).T @ do_lstm_in.reshape(-1, 3)  # (2, 3)     eq. 22
    h_lstm_pad = np.pad(h_lstm, ((0, 0), (1, 0), (0, 0)))
    dVi_lstm = h_lstm_pad[:, :3].reshape(-1, 3).T @ di_lstm_in.reshape(-1, 3)  # (3, 3)     eq. 23
    dVf_lstm = h_lstm_pad[:, :3].reshape(-1, 3).T @ df_lstm_in.reshape(-1, 3)  # (3, 3)     eq. 24
    dVg_lstm = h_lstm_pad[:, :3].reshape(-1, 3).T @ dg_lstm_in.reshape(-1, 3)  # (3, 3)     eq. 25
    dVo_lstm = h_lstm_pad[:, :3].reshape(-1, 3).T @ do_lstm_in.reshape(-1, 3)  # (3, 3)     eq. 26
    dbi_lstm = di_lstm_in.sum(axis=(0, 1))               # (3,)       eq. 27
    dbf_lstm = df_lstm_in.sum(axis=(0, 1))               # (3,)       eq. 28
    dbg_lstm = dg_lstm_in.sum(axis=(0, 1))               # (3,)       eq. 29
    dbo_lstm = do_lstm_in.sum(axis=(0, 1))               # (3,)       eq. 30
    grads = Params(
        dWi_lstm,
        dWf_lstm,
        dWg_lstm,
        dWo_lstm,
        dVi_lstm,
        dVf_lstm,
        dVg_lstm,
        dVo_lstm,
        dbi_lstm,
        dbf_lstm,
        dbg_lstm,
        dbo_lstm,
    )
    if not inputs:
        return grads, None
    dx = (  # (N, 3, 2)  eq. 31
        di_lstm_in @ Wi_lstm.T
        + do_lstm_in @ Wo_lstm.T
        + df_lstm_in @ Wf_lstm.T
        + dg_lstm_in @ Wg_lstm.T
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
        Wi_lstm=(rng.standard_normal((2, 3)) / 2**0.5).astype(dtype),
        Wf_lstm=(rng.standard_normal((2, 3)) / 2**0.5).astype(dtype),
        Wg_lstm=(rng.standard_normal((2, 3)) / 2**0.5).astype(dtype),
        Wo_lstm=(rng.standard_normal((2, 3)) / 2**0.5).astype(dtype),
        Vi_lstm=(rng.standard_normal((3, 3)) / 3**0.5).astype(dtype),
        Vf_lstm=(rng.standard_normal((3, 3)) / 3**0.5).astype(dtype),
        Vg_lstm=(rng.standard_normal((3, 3)) / 3**0.5).astype(dtype),
        Vo_lstm=(rng.standard_normal((3, 3)) / 3**0.5).astype(dtype),
        bi_lstm=np.zeros((3,), dtype),
        bf_lstm=np.zeros((3,), dtype),
        bg_lstm=np.zeros((3,), dtype),
        bo_lstm=np.zeros((3,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    x = rng.standard_normal((batch, 3, 2)).astype(dtype)
    y = rng.uniform(0.1, 0.9, (batch, 3, 3)).astype(dtype)
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
