"""The network embedding: its loss, its gradients and its output, in NumPy.

    t (N, 6) --embedding--> y_words (N, 6, 4) --dense--> v0 --gelu--> y0 (N, 6, 5)
      --global_max_pool1d--> y0b (N, 6) --dense--> v1 (N, 3)
      --cross_entropy_logits_integer--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dE_words is the derivative of the loss by E_words.

    params = init()
    loss, grads = loss_and_grads(params, t, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python embedding.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    E_words: np.ndarray  # (7, 4)
    W0: np.ndarray       # (4, 5)
    b0: np.ndarray       # (5,)
    W1: np.ndarray       # (6, 3)
    b1: np.ndarray       # (3,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""


class Cache(NamedTuple):
    """What backward needs of forward."""

    t: np.ndarray        # (N, 6)
    y: np.ndarray        # (N,)
    y_words: np.ndarray  # (N, 6, 4)
    v0: np.ndarray       # (N, 6, 5)
    y0b: np.ndarray      # (N, 6)
    q: np.ndarray        # (N, 3)
    y0_erf: np.ndarray   # (N, 6, 5)
    y0b_at: np.ndarray   # (N, 6)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "E_words": (7, 4),
    "W0": (4, 5),
    "b0": (5,),
    "W1": (6, 3),
    "b1": (3,),
    "t": ("N", 6),
    "y": ("N",),
}
INTEGERS = {"t": 7, "y": 3}  # counted from 0; the numbers are below this


def log_softmax(z, axis):
    """z - log(sum(exp(z))) along axis, shifted by the maximum."""
    z = z - z.real.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def scatter_add(index, values, size):
    """out[index[k]] += values[k] for every k; positions outside are dropped."""
    out = np.zeros((size, *values.shape[index.ndim :]), values.dtype)
    inside = (index >= 0) & (index < size)
    np.add.at(out, index[inside], values[inside])
    return out


def erf(z):
    """2/sqrt(pi) times the integral of exp(-t*t) from 0 to z, within 2 units in the last place.

    Near 0 the rational approximation of Sun's fdlibm (s_erf.c, 1993), elsewhere that of
    W. J. Cody, Mathematics of Computation 23 (1969), 631-637, for 1 - erf.
    """
    x = np.clip(z.real, -6, 6)  # beyond, erf is 1 to the last digit
    y, square = np.abs(x), x * x
    over = (-2.37630166566501626e-5, -5.77027029648944159e-3, -2.84817495755985105e-2)
    over += (-0.325042107247001499, 0.128379167095512559)
    under = (-3.96022827877536812e-6, 1.32494738004321645e-4, 5.08130628187576563e-3)
    under += (6.50222499887672944e-2, 0.397917223959155353, 1)
    near = x + x * (np.polyval(over, square) / np.polyval(under, square))
    over = (2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594)
    over += (66.1191906371416295, 298.635138197400131, 881.95222124176909)
    over += (1712.04761263407058, 2051.07837782607147, 1230.33935479799725)
    under = (1, 15.7449261107098347, 117.693950891312499, 537.181101862009858)
    under += (1621.38957456669019, 3290.79923573345963, 4362.61909014324716)
    under += (3439.36767414372164, 1230.33935480374942)
    far = 1 - np.exp(-square) * np.polyval(over, y) / np.polyval(under, y)
    value = np.where(y < 0.84375, near, np.copysign(far, x)).astype(x.dtype)
    if np.iscomplexobj(z):  # first order in the imaginary part: the complex step of a check
        return value + 1j * z.imag * (1.1283791670955126 * np.exp(-z.real * z.real))
    return value


def forward(params, t, y):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, t, y = checked(params, t, y)
    return forward_unchecked(params, t, y)


def forward_unchecked(params, t, y):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    E_words, W0, b0, W1, b1 = params
    N = t.shape[0]
    y_words = E_words[t]          # (N, 6, 4)  eq. 1
    v0 = y_words @ W0 + b0        # (N, 6, 5)  eq. 2
    y0_erf = erf(v0 / 2**0.5)     # (N, 6, 5)  eq. 3
    y0 = v0 * (1 + y0_erf) / 2    # (N, 6, 5)  eq. 3
    y0b_at = y0.argmax(axis=2)    # (N, 6)     eq. 4
    y0b = y0.max(axis=2)          # (N, 6)     eq. 4
    v1 = y0b @ W1 + b1            # (N, 3)     eq. 5
    q = log_softmax(v1, axis=-1)  # (N, 3)     eq. 6
    l = -q[np.arange(N), y]       # (N,)       eq. 7
    L = l                         # (N,)       eq. 8
    loss = L.sum() / N            # ()         eq. 9
    return loss, Cache(t, y, y_words, v0, y0b, q, y0_erf, y0b_at)


def predict(params, t):
    """v1 (N, 3) for a batch of inputs."""
    params, t = checked(params, t)
    E_words, W0, b0, W1, b1 = params
    y_words = E_words[t]        # (N, 6, 4)  eq. 1
    v0 = y_words @ W0 + b0      # (N, 6, 5)  eq. 2
    y0_erf = erf(v0 / 2**0.5)   # (N, 6, 5)  eq. 3
    y0 = v0 * (1 + y0_erf) / 2  # (N, 6, 5)  eq. 3
    y0b = y0.max(axis=2)        # (N, 6)     eq. 4
    v1 = y0b @ W1 + b1          # (N, 3)     eq. 5
    return v1


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    W0, W1 = params.W0, params.W1
    t, y, y_words, v0, y0b, q, y0_erf, y0b_at = cache
    N = t.shape[0]
    dtype = np.result_type(y_words, v0, y0b, q, y0_erf)
    dv1 = (np.exp(q) - (np.arange(3) == y[:, None]).astype(dtype)) / N  # (N, 3)     eq. 13, 14
    dW1 = y0b.T @ dv1                                    # (6, 3)     eq. 15
    db1 = dv1.sum(axis=0)                                # (3,)       eq. 16
    dy0b = dv1 @ W1.T                                    # (N, 6)     eq. 17
    dy0 = np.where(np.arange(5) == y0b_at[:, :, None], dy0b[:, :, None], 0)  # (N, 6, 5)  eq. 18
    # (N, 6, 5)  eq. 19
    dv0 = dy0 * (2**0.5 / (2 * np.pi**0.5) * v0 * np.exp(-1 / 2 * v0**2) + (1 + y0_erf) / 2)
    dW0 = y_words.reshape(-1, 4).T @ dv0.reshape(-1, 5)  # (4, 5)     eq. 20
    db0 = dv0.sum(axis=(0, 1))                           # (5,)       eq. 21
    dy_words = dv0 @ W0.T                                # (N, 6, 4)  eq. 22
    dE_words = scatter_add(t, dy_words, 7)               # (7, 4)     eq. 23
    grads = Params(dE_words, dW0, db0, dW1, db1)
    if not inputs:
        return grads, None
    return grads, Inputs()


def loss_and_grads(params, t, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, t, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros."""
    rng = np.random.default_rng(seed)
    return Params(
        E_words=rng.standard_normal((7, 4)).astype(dtype),
        W0=(rng.standard_normal((4, 5)) / 4**0.5).astype(dtype),
        b0=np.zeros((5,), dtype),
        W1=(rng.standard_normal((6, 3)) / 6**0.5).astype(dtype),
        b1=np.zeros((3,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    t = rng.integers(0, 7, (batch, 6))
    y = rng.integers(0, 3, (batch,))
    return params, (t, y)


def kinks(params, t, y):
    """The side taken at every corner: winners, signs, branches (for checks)."""
    E_words, W0, b0 = params.E_words, params.W0, params.b0
    y_words = E_words[t]        # (N, 6, 4)  eq. 1
    v0 = y_words @ W0 + b0      # (N, 6, 5)  eq. 2
    y0_erf = erf(v0 / 2**0.5)   # (N, 6, 5)  eq. 3
    y0 = v0 * (1 + y0_erf) / 2  # (N, 6, 5)  eq. 3
    y0b_at = y0.argmax(axis=2)  # (N, 6)     eq. 4
    return (y0b_at,)


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
        if name in INTEGERS and not 0 <= array.min() <= array.max() < INTEGERS[name]:
            expected = f"integers from 0 to {INTEGERS[name] - 1}"
            raise ValueError(f"{name}: expected {expected}, got {array.min()} to {array.max()}")
    return params, *data


def as_arrays(values):
    """Lists and numbers as arrays; a number is a batch of one where one is asked for."""
    floats = [a.dtype for k, a in zip(SHAPES, values) if hasattr(a, "dtype") and k not in INTEGERS]
    dtype = np.float32 if floats[:1] == [np.float32] else np.float64
    arrays = []
    for name, value in zip(SHAPES, values):
        try:
            array = np.asarray(value)
        except ValueError as fault:
            raise ValueError(f"{name}: expected an array, got a ragged list") from fault
        if name not in INTEGERS and not hasattr(value, "dtype") and array.dtype.kind in "iuf":
            array = array.astype(dtype)
        one = array.ndim == 0 and SHAPES[name] == ("N",)
        arrays.append(array.reshape(1) if one else array)
    return tuple(arrays)


@lru_cache
def fits(kinds):
    """ValueError unless arrays of these precisions and shapes do; what does is remembered."""
    floats = [kind for name, (kind, _) in zip(SHAPES, kinds) if name not in INTEGERS]
    dtype = np.dtype(np.float32 if floats[:1] == [np.float32] else np.float64)
    N = None
    for (name, shape), (kind, found) in zip(SHAPES.items(), kinds):
        if name in INTEGERS and kind.kind not in "iu":
            raise ValueError(f"{name}: expected integers, got {kind}")
        if name not in INTEGERS and kind != dtype:
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
