"""What forward computes and backward needs again is an equation of its own, ahead of the sweep.

The chain rule then reads it: tanh(c) beside another factor is named h_tanh, its slope is
1 - h_tanh**2, and nothing is computed twice. A part that turns out to be read only once is written
where it is read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as change

from ....derive.chainrule.derivation import Derivation
from ....derive.language.equation import Equation, Tensor
from ....derive.language.expr import (
    Add,
    Cmp,
    Expr,
    Fn,
    Idx,
    Iverson,
    Logic,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Where,
    indices,
    reads,
    transform,
    walk,
)
from ....derive.rewrite.simplify import canonical
from .split import as_part
from .table import Pass

# functions that cost several times what a product costs
COSTLY = frozenset((
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "sigmoid", "softplus", "log_sigmoid",
    "log_cosh", "power",
))  # fmt: skip


@dataclass
class Kept:
    """Equations with their parts: ``names`` are the parts, ``tensors`` grows by them, ``loops`` are
    the recurrences and the parts that stand in one."""

    tensors: dict[str, Tensor]
    loops: dict[str, Equation]
    equations: list[Equation] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def name(self, eq: Equation, name: str, e: Expr) -> Read:
        """An expression of an equation as a part ahead of it, under this name or one like it."""
        base, k = name, 2
        while name in self.tensors:
            name, k = f"{base}{k}", k + 1
        part, self.tensors[name], read = as_part(eq, name, e)
        self.equations.append(part)
        self.names.add(name)
        if eq.loop and eq.loop in (i.axis for i in part.indices):
            self.loops[name] = change(part, loop=eq.loop, group=eq.group)
        return read


def kept(
    equations: Sequence[Equation], tensors: Mapping[str, Tensor], passes: frozenset[Pass]
) -> Kept:
    """The equations with parts for what occurs twice, and for costly functions inside others."""
    made = Kept(dict(tensors), {eq.name: eq for eq in equations if eq.loop})
    shared = _Shared(equations, made)
    for eq in equations:
        rhs = eq.rhs
        if Pass.SHARED in passes and _open(eq) and not eq.loop:
            rhs = shared.read_by(eq, rhs)
        if Pass.KEPT in passes and _open(eq):
            rhs = _functions(eq, rhs, made)
        made.equations.append(eq.with_rhs(rhs))
    return made


def _open(eq: Equation) -> bool:
    """Does no test decide what counts in it? Ahead of one nothing may be computed."""
    return not any(
        isinstance(x, Where | Iverson | Cmp | Logic)
        or (isinstance(x, Reduce | Normal) and x.cond is not None)
        for x in walk(eq.rhs)
    )


def _plain(e: Expr) -> bool:
    """Does it read entries, none of which can fall outside its tensor?"""
    found = [*reads(e)]
    return bool(found) and all(isinstance(i, Idx) for r in found for i in r.indices)


# -- costly functions ----------------------------------------------------------------------------


def _functions(eq: Equation, rhs: Expr, made: Kept) -> Expr:
    """Costly functions inside the right side are read by name: the sweep meets their values."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Fn) and e.name in COSTLY and _plain(e):
            return made.name(eq, f"{eq.name}_{e.name}", e)
        if isinstance(e, Pow) and _is_high(e) and not isinstance(e.base, Read) and _plain(e):
            return Pow(made.name(eq, f"{eq.name}_base", e.base), e.exp)
        return e

    kids = tuple(transform(kid, visit) for kid in rhs.children())
    return rhs.rebuild(kids) if kids else rhs


def _is_high(e: Pow) -> bool:
    """Is it a whole power that names its base twice?"""
    return isinstance(e.exp, Num) and e.exp.value.denominator == 1 and abs(e.exp.value) > 2


# -- what occurs twice ---------------------------------------------------------------------------


class _Shared:
    """Sums of entries, such as x - mu, that occur twice, in one equation or in two."""

    def __init__(self, equations: Sequence[Equation], made: Kept) -> None:
        self.made = made
        self.means = {eq.name for eq in equations if _is_mean(eq.rhs)}
        some = (eq for eq in equations if _open(eq) and not eq.loop)
        self.counts = Counter(_key(e) for eq in some for e in _values(eq.rhs) if _worth(e))
        self.known: dict[Expr, tuple[str, list[int]]] = {}

    def read_by(self, eq: Equation, e: Expr) -> Expr:
        """From the outside in: of what occurs twice, the largest."""
        if isinstance(e, Read):
            return e
        if e is not eq.rhs and _worth(e) and self.counts[_key(e)] > 1:
            return self._read(eq, e)
        kids = tuple(self.read_by(eq, kid) for kid in e.children())
        return e.rebuild(kids) if kids else e

    def _read(self, eq: Equation, e: Expr) -> Read:
        key, own = _key(e), list(indices(e))
        if key not in self.known:
            read = self.made.name(eq, self._name(eq, e), e)
            self.known[key] = read.tensor, [own.index(i) for i in read.indices]  # type: ignore[arg-type]
        name, order = self.known[key]
        return Read(name, tuple(own[k] for k in order))

    def _name(self, eq: Equation, e: Expr) -> str:
        """x_centred for x - mu with a mean mu."""
        first, second = e.children()[:2]
        mean = isinstance(second, Neg) and isinstance(second.arg, Read)
        if mean and second.arg.tensor in self.means and isinstance(first, Read):  # type: ignore[attr-defined]
            return f"{first.tensor}_centred"
        return f"{eq.name}_part"


def _values(e: Expr) -> Iterator[Expr]:
    """Every node, but for what only says where a tensor is read."""
    yield e
    for kid in () if isinstance(e, Read) else e.children():
        yield from _values(kid)


def _worth(e: Expr) -> bool:
    """A sum that a step would compute twice; products are left to the contractions."""
    sums = any(isinstance(x, Reduce | Normal) for x in walk(e))
    return isinstance(e, Add) and not sums and bool(indices(e)) and _plain(e)


def _key(e: Expr) -> Expr:
    return canonical(e, tuple(indices(e)))


def _is_mean(e: Expr) -> bool:
    return isinstance(e, Reduce) and e.op == "mean"


# -- what is read once after all -----------------------------------------------------------------


def read_again(d: Derivation, names: Collection[str]) -> Derivation:
    """The derivation without those parts that one place of forward reads: it is written there."""
    forward = {eq.name: eq for eq in d.forward}
    readers: dict[str, list[str]] = {name: [] for name in names}
    for eq in (*d.forward, *(s.equation for s in d.steps)):
        for r in reads(eq.rhs):
            if r.tensor in readers:
                readers[r.tensor].append(eq.name)
    for name in [eq.name for eq in d.forward if eq.name in readers]:
        part, found = forward[name], readers[name]
        closed = any(isinstance(x, Reduce | Normal) for x in walk(part.rhs))
        if len(found) != 1 or found[0] not in forward or closed:  # the cache holds it
            continue
        forward[found[0]] = _written(forward[found[0]], part)
        del forward[name]
        for r in reads(part.rhs):  # what it reads is read by its reader now
            if r.tensor in readers:
                readers[r.tensor][readers[r.tensor].index(name)] = found[0]
    equations = tuple(forward.values())
    return change(d, network=change(d.network, equations=equations), forward=equations)


def _written(eq: Equation, part: Equation) -> Equation:
    def visit(e: Expr) -> Expr:
        return part.at(e.indices) if isinstance(e, Read) and e.tensor == part.name else e

    return eq.with_rhs(transform(eq.rhs, visit))
