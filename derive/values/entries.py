"""One entry of one tensor as a scalar expression, its sums written out, and its exact value.

What a hand calculation does: ``v0[1] = x[0]*W0[0,1] + x[1]*W0[1,1] + b0[1]``. Works on the batch of
one (`derive.chainrule.sample`) of a network whose sizes are numbers. Values have ``PLACES`` digits
(mpmath), so that what is printed is rounded from the true value and not from a float.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from decimal import Decimal
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
    Expr,
    Name,
    Read,
    num,
    transform,
)
from ..language.formulas import by_formula
from ..language.literal import whole
from ..network.network import Network
from .writer import Writer, axis_size

PLACES = 40
NOISE = 1e-34  # of the largest term of a sum: less than that is rounding
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
    shape = [axis_size(network, a) for a in network.tensors[name].axes]
    return itertools.product(*map(range, shape))


def nested(network: Network, name: str, value: Callable[..., Any]) -> Any:
    """Nested lists in the shape of a tensor; ``value`` gives the entry at its indices."""
    shape = [axis_size(network, a) for a in network.tensors[name].axes]

    def part(*at: int) -> Any:
        inside = len(at) < len(shape)
        return [part(*at, k) for k in range(shape[len(at)])] if inside else value(*at)

    return part()


def entry(network: Network, eq: Equation, at: Sequence[int]) -> Expr:
    """The right side of ``eq`` at the indices ``at``, written out.

    Reads have numbers as indices; an entry outside of its tensor is 0 and drops out.
    """
    here: dict[Expr, Expr] = {i: num(k) for i, k in zip(eq.indices, at, strict=True)}
    return Writer(network).go(eq.rhs, here)


def written_out(network: Network, expr: Expr) -> Expr:
    """Any expression without free indices, its sums written out."""
    return Writer(network).go(expr, {})


# -- values ---------------------------------------------------------------------------------------


def number(value: Any) -> Number:
    """An exact number (int, Fraction, Decimal, float or a decimal text) with 40 digits."""
    if isinstance(value, Fraction):
        return _MP.mpf(value.numerator) / value.denominator
    if isinstance(value, int | float | _MP.mpf):
        return _MP.mpf(value)
    if isinstance(value, Decimal) and not value.is_finite():
        return _MP.mpf(float(value))
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
        at = (int(evaluate(i, self)) if (k := whole(i)) is None else k for i in e.indices)
        return self.lookup((e.tensor, tuple(at)))

    def add(self, terms: Sequence[Number]) -> Number:
        """Terms that cancel up to their rounding add up to 0, not to their last digit's noise."""
        made = _MP.fsum(terms)
        return _MP.zero if abs(made) < NOISE * max(map(abs, terms), default=0) else made

    def mul(self, factors: Sequence[Number]) -> Number:
        return math.prod(factors, start=number(1))

    def div(self, a: Number, b: Number) -> Number:
        """As a machine divides: by 0 it gives ±∞, and 0/0 no number."""
        return a / b if b else a * _MP.inf

    def power(self, a: Number, b: Number) -> Number:
        return _real(a**b) if a or b >= 0 else _MP.inf

    def call(self, name: str, args: Sequence[Number]) -> Number:
        return _real(_KNOWN[name](*args)) if name in _KNOWN else by_formula(name, args, self)


def _real(found: Number) -> Number:
    """The logarithm of −1 is no real number."""
    return _MP.nan if isinstance(found, _MP.mpc) else found


def value(e: Expr, lookup: Callable[[Entry], Number]) -> Number:
    """The value of a scalar expression; ``lookup`` gives the value of a read."""
    return evaluate(e, Digits(lookup))


def looked_up(e: Expr, lookup: Callable[[Entry], Number]) -> Expr:
    """The expression with class numbers where they are read: E[t[0], 1] is E[2, 1]."""

    def visit(x: Expr) -> Expr:
        if not isinstance(x, Read) or all(whole(i) is not None for i in x.indices):
            return x
        return Read(x.tensor, tuple(num(int(value(i, lookup))) for i in x.indices))

    return transform(e, visit)


def at_point(e: Expr, names: Mapping[str, Number]) -> Number:
    """The value of an expression over bare names that reads no tensor."""
    return evaluate(e, Digits(_no_entry).bound({Name(k): v for k, v in names.items()}))


def _no_entry(entry: Entry) -> Number:
    raise ChalkgradError(f"no value for '{entry[0]}'")


class Formulas:
    """The right sides of a derivation's equations for one sample, every entry written out once."""

    def __init__(self, d: Derivation) -> None:
        one = per_sample(d)
        self.network = one.network
        self.equations = {e.name: e for e in one.forward}
        self.equations |= {s.equation.name: s.equation for s in one.steps}
        self.made: dict[Entry, Expr] = {}

    def __call__(self, name: str, *at: int) -> Expr:
        key = (name, at)
        if key not in self.made:
            self.made[key] = entry(self.network, self.equations[name], at)
        return self.made[key]


class Exact:
    """Every entry of a derivation's tensors for one sample, each worked out when asked for.

    ``values`` are those of the network (inputs, targets, parameters, constants; one sample);
    ``formulas`` are those of ``d``, where they are written out for others, too.
    Raises ChalkgradError for a tensor without numbers.
    """

    def __init__(
        self, d: Derivation, values: Mapping[str, Any], formulas: Formulas | None = None
    ) -> None:
        self.d = per_sample(d)
        self.network = self.d.network
        self.given = values
        self.formulas = formulas or Formulas(self.d)
        self.known: dict[Entry, Number] = {}
        self.readers: dict[Entry, set[Entry]] = {}  # an entry -> those worked out from it
        self.asking: list[Entry] = []  # what is being worked out, the innermost last

    def changed(self, values: Mapping[str, Any]) -> Exact:
        """With other numbers for some tensors; what no other number reaches stays known."""
        made = copy(self)
        made.given = {**self.given, **values}
        moved = [e for e, v in self.known.items() if e[0] in values and made._given(e) != v]
        stale = self._reached(moved)
        made.known = {e: v for e, v in self.known.items() if e not in stale}
        return made

    def _reached(self, moved: Iterable[Entry]) -> set[Entry]:
        """Entries and all that was worked out from them."""
        todo = list(moved)
        found = set(todo)
        while todo:
            new = self.readers.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return found

    def __call__(self, name: str, *at: int) -> Number:
        """The value of an entry; forward tensors, given ones and adjoints (``dW1``) alike."""
        key = (name, at)
        if self.asking:
            self.readers.setdefault(key, set()).add(self.asking[-1])
        if key not in self.known:
            self.asking.append(key)
            try:
                self.known[key] = self._worked_out(key)
            finally:
                self.asking.pop()
        return self.known[key]

    def _worked_out(self, key: Entry) -> Number:
        eq = self.formulas.equations.get(key[0])
        return self._given(key) if eq is None else self._equation(eq, key[1])

    def _equation(self, eq: Equation, at: tuple[int, ...]) -> Number:
        return value(self.formulas(eq.name, *at), self._at)

    def _at(self, e: Entry) -> Number:
        return self(e[0], *e[1])

    def by_hand(self, e: Expr) -> Expr:
        """A written-out expression as it is calculated: E[t[0], 1] where t[0] is 2 is E[2, 1]."""
        return looked_up(e, self._at)

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
    return exact.changed(values)


def depth(value: Any) -> int:
    """How many lists stand in each other."""
    return 1 + depth(value[0]) if isinstance(value, list | tuple) and value else 0
