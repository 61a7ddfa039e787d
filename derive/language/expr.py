"""The tree of an index equation: what the parser makes, the sweep derives and the printers read.

Every node is immutable, compares by value and carries its hash, so trees serve as cache keys.
There is no mathematics here; `derive.chainrule.calculus` differentiates, `derive.rewrite.simplify`
rewrites.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
_fresh = itertools.count(1)


class Expr:
    """Base of all nodes. ``children`` are the sub-expressions, ``rebuild`` swaps them."""

    __slots__ = ()

    def children(self) -> tuple[Expr, ...]:
        return ()

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return self


@dataclass_transform(frozen_default=True)
def node(cls: type[T]) -> type[T]:
    """A frozen dataclass whose hash is computed once (trees are cache keys)."""
    made: Any = dataclass(frozen=True, eq=True)(cls)
    names = [f.name for f in fields(made) if f.compare]

    def cached_hash(self: Any) -> int:
        try:
            return int(self.__dict__["_hash"])
        except KeyError:
            value = hash((cls.__name__, *(getattr(self, n) for n in names)))
            self.__dict__["_hash"] = value
            return value

    plain_eq = made.__eq__

    def quick_eq(self: Any, other: Any) -> Any:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        return plain_eq(self, other)

    made.__hash__ = cached_hash
    made.__eq__ = quick_eq
    result: type[T] = made
    return result


@node
class Num(Expr):
    """An exact number; ``text`` keeps the form in which it was written (``.5``, ``1e-3``)."""

    value: Fraction
    text: str = field(default="", compare=False)


@node
class Const(Expr):
    """``pi`` or ``inf``."""

    name: str


@node
class Size(Expr):
    """``size[k]``: the number of entries of an axis (``n``: the batch)."""

    axis: str


@node
class Idx(Expr):
    """An index symbol: ``name`` as it was written, ``axis`` it runs over, ``uid`` who it is."""

    name: str
    axis: str
    uid: int


@node
class Name(Expr):
    """A bare name before resolution (an index or a rank-0 tensor); gone after
    `derive.network.resolve`."""

    name: str


@node
class Read(Expr):
    """An entry of a tensor. An index is an Idx, an affine combination, or a gathered read."""

    tensor: str
    indices: tuple[Expr, ...] = ()

    def children(self) -> tuple[Expr, ...]:
        return self.indices

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Read(self.tensor, children)


@node
class Add(Expr):
    """A sum of two or more terms, in the order written (subtraction is a term under Neg)."""

    args: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.args

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Add(children)


@node
class Mul(Expr):
    """A product of two or more factors, in the order written."""

    args: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.args

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Mul(children)


@node
class Neg(Expr):
    arg: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Neg(children[0])


@node
class Div(Expr):
    num: Expr
    den: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.num, self.den)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Div(*children)


@node
class Pow(Expr):
    base: Expr
    exp: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.base, self.exp)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Pow(*children)


@node
class Fn(Expr):
    """A named elementary function or activation (see `derive.language.functions`)."""

    name: str
    args: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.args

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Fn(self.name, children)


@node
class Reduce(Expr):
    """``op[idxs | cond](body)``: sum mean max min prod argmax argmin logsumexp, over idxs."""

    op: str
    idxs: tuple[Expr, ...]
    body: Expr
    cond: Expr | None = None

    def children(self) -> tuple[Expr, ...]:
        return (*self.idxs, self.body) if self.cond is None else (*self.idxs, self.body, self.cond)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        k = len(self.idxs)
        cond = children[k + 1] if self.cond is not None else None
        return Reduce(self.op, children[:k], children[k], cond)


@node
class Normal(Expr):
    """``softmax[i](a)`` or ``log_softmax[i](a)``: normalised over i, read at the *outer* i.

    ``at`` are the outer indices; ``idxs`` the bound ones that ``body`` and ``cond`` use.
    """

    op: str
    at: tuple[Expr, ...]
    idxs: tuple[Expr, ...]
    body: Expr
    cond: Expr | None = None

    def children(self) -> tuple[Expr, ...]:
        tail = (self.body,) if self.cond is None else (self.body, self.cond)
        return (*self.at, *self.idxs, *tail)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        k, m = len(self.at), len(self.idxs)
        cond = children[k + m + 1] if self.cond is not None else None
        return Normal(self.op, children[:k], children[k : k + m], children[k + m], cond)


@node
class Where(Expr):
    """``where(cond, a, b)``: the branch not taken is never evaluated at a dangerous argument."""

    cond: Expr
    a: Expr
    b: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.cond, self.a, self.b)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Where(*children)


@node
class Cmp(Expr):
    """A comparison, a condition (op: < <= > >= == !=)."""

    op: str
    a: Expr
    b: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.a, self.b)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Cmp(self.op, *children)


OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@node
class Logic(Expr):
    """``and`` / ``or`` of conditions, ``not`` of one."""

    op: str
    args: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.args

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Logic(self.op, children)


@node
class Iverson(Expr):
    """A condition as a 0/1 factor, a strong zero: [false] times anything is 0."""

    cond: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.cond,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Iverson(children[0])


class Delta(Iverson):
    """Kronecker's δ_ij of two index expressions: ∂U[j]/∂U[i], as a derivative makes it.

    It is the bracket [i = j], so whoever evaluates or prints brackets needs to know no more;
    `derive.rewrite.contract` alone tells it from a test that was written.
    """

    def __init__(self, i: Expr, j: Expr) -> None:
        super().__init__(Cmp("==", i, j))

    @property
    def i(self) -> Expr:
        assert isinstance(self.cond, Cmp)
        return self.cond.a

    @property
    def j(self) -> Expr:
        assert isinstance(self.cond, Cmp)
        return self.cond.b

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        (cond,) = children
        if isinstance(cond, Cmp) and cond.op == "==":
            return Delta(cond.a, cond.b)
        return Iverson(cond)  # decided, it is a bracket like any other


ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))


def num(value: int | Fraction) -> Num:
    return Num(Fraction(value))


def fresh_index(name: str, axis: str) -> Idx:
    """A new index symbol over ``axis``; ``name`` is only how it is shown."""
    return Idx(name, axis, next(_fresh))


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents first."""
    stack = [expr]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(reversed(here.children()))


