"""The value of a side: entries over their indices, whole matrices, products of Jacobians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..forms.chain import Local
from ..forms.matrix_nodes import (
    SCALAR_REDUCTIONS,
    Hadamard,
    MatMul,
    Ones,
    Quotient,
    Slope,
    Transpose,
)
from ..language.evaluate import evaluate
from ..language.expr import (
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Mul,
    Neg,
    Normal,
    Pow,
    Read,
    Reduce,
    Size,
    fresh_index,
    num,
    reads,
    replace,
    transform,
)  # fmt: skip
from ..language.literal import whole
from ..steps.step_nodes import D
from ..values.arrays import Array
from .point import Point, UnshownError
from .relation import CHAIN, WHOLE, Cells, Part, Relation
from .slopes import STEP, slope

LARGEST = 2**22  # numbers of one grid


class UnfitError(Exception):
    """The factors of a product do not fit: what is printed is no product at all."""


def values(relation: Relation, point: Point) -> list[Array]:
    """Every side at a point, in one shape."""
    if relation.kind == CHAIN:
        return _Chains(point, relation.sides).values()
    if relation.kind == WHOLE:
        form = _Matrices(point, relation)
        return [form.go(side) for side in relation.sides]
    return _entries(relation.sides, point)


# -- entries --------------------------------------------------------------------------------------


def free(e: Expr) -> dict[Idx, None]:
    """The indices that a side leaves open, in order of appearance."""
    if isinstance(e, Idx):
        return {e: None}
    if isinstance(e, Reduce):
        inside = (e.body, *([e.cond] if e.cond is not None else []))
        return {i: None for k in inside for i in free(k) if i not in e.idxs}
    if isinstance(e, Normal):
        bound = {i: None for k in (e.body, *([e.cond] if e.cond is not None else []))
                 for i in free(k) if i not in e.idxs}  # fmt: skip
        return bound | {i: None for k in e.at for i in free(k)}
    return {i: None for k in e.children() for i in free(k)}


def _scalar(made: Array) -> float:
    if made.size != 1:
        raise UnshownError("a cell with an index")
    return float(made.reshape(()))


def _entries(sides: Sequence[Expr], point: Point) -> list[Array]:
    known = _Named(point)
    told = [known.told(side) for side in sides]
    indices = list(dict.fromkeys(i for side in told for i in free(side)))
    if np.prod([float(point.size(i.axis)) for i in indices], initial=1.0) > LARGEST:
        raise UnshownError("it has too many entries")
    run = point.still
    shape = tuple(point.size(i.axis) for i in indices)
    env = {
        i: np.arange(n).reshape(-1, *[1] * (len(shape) - 1 - k))
        for k, (i, n) in enumerate(zip(indices, shape, strict=True))
    }
    run.values = known
    made = []
    with np.errstate(all="ignore"):
        for side in told:
            value = np.real(evaluate(side, run.over(env, len(shape))))
            made.append(np.broadcast_to(value, shape))
    return made


class _Named(dict[str, Array]):
    """Values by name: tensors, adjoints, and the Jacobians that stand for `Local` and `D`."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self.point = point

    def __missing__(self, name: str) -> Array:
        self[name] = self.point.value(name)
        return self[name]

    def told(self, side: Expr) -> Expr:
        """The side, with a read of a Jacobian in place of every derivative."""
        if isinstance(side, Local):
            return self._derivative(side.of, side.wrt, direct=side.direct)
        if isinstance(side, D):
            if not isinstance(side.arg, Read) or not isinstance(side.wrt, Read):
                raise UnshownError("the derivative of an expression")
            return self._derivative(side.arg, side.wrt)
        kids = side.children()
        return side.rebuild(tuple(map(self.told, kids))) if kids else side

    def _derivative(self, of: Read, wrt: Read, *, direct: bool = False) -> Read:
        point = self.point
        if of.tensor in (point.d.of, point.d.shown_loss) and not direct:
            name = point.d.adjoint(wrt.tensor)
            self.setdefault(name, point.total(wrt.tensor))
            return Read(name, wrt.indices)
        name = f"∂{of.tensor}/∂{wrt.tensor}"
        if name not in self:
            self[name] = point.jacobian(of.tensor, wrt.tensor)
        return Read(name, (*of.indices, *wrt.indices))


