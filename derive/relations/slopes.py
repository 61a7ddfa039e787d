"""Derivatives at one point, without any rule of differentiation: the complex step.

∂f/∂u = Im f(u + ih)/h with h so small that it changes no digit of the real part (Squire and Trapp,
SIAM Review 1998). All entries of u are moved at once: the equations that read u are evaluated with
one more index in front, the direction, along which entry k is moved in row k.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..language.equation import Equation
from ..language.evaluate import evaluate
from ..language.expr import Expr, Idx, Read, Reduce, add, fresh_index, tensors, transform
from ..language.formulas import by_formula
from ..language.functions import is_abstract
from ..network.network import Network
from ..values.arrays import Array
from ..values.contracted import Contracted, Contracting

Size = Callable[[str], int]  # of an axis
STEP = 1e-25
LARGE = 1e-10  # no derivative is this large after a step of that size
DIRECTION = "direction"  # the axis of directions
EMPTY = Network("", {}, (), {}, "", "", "")  # for expressions that belong to no network
_MOVE = "move"  # the tensor of steps: ih where the direction is the entry
_PLAIN: dict[str, Callable[..., Any]] = {
    **{n: getattr(np, n) for n in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh")},
    **{n: getattr(np, "arc" + n[1:]) for n in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    **{n: getattr(np, n) for n in ("tanh", "expm1", "log1p", "power")},
}


def slope(value: Array) -> Array:
    """What a step of ih says of the derivative; nothing where the value is not real without it."""
    step = np.imag(value)
    return np.where(np.abs(step) > LARGE, math.nan, step / STEP)


def _in_domain(value: Array) -> Array:
    """Nothing where a function has no real value, as the logarithm of a negative number."""
    return np.where(np.abs(np.imag(value)) > LARGE, math.nan, value)


class Complex(Contracting):
    """The algebra of complex arrays: sides are decided by real parts, which no step changes."""

    def symbol(self, e: Any) -> Array:
        return np.asarray(self.env[e], dtype=self.dtype)

    def power(self, a: Any, b: Any) -> Any:
        return _in_domain(np.power(a, b))

    def call(self, name: str, args: Sequence[Any]) -> Any:
        if name == "erf":
            return _erf(args[0])
        if name == "floor_div":
            return np.floor_divide(*(np.real(a) for a in args))
        if is_abstract(name) and len(args) == 1:
            return stand_in(name, args[0])
        if name in _PLAIN:
            return _in_domain(_PLAIN[name](*args))
        return by_formula(name, args, self)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return super().compare(op, np.real(a), np.real(b))

    def reduce(self, e: Reduce) -> Any:
        """Whatever is chosen is chosen by its real part: the first of several that are equal."""
        if e.op == "logsumexp":
            return self._logsumexp(e)
        if e.op in ("max", "min", "argmax", "argmin"):
            return self._extreme(e)
        return super().reduce(e)

    def _extreme(self, e: Reduce) -> Any:
        """The place of the winner, or the winner alone with what its step adds."""
        inner, sizes = self.inner(e)
        body = np.asarray(evaluate(e.body, inner), dtype=self.dtype)
        cond = True if e.cond is None else evaluate(e.cond, inner)
        alive = np.broadcast_shapes(body.shape, np.shape(cond), (*sizes, *[1] * self.depth))
        flat = np.broadcast_to(body, alive).reshape(-1, *alive[len(sizes) :])
        allowed = np.broadcast_to(cond, alive).reshape(flat.shape)
        sign = -1 if e.op.endswith("min") else 1
        at = np.argmax(np.where(allowed, sign * np.real(flat), -math.inf), axis=0)
        if e.op.startswith("arg"):
            return np.asarray(at, dtype=self.dtype)
        return np.take_along_axis(flat, at[None], axis=0)[0]

    def _logsumexp(self, e: Reduce) -> Any:
        """The largest real part is taken out in front, so that nothing overflows."""
        top = np.real(self._extreme(Reduce("max", e.idxs, e.body, e.cond)))
        top = np.where(np.isfinite(top), top, 0.0)
        inner, sizes = self.inner(e)
        terms = np.exp(evaluate(e.body, inner) - top)
        if e.cond is not None:
            terms = np.where(evaluate(e.cond, inner), terms, 0)
        full = np.broadcast_shapes(np.shape(terms), (*sizes, *[1] * self.depth))
        return np.log(np.broadcast_to(terms, full).sum(axis=tuple(range(len(sizes))))) + top


def stand_in(name: str, v: Any) -> Any:
    """A function that has a name only, g or its derivative g': a wave, of which every derivative is
    known; no two letters have the same."""
    base = name.rstrip("'")
    speed, order = 0.6 + 0.01 * (sum(map(ord, base)) % 50), len(name) - len(base)
    return speed**order * np.sin(speed * v + 0.4 + order * math.pi / 2)


def _erf(v: Any) -> Any:
    """erf is the integral of 2/√π e^(−v²): so a small step adds that much."""
    real = np.real(v)
    made = np.vectorize(math.erf, otypes=[float])(real)
    return made + 1j * np.imag(v) * 2 / math.sqrt(math.pi) * np.exp(-(real**2))


class Moved(Contracted):
    """The values that follow from those at one point when the entries of a tensor are moved."""

    def __init__(self, network: Network, values: Mapping[str, Array], of: str, sizes: Size) -> None:
        super().__init__(network, np.complex128)
        self.sizes = sizes
        self.values = dict(values)
        base = values[of]
        self.count, self.of, self.shape = base.size, of, base.shape
        steps = 1j * STEP * np.eye(base.size, dtype=self.dtype)
        self.values[_MOVE] = steps.reshape(base.size, *base.shape)
        self.values[of] = base[None] + self.values[_MOVE]
        self.moved = {of}

    def size(self, axis: str) -> int:
        return self.count if axis == DIRECTION else self.sizes(axis)

    def over(self, env: Mapping[Any, Array], depth: int) -> Complex:
        return Complex(self, env, depth)

    def follow(self, equations: Sequence[Equation]) -> None:
        """Evaluate every equation that the move reaches, in order."""
        for _, run in groupby(enumerate(equations), key=lambda p: p[1].group or -p[0]):
            group = [eq for _, eq in run]
            own = {eq.name for eq in group}
            loop = group[0].loop is not None
            if not any(self.moved & set(tensors(eq.rhs)) for eq in group) or (
                self.of in own and not loop
            ):
                continue
            self.moved |= own
            self.equations([self.directed(eq) for eq in group])

    def directed(self, eq: Equation) -> Equation:
        """The equation for every direction; the moved tensor of a recurrence is moved in it."""
        k = fresh_index("k", DIRECTION)
        rhs = _along(eq.rhs, k, self.moved)
        if eq.name == self.of:
            rhs = add([rhs, Read(_MOVE, (k, *eq.indices))])
        return Equation(eq.name, (k, *eq.indices), rhs, loop=eq.loop, reverse=eq.reverse,
                        group=eq.group)  # fmt: skip

    def slope(self, name: str) -> Array:
        """∂name/∂(the moved tensor): the axes of ``name``, then those of the tensor."""
        if name not in self.moved:
            return np.zeros((*self.values[name].shape, *self.shape))
        made = slope(self.values[name])
        return np.moveaxis(made, 0, -1).reshape((*made.shape[1:], *self.shape))

    def alone(self, eq: Equation) -> Array:
        """∂(the equation's left side)/∂(the moved tensor), before anything follows the move; a
        recurrence reads its own values as given."""
        made = self.tensor(self.directed(Equation("", eq.indices, eq.rhs)))
        return np.moveaxis(slope(made), 0, -1).reshape((*made.shape[1:], *self.shape))


def _along(e: Expr, k: Idx, moved: Collection[str]) -> Expr:
    """The expression with the moved tensors read in direction ``k``."""

    def visit(x: Expr) -> Expr:
        return Read(x.tensor, (k, *x.indices)) if isinstance(x, Read) and x.tensor in moved else x

    return transform(e, visit)


def values_of(network: Network, given: Mapping[str, Any]) -> dict[str, Array]:
    """Every tensor of the equations as written at one point, complex with no imaginary part."""
    run = Still(network, np.complex128)
    run.give_all(given)
    with np.errstate(all="ignore"):
        run.equations(network.equations)
    return run.values


class Still(Contracted):
    """Evaluates complex arrays without a move."""

    def over(self, env: Mapping[Any, Array], depth: int) -> Complex:
        return Complex(self, env, depth)
