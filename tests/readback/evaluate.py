"""A tree at a point: what a printed side is worth.

Letters of indices have values (``places``), counted from where the notation counts. A tensor that
is printed whole is the matrix that the notation makes of it: a row or a column of one sample; W or
its transpose. Where a line speaks of n or N, samples are told apart; else it speaks of one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chalkgrad.derive.language.equation import BATCH

from . import dots, functions, slopes, tree
from .extent import extents, free, tied
from .layout import UnreadableError
from .names import Names
from .points import Point, size
from .values import (
    ALL,
    Array,
    MisfitError,
    Ones,
    Value,
    added,
    entrywise,
    matrix,
    negative,
    number,
    quotient,
    times,
    transposed,
)

_ENTRYWISE = {"⊙": entrywise, "⊘": quotient}
LIMIT = 20_000  # terms of one sum
_SIGNS = {
    "=": lambda a, b: a == b, "≠": lambda a, b: a != b, "<": lambda a, b: a < b,
    ">": lambda a, b: a > b, "≤": lambda a, b: a <= b, "≥": lambda a, b: a >= b,
}  # fmt: skip
Moved = Mapping[tuple[str, tuple[int, ...]], complex]


@dataclass(frozen=True)
class View:
    """One point as one line sees it. ``sizes`` holds how far each letter runs, ``sample`` whose
    numbers are meant where the line names no sample, ``known`` the rate and λ, ``counted`` how many
    values each letter of the line has (n_k), ``moved`` the entries a derivative is taken by."""

    point: Point
    names: Names
    sizes: Mapping[str, int]
    sample: int = 0
    known: Mapping[str, float] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    moved: Moved = field(default_factory=dict)

    def at(self, **places: int) -> View:
        return replace(self, places={**self.places, **places})

    # -- names -------------------------------------------------------------------------------------

    def axes(self, name: str) -> tuple[str, ...]:
        return self.point.network.tensors[name].axes

    def batched(self, name: str) -> bool:
        return BATCH in self.axes(name)

    def index(self, node: tree.Node) -> int:
        """A printed index as a place counted from 0."""
        made = number(self.value(node))
        real = made.real if isinstance(made, complex) else made
        if abs(real - round(real)) > 1e-9:
            raise MisfitError(f"the index {real}")
        return round(real) - self.names.base

    def full(self, t: tree.Tensor) -> tuple[int, ...] | None:
        """The place of an entry, samples first; None where not all indices are printed."""
        assert t.at is not None
        made = tuple(self.index(i) for i in t.at)
        axes = self.axes(t.name)
        if len(made) == len(axes):
            return made
        if len(made) == len(axes) - 1 and self.batched(t.name):
            return (self.sample, *made)
        return None

    def tensor(self, t: tree.Tensor) -> Value:
        if self.sample == ALL and t.name == self.point.network.sample_loss and not t.at:
            t = tree.Tensor(self.point.network.loss, ())
        if t.at is not None:
            place = self.full(t)
            if place is not None:
                return self.entry(t.name, place)
        return self.form(self.part(self.array(t.name), t), t)

    def entry(self, name: str, place: tuple[int, ...]) -> complex | float:
        if (name, place) in self.moved:
            return self.moved[name, place]
        value = self.point.entry(name, place)
        return value + self.names.base if name in self.names.symbols.classes else value

    def array(self, name: str) -> Array:
        made = self.point.array(name)
        if name in self.names.symbols.classes:
            made = made + self.names.base
        return made[self.sample] if self.batched(name) and self.sample != ALL else made

    def part(self, array: Array, t: tree.Tensor) -> Array:
        """The array at the indices that are printed (a step of a recurrence)."""
        if not t.at:
            return array
        places = [self.index(i) for i in t.at]
        if len(places) > array.ndim:
            raise MisfitError(f"{t.name} with {len(places)} indices")
        for place, length in zip(places, array.shape, strict=False):
            if not 0 <= place < length:
                return np.zeros(array.shape[len(places) :])
        return np.asarray(array[tuple(places)])

    def form(self, array: Array, t: tree.Tensor) -> Value:
        """What the notation makes of a whole tensor."""
        if array.ndim == 0:
            return array.item()
        column = self.names.style.vectors == "column"
        if array.ndim == 1:
            return array[:, None] if column else array[None, :]
        if self.sample == ALL and self.batched(t.name) and array.ndim == 2:
            return array.T if column else array  # a sample is a row, or a column
        if array.ndim == 2 and t.name in self.names.symbols.swapped and column:
            return array.T
        return array

    # -- slopes ------------------------------------------------------------------------------------

    def place(self, t: tree.Tensor) -> tuple[int, ...] | None:
        return None if t.at is None else self.full(t)

    # -- any node ----------------------------------------------------------------------------------

    def value(self, node: tree.Node) -> Value:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise UnreadableError(f"no value of a {type(node).__name__}")
        made: Value = method(node)
        return made

    def _number(self, node: tree.Number) -> Value:
        if node.text in ("inf", "pi"):
            return getattr(math, node.text)  # type: ignore[no-any-return]
        return float(node.text)

    def _index(self, node: tree.Index) -> Value:
        if node.letter in self.places:
            return float(self.places[node.letter])
        raise UnreadableError(f"the name {node.letter}")

    def _size(self, node: tree.Size) -> Value:
        if node.of == BATCH:
            return float(self.point.batch)
        if node.of in self.counted:
            return float(self.counted[node.of])
        for axis, named in self.point.network.sizes.items():
            if named == f"n_{node.of}":
                return float(size(self.point.network, axis))
        raise UnreadableError(f"the size n_{node.of}")

    def _known(self, node: tree.Known) -> Value:
        if node.name not in self.known:
            raise UnreadableError(f"the value of {node.name}")
        return self.known[node.name]

    def _tensor(self, node: tree.Tensor) -> Value:
        return self.tensor(node)

    def _slope(self, node: tree.Slope) -> Value:
        return slopes.slope(self, node)

    def _sum(self, node: tree.Sum) -> Value:
        return added([self.value(t) for t in node.terms])

    def _negative(self, node: tree.Negative) -> Value:
        return negative(self.value(node.body))

    def _product(self, node: tree.Product) -> Value:
        """⊙ and ⊘ part what is multiplied side by side."""
        if any(self._vanishes(f) for f in node.factors):
            return 0.0
        groups = [("", [node.factors[0]])]
        for sign, factor in zip(node.signs, node.factors[1:], strict=True):
            if sign in _ENTRYWISE:
                groups.append((sign, [factor]))
            else:
                groups[-1][1].append(factor)
        made = self._side_by_side(groups[0][1])
        for sign, group in groups[1:]:
            made = _ENTRYWISE[sign](made, self._side_by_side(group))
        return made

    def _vanishes(self, factor: tree.Node) -> bool:
        """A false indicator is a strong zero."""
        if not isinstance(factor, tree.Indicator):
            return False
        value = self._indicator(factor)
        return np.ndim(value) == 0 and value == 0.0  # type: ignore[arg-type]

    def _side_by_side(self, factors: list[tree.Node]) -> Value:
        values = [self.value(f) for f in factors]
        if isinstance(values[0], Ones) and len(values) > 2 and isinstance(values[1], Ones):
            return times(values[0], self._multiplied(values[1:]))  # 1 (1ᵀ A)
        return self._multiplied(values)

    @staticmethod
    def _multiplied(values: list[Value]) -> Value:
        made = values[0]
        for other in values[1:]:
            made = times(made, other)
        return made

    def _quotient(self, node: tree.Quotient) -> Value:
        return quotient(self.value(node.top), self.value(node.bottom))

    def _power(self, node: tree.Power) -> Value:
        base, exponent = self.value(node.base), number(self.value(node.exponent))
        made = matrix(base)
        if made.ndim == 2 and made.size > 1 and not node.entrywise:
            if exponent == -1:
                return np.linalg.inv(made)
            raise MisfitError("the power of a matrix")
        with np.errstate(all="ignore"):
            raised = np.asarray(made**exponent if exponent != 2 else made * made)
        return raised if raised.ndim else raised.item()

    def _transposed(self, node: tree.Transposed) -> Value:
        return transposed(self.value(node.body))

    def _ones(self, node: tree.Ones) -> Value:
        return Ones(column=self.names.style.vectors == "column")

    def _shaped(self, node: tree.Shaped) -> Value:
        shape = tuple(round(float(np.real(number(self.value(s))))) for s in node.shape)
        bare = node.body.body if isinstance(node.body, tree.Transposed) else node.body
        if isinstance(bare, tree.Ones):
            return np.ones(shape)
        made = self.value(node.body)
        array = matrix(made)
        if array.shape != shape and not (array.ndim == 0 and math.prod(shape) == 1):
            raise MisfitError(f"the shape is {array.shape}, {shape} is printed")
        return made

    def _norm(self, node: tree.Norm) -> Value:
        return float(np.sqrt(np.sum(np.abs(matrix(self.value(node.body))) ** 2)))

    def _magnitude(self, node: tree.Magnitude) -> Value:
        return functions.applied("abs", [number(self.value(node.body))])

    def _array(self, node: tree.Array) -> Value:
        if any(tree.Dots() in row for row in node.rows):
            return dots.with_dots(self, node)
        return np.array([[number(self.value(c)) for c in r] for r in node.rows])

    def _spread(self, node: tree.Spread) -> Value:
        letters = list(dict.fromkeys(free(node.body)))  # all of them run over the matrix
        inner = [x for x in letters if x not in self.places]
        if not inner:
            return self.value(node.body)
        if len(inner) > 2:
            raise UnreadableError("a matrix of more than two indices")
        sizes = self.extents((node.body,))
        flat = [number(self.at(**at).value(node.body)) for at in self.runs(inner, sizes)]
        shape = [sizes[x] for x in inner]
        return np.array(flat).reshape(shape if len(shape) == 2 else [1, *shape])

    def _call(self, node: tree.Call) -> Value:
        args = [self.value(a) for a in node.args]
        name = node.name
        if name in ("softmax", "log_softmax", "log softmax"):
            column = self.names.style.vectors == "column"
            made = functions.softmax(matrix(args[0]), log=name != "softmax", column=column)
            return self._picked(made, node)
        arrays = [matrix(a) for a in args]
        if name in ("max", "min") and len(args) == 1:
            raise UnreadableError(f"{name} over what?")
        if all(a.ndim == 0 for a in arrays):
            return self._applied(name, [a.item() for a in arrays], node.primes)
        flat = np.broadcast_arrays(*arrays)
        values = [self._applied(name, [a[at].item() for a in flat], node.primes)
                  for at in np.ndindex(flat[0].shape)]  # fmt: skip
        return np.array(values).reshape(flat[0].shape)

    @staticmethod
    def _applied(name: str, args: list[complex | float], primes: int) -> complex | float:
        try:
            return functions.applied(name, args, primes)
        except (KeyError, TypeError):
            raise UnreadableError(f"the function {name}") from None
        except (ValueError, ZeroDivisionError, OverflowError):
            return math.nan

    def _picked(self, made: Array, node: tree.Call) -> Value:
        if node.at is None:
            return made
        flat = made.reshape(-1) if 1 in made.shape else made
        return flat[tuple(self.index(i) for i in node.at)].item()

    # -- conditions and reductions -----------------------------------------------------------------

    def truth(self, node: tree.Node) -> bool:
        if isinstance(node, tree.Logic):
            held = [self.truth(s) for s in node.sides]
            return {"and": all, "or": any, "not": lambda x: not any(x)}[node.sign](held)
        if not isinstance(node, tree.Compared):
            raise UnreadableError("no condition")
        values = [_real(number(self.value(s))) for s in node.sides]
        pairs = zip(node.signs, values, values[1:], strict=False)
        return all(_SIGNS[sign](a, b) for sign, a, b in pairs)

    def _indicator(self, node: tree.Indicator) -> Value:
        condition = node.condition
        if isinstance(condition, tree.Compared) and len(condition.sides) == 2:
            a, b = (matrix(self.value(s)) for s in condition.sides)
            if a.ndim or b.ndim:  # 1[v > 0] of all entries
                return np.asarray(_SIGNS[condition.signs[0]](np.real(a), np.real(b)), dtype=float)
        return float(self.truth(condition))

    def _cases(self, node: tree.Cases) -> Value:
        for body, condition in node.rows:
            if condition is None or self.truth(condition):
                return self.value(body)
        raise MisfitError("no case holds")

    def extents(self, nodes: tuple[tree.Node, ...]) -> Mapping[str, int]:
        """How far the letters run that are free in the nodes."""
        return extents(nodes, self.point.network, self.point.batch, self.sizes)

    def runs(self, letters: Sequence[str], sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Every value of the letters, the last one fastest."""
        base = self.names.base
        for letter in letters:
            if letter not in sizes:
                raise UnreadableError(f"how far {letter} runs")
        if math.prod(sizes[x] for x in letters) > LIMIT:
            raise UnreadableError("a sum of too many terms")
        for at in itertools.product(*(range(base, base + sizes[x]) for x in letters)):
            yield dict(zip(letters, at, strict=True))

    def _reduction(self, node: tree.Reduction) -> Value:
        sizes = {**self.sizes, **self.extents((node.body, *node.conditions))}
        fixed = tied(node, sizes, self.places, self.names.base)
        if fixed is None:
            return 0.0
        inner = replace(self, sizes=sizes).at(**fixed)
        rest = [x for x in node.bound if x not in fixed]
        runs = [inner.at(**at) for at in self.runs(rest, sizes)]
        values = [v.value(node.body) for v in runs if all(map(v.truth, node.conditions))]
        if node.kind == "sum":
            return added(values) if values else 0.0
        if node.kind == "mean":
            return times(1 / len(values), added(values))
        numbers = [number(v) for v in values]
        if node.kind == "prod":
            return math.prod(numbers)  # type: ignore[arg-type]
        pick = max if node.kind.endswith("max") else min
        best = pick(range(len(numbers)), key=lambda k: _real(numbers[k]))
        if node.kind.startswith("arg"):
            return float(best + self.names.base)
        return numbers[best]

    def _operator(self, node: tree.Operator) -> Value:
        """∂/∂x of an expression: a complex step of the entry that is named."""
        by = node.by
        if not isinstance(by, tree.Tensor) or (place := self.place(by)) is None:
            raise UnreadableError("∂/∂x of a whole tensor")
        if self.moved:
            raise UnreadableError("a derivative inside a derivative")
        here = complex(self.point.entry(by.name, place), functions.STEP)
        moved = replace(self, moved={(by.name, place): here})
        return complex(number(moved.value(node.body))).imag / functions.STEP


def _real(v: complex | float) -> float:
    return v.real if isinstance(v, complex) else float(v)
