"""The same mathematics in other conventions: column vectors, indices from 1.

`derive.forms.matrix` writes rows, x W + b, with W stored (in, out), and indices count from 0. A
board that writes columns and W_{to,from} means the transposes of the stored arrays, by (A B)ᵀ =
BᵀAᵀ; a board that counts from 1 means the same entries under other numbers. Both are rewritings of
the tree: tests/forms/test_notation_orientation.py evaluates both forms on random arrays.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction

from ..language.equation import Tensor
from ..language.expr import (
    Add,
    Cmp,
    Const,
    Expr,
    Fn,
    Idx,
    Mul,
    Neg,
    Num,
    Read,
    Reduce,
    mul,
    num,
    transform,
)
from .matrix_nodes import SCALAR_REDUCTIONS, MatMul, Ones, Slope, Transpose, shape_of

Tensors = Mapping[str, Tensor]
_OF_ROWS = ("softmax", "log_softmax")


# -- columns --------------------------------------------------------------------------------------


def column_form(form: Expr, left: str, tensors: Tensors, turned: Collection[str]) -> Expr:
    """The right side of ``left = form`` as a board of columns writes it.

    ``form`` is what `derive.forms.matrix.matrix_form` makes. In the result a `Read` of a tensor in
    ``turned`` stands for the transpose of the stored array (and so does the left side), `Ones` for
    a column, and softmax acts on columns: x W + b becomes W x + b, x and W being turned.
    """
    return _Columns(tensors, turned).go(form, left in turned)


def column_shape(
    form: Expr, tensors: Tensors, turned: Collection[str]
) -> tuple[str | None, str | None]:
    """(rows, columns) of a column form as axis ids, None for a vector's one column."""
    return shape_of(_stored(form, turned), tensors)


def _stored(e: Expr, turned: Collection[str]) -> Expr:
    """A column form over the arrays as they are stored."""
    if isinstance(e, Ones) or (isinstance(e, Read) and e.tensor in turned):
        return Transpose(e)
    kids = e.children()
    if isinstance(e, Read) or not kids:
        return e
    return e.rebuild(tuple(_stored(k, turned) for k in kids))


class _Columns:
    def __init__(self, tensors: Tensors, turned: Collection[str]) -> None:
        self.tensors, self.turned = tensors, turned

    def go(self, e: Expr, turn: bool) -> Expr:
        """A node of a row form, or its transpose, over the written tensors."""
        if isinstance(e, Read | Ones):
            same = self.tensors[e.tensor].axes == () if isinstance(e, Read) else False
            written = isinstance(e, Ones) or e.tensor in self.turned
            return e if same or written == turn else Transpose(e)
        if isinstance(e, Transpose):
            return self.go(e.arg, not turn)
        turn = turn and shape_of(e, self.tensors) != (None, None)
        if isinstance(e, Slope):  # g'(v) is of v as it is written; the transpose stands round it
            made = self.go(e.arg, turn)
            if isinstance(made, Transpose):
                return Transpose(Slope(e.function, made.arg))
            return Slope(e.function, made)
        if isinstance(e, MatMul):
            factors = tuple(self.go(a, turn) for a in e.args)
            return MatMul(factors[::-1] if turn else factors)
        if isinstance(e, Fn) and len(e.args) == 1 and e.name in (*SCALAR_REDUCTIONS, *_OF_ROWS):
            made = Fn(e.name, (self.go(e.args[0], True),))
            return made if turn or e.name in SCALAR_REDUCTIONS else Transpose(made)
        kids = e.children()  # what is left acts entry by entry
        return e.rebuild(tuple(self.go(k, turn) for k in kids)) if kids else e


# -- entries --------------------------------------------------------------------------------------


def weights_first(expr: Expr, weights: Collection[str]) -> Expr:
    """The same products of entries with the weights in front: w_{ji} x_i beside W x."""
    if not weights:
        return expr
    kids = expr.children()
    if kids and not isinstance(expr, Read):
        expr = expr.rebuild(tuple(weights_first(k, weights) for k in kids))
    if not isinstance(expr, Mul):
        return expr

    def rank(e: Expr) -> int:
        return (
            0
            if isinstance(e, Num | Const)
            else 1
            if isinstance(e, Read) and e.tensor in weights
            else 2
        )

    return Mul(tuple(sorted(expr.args, key=rank)))


# -- indices --------------------------------------------------------------------------------------


def counted_from(
    expr: Expr, base: int, classes: Collection[str] = (), *, stored: bool = False
) -> Expr:
    """The same expression with every index i replaced by i − base, its value when i counts from
    ``base``, and every place in a tensor written as its number counted from ``base``.

    x[i + k] becomes x[i + k − 1] for base 1, i < 2 becomes i < 3, x[0] becomes x[1]. Tensors in
    ``classes`` hold numbers of places and count as indices do, and so does an argmax: s[y] and
    j != y stay. ``stored``: reads name entries by their places in the arrays and stay as they are.
    """
    return expr if base == 0 else _Counter(base, classes, stored).value(expr)


def number_from(
    expr: Expr, base: int, classes: Collection[str] = (), *, stored: bool = False
) -> Expr:
    """What is the number of a place, itself counted from ``base``: y of a class y, y + 1 of y + 1,
    3 of 2 for base 1."""
    return expr if base == 0 else _Counter(base, classes, stored).place(expr)


