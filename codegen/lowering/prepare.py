"""What the code computes: the forward in stable forms, split into parts, and its own sweep.

The paper's equations stay as they were written. For code the *forward* is rewritten into forms that
do not overflow (`derive.rewrite.stable`) and split so that each equation is one statement
(`split`); then the same reverse sweep runs on the result. Backward is stable because the stable
forward was derived; nothing is recognised in derived expressions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace as change

from ...derive.chainrule.derivation import Derivation, Step
from ...derive.chainrule.sweep import Seed, sweep
from ...derive.language.equation import Equation
from ...derive.language.expr import Normal, Reduce, reads, tensors, walk
from ...derive.network.network import Network
from ...derive.network.order import ordered
from ...derive.rewrite.stable import Definitions, stabilise
from .passes.forms import formed
from .passes.kept import kept, read_again
from .passes.split import Splitter
from .passes.table import Pass


def prepared(d: Derivation, passes: frozenset[Pass] = frozenset()) -> Derivation:
    """The derivation of the network as code computes it, from the one on paper."""
    network, parts = _coded(d.network, passes)
    data = {t.name for t in (*network.inputs, *network.targets, *network.constants)}

    def in_place(equation: Equation, adjoint: Equation) -> bool:
        return _data_alone(equation, adjoint, data) or _passed_on(equation, parts)

    made = sweep(network, network.equations, Seed(network.loss), d.wanted, d.prefix, in_place, d)
    return read_again(parted(made), parts)


def _data_alone(equation: Equation, adjoint: Equation, data: set[str]) -> bool:
    """log-softmax under a cross-entropy: its adjoint is data, so dz = p Σy − y in one line."""
    if not (isinstance(equation.rhs, Normal) and equation.rhs.op == "log_softmax"):
        return False
    summed = any(isinstance(e, Reduce) for e in walk(adjoint.rhs))
    return data.issuperset(tensors(adjoint.rhs)) and not summed


def _passed_on(equation: Equation, parts: Collection[str]) -> bool:
    """A part that reads one tensor hands its adjoint on to that one alone."""
    return equation.name in parts and not equation.loop and len(tensors(equation.rhs)) == 1


def stable_network(network: Network, passes: frozenset[Pass] = frozenset()) -> Network:
    """The same network in stable forms, every equation one statement; parts have names."""
    return _coded(network, passes)[0]


def _coded(network: Network, passes: frozenset[Pass]) -> tuple[Network, set[str]]:
    """The network as code computes it, and the parts that backward is to read."""
    defined = Definitions(network.equations, network.tensors, network.sizes)
    equations = [eq.with_rhs(stabilise(eq.rhs, defined)) for eq in network.equations]
    if Pass.EXPONENTIAL in passes:
        equations = [eq.with_rhs(formed(eq.rhs)) for eq in equations]
    parts = kept(equations, network.tensors, passes)
    splitter = Splitter(parts.tensors, parts.loops)
    made = ordered([part for eq in parts.equations for part in splitter.split(eq)])
    return change(network, tensors=splitter.tensors, equations=tuple(made)), parts.names


def passed_over(network: Network) -> frozenset[str]:
    """The tensors that a stable form goes past: ln p of p = softmax(z) reads z, and p has fewer
    readers in the code than on paper, so that its adjoints there and here are two things."""
    passed: set[str] = set()
    for eq in network.equations:
        defined = Definitions(network.equations, network.tensors, network.sizes)
        before = Counter(r.tensor for r in reads(eq.rhs))
        after = Counter(r.tensor for r in reads(stabilise(eq.rhs, defined)))
        if before != after:
            passed |= {u for u in defined.opened if u not in before or after[u] < before[u]}
    return frozenset(passed)


def parted(d: Derivation) -> Derivation:
    """The derivation with every adjoint equation split; a part is the adjoint of no tensor."""
    splitter = Splitter(d.network.tensors)
    known = {s.equation.name: s for s in d.steps}
    equations = ordered([part for s in d.steps for part in splitter.split(s.equation)])
    steps = [
        change(known[eq.name], equation=eq, number=number)
        if eq.name in known
        else Step(number, eq, "", ())
        for number, eq in enumerate(equations, start=len(d.forward) + 1)
    ]
    return change(d, network=change(d.network, tensors=splitter.tensors), steps=tuple(steps))


def numbers_on_paper(code: Derivation, paper: Derivation) -> dict[str, tuple[int, ...]]:
    """The equations of the paper that each equation of the code stands for, by its name.

    A part stands for the equation that it is a part of; an adjoint for its own equation and for
    those above it that the code goes past.
    """
    forward = {eq.name: (k,) for k, eq in paper.numbered()}
    owners = {eq.name: eq.part_of or eq.name for eq in code.forward}
    made: dict[str, tuple[int, ...]] = {name: forward[o] for name, o in owners.items()}
    computed = {s.of for s in code.steps if s.of and not s.inlined}
    adjoints = _adjoints(paper, computed)
    for s in code.steps:
        of = s.of or s.equation.part_of.removeprefix(code.prefix)
        made[s.equation.name] = adjoints.get(owners.get(of, of), ())
    return made


def _adjoints(paper: Derivation, computed: set[str]) -> dict[str, tuple[int, ...]]:
    """By tensor: the number of its adjoint behind those of the adjoints that are not computed."""
    made: dict[str, tuple[int, ...]] = {}
    for s in paper.steps:
        if s.of:
            through = dict.fromkeys(c.equation for c in s.contributions)
            passed = [k for name in through if name not in computed for k in made.get(name, ())]
            own = () if s.inlined else (s.number,)
            made[s.of] = (*dict.fromkeys(passed), *own)
    return made
