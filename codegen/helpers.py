"""The few functions a generated module carries with it, and which NumPy name a function has.

Values only: nothing here knows a derivative, except `erf`, whose first-order term is what lets the
complex step pass through it. Every text is emitted as it stands when the module needs it.
"""

from __future__ import annotations

NUMPY_NAMES = {
    "exp": "np.exp", "log": "np.log", "sqrt": "np.sqrt", "sin": "np.sin", "cos": "np.cos",
    "tan": "np.tan", "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan",
    "sinh": "np.sinh", "cosh": "np.cosh", "tanh": "np.tanh", "asinh": "np.arcsinh",
    "acosh": "np.arccosh", "atanh": "np.arctanh", "expm1": "np.expm1", "log1p": "np.log1p",
    "max": "np.maximum", "min": "np.minimum", "relu": "np.maximum", "abs": "absolute",
    "power": "np.power",
}  # fmt: skip

# function -> (which argument is dangerous, what a dead branch is given instead)
SAFE = {
    "log": (0, "1"), "sqrt": (0, "1"), "log1p": (0, "1"), "asin": (0, "0"), "acos": (0, "0"),
    "atanh": (0, "0"), "acosh": (0, "2"), "power": (0, "1"), "exp": (0, "0"), "expm1": (0, "0"),
    "sinh": (0, "0"), "cosh": (0, "0"), "tan": (0, "0"), "xlogy": (1, "1"),
}  # fmt: skip

HELPERS: dict[str, str] = {
    "sigmoid": '''
def sigmoid(z):
    """1 / (1 + exp(-z)) without overflow."""
    e = np.exp(np.where(z.real >= 0, -z, z))
    return np.where(z.real >= 0, 1, e) / (1 + e)
''',
    "softplus": '''
def softplus(z):
    """log(1 + exp(z)) without overflow."""
    return np.where(z.real > 0, z, 0) + np.log1p(np.exp(np.where(z.real > 0, -z, z)))
''',
    "log_sigmoid": '''
def log_sigmoid(z):
    """log(1 / (1 + exp(-z))) without overflow."""
    return np.where(z.real < 0, z, 0) - np.log1p(np.exp(np.where(z.real > 0, -z, z)))
''',
    "absolute": '''
def absolute(z):
    """|z| by the sign of the real part (so that a complex step passes through)."""
    return np.where(z.real >= 0, z, -z)
''',
    "sign": '''
def sign(z):
    """-1, 0 or 1 by the real part."""
    return np.sign(z.real)
''',
    "clip": '''
def clip(z, low, high):
    """z held between low and high."""
    return np.minimum(np.maximum(z, low), high)
''',
    "xlogy": '''
def xlogy(a, b):
    """a * log(b), and 0 where a is 0."""
    return np.where(a == 0, 0, a * np.log(np.where(a == 0, 1, b)))
''',
    "log_cosh": '''
def log_cosh(z):
    """log(cosh(z)) without overflow."""
    a = np.where(z.real >= 0, z, -z)
    return a + np.log1p(np.exp(-2 * a)) - 0.6931471805599453
''',
    "softmax": '''
def softmax(z, axis):
    """exp(z) / sum(exp(z)) along axis, shifted by the maximum."""
    e = np.exp(z - z.real.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
''',
    "log_softmax": '''
def log_softmax(z, axis):
    """z - log(sum(exp(z))) along axis, shifted by the maximum."""
    z = z - z.real.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))
''',
    "logsumexp": '''
def logsumexp(z, axis):
    """log(sum(exp(z))) along axis, shifted by the maximum."""
    top = z.real.max(axis=axis, keepdims=True)
    return np.log(np.exp(z - top).sum(axis=axis)) + top.squeeze(axis)
''',
    "fold": '''
def fold(windows, size, start=0, stride=1, dilation=1):
    """Add windows (..., I, P) onto an axis: entry (i, p) at start + stride*i + dilation*p.

    The adjoint of reading an axis through strided windows; what falls outside is dropped.
    """
    count, width = windows.shape[-2:]
    reach = stride * (count - 1) + 1
    out = np.zeros((*windows.shape[:-2], reach + dilation * (width - 1)), windows.dtype)
    for p in range(width):
        out[..., dilation * p : dilation * p + reach : stride] += windows[..., p]
    out = out[..., max(0, -start) : max(0, size - start)]
    before = max(0, start)
    after = size - before - out.shape[-1]
    return np.pad(out, [(0, 0)] * (out.ndim - 1) + [(before, after)])
''',
    "scatter_add": '''
def scatter_add(index, values, size):
    """out[index[k]] += values[k] for every k; positions outside are dropped."""
    out = np.zeros((size, *values.shape[index.ndim :]), values.dtype)
    inside = (index >= 0) & (index < size)
    np.add.at(out, index[inside], values[inside])
    return out
''',
    "erf": '''
def erf(z):
    """The error function (math.erf entry by entry)."""
    x = np.asarray(z.real, dtype=np.float64)
    value = np.array([math.erf(v) for v in x.ravel()]).reshape(x.shape)
    if np.iscomplexobj(z):  # first order in the imaginary part: the complex step of a check
        return value + 1j * z.imag * (1.1283791670955126 * np.exp(-x * x))
    return value.astype(z.dtype)
''',
}