def whole_from(form: Expr, base: int, classes: Collection[str], tensors: Tensors) -> Expr:
    """A matrix form over whole tensors whose numbers of places count from ``base``: a number of a
    class y is worth y − 1 for base 1, a vector of them y − 𝟏."""

    def visit(e: Expr) -> Expr:
        if not isinstance(e, Read) or e.tensor not in classes:
            return e
        axes = tensors[e.tensor].axes
        ones = (Ones(axes[0]),) if len(axes) == 1 else ()
        return Add((e, Neg(mul((num(base), *ones)))))

    return transform(form, visit) if base else form


class _Counter:
    """Writes what counts from 0 as it reads when indices and class numbers count from ``base``."""

    def __init__(self, base: int, classes: Collection[str], stored: bool) -> None:
        self.base, self.classes, self.stored = base, classes, stored

    def value(self, e: Expr) -> Expr:
        """The value of an expression, over symbols that count from the base."""
        if self._counts(e):
            return _plus(self.number(e), -self.base)
        if isinstance(e, Read):
            return self._read(e)
        if isinstance(e, Cmp) and (made := self._compared(e)) is not None:
            return made
        if isinstance(e, Add) and any(self._scaled(t)[1] is not None for t in e.args):
            return self._linear(e)
        return self._inside(e)

    def _inside(self, e: Expr) -> Expr:
        kids = e.children()
        if not kids:
            return e
        bound = len(e.idxs) if isinstance(e, Reduce) else 2 * len(getattr(e, "idxs", ()))
        head = kids[:bound]  # indices that are bound (and read at) name themselves
        return e.rebuild((*head, *(self.value(k) for k in kids[bound:])))

    def number(self, e: Expr) -> Expr:
        """An expression as it stands: only the places of the reads in it are counted anew."""
        if isinstance(e, Read):
            return self._read(e)
        if isinstance(e, Reduce):
            return self._inside(e)
        kids = e.children()
        return e.rebuild(tuple(self.number(k) for k in kids)) if kids else e

    def _read(self, e: Read) -> Read:
        return e if self.stored else Read(e.tensor, tuple(self.place(i) for i in e.indices))

    def place(self, e: Expr) -> Expr:
        """The number of a place: an index stands for itself, x[i − 1] keeps its distance."""
        if self._counts(e):
            return self.number(e)
        if isinstance(e, Num):
            return num(e.value + self.base)
        return _plus(self._linear(e), self.base)

    def _counts(self, e: Expr) -> bool:
        """Does it count from the base? (An index without an axis is a letter: the v of σ(v).)"""
        if isinstance(e, Idx):
            return bool(e.axis)
        if isinstance(e, Reduce):
            return e.op in ("argmax", "argmin")
        return isinstance(e, Read) and e.tensor in self.classes

    def _compared(self, e: Cmp) -> Cmp | None:
        """A comparison of numbers of places, as they are counted; None of anything else."""
        if self._same_shift(e):
            return Cmp(e.op, self.number(e.a), self.number(e.b))
        if any(self._counts(x) and _whole(y) for x, y in ((e.a, e.b), (e.b, e.a))):
            return Cmp(e.op, self.place(e.a), self.place(e.b))
        return None

    def _same_shift(self, e: Cmp) -> bool:
        """Do both sides move alike, so that a comparison of them stays as it is?"""
        a, b = self._shift(e.a), self._shift(e.b)
        return a is not None and a == b != 0

    def _shift(self, e: Expr) -> Fraction | None:
        """By how many bases a sum of symbols and numbers moves; None for anything else."""
        total = Fraction(0)
        for sign, term in _terms(e):
            factor, symbol = self._scaled(term)
            if symbol is None and not isinstance(term, Num):
                return None
            total += sign * factor
        return total

    def _linear(self, e: Expr) -> Expr:
        """An index expression with its numbers gathered: (i − 1) + (k − 1) is i + k − 2."""
        rest: list[Expr] = []
        number = Fraction(0)
        for sign, term in _terms(e):
            factor, symbol = self._scaled(term)
            if isinstance(term, Num):
                number += sign * term.value
                continue
            number -= sign * factor * self.base
            made = self.value(term) if symbol is None else self.number(term)
            rest.append(made if sign > 0 else Neg(made))
        return (
            _plus(rest[0] if len(rest) == 1 else Add(tuple(rest)), number) if rest else num(number)
        )

    def _scaled(self, e: Expr) -> tuple[Fraction, Expr | None]:
        """2 and i of 2*i; no symbol where there is something else."""
        if self._counts(e):
            return Fraction(1), e
        if isinstance(e, Mul):
            numbers = [f.value for f in e.args if isinstance(f, Num)]
            others = [f for f in e.args if not isinstance(f, Num)]
            if len(others) == 1 and self._counts(others[0]):
                return math.prod(numbers, start=Fraction(1)), others[0]
        return Fraction(0), None


def _whole(e: Expr) -> bool:
    return isinstance(e, Num) and e.value.denominator == 1


def _terms(e: Expr) -> list[tuple[int, Expr]]:
    """The terms of a sum with their signs."""
    terms = e.args if isinstance(e, Add) else (e,)
    return [(-1, t.arg) if isinstance(t, Neg) else (1, t) for t in terms]


def _plus(e: Expr, number: int | Fraction) -> Expr:
    """e + number, an earlier number at the end taken together with it."""
    terms = list(e.args) if isinstance(e, Add) else [e]
    if terms and isinstance(terms[-1], Num):
        last = terms.pop()
        number += last.value if isinstance(last, Num) else 0
    elif terms and isinstance(terms[-1], Neg) and isinstance(terms[-1].arg, Num):
        number -= terms[-1].arg.value
        terms.pop()
    if number:
        terms.append(num(number) if number > 0 else Neg(num(-number)))
    return (terms[0] if len(terms) == 1 else Add(tuple(terms))) if terms else num(0)
