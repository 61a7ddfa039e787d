"""One entry of one tensor as a scalar expression, its sums written out, and its exact value.

What a hand calculation does: ``v0[1] = x[0]*W0[0,1] + x[1]*W0[1,1] + b0[1]``. Works on the batch of
one (`derive.chainrule.sample`) of a network whose sizes are numbers. Values have ``PLACES`` digits
(mpmath), so that what is printed is rounded from the true value and not from a float.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath

from ..chainrule.derivation import Derivation
from ..chainrule.sample import per_sample
from ..language.equation import Equation
from ..language.errors import ChalkgradError
from ..language.expr import (
    ONE,
    ZERO,
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
    Name,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
    num,
    replace,
)
from ..language.functions import FUNCTIONS
from ..language.parser import expression
from ..network.network import Network

PLACES = 40
MAX_TERMS = 20_000  # terms one entry may be written out to
Entry = tuple[str, tuple[int, ...]]
Number = Any  # mpmath.mpf
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_MP = mpmath.MPContext()
_MP.dps = PLACES
_KNOWN: dict[str, Callable[..., Any]] = {
    "exp": _MP.exp, "log": _MP.log, "sqrt": _MP.sqrt, "sin": _MP.sin, "cos": _MP.cos,
    "tan": _MP.tan, "asin": _MP.asin, "acos": _MP.acos, "atan": _MP.atan, "sinh": _MP.sinh,
    "cosh": _MP.cosh, "tanh": _MP.tanh, "asinh": _MP.asinh, "acosh": _MP.acosh,
    "atanh": _MP.atanh, "erf": _MP.erf, "floor_div": lambda a, b: _MP.floor(a / b),
}  # fmt: skip


def places(network: Network, name: str) -> Iterator[tuple[int, ...]]:
    """The indices of every entry of a tensor. Raises ChalkgradError where a size is a symbol."""
    shape = [_size(network, a) for a in network.tensors[name].axes]
    return itertools.product(*map(range, shape))


def entry(network: Network, eq: Equation, at: Sequence[int], *, board: bool = False) -> Expr:
    """The right side of ``eq`` at the indices ``at``, written out.

    Reads have numbers as indices; an entry outside of its tensor is 0 and drops out. ``board``
    takes the equation as it was written where the derivation keeps a stable form of it.
    """
    rhs = eq.board if board and eq.board is not None else eq.rhs
    here: dict[Expr, Expr] = {i: num(k) for i, k in zip(eq.indices, at, strict=True)}
    return _Writer(network).go(rhs, here)


def written_out(network: Network, expr: Expr) -> Expr:
    """Any expression without free indices, its sums written out."""
    return _Writer(network).go(expr, {})


def _size(network: Network, axis: str) -> int:
    size = network.size(axis)
    if isinstance(size, int):
        return size
    raise ChalkgradError(
        f"the size {size} is a symbol", hint="numbers need a network with numbers as sizes"
    )


class _Writer:
    def __init__(self, network: Network) -> None:
        self.network, self.count = network, 0

    def go(self, e: Expr, at: Mapping[Expr, Expr]) -> Expr:
        if e in at:
            return at[e]
        if isinstance(e, Size):
            return num(_size(self.network, e.axis))
        if isinstance(e, Reduce):
            return self.reduce(e, at)
        if isinstance(e, Normal):
            return self.normal(e, at)
        if isinstance(e, Num | Const | Name):
            return e
        return self.tidy(e.rebuild(tuple(self.go(k, at) for k in e.children())))

    def tidy(self, e: Expr) -> Expr:
        """Indices become numbers; what is known to be 0, true or false goes."""
        if isinstance(e, Read):
            return self.read(e)
        if isinstance(e, Add):
            return _sum(e.args)
        if isinstance(e, Mul):
            return _product(e.args)
        if isinstance(e, Neg):
            return ZERO if e.arg == ZERO else e
        if isinstance(e, Div):
            return ZERO if e.num == ZERO else e.num if e.den == ONE else e
        if isinstance(e, Iverson):
            known = truth(e.cond)
            return e if known is None else ONE if known else ZERO
        if isinstance(e, Where):
            known = truth(e.cond)
            return e if known is None else e.a if known else e.b
        return e

    def read(self, e: Read) -> Expr:
        at = [constant(i) for i in e.indices]
        if any(i is None for i in at):
            return e
        shape = [_size(self.network, a) for a in self.network.tensors[e.tensor].axes]
        inside = all(0 <= i < s for i, s in zip(at, shape, strict=True) if i is not None)
        return Read(e.tensor, tuple(num(i) for i in at if i is not None)) if inside else ZERO

    def terms(self, e: Reduce | Normal, at: Mapping[Expr, Expr], body: Expr) -> Iterator[Expr]:
        """``body`` for every value of the bound indices for which the condition holds."""
        bound = [i for i in e.idxs if isinstance(i, Idx)]
        for k in itertools.product(*(range(_size(self.network, i.axis)) for i in bound)):
            self.count += 1
            if self.count > MAX_TERMS:
                raise ChalkgradError(
                    f"written out, this has more than {MAX_TERMS} terms",
                    hint="numbers are for small networks",
                )
            here: dict[Expr, Expr] = dict(at)
            here.update((i, num(v)) for i, v in zip(bound, k, strict=True))
            holds = True if e.cond is None else truth(self.go(e.cond, here))
            if holds is None:
                raise ChalkgradError("a condition on values stands under a sum")
            if holds:
                yield self.go(body, here)

    def reduce(self, e: Reduce, at: Mapping[Expr, Expr]) -> Expr:
        terms = list(self.terms(e, at, e.body))
        if e.op == "sum":
            return _sum(terms)
        if e.op == "prod":
            return _product(terms)
        if e.op == "mean":
            total = _sum(terms)
            return total if len(terms) == 1 else Div(total, num(len(terms)))
        if e.op == "logsumexp":
            return Fn("log", (_sum([Fn("exp", (t,)) for t in terms]),))
        if e.op in ("max", "min"):
            made = terms[0]
            for t in terms[1:]:
                made = Fn(e.op, (made, t))
            return made
        return _first(terms, ">" if e.op == "argmax" else "<")

    def normal(self, e: Normal, at: Mapping[Expr, Expr]) -> Expr:
        outer = {i: self.go(o, at) for i, o in zip(e.idxs, e.at, strict=True)}
        here = self.go(e.body, {**at, **outer})
        total = _sum([Fn("exp", (t,)) for t in self.terms(e, at, e.body)])
        if e.cond is not None and truth(self.go(e.cond, {**at, **outer})) is False:
            return ZERO if e.op == "softmax" else Neg(Const("inf"))
        if e.op == "softmax":
            return Div(Fn("exp", (here,)), total)
        return Add((here, Neg(Fn("log", (total,)))))


def _sum(terms: Sequence[Expr]) -> Expr:
    kept = [t for t in terms if t != ZERO]
    return ZERO if not kept else kept[0] if len(kept) == 1 else Add(tuple(kept))


def _product(factors: Sequence[Expr]) -> Expr:
    if any(f == ZERO for f in factors):
        return ZERO
    kept = [f for f in factors if f != ONE]
    return ONE if not kept else kept[0] if len(kept) == 1 else Mul(tuple(kept))


def _first(terms: Sequence[Expr], op: str) -> Expr:
    """The number of the largest (smallest) term, the first where several are equal."""
    best: Expr = terms[0]
    at: Expr = ZERO
    for k, t in enumerate(terms[1:], start=1):
        won = Cmp(op, t, best)
        best, at = Where(won, t, best), Where(won, num(k), at)
    return at


def constant(e: Expr) -> int | None:
    """The value of an index expression of numbers; None where it reads a tensor."""
    if isinstance(e, Num):
        return int(e.value) if e.value.denominator == 1 else None
    parts = [constant(k) for k in e.children()]
    known = [p for p in parts if p is not None]
    if not parts or len(known) < len(parts):
        return None
    if isinstance(e, Add):
        return sum(known)
    if isinstance(e, Mul):
        made = 1
        for k in known:
            made *= k
        return made
    if isinstance(e, Neg):
        return -known[0]
    if isinstance(e, Fn) and e.name == "floor_div":
        return known[0] // known[1]
    return None


def truth(cond: Expr) -> bool | None:
    """Whether a condition on numbers holds; None where it depends on values."""
    if isinstance(cond, Cmp):
        a, b = constant(cond.a), constant(cond.b)
        return None if a is None or b is None else _COMPARE[cond.op](a, b)
    if isinstance(cond, Logic):
        known = [truth(a) for a in cond.args]
        if cond.op == "not":
            return None if known[0] is None else not known[0]
        decisive = cond.op == "or"
        if decisive in known:
            return decisive
        return None if None in known else not decisive
    return None


# -- values ---------------------------------------------------------------------------------------


def number(value: Any) -> Number:
    """An exact number (int, Fraction, Decimal, float or a decimal text) with 40 digits."""
    if isinstance(value, Fraction):
        return _MP.mpf(value.numerator) / value.denominator
    if isinstance(value, int | float | _MP.mpf):
        return _MP.mpf(value)
    return _MP.mpf(str(value))


@contextmanager
def double_precision() -> Iterator[None]:
    """Inside, values are worked out as IEEE doubles: 53 bits, the same on every machine."""
    with _MP.workprec(53):
        yield


def value(e: Expr, lookup: Callable[[Entry], Number]) -> Number:
    """The value of a scalar expression; ``lookup`` gives the value of a read."""

    def go(x: Expr) -> Any:
        return value(x, lookup)

    if isinstance(e, Num):
        return number(e.value)
    if isinstance(e, Const):
        return _MP.pi if e.name == "pi" else _MP.inf
    if isinstance(e, Read):
        at = [constant(i) for i in e.indices]
        found = [int(go(i)) if k is None else k for i, k in zip(e.indices, at, strict=True)]
        return lookup((e.tensor, tuple(found)))
    if isinstance(e, Add):
        return _MP.fsum(map(go, e.args))
    if isinstance(e, Mul):
        return _times(e.args, go)
    if isinstance(e, Neg):
        return -go(e.arg)
    if isinstance(e, Div):
        return go(e.num) / go(e.den)
    if isinstance(e, Pow):
        return go(e.base) ** go(e.exp)
    if isinstance(e, Fn):
        return _call(e, [go(a) for a in e.args])
    if isinstance(e, Where):
        return go(e.a) if _holds(e.cond, go) else go(e.b)
    if isinstance(e, Iverson):
        return number(1 if _holds(e.cond, go) else 0)
    raise TypeError(f"no value for {type(e).__name__}")


def _times(factors: Sequence[Expr], go: Callable[[Expr], Any]) -> Any:
    """A product; a factor [false] makes it 0 whatever the others are."""
    if any(isinstance(f, Iverson) and not _holds(f.cond, go) for f in factors):
        return number(0)
    made = number(1)
    for f in factors:
        made *= go(f)
    return made


def _holds(cond: Expr, go: Callable[[Expr], Any]) -> bool:
    if isinstance(cond, Cmp):
        return bool(_COMPARE[cond.op](go(cond.a), go(cond.b)))
    assert isinstance(cond, Logic)
    known = [_holds(a, go) for a in cond.args]
    return not known[0] if cond.op == "not" else all(known) if cond.op == "and" else any(known)


def _call(e: Fn, args: list[Any]) -> Any:
    if e.name in _KNOWN:
        return _KNOWN[e.name](*args)
    known = FUNCTIONS[e.name]
    if known.formula is None:
        raise ChalkgradError(f"'{e.name}' has no value: it is an abstract function")
    full = [*args, *(number(v) for v in known.defaults)][: len(known.args)]
    names = dict(zip(known.args, full, strict=True))
    return value(_named(known.formula, known.args), lambda r: names[r[0]])


@cache
def _named(formula: str, args: tuple[str, ...]) -> Expr:
    """A function's formula with its arguments as tensors without axes."""
    return replace(expression(formula), {Name(a): Read(a) for a in args})


