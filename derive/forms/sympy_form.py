"""Trees as SymPy objects, for `derive.forms.views`: built unevaluated, so that they print as
derived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from ..chainrule.sympy_bridge import UNEVALUATED, Algebra, convert, function, operation, over
from ..language.equation import Equation
from ..language.expr import (
    Add,
    Const,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    reads,
    refresh,
    replace,
    transform,
    walk,
)
from ..network.network import Network
from .chain import Local
from .letters import letters
from .matrix_nodes import Hadamard, MatMul, Ones, Quotient, Transpose, shape_of


class LocalDerivative(sympy.Expr):
    """∂f/∂x between two named tensors or entries, a symbol: SymPy's own would be 0 here."""

    is_commutative = False  # the factors of a chain keep their order

    def __new__(cls, of: Any, wrt: Any, direct: Any = sympy.false) -> LocalDerivative:
        return sympy.Expr.__new__(cls, of, wrt, direct)

    def _latex(self, printer: Any) -> str:
        of, wrt = (printer._print(a) for a in self.args[:2])
        plus = "^{+}" if self.args[2] else ""
        return rf"\frac{{\partial{plus} {of}}}{{\partial {wrt}}}"

    def _sympystr(self, printer: Any) -> str:
        of, wrt = (printer._print(a) for a in self.args[:2])
        return f"∂{'⁺' if self.args[2] else ''}{of}/∂{wrt}"


def latex(e: Any) -> str:
    """LaTeX with terms and factors in the order of the derivation."""
    return sympy.latex(e, order="none")


def plain(e: Any) -> str:
    return sympy.sstr(e, order="none")


def equation(left: Expr, right: Expr, network: Network) -> Any:
    """An Eq of two trees without bound indices."""
    form = _Index(network, letters([left, right], taken=network.scalars))
    return sympy.Eq(form.go(left), form.go(right), evaluate=False)


def index_form(eq: Equation, network: Network) -> Any:
    """``T[i, j] = …`` as an Eq of Indexed, with Sum over (i, 0, size − 1)."""
    spelled = Equation(eq.name, eq.indices, transform(eq.rhs, _spelled))
    form = _Index(network, letters(spelled, taken=network.scalars))
    left = form.read(Read(eq.name, eq.indices))
    return sympy.Eq(left, form.go(spelled.rhs), evaluate=False)


def _spelled(e: Expr) -> Expr:
    """softmax and log-softmax by their formulas: SymPy has no node for them."""
    if not isinstance(e, Normal):
        return e
    here = replace(e.body, dict(zip(e.idxs, e.at, strict=True)))
    if e.op == "log_softmax":
        return Add((here, Neg(refresh(Reduce("logsumexp", e.idxs, e.body, e.cond)))))
    over: Expr = Fn("exp", (here,))
    if e.cond is not None:
        over = Mul((Iverson(replace(e.cond, dict(zip(e.idxs, e.at, strict=True)))), over))
    return Div(over, refresh(Reduce("sum", e.idxs, Fn("exp", (e.body,)), e.cond)))


def _size(network: Network, axis: str) -> Any:
    size = network.size(axis)
    if isinstance(size, int):
        return sympy.Integer(size)
    return sympy.Symbol(size, integer=True, positive=True)


def _local(e: Local, kids: list[Any]) -> Any:
    of, wrt = kids
    return LocalDerivative(of, wrt, sympy.true if e.direct else sympy.false)


_WRITTEN: Algebra = {**UNEVALUATED, Local: _local}


class _Index:
    """Index expressions with the letters given."""

    def __init__(self, network: Network, given: Mapping[Idx, str]) -> None:
        self.network, self.given = network, given

    def read(self, e: Read) -> Any:
        if not e.indices:
            return sympy.Symbol(e.tensor)
        return sympy.IndexedBase(e.tensor)[tuple(self.go(i) for i in e.indices)]

    def go(self, e: Expr) -> Any:
        return convert(e, _WRITTEN, self.leaf)

    def leaf(self, e: Expr) -> Any:
        """What has a name or a size in this network; None for an operation."""
        if isinstance(e, Size):
            return _size(self.network, e.axis)
        if isinstance(e, Idx):
            return sympy.Symbol(self.given[e], integer=True)
        if isinstance(e, Read):
            return self.read(e)
        return self.reduce(e) if isinstance(e, Reduce) else None

    def reduce(self, e: Reduce) -> Any:
        limits = [
            sympy.Tuple(self.go(i), 0, _size(self.network, i.axis) - 1)
            for i in e.idxs
            if isinstance(i, Idx)
        ]
        body = self.go(e.body)
        if e.op == "logsumexp":
            total = self.limited(sympy.Sum, sympy.exp(body, evaluate=False), e.cond, 0, limits)
            return sympy.log(total, evaluate=False)
        if e.op in ("sum", "mean"):
            total = self.limited(sympy.Sum, body, e.cond, 0, limits)
            if e.op == "sum":
                return total
            return over(total, _product([_size(self.network, i.axis) for i in _bound(e)]))
        if e.op == "prod":
            return self.limited(sympy.Product, body, e.cond, 1, limits)
        extra = [] if e.cond is None else [self.go(e.cond)]
        return sympy.Function(e.op)(body, *limits, *extra)

    def limited(self, kind: Any, body: Any, cond: Expr | None, empty: int, limits: Any) -> Any:
        if cond is not None:
            pairs = ((body, self.go(cond)), (sympy.Integer(empty), sympy.true))
            body = sympy.Piecewise(*pairs, evaluate=False)
        return kind(body, *limits)


