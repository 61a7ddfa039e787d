"""The matrix form of an index equation, where one exists: ``dW1 = y0ᵀ dv1``, ``dy0 = dv1 W1ᵀ``.

Row-vector convention: a tensor of rank 1 is a row, of rank 2 a matrix in its own index order, so
x W + b needs no transpose. Leaves are ``Read(name, ())``, the whole tensor. ``Fn``, ``Pow``,
``Where`` and comparisons act entry by entry (softmax on rows; max, min, prod, logsumexp of one
argument make a scalar of a row), ``Div`` is by a scalar. A scalar is a factor, or an argument of a
function; what is added to a vector is a vector, a scalar times ones. Only a number, as the 1 of
1 − y, stands for its constant vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from ..language.equation import Equation, Tensor
from ..language.expr import (
    ONE,
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
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
    indices,
    mul,
    num,
    reads,
)
from .matrix_nodes import SCALAR_REDUCTIONS, Hadamard, MatMul, Ones, Quotient, Transpose


@dataclass(frozen=True)
class Piece:
    """A matrix expression and the indices of its rows and columns (None where it has none)."""

    node: Expr
    row: Idx | None = None
    col: Idx | None = None

    @property
    def free(self) -> frozenset[Idx]:
        return frozenset(i for i in (self.row, self.col) if i is not None)


class _NoForm(Exception):  # noqa: N818 - a way out, no error
    """This expression has no matrix form."""


def matrix_form(
    eq: Equation, tensors: Mapping[str, Tensor], sizes: Mapping[str, int | str] | None = None
) -> Expr | None:
    """The right side over whole tensors, or None when it has no matrix form.

    Nothing is evaluated: the value equals the index equation's, and its shapes fit
    (tests/forms/test_matrix.py compares both on random numbers). ``sizes`` of the axes, where they
    are known, tell a part of a tensor from the whole of it.
    """
    if len(eq.indices) > 2 or (sizes is not None and not _reads_whole(eq, tensors, sizes)):
        return None
    row, col = (None, *eq.indices) if len(eq.indices) == 1 else eq.indices or (None, None)
    try:
        made = _Form(tensors).build(eq.rhs, row, col)
        return _lift(made, row, col).node
    except _NoForm:
        return None


def _reads_whole(
    eq: Equation, tensors: Mapping[str, Tensor], sizes: Mapping[str, int | str]
) -> bool:
    """Do the indices run over all of what they read? Below a concatenation they do not."""
    return all(
        sizes.get(index.axis) == sizes.get(axis)
        for r in reads(eq.rhs)
        for index, axis in zip(r.indices, tensors[r.tensor].axes, strict=True)
        if isinstance(index, Idx)
    )


# -- pieces ---------------------------------------------------------------------------------------


def _transposed(e: Expr) -> Expr:
    """The transpose moved inward: (A B)ᵀ = Bᵀ Aᵀ, (A ⊙ B)ᵀ = Aᵀ ⊙ Bᵀ, (Aᵀ)ᵀ = A."""
    if isinstance(e, Transpose):
        return e.arg
    if isinstance(e, Neg):
        return Neg(_transposed(e.arg))
    if isinstance(e, Hadamard):
        return Hadamard(tuple(_transposed(a) for a in e.args))
    if isinstance(e, Mul):  # scalars times one tensor, as `_scaled` makes them
        return Mul((*e.args[:-1], _transposed(e.args[-1])))
    if isinstance(e, MatMul):
        return MatMul(tuple(_transposed(a) for a in reversed(e.args)))
    return Transpose(e)


def _oriented(p: Piece, row: Idx | None, col: Idx | None) -> Expr:
    """The node with exactly these rows and columns; a scalar fits everywhere."""
    if not p.free or (p.row, p.col) == (row, col):
        return p.node
    if (p.col, p.row) == (row, col):
        return _transposed(p.node)
    raise _NoForm


def _lift(p: Piece, row: Idx | None, col: Idx | None) -> Piece:
    """A piece repeated along the indices it does not depend on."""
    want = frozenset(i for i in (row, col) if i is not None)
    if p.free == want:
        return Piece(_oriented(p, row, col), row, col)
    if not want >= p.free:
        raise _NoForm
    down = [Transpose(Ones(row.axis))] if row is not None and row not in p.free else []
    along = [Ones(col.axis)] if col is not None and col not in p.free else []
    if not p.free:
        return Piece(_repeated(p.node, down, along), row, col)
    kept = _oriented(p, row if not down else None, col if not along else None)
    return Piece(_matmul(*down, kept, *along), row, col)


def _repeated(e: Expr, down: Sequence[Expr], along: Sequence[Expr]) -> Expr:
    """A scalar times ones; a product u vᵀ is a factor among them, so that u vᵀ 1 is one product."""
    if isinstance(e, Neg):
        return Neg(_repeated(e.arg, down, along))
    if isinstance(e, MatMul):
        return _matmul(*down, e, *along)
    ones = _matmul(*down, *along) if down and along else [*down, *along][0]
    return ones if e == ONE else mul([e, ones])


def _matmul(*factors: Expr) -> Expr:
    """A flat product; signs, numbers and scalar factors come out in front."""
    scalars: list[Expr] = []
    flat: list[Expr] = []
    sign = 1
    for f in factors:
        if isinstance(f, Neg):
            sign, f = -sign, f.arg
        if isinstance(f, Mul):  # scalars times one tensor, as in `_transposed`
            scalars.extend(f.args[:-1])
            f = f.args[-1]
        flat.extend(f.args if isinstance(f, MatMul) else (f,))
    made: Expr = MatMul(tuple(flat))
    made = Mul((*scalars, made)) if scalars else made
    return made if sign > 0 else Neg(made)


# -- building -------------------------------------------------------------------------------------


@dataclass
class _Factor:
    """A factor of a product: an expression or a piece, over or under the fraction line."""

    what: Expr | Piece
    under: bool = False

    @property
    def free(self) -> frozenset[Idx]:
        return self.what.free if isinstance(self.what, Piece) else frozenset(indices(self.what))


class _Form:
    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.tensors = tensors

    def build(self, e: Expr, row: Idx | None, col: Idx | None) -> Piece:
        """``e`` with rows ``row`` and columns ``col``, or less where it depends on less."""
        free = set(indices(e))
        if not free <= {row, col} or isinstance(e, Idx):
            raise _NoForm
        row, col = row if row in free else None, col if col in free else None
        if isinstance(e, Num | Const | Size):
            return Piece(e)
        if isinstance(e, Read):
            return self._read(e, row, col)
        if isinstance(e, Neg):
            made = self.build(e.arg, row, col)
            return Piece(Neg(made.node), made.row, made.col)
        if isinstance(e, Mul | Div):
            return self._product([_Factor(e)], [], row, col)
        if isinstance(e, Reduce):
            return self._reduce(e, row, col)
        if isinstance(e, Normal):
            return self._normal(e, row, col)
        if isinstance(e, Add | Fn | Pow | Where | Cmp | Logic | Iverson):
            return self._entrywise(e, row, col)
        raise _NoForm

    def _read(self, e: Read, row: Idx | None, col: Idx | None) -> Piece:
        whole = Read(e.tensor, ())
        if not all(isinstance(i, Idx) for i in e.indices):
            raise _NoForm
        if len(set(e.indices)) != len(e.indices) or len(e.indices) > 2:
            raise _NoForm
        if len(e.indices) < 2:
            return Piece(_transposed(whole) if row else whole, row, col)
        return Piece(whole if e.indices == (row, col) else Transpose(whole), row, col)

    def _entrywise(self, e: Expr, row: Idx | None, col: Idx | None) -> Piece:
        """All parts in one shape. Scalars are left to functions and comparisons, which have them as
        arguments; what is added to a vector is one, but for numbers."""
        parts = [self.build(k, row, col) for k in e.children()]
        free = frozenset[Idx]().union(*(p.free for p in parts))
        row, col = row if row in free else None, col if col in free else None
        added = isinstance(e, Add)
        same = [
            _lift(p, row, col) if p.free or (added and any(reads(p.node))) else p for p in parts
        ]
        return Piece(e.rebuild(tuple(p.node for p in same)), row, col)

    def _normal(self, e: Normal, row: Idx | None, col: Idx | None) -> Piece:
        """softmax of a row, or of every row of a matrix."""
        if e.cond is not None or len(e.at) != 1 or e.at[0] not in (row, col):
            raise _NoForm
        (at,), (bound,) = e.at, e.idxs
        assert isinstance(bound, Idx)
        other = row if at == col else col
        made = _lift(self.build(e.body, other, bound), other, bound)
        fn = Fn(e.op, (made.node,))
        return Piece(fn if at == col else _transposed(fn), row, col)

    def _reduce(self, e: Reduce, row: Idx | None, col: Idx | None) -> Piece:
        bound = [i for i in e.idxs if isinstance(i, Idx)]
        if e.cond is not None:
            raise _NoForm
        if e.op in ("sum", "mean"):
            factors = [_Factor(e.body)]
            if e.op == "mean":
                factors += [_Factor(Size(i.axis), under=True) for i in bound]
            return self._product(factors, bound, row, col)
        if e.op not in SCALAR_REDUCTIONS or len(bound) != 1 or row or col:
            raise _NoForm
        return Piece(Fn(e.op, (_lift(self.build(e.body, None, bound[0]), None, bound[0]).node,)))

    # -- products and contractions ----------------------------------------------------------------

    def _product(
        self, factors: Iterable[_Factor], bound: Sequence[Idx], row: Idx | None, col: Idx | None
    ) -> Piece:
        flat = [x for f in factors for x in _flat(f)]
        used = frozenset[Idx]().union(*(f.free for f in flat))
        flat += [_Factor(Size(i.axis)) for i in bound if i not in used]
        todo = [i for i in bound if i in used]
        for order in permutations(todo) if len(todo) <= 3 else (tuple(todo),):
            try:
                left = flat
                for s in order:
                    left = self._contract(left, s, row, col)
                return self._assemble(left, row, col)
            except _NoForm:
                continue
        raise _NoForm

    def _contract(
        self, factors: list[_Factor], s: Idx, row: Idx | None, col: Idx | None
    ) -> list[_Factor]:
        """Σ_s of the factors that hold s, as one new factor."""
        mine = [f for f in factors if s in f.free]
        rest = [f for f in factors if s not in f.free]
        groups: dict[frozenset[Idx], list[_Factor]] = {}
        for f in mine:
            groups.setdefault(f.free - {s}, []).append(f)
        vectors = groups.pop(frozenset(), [])
        others = [next(iter(g)) for g in groups if len(g) == 1]
        if len(others) != len(groups) or len(others) > 2:
            raise _NoForm
        if not others:
            return [*rest, _Factor(self._inner(vectors, s))]
        if len(others) == 1:
            (a,) = others
            left = self._elementwise(vectors, None, s) if vectors else Ones(s.axis)
            right = self._elementwise(groups[frozenset((a,))], s, a)
            return [*rest, _Factor(Piece(_matmul(left, right), None, a))]
        a, b = others
        if (a == col and b != col) or b == row:
            a, b = b, a
        left = self._elementwise(groups[frozenset((a,))], a, s)
        right = self._elementwise(groups[frozenset((b,))], s, b)
        if vectors:
            weight = Piece(self._elementwise(vectors, None, s), None, s)
            left = _hadamard([left, _lift(weight, a, s).node])
        return [*rest, _Factor(Piece(_matmul(left, right), a, b))]

    def _inner(self, vectors: list[_Factor], s: Idx) -> Piece:
        """Σ_s u_s v_s … = (u ⊙ …) vᵀ, and Σ_s u_s = u 1ᵀ."""
        over = [f for f in vectors if not f.under]
        if len(over) < 2:
            return Piece(_matmul(self._elementwise(vectors, None, s), Transpose(Ones(s.axis))))
        last = over[-1]
        first = self._elementwise([f for f in vectors if f is not last], None, s)
        return Piece(_matmul(first, self._elementwise([last], s, None)))

    def _elementwise(self, factors: list[_Factor], row: Idx | None, col: Idx | None) -> Expr:
        """Factors of one shape, entry by entry."""
        over: list[Expr] = []
        under: list[Expr] = []
        for f in factors:
            made = f.what if isinstance(f.what, Piece) else self.build(f.what, row, col)
            (under if f.under else over).append(_lift(made, row, col).node)
        if not under:
            return _hadamard(over)
        return Quotient(_hadamard(over or [_lift(Piece(ONE), row, col).node]), _hadamard(under))

    def _assemble(self, factors: list[_Factor], row: Idx | None, col: Idx | None) -> Piece:
        """What is left after the sums: scalars in front of vectors, rows, columns and matrices."""
        by: dict[frozenset[Idx], list[_Factor]] = {}
        for f in factors:
            by.setdefault(f.free, []).append(f)
        scalars = by.pop(frozenset(), [])
        sets = list(by)
        if any(not s <= {row, col} for s in sets):
            raise _NoForm
        full = frozenset(i for i in (row, col) if i is not None)
        used = frozenset[Idx]().union(*sets)
        row, col = row if row in used else None, col if col in used else None
        if not sets:
            body: Expr = ONE
        elif len(sets) == 1:
            body = self._elementwise(by[sets[0]], row, col)
        else:
            body = self._mixed(by, full, row, col)
        return Piece(self._scaled(scalars, body), row, col)

    def _mixed(
        self, by: dict[frozenset[Idx], list[_Factor]], full: frozenset[Idx], row: Idx | None,
        col: Idx | None,
    ) -> Expr:  # fmt: skip
        """A column and a row make the outer product; a matrix takes them entry by entry."""
        assert row is not None
        assert col is not None
        rows, cols = by.get(frozenset((row,)), []), by.get(frozenset((col,)), [])
        parts: list[Expr] = []
        if rows and cols:
            outer = _matmul(self._elementwise(rows, row, None), self._elementwise(cols, None, col))
            parts.append(outer)
        elif rows:
            parts.append(_lift(Piece(self._elementwise(rows, row, None), row, None), row, col).node)
        else:
            parts.append(_lift(Piece(self._elementwise(cols, None, col), None, col), row, col).node)
        if full in by:
            parts.insert(0, self._elementwise(by[full], row, col))
        return _hadamard(parts)

    def _scaled(self, scalars: list[_Factor], body: Expr) -> Expr:
        """Sign, numbers and scalars in front; scalar denominators under everything."""
        over: list[Expr] = []
        under: list[Expr] = []
        sign = 1
        for f in scalars:
            made = f.what.node if isinstance(f.what, Piece) else self.build(f.what, None, None).node
            if made == num(-1):
                sign = -sign
            else:
                (under if f.under else over).append(made)
        top = mul([*over, body])
        made = Div(top, mul(under)) if under else top
        return made if sign > 0 else Neg(made)


def _hadamard(factors: Sequence[Expr]) -> Expr:
    flat = [x for f in factors for x in (f.args if isinstance(f, Hadamard) else (f,))]
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))


def _flat(f: _Factor) -> list[_Factor]:
    """The factors of a product; a sign is the factor −1, what is under the line stays under it."""
    e = f.what
    if isinstance(e, Mul):
        return [x for a in e.args for x in _flat(_Factor(a, f.under))]
    if isinstance(e, Neg):
        return [_Factor(num(-1)), *_flat(_Factor(e.arg, f.under))]
    if isinstance(e, Div):
        return [*_flat(_Factor(e.num, f.under)), *_flat(_Factor(e.den, not f.under))]
    return [f]
