"""A network of scalars as a circuit of elementary nodes, values forward, gradients backward.

For drawing only: the derivation itself never splits an equation like this. Local derivatives come
from `derive.chainrule.calculus`; a group of nodes is recognised by proving that it computes a
function of `derive.language.functions` (the four nodes *(−1), exp, +1, 1/x are a sigmoid; lectures
002 and 003).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as change
from typing import Any

from ..chainrule.calculus import derivative
from ..chainrule.sweep import derive
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Expr, Fn, Name, reads, replace, walk
from ..language.functions import FUNCTIONS
from ..language.parser import expression
from ..language.refs import entry_of, ref
from ..network.network import Network
from ..steps.function_steps import function_steps
from ..steps.same_value import same_value
from ..steps.step_nodes import Steps
from ..values.entries import Exact, at_point, entry, number, places
from .split_nodes import Node, Splitting, arguments, entry_name

MAX_NODES = 300
GENERAL = {"scale": "a*x", "shift": "c + x"}  # rules with a constant, as a lecture tabulates them


@dataclass(frozen=True)
class Rule:
    """A local rule, with a letter for its constant: a·x → a, 1/x → −1/x**2."""

    op: str
    function: Expr
    derivatives: tuple[Expr, ...]


@dataclass(frozen=True)
class Group:
    """Nodes that together are one function: ``name``(value of ``input``) = value of ``output``."""

    name: str
    nodes: tuple[str, ...]
    input: str
    output: str
    steps: Steps


@dataclass(frozen=True)
class Circuit:
    """``nodes`` in the order of evaluation; ``of`` is the id of the node with gradient 1.

    ``rules`` are the distinct local rules of one input, in the order of the backward pass, and
    ``products`` those of several inputs. With groups, ``collapsed`` is the circuit in which each
    is one node.
    """

    nodes: tuple[Node, ...]
    of: str
    groups: tuple[Group, ...] = ()
    collapsed: Circuit | None = None

    def __getitem__(self, name: str) -> Node:
        """A node by its id or by the tensor it computes."""
        for node in self.nodes:
            if name in (node.id, node.name):
                return node
        known = [n.name or n.id for n in self.nodes]
        raise ChalkgradError(f"the circuit has no node '{name}'", hint=suggest(name, known))

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(r for r in self._rules() if len(r.derivatives) == 1)

    @property
    def products(self) -> tuple[Rule, ...]:
        return tuple(r for r in self._rules() if len(r.derivatives) > 1)

    def _rules(self) -> list[Rule]:
        found: dict[Expr, Rule] = {}
        for node in reversed(self.nodes):
            if node.function is not None:
                general = GENERAL.get(node.op)
                shape = node.function if general is None else expression(general)
                names = arguments(len(node.inputs))
                slopes = tuple(derivative(shape, n) for n in names)
                found.setdefault(shape, Rule(node.op, shape, slopes))
        return list(found.values())


def circuit(
    network: Network, values: Mapping[str, Any] | None = None, *, of: str | None = None,
    group: str | Sequence[str] | None = None, split: bool = True,
) -> Circuit:  # fmt: skip
    """The circuit below ``of`` (a tensor of rank 0, or an entry such as ``y1[0]``; default: loss).

    ``values`` are one sample's numbers (default: the worked example). Values and gradients have 40
    digits. Without ``split`` an entry is one node (op ``equation``), however long its right side.

    Raises
    ------
    ChalkgradError
        for a missing value, an unknown ``of`` or ``group``, more than 300 nodes, or a group that
        the circuit does not contain.
    """
    exact = Exact(derive(network), network.values if values is None else values)
    nodes, names = (_nodes if split else _entries)(exact)
    target = _target(names, of or exact.d.shown_loss)
    kept = _below(nodes, target)
    made = Circuit(_worked(kept, target, exact), target)
    for name in [group] if isinstance(group, str) else group or ():
        made = _grouped(made, name, exact)
    return made


# -- building -------------------------------------------------------------------------------------


def _written(exact: Exact) -> Iterator[tuple[str, Expr]]:
    """Every entry's name and what it is worked out from, in order."""
    for eq in exact.d.forward:
        for at in places(exact.network, eq.name):
            yield ref(eq.name, at), exact.by_hand(entry(exact.network, eq, at))


def _nodes(exact: Exact) -> tuple[list[Node], dict[str, str]]:
    """All nodes, and the node of every entry."""
    run = Splitting()
    for name, e in _written(exact):
        run.define(name, e)
        if len(run.nodes) > MAX_NODES:
            raise ChalkgradError(f"the circuit has over {MAX_NODES} nodes",
                                 hint="draw a circuit of one neuron")  # fmt: skip
    return list(run.nodes.values()), run.by_name


