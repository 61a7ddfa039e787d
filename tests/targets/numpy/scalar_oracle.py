"""The meaning of the equation language, one entry at a time, with plain Python numbers.

Slow and naive on purpose: every function is its textbook formula through ``math`` or ``cmath``,
every reduction a loop over its indices. It shares nothing with the engine but the tree
(`derive.language.expr`), so a network's equations and its generated module can be held against it.
Formulas overflow where their textbook form does (``exp(1000)`` raises OverflowError).
"""

from __future__ import annotations

import cmath
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from chalkgrad.derive.language.expr import (
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Logic,
    Mul,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
)

Number = int | float | complex
Env = dict[Idx, int]


class EquationLike(Protocol):
    """``name[indices] = rhs``."""

    @property
    def name(self) -> str: ...
    @property
    def indices(self) -> tuple[Idx, ...]: ...
    @property
    def rhs(self) -> Expr: ...


def evaluate(
    equations: Iterable[EquationLike],
    tensors: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
    initial: Mapping[str, str] | None = None,
) -> dict[str, np.ndarray]:
    """Every tensor the equations define, entry by entry.

    Parameters
    ----------
    equations : in any order; a recurrence reads its own earlier entries.
    tensors : the given tensors (float, complex or integer), batch first where they have it.
    sizes : axis id of every index -> its size; the batch is ``n``.
    initial : recurrent tensor -> the given tensor it starts from (default: zeros).

    Returns
    -------
    name -> float array of the sizes of its left indices (complex where an entry is complex).

    Raises
    ------
    ValueError : an empty max, min or mean; an entry that depends on itself.
    KeyError : a tensor or a size that nobody gave.
    """
    return _Oracle(equations, tensors, sizes, initial or {}).run()


