"""One entry of one tensor as a scalar expression, its sums written out, and its exact value.

What a hand calculation does: ``v0[1] = x[0]*W0[0,1] + x[1]*W0[1,1] + b0[1]``. Works on the batch of
one (`derive.chainrule.sample`) of a network whose sizes are numbers. Values have ``PLACES`` digits
(mpmath), so that what is printed is rounded from the true value and not from a float.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from typing import Any

import mpmath

from ..chainrule.derivation import Derivation
from ..chainrule.sample import per_sample
from ..language.equation import Equation
from ..language.errors import ChalkgradError
from ..language.evaluate import Arithmetic, evaluate
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
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Read,
    Reduce,
    Size,
    Where,
    num,
)
from ..language.formulas import by_formula
from ..language.literal import truth, whole
from ..network.network import Network

PLACES = 40
MAX_TERMS = 20_000  # terms one entry may be written out to
Entry = tuple[str, tuple[int, ...]]
Number = Any  # mpmath.mpf
_MP = mpmath.MPContext()
_MP.dps = PLACES
_SAME = ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
         "asinh", "acosh", "atanh", "erf")  # fmt: skip
_KNOWN: dict[str, Callable[..., Any]] = {
    **{name: getattr(_MP, name) for name in _SAME},
    "floor_div": lambda a, b: _MP.floor(a / b),
}


def places(network: Network, name: str) -> Iterator[tuple[int, ...]]:
    """The indices of every entry of a tensor. Raises ChalkgradError where a size is a symbol."""
    shape = [_size(network, a) for a in network.tensors[name].axes]
    return itertools.product(*map(range, shape))


def nested(network: Network, name: str, value: Callable[..., Any]) -> Any:
    """Nested lists in the shape of a tensor; ``value`` gives the entry at its indices."""
    shape = [_size(network, a) for a in network.tensors[name].axes]

    def part(*at: int) -> Any:
        inside = len(at) < len(shape)
        return [part(*at, k) for k in range(shape[len(at)])] if inside else value(*at)

    return part()


def entry(network: Network, eq: Equation, at: Sequence[int]) -> Expr:
    """The right side of ``eq`` at the indices ``at``, written out.

    Reads have numbers as indices; an entry outside of its tensor is 0 and drops out.
    """
    here: dict[Expr, Expr] = {i: num(k) for i, k in zip(eq.indices, at, strict=True)}
    return _Writer(network).go(eq.rhs, here)


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
        known = truth(e.cond) if isinstance(e, Iverson | Where) else None
        if known is None:
            return e
        one, other = (e.a, e.b) if isinstance(e, Where) else (ONE, ZERO)
        return one if known else other

    def read(self, e: Read) -> Expr:
        at = [whole(i) for i in e.indices]
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
            here: dict[Expr, Expr] = {**at, **dict(zip(bound, map(num, k), strict=True))}
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
    """Terms as they are grouped: in doubles, another order would be another number."""
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


class Digits(Arithmetic):
    """Numbers of ``PLACES`` digits; ``lookup`` gives the value of a read."""

    def __init__(self, lookup: Callable[[Entry], Number]) -> None:
        self.lookup = lookup

    def number(self, value: Fraction) -> Number:
        return number(value)

    def constant(self, name: str) -> Number:
        return _MP.pi if name == "pi" else _MP.inf

    def read(self, e: Read) -> Number:
        at = [whole(i) for i in e.indices]
        found = [int(evaluate(i, self)) if k is None else k
                 for i, k in zip(e.indices, at, strict=True)]  # fmt: skip
        return self.lookup((e.tensor, tuple(found)))

    def add(self, terms: Sequence[Number]) -> Number:
        return _MP.fsum(terms)

    def mul(self, factors: Sequence[Number]) -> Number:
        return math.prod(factors, start=number(1))

    def call(self, name: str, args: Sequence[Number]) -> Number:
        return _KNOWN[name](*args) if name in _KNOWN else by_formula(name, args, self)


def value(e: Expr, lookup: Callable[[Entry], Number]) -> Number:
    """The value of a scalar expression; ``lookup`` gives the value of a read."""
    return evaluate(e, Digits(lookup))


def at_point(e: Expr, names: Mapping[str, Number]) -> Number:
    """The value of an expression over bare names that reads no tensor."""
    return evaluate(e, Digits(_no_entry).bound({Name(k): v for k, v in names.items()}))


def _no_entry(entry: Entry) -> Number:
    raise ChalkgradError(f"no value for '{entry[0]}'")


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
        return number(given_entry(self.given[name], at))


def given_entry(here: Any, at: Sequence[int]) -> Any:
    """An entry of numbers as nested lists, which may have the axis of the only sample in front."""
    while isinstance(here, list | tuple) and len(here) == 1 and depth(here) > len(at):
        here = here[0]
    for k in at:
        here = here[k]
    return here


def place(read: Read) -> tuple[int, ...]:
    """The indices of a read of one entry: numbers."""
    return tuple(k for k in map(whole, read.indices) if k is not None)


def moved_entry(here: Any, at: Sequence[int], by: Number) -> Any:
    """The same numbers with one entry moved (see `given_entry`)."""
    if depth(here) > len(at):  # the axis of the only sample
        return [moved_entry(here[0], at, by)]
    if not at:
        return number(here) + by
    return [moved_entry(v, at[1:], by) if k == at[0] else v for k, v in enumerate(here)]


def after_step(exact: Exact, rate: Any, frozen: Collection[str] = ()) -> Exact:
    """The same network after one step of gradient descent, w − rate · ∂L/∂w, to all digits."""

    def stepped(name: str, *at: int) -> Number:
        return exact(name, *at) - number(rate) * exact(exact.d.adjoint(name), *at)

    moved = [t.name for t in exact.network.parameters if t.name not in frozen]
    values = {name: nested(exact.network, name, partial(stepped, name)) for name in moved}
    return Exact(exact.d, {**exact.given, **values})


def depth(value: Any) -> int:
    """How many lists stand in each other."""
    return 1 + depth(value[0]) if isinstance(value, list | tuple) and value else 0
