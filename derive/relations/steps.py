"""The lines of a derivative by hand (`derive.steps`) at random numbers: every d/dv in them is the
complex step of what stands behind it, whichever rule the next line uses.

A name that a definition of the lines defines is its formula; all others are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property

import numpy as np

from ..language.evaluate import UnknownError, evaluate
from ..language.expr import (
    Cmp,
    Expr,
    Fn,
    Idx,
    Name,
    Neg,
    Read,
    Size,
    add,
    fresh_index,
    mul,
    num,
    reads,
    replace,
    transform,
    walk,
)
from ..language.functions import FUNCTIONS
from ..steps.step_nodes import D, Limit, Steps
from ..values.arrays import Array
from .point import UnshownError
from .relation import Relation
from .sides import free
from .slopes import DIRECTION, EMPTY, STEP, Still, slope
from .verdict import POINTS, Verdict, over

SIZE = 3  # of every axis
NEAR = Fraction(1, 2**20)  # how far from its limit a quotient is taken
DRAWS = 6


class StepTruth:
    """Judges the lines of one derivative."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.shapes = _shapes(steps)

    def judged(self, relation: Relation) -> Verdict:
        try:
            return over((point.values(relation.sides) for point in self._points()), POINTS)
        except (UnshownError, UnknownError, KeyError) as reason:
            return Verdict(None, why=str(reason))

    def _points(self) -> Iterator[_Point]:
        for seed in range(DRAWS):
            rng = np.random.default_rng([seed, 31])
            drawn = {name: self._drawn(rng, name, rank, seed) for name, rank in self.shapes.items()}
            yield _Point(self.steps, drawn)

    def _drawn(self, rng: np.random.Generator, name: str, rank: int, seed: int) -> Array:
        shape = (SIZE,) * rank
        if name in self._integers:
            return rng.integers(0, SIZE, shape).astype(float)
        if name in self._distributions:
            return rng.dirichlet(np.ones(SIZE), shape[:-1])
        if seed % 3 == 0:
            return rng.normal(0.0, 1.5, shape)
        return rng.uniform(0.1, 0.9, shape) + (seed % 3 - 1)  # for a root, for an acosh

    @cached_property
    def _distributions(self) -> set[str]:
        facts = (line.fact for line in self.steps.lines if line.fact is not None)
        return {r.tensor for fact in facts for r in reads(fact)}

    @cached_property
    def _integers(self) -> set[str]:
        """What is compared with an index, or read at."""
        made = set()
        for e in _all(self.steps):
            if isinstance(e, Cmp) and (isinstance(e.a, Idx) != isinstance(e.b, Idx)):
                made |= {r.tensor for side in (e.a, e.b) for r in reads(side)}
            if isinstance(e, Read):
                made |= {r.tensor for i in e.indices for r in reads(i)}
        return made


def _all(steps: Steps) -> Iterator[Expr]:
    for line in (*steps.definitions, *steps.lines):
        yield from walk(line.left)
        yield from walk(line.right)


def _shapes(steps: Steps) -> dict[str, int]:
    """What is to be drawn, with the number of its axes."""
    found: dict[str, int] = {}
    for e in _all(steps):
        if isinstance(e, Read):
            found.setdefault(e.tensor, len(e.indices))
        elif isinstance(e, Name) or (isinstance(e, Idx) and not e.axis):
            found.setdefault(e.name, 0)
    return found


class _Sized(Still):
    def size(self, axis: str) -> int:
        return SIZE


