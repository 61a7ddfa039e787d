"""A gradient with the one above it inserted, line by line, where that makes it short.

    ∂L/∂z[k] = Σ_m ∂L/∂p[m] · ∂p[m]/∂z[k] = Σ_m (−y[m]/p[m]) · p[m]([k = m] − p[k])
             = p[k] Σ_m y[m] − y[k] = p[k] − y[k]

The two derivatives that are put in are the definitions of the `Steps`; the first reads no further
adjoint: it is the derivative of the loss itself. A derivative of the loss is a read of its adjoint,
as everywhere in a derivation, and a local one is a `D` of two entries. The local derivatives are
those of the sweep (`derive.chainrule`), and so is the letter of the entry; the moves are those of
`derive.steps.index_steps`, a line each, the last by the declared fact of the data.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..chainrule.derivation import Contribution, Derivation
from ..language.equation import Equation
from ..language.expr import (
    Expr,
    Fn,
    Idx,
    Neg,
    Normal,
    Read,
    Reduce,
    add,
    fresh_index,
    mul,
    refresh,
    replace,
    tensors,
)
from ..language.names import following
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
    place = Read(step.of, step.equation.indices)
    known: list[Line] = []
    rules: list[Expr] = []
    terms: list[Expr] = []
    for name, parts in by_equation.items():
        above = _written_out(d, name)
        if above is None:
            return None
        factors, rule, term = _through(forward[name], above, parts, place)
        known += factors
        rules.append(rule)
        terms.append(term)
    left = Read(step.equation.name, place.indices)
    lines = [Line(left, add(rules), "chain_rule"), Line(left, add(terms), "insert")]
    lines += finished(left, add(terms), d.network.tensors)
    if size(lines[-1].right) >= min(size(step.equation.rhs), size(add(terms))):
        return None
    return Steps(d.shown_loss, place, tuple(known), tuple(lines))


def as_equation(line: Line) -> Equation:
    """A line of these steps as the equation that it says."""
    left = line.left
    assert isinstance(left, Read)
    return Equation(left.tensor, tuple(i for i in left.indices if isinstance(i, Idx)), line.right)


def _written_out(d: Derivation, name: str) -> Equation | None:
    """The equation of ∂L/∂name, where it has a line of its own and reads no further adjoint."""
    step = d.by_tensor.get(name)
    if name == d.of or step is None or step.inlined:
        return None
    adjoints = {s.equation.name for s in d.steps if s.of}
    return None if adjoints & set(tensors(step.equation.rhs)) else step.equation


def _apart(eq: Equation, place: Read) -> dict[Expr, Expr]:
    """The indices of an equation that share a letter with the entry, under letters of their own."""
    taken = {i.name for i in (*place.indices, *eq.indices) if isinstance(i, Idx)}
    taken |= {place.tensor, eq.name}
    own = {i.name for i in place.indices if isinstance(i, Idx)}
    return {i: fresh_index(following(i, taken), i.axis) for i in eq.indices if i.name in own}


def _through(
    eq: Equation, above: Equation, parts: Sequence[Contribution], place: Read
) -> tuple[list[Line], Expr, Expr]:
    """One equation's share: both derivatives, their chain rule in symbols and written out."""
    single = _elementwise(eq, parts)  # no sum: the entry of the same indices is the only one
    if single:
        at: dict[Expr, Expr] = dict(zip(parts[0].partial.read.indices, place.indices, strict=True))
        local = replace(parts[0].partial.coefficient, at)
    else:
        at = _apart(eq, place)
        local = replace(_local(parts, place), at)
    indices = tuple(at.get(i, i) for i in eq.indices)
    bound = () if single else indices
    own = Read(eq.name, indices)
    upstream = above.at(indices)
    adjoint, slope = Read(above.name, indices), D(own, place)
    known = [Line(adjoint, upstream, "of_loss"), _known(eq, slope, local)]
    return known, _over(bound, [adjoint, slope]), _over(bound, [upstream, local])


def _known(eq: Equation, slope: D, local: Expr) -> Line:
    """The local derivative; of a function of one tensor's entries, that function's own."""
    match eq.rhs:
        case Normal(op=name, body=Read()) | Fn(name, (Read(),)):
            return Line(slope, local, "known_derivative", function=name)
    return Line(slope, local, "local_derivative")


def _elementwise(eq: Equation, parts: Sequence[Contribution]) -> bool:
    """Does an entry reach the one entry of the same indices only?"""
    p = parts[0].partial
    plain = len(set(p.read.indices)) == len(p.read.indices) == len(eq.indices)
    return len(parts) == 1 and not p.bound and plain and set(p.read.indices) == set(eq.indices)


def _over(bound: tuple[Expr, ...], factors: Sequence[Expr]) -> Expr:
    """The product, summed over the entries of the equation's left side."""
    first, *rest = factors
    body = Neg(mul([first.arg, *rest])) if isinstance(first, Neg) else mul(factors)
    return refresh(Reduce("sum", bound, body)) if bound else body


def _local(parts: Sequence[Contribution], place: Read) -> Expr:
    """∂(the equation's left side)/∂place, its own sums contracted, its deltas in place."""
    made = []
    for c in parts:
        p = c.partial
        factors = [p.coefficient, *deltas(place.indices, p.read.indices)]
        made.append(tidy(contracted(summed(p.bound, factors, p.cond), in_place=True)))
    return product([total(made)])
