"""Equations made ready once and evaluated often: closures over NumPy, for training runs.

The values are those of `derive.values.numbers`, which does everything that is not a plain product,
sum or function of whole tensors (windows, gathers, recurrences, conditions).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..language.equation import Equation
from ..language.expr import (
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Neg,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    walk,
)
from .arrays import Array
from .numbers import Evaluator

Thunk = Callable[[], Any]


def compiled(run: Evaluator, equations: Sequence[Equation]) -> Callable[[], None]:
    """A function that evaluates ``equations`` in order into ``run.values``.

    The sizes must be known to ``run`` already and must not change afterwards.
    """
    todo: list[Callable[[], None]] = []
    k = 0
    while k < len(equations):
        eq = equations[k]
        if eq.loop is None:
            todo.append(_stored(run, eq))
            k += 1
            continue
        group = [e for e in equations[k:] if e.group == eq.group]
        todo.append(lambda group=group: run.equations(group))  # type: ignore[misc]
        k += len(group)

    def go() -> None:
        for step in todo:
            step()

    return go


def _stored(run: Evaluator, eq: Equation) -> Callable[[], None]:
    shape = tuple(run.size(i.axis) for i in eq.indices)
    thunk = _Compiler(run).make(eq.rhs, eq.indices)

    def store() -> None:
        made = thunk()
        if np.shape(made) != shape:
            made = np.broadcast_to(made, shape)
        run.values[eq.name] = np.asarray(made, dtype=float)

    return store


class _Compiler:
    """``make(e, alive)``: a function that returns e as an array over the indices ``alive``."""

    def __init__(self, run: Evaluator) -> None:
        self.run = run

    def make(self, e: Expr, alive: tuple[Idx, ...]) -> Thunk:
        if isinstance(e, Num):
            number = float(e.value)
            return lambda: number
        if isinstance(e, Size):
            size = float(self.run.size(e.axis))
            return lambda: size
        if isinstance(e, Read):
            return self._read(e, alive)
        if isinstance(e, Add):
            return _sum([self.make(a, alive) for a in e.args])
        if isinstance(e, Neg):
            inner = self.make(e.arg, alive)
            return lambda: -inner()
        if isinstance(e, Mul | Div) and not any(isinstance(x, Iverson) for x in walk(e)):
            return self._product(e, alive)
        if isinstance(e, Pow):
            return self._power(e, alive)
        if isinstance(e, Fn):
            args = [self.make(a, alive) for a in e.args]
            algebra = self.run.over({}, len(alive))
            return lambda: algebra.call(e.name, [a() for a in args])
        if isinstance(e, Reduce) and e.op in ("sum", "mean") and e.cond is None:
            return self._reduce(e, alive)
        return self._general(e, alive)

    def _general(self, e: Expr, alive: tuple[Idx, ...]) -> Thunk:
        run = self.run
        env: dict[Expr, Array] = {
            i: np.arange(run.size(i.axis)).reshape(-1, *[1] * k)
            for k, i in enumerate(reversed(alive))
        }
        return lambda: run.value(e, env, len(alive))

    def _read(self, e: Read, alive: tuple[Idx, ...]) -> Thunk:
        values, name = self.run.values, e.tensor
        if not e.indices:
            return lambda: values[name]
        at = [i for i in e.indices if isinstance(i, Idx)]
        whole = (
            len(set(at)) == len(e.indices)
            and all(i in alive for i in at)
            and all(self._covers(name, k, i) for k, i in enumerate(at))
        )
        if not whole:
            return self._general(e, alive)
        order = [at.index(i) for i in alive if i in at]
        spread = tuple(slice(None) if i in at else None for i in alive)
        while spread and spread[0] is None:  # leading axes broadcast by themselves
            spread = spread[1:]
        if order == sorted(order):
            return (lambda: values[name][spread]) if None in spread else (lambda: values[name])
        return lambda: values[name].transpose(order)[spread]

    def _covers(self, name: str, k: int, i: Idx) -> bool:
        """Does the index run over the whole axis, so that nothing has to be looked up?"""
        axis = self.run.network.tensors.get(name)
        known = self.run.values.get(name)
        if known is not None:
            return bool(known.shape[k] == self.run.size(i.axis))
        return axis is not None and self.run.size(axis.axes[k]) == self.run.size(i.axis)

    def _product(self, e: Mul | Div, alive: tuple[Idx, ...]) -> Thunk:
        if isinstance(e, Div):
            top, bottom = self.make(e.num, alive), self.make(e.den, alive)
            return lambda: top() / bottom()
        first, *rest = [self.make(a, alive) for a in e.args]

        def go() -> Any:
            made = first()
            for f in rest:
                made = made * f()
            return made

        return go

    def _power(self, e: Pow, alive: tuple[Idx, ...]) -> Thunk:
        base, exp = self.make(e.base, alive), self.make(e.exp, alive)
        if isinstance(e.exp, Num) and e.exp.value == 2:
            return lambda: np.square(base())
        return lambda: np.power(base(), exp())

    def _reduce(self, e: Reduce, alive: tuple[Idx, ...]) -> Thunk:
        bound = tuple(i for i in e.idxs if isinstance(i, Idx))
        shape = tuple(self.run.size(i.axis) for i in bound)
        body = self.make(e.body, (*bound, *alive))
        axes, full = tuple(range(len(bound))), len(bound) + len(alive)
        scale = 1.0 / float(np.prod(shape)) if e.op == "mean" else 1.0

        def go() -> Any:
            made = np.asarray(body())
            if made.ndim < full:
                made = made.reshape((1,) * (full - made.ndim) + made.shape)
            if made.shape[: len(bound)] != shape:
                made = np.broadcast_to(made, shape + made.shape[len(bound) :])
            total = made.sum(axis=axes)
            return total if scale == 1.0 else total * scale

        return go


def _sum(parts: Sequence[Thunk]) -> Thunk:
    first, *rest = parts

    def go() -> Any:
        made = first()
        for p in rest:
            made = made + p()
        return made

    return go
