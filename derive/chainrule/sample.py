"""The batch of one, as on a board: the same derivation for a single sample.

Tensors lose their batch axis, a sum or mean over the samples has one term and goes, ``size[n]`` is
1. Numbers, names and order stay, so "eq. 12" is the same equation on the board and in the module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace as change

from ..language.equation import BATCH, Equation, Tensor
from ..language.expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
    Div,
    Expr,
    Idx,
    Mul,
    Neg,
    Normal,
    Read,
    Reduce,
    Size,
    add,
    mul,
    replace,
    walk,
)
from ..language.fold import FALSE, TRUE, decided
from ..language.literal import truth
from ..network.network import Network
from ..rewrite.simplify import product, summed
from .calculus import Partial
from .derivation import Contribution, Derivation, Step


def mixes_samples(network: Network) -> bool:
    """Does an equation other than the final ``loss = mean[n](L[n])`` look at several samples?"""
    return any(_mixes(eq, network) for eq in network.equations)


def _mixes(eq: Equation, network: Network) -> bool:
    """Samples stay apart when every batch tensor is read at the equation's own n."""
    own: set[Expr] = {i for i in eq.indices if i.axis == BATCH}
    rhs = eq.rhs
    if eq.name == network.loss:
        for e in _added(rhs):
            own |= {i for i in e.idxs if isinstance(i, Idx) and i.axis == BATCH}
    return _strays(rhs, own, network.tensors)


def _added(e: Expr) -> Iterator[Reduce]:
    """The sums and means that a loss adds up or scales: nothing bends them afterwards."""
    if isinstance(e, Reduce) and e.op in ("sum", "mean"):
        yield e
    elif isinstance(e, Add | Neg):
        for a in e.children():
            yield from _added(a)
    elif isinstance(e, Div):
        yield from _added(e.num)
    elif isinstance(e, Mul):
        bent = [a for a in e.args if any(isinstance(x, Reduce) for x in walk(a))]
        yield from _added(bent[0]) if len(bent) == 1 else ()


def _strays(e: Expr, own: set[Expr], tensors: Mapping[str, Tensor]) -> bool:
    """Is n, or a batch tensor, used in any other way than ``tensor[own n, …]``?"""
    if isinstance(e, Idx):
        return e.axis == BATCH
    if isinstance(e, Read) and tensors[e.tensor].batch:
        return e.indices[0] not in own or any(_strays(i, own, tensors) for i in e.indices[1:])
    if isinstance(e, Reduce | Normal):
        rest = [i for i in e.idxs if i not in own]
        kids = [*rest, *(k for k in e.children() if k not in e.idxs)]
        return any(_strays(k, own, tensors) for k in kids)
    return any(_strays(k, own, tensors) for k in e.children())


def combined(network: Network) -> str:
    """``mean`` or ``sum``, where the loss is that of the samples' losses and nothing else."""
    match next(e.rhs for e in network.equations if e.name == network.loss):
        case Reduce(op=op, idxs=(Idx(axis=axis),), body=Read(tensor=name)):
            return op if axis == BATCH and name == network.sample_loss else ""
    return ""


def per_sample(d: Derivation) -> Derivation:
    """The derivation for N = 1. One that mixes samples comes back unchanged."""
    if mixes_samples(d.network):
        return d
    one = _Sample(d.network.tensors)
    network = change(
        d.network,
        tensors={name: one.tensor(t) for name, t in d.network.tensors.items()},
        equations=tuple(one.equation(eq) for eq in d.network.equations),
    )
    return change(
        d,
        network=network,
        forward=tuple(one.equation(eq) for eq in d.forward),
        steps=tuple(one.step(s) for s in d.steps),
    )


def _kept(idxs: tuple[Idx, ...]) -> tuple[Idx, ...]:
    return tuple(i for i in idxs if i.axis != BATCH)


class _Sample:
    """Projects expressions, equations and steps on one sample."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.tensors = tensors

    def tensor(self, t: Tensor) -> Tensor:
        return change(t, axes=tuple(a for a in t.axes if a != BATCH), batch=False)

    def equation(self, eq: Equation) -> Equation:
        return change(eq, indices=_kept(eq.indices), rhs=self.expr(eq.rhs))

    def step(self, s: Step) -> Step:
        contributions = tuple(self.contribution(c) for c in s.contributions)
        return change(s, equation=self.equation(s.equation), contributions=contributions)

    def contribution(self, c: Contribution) -> Contribution:
        read = self.expr(c.partial.read)
        assert isinstance(read, Read)
        cond = None if c.partial.cond is None else _condition(self.expr(c.partial.cond))
        partial = Partial(read, self.expr(c.partial.coefficient), _kept(c.partial.bound), cond)
        return Contribution(c.equation, partial, _kept(c.place), self.expr(c.value))

    def expr(self, e: Expr) -> Expr:
        """One sample of an expression. Only what changes is tidied, the rest stays as written."""
        if isinstance(e, Size) and e.axis == BATCH:
            return ONE
        if isinstance(e, Read) and self.tensors[e.tensor].axes[:1] == (BATCH,):
            return Read(e.tensor, tuple(self.expr(i) for i in e.indices[1:]))
        if isinstance(e, Reduce):
            return self._reduce(e)
        if isinstance(e, Cmp):
            return self._compare(e)
        kids = e.children()
        new = tuple(self.expr(k) for k in kids)
        if all(a is b for a, b in zip(new, kids, strict=True)):
            return e
        return _tidy(e.rebuild(new))

    def _reduce(self, e: Reduce) -> Expr:
        idxs = tuple(i for i in e.idxs if isinstance(i, Idx))
        left = _kept(idxs)
        body = self.expr(e.body)
        cond = None if e.cond is None else _condition(self.expr(e.cond))
        if left == idxs:
            same = body is e.body and cond is e.cond
            return e if same else Reduce(e.op, idxs, body, cond)
        if e.op == "sum":
            return summed(left, [body], cond)
        if left:
            return Reduce(e.op, left, body, cond)
        return ZERO if e.op in ("argmax", "argmin") else body

    def _compare(self, e: Cmp) -> Expr:
        """A comparison of n with n is true: there is one sample, number 0."""
        here = {i: ZERO for x in (e.a, e.b) for i in walk(x) if _is_sample(i)}
        a, b = self.expr(replace(e.a, dict(here))), self.expr(replace(e.b, dict(here)))
        made = e if a is e.a and b is e.b else Cmp(e.op, a, b)
        known = truth(made) if here else None
        return made if known is None else TRUE if known else FALSE


def _is_sample(e: Expr) -> bool:
    return isinstance(e, Idx) and e.axis == BATCH


def _condition(cond: Expr) -> Expr | None:
    return None if cond == TRUE else cond


def _tidy(e: Expr) -> Expr:
    """No ``1*``, ``/1`` or ``+ 0``, and no known condition, stays in a rebuilt node."""
    if isinstance(e, Add):
        return add(e.args)
    if isinstance(e, Mul):
        plain = not any(isinstance(a, Div | Neg) for a in e.args)
        return mul(e.args) if plain else product([e])
    if isinstance(e, Div):
        return e.num if e.den == ONE else product([e]) if isinstance(e.num, Neg | Div) else e
    if isinstance(e, Neg) and isinstance(e.arg, Neg):
        return e.arg.arg
    return decided(e)
