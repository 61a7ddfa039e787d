"""A continuous function on [a, b] as a growing sum of ReLUs: its interpolant at equal knots.

    f_n(x) = f(a) + a_0·relu(x − x_0) + … + a_{n−1}·relu(x − x_{n−1}),   x_k = a + k(b − a)/n

a_0 is the slope of the first piece and a_k the change of slope at x_k, so that f_n(x_k) = f(x_k).
This holds for any continuous f on a closed interval, not for any function (lecture 002).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ..language.errors import ChalkgradError
from ..language.evaluate import UnknownError, evaluate
from ..language.expr import Expr, Fn, Iverson, Name, Read, add, signed, walk
from ..values.arrays import Array, Arrays
from ..values.entries import at_point, number

DENSE = 400  # points at which the error of one piece is looked at
MAX_TERMS = 500


@dataclass(frozen=True)
class ReluSum:
    """``start + Σ_k changes[k]·relu(x − knots[k])`` on [knots[0], knots[-1]].

    ``values`` are f at the n + 1 knots, ``slopes`` those of the n pieces, ``changes`` the n factors
    of the ReLUs. All are exact fractions: the knots as given, f(knot) as the float64 next to its
    40-digit value, the others differences of these. ``error`` is the largest |f − f_n| found on
    DENSE points a piece in float64, ``at`` where; between the points it may be a little larger.
    """

    f: Expr
    knots: tuple[Fraction, ...]
    values: tuple[Fraction, ...]
    error: float
    at: float

    @property
    def terms(self) -> int:
        return len(self.knots) - 1

    @property
    def start(self) -> Fraction:
        return self.values[0]

    @cached_property
    def slopes(self) -> tuple[Fraction, ...]:
        pieces = zip(self.knots, self.knots[1:], self.values, self.values[1:], strict=False)
        return tuple((v1 - v0) / (x1 - x0) for x0, x1, v0, v1 in pieces)

    @cached_property
    def changes(self) -> tuple[Fraction, ...]:
        before = (Fraction(0), *self.slopes)
        return tuple(b - a for a, b in zip(before, self.slopes, strict=False))

    def partial(self, k: int, x: Sequence[float] | Array) -> Array:
        """f_k at the points ``x``: the constant and the first k ReLUs (0 … n)."""
        points = np.asarray(x, dtype=float)
        made = np.full(points.shape, float(self.start))
        for knot, change in zip(self.knots[:k], self.changes[:k], strict=True):
            made += float(change) * np.maximum(points - float(knot), 0.0)
        return made

    def tree(self, k: int | None = None) -> Expr:
        """f_k as an expression of x (k = n without one), its numbers exact."""
        terms = [signed(self.start)]
        count = self.terms if k is None else k
        for knot, change in zip(self.knots[:count], self.changes[:count], strict=True):
            terms.append(signed(change, Fn("relu", (add([Name("x"), signed(-knot)]),))))
        return add(terms)

    def exact(self, x: Sequence[float] | Array) -> Array:
        """f itself at the points ``x``, float64."""
        return evaluated(self.f, np.asarray(x, dtype=float))


def relu_sum(f: Expr, a: Any, b: Any, terms: int) -> ReluSum:
    """The interpolant of ``f``, an expression of ``Name("x")``, with ``terms`` equal pieces.

    Raises
    ------
    ChalkgradError
        when a < b does not hold, ``f`` reads something else than x, has a jump written into it
        (step, sign, a comparison as a factor), or is not finite somewhere on the interval.
    """
    low, high = _exact(a), _exact(b)
    if low >= high:
        raise ChalkgradError(f"the interval [{a}, {b}] is empty", where="on", hint="on: [-3, 3]")
    if not 1 <= terms <= MAX_TERMS:
        raise ChalkgradError(f"1 to {MAX_TERMS} terms; got {terms}", where="terms")
    _check(f)
    knots = tuple(low + (high - low) * k / terms for k in range(terms + 1))
    values = tuple(_at(f, x) for x in knots)
    dense = np.linspace(float(low), float(high), terms * DENSE + 1)
    shown = ReluSum(f, knots, values, 0.0, float(low))
    gap = np.abs(_finite(f, dense) - shown.partial(terms, dense))
    _continuous(f, dense)
    worst = int(np.argmax(gap))
    return replace(shown, error=float(gap[worst]), at=float(dense[worst]))


def _exact(x: Any) -> Fraction:
    try:
        return Fraction(Decimal(str(x))) if isinstance(x, float) else Fraction(x)
    except (ValueError, ArithmeticError, TypeError):
        hint = "on: [-3, 3]"
        raise ChalkgradError(f"{x!r} is no end of an interval", where="on", hint=hint) from None


def _check(f: Expr) -> None:
    for e in walk(f):
        if isinstance(e, Read) or (isinstance(e, Name) and e.name != "x"):
            name = e.tensor if isinstance(e, Read) else e.name
            what = f"the function reads '{name}', it may read x only"
            raise ChalkgradError(what, where="f", hint="f: sin(3*x) + x/2")
        if isinstance(e, Iverson) or (isinstance(e, Fn) and e.name in ("step", "sign")):
            hint = "the sum of ReLUs is for a continuous function"
            raise ChalkgradError("the function has a jump", where="f", hint=hint)


def _at(f: Expr, x: Fraction) -> Fraction:
    """f(x) with 40 digits, as the nearest float."""
    try:
        made = float(at_point(f, {"x": number(x)}))
    except (ZeroDivisionError, ValueError, OverflowError, TypeError, UnknownError):
        made = math.nan
    if not math.isfinite(made):
        raise _not_finite(float(x))
    return Fraction(made)


def _not_finite(x: float) -> ChalkgradError:
    return ChalkgradError(
        f"the function has no finite value at x = {x:.6g}", where="f",
        hint="choose an interval on which it is continuous",
    )  # fmt: skip


def evaluated(f: Expr, x: Array) -> Array:
    """An expression of ``Name("x")`` at many points, float64; not finite where it has no value."""
    with np.errstate(all="ignore"):
        made = evaluate(f, Arrays({}, dict[str, int]().__getitem__, {Name("x"): x}, x.ndim))
    return np.array(np.broadcast_to(made, x.shape), dtype=float)


def _finite(f: Expr, x: Array) -> Array:
    made = evaluated(f, x)
    if not np.isfinite(made).all():
        raise _not_finite(float(x[int(np.argmin(np.isfinite(made)))]))
    return made


def _continuous(f: Expr, x: Array) -> None:
    """The steepest place, halved again and again: a jump or a pole does not shrink with it."""
    steps = np.abs(np.diff(evaluated(f, x)))
    worst = int(np.argmax(steps))
    low, high = float(x[worst]), float(x[worst + 1])
    for _ in range(40):
        middle = (low + high) / 2
        left, mid, right = evaluated(f, np.array([low, middle, high]))
        if not abs(mid) < math.inf:
            raise _not_finite(middle)
        low, high = (low, middle) if abs(mid - left) > abs(right - mid) else (middle, high)
    left, right = evaluated(f, np.array([low, high]))
    if abs(right - left) > steps[worst] / 4:
        what = f"the function is not continuous near x = {low:.6g}"
        raise ChalkgradError(what, where="f", hint="choose another interval")