def _bound(e: Reduce) -> list[Idx]:
    return [i for i in e.idxs if isinstance(i, Idx)]


def _product(sizes: list[Any]) -> Any:
    return sizes[0] if len(sizes) == 1 else sympy.Mul(*sizes, evaluate=False)


# -- matrices -------------------------------------------------------------------------------------


class _NoSymPyForm(Exception):  # noqa: N818 - a way out, no error
    """SymPy has no unevaluated node for this (a case over two matrices, say)."""


def matrix_sympy(eq: Equation, form: Expr, network: Network) -> Any | None:
    """A matrix form as an Eq of MatrixSymbols: rows are 1×K, a broadcast scalar is c times ones."""
    made = _Matrix(network)
    try:
        left = made.leaf(Read(eq.name))
        right = made.matrix(form) if eq.indices else made.scalar(form)
        return sympy.Eq(left, right, evaluate=False)
    except _NoSymPyForm:
        return None


def _matmul(*factors: Any) -> Any:
    """A flat product, the factors 1 left out."""
    flat = [x for f in factors if f != 1 for x in (f.args if isinstance(f, sympy.MatMul) else (f,))]
    return flat[0] if len(flat) == 1 else sympy.MatMul(*flat)


class _Matrix:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.index = _Index(network, {})

    def shape(self, e: Expr) -> tuple[Any, Any]:
        rows, cols = shape_of(e, self.network.tensors)
        one = sympy.Integer(1)
        return tuple(one if a is None else _size(self.network, a) for a in (rows, cols))

    def is_scalar(self, e: Expr) -> bool:
        return shape_of(e, self.network.tensors) == (None, None)

    def leaf(self, e: Read) -> Any:
        if not self.network.tensors[e.tensor].axes:
            return sympy.Symbol(e.tensor)
        return sympy.MatrixSymbol(e.tensor, *self.shape(e))

    def scalar(self, e: Expr) -> Any:
        """A scalar; a 1×1 product is read by its trace."""
        if isinstance(e, MatMul):
            return sympy.Trace(self.matrix(e))
        if isinstance(e, Add | Mul | Neg | Div | Pow) and self.is_scalar(e):
            return operation(e, [self.scalar(k) for k in e.children()])
        if isinstance(e, Fn) and all(self.is_scalar(a) for a in e.args):
            return function(e.name, [self.scalar(a) for a in e.args])
        if isinstance(e, Fn):
            return sympy.Function(e.name)(self.matrix(e.args[0]))
        if isinstance(e, Num | Const | Size | Read):
            return self.index.go(e)
        raise _NoSymPyForm

    def matrix(self, e: Expr) -> Any:
        if isinstance(e, Read):
            return self.leaf(e)
        if isinstance(e, Ones):
            return sympy.OneMatrix(*self.shape(e))
        if isinstance(e, Transpose):
            return sympy.Transpose(self.matrix(e.arg))
        if isinstance(e, MatMul):
            return _matmul(*map(self.matrix, e.args))
        if isinstance(e, Hadamard):
            return sympy.HadamardProduct(*map(self.matrix, e.args))
        if isinstance(e, Add):
            return sympy.MatAdd(*(self.full(a, self.shape(e)) for a in e.args))
        if isinstance(e, Neg):
            return _matmul(sympy.Integer(-1), self.matrix(e.arg))
        if isinstance(e, Mul):
            return _matmul(
                *(self.scalar(a) if self.is_scalar(a) else self.matrix(a) for a in e.args)
            )
        if isinstance(e, Div):
            return _matmul(over(sympy.S.One, self.scalar(e.den)), self.matrix(e.num))
        if isinstance(e, Quotient):
            inverse = sympy.HadamardPower(self.matrix(e.den), sympy.Integer(-1))
            return sympy.HadamardProduct(self.matrix(e.num), inverse)
        if isinstance(e, Pow) and self.is_scalar(e.exp):
            return sympy.HadamardPower(self.matrix(e.base), self.scalar(e.exp))
        return self.entrywise(e)

    def full(self, e: Expr, shape: tuple[Any, Any]) -> Any:
        """A number beside a matrix is the number times ones."""
        if not self.is_scalar(e):
            return self.matrix(e)
        return _matmul(self.scalar(e), sympy.OneMatrix(*shape))

    def entrywise(self, e: Expr) -> Any:
        """A function of one matrix, entry by entry; softmax works on whole rows."""
        if isinstance(e, Fn) and e.name in ("softmax", "log_softmax"):
            return sympy.Function(e.name)(self.matrix(e.args[0]))
        if isinstance(e, Fn) and len(e.args) == 1 and not self.is_scalar(e.args[0]):
            v = sympy.Symbol("v")
            return self.matrix(e.args[0]).applyfunc(sympy.Lambda(v, function(e.name, [v])))
        found = {r for r in reads(e) if not self.is_scalar(r)}
        if len(found) != 1 or any(isinstance(x, Transpose | MatMul | Ones) for x in walk(e)):
            raise _NoSymPyForm
        (read,) = found
        v = sympy.Symbol("v")
        swapped = replace(e, {read: Read("v")})
        return self.leaf(read).applyfunc(sympy.Lambda(v, self.index.go(swapped)))
