"""Values that formulas have: numbers, matrices as they stand on the page, Jacobians in a chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray


ALL = -1  # samples at once, a row of the matrix each: pages that speak of the whole batch


class MisfitError(Exception):
    """What is printed cannot be worked out: shapes or names that do not fit. The line is false."""


@dataclass(frozen=True)
class Jacobian:
    """∂top/∂bottom of whole tensors: the axes of ``top`` (so many: ``rank``) before those of
    ``bottom``; ``form`` is how the page would write an array like ``bottom``."""

    top: str
    bottom: str
    array: Array
    rank: int
    form: Callable[[Array], Array]

    @property
    def matrix(self) -> Array | None:
        """As the page would write it: the derivative of a number has the form of its bottom."""
        if not self.rank:
            return self.form(self.array)
        return self.array if self.rank == 1 and self.array.ndim == 2 else None

    def with_array(self, array: Array) -> Jacobian:
        return replace(self, array=array)


@dataclass(frozen=True)
class Ones:
    """A row of ones, or a column, as long as its neighbours ask."""

    column: bool


@dataclass(frozen=True)
class Repeated:
    """A row that is repeated, or a column, as often as its neighbours ask: 1ᵀ b."""

    array: Array
    axis: int  # along which it is repeated


Value = complex | float | Array | Jacobian | Ones | Repeated


def matrix(value: Value) -> Array:
    """A value as a matrix; a number as it is, without axes."""
    if isinstance(value, Jacobian):
        made = value.matrix
        if made is None:
            raise MisfitError(f"∂{value.top}/∂{value.bottom} is no matrix")
        return made
    if isinstance(value, Repeated):
        return value.array
    if isinstance(value, Ones):
        return np.ones((1, 1))
    return np.asarray(value)


def transposed(value: Value) -> Value:
    if isinstance(value, Ones):
        return Ones(not value.column)
    if isinstance(value, Repeated):
        return Repeated(value.array.T, 1 - value.axis)
    made = matrix(value)
    return made.T if made.ndim else made.item()


def number(value: Value) -> complex | float:
    """A value as a number."""
    made = matrix(value)
    if made.size != 1:
        raise MisfitError(f"a number is wanted, this has the shape {made.shape}")
    return made.reshape(()).item()  # type: ignore[no-any-return]


def added(terms: list[Value]) -> Value:
    """A sum: of shapes that are alike, or numbers beside them."""
    first = terms[0]
    if isinstance(first, Jacobian) and all(
        isinstance(t, Jacobian) and (t.bottom, t.top) == (first.bottom, first.top) for t in terms
    ):
        return first.with_array(np.asarray(sum(t.array for t in terms if isinstance(t, Jacobian))))
    matrices = [matrix(t) for t in _fitted(terms)]
    shapes = {m.shape for m in matrices if m.size != 1}
    if len(shapes) > 1:
        raise MisfitError(f"terms of the shapes {' and '.join(map(str, sorted(shapes)))}")
    return _plain(sum(matrices[1:], matrices[0]))


def _fitted(some: list[Value]) -> list[Value]:
    """What is repeated as often as the others ask; of rows among themselves nothing is asked."""
    whole = [
        matrix(v) for v in some if not isinstance(v, Repeated | Ones) and np.ndim(matrix(v)) == 2
    ]
    if not whole:
        return some
    shape = max((m.shape for m in whole), key=lambda s: s[0] * s[1])
    return [_stretched(v, shape) for v in some]


def _as_long(ones: Ones, shape: tuple[int, ...]) -> Array:
    """A vector of ones as long as what has the shape."""
    return np.ones((shape[0], 1) if ones.column else (1, shape[1]))


def _stretched(value: Value, shape: tuple[int, ...]) -> Value:
    if isinstance(value, Ones):
        return _as_long(value, shape)
    if isinstance(value, Repeated) and value.array.shape[1 - value.axis] == shape[1 - value.axis]:
        return np.broadcast_to(value.array, shape)
    return value


def negative(value: Value) -> Value:
    if isinstance(value, Repeated):
        return Repeated(-value.array, value.axis)
    return value.with_array(-value.array) if isinstance(value, Jacobian) else -matrix(value)


def entrywise(a: Value, b: Value) -> Value:
    """a ⊙ b."""
    if isinstance(a, Repeated) and isinstance(b, Repeated) and a.axis == b.axis:
        return Repeated(a.array * b.array, a.axis)
    left, right = (matrix(v) for v in _fitted([a, b]))
    if left.shape != right.shape and 1 not in (left.size, right.size):
        raise MisfitError(f"⊙ of the shapes {left.shape} and {right.shape}")
    return _plain(left * right)


def quotient(top: Value, bottom: Value) -> Value:
    """a / b by a number, or entry by entry."""
    under = matrix(bottom)
    if isinstance(top, Ones) and under.ndim:
        top = _as_long(top, under.shape)
    if under.size == 1 and isinstance(top, Repeated):
        return Repeated(top.array / number(bottom), top.axis)
    if under.size == 1 and isinstance(top, Jacobian):
        return times(1 / number(bottom), top)
    if under.size == 1:  # a row times a column is a number
        under = np.asarray(number(bottom))
    over = matrix(top)
    if under.ndim and over.ndim and over.shape != under.shape:
        raise MisfitError("a quotient of different shapes")
    with np.errstate(all="ignore"):
        return _plain(np.asarray(over / under))


def times(a: Value, b: Value) -> Value:
    """a b, side by side or with the sign of a chain between them: factors of a chain must meet."""
    if isinstance(a, Jacobian) and isinstance(b, Jacobian):
        if a.bottom == b.top:
            return chained(a, b)
        if a.rank or b.rank:
            raise MisfitError(f"∂{a.top}/∂{a.bottom} is followed by ∂{b.top}/∂{b.bottom}")
    if isinstance(a, Ones | Repeated) or isinstance(b, Ones | Repeated):
        return _with_ones(a, b)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Jacobian) and not isinstance(other, Jacobian) and np.size(other) == 1:
            return one.with_array(one.array * number(other))
    return _multiplied(matrix(a), matrix(b))


def _with_ones(a: Value, b: Value) -> Value:
    """A product in which ones stand: 1 A sums the rows, 1ᵀ b repeats b."""
    if isinstance(a, Ones) and isinstance(b, Ones):
        raise MisfitError("ones times ones")
    for ones, other in ((a, b), (b, a)):
        if isinstance(ones, Ones) and np.ndim(matrix(other)) < 2:  # μ 1: as long as is asked
            return Repeated(np.atleast_2d(matrix(other)), 0 if ones.column else 1)
    if isinstance(a, Ones):
        right = matrix(b)
        if a.column:
            return Repeated(np.atleast_2d(right), 0)
        return _multiplied(np.ones((1, right.shape[0])), right)
    if isinstance(b, Ones):
        left = matrix(a)
        if not b.column:
            return Repeated(np.atleast_2d(left), 1)
        return _multiplied(left, np.ones((left.shape[-1], 1)))
    one, other = (a, b) if isinstance(a, Repeated) else (b, a)
    assert isinstance(one, Repeated)
    if np.size(matrix(other)) == 1:
        return Repeated(one.array * number(other), one.axis)
    left, right = matrix(a), matrix(b)
    if isinstance(b, Repeated) and b.axis == 0 and left.ndim == 2:
        return _multiplied(left, np.repeat(right, left.shape[1], 0))
    if isinstance(a, Repeated) and a.axis == 1 and right.ndim == 2:
        return _multiplied(np.repeat(left, right.shape[0], 1), right)
    return _multiplied(left, right)


def chained(a: Jacobian, b: Jacobian) -> Jacobian:
    """Σ over all entries of what stands between: ∂a/∂b · ∂b/∂c."""
    made = np.tensordot(a.array, b.array, b.rank)
    return Jacobian(a.top, b.bottom, made, a.rank, b.form)


def _multiplied(a: Array, b: Array) -> Value:
    if a.ndim < 2 or b.ndim < 2:
        if 1 in (a.size, b.size) or (a.ndim == b.ndim == 0):
            return _plain(a * b)
    elif a.ndim == b.ndim == 2:
        if a.shape[1] == b.shape[0]:
            return _plain(a @ b)
        if 1 in (a.size, b.size):
            return _plain(a * b)
    raise MisfitError(f"a product of the shapes {a.shape} and {b.shape}")


def _plain(made: Array) -> Value:
    return made if np.ndim(made) else np.asarray(made).item()


def inside(place: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Is a place inside of a shape, as far as it goes?"""
    return all(0 <= i < n for i, n in zip(place, shape, strict=False))