class Exact:
    """Every entry of a derivation's tensors for one sample, each worked out when asked for.

    ``values`` are those of the network (inputs, targets, parameters, constants; one sample).
    Raises ChalkgradError for a tensor without numbers.
    """

    def __init__(self, d: Derivation, values: Mapping[str, Any]) -> None:
        self.d = per_sample(d)
        self.network = self.d.network
        self.given = values
        self.equations = {e.name: e for e in self.d.forward}
        self.equations |= {s.equation.name: s.equation for s in self.d.steps}
        self.known: dict[Entry, Number] = {}

    def __call__(self, name: str, *at: int) -> Number:
        """The value of an entry; forward tensors, given ones and adjoints (``dW1``) alike."""
        key = (name, at)
        if key not in self.known:
            eq = self.equations.get(name)
            self.known[key] = self._given(key) if eq is None else self._equation(eq, at)
        return self.known[key]

    def _equation(self, eq: Equation, at: tuple[int, ...]) -> Number:
        return value(entry(self.network, eq, at), lambda k: self(k[0], *k[1]))

    def _given(self, key: Entry) -> Number:
        name, at = key
        if name not in self.given:
            raise ChalkgradError(f"no value for '{name}'", where="values", hint="give `values:`")
        here = self.given[name]
        while isinstance(here, list | tuple) and len(here) == 1 and _depth(here) > len(at):
            here = here[0]
        for k in at:
            here = here[k]
        return number(here)


def after_step(exact: Exact, rate: Any, frozen: Collection[str] = ()) -> Exact:
    """The same network after one step of gradient descent, w − rate · ∂L/∂w, to all digits."""
    values = dict(exact.given)
    for t in exact.network.parameters:
        if t.name not in frozen:
            shape = [_size(exact.network, a) for a in t.axes]
            values[t.name] = _stepped(exact, t.name, exact.d.adjoint(t.name), rate, shape, ())
    return Exact(exact.d, values)


def _stepped(
    exact: Exact, name: str, adjoint: str, rate: Any, shape: Sequence[int], at: tuple[int, ...]
) -> Any:
    if len(at) == len(shape):
        return exact(name, *at) - number(rate) * exact(adjoint, *at)
    rows = range(shape[len(at)])
    return [_stepped(exact, name, adjoint, rate, shape, (*at, k)) for k in rows]


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0