# -- products of Jacobians ------------------------------------------------------------------------


class _Chains:
    """Sums of products of whole Jacobians; a step t of a recurrence takes all its values."""

    def __init__(self, point: Point, sides: Sequence[Expr]) -> None:
        self.point, self.sides = point, sides
        found = dict.fromkeys(i for side in sides for i in free(side))
        if len(found) > 1:
            raise UnshownError("a chain with several indices")
        self.steps = list(found)
        self.equations = {eq.name: eq for eq in point.d.forward}
        self.axes: dict[str, int | None] = {}

    def values(self) -> list[Array]:
        count = self.point.size(self.steps[0].axis) if self.steps else 1
        made = [[self.block(side, {i: k for i in self.steps}) for k in range(count)]
                for side in self.sides]  # fmt: skip
        return [np.stack([b.ravel() for b in blocks]) for blocks in made]

    def block(self, e: Expr, at: Mapping[Expr, int]) -> Array:
        if isinstance(e, Add):
            return _same([self.block(a, at) for a in e.args])
        if isinstance(e, Mul):
            made = self.block(e.args[0], at)
            for a in e.args[1:]:
                other = self.block(a, at)
                if made.shape[-1] != other.shape[0]:
                    raise UnfitError(f"factors of {made.shape[-1]} and {other.shape[0]} entries")
                made = made @ other
            return made
        if isinstance(e, Neg):
            return -self.block(e.arg, at)
        if isinstance(e, Local):
            return self._factor(e, at)
        raise UnshownError(f"{type(e).__name__} in a chain")

    def _factor(self, e: Local, at: Mapping[Expr, int]) -> Array:
        point, over = self.point, e.of.tensor
        if over in (point.d.of, point.d.shown_loss) and not e.direct:
            made = self._step(point.total(e.wrt.tensor), e.wrt, at)
            return made.reshape(1, -1)
        made = point.jacobian(over, e.wrt.tensor)
        first = np.ndim(point.value(over))
        rows = int(np.prod(made.shape[:first], initial=1))
        table = made.reshape(rows, -1)
        table = self._step(table.reshape(*made.shape[:first], -1), e.of, at)
        columns = table.shape[-1]
        table = np.moveaxis(table.reshape(-1, columns), -1, 0)
        table = self._step(table.reshape(*made.shape[first:], -1), e.wrt, at)
        return np.moveaxis(table.reshape(-1, table.shape[-1]), -1, 0)

    def _step(self, made: Array, read: Read, at: Mapping[Expr, int]) -> Array:
        """The entries of one step, on the axis of the recurrence; none before and after it."""
        if not read.indices:
            return made
        k = whole(replace(read.indices[0], {i: num(n) for i, n in at.items()}))
        place = self._axis_of_steps(read.tensor)
        if place is None:
            raise UnshownError(f"the steps of '{read.tensor}' go along no axis of its own")
        if k is None:
            raise UnshownError("a step that is no number")
        inside = 0 <= k < made.shape[place]
        return np.take(made, k, axis=place) if inside else np.zeros_like(np.take(made, 0, place))

    def _axis_of_steps(self, name: str) -> int | None:
        """The axis along which a recurrence goes; of what reads it, that of the same index."""
        if name not in self.axes:
            self.axes[name] = None  # no circle leads to an axis
            self.axes[name] = self._found_axis(name)
        return self.axes[name]

    def _found_axis(self, name: str) -> int | None:
        eq = self.equations.get(name)
        if eq is None:
            return None
        for k, i in enumerate(eq.indices):
            if eq.loop is not None and i.axis == eq.loop:
                return k
        for r in reads(eq.rhs):
            place = self._axis_of_steps(r.tensor)
            if place is not None:
                index = free(r.indices[place])
                return next((k for k, i in enumerate(eq.indices) if i in index), None)
        return None


def _same(parts: Sequence[Array]) -> Array:
    shapes = {p.shape for p in parts}
    if len(shapes) > 1:
        raise UnfitError(f"terms of the shapes {sorted(shapes)}")
    made = parts[0]
    for p in parts[1:]:
        made = made + p
    return made


# -- whole matrices -------------------------------------------------------------------------------


