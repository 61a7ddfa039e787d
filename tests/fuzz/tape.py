"""Numbers that remember how they were made: one pass backwards gives every slope.

A `Num` is a float with its parents and the slopes towards them; ints and floats are constants.
Every function has its textbook formula and slope here, with the declared sides at corners; nothing
is shared with the engine. A `Tape` also watches the decisions (which is larger? on which side of
the corner?): how narrow the narrowest was, and whether one hung on rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

GRID = 4096  # multiples of 1/GRID are reckoned with exactly by + - *


class Num:
    """A number on the tape; ``exact``: 2 on the grid, 1 given as it stands, 0 rounded."""

    __slots__ = ("exact", "grad", "parents", "value")

    def __init__(self, value: float, parents: tuple[tuple[Num, float], ...], exact: int) -> None:
        self.value, self.parents, self.exact, self.grad = value, parents, exact, 0.0


Number = Num | int | float


def val(a: Any) -> float:
    return a.value if type(a) is Num else a  # type: ignore[no-any-return]


def exactness(a: Number) -> int:
    if type(a) is Num:
        return a.exact
    return 2 if abs(a) == math.inf or float(a * GRID).is_integer() else 0  # type: ignore[operator]


class Tape:
    """Every number made in one evaluation, in order."""

    def __init__(self) -> None:
        self.nodes: list[Num] = []
        self.margin = math.inf  # the narrowest decision between two different numbers
        self.fragile = False  # a decision that another order of summing may turn round
        self.undefined = False  # a decision about what is no number: nothing after it is right

    def leaf(self, value: float) -> Num:
        grid = float(value * GRID).is_integer()
        return self._put(Num(value, (), 2 if grid else 1))

    def _put(self, made: Num) -> Num:
        self.nodes.append(made)
        return made

    def made(self, value: float, *parents: tuple[Number, float], exact: int = 0) -> Number:
        """A number from its parents, each with the slope towards it."""
        on_tape = tuple((p, s) for p, s in parents if type(p) is Num and s != 0)
        if not on_tape:
            # it has no slope, yet is as exact as what it was made of
            return value if exact or not parents else self._put(Num(value, (), exact))
        return self._put(Num(value, on_tape, exact))

    def own(self, a: Number) -> Num:
        """A number apart from the one it equals: what is perturbed where that is not."""
        parents = ((a, 1.0),) if type(a) is Num else ()
        return self._put(Num(float(val(a)), parents, exactness(a)))

    def backward(self, loss: Number) -> None:
        """Fill in ``grad``, the slope of the loss, of every number."""
        if type(loss) is not Num:
            return
        loss.grad = 1.0
        for node in reversed(self.nodes):
            if node.grad != 0:
                for parent, slope in node.parents:
                    parent.grad += node.grad * slope

    # -- decisions --------------------------------------------------------------------------------

    def side(self, a: Number, b: Number) -> int:
        """-1, 0 or 1: a < b, a == b, a > b."""
        x, y = val(a), val(b)
        self.undefined = self.undefined or x != x or y != y
        if x == y:
            same = a is b or (exactness(a) == 2 and exactness(b) == 2)
            if not same and not (exactness(a) and exactness(b)):
                self.fragile = True
            return 0
        gap = abs(x - y) / (1 + min(abs(x), abs(y))) if math.isfinite(x - y) else math.inf
        if not (exactness(a) == 2 and exactness(b) == 2):
            self.margin = min(self.margin, gap)
        return 1 if x > y else -1

    # -- arithmetic --------------------------------------------------------------------------------

    def add(self, terms: Sequence[Number]) -> Number:
        if len(terms) == 1:
            return terms[0]
        value = sum(val(t) for t in terms)
        exact = 2 if all(exactness(t) == 2 for t in terms) else 0
        return self.made(value, *((t, 1.0) for t in terms), exact=exact)

    def neg(self, a: Number) -> Number:
        return self.made(-val(a), (a, -1.0), exact=exactness(a))

    def mul(self, a: Number, b: Number) -> Number:
        x, y = val(a), val(b)
        exact = 2 if exactness(a) == exactness(b) == 2 and abs(x * y) < GRID else 0
        if exact and not float(x * y * GRID).is_integer():
            exact = 0
        return self.made(x * y, (a, y), (b, x), exact=exact)

    def prod(self, factors: Sequence[Number]) -> Number:
        made: Number = 1
        for k, f in enumerate(factors):
            made = self.mul(made, f) if k else f
        return made

    def div(self, a: Number, b: Number) -> Number:
        x, y = val(a), val(b)
        if y == 0:
            return self.made(math.nan, (a, math.nan), (b, math.nan))
        exact = 2 if exactness(a) == exactness(b) == 2 and (x / y * GRID).is_integer() else 0
        return self.made(x / y, (a, 1 / y), (b, -x / y / y), exact=exact)

    def power(self, a: Number, b: Number) -> Number:
        """a**b; 0**0 = 1, and 0**b has the slope 0 towards b > 0."""
        x, y = val(a), val(b)
        if x == 0 and y < 0:
            return self.made(math.nan, (a, math.nan), (b, math.nan))
        if float(y).is_integer():
            value = x ** int(y)
            slope = y * x ** (int(y) - 1) if y != 0 and not (x == 0 and y < 1) else 0.0
            if type(b) is not Num and y > 0 and exactness(a) == 2:
                exact = 2 if float(value * GRID).is_integer() else 0
                return self.made(value, (a, slope), exact=exact)
        elif x < 0:
            return self.made(math.nan, (a, math.nan), (b, math.nan))
        else:
            value = math.pow(x, y)
            slope = y * math.pow(x, y - 1) if x > 0 or y > 1 else math.inf
        towards_b = 0.0
        if type(b) is Num:
            towards_b = value * math.log(x) if x > 0 else 0.0 if x == 0 and y > 0 else math.nan
        return self.made(value, (a, slope), (b, towards_b))

    # -- functions ---------------------------------------------------------------------------------

    def call(self, name: str, args: Sequence[Number]) -> Number:
        if name in SMOOTH:
            value, slope = SMOOTH[name](val(args[0]))
            return self.made(value, (args[0], slope))
        return OTHER[name](self, *args)


Smooth = Callable[[float], tuple[float, float]]


def _exp(v: float) -> float:
    return math.exp(v) if v < 709 else math.inf


def _log(v: float) -> tuple[float, float]:
    return (math.log(v), 1 / v) if v > 0 else (-math.inf if v == 0 else math.nan, math.nan)


def _sqrt(v: float) -> tuple[float, float]:
    if v <= 0:
        return (0.0, math.inf) if v == 0 else (math.nan, math.nan)
    return math.sqrt(v), 0.5 / math.sqrt(v)


def _sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))


def _softplus(v: float) -> float:
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def _normal_cdf(v: float) -> float:
    return (1 + math.erf(v / math.sqrt(2))) / 2


def _gelu_tanh(v: float) -> tuple[float, float]:
    c = math.sqrt(2 / math.pi)
    t = math.tanh(c * (v + 0.044715 * v**3))
    return v * (1 + t) / 2, (1 + t) / 2 + v * (1 - t * t) / 2 * c * (1 + 3 * 0.044715 * v * v)


def _mish(v: float) -> tuple[float, float]:
    t = math.tanh(_softplus(v))
    return v * t, t + v * (1 - t * t) * _sigmoid(v)


def _silu(v: float) -> tuple[float, float]:
    s = _sigmoid(v)
    return v * s, s + v * s * (1 - s)


def _inside(v: float, f: Callable[[float], float], slope: Callable[[float], float]) -> Any:
    try:
        return f(v), slope(v)
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan, math.nan


SMOOTH: dict[str, Smooth] = {
    "exp": lambda v: (_exp(v), _exp(v)),
    "log": _log,
    "ln": _log,
    "sqrt": _sqrt,
    "sin": lambda v: (math.sin(v), math.cos(v)),
    "cos": lambda v: (math.cos(v), -math.sin(v)),
    "tan": lambda v: (math.tan(v), 1 / math.cos(v) ** 2),
    "asin": lambda v: _inside(v, math.asin, lambda x: 1 / math.sqrt(1 - x * x)),
    "acos": lambda v: _inside(v, math.acos, lambda x: -1 / math.sqrt(1 - x * x)),
    "atan": lambda v: (math.atan(v), 1 / (1 + v * v)),
    "sinh": lambda v: (math.sinh(v), math.cosh(v)),
    "cosh": lambda v: (math.cosh(v), math.sinh(v)),
    "tanh": lambda v: (math.tanh(v), 1 / math.cosh(v) ** 2 if abs(v) < 300 else 0.0),
    "asinh": lambda v: (math.asinh(v), 1 / math.sqrt(1 + v * v)),
    "acosh": lambda v: _inside(v, math.acosh, lambda x: 1 / math.sqrt(x * x - 1)),
    "atanh": lambda v: _inside(v, math.atanh, lambda x: 1 / (1 - x * x)),
    "erf": lambda v: (math.erf(v), 2 / math.sqrt(math.pi) * math.exp(-v * v)),
    "expm1": lambda v: (math.expm1(v), math.exp(v)),
    "log1p": lambda v: _inside(v, math.log1p, lambda x: 1 / (1 + x)),
    "sigmoid": lambda v: (_sigmoid(v), _sigmoid(v) * _sigmoid(-v)),
    "log_sigmoid": lambda v: (-_softplus(-v), _sigmoid(-v)),
    "softplus": lambda v: (_softplus(v), _sigmoid(v)),
    "gelu": lambda v: (
        v * _normal_cdf(v),
        _normal_cdf(v) + v * math.exp(-v * v / 2) / math.sqrt(2 * math.pi),
    ),
    "gelu_tanh": _gelu_tanh,
    "silu": _silu,
    "mish": _mish,
    "softsign": lambda v: (v / (1 + abs(v)), 1 / (1 + abs(v)) ** 2),
    "log_cosh": lambda v: (
        abs(v) + math.log1p(math.exp(-2 * abs(v))) - math.log(2),
        math.tanh(v),
    ),
}
for _short, _long in (("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan")):
    SMOOTH[_short], SMOOTH[_short + "h"] = SMOOTH[_long], SMOOTH[_long + "h"]


# -- functions with corners or several arguments ---------------------------------------------------


def _abs(t: Tape, v: Number) -> Number:
    side = t.side(v, 0)
    return t.made(abs(val(v)), (v, float(side)), exact=exactness(v))


def _larger(t: Tape, a: Number, b: Number) -> Number:
    return a if t.side(a, b) >= 0 else b


def _smaller(t: Tape, a: Number, b: Number) -> Number:
    return a if t.side(a, b) <= 0 else b


def _clip(t: Tape, v: Number, lo: Number, hi: Number) -> Number:
    """Strictly inside it is v; at a bound it is the bound."""
    if t.side(v, lo) <= 0:
        return lo
    return hi if t.side(v, hi) >= 0 else v


def _above(t: Tape, v: Number, other: Callable[[], Number], at: Number = 0) -> Number:
    return v if t.side(v, at) > 0 else other()


def _exponential(t: Tape, v: Number, alpha: Number, width: Number) -> Number:
    return t.mul(alpha, t.call("expm1", [t.div(v, width)]))


def _xlogy(t: Tape, a: Number, b: Number) -> Number:
    return 0 if t.side(a, 0) == 0 else t.mul(a, t.call("log", [b]))


def _hard_gate(t: Tape, v: Number) -> Number:
    return _clip(t, t.div(t.add([v, 3]), 6), 0, 1)


def _selu(t: Tape, v: Number) -> Number:
    low = lambda: _exponential(t, v, 1.6732632423543772848170429916717, 1)  # noqa: E731
    return t.mul(1.0507009873554804934193349852946, _above(t, v, low))


OTHER: dict[str, Callable[..., Number]] = {
    "abs": _abs,
    "sign": lambda t, v: t.side(v, 0),
    "step": lambda t, v: int(t.side(v, 0) > 0),
    "max": _larger,
    "min": _smaller,
    "clip": _clip,
    "hard_tanh": lambda t, v, lo=-1, hi=1: _clip(t, v, lo, hi),
    "relu": lambda t, v: _above(t, v, lambda: 0),
    "relu6": lambda t, v: _clip(t, v, 0, 6),
    "leaky_relu": lambda t, v, eps=0.01: _above(t, v, lambda: t.mul(eps, v)),
    "elu": lambda t, v, alpha=1: _above(t, v, lambda: _exponential(t, v, alpha, 1)),
    "celu": lambda t, v, alpha=1: _above(t, v, lambda: _exponential(t, v, alpha, alpha)),
    "selu": _selu,
    "threshold": lambda t, v, at, value: _above(t, v, lambda: value, at),
    "hard_sigmoid": _hard_gate,
    "hard_swish": lambda t, v: t.mul(v, _hard_gate(t, v)),
    "xlogy": _xlogy,
    "power": lambda t, a, b: t.power(a, b),
    "swish": lambda t, v, beta=1: t.mul(v, t.call("sigmoid", [t.mul(beta, v)])),
    "identity": lambda t, v: v,
    "square": lambda t, v: t.mul(v, v),
}
