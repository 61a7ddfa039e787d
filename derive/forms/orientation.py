"""The same mathematics in other conventions: column vectors, indices from 1.

`derive.forms.matrix` writes rows, x W + b, with W stored (in, out), and indices count from 0. A
board that writes columns and W_{to,from} means the transposes of the stored arrays, by (A B)ᵀ =
BᵀAᵀ; a board that counts from 1 means the same entries under other numbers. Both are rewritings of
the tree: tests/forms/test_notation_orientation.py evaluates both forms on random arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from ..language.equation import Tensor
from ..language.expr import (
    Add,
    Cmp,
    Expr,
    Fn,
    Idx,
    Mul,
    Neg,
    Num,
    Read,
    Reduce,
    num,
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
        return 0 if isinstance(e, Num) else 1 if isinstance(e, Read) and e.tensor in weights else 2

    return Mul(tuple(sorted(expr.args, key=rank)))


# -- indices --------------------------------------------------------------------------------------


def counted_from(expr: Expr, base: int) -> Expr:
    """The same expression with every index i replaced by i − base, its value when i counts from
    ``base``, and every place in a tensor written as its number counted from ``base``.

    x[i + k] becomes x[i + k − 1] for base 1, i < 2 becomes i − 1 < 2, x[0] becomes x[1].
    """
    return expr if base == 0 else _counted(expr, base)


def _counted(e: Expr, base: int) -> Expr:
    if isinstance(e, Read):
        return Read(e.tensor, tuple(_place(i, base) for i in e.indices))
    if isinstance(e, Idx):  # without an axis it is a mere letter (the v of σ(v))
        return _plus(e, -base) if e.axis else e
    if isinstance(e, Cmp) and isinstance(e.a, Idx) and isinstance(e.b, Idx):
        return e
    if isinstance(e, Add) and any(_scaled(t)[1] is not None for t in e.args):
        return _linear(e, base)
    kids = e.children()
    if not kids:
        return e
    bound = len(e.idxs) if isinstance(e, Reduce) else 2 * len(getattr(e, "idxs", ()))
    head = kids[:bound]  # indices that are bound (and read at) name themselves
    return e.rebuild((*head, *(_counted(k, base) for k in kids[bound:])))


def _place(e: Expr, base: int) -> Expr:
    """The number of a place: an index stands for itself, x[i − 1] keeps its distance."""
    if isinstance(e, Idx):
        return e
    if isinstance(e, Num):
        return num(e.value + base)
    return _plus(_linear(e, base), base)


def _linear(e: Expr, base: int) -> Expr:
    """An index expression with its numbers gathered: (i − 1) + (k − 1) is i + k − 2."""
    terms = e.args if isinstance(e, Add) else (e,)
    rest: list[Expr] = []
    number = Fraction(0)
    for term in terms:
        sign, inner = (-1, term.arg) if isinstance(term, Neg) else (1, term)
        factor, index = _scaled(inner)
        if isinstance(inner, Num):
            number += sign * inner.value
        elif index is not None:
            number -= sign * factor * base
            rest.append(term)
        else:
            made = _counted(inner, base)
            rest.append(made if sign > 0 else Neg(made))
    return _plus(rest[0] if len(rest) == 1 else Add(tuple(rest)), number) if rest else num(number)


def _scaled(e: Expr) -> tuple[Fraction, Idx | None]:
    """2 and i of 2*i; no index where there is something else."""
    if isinstance(e, Idx):
        return Fraction(1), e
    if isinstance(e, Mul):
        numbers = [f.value for f in e.args if isinstance(f, Num)]
        others = [f for f in e.args if not isinstance(f, Num)]
        if len(others) == 1 and isinstance(others[0], Idx):
            factor = Fraction(1)
            for value in numbers:
                factor *= value
            return factor, others[0]
    return Fraction(0), None


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
