"""Every function of the language with an argument it can take, and how large it may get."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .draw_net import Term, call

if TYPE_CHECKING:
    from .draw_terms import Scope, Writer

_BOUNDED = {"sin": 1, "cos": 1, "tanh": 1, "atan": 1.6, "arctan": 1.6, "erf": 1, "sigmoid": 1,
            "softsign": 1}  # fmt: skip
_LINEAR = ("asinh", "arcsinh", "softplus", "log_sigmoid", "gelu", "gelu_tanh", "silu", "mish",
           "log_cosh", "identity")  # fmt: skip
_GROWING = ("exp", "expm1", "sinh", "cosh", "square")
_NARROW = ("asin", "acos", "atanh", "arcsin", "arccos", "arctanh")  # between -1 and 1
_POSITIVE = ("log", "ln", "sqrt", "log1p", "acosh", "arccosh")
PLAIN = (*_BOUNDED, *_LINEAR, *_GROWING, *_NARROW, *_POSITIVE, "tan", "swish", "power", "xlogy")
_SIDED = {"relu": 0, "relu6": 6, "abs": 0, "sign": 1, "step": 1, "selu": 0, "hard_sigmoid": 1,
          "hard_swish": 0}  # fmt: skip
CORNERED = (*_SIDED, "max", "min", "clip", "hard_tanh", "leaky_relu", "elu", "celu", "threshold")
_BOUNDS = (("-1", "1"), ("-0.5", "0.5"), ("0", "1"), ("-inf", "0.5"))
_CROSSED = (("0.5", "-0.5"), ("1/2", "0"))


def pieces(w: Writer, name: str, scope: Scope, e: Term) -> Term:
    """The function of that name around ``e``, brought into its domain."""
    net, b = w.net, e.bound
    if name in _BOUNDED:
        return call(name, e, bound=_BOUNDED[name])
    if name in _LINEAR:
        return call(name, e, bound=b + 1)
    if name in _GROWING:
        if b > 2:
            e, b = call(net.pick(("tanh", "sin")), e, bound=1), 1
        return call(name, e, bound=math.exp(b) if name != "square" else b * b)
    if name in _NARROW or name == "tan":
        return call(name, Term(f"0.7*tanh({e.text})", 0.7), bound=2.4)
    if name in _POSITIVE:
        return call(name, _positive(w, scope, e, 1.2 if name.endswith("cosh") else 0), bound=b + 1)
    if name in _SIDED:
        return call(name, e, bound=max(0.5, min(_SIDED[name] or 2 * b, 2 * b)))
    return _several(w, name, scope, e)


def _positive(w: Writer, scope: Scope, e: Term, above: float) -> str:
    """A text that is positive, and more than ``above``."""
    more = str(above) if above else w.net.pick(("0.5", "1", "1/3"))
    kind = w.net.rng.randrange(5)
    if kind == 0 and not above:
        p = w.leaf(scope, ("positive",))
        return f"{p.text} + {e.text}**2"
    forms = (f"{e.text}**2 + {more}", f"abs({e.text}) + {more}", f"softplus({e.text}) + {more}",
             f"{more} + sigmoid({e.text})", f"{more} + {e.text}*{e.text}")  # fmt: skip
    return forms[kind]


def _number(w: Writer, scope: Scope, options: tuple[str, ...]) -> str:
    """A second argument: a number, or now and then a positive tensor."""
    if w.net.chance(0.3):
        return w.leaf(scope, ("positive",)).text
    return str(w.net.pick(options))


def _several(w: Writer, name: str, scope: Scope, e: Term) -> Term:
    net, b = w.net, e.bound
    if name in ("max", "min"):
        other = w.term(scope) if net.chance(0.7) else Term(net.pick(("0", "0.5", "-1", "1")), 1)
        args = (e, other) if net.chance(0.5) else (other, e)
        return call(name, *args, bound=max(b, other.bound))
    if name in ("clip", "hard_tanh"):
        if net.chance(0.25):
            low = w.leaf(scope)
            high = net.pick((f"{low.text} + 1", f"{low.text} - 0.5", w.leaf(scope).text))
            return call(name, e, low, high, bound=max(b, low.bound + 1))
        if net.chance(0.15):  # bounds that cross
            return call(name, e, *net.pick(_CROSSED), bound=max(b, 1))
        if name == "hard_tanh" and net.chance(0.4):
            return call(name, e, bound=1)
        return call(name, e, *net.pick(_BOUNDS[: 4 if name == "clip" else 3]),
                    bound=max(b, 1))  # fmt: skip
    if name == "threshold":
        return call(name, e, net.pick(("0", "0.5", "-1/2")), net.pick(("0", "1", "-2")),
                    bound=max(b, 2))  # fmt: skip
    if name in ("power", "xlogy"):
        p = w.leaf(scope, ("positive",))
        small = e if b <= 2 else call("tanh", e, bound=1)
        if name == "power":
            return call(name, p, small, bound=4)
        return call(name, small, p, bound=2)
    if name == "swish" and net.chance(0.4):
        return call(name, e, w.leaf(scope), bound=b + 0.5)
    if name in ("leaky_relu", "elu", "celu", "swish"):
        extra = [] if net.chance(0.4) else [_number(w, scope, ("0.1", "1", "2", "1/3"))]
        return call(name, e, *extra, bound=2 * b + 0.5)
    raise ValueError(f"no way to draw {name}")
