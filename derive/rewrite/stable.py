"""Recognised forms: a formula that overflows is read as the named function it is.

Each row keeps the value (tests/rewrite/test_rewrites.py proves all of them) and only changes what
is computed: `codegen.lowering.prepare` rewrites the forward by it, and derives that for the code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from ..language.equation import Equation, Tensor
from ..language.expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
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
    Size,
    Where,
    add,
    mul,
    num,
    reads,
    transform,
)
from .domains import endless_tensors, may_be_endless

TWO = num(2)


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

    @cached_property
    def endless(self) -> set[str]:
        return endless_tensors(self.values())

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


def stabilise(expr: Expr, defined: Definitions) -> Expr:
    """The right side with every recognised form swapped for its stable function."""
    return transform(expr, lambda e: _match(e, defined))


def inline(read: Expr, defined: Definitions) -> Expr:
    """What a read stands for, one definition deep (to look through names, never to print)."""
    if isinstance(read, Read) and (eq := defined.get(read.tensor)) is not None:
        if not defined.covers(read):
            return read
        defined.opened.add(read.tensor)
        return eq.at(read.indices)
    return read


def _is_one(e: Expr) -> bool:
    return isinstance(e, Num) and e.value == 1


def _exponent(e: Expr, defined: Definitions) -> Expr | None:
    """v, when e is exp(v)."""
    e = inline(e, defined)
    return e.args[0] if isinstance(e, Fn) and e.name == "exp" else None


def _one_plus_exp(e: Expr, defined: Definitions) -> Expr | None:
    """v, when e is 1 + exp(v) in either order; one of the two may have a name.

    Where both have one, e = exp(v) and g = 1 + e, somebody wrote a circuit gate by gate.
    """
    made = inline(e, defined)
    if isinstance(made, Add) and len(made.args) == 2:
        for one, other in (made.args, made.args[::-1]):
            if _is_one(one) and not (isinstance(e, Read) and isinstance(other, Read)):
                v = _exponent(other, defined)
                if v is not None:
                    return v
    return None


def _difference(e: Expr, defined: Definitions) -> tuple[Expr, Expr] | None:
    """a and b, when e is a - b."""
    e = inline(e, defined)
    if isinstance(e, Add) and len(e.args) == 2:
        for a, b in (e.args, e.args[::-1]):
            if isinstance(b, Neg) and not isinstance(a, Neg):
                return a, b.arg
    return None


def negated(e: Expr) -> Expr:
    if isinstance(e, Neg):
        return e.arg
    if isinstance(e, Mul) and isinstance(e.args[0], Neg):
        return Mul((e.args[0].arg, *e.args[1:]))
    return Neg(e)


def _minus(a: Expr, b: Expr) -> Expr:
    """a − b, where a − (−a) is 2a."""
    return mul([TWO, a]) if negated(b) == a else add([a, negated(b)])


def _half(e: Expr) -> Expr:
    if isinstance(e, Mul) and isinstance(e.args[0], Num) and e.args[0].value % 2 == 0:
        return mul([num(e.args[0].value / 2), *e.args[1:]])
    return Neg(_half(e.arg)) if isinstance(e, Neg) else Div(e, TWO)


def _match(e: Expr, defined: Definitions) -> Expr:
    if isinstance(e, Div):
        return _division(e, defined)
    if isinstance(e, Pow) and isinstance(e.exp, Neg) and _is_one(e.exp.arg):
        made = _division(Div(e.exp.arg, e.base), defined)
        return e if isinstance(made, Div) else made
    if isinstance(e, Fn):
        return _function(e, defined)
    if isinstance(e, Add):
        return _cross_entropy(e, defined) or e
    if isinstance(e, Mul):
        return _zero_log(e, defined) or e
    return e


def _function(e: Fn, defined: Definitions) -> Expr:
    if e.name == "log":
        return _logarithm(e.args[0], defined) or e
    if e.name == "log1p":
        return _logarithm(add([ONE, e.args[0]]), defined) or e
    if e.name == "xlogy":  # a log b, where log b has a stable form
        made = _logarithm(e.args[1], defined)
        return e if made is None else _times_log(e.args[0], made, defined.endless)
    if e.name == "exp":
        return _exponential(e.args[0]) or e
    return e


def on_paper(expr: Expr, tensors: Mapping[str, Tensor]) -> Expr:
    """t log p for ``xlogy(t, p)`` with a target t: on paper 0 log 0 = 0 goes without saying. The
    logarithm of data stays as it is: t log t has a number for a class that is not the target."""

    def visit(e: Expr) -> Expr:
        if not (isinstance(e, Fn) and e.name == "xlogy"):
            return e
        factor, arg = e.args
        if _is_target(factor, tensors) and not _is_target(arg, tensors):
            return mul([factor, Fn("log", (arg,))])
        return e

    return transform(expr, visit)


def _zero_log(e: Mul, defined: Definitions) -> Expr | None:
    """The way back, for code: t log p is 0 where the target t is, whatever p is."""
    logs = [f for f in e.args if _is_log(f)]
    factor = next((f for f in e.args if _is_target(f, defined.tensors)), None)
    if len(logs) != 1 or factor is None:
        return None
    rest = [f for f in e.args if f is not logs[0] and f is not factor]
    if isinstance(logs[0], Fn):
        return mul([*rest, Fn("xlogy", (factor, *logs[0].args))])
    return mul([*rest, _times_log(factor, logs[0], defined.endless)])


def _is_log(e: Expr) -> bool:
    """The logarithm of what may be 0: as it is written, or in the form that it has by now."""
    return (isinstance(e, Fn) and e.name == "log") or (
        isinstance(e, Normal) and e.op == "log_softmax" and e.cond is not None
    )


def _times_log(factor: Expr, log: Expr, endless: Collection[str]) -> Expr:
    """A factor times a logarithm that has a form of its own; 0 log 0 is 0, 0·(−inf) no number."""
    if may_be_endless(log, endless):
        log = Where(Cmp("==", factor, ZERO), ZERO, log)
    return Mul((factor, log))


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


def _division(e: Div, defined: Definitions) -> Expr:
    v = _one_plus_exp(e.den, defined)
    if v is not None:
        return _over_one_plus_exp(e.num, v, defined)
    num, den = inline(e.num, defined), inline(e.den, defined)
    if isinstance(den, Add) and len(den.args) == 2:
        return _over_two_exps(num, den, defined) or e
    if isinstance(num, Fn) and num.name == "exp" and isinstance(den, Reduce) and den.op == "sum":
        return _softmax(num.args[0], den, defined) or e
    return e


def _over_one_plus_exp(num: Expr, v: Expr, defined: Definitions) -> Expr:
    if _is_one(num):  # 1/(1 + exp(v)) = sigmoid(-v)
        return Fn("sigmoid", (negated(v),))
    if _exponent(num, defined) == v:  # exp(v)/(1 + exp(v)) = sigmoid(v)
        return Fn("sigmoid", (v,))
    ends = _difference(num, defined)
    if ends is not None and _is_one(ends[0]) and _exponent(ends[1], defined) == v:
        return Fn("tanh", (_half(negated(v)),))  # (1 - exp(v))/(1 + exp(v)) = tanh(-v/2)
    if ends is not None and _is_one(ends[1]) and _exponent(ends[0], defined) == v:
        return Fn("tanh", (_half(v),))
    return Mul((num, Fn("sigmoid", (negated(v),))))


def _over_two_exps(num: Expr, den: Add, defined: Definitions) -> Expr | None:
    """exp(a)/(exp(a) + exp(b)) = sigmoid(a − b), (exp(a) − exp(b))/(exp(a) + exp(b)) = tanh of half
    of that; no −inf − −inf."""
    exponents = [_exponent(t, defined) for t in den.args]
    for a, b in (exponents, exponents[::-1]):
        if a is None or b is None or may_be_endless(add([a, b]), defined.endless):
            return None
        if _exponent(num, defined) == a:
            return Fn("sigmoid", (_minus(a, b),))
        ends = _difference(num, defined)
        if ends is not None and [_exponent(x, defined) for x in ends] == [a, b]:
            return Fn("tanh", (_half(_minus(a, b)),))
    return None


def _softmax(top: Expr, den: Reduce, defined: Definitions) -> Normal | None:
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


# -- logarithms -----------------------------------------------------------------------------------


def _logarithm(arg: Expr, defined: Definitions) -> Expr | None:
    """log(arg) without the argument, which may be 0 or infinite where its logarithm is neither."""
    v = _one_plus_exp(arg, defined)
    if v is not None:
        return Fn("softplus", (v,))
    inner = stabilise(inline(arg, defined), defined) if isinstance(arg, Read) else arg
    if isinstance(inner, Normal) and inner.op == "softmax":
        return Normal("log_softmax", inner.at, inner.idxs, inner.body, inner.cond)
    if isinstance(inner, Fn):
        known = {"sigmoid": Fn("log_sigmoid", inner.args), "exp": inner.args[0]}
        return known.get(inner.name)
    if isinstance(inner, Reduce):
        return _log_reduction(inner, defined)
    return _log_rest(inner, defined) or _log_sum(inner, defined)


def _log_reduction(e: Reduce, defined: Definitions) -> Expr | None:
    """log Σ exp(a), and log of the mean, which is smaller by the log of how many there are."""
    v = _exponent(e.body, defined)
    if v is None or e.op not in ("sum", "mean") or (e.op == "mean" and e.cond is not None):
        return None
    total = Reduce("logsumexp", e.idxs, v, e.cond)
    if e.op == "sum":
        return total
    count = mul([Size(i.axis) for i in e.idxs if isinstance(i, Idx)])
    return Add((total, Neg(Fn("log", (count,)))))


def _log_rest(e: Expr, defined: Definitions) -> Expr | None:
    """log(1 − σ(v)) = log σ(−v)."""
    ends = _difference(e, defined)
    if ends is None or not _is_one(ends[0]):
        return None
    other = stabilise(inline(ends[1], defined), defined)
    if isinstance(other, Fn) and other.name == "sigmoid":
        return Fn("log_sigmoid", (negated(other.args[0]),))
    return None


def _log_sum(e: Expr, defined: Definitions) -> Expr | None:
    """log(exp(a) + exp(b)) = a + softplus(b − a), of any number of terms, none of them exp(−inf):
    −inf − −inf is no number."""
    if not isinstance(e, Add):
        return None
    exponents = [v for t in e.args if (v := _exponent(t, defined)) is not None]
    if len(exponents) < len(e.args) or may_be_endless(add(exponents), defined.endless):
        return None
    total, *others = exponents
    for b in others:
        total = add([total, Fn("softplus", (_minus(b, total),))])
    return total


def _exponential(arg: Expr) -> Expr | None:
    """exp of a logarithm that is there by name."""
    if isinstance(arg, Normal) and arg.op == "log_softmax":
        return Normal("softmax", arg.at, arg.idxs, arg.body, arg.cond)
    if isinstance(arg, Fn) and arg.name == "log_sigmoid":
        return Fn("sigmoid", arg.args)
    return None
