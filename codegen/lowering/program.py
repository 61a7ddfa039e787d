"""Derivation → Program: the statements of forward, predict, backward and kinks, in order.

A statement is (target, array expression, dimensions, equation numbers). Nothing is computed that
nobody reads, and the cache holds exactly what backward needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...derive.chainrule.derivation import Derivation
from ...derive.language.equation import Equation, Tensor
from ...derive.language.expr import (
    ZERO,
    Expr,
    Fn,
    Idx,
    Iverson,
    Name,
    Reduce,
    Where,
    conjunction,
    indices,
    replace,
    tensors,
)
from ...derive.language.functions import FUNCTIONS
from ...derive.language.parser import expression
from ...derive.network.network import Network
from ...derive.rewrite.domains import may_fail
from .arrays import Attr, Lib
from .computable import refuse
from .emit import Emitter, Function, Statement, collect, conditional
from .lower import reads_float
from .passes.decide import decided
from .passes.numbers import factored, gathered
from .passes.table import ALL, Pass
from .prepare import numbers_on_paper, prepared, stable_network


@dataclass(frozen=True)
class Program:
    """``derivation`` is that of the code; ``plain`` is the network without any pass, in which the
    fans of a parameter do not depend on what has a name."""

    derivation: Derivation
    plain: Network
    forward: Function
    predict: Function
    backward: Function
    kinks: Function | None
    kink_names: tuple[str, ...]
    cache: tuple[str, ...]


def build(paper: Derivation, keep: Sequence[str] = (), passes: frozenset[Pass] = ALL) -> Program:
    """Lower a derivation; the cache holds ``keep`` as well, tensors of the forward pass.

    Raises ChalkgradError where a size is a symbol or a function abstract."""
    refuse(paper.network)
    d = prepared(paper, passes)
    network, numbers = d.network, numbers_on_paper(d, paper)
    steps = settled((s.equation for s in d.steps if not s.inlined), d, passes)
    grads = [d.adjoint(w) for w in d.wanted]
    back_names = needed(grads, steps)
    back = [eq for name, eq in steps.items() if name in back_names]
    asked = _for_inputs_alone(back, steps, d) if Pass.ASKED in passes else set()
    back.sort(key=lambda eq: eq.name in asked)
    forward_eqs = settled(d.forward, d, passes)
    read = (t for eq in back for t in tensors(eq.rhs) if t not in steps)
    outside = dict.fromkeys([*read, *keep])
    parameters = {t.name for t in network.parameters}
    constants = {t.name for t in network.constants}
    cache = tuple(_in_order(outside, network.tensors, parameters | constants))
    emit = Emitter(d, passes)
    outputs = network.outputs or [network.output]

    def function(wanted: Sequence[str]) -> Function:
        return emit.function(_pick(forward_eqs, needed(wanted, forward_eqs)), numbers, (), wanted)

    forward, predict = function([network.loss, *cache]), function(outputs)
    backward = emit.function(back, numbers, asked, grads)
    if backward.uses("dtype") and not parameters:
        cache = _with_dtype(cache, network, backward)
    if backward.uses("N") and not any(network.tensors[c].batch for c in cache):
        cache = (*cache, "N")
    plain = stable_network(paper.network)
    kinks, names = _kinks(emit, forward_eqs, numbers, d)
    return Program(d, plain, forward, predict, backward, kinks, names, cache)


def _for_inputs_alone(
    back: Sequence[Equation], steps: Mapping[str, Equation], d: Derivation
) -> set[str]:
    """The adjoints that only gradients of inputs need, which few callers ask for."""
    parameters = needed([d.adjoint(t.name) for t in d.network.parameters], steps)
    return {eq.name for eq in back} - parameters


def _with_dtype(cache: tuple[str, ...], network: Network, backward: Function) -> tuple[str, ...]:
    """The cache with a float tensor in it: backward takes its dtype from there."""
    if any(network.tensors[c].integer is None for c in cache):
        return cache
    floats = [t.name for t in network.inputs if t.integer is None][:1]
    backward.reads.update(floats)
    return (*floats, *cache)


def _in_order(names: Iterable[str], known: Mapping[str, Tensor], left_out: set[str]) -> list[str]:
    order = {name: k for k, name in enumerate(known)}
    return sorted((n for n in names if n not in left_out), key=order.__getitem__)


def settled(
    equations: Iterable[Equation], d: Derivation, passes: frozenset[Pass] = frozenset()
) -> dict[str, Equation]:
    """Equations by name, without what the sizes decide: then nothing is kept that nobody reads."""
    n, made = d.network, {}
    for eq in equations:
        rhs = decided(eq.rhs, n.sizes, n.tensors)
        if Pass.FACTORED in passes:
            rhs = factored(rhs)
        if Pass.NUMBERS in passes:
            rhs = gathered(rhs, n.sizes)
        made[eq.name] = eq.with_rhs(rhs)
    return made


def needed(roots: Sequence[str], equations: Mapping[str, Equation]) -> set[str]:
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name in found or name not in equations:
            continue
        found.add(name)
        todo.extend(tensors(equations[name].rhs))
    return found


def _pick(equations: Mapping[str, Equation], names: set[str]) -> list[Equation]:
    return [eq for name, eq in equations.items() if name in names]


# -- kinks ---------------------------------------------------------------------------------------


def _kinks(
    emit: Emitter,
    equations: Mapping[str, Equation],
    numbers: Mapping[str, tuple[int, ...]],
    d: Derivation,
) -> tuple[Function | None, tuple[str, ...]]:
    """Statements for the side taken at every kink: a sign, a winner, the branch of a condition."""
    sides: list[tuple[tuple[Idx, ...], Expr, bool]] = []
    winners: list[str] = []
    live = needed([d.network.loss], equations)
    for eq in equations.values():
        if eq.name not in live:
            continue
        if isinstance(eq.rhs, Reduce) and eq.rhs.op in ("max", "min"):
            winners.append(f"{eq.name}_at")
        for e, tests in _counted(eq.rhs):
            for side, is_cond in _sides(e, emit.tensors):
                cond = conjunction(tests)
                if cond is not None and may_fail(side):
                    side = Where(cond, side, ZERO)
                free = tuple(indices(side))
                if (free, side, is_cond) not in sides:
                    sides.append((free, side, is_cond))
    if not sides and not winners:
        return None, ()
    roots = [*winners, *(t for _, side, _ in sides for t in tensors(side))]
    below = needed(roots, equations)
    made = emit.function(_pick(equations, below), numbers)
    names = list(winners)
    for k, (free, side, is_cond) in enumerate(sides):
        low = emit.lowering([])
        v = low.value(side)
        node = v.node if is_cond else Lib("sign", (Attr(low.as_float(v).node, "real"),))
        for name, t in low.temporaries:
            made.lines.append(Statement(name, t.node))
        names.append(f"side{k + 1}")
        made.lines.append(Statement(names[-1], node))
        del free
    collect(made)
    return made, tuple(names)


def _counted(e: Expr, tests: tuple[Expr, ...] = ()) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """Every node, with the tests under which it counts."""
    yield e, tests
    for kid, own in conditional(e):
        yield from _counted(kid, (*tests, *own))


def _sides(e: Expr, known: Mapping[str, Tensor]) -> list[tuple[Expr, bool]]:
    if isinstance(e, Fn) and (f := FUNCTIONS.get(e.name)) is not None and f.kinks:
        args = {Name(a): v for a, v in zip(f.args, e.args, strict=True)}
        sides = [replace(expression(k), args) for k in f.kinks]
        return [(side, False) for side in sides if reads_float(side, known)]
    if isinstance(e, Where | Iverson) and reads_float(e.cond, known):
        return [(e.cond, True)]
    if isinstance(e, Reduce) and e.cond is not None and reads_float(e.cond, known):
        return [(e.cond, True)]
    return []
