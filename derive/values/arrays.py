"""The algebra of float arrays: an expression over its indices, for all entries at once.

Each index is an array along an axis of its own, so that values meet by broadcasting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from ..language.evaluate import Arithmetic, evaluate
from ..language.expr import Expr, Idx, Name, Normal, Read, Reduce, replace
from ..language.formulas import by_formula

Array = np.ndarray[Any, Any]
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


class Arrays(Arithmetic):
    """Arrays whose last ``depth`` axes are the indices alive; those of a reduction come in front.

    ``tensors`` holds what is read, ``sizes`` gives the size of an axis. Nothing is a number of
    Python's or a whole number, so that 1/0 is inf and i**-1 a fraction.
    """

    def __init__(
        self, tensors: Mapping[str, Array], sizes: Callable[[str], Any],
        env: Mapping[Any, Array], depth: int, dtype: Any = float,
    ) -> None:  # fmt: skip
        self.tensors, self.sizes, self.env, self.depth = tensors, sizes, env, depth
        self.dtype = dtype

    def number(self, value: Fraction) -> Array:
        return np.asarray(float(value), dtype=self.dtype)

    def constant(self, name: str) -> Array:
        return np.asarray(math.pi if name == "pi" else math.inf, dtype=self.dtype)

    def size(self, axis: str) -> Array:
        return np.asarray(self.sizes(axis), dtype=self.dtype)

    def symbol(self, e: Idx | Name) -> Array:
        return np.asarray(super().symbol(e), dtype=self.dtype)

    def read(self, e: Read) -> Any:
        """An entry, 0 outside the range."""
        tensor = self.tensors[e.tensor]
        if not e.indices:
            return tensor
        at = np.broadcast_arrays(*(evaluate(i, self) for i in e.indices))
        where = [np.rint(np.real(a)).astype(int) for a in at]
        inside = np.ones(where[0].shape, dtype=bool)
        for a, size in zip(where, tensor.shape, strict=True):
            inside &= (a >= 0) & (a < size)
        safe = [np.clip(a, 0, size - 1) for a, size in zip(where, tensor.shape, strict=True)]
        return np.where(inside, tensor[tuple(safe)], 0.0)

    def power(self, a: Any, b: Any) -> Any:
        return np.power(a, b)

    def call(self, name: str, args: Sequence[Any]) -> Any:
        return _KNOWN[name](*args) if name in _KNOWN else by_formula(name, args, self)

    def where(self, cond: Any, a: Callable[[], Any], b: Callable[[], Any]) -> Any:
        """Both are computed, also where they are dropped."""
        return np.where(cond, a(), b())

    def logic(self, op: str, parts: Sequence[Callable[[], Any]]) -> Any:
        known = [np.asarray(part(), dtype=bool) for part in parts]
        if op == "not":
            return np.logical_not(known[0])
        return reduce(np.logical_and if op == "and" else np.logical_or, known)

    # -- over bound indices -------------------------------------------------------------------

    def inner(self, e: Reduce | Normal) -> tuple[Arrays, tuple[int, ...]]:
        """The algebra of the body, the bound indices as its first axes, and their sizes."""
        env: dict[Expr, Array] = dict(self.env)
        sizes: list[int] = []
        for k, i in enumerate(reversed(e.idxs)):
            assert isinstance(i, Idx)
            sizes.insert(0, self.sizes(i.axis))
            env[i] = np.arange(sizes[0]).reshape(-1, *[1] * (self.depth + k))
        made = copy(self)
        made.env, made.depth = env, self.depth + len(sizes)
        return made, tuple(sizes)

    def reduce(self, e: Reduce) -> Any:
        inner, sizes = self.inner(e)
        body = evaluate(e.body, inner)
        cond = True if e.cond is None else evaluate(e.cond, inner)
        shape = np.broadcast_shapes(np.shape(body), np.shape(cond), (*sizes, *[1] * self.depth))
        flat = np.broadcast_to(body, shape).reshape(math.prod(sizes), *shape[len(sizes) :])
        true = np.broadcast_to(cond, shape).reshape(flat.shape)
        empty = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "min": math.inf, "argmin": math.inf}
        flat = np.where(true, flat, empty.get(e.op, -math.inf))
        if e.op == "mean":
            return flat.sum(axis=0) / true.sum(axis=0)
        if e.op == "logsumexp":
            return np.logaddexp.reduce(flat, axis=0)
        made = getattr(np, e.op)(flat, axis=0)  # sum, prod, max, min; argmax: the first one
        return np.asarray(made, dtype=self.dtype)

    def normal(self, e: Normal) -> Any:
        outer = dict(zip(e.idxs, e.at, strict=True))
        log_sum = self.reduce(Reduce("logsumexp", e.idxs, e.body, e.cond))
        here = evaluate(replace(e.body, outer), self) - log_sum
        if e.cond is not None:
            here = np.where(evaluate(replace(e.cond, outer), self), here, -math.inf)
        return np.exp(here) if e.op == "softmax" else here
