"""Every tensor of a derivation as numbers: dense index grids, for worked examples and small checks.

General and slow on purpose, and independent of the code generator: the value of an equation is what
the equation language says, index by index. Each index is an array along an axis of its own, so an
expression is evaluated once for all entries by broadcasting.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np

from ..chainrule.derivation import Derivation
from ..language.equation import BATCH, Equation
from ..language.errors import ChalkgradError
from ..language.expr import (
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
    replace,
)
from ..language.functions import FUNCTIONS, is_abstract, no_numbers
from ..language.parser import expression
from ..network.network import Network
from ..rewrite.simplify import fraction_parts

Array = np.ndarray[Any, Any]
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
# what NumPy knows, and forms of the formulas that do not overflow; all others are their formula
_KNOWN: dict[str, Callable[..., Any]] = {
    **{n: getattr(np, n) for n in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh")},
    **{n: getattr(np, "arc" + n[1:]) for n in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    **{n: getattr(np, n) for n in ("tanh", "expm1", "log1p", "power")},
    "erf": np.vectorize(math.erf, otypes=[float]),
    "floor_div": np.floor_divide,
    "softplus": lambda v: np.logaddexp(0.0, v),
    "log_sigmoid": lambda v: -np.logaddexp(0.0, -v),
    "sigmoid": lambda v: np.exp(-np.logaddexp(0.0, -v)),
}


def evaluate(d: Derivation, values: Mapping[str, Any]) -> dict[str, Array]:
    """All given, forward and adjoint tensors by name.

    ``values`` holds inputs, targets, parameters and constants in the shapes of the network, batch
    first; a batch tensor without its batch axis is one sample. Raises ChalkgradError for a
    missing tensor or a wrong shape.
    """
    run = evaluator(d.network, values)
    with np.errstate(all="ignore"):  # dead branches and strong zeros are computed, then dropped
        run.equations(d.forward)
        run.equations([s.equation for s in d.steps])
    return run.values


def evaluator(network: Network, values: Mapping[str, Any]) -> Evaluator:
    """The given tensors, checked, and the axis sizes they imply."""
    run = Evaluator(network)
    given = [t for t in network.tensors.values() if t.kind != "variable"]
    absent = [f"the {t.kind} '{t.name}'" for t in given if t.name not in values]
    if absent:
        raise ChalkgradError(
            f"no value for {', '.join(absent)}", where="values", hint="give `values:`"
        )
    for t in given:
        run.give(t.name, np.asarray(values[t.name], dtype=float))
    return run


class Evaluator:
    """Values by tensor name and sizes by axis; `value` evaluates any expression over them."""

    dtype: Any = float  # of every value that an equation defines

    def __init__(self, network: Network) -> None:
        self.network = network
        self.values: dict[str, Array] = {}
        self.known: dict[int | str, int] = {}  # a size's symbol -> its number

    def give(self, name: str, value: Array) -> None:
        t = self.network.tensors[name]
        if t.batch and value.ndim == len(t.axes) - 1:
            value = value[None]
        if value.ndim != len(t.axes):
            fixed = [s for s in self.network.shape(name) if isinstance(s, int)]
            if len(fixed) != len(t.axes) or value.size != math.prod(fixed):
                raise self._shape(name, value)
            value = value.reshape(fixed)
        for axis, size in zip(t.axes, value.shape, strict=True):
            known = self._symbol(axis)
            if isinstance(known, str):
                known = self.known.setdefault(known, size)
            if known != size:
                raise self._shape(name, value)
        self.values[name] = value

    def _shape(self, name: str, value: Array) -> ChalkgradError:
        want = ", ".join(str(s) for s in self.network.shape(name))
        return ChalkgradError(f"'{name}' has the shape {value.shape}, expected ({want})")

    def _symbol(self, axis: str) -> int | str:
        return "N" if axis == BATCH else self.network.sizes[axis]

    def size(self, axis: str) -> int:
        known = self._symbol(axis)
        if isinstance(known, int):
            return known
        if known not in self.known and known != "N":
            raise ChalkgradError(f"the size {known} of the axis {axis.split('@')[0]} is not known")
        return self.known.get(known, 1)

    # -- equations --------------------------------------------------------------------------------

    def equations(self, equations: Sequence[Equation]) -> None:
        """Evaluate in order; the equations of a recurrence together, step by step."""
        for _, run in groupby(enumerate(equations), key=lambda p: p[1].group or -p[0]):
            group = [eq for _, eq in run]
            if group[0].loop is None:
                for eq in group:
                    self.values[eq.name] = self.tensor(eq)
            else:
                self._loop(group)

    def _loop(self, group: Sequence[Equation]) -> None:
        for eq in group:
            shape = [self.size(i.axis) for i in eq.indices]
            self.values[eq.name] = np.zeros(shape, dtype=self.dtype)
        assert group[0].loop is not None
        steps = range(self.size(group[0].loop))
        for t in reversed(steps) if group[0].reverse else steps:
            for eq in group:
                place = next(k for k, i in enumerate(eq.indices) if i.axis == eq.loop)
                made = self.tensor(eq, {eq.indices[place]: t})
                at: list[Any] = [slice(None)] * len(eq.indices)
                at[place] = slice(t, t + 1)
                self.values[eq.name][tuple(at)] = made

    def tensor(self, eq: Equation, at: Mapping[Idx, int] | None = None) -> Array:
        """The left side of an equation; an index in ``at`` takes one value only."""
        env: dict[Expr, Array] = {}
        shape: list[int] = []
        for k, i in enumerate(reversed(eq.indices)):
            run = np.array([at[i]]) if at and i in at else np.arange(self.size(i.axis))
            env[i] = run.reshape(-1, *[1] * k)
            shape.insert(0, run.size)
        made = np.broadcast_to(self.value(eq.rhs, env, len(shape)), shape)
        return np.array(made, dtype=self.dtype)

    # -- expressions ------------------------------------------------------------------------------

    def value(self, e: Expr, env: Mapping[Expr, Array], depth: int) -> Any:
        """An array whose last ``depth`` axes are the indices alive; new ones come in front."""

        def go(x: Expr) -> Any:
            return self.value(x, env, depth)

        if e in env:
            return env[e]
        if isinstance(e, Num):
            return float(e.value)
        if isinstance(e, Const):
            return math.pi if e.name == "pi" else math.inf
        if isinstance(e, Size):
            return float(self.size(e.axis))
        if isinstance(e, Read):
            return self._read(self.values[e.tensor], [go(i) for i in e.indices])
        if isinstance(e, Add):
            return sum(map(go, e.args[1:]), go(e.args[0]))
        if isinstance(e, Mul | Neg | Div):
            return self._product(e, go)
        if isinstance(e, Pow):
            return np.power(go(e.base), go(e.exp))
        if isinstance(e, Fn):
            return self._function(e, [go(a) for a in e.args], depth)
        if isinstance(e, Where):
            return np.where(go(e.cond), go(e.a), go(e.b))
        if isinstance(e, Cmp):
            return _COMPARE[e.op](go(e.a), go(e.b))
        if isinstance(e, Logic):
            return _logic(e.op, [np.asarray(go(a), dtype=bool) for a in e.args])
        if isinstance(e, Iverson):
            return np.where(go(e.cond), 1.0, 0.0)
        if isinstance(e, Reduce):
            return self._reduce(e, env, depth)
        if isinstance(e, Normal):
            return self._normal(e, env, depth)
        raise TypeError(f"no value for {type(e).__name__}")

    @staticmethod
    def _read(tensor: Array, at: Sequence[Any]) -> Any:
        """An entry, 0 outside the range."""
        if not at:
            return tensor
        where = [np.rint(a).astype(int) for a in np.broadcast_arrays(*at)]
        inside = np.ones(where[0].shape, dtype=bool)
        for a, size in zip(where, tensor.shape, strict=True):
            inside &= (a >= 0) & (a < size)
        safe = [np.clip(a, 0, size - 1) for a, size in zip(where, tensor.shape, strict=True)]
        return np.where(inside, tensor[tuple(safe)], 0.0)

    @staticmethod
    def _product(e: Expr, go: Callable[[Expr], Any]) -> Any:
        """Products are strong in their 0/1 factors: [false] times anything is 0."""
        made: Any = 1.0
        true: Any = True
        for f, under in fraction_parts(e):
            if isinstance(f, Iverson) and not under:
                true = np.logical_and(true, go(f.cond))
            else:
                made = made / go(f) if under else made * go(f)
        return made if true is True else np.where(true, made, 0.0)

    def _function(self, e: Fn, args: Sequence[Any], depth: int) -> Any:
        if e.name in _KNOWN:
            return _KNOWN[e.name](*args)
        if is_abstract(e.name):
            raise no_numbers(e.name)
        known = FUNCTIONS[e.name]
        assert known.formula is not None
        full = [*args, *(self.value(_parsed(v), {}, depth) for v in known.defaults)]
        names: dict[Expr, Array] = {
            Name(a): v for a, v in zip(known.args, full[: len(known.args)], strict=True)
        }
        return self.value(_parsed(known.formula), names, depth)

    def _inner(
        self, e: Reduce | Normal, env: Mapping[Expr, Array], depth: int
    ) -> tuple[dict[Expr, Array], tuple[int, ...]]:
        """The indices alive in the body, the bound ones as the first axes, and their sizes."""
        inner = dict(env)
        sizes: list[int] = []
        for k, i in enumerate(reversed(e.idxs)):
            assert isinstance(i, Idx)
            inner[i] = np.arange(self.size(i.axis)).reshape(-1, *[1] * (depth + k))
            sizes.insert(0, self.size(i.axis))
        return inner, tuple(sizes)

    def _bound(
        self, e: Reduce | Normal, env: Mapping[Expr, Array], depth: int
    ) -> tuple[Array, Any, tuple[int, ...]]:
        """Body and condition over the bound indices, which are the first axes."""
        inner, sizes = self._inner(e, env, depth)
        body = self.value(e.body, inner, depth + len(sizes))
        cond = True if e.cond is None else self.value(e.cond, inner, depth + len(sizes))
        shape = np.broadcast_shapes(np.shape(body), np.shape(cond), (*sizes, *[1] * depth))
        return np.broadcast_to(body, shape), np.broadcast_to(cond, shape), sizes

    def _reduce(self, e: Reduce, env: Mapping[Expr, Array], depth: int) -> Any:
        body, cond, sizes = self._bound(e, env, depth)
        flat = body.reshape(math.prod(sizes), *body.shape[len(sizes) :])
        true = cond.reshape(flat.shape)
        empty = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "min": math.inf, "argmin": math.inf}
        flat = np.where(true, flat, empty.get(e.op, -math.inf))
        if e.op == "mean":
            return flat.sum(axis=0) / true.sum(axis=0)
        if e.op == "logsumexp":
            return np.logaddexp.reduce(flat, axis=0)
        return getattr(np, e.op)(flat, axis=0)  # sum, prod, max, min; argmax: the first one

    def _normal(self, e: Normal, env: Mapping[Expr, Array], depth: int) -> Any:
        log_sum = Reduce("logsumexp", e.idxs, e.body, e.cond)
        outer = dict(zip(e.idxs, e.at, strict=True))
        here = self.value(replace(e.body, outer), env, depth) - self._reduce(log_sum, env, depth)
        if e.cond is not None:
            here = np.where(self.value(replace(e.cond, outer), env, depth), here, -math.inf)
        return np.exp(here) if e.op == "softmax" else here


@cache
def _parsed(formula: str) -> Expr:
    return expression(formula)


def _logic(op: str, args: Sequence[Any]) -> Any:
    if op == "not":
        return np.logical_not(args[0])
    made = args[0]
    for a in args[1:]:
        made = np.logical_and(made, a) if op == "and" else np.logical_or(made, a)
    return made
