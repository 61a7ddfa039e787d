"""The few functions a generated module carries with it.

Values only: nothing here knows a derivative, except `erf`, whose first-order term is what lets the
complex step pass through it. Every text is emitted as it stands when the module needs it.
"""

from __future__ import annotations

HELPERS: dict[str, str] = {
    "sigmoid": '''
def sigmoid(z):
    """1 / (1 + exp(-z)); where exp(-z) is infinite, it is 0 to the last digit."""
    if z.dtype.kind == "c":  # the complex step of a check, where infinity would be no number
        z = np.maximum(z.real, -700) + 1j * z.imag
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))
''',
    "softplus": '''
def softplus(z):
    """log(1 + exp(z)) without overflow; log(1 + e) = 2 artanh(e / (2 + e))."""
    e = np.exp(np.where(z.real > 0, -z, z))
    return np.where(z.real > 0, z, 0) + 2 * np.arctanh(e / (2 + e))
''',
    "log_sigmoid": '''
def log_sigmoid(z):
    """log(1 / (1 + exp(-z))) without overflow; log(1 + e) = 2 artanh(e / (2 + e))."""
    e = np.exp(np.where(z.real > 0, -z, z))
    return np.where(z.real < 0, z, 0) - 2 * np.arctanh(e / (2 + e))
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
    "clamp": '''
def clamp(z, low, high):
    """z between low and high; low where z <= low, whatever high is."""
    return np.where(z <= low, low, np.where(z < high, z, high))
''',
    "xlogy": '''
def xlogy(a, b):
    """a * log(b), and 0 where a is 0."""
    return np.where(a == 0, 0, a * np.log(np.where(a == 0, 1, b)))
''',
    "log_cosh": '''
def log_cosh(z):
    """log(cosh(z)) without overflow, and to the last digit near 0."""
    a = np.where(z.real >= 0, z, -z)
    square = np.sinh(np.where(a.real < 1, a, 0)) ** 2
    near = np.arctanh(square / (2 + square))  # log(1 + s) / 2
    return np.where(a.real < 1, near, a + np.log1p(np.exp(-2 * a)) - 0.6931471805599453)
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
    """log(sum(exp(z))) along axis, shifted by the maximum; -inf of nothing but -inf."""
    top = z.real.max(axis=axis, keepdims=True)
    total = np.exp(z - np.where(top == -np.inf, 0, top)).sum(axis=axis)
    return np.log(np.where(total == 0, 1, total)) + top.squeeze(axis)
''',
    "fold": '''
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
''',
    "window_max": '''
def window_max(windows, axes):
    """The maximum over the last axes: of a few long views, not of many small windows."""
    first, *others = [windows[(..., *place)] for place in np.ndindex(windows.shape[-axes:])]
    top = first.copy()
    for view in others:
        np.maximum(top, view, out=top)
    return top
''',
    "window_argmax": '''
def window_argmax(windows, axes):
    """The place of the first maximum over the last axes, counted row by row."""
    first, *others = [windows[(..., *place)] for place in np.ndindex(windows.shape[-axes:])]
    top, at = first.copy(), np.zeros(first.shape, np.int8)
    for place, view in enumerate(others, start=1):  # a later winner has the larger number
        np.maximum(at, np.int8(place) * (view > top), out=at)
        np.maximum(top, view, out=top)
    return at
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
''',
}
