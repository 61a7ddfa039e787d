"""The factors of a chain at one entry: ∂v0[1]/∂W0[0,1] = x[0], as scalar expressions.

Local derivatives are the derivation's own partials (`derive.chainrule.calculus`), with numbers for
indices.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ..chainrule.derivation import Derivation
from ..language.expr import ZERO, Cmp, Expr, Iverson, add, mul, num, replace
from ..language.literal import truth, whole
from .entries import Entry, entry, places, written_out


@dataclass(frozen=True)
class Factor:
    """∂above/∂below of two entries and its expression over entries; ``above`` is the loss where
    the loss equations are one factor ∂L/∂ŷ."""

    above: Entry
    below: Entry
    value: Expr


def upstream(d: Derivation, at: Entry) -> Factor:
    """∂L/∂(an entry) as its step writes it: over adjoints and forward entries."""
    step = d.step(at[0])
    return Factor((d.shown_loss, ()), at, entry(d.network, step.equation, at[1]))


def local(d: Derivation, above: Entry, below: Entry) -> Factor:
    """∂(entry)/∂(entry) where an equation reads ``below`` directly; 0 where it does not.

    ``d`` is the derivation of one sample.
    """
    step = d.step(below[0])
    eq = next(e for e in d.forward if e.name == above[0])
    outer: dict[Expr, Expr] = {i: num(k) for i, k in zip(eq.indices, above[1], strict=True)}
    terms: list[Expr] = []
    for c in step.contributions:
        if c.equation != eq.name:
            continue
        p = c.partial
        sizes = [int(d.network.size(i.axis)) for i in p.bound]
        for k in itertools.product(*map(range, sizes)):
            here = outer | dict(zip(p.bound, map(num, k), strict=True))
            at = [written_out(d.network, replace(i, here)) for i in p.read.indices]
            met = _met(at, below[1])
            if met is None:
                continue
            if p.cond is not None and not truth(written_out(d.network, replace(p.cond, here))):
                continue
            made = written_out(d.network, replace(p.coefficient, here))
            if made != ZERO:
                terms.append(mul((*met, made)))
    return Factor(above, below, add(terms))


def _met(read: Sequence[Expr], at: tuple[int, ...]) -> list[Expr] | None:
    """When is the place that is read the entry ``at``? None: never; else what must hold, as
    factors: E[t[0]] is E[2] where t[0] = 2."""
    made: list[Expr] = []
    for index, k in zip(read, at, strict=True):
        known = whole(index)
        if known is None:
            made.append(Iverson(Cmp("==", index, num(k))))
        elif known != k:
            return None
    return made


def edges(d: Derivation, below: Entry, above: str = "") -> list[Factor]:
    """Every entry (of ``above``) that reads ``below``, with the derivative of that by this, zeros
    left out."""
    read = (c.equation for c in d.step(below[0]).contributions)
    names = dict.fromkeys(n for n in read if above in ("", n))
    found = [local(d, (n, at), below) for n in names for at in places(d.network, n)]
    return [f for f in found if f.value != ZERO]