class _Matrices:
    """Forms of `derive.forms.matrix` in a convention. Every product has to fit, as on a board; a
    number beside a matrix stands for each of its entries."""

    def __init__(self, point: Point, relation: Relation) -> None:
        self.point, self.relation = point, relation
        self.known = _Named(point)

    def go(self, e: Expr) -> Array:
        match e:
            case Read(name):
                return self._leaf(name)
            case Transpose(arg):
                return self.go(arg).T
            case Ones(axis):
                made = np.ones((1, self.point.size(axis)))
                return made.T if self.relation.columns else made
            case Size(axis):
                return np.full((1, 1), float(self.point.size(axis)))
            case Cells(rows):
                cells = [c for row in rows for c in row]
                found = [_scalar(x) for x in _entries(cells, self.point)]
                return np.array(found).reshape(len(rows), -1)
            case Part(whole, rows, columns):
                return self.go(whole)[np.ix_(rows, columns)]
            case MatMul(args):
                return self._product([self.go(a) for a in args])
            case Slope(name, arg):
                return self._slope(name, self.go(arg))
            case Fn(name, args) if len(args) == 1 and name in (*SCALAR_REDUCTIONS, *_OF_ROWS):
                return self._over_rows(name, self.go(args[0]))
        return self._by_entry(e)

    def _leaf(self, name: str) -> Array:
        made = self.known[name]
        if made.ndim > 2:
            raise UnshownError("a tensor of three axes")
        made = made.reshape(1, -1) if made.ndim < 2 else made
        return made.T if name in self.relation.turned else made

    @staticmethod
    def _product(parts: Sequence[Array]) -> Array:
        made = parts[0]
        for other in parts[1:]:
            if made.shape[1] != other.shape[0]:
                raise UnfitError(f"a product of the shapes {made.shape} and {other.shape}")
            made = made @ other
        return made

    def _slope(self, name: str, at: Array) -> Array:
        return slope(self._call(name, at + 1j * STEP))

    def _over_rows(self, name: str, made: Array) -> Array:
        if name in _OF_ROWS:
            axis = 0 if self.relation.columns else 1
            shifted = made - made.max(axis=axis, keepdims=True)
            log = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
            return np.exp(log) if name == "softmax" else log
        if name == "logsumexp":
            return np.full((1, 1), np.log(np.exp(made).sum()))
        return np.full((1, 1), getattr(np, name)(made))

    def _by_entry(self, e: Expr) -> Array:
        """What acts entry by entry: its children are matrices of one shape, or numbers."""
        parts = [self.go(k) for k in e.children()]
        if not parts:
            return np.full((1, 1), np.real(evaluate(e, self.point.still.over({}, 0))))
        shapes = {p.shape for p in parts if p.size > 1}
        if len(shapes) > 1:
            raise UnfitError(f"{_NAMES.get(type(e), 'entries')} of the shapes {sorted(shapes)}")
        names = [f"part {k}" for k in range(len(parts))]
        leaves = tuple(map(Read, names))
        body: Expr = e.rebuild(leaves)
        if isinstance(e, Hadamard):
            body = Mul(leaves)
        elif isinstance(e, Quotient):
            body = Div(*leaves)
        return self._over(body, dict(zip(names, parts, strict=True)))

    def _call(self, name: str, at: Array) -> Array:
        return self._over(Fn(name, (Read("v"),)), {"v": at})

    def _over(self, body: Expr, parts: Mapping[str, Array]) -> Array:
        shape = np.broadcast_shapes(*(p.shape for p in parts.values()), (1, 1))
        i, j = (fresh_index(c, c) for c in "ij")
        env = {i: np.arange(shape[0]).reshape(-1, 1), j: np.arange(shape[1])}
        full = {n: np.broadcast_to(p, shape) for n, p in parts.items()}
        at = transform(body, lambda x: Read(x.tensor, (i, j)) if isinstance(x, Read) else x)
        run = self.point.still
        run.values = full
        with np.errstate(all="ignore"):
            made = np.broadcast_to(evaluate(at, run.over(env, 2)), shape)
        return made if np.iscomplexobj(next(iter(parts.values()))) else np.real(made)


_OF_ROWS = ("softmax", "log_softmax")
_NAMES: dict[type[Expr], str] = {Add: "terms", Hadamard: "factors", Pow: "powers"}
