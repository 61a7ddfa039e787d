"""A gradient with the one above it inserted, line by line, where that makes it short.

    ∂L/∂z[j] = Σ_k ∂L/∂p[k] · ∂p[k]/∂z[j] = Σ_k (−y[k]/p[k]) · p[k]([k = j] − p[j])
             = p[j] Σ_k y[k] − y[j] = p[j] − y[j]

The local derivatives are those of the sweep (`derive.chainrule`); the moves are those of
`derive.steps.index_steps`, a line each, the last by the declared fact of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..chainrule.derivation import Contribution, Derivation, Step
from ..language.equation import Equation
from ..language.expr import (
    Expr,
    Neg,
    Read,
    Reduce,
    add,
    fresh_index,
    mul,
    refresh,
    replace,
    tensors,
)
from ..rewrite.contract import contracted, deltas
from ..rewrite.simplify import product, summed, total
from ..rewrite.tidy import size, tidy
from .index_steps import finished
from .step_nodes import D, Line, Steps


def inserted_steps(d: Derivation, tensor: str) -> Steps | None:
    """∂L/∂tensor with the adjoints it reads inserted; None where nothing gets shorter.

    ``d`` is for one sample (`derive.chainrule.sample`). Only adjoints are inserted that read no
    further one, so that a chain is never substituted into itself.
    """
    step = d.by_tensor.get(tensor)
    if step is None or not step.contributions:
        return None
    forward = {eq.name: eq for eq in d.forward}
    by_equation: dict[str, list[Contribution]] = {}
    for c in step.contributions:
        by_equation.setdefault(c.equation, []).append(c)
    place = _entry(step, [forward[name] for name in by_equation])
    rules: list[Expr] = []
    terms: list[Expr] = []
    for name, parts in by_equation.items():
        above = d.by_tensor.get(name)
        if name == d.of or above is None or above.inlined:
            return None
        if any(t.startswith(d.prefix) and t in _adjoints(d) for t in tensors(above.equation.rhs)):
            return None
        rule, term = _through(d, forward[name], above.equation, parts, place)
        rules.append(rule)
        terms.append(term)
    lines = [Line(_left(d, place), add(rules), "chain_rule")]
    lines.append(Line(_left(d, place), add(terms), "insert"))
    for reason, state in finished(add(terms), d.network.tensors):
        lines.append(Line(_left(d, place), state, reason))
    if size(lines[-1].right) >= size(step.equation.rhs):
        return None
    return Steps(d.shown_loss, place, (), tuple(lines))


def _adjoints(d: Derivation) -> set[str]:
    return {s.equation.name for s in d.steps if s.of}


def _left(d: Derivation, place: Read) -> Expr:
    return D(Read(d.shown_loss), place)


def _entry(step: Step, consumers: Sequence[Equation]) -> Read:
    """One entry of the tensor, with letters that the equations it goes through do not use."""
    taken = {i.name for eq in consumers for i in eq.indices}
    letters = iter([c for c in "jilmnpqrst" if c not in taken])
    indices = [
        fresh_index(next(letters), i.axis) if i.name in taken else i for i in step.equation.indices
    ]
    return Read(step.of, tuple(indices))


def _through(
    d: Derivation, eq: Equation, above: Equation, parts: Sequence[Contribution], place: Read
) -> tuple[Expr, Expr]:
    """One equation's share: the chain rule in symbols, and with both derivatives written out."""
    at: dict[Expr, Expr] = {}
    if _elementwise(eq, parts):  # no sum: the entry of the same indices is the only one
        at = dict(zip(parts[0].partial.read.indices, place.indices, strict=True))
        local = replace(parts[0].partial.coefficient, at)
    else:
        local = _local(parts, place)
    indices = tuple(at.get(i, i) for i in eq.indices)
    own = Read(eq.name, indices)
    upstream = above.at(indices)
    rule = [D(Read(d.shown_loss), own), D(own, place)]
    return _over(eq, at, rule), _over(eq, at, [upstream, local])


def _elementwise(eq: Equation, parts: Sequence[Contribution]) -> bool:
    """Does an entry reach the one entry of the same indices only?"""
    p = parts[0].partial
    plain = len(set(p.read.indices)) == len(p.read.indices) == len(eq.indices)
    return len(parts) == 1 and not p.bound and plain and set(p.read.indices) == set(eq.indices)


def _over(eq: Equation, at: Mapping[Expr, Expr], factors: Sequence[Expr]) -> Expr:
    """The product, summed over the entries of the equation's left side."""
    first, *rest = factors
    body = Neg(mul([first.arg, *rest])) if isinstance(first, Neg) else mul(factors)
    return refresh(Reduce("sum", eq.indices, body)) if eq.indices and not at else body


def _local(parts: Sequence[Contribution], place: Read) -> Expr:
    """∂(the equation's left side)/∂place, its own sums contracted, its deltas in place."""
    made = []
    for c in parts:
        p = c.partial
        factors = [p.coefficient, *deltas(p.read.indices, place.indices)]
        made.append(tidy(contracted(summed(p.bound, factors, p.cond), in_place=True)))
    return product([total(made)])
