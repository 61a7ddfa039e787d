"""What is said of a sum of ReLUs (`derive.topics.relu_sum`): judged by the broken line through the
function's own values, drawn from knot to knot without any ReLU."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..language.evaluate import UnknownError, evaluate
from ..language.expr import Expr, Name, Read, num
from ..topics.relu_sum import ReluSum
from ..values.arrays import Array
from .relation import Relation
from .slopes import EMPTY, Still
from .verdict import Verdict, over

LINE = "f_n"  # the name of the broken line at x


class PiecesTruth:
    """Judges sides over ``x``, the line ``f_n``, and entries of ``x`` (knots), ``f``, ``s`` (slopes
    of the pieces) and ``a`` (their changes); ``until``: on the first so many pieces only."""

    def __init__(self, made: ReluSum, until: int | None = None) -> None:
        self.f, self.count = made.f, made.terms
        self.ends = float(made.knots[0]), float(made.knots[-1])
        self.until = made.terms if until is None else until
        self.run = Still(EMPTY, np.clongdouble)

    @cached_property
    def known(self) -> dict[str, Array]:
        knots = np.linspace(*self.ends, self.count + 1)
        values = np.real(self._over(self.f, knots)).astype(float)
        slopes = np.diff(values) / np.diff(knots)
        return {"x": knots, "f": values, "s": slopes, "a": np.diff(slopes, prepend=0.0)}

    def judged(self, relation: Relation) -> Verdict:
        """At the ends and in the middle of every piece."""
        knots = self.known["x"][: self.until + 1]
        xs = np.sort(np.concatenate([knots, (knots[1:] + knots[:-1]) / 2]))
        try:
            return over([[np.broadcast_to(self._side(s, xs), xs.shape) for s in relation.sides]])
        except UnknownError as reason:
            return Verdict(None, why=str(reason))

    def number(self, means: Expr) -> float | None:
        made = self._side(means, self.known["x"][:1])
        return float(made.flat[0]) if np.isfinite(made).all() else None

    def _side(self, e: Expr, xs: Array) -> Array:
        self.run.values = {k: v.astype(np.clongdouble) for k, v in self.known.items()}
        line = np.interp(xs, self.known["x"], self.known["f"])
        return np.real(self._over(e, xs, line)).astype(float)

    def _over(self, e: Expr, xs: Array, line: Array | None = None) -> Array:
        env = {Name("x"): xs, **({Name(LINE): line} if line is not None else {})}
        with np.errstate(all="ignore"):
            made = evaluate(e, self.run.over(env, 1))
        return np.broadcast_to(made, xs.shape)


def entry(name: str, k: int) -> Read:
    """A knot, a value, a slope or a change of slope."""
    return Read(name, (num(k),))
