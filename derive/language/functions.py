"""The elementary functions and activations: each is its formula, nothing else.

``formula`` is in the equation language over the argument names. ``None`` marks a function that
SymPy knows itself (exp, sin, ...). ``derivative`` holds *proved rewrites*: one text per argument,
in which ``y`` stands for the function's own value. tests/language/test_functions.py proves every
row, symbolically and at random points; a function without a row is differentiated through its
formula. ``kinks`` are the expressions whose sign changes at a corner; the declared convention is
whatever the formula says there (a corner's derivative is 0 unless stated), and it is tested too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .errors import BoardOnlyError


@dataclass(frozen=True)
class Function:
    """One elementary function. ``args`` with a default (``eps=1/100``) may be left out."""

    name: str
    args: tuple[str, ...]
    formula: str | None
    derivative: dict[str, str] = field(default_factory=dict)
    kinks: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def least(self) -> int:
        return len(self.args) - len(self.defaults)


def _known(name: str, **derivative: str) -> Function:
    return Function(name, ("v",), None, dict(derivative))


_TABLE = [
    # functions SymPy knows; a row only where the derivative reads better through the output
    _known("exp", v="y"),
    _known("log", v="1 / v"),
    Function("sqrt", ("v",), None, {"v": "1 / (2*y)"}),
    _known("sin"),
    _known("cos"),
    _known("tan", v="1 + y**2"),
    _known("asin"),
    _known("acos"),
    _known("atan"),
    _known("sinh"),
    _known("cosh"),
    _known("tanh", v="1 - y**2"),
    _known("asinh"),
    _known("acosh", v="1 / (sqrt(v - 1)*sqrt(v + 1))"),
    _known("atanh"),
    _known("erf"),
    # sides and corners: classes of our own, so that no DiracDelta and no 1/2 at 0 appears
    Function("abs", ("v",), "where(v > 0, v, where(v < 0, -v, 0))", {"v": "sign(v)"}, ("v",)),
    Function("sign", ("v",), "where(v > 0, 1, where(v < 0, -1, 0))", {}, ("v",)),
    Function("max", ("a", "b"), "where(a >= b, a, b)", {}, ("a - b",)),
    Function("min", ("a", "b"), "where(a <= b, a, b)", {}, ("a - b",)),
    Function(
        "clip",
        ("v", "lo", "hi"),
        "where(lo < v and v < hi, v, where(v <= lo, lo, hi))",
        {},
        ("v - lo", "v - hi"),
    ),
    Function("step", ("v",), "where(v > 0, 1, 0)", {}, ("v",), meaning="Heaviside step, 0 at 0"),
    Function(
        "xlogy",
        ("a", "b"),
        "where(a == 0, 0, a*log(b))",
        {"a": "where(a == 0, 0, log(b))", "b": "where(a == 0, 0, a / b)"},
        meaning="a log b, with 0 log 0 = 0",
    ),
    Function(
        "power",
        ("a", "b"),
        "exp(b*log(a))",
        {
            "a": "where(b == 0, 0, b*power(a, b - 1))",
            "b": "where(a == 0, 0, y*log(a))",
        },
        meaning="a to a power that is not a number",
    ),
    # activations
    Function("sigmoid", ("v",), "1 / (1 + exp(-v))", {"v": "y*(1 - y)"}),
    Function("relu", ("v",), "where(v > 0, v, 0)", {"v": "step(v)"}, ("v",)),
    Function("relu6", ("v",), "clip(v, 0, 6)", {}, ("v", "v - 6")),
    Function("leaky_relu", ("v", "eps"), "where(v > 0, v, eps*v)", {}, ("v",), ("0.01",)),
    Function("softplus", ("v",), "log(1 + exp(v))", {"v": "sigmoid(v)"}),
    Function("log_sigmoid", ("v",), "-softplus(-v)", {"v": "sigmoid(-v)"}),
    Function(
        "elu",
        ("v", "alpha"),
        "where(v > 0, v, alpha*expm1(v))",
        {},
        ("v",),
        ("1",),
    ),
    Function("expm1", ("v",), "exp(v) - 1", {"v": "exp(v)"}),
    Function("log1p", ("v",), "log(1 + v)", {"v": "1 / (1 + v)"}),
    Function(
        "selu",
        ("v",),
        "1.0507009873554804934193349852946"
        "*where(v > 0, v, 1.6732632423543772848170429916717*expm1(v))",
        {},
        ("v",),
    ),
    Function(
        "celu",
        ("v", "alpha"),
        "where(v > 0, v, alpha*expm1(v / alpha))",
        {},
        ("v",),
        ("1",),
    ),
    Function("gelu", ("v",), "v*(1 + erf(v / sqrt(2))) / 2"),
    Function("gelu_tanh", ("v",), "v*(1 + tanh(sqrt(2 / pi)*(v + 0.044715*v**3))) / 2"),
    Function("silu", ("v",), "v*sigmoid(v)"),
    Function("swish", ("v", "beta"), "v*sigmoid(beta*v)", defaults=("1",)),
    Function("mish", ("v",), "v*tanh(softplus(v))"),
    Function("softsign", ("v",), "v / (1 + abs(v))", {"v": "1 / (1 + abs(v))**2"}),
    Function("hard_sigmoid", ("v",), "clip((v + 3) / 6, 0, 1)", {}, ("v + 3", "v - 3")),
    Function("hard_swish", ("v",), "v*clip((v + 3) / 6, 0, 1)", {}, ("v + 3", "v - 3")),
    Function(
        "hard_tanh", ("v", "lo", "hi"), "clip(v, lo, hi)", {}, ("v - lo", "v - hi"), ("-1", "1")
    ),
    Function(
        "threshold",
        ("v", "at", "value"),
        "where(v > at, v, value)",
        {},
        ("v - at",),
    ),
    Function("identity", ("v",), "v", {"v": "1"}),
    Function("square", ("v",), "v**2", {"v": "2*v"}),
    Function("log_cosh", ("v",), "log(cosh(v))", {"v": "tanh(v)"}),
]

FUNCTIONS: dict[str, Function] = {f.name: f for f in _TABLE}
ALIASES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "ln": "log",
}  # fmt: skip
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "argmax", "argmin", "logsumexp")
NORMALISERS = ("softmax", "log_softmax")

GREEK = ("alpha", "beta", "gamma", "phi", "psi", "rho", "sigma", "tau", "theta", "chi")
_ABSTRACT = re.compile(rf"(?:[A-Za-z]|{'|'.join(GREEK)})'*")


def is_abstract(name: str) -> bool:
    """Is this an unnamed function, such as the g of ``activation: g``, or a derivative of it, g'?

    Such a function has no formula: it is derived and printed, never computed.
    """
    return name not in FUNCTIONS and _ABSTRACT.fullmatch(name) is not None


def abstract_derivative(name: str) -> str:
    """The name of the derivative of an abstract function: g' of g."""
    return f"{name}'"


def no_numbers(name: str) -> BoardOnlyError:
    """What to say where an abstract function is to be computed."""
    base = name.rstrip("'")
    return BoardOnlyError(
        f"'{base}' is an abstract function: it can be derived and printed, not computed",
        hint=f"name the activation instead of {base}: sigmoid, tanh, relu, …",
    )