def _entries(exact: Exact) -> tuple[list[Node], dict[str, str]]:
    """One node per entry of every equation."""
    made: dict[str, Node] = {}
    for name, e in _written(exact):
        found = {r: entry_name(r) for r in reads(e)}
        for leaf in found.values():
            made.setdefault(leaf, Node(leaf, "input", None, (), leaf))
        letters = dict(zip(found, map(Name, arguments(len(found))), strict=True))
        made[name] = Node(name, "equation", replace(e, letters), (*found.values(),), name)
    return list(made.values()), {name: name for name in made}


def _target(names: Mapping[str, str], of: str) -> str:
    if of not in names:
        what = f"the circuit has no node '{of}'"
        raise ChalkgradError(what, where="from", hint=suggest(of, names))
    return names[of]


def _below(nodes: Sequence[Node], target: str) -> list[Node]:
    needed = {target}
    for node in reversed(nodes):
        if node.id in needed:
            needed |= set(node.inputs)
    return [n for n in nodes if n.id in needed]


def _worked(nodes: Sequence[Node], target: str, exact: Exact) -> tuple[Node, ...]:
    """Values forward, gradients backward."""
    found: dict[str, Any] = {}
    slopes: dict[str, tuple[Any, ...]] = {}
    for node in nodes:
        if node.function is None:
            name, at = entry_of(node.id)
            found[node.id] = exact(name, *at)
            continue
        names = arguments(len(node.inputs))
        here = dict(zip(names, (found[i] for i in node.inputs), strict=True))
        found[node.id] = at_point(node.function, here)
        slopes[node.id] = tuple(at_point(derivative(node.function, n), here) for n in names)
    gradients: dict[str, Any] = {n.id: number(0) for n in nodes} | {target: number(1)}
    for node in reversed(nodes):
        for source, slope in zip(node.inputs, slopes.get(node.id, ()), strict=True):
            gradients[source] += gradients[node.id] * slope
    return tuple(
        change(n, value=found[n.id], gradient=gradients[n.id], local=slopes.get(n.id, ()))
        for n in nodes
    )


# -- groups ---------------------------------------------------------------------------------------


def _grouped(circuit: Circuit, name: str, exact: Exact) -> Circuit:
    known = FUNCTIONS.get(name)
    if known is None or known.formula is None or len(known.args) != 1:
        ones = [f.name for f in FUNCTIONS.values() if f.formula and len(f.args) == 1]
        what = f"'{name}' is no function of one number with a formula"
        raise ChalkgradError(what, where="group", hint=suggest(name, ones))
    before = circuit.collapsed or circuit
    groups = list(circuit.groups)
    nodes = list(before.nodes)
    while (found := _find(nodes, name, before.of)) is not None:
        groups.append(found)
        inside = set(found.nodes)
        last = next(n for n in nodes if n.id == found.output)
        one = Node(last.id, name, Fn(name, (Name("x"),)), (found.input,), last.name)
        nodes = [one if n is last else n for n in nodes if n is last or n.id not in inside]
    if len(groups) == len(circuit.groups):
        raise ChalkgradError(f"no nodes of the circuit make a {name}", where="group")
    collapsed = Circuit(_worked(nodes, before.of, exact), before.of)
    return change(circuit, groups=tuple(groups), collapsed=collapsed)


def _find(nodes: Sequence[Node], name: str, of: str) -> Group | None:
    """The last nodes that compute ``name`` of one node, proved equal to its formula."""
    by = {n.id: n for n in nodes}
    formula = expression(str(FUNCTIONS[name].formula))
    for last in reversed(nodes):
        if last.function is None or last.op == name:
            continue
        for source in nodes:
            if source.id == last.id:
                break
            made = _composed(by, last.id, source.id)
            if made is None:
                continue
            whole, inside = made
            if same_value(whole, formula) and not _leaks(nodes, inside, last.id, of):
                order = tuple(n.id for n in nodes if n.id in inside)
                return Group(name, order, source.id, last.id, function_steps(name))
    return None


def _composed(by: Mapping[str, Node], last: str, source: str) -> tuple[Expr, set[str]] | None:
    """The value of ``last`` as an expression of ``source`` (``v``) alone, and the nodes between."""
    inside: set[str] = set()

    def go(here: str) -> Expr | None:
        if here == source:
            return Name("v")
        node = by[here]
        if node.function is None:
            return None
        inside.add(here)
        parts = [go(i) for i in node.inputs]
        kept = [p for p in parts if p is not None]
        if len(kept) < len(parts):
            return None
        names = map(Name, arguments(len(node.inputs)))
        return replace(node.function, dict(zip(names, kept, strict=True)))

    made = go(last)
    return None if made is None or Name("v") not in set(walk(made)) else (made, inside)


def _leaks(nodes: Sequence[Node], inside: set[str], last: str, of: str) -> bool:
    """Is a node of the group, other than the last, read elsewhere?"""
    hidden = inside - {last}
    return of in hidden or any(hidden & set(n.inputs) for n in nodes if n.id not in inside)