class _Oracle:
    def __init__(
        self,
        equations: Iterable[EquationLike],
        tensors: Mapping[str, np.ndarray],
        sizes: Mapping[str, int],
        initial: Mapping[str, str],
    ) -> None:
        self.equations = {eq.name: eq for eq in equations}
        self.tensors = {name: np.asarray(value) for name, value in tensors.items()}
        self.sizes, self.initial = sizes, initial
        self.known: dict[tuple[str, tuple[int, ...]], Number] = {}
        self.open: set[tuple[str, tuple[int, ...]]] = set()

    def run(self) -> dict[str, np.ndarray]:
        made = {}
        for name, eq in self.equations.items():
            shape = tuple(self.sizes[i.axis] for i in eq.indices)
            flat = [self.entry(name, at) for at in np.ndindex(*shape)]
            kind = complex if any(isinstance(v, complex) for v in flat) else float
            made[name] = np.array(flat, dtype=kind).reshape(shape)
        return made

    # -- entries ----------------------------------------------------------------------------

    def entry(self, name: str, at: tuple[int, ...]) -> Number:
        """One entry; 0 outside the range."""
        eq = self.equations.get(name)
        shape = (
            self.tensors[name].shape
            if eq is None
            else tuple(self.sizes[i.axis] for i in eq.indices)
        )
        if len(at) != len(shape):
            raise ValueError(f"{name} has {len(shape)} axes, read with {len(at)}")
        if not all(0 <= i < size for i, size in zip(at, shape, strict=True)):
            return self.before_start(name, at)
        if eq is None:
            return self.tensors[name][at].item()  # type: ignore[no-any-return]
        key = (name, at)
        if key not in self.known:
            if key in self.open:
                raise ValueError(f"{name}{list(at)} depends on itself")
            self.open.add(key)
            self.known[key] = self.value(eq.rhs, dict(zip(eq.indices, at, strict=True)))
            self.open.discard(key)
        return self.known[key]

    def before_start(self, name: str, at: tuple[int, ...]) -> Number:
        """Outside the range: 0, or the start of a recurrence (read at the other indices)."""
        start, eq = self.initial.get(name), self.equations.get(name)
        if start is None or eq is None:
            return 0
        loop = getattr(eq, "loop", None)  # an equation that does not say runs along its first axis
        k = next((k for k, i in enumerate(eq.indices) if i.axis == loop), 0)
        ahead = getattr(eq, "reverse", False)  # it starts behind the end
        if not (at[k] >= self.sizes[eq.indices[k].axis] if ahead else at[k] < 0):
            return 0
        given = self.tensors[start]
        rest = at[:k] + at[k + 1 :]
        rest = rest[len(rest) - given.ndim :]
        inside = all(0 <= i < size for i, size in zip(rest, given.shape, strict=True))
        return given[rest].item() if inside else 0

    # -- values -----------------------------------------------------------------------------

    def value(self, e: Expr, env: Env) -> Number:
        rule = _RULES.get(type(e))
        if rule is None:
            raise TypeError(f"the oracle has no rule for {type(e).__name__}")
        return rule(self, e, env)

    def index(self, e: Expr, env: Env) -> int:
        made = self.value(e, env)
        if isinstance(made, complex) or made != int(made):
            raise ValueError(f"an index is {made}")
        return int(made)

    def truth(self, e: Expr, env: Env) -> bool:
        if isinstance(e, Cmp):
            return _COMPARE[e.op](_real(self.value(e.a, env)), _real(self.value(e.b, env)))
        if isinstance(e, Iverson):
            return self.truth(e.cond, env)
        assert isinstance(e, Logic), type(e).__name__
        if e.op == "not":
            return not self.truth(e.args[0], env)
        return (all if e.op == "and" else any)(self.truth(a, env) for a in e.args)

    def vanishes(self, e: Expr, env: Env) -> bool:
        """A product with a false bracket in it: 0, whatever stands beside (a strong zero)."""
        if isinstance(e, Iverson):
            return not self.truth(e.cond, env)
        if isinstance(e, Mul):
            return any(self.vanishes(a, env) for a in e.args)
        if isinstance(e, Neg):
            return self.vanishes(e.arg, env)
        return isinstance(e, Div) and self.vanishes(e.num, env)

    def runs(self, e: Reduce | Normal, env: Env) -> Iterator[Env]:
        """The environments a reduction runs over, the last index fastest."""
        idxs = [i for i in e.idxs if isinstance(i, Idx)]
        for at in itertools.product(*(range(self.sizes[i.axis]) for i in idxs)):
            inner = {**env, **dict(zip(idxs, at, strict=True))}
            if e.cond is None or self.truth(e.cond, inner):
                yield inner

    # -- one rule per node --------------------------------------------------------------------

    def number(self, e: Num, env: Env) -> Number:
        return e.value.numerator if e.value.denominator == 1 else float(e.value)

    def const(self, e: Const, env: Env) -> Number:
        return {"pi": math.pi, "inf": math.inf}[e.name]

    def size(self, e: Size, env: Env) -> Number:
        return self.sizes[e.axis]

    def idx(self, e: Idx, env: Env) -> Number:
        return env[e]

    def read(self, e: Read, env: Env) -> Number:
        return self.entry(e.tensor, tuple(self.index(i, env) for i in e.indices))

    def add(self, e: Add, env: Env) -> Number:
        return sum(self.value(a, env) for a in e.args)

    def mul(self, e: Mul, env: Env) -> Number:
        if self.vanishes(e, env):
            return 0
        return math.prod(self.value(a, env) for a in e.args)

    def neg(self, e: Neg, env: Env) -> Number:
        return -self.value(e.arg, env)

    def div(self, e: Div, env: Env) -> Number:
        return 0 if self.vanishes(e.num, env) else self.value(e.num, env) / self.value(e.den, env)

    def pow(self, e: Pow, env: Env) -> Number:
        return _power(self.value(e.base, env), self.value(e.exp, env))

    def fn(self, e: Fn, env: Env) -> Number:
        return _FUNCTIONS[e.name](*(self.value(a, env) for a in e.args))

    def where(self, e: Where, env: Env) -> Number:
        return self.value(e.a if self.truth(e.cond, env) else e.b, env)

    def bracket(self, e: Iverson, env: Env) -> Number:
        return int(self.truth(e.cond, env))

    def reduce(self, e: Reduce, env: Env) -> Number:
        values = [self.value(e.body, inner) for inner in self.runs(e, env)]
        if e.op == "sum":
            return sum(values)
        if e.op == "prod":
            return math.prod(values)
        if not values:
            raise ValueError(f"an empty {e.op}")
        if e.op == "mean":
            return sum(values) / len(values)
        if e.op == "logsumexp":
            return _log(sum(_exp(v) for v in values))
        pick = max if e.op in ("max", "argmax") else min
        winner = pick(range(len(values)), key=lambda k: _real(values[k]))  # the first of equals
        return self.place(e, env, winner) if e.op.startswith("arg") else values[winner]

    def place(self, e: Reduce, env: Env, winner: int) -> int:
        """The index of the winner; row-major over several indices, counting all positions."""
        here = next(itertools.islice(self.runs(e, env), winner, None))
        flat = 0
        for i in e.idxs:
            assert isinstance(i, Idx)
            flat = flat * self.sizes[i.axis] + here[i]
        return flat

    def normal(self, e: Normal, env: Env) -> Number:
        at = [self.index(i, env) for i in e.at]
        outer = {**env, **dict(zip((i for i in e.idxs if isinstance(i, Idx)), at, strict=True))}
        if e.cond is not None and not self.truth(e.cond, outer):
            return 0 if e.op == "softmax" else -math.inf
        total = sum(_exp(self.value(e.body, inner)) for inner in self.runs(e, env))
        own = self.value(e.body, outer)
        return _exp(own) / total if e.op == "softmax" else own - _log(total)