class _Point:
    """One draw, with the definitions put in."""

    def __init__(self, steps: Steps, drawn: Mapping[str, Array]) -> None:
        self.drawn = dict(drawn)
        self.defined = {}
        for x in steps.definitions:
            left = _variable(x.left)
            if isinstance(left, Read):
                self.defined[left.tensor] = (left.indices, x.right)
        self.called = {x.left.name: (x.left.args, x.right) for x in steps.definitions
                       if isinstance(x.left, Fn) and x.left.name not in FUNCTIONS}  # fmt: skip
        self.run = _Sized(EMPTY, np.clongdouble)
        self.count = 0

    def values(self, sides: tuple[Expr, ...]) -> list[Array]:
        told = [self.told(side) for side in sides]
        indices = list(dict.fromkeys(i for side in told for i in free(side)))
        made = [self._over(side, indices) for side in told]
        return [np.real(np.broadcast_to(m, (SIZE,) * len(indices))) for m in made]

    # -- trees ------------------------------------------------------------------------------------

    def told(self, e: Expr) -> Expr:
        """The side with its definitions put in, and a read of numbers for every derivative."""
        if isinstance(e, D):
            return self._derivative(self.opened(e.arg), _variable(e.wrt))
        if isinstance(e, Limit):
            return self._limit(e)
        kids = e.children()
        if kids:
            e = e.rebuild(tuple(map(self.told, kids)))
        return self.opened(e)

    def _limit(self, e: Limit) -> Expr:
        """Richardson's value of a limit: what is left is of the order of the square of `NEAR`."""
        far, near = (self.told(replace(e.body, {e.of: add([e.to, num(h)])}))
                     for h in (NEAR, NEAR / 2))  # fmt: skip
        return add([mul([num(2), near]), Neg(far)])

    def opened(self, e: Expr) -> Expr:
        """Names, and what a definition defines by what it is defined as."""

        def visit(x: Expr) -> Expr:
            if isinstance(x, Size):
                return _variable(Name("a size"))
            x = _variable(x)
            if isinstance(x, Read) and x.tensor in self.defined:
                left, right = self.defined[x.tensor]
                return self.opened(replace(right, dict(zip(left, x.indices, strict=True))))
            if isinstance(x, Fn) and x.name in self.called:
                args, right = self.called[x.name]
                return self.opened(replace(right, dict(zip(args, x.args, strict=True))))
            return x

        return transform(e, visit)

    def _derivative(self, arg: Expr, wrt: Expr) -> Expr:
        """The numbers of d(arg)/d(wrt), over the free indices of both."""
        if not isinstance(wrt, Read):
            raise UnshownError("a derivative by an expression")
        arg = self.told(arg) if any(isinstance(x, D) for x in walk(arg)) else arg
        k = fresh_index("k", DIRECTION)
        base = self.drawn[wrt.tensor]
        moved = f"moved {self.count}"
        self.drawn[moved] = base[None] + 1j * STEP * np.eye(base.size).reshape(-1, *base.shape)
        along = transform(arg, lambda x: Read(moved, (k, *x.indices))
                          if isinstance(x, Read) and x.tensor == wrt.tensor else x)  # fmt: skip
        indices = list(free(arg))
        self.count += 1
        slopes = slope(self._over(along, [k, *indices], first=base.size))
        name = f"slope {self.count}"
        rest = (SIZE,) * len(indices)
        whole = np.broadcast_to(slopes, (base.size, *rest))
        self.drawn[name] = whole.reshape((*base.shape, *rest))
        return Read(name, (*wrt.indices, *indices))

    def _over(self, e: Expr, indices: list[Idx], first: int = SIZE) -> Array:
        """The values of an expression over its indices; ``first``: the size of the first one."""
        sizes = [first, *(SIZE,) * (len(indices) - 1)][: len(indices)]
        env: dict[Expr, Array] = {
            i: np.arange(n).reshape(-1, *[1] * (len(indices) - 1 - k))
            for k, (i, n) in enumerate(zip(indices, sizes, strict=True))
        }
        self.run.values = {"a size": np.asarray(float(SIZE)), **self.drawn}
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(e, self.run.over(env, len(indices))))


def _variable(e: Expr) -> Expr:
    """A name as a tensor without axes."""
    if isinstance(e, Name) or (isinstance(e, Idx) and not e.axis):
        return Read(e.name)
    return e
