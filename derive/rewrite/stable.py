"""Recognised forms: a formula that overflows is read as the named function it is.

Each row keeps the value (tests/rewrite/test_rewrites.py proves all of them) and only changes what
is computed: the equation still *prints* as it was written (`Equation.board`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..language.equation import Equation, Tensor
from ..language.expr import (
    ONE,
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Mul,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    mul,
    reads,
    refresh,
    replace,
    transform,
)


class Definitions(dict[str, Equation]):
    """Equations by name, and whether a read of one stays inside its tensor (outside it is 0).

    ``opened`` are those that a form was looked for behind.
    """

    def __init__(
        self, equations: Iterable[Equation], tensors: Mapping[str, Tensor],
        sizes: Mapping[str, int | str],
    ) -> None:  # fmt: skip
        super().__init__((eq.name, eq) for eq in equations)
        self.tensors, self.sizes = tensors, sizes
        self.opened: set[str] = set()

    def covers(self, read: Read) -> bool:
        pairs = zip(read.indices, self[read.tensor].indices, strict=True)
        return all(self._inside(index, self.sizes.get(i.axis)) for index, i in pairs)

    def _inside(self, index: Expr, size: int | str | None) -> bool:
        if isinstance(index, Num):
            return index.value == 0 or (isinstance(size, int) and 0 <= index.value < size)
        if isinstance(index, Read):
            upper = self.sizes.get(str(self.tensors[index.tensor].integer))
            plain = all(isinstance(i, Idx) for i in index.indices)
            return plain and upper is not None and upper == size
        return isinstance(index, Idx)


def stabilise(expr: Expr, defined: Mapping[str, Equation]) -> Expr:
    """The right side with every recognised form swapped for its stable function."""
    return transform(expr, lambda e: _match(e, defined))


def inline(read: Expr, defined: Mapping[str, Equation]) -> Expr:
    """What a read stands for, one definition deep (to look through names, never to print)."""
    if isinstance(read, Read) and (eq := defined.get(read.tensor)) is not None:
        if isinstance(defined, Definitions):
            if not defined.covers(read):
                return read
            defined.opened.add(read.tensor)
        return refresh(replace(eq.rhs, dict(zip(eq.indices, read.indices, strict=True))))
    return read


def _is_one(e: Expr) -> bool:
    return isinstance(e, Num) and e.value == 1


def _one_plus_exp(e: Expr, defined: Mapping[str, Equation]) -> Expr | None:
    """v, when e is 1 + exp(v) in either order."""
    if isinstance(e, Add) and len(e.args) == 2:
        for one, other in (e.args, e.args[::-1]):
            other = inline(other, defined)
            if _is_one(one) and isinstance(other, Fn) and other.name == "exp":
                return other.args[0]
    return None


def negated(e: Expr) -> Expr:
    if isinstance(e, Neg):
        return e.arg
    if isinstance(e, Mul) and isinstance(e.args[0], Neg):
        return Mul((e.args[0].arg, *e.args[1:]))
    return Neg(e)


def _match(e: Expr, defined: Mapping[str, Equation]) -> Expr:
    if isinstance(e, Div):
        return _division(e, defined)
    if isinstance(e, Pow) and isinstance(e.exp, Neg) and _is_one(e.exp.arg):
        made = _division(Div(e.exp.arg, e.base), defined)
        return e if isinstance(made, Div) else made
    if isinstance(e, Fn) and e.name == "log":
        return _logarithm(e, defined)
    if isinstance(e, Fn) and e.name == "xlogy":  # a log b, where log b has a stable form
        plain = Fn("log", (e.args[1],))
        made = _logarithm(plain, defined)
        return e if made == plain else Mul((e.args[0], made))
    if isinstance(e, Add) and isinstance(defined, Definitions):
        return _cross_entropy(e, defined) or e
    if isinstance(e, Mul) and isinstance(defined, Definitions):
        return _zero_log(e, defined.tensors) or e
    return e


def on_paper(expr: Expr, tensors: Mapping[str, Tensor]) -> Expr:
    """t log p for ``xlogy(t, p)`` with a target t: on paper 0 log 0 = 0 goes without saying."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Fn) and e.name == "xlogy" and _is_target(e.args[0], tensors):
            return mul([e.args[0], Fn("log", (e.args[1],))])
        return e

    return transform(expr, visit)


def _zero_log(e: Mul, tensors: Mapping[str, Tensor]) -> Expr | None:
    """The way back, for code: t log p is 0 where the target t is, whatever p is."""
    logs = [f for f in e.args if isinstance(f, Fn) and f.name == "log"]
    factor = next((f for f in e.args if _is_target(f, tensors)), None)
    if len(logs) != 1 or factor is None:
        return None
    rest = [f for f in e.args if f is not logs[0] and f is not factor]
    return mul([*rest, Fn("xlogy", (factor, *logs[0].args))])