_RULES: dict[type, Callable[[Any, Any, Env], Number]] = {
    Num: _Oracle.number,
    Const: _Oracle.const,
    Size: _Oracle.size,
    Idx: _Oracle.idx,
    Read: _Oracle.read,
    Add: _Oracle.add,
    Mul: _Oracle.mul,
    Neg: _Oracle.neg,
    Div: _Oracle.div,
    Pow: _Oracle.pow,
    Fn: _Oracle.fn,
    Where: _Oracle.where,
    Iverson: _Oracle.bracket,
    Reduce: _Oracle.reduce,
    Normal: _Oracle.normal,
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

# -- elementary functions, each from its definition -----------------------------------------------


def _real(v: Number) -> float:
    return v.real


def _through(name: str) -> Callable[[Number], Number]:
    """The function of that name, from ``cmath`` for complex arguments, else from ``math``."""
    real, general = getattr(math, name), getattr(cmath, name)
    return lambda v: general(v) if isinstance(v, complex) else real(v)


_KNOWN = (
    *("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
_exp, _log, _tanh, _cosh = (_through(name) for name in ("exp", "log", "tanh", "cosh"))


def _power(base: Number, exponent: Number) -> Number:
    """Whole powers by multiplication (exact signs), others through the real or complex power."""
    if not isinstance(exponent, complex) and float(exponent).is_integer():
        return base ** int(exponent)
    if isinstance(base, complex) or isinstance(exponent, complex):
        return base**exponent
    return math.pow(base, exponent)


def _erf(v: Number) -> Number:
    """erf(z) = 2/sqrt(pi) exp(-z^2) sum_n 2^n z^(2n+1) / (1*3*...*(2n+1)), all of one sign."""
    if not isinstance(v, complex):
        return math.erf(v)
    if abs(v.imag) < 1e-9:  # a complex step: the integrand of erf times the step
        return complex(math.erf(v.real), 2 / math.sqrt(math.pi) * math.exp(-(v.real**2)) * v.imag)
    term, total, n = v, v, 0
    while abs(term) > 1e-20 * abs(total):
        n += 1
        term = term * 2 * v * v / (2 * n + 1)
        total += term
    return 2 / math.sqrt(math.pi) * cmath.exp(-v * v) * total


def _abs(v: Number) -> Number:
    return v if _real(v) > 0 else -v if _real(v) < 0 else 0


def _sign(v: Number) -> Number:
    return (_real(v) > 0) - (_real(v) < 0)


def _clip(v: Number, lo: Number, hi: Number) -> Number:
    return lo if _real(v) <= _real(lo) else hi if _real(v) >= _real(hi) else v


def _relu(v: Number) -> Number:
    return v if _real(v) > 0 else 0


def _sigmoid(v: Number) -> Number:
    return 1 / (1 + _exp(-v))


def _softplus(v: Number) -> Number:
    return _log(1 + _exp(v))


def _elu(v: Number, alpha: Number, width: Number = 1) -> Number:
    return v if _real(v) > 0 else alpha * (_exp(v / width) - 1)


def _gelu_tanh(v: Number) -> Number:
    return v / 2 * (1 + _tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * _power(v, 3))))


def _hard_sigmoid(v: Number) -> Number:
    return _clip(v / 6 + 1 / 2, 0, 1)


_FUNCTIONS: dict[str, Callable[..., Number]] = {
    **{name: _through(name) for name in _KNOWN},
    "erf": _erf,
    "abs": _abs,
    "sign": _sign,
    "max": lambda a, b: a if _real(a) >= _real(b) else b,
    "min": lambda a, b: a if _real(a) <= _real(b) else b,
    "clip": _clip,
    "step": lambda v: int(_real(v) > 0),
    "xlogy": lambda a, b: 0 if _real(a) == 0 else a * _log(b),
    "power": _power,
    "floor_div": lambda a, b: a // b,
    "identity": lambda v: v,
    "square": lambda v: v * v,
    "expm1": lambda v: _exp(v) - 1,
    "log1p": lambda v: _log(1 + v),
    "sigmoid": _sigmoid,
    "log_sigmoid": lambda v: _log(_sigmoid(v)),
    "relu": _relu,
    "relu6": lambda v: _clip(v, 0, 6),
    "leaky_relu": lambda v, eps: v if _real(v) > 0 else eps * v,
    "softplus": _softplus,
    "elu": _elu,
    "selu": lambda v: 1.0507009873554805 * _elu(v, 1.6732632423543772),
    "celu": lambda v, alpha: _elu(v, alpha, alpha),
    "gelu": lambda v: v / 2 * (1 + _erf(v / math.sqrt(2))),
    "gelu_tanh": _gelu_tanh,
    "silu": lambda v: v * _sigmoid(v),
    "swish": lambda v, beta: v * _sigmoid(beta * v),
    "mish": lambda v: v * _tanh(_softplus(v)),
    "softsign": lambda v: v / (1 + _abs(v)),
    "hard_sigmoid": _hard_sigmoid,
    "hard_swish": lambda v: v * _hard_sigmoid(v),
    "hard_tanh": _clip,
    "threshold": lambda v, at, value: v if _real(v) > _real(at) else value,
    "log_cosh": lambda v: _log(_cosh(v)),
}
