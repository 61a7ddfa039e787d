"""How one entry of a tensor reaches the loss: every path, product by product, and their sum.

Everything is read off the derivation's partials; the numbers come from `derive.values.numbers`.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..chainrule.derivation import Contribution, Derivation
from ..chainrule.sample import per_sample
from ..language.equation import Equation
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Cmp, Expr, Idx, conjunction
from ..network.given import edge_names
from ..network.network import Network
from .entries import Entry
from .numbers import evaluator

MAX_EDGES = 200_000
KEPT = 5


def _too_many() -> ChalkgradError:
    return ChalkgradError(
        f"more than {MAX_EDGES} steps lead from here to the loss",
        hint="explain a weight of a smaller network, or one nearer to the loss",
    )


# -- one entry ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """Entries from the parameter up; ``factors[k]`` is ∂entries[k+1]/∂entries[k].

    The last factor is ∂L/∂(last entry) where the loss equations are folded."""

    entries: tuple[Entry, ...]
    factors: tuple[float, ...]

    @property
    def product(self) -> float:
        return math.prod(reversed(self.factors))  # from the loss down, as the lecture multiplies


@dataclass(frozen=True)
class Paths:
    """All paths of one entry: how many, their sum (the gradient), the largest, the rest's sum."""

    entry: Entry
    count: int
    total: float
    largest: tuple[Path, ...]
    rest: float
    values: Mapping[str, Any]


def paths(d: Derivation, entry: Entry, values: Mapping[str, Any], *, keep: int = KEPT) -> Paths:
    """The paths from one entry of a parameter or input to the loss, for a batch of one.

    ``values`` are those of the worked example (one sample). Up to ``keep`` paths are spelled out,
    the largest in magnitude first; the others are one sum.

    Raises
    ------
    ChalkgradError
        when the entry does not exist, or its paths are too many to follow.
    """
    run = _Walk(d, values, keep)
    full = run.lift(check_entry(d.network, entry))
    top = run.solve(full)
    kept = [run.spell(full, rank) for rank in range(len(top.best or ()))]
    rest = 0.0 if top.count <= keep else top.total - sum(p.product for p in kept)
    return Paths(entry, top.count, top.total, tuple(kept), rest, run.run.values)


@dataclass
class _Node:
    """What is known above an entry: paths, their sum, the best as (product, edge, rank there)."""

    edges: list[tuple[Entry, float]]
    count: int = 0
    total: float = 0.0
    best: list[tuple[float, int, int]] | None = None


class _Walk:
    def __init__(self, d: Derivation, values: Mapping[str, Any], keep: int) -> None:
        self.d, self.keep = per_sample(d), keep
        self.run = evaluator(self.d.network, values)
        with np.errstate(all="ignore"):  # dead branches are computed, then dropped
            self.run.equations(self.d.forward)
        self.equations: dict[str, Equation] = {e.name: e for e in self.d.forward}
        self.nodes: dict[Entry, _Node] = {}
        self.count = 0
        self.of, self.output = self.d.shown_loss, self.d.network.output

    def lift(self, entry: Entry) -> Entry:
        """The entry as the arrays are indexed: the only sample in front of a batch tensor."""
        name, at = entry
        return (name, (0, *at)) if self.d.network.tensors[name].batch else entry

    # -- the graph of entries ------------------------------------------------------------------

    def edges(self, entry: Entry) -> list[tuple[Entry, float]]:
        """Every entry that reads this one, with the derivative of that by this."""
        found: dict[Entry, float] = {}
        step = self.d.by_tensor.get(entry[0])
        for c in step.contributions if step else ():
            for above, value in self._contribution(c, entry[1]):
                found[above] = found.get(above, 0.0) + value
        self.count += len(found)
        if self.count > MAX_EDGES:
            raise _too_many()
        return list(found.items())

    def _contribution(self, c: Contribution, at: tuple[int, ...]) -> list[tuple[Entry, float]]:
        """One partial at one entry, evaluated at once for all indices of the reader."""
        eq, p = self.equations[c.equation], c.partial
        unknown = list(dict.fromkeys((*eq.indices, *p.bound)))
        known: dict[Idx, int] = {}
        tests: list[Expr | None] = [p.cond]
        for index, place, value in zip(p.read.indices, c.place, at, strict=True):
            if isinstance(index, Idx) and index in unknown and index not in known:
                known[index] = value
            else:
                tests.append(Cmp("==", index, place))
        if any(value >= self.run.size(i.axis) for i, value in known.items()):
            return []
        free = [i for i in unknown if i not in known]
        shape = tuple(self.run.size(i.axis) for i in free)
        if math.prod(shape) > MAX_EDGES:
            raise _too_many()
        fixed = {**dict(zip(c.place, at, strict=True)), **known}
        env: dict[Expr, Any] = {i: np.asarray(v) for i, v in fixed.items()}
        for k, i in enumerate(reversed(free)):
            env[i] = np.arange(self.run.size(i.axis)).reshape(-1, *[1] * k)
        cond = conjunction(tests)
        with np.errstate(all="ignore"):
            values = self.run.value(p.coefficient, env, len(free))
            true = True if cond is None else self.run.value(cond, env, len(free))
        values, true = np.broadcast_to(values, shape), np.broadcast_to(true, shape)
        made = []
        for point in zip(*np.nonzero(true), strict=True) if shape else [()] if true else []:
            here = {**known, **{i: int(k) for i, k in zip(free, point, strict=True)}}
            made.append(((c.equation, tuple(here[i] for i in eq.indices)), float(values[point])))
        return made

    # -- from the loss down --------------------------------------------------------------------

    def solve(self, start: Entry) -> _Node:
        """Post-order without recursion: every entry after all entries above it."""
        stack = [start]
        while stack:
            here = stack[-1]
            if here not in self.nodes:
                self.nodes[here] = _Node(self.edges(here))
            node = self.nodes[here]
            todo = [above for above, _ in node.edges if not self._done(above)]
            if not todo:
                self._combine(here, node)
                stack.pop()
            stack += todo
        return self.nodes[start]

    def _done(self, entry: Entry) -> bool:
        return entry in self.nodes and self.nodes[entry].best is not None

    def _combine(self, entry: Entry, node: _Node) -> None:
        if entry[0] == self.of:
            node.count, node.total, node.best = 1, 1.0, [(1.0, -1, 0)]
            return
        above = [(self.nodes[a], value) for a, value in node.edges]
        node.total = sum(value * n.total for n, value in above)
        if entry[0] == self.output:
            node.count, node.best = 1, [(node.total, -1, 0)]
            return
        node.count = sum(n.count for n, _ in above)
        candidates = [
            (value * product, k, rank)
            for k, (n, value) in enumerate(above)
            for rank, (product, _, _) in enumerate(n.best or ())
        ]
        node.best = heapq.nsmallest(self.keep, candidates, key=lambda c: (-abs(c[0]), c[1], c[2]))

    def spell(self, start: Entry, rank: int) -> Path:
        """The path behind one of the best products."""
        entries, factors = [start], []
        node = self.nodes[start]
        while True:
            assert node.best is not None
            _, k, rank = node.best[rank]
            if k < 0:
                break
            above, value = node.edges[k]
            entries.append(above)
            factors.append(value)
            node = self.nodes[above]
        if entries[-1][0] == self.output and self.output != self.of:
            entries.append((self.of, ()))
            factors.append(node.total)
        return Path(tuple(entries), tuple(factors))