def transform(expr: Expr, visit: Callable[[Expr], Expr]) -> Expr:
    """Rebuild bottom-up: ``visit`` sees each node after its children were rebuilt."""
    kids = expr.children()
    if kids:
        new = tuple(transform(k, visit) for k in kids)
        if any(a is not b for a, b in zip(new, kids, strict=True)):
            expr = expr.rebuild(new)
    return visit(expr)


def replace(expr: Expr, mapping: Mapping[Any, Expr]) -> Expr:
    """Swap every occurrence of the keys (top-down: a replaced node is not entered)."""
    if not mapping:
        return expr
    if expr in mapping:
        return mapping[expr]
    kids = expr.children()
    if not kids:
        return expr
    new = tuple(replace(k, mapping) for k in kids)
    return expr if all(a is b for a, b in zip(new, kids, strict=True)) else expr.rebuild(new)


def refresh(expr: Expr) -> Expr:
    """A copy in which every bound index is a new symbol (needed whenever a term is used twice)."""
    mapping: dict[Expr, Expr] = {}
    for here in walk(expr):
        if isinstance(here, Reduce | Normal):
            for i in here.idxs:
                assert isinstance(i, Idx)
                mapping[i] = fresh_index(i.name, i.axis)
    return replace(expr, mapping)


def indices(expr: Expr) -> dict[Idx, None]:
    """Free index symbols in order of first appearance."""
    found: dict[Idx, None] = {}
    _free(expr, frozenset(), found)
    return found


def _free(expr: Expr, bound: frozenset[Expr], found: dict[Idx, None]) -> None:
    if isinstance(expr, Idx):
        if expr not in bound:
            found[expr] = None
        return
    if isinstance(expr, Reduce | Normal):
        bound = bound | frozenset(expr.idxs)
    for kid in expr.children():
        _free(kid, bound, found)


def reads(expr: Expr) -> Iterator[Read]:
    return (e for e in walk(expr) if isinstance(e, Read))


def tensors(expr: Expr) -> dict[str, None]:
    """Names of the tensors read, in order of first appearance."""
    return {r.tensor: None for r in reads(expr)}


def add(terms: Iterable[Expr]) -> Expr:
    flat: list[Expr] = []
    for t in terms:
        if isinstance(t, Add):
            flat.extend(t.args)
        elif t != ZERO:
            flat.append(t)
    return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))


def mul(factors: Iterable[Expr]) -> Expr:
    flat: list[Expr] = []
    for f in factors:
        if isinstance(f, Num) and f.value == 0:
            return ZERO
        if isinstance(f, Mul):
            flat.extend(f.args)
        elif not (isinstance(f, Num) and f.value == 1):
            flat.append(f)
    return ONE if not flat else flat[0] if len(flat) == 1 else Mul(tuple(flat))


def signed(value: Fraction, e: Expr = ONE) -> Expr:
    """``value·e`` with its sign in front, as a term of a sum is written."""
    made = mul([num(abs(value)), e])
    return Neg(made) if value < 0 else made


def conjunction(conds: Iterable[Expr | None]) -> Expr | None:
    flat: list[Expr] = []
    for c in conds:
        if c is None:
            continue
        for part in c.args if isinstance(c, Logic) and c.op == "and" else (c,):
            if part not in flat:
                flat.append(part)
    return None if not flat else flat[0] if len(flat) == 1 else Logic("and", tuple(flat))


def operations(e: Expr) -> int:
    """The longest way through the tree, where a sum of k terms is k - 1 operations in a row."""
    kids = e.children()
    row = len(kids) - 1 if isinstance(e, Add | Mul) else 1
    return max(
        (operations(kid) + row - max(k - 1, 0) * isinstance(e, Add | Mul)
         for k, kid in enumerate(kids)), default=0,
    )  # fmt: skip
