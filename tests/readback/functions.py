"""The named functions of printed formulas, for real and for complex numbers, and their slopes."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence

import numpy as np

Number = complex | float
STEP = 1e-200  # of a complex step: no digits are lost


def _real(v: Number) -> float:
    return v.real if isinstance(v, complex) else float(v)


def _sigmoid(v: Number) -> Number:
    return 1 / (1 + cmath.exp(-v)) if _real(v) > -600 else 0.0


def _softplus(v: Number) -> Number:
    return v + cmath.log(1 + cmath.exp(-v)) if _real(v) > 0 else cmath.log(1 + cmath.exp(v))


def _normal(v: Number) -> Number:
    """The normal distribution function; its slope is the density."""
    real, step = _real(v), v.imag if isinstance(v, complex) else 0.0
    value = (1 + math.erf(real / math.sqrt(2))) / 2
    density = math.exp(-real * real / 2) / math.sqrt(2 * math.pi)
    return complex(value, density * step) if step else value


def _erf(v: Number) -> Number:
    return 2 * _normal(v * math.sqrt(2)) - 1


def _clip(v: Number, low: float, high: float) -> Number:
    return low if _real(v) < low else high if _real(v) > high else v


def _elu(v: Number, alpha: Number) -> Number:
    return v if _real(v) > 0 else alpha * (cmath.exp(v) - 1)


def _selu(v: Number) -> Number:
    return 1.0507009873554805 * _elu(v, 1.6732632423543772)


def _gelu_tanh(v: Number) -> Number:
    return v / 2 * (1 + cmath.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))


FUNCTIONS: dict[str, Callable[..., Number]] = {
    "exp": cmath.exp, "log": cmath.log, "ln": cmath.log, "sin": cmath.sin, "cos": cmath.cos,
    "tan": cmath.tan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
    "sqrt": cmath.sqrt, "arctan": cmath.atan, "atan": cmath.atan, "sigmoid": _sigmoid,
    "sigm": _sigmoid, "softplus": _softplus, "erf": _erf, "normal_cdf": _normal,
    "relu": lambda v: v if _real(v) > 0 else 0.0,
    "relu6": lambda v: _clip(v, 0.0, 6.0),
    "leaky_relu": lambda v, a: v if _real(v) > 0 else a * v,
    "abs": lambda v: v if _real(v) >= 0 else -v,
    "sign": lambda v: float(np.sign(_real(v))),
    "step": lambda v: float(_real(v) > 0),
    "threshold": lambda v, least, other: v if _real(v) > _real(least) else other,
    "floor": lambda v: float(math.floor(_real(v))),
    "gelu": lambda v: v * _normal(v), "gelu_tanh": _gelu_tanh,
    "silu": lambda v: v * _sigmoid(v), "elu": _elu, "selu": _selu, "celu": _elu,
    "mish": lambda v: v * cmath.tanh(_softplus(v)),
    "softsign": lambda v: v / (1 + (v if _real(v) >= 0 else -v)),
    "hard_sigmoid": lambda v: _clip(v / 6 + 0.5, 0.0, 1.0),
    "hard_swish": lambda v: v * _clip(v / 6 + 0.5, 0.0, 1.0),
    "hard_tanh": lambda v: _clip(v, -1.0, 1.0),
    "identity": lambda v: v, "square": lambda v: v * v,
    "max": lambda *v: max(v, key=_real), "min": lambda *v: min(v, key=_real),
    "clip": lambda v, a, b: _clip(v, _real(a), _real(b)),
    "xlogy": lambda a, b: a * cmath.log(b) if a else 0.0,
}  # fmt: skip
ALIASES = {"ReLU": "relu", "ReLU6": "relu6", "LReLU": "leaky_relu", "GELU": "gelu", "SiLU": "silu",
           "ELU": "elu", "SELU": "selu", "CELU": "celu", "swish": "silu", "sen": "sin",
           "tg": "tan", "arctg": "arctan", "senh": "sinh", "tgh": "tanh"}  # fmt: skip


def applied(name: str, args: Sequence[Number], primes: int = 0) -> Number:
    """A function of numbers, or its first derivative by its first argument."""
    function = FUNCTIONS[ALIASES.get(name, name)]
    if not primes:
        return _simple(function(*args))
    if primes > 1 or isinstance(args[0], complex):
        return _second(function, args, primes)
    moved = function(complex(args[0], STEP), *args[1:])
    return complex(moved).imag / STEP


def _second(function: Callable[..., Number], args: Sequence[Number], primes: int) -> Number:
    """Slopes of slopes, by central differences of complex steps."""
    h = 1e-5
    if primes == 1:  # of a complex argument
        v, step = _real(args[0]), complex(args[0]).imag
        here = complex(function(complex(v, STEP), *args[1:])).imag / STEP
        return complex(here, step * _real(_second(function, [v, *args[1:]], 2)))
    low, high = (complex(function(complex(_real(args[0]) + s * h, STEP))).imag / STEP
                 for s in (-1, 1))  # fmt: skip
    return (high - low) / (2 * h)


def _simple(value: Number) -> Number:
    """A complex number without an imaginary part as a real one."""
    return value.real if isinstance(value, complex) and value.imag == 0 else value


def softmax(v: np.ndarray, *, log: bool = False, column: bool = False) -> np.ndarray:
    """Over a vector; where there are several, row by row, or column by column."""
    axis = None if 1 in v.shape or v.ndim == 1 else 0 if column and v.ndim == 2 else -1
    total = np.log(np.sum(np.exp(v), axis=axis, keepdims=True))
    return np.asarray(v - total if log else np.exp(v - total))