# -- names of entries -----------------------------------------------------------------------------


def first_sample(network: Network) -> tuple[dict[str, Any], int]:
    """The worked example of the first sample and how many there are; empty if incomplete."""
    made: dict[str, Any] = {}
    samples = 1
    for t in network.tensors.values():
        if t.kind == "variable":
            continue
        if t.name not in network.values:
            return {}, 1
        value = np.asarray(network.values[t.name], dtype=float)
        if t.batch and value.ndim == len(t.axes):
            samples, value = len(value), value[0]
        made[t.name] = value
    return made, samples


def no_example(network: Network) -> ChalkgradError:
    return ChalkgradError(
        f"{network.name} has no worked example", where="values",
        hint="give `values:` with a number for every input, target and parameter",
    )  # fmt: skip


def parse_entry(network: Network, text: str) -> Entry:
    """``W1[1,0]``, ``q`` (rank 0), or an edge such as ``w5`` where the spec numbers its edges.

    Raises ChalkgradError with a suggestion for anything else.
    """
    found = re.fullmatch(r"\s*([A-Za-z]\w*)\s*(?:\[\s*([\d\s,]*)\])?\s*", text, re.ASCII)
    if found is None:
        raise ChalkgradError(f"'{text}' is no entry", hint="write it as W1[1,0], counted from 0")
    name, inside = found.groups()
    if name not in network.tensors and inside is None:
        edge = edge_names(network).get(name)
        if edge is not None:
            return edge
    if name not in network.tensors:
        known = [*(t.name for t in (*network.parameters, *network.inputs)), *edge_names(network)]
        raise ChalkgradError(f"there is no '{name}' in {network.name}", hint=suggest(name, known))
    parts = [p.strip() for p in (inside or "").split(",")] if (inside or "").strip() else []
    if any(not re.fullmatch(r"\d{1,9}", p, re.ASCII) for p in parts):
        raise ChalkgradError(f"'{text}' is no entry", hint="write it as W1[1,0], counted from 0")
    return check_entry(network, (name, tuple(int(p) for p in parts)))


def check_entry(network: Network, entry: Entry) -> Entry:
    """The entry, when its tensor has it."""
    name, at = entry
    t = network.tensors[name]
    shape = [network.size(a) for a in (t.axes[1:] if t.batch else t.axes)]
    good = len(at) == len(shape) and all(
        not isinstance(size, int) or k < size for k, size in zip(at, shape, strict=True)
    )
    if not good:
        last = ",".join(str(s - 1) if isinstance(s, int) else "0" for s in shape)
        example = f"{name}[{last}]" if shape else name
        raise ChalkgradError(
            f"{name} has the shape ({', '.join(map(str, shape))}), "
            f"and no entry [{','.join(map(str, at))}]",
            hint=f"the last one is {example}, counted from 0",
        )
    return entry
