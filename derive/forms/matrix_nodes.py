"""The nodes of a matrix form, beside those of `derive.language.expr`, and the shape of a form."""

from __future__ import annotations

from collections.abc import Mapping

from ..language.equation import Tensor
from ..language.expr import Expr, Fn, Read, node

Axis = str | None
SCALAR_REDUCTIONS = ("max", "min", "prod", "logsumexp")  # as Fn of one row


@node
class MatMul(Expr):
    """A matrix product of two or more factors, in order."""

    args: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.args

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return MatMul(children)


@node
class Transpose(Expr):
    arg: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Transpose(children[0])


@node
class Hadamard(Expr):
    """A product entry by entry of two or more tensors of one shape."""

    args: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.args

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Hadamard(children)


@node
class Quotient(Expr):
    """A quotient entry by entry of two tensors of one shape; a `Div` is by a number."""

    num: Expr
    den: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.num, self.den)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Quotient(*children)


@node
class Slope(Expr):
    """g'(v): the derivative of an elementwise function at every entry of a tensor."""

    function: str
    arg: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Slope(self.function, children[0])


@node
class Ones(Expr):
    """The row of ones: ``v 1ᵀ`` sums a row, ``1 A`` every column, ``1ᵀ b`` repeats a row."""

    axis: str


def shape_of(expr: Expr, tensors: Mapping[str, Tensor]) -> tuple[Axis, Axis]:
    """(rows, columns) of a matrix form as axis ids, None for a row's one row and a scalar."""
    if isinstance(expr, Read):
        axes = tensors[expr.tensor].axes
        return (None, *axes) if len(axes) == 1 else axes or (None, None)  # type: ignore[return-value]
    if isinstance(expr, Ones):
        return None, expr.axis
    if isinstance(expr, Transpose):
        return shape_of(expr.arg, tensors)[::-1]
    if isinstance(expr, MatMul):
        return shape_of(expr.args[0], tensors)[0], shape_of(expr.args[-1], tensors)[1]
    if isinstance(expr, Fn) and expr.name in SCALAR_REDUCTIONS and len(expr.args) == 1:
        return None, None
    shapes = [shape_of(k, tensors) for k in expr.children()]
    return max(shapes, key=lambda s: (s != (None, None), s.count(None) == 0), default=(None, None))
