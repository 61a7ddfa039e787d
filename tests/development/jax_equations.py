"""The equations of a network in JAX, entry by entry as the language says, to be differentiated.

It shares nothing with the engine but the tree: what a softmax or a named function is stands here.
Index arrays are NumPy's and known; values are JAX's and may be traced.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from chalkgrad.derive.language.equation import Equation
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
)  # fmt: skip
from chalkgrad.derive.language.functions import FUNCTIONS
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.network.network import Network

COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
           "==": operator.eq, "!=": operator.ne}  # fmt: skip
KNOWN: dict[str, Callable[..., Any]] = {
    **{n: getattr(jnp, n) for n in ("exp", "log", "sqrt", "sin", "cos", "tanh", "expm1", "log1p")},
    **{n: getattr(jnp, n) for n in ("sinh", "cosh", "tan")},
    "erf": jax.scipy.special.erf, "sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus,
    "log_sigmoid": jax.nn.log_sigmoid, "floor_div": operator.floordiv,
    "log_cosh": lambda v: jnp.logaddexp(v, -v) - math.log(2),
}  # fmt: skip
EMPTY = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "min": math.inf}


class Equations:
    """Values by tensor name; ``held`` are tensors that are given instead of computed."""

    def __init__(
        self, net: Network, equations: Sequence[Equation], given: Mapping[str, Any], batch: int,
        held: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.sizes = {a: batch if s == "N" else int(s) for a, s in net.sizes.items()} | {"n": batch}
        self.values: dict[str, Any] = dict(given)
        for _, run in groupby(enumerate(equations), key=lambda p: p[1].group or -p[0]):
            group = [eq for _, eq in run]
            if group[0].loop:
                self.loop(group)
            else:
                self.values[group[0].name] = self.tensor(group[0])
            for eq in group:
                if held and eq.name in held:
                    self.values[eq.name] = held[eq.name]

    def loop(self, group: Sequence[Equation]) -> None:
        for eq in group:
            self.values[eq.name] = jnp.zeros([self.sizes[i.axis] for i in eq.indices])
        steps = range(self.sizes[str(group[0].loop)])
        for t in reversed(steps) if group[0].reverse else steps:
            for eq in group:
                k = next(k for k, i in enumerate(eq.indices) if i.axis == eq.loop)
                made = self.tensor(eq, {eq.indices[k]: t})
                at = (slice(None),) * k + (slice(t, t + 1),)
                self.values[eq.name] = self.values[eq.name].at[at].set(made)

    def tensor(self, eq: Equation, at: Mapping[Idx, int] | None = None) -> Any:
        env: dict[Expr, Any] = {}
        shape: list[int] = []
        for k, i in enumerate(reversed(eq.indices)):
            run = np.array([at[i]]) if at and i in at else np.arange(self.sizes[i.axis])
            env[i] = run.reshape(-1, *[1] * k)
            shape.insert(0, run.size)
        return jnp.broadcast_to(self.value(eq.rhs, env, len(shape)), shape)

    def value(self, e: Expr, env: Mapping[Expr, Any], depth: int) -> Any:
        """An array whose last ``depth`` axes are the indices alive; new ones come in front."""

        def go(x: Expr) -> Any:
            return self.value(x, env, depth)

        if e in env:
            return env[e]
        match e:
            case Num():
                whole = e.value.denominator == 1
                return int(e.value) if whole else float(e.value)
            case Const():
                return math.pi if e.name == "pi" else math.inf
            case Size():
                return self.sizes[e.axis]
            case Read():
                return self.read(self.values[e.tensor], [go(i) for i in e.indices])
            case Add():
                return sum((go(a) for a in e.args[1:]), go(e.args[0]))
            case Mul():
                return math.prod((go(a) for a in e.args[1:]), start=go(e.args[0]))
            case Neg():
                return -go(e.arg)
            case Div():
                return go(e.num) / go(e.den)
            case Pow():
                return go(e.base) ** go(e.exp)
            case Fn():
                return self.function(e, [go(a) for a in e.args])
            case Where():
                return jnp.where(go(e.cond), go(e.a), go(e.b))
            case Cmp():
                return COMPARE[e.op](go(e.a), go(e.b))
            case Logic():
                parts = [go(a) for a in e.args]
                if e.op == "not":
                    return np.logical_not(parts[0])
                joined = jnp.logical_and if e.op == "and" else jnp.logical_or
                made = parts[0]
                for part in parts[1:]:
                    made = joined(made, part)
                return made
            case Iverson():
                return jnp.where(go(e.cond), 1.0, 0.0)
            case Reduce():
                return self.reduce(e, env, depth)
            case Normal():
                return self.normal(e, env, depth)
        raise TypeError(type(e).__name__)

    @staticmethod
    def read(tensor: Any, at: Sequence[Any]) -> Any:
        """An entry, 0 outside the range."""
        if not at:
            return tensor
        where = [np.asarray(a) for a in np.broadcast_arrays(*(np.asarray(a) for a in at))]
        inside = np.ones(where[0].shape, dtype=bool)
        for a, size in zip(where, tensor.shape, strict=True):
            inside &= (a >= 0) & (a < size)
        safe = tuple(np.clip(a, 0, s - 1) for a, s in zip(where, tensor.shape, strict=True))
        found = jnp.asarray(tensor)[safe] if not isinstance(tensor, np.ndarray) else tensor[safe]
        return found if inside.all() else jnp.where(inside, found, 0.0)

    @staticmethod
    def function(e: Fn, args: Sequence[Any]) -> Any:
        if e.name in KNOWN:
            return KNOWN[e.name](*args)
        known = FUNCTIONS[e.name]
        assert known.formula is not None
        full = [*args, *(float(v) for v in known.defaults)][: len(known.args)]
        names = {Name(a): v for a, v in zip(known.args, full, strict=True)}
        inner = object.__new__(Equations)
        return inner.value(expression(known.formula), names, 0)

    def bound(self, e: Reduce | Normal, env: Mapping[Expr, Any], depth: int) -> tuple[Any, Any]:
        """Body and condition, the bound indices in one axis in front."""
        inner = dict(env)
        sizes: list[int] = []
        for k, i in enumerate(reversed(e.idxs)):
            assert isinstance(i, Idx)
            inner[i] = np.arange(self.sizes[i.axis]).reshape(-1, *[1] * (depth + k))
            sizes.insert(0, self.sizes[i.axis])
        body = self.value(e.body, inner, depth + len(sizes))
        cond = True if e.cond is None else self.value(e.cond, inner, depth + len(sizes))
        shape = np.broadcast_shapes(np.shape(body), np.shape(cond), (*sizes, *[1] * depth))
        flat = (math.prod(sizes), *shape[len(sizes) :])
        return jnp.broadcast_to(body, shape).reshape(flat), jnp.broadcast_to(cond, shape).reshape(
            flat
        )

    def reduce(self, e: Reduce, env: Mapping[Expr, Any], depth: int) -> Any:
        body, cond = self.bound(e, env, depth)
        flat = jnp.where(cond, body, EMPTY.get(e.op, -math.inf))
        if e.op == "mean":
            return flat.sum(0) / cond.sum(0)
        if e.op == "logsumexp":
            return jax.scipy.special.logsumexp(flat, axis=0)
        return getattr(jnp, e.op)(flat, axis=0)

    def normal(self, e: Normal, env: Mapping[Expr, Any], depth: int) -> Any:
        outer = dict(zip(e.idxs, e.at, strict=True))
        total = self.reduce(Reduce("logsumexp", e.idxs, e.body, e.cond), env, depth)
        here = self.value(replace(e.body, outer), env, depth) - total
        if e.cond is None:
            return jnp.exp(here) if e.op == "softmax" else here
        true = self.value(replace(e.cond, outer), env, depth)
        if e.op == "softmax":
            return jnp.where(true, jnp.exp(jnp.where(true, here, 0.0)), 0.0)
        return jnp.where(true, here, -math.inf)