def _is_target(e: Expr, tensors: Mapping[str, Tensor]) -> bool:
    """Is it made of targets alone?"""
    found = [tensors[r.tensor].kind for r in reads(e)]
    return bool(found) and set(found) == {"target"}


def _cross_entropy(e: Add, defined: Definitions) -> Expr | None:
    """softplus(v) − t·v = t·softplus(−v) + (1 − t)·softplus(v), for a target t.

    A loss that is confident and right is the difference of two large numbers on the left.
    """
    if len(e.args) != 2:
        return None
    for soft, other in (e.args, e.args[::-1]):
        if not (isinstance(soft, Fn) and soft.name == "softplus" and isinstance(other, Neg)):
            continue
        v = soft.args[0]
        pair = other.arg.args if isinstance(other.arg, Mul) else ()
        for t, last in (pair, pair[::-1]) if len(pair) == 2 else ():
            if last == v and isinstance(t, Read) and defined.tensors[t.tensor].kind == "target":
                away = Fn("softplus", (negated(v),))
                return Add((Mul((t, away)), Mul((Add((ONE, Neg(t))), soft))))
    return None


def _division(e: Div, defined: Mapping[str, Equation]) -> Expr:
    v = _one_plus_exp(e.den, defined)
    if v is not None:
        if _is_one(e.num):  # 1/(1 + exp(v)) = sigmoid(-v)
            return Fn("sigmoid", (negated(v),))
        num = inline(e.num, defined)
        if num == Fn("exp", (v,)):  # exp(v)/(1 + exp(v)) = sigmoid(v)
            return Fn("sigmoid", (v,))
        return Mul((e.num, Fn("sigmoid", (negated(v),))))
    num, den = inline(e.num, defined), inline(e.den, defined)
    if isinstance(num, Fn) and num.name == "exp" and isinstance(den, Reduce) and den.op == "sum":
        return _softmax(num.args[0], den, defined) or e
    return e


def _softmax(top: Expr, den: Reduce, defined: Mapping[str, Equation]) -> Normal | None:
    """exp(a[i]) / sum[i'](exp(a[i'])) at some outer i, or None."""
    body = inline(den.body, defined)
    if not (isinstance(body, Fn) and body.name == "exp"):
        return None
    at = _instance(body.args[0], top, tuple(i for i in den.idxs if isinstance(i, Idx)))
    if at is None or den.cond is not None:
        return None
    return Normal("softmax", at, den.idxs, body.args[0])


def _instance(body: Expr, top: Expr, bound: tuple[Idx, ...]) -> tuple[Expr, ...] | None:
    """The indices at which ``body``, with its bound ones replaced, is ``top``."""
    found: dict[Expr, Expr] = {}

    def same(a: Expr, b: Expr) -> bool:
        if isinstance(a, Idx) and a in bound:
            return isinstance(b, Idx | Num | Read) and found.setdefault(a, b) == b
        if type(a) is not type(b):
            return False
        if isinstance(a, Reduce | Normal):
            return a == b
        ka, kb = a.children(), b.children()
        if len(ka) != len(kb) or a.rebuild(()) != b.rebuild(()) if not ka else len(ka) != len(kb):
            return False
        if ka and not _same_head(a, b):
            return False
        return all(same(x, y) for x, y in zip(ka, kb, strict=True))

    if not same(body, top) or any(i not in found for i in bound):
        return None
    return tuple(found[i] for i in bound)


def _same_head(a: Expr, b: Expr) -> bool:
    keys = ("tensor", "name", "op")
    return all(getattr(a, k, None) == getattr(b, k, None) for k in keys)


def _logarithm(e: Fn, defined: Mapping[str, Equation]) -> Expr:
    (arg,) = e.args
    v = _one_plus_exp(arg, defined)
    if v is not None:
        return Fn("softplus", (v,))
    inner = stabilise(inline(arg, defined), defined) if isinstance(arg, Read) else arg
    if isinstance(inner, Reduce) and inner.op == "sum":
        body = inline(inner.body, defined)
        if isinstance(body, Fn) and body.name == "exp":
            return Reduce("logsumexp", inner.idxs, body.args[0], inner.cond)
    if isinstance(inner, Normal) and inner.op == "softmax":
        return Normal("log_softmax", inner.at, inner.idxs, inner.body, inner.cond)
    if isinstance(inner, Fn) and inner.name == "sigmoid":
        return Fn("log_sigmoid", inner.args)
    if isinstance(arg, Add) and len(arg.args) == 2 and isinstance(arg.args[1], Neg):
        other = stabilise(inline(arg.args[1].arg, defined), defined)
        if _is_one(arg.args[0]) and isinstance(other, Fn) and other.name == "sigmoid":
            return Fn("log_sigmoid", (negated(other.args[0]),))  # log(1 − σ(v)) = log σ(−v)
    return e
