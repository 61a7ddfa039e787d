"""What is said of a circuit: a node is moved by a complex step and all above it is worked out
again. Neither the values nor the gradients that the circuit carries are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np

from ..forms.chain import Local
from ..language.evaluate import UnknownError, evaluate
from ..language.expr import Expr, Name, Read
from ..steps.step_nodes import D
from ..topics.circuits import Circuit
from ..topics.split_nodes import Node, arguments
from ..values.arrays import Array
from .relation import Relation
from .slopes import EMPTY, STEP, Still, slope
from .verdict import POINTS, Verdict, over


class CircuitTruth:
    """Judges relations over the nodes of a circuit: `Read` of an id is the node's value, `D` what
    moving one node does to another, `Local` the derivative of one gate alone."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit

    def judged(self, relation: Relation) -> Verdict:
        try:
            return over([point.value(side) for side in relation.sides] for point in self._points())
        except (UnknownError, KeyError) as reason:
            return Verdict(None, why=str(reason))

    def number(self, means: Expr) -> float | None:
        """The value of an expression at the circuit's own inputs."""
        made = self._given.value(means)
        return float(made) if np.isfinite(made) else None

    def _points(self) -> Iterator[_Point]:
        yield self._given
        rng = np.random.default_rng(12)
        for _ in range(1, POINTS):
            yield _Point(
                self.circuit, {k: v * rng.uniform(0.9, 1.1) for k, v in self.inputs.items()}
            )

    @cached_property
    def _given(self) -> _Point:
        return _Point(self.circuit, self.inputs)

    @cached_property
    def inputs(self) -> dict[str, float]:
        return {n.id: float(n.value) for n in self.circuit.nodes if n.function is None}


class _Point:
    """The values of all nodes at given inputs, and those after a step of one of them."""

    def __init__(self, circuit: Circuit, inputs: Mapping[str, float]) -> None:
        self.circuit, self.inputs = circuit, inputs
        self.run = Still(EMPTY, np.clongdouble)
        self.still = self._worked("")
        self.moved: dict[str, dict[str, Array]] = {}

    def _worked(self, moved: str) -> dict[str, Array]:
        made: dict[str, Array] = {}
        for node in self.circuit.nodes:
            value = self._gate(node, made)
            made[node.id] = value + 1j * STEP if node.id == moved else value
        return made

    def _gate(self, node: Node, inputs: Mapping[str, Array]) -> Array:
        if node.function is None:
            return np.asarray(self.inputs[node.id], dtype=np.clongdouble)
        names = map(Name, arguments(len(node.inputs)))
        env = dict(zip(names, (inputs[i] for i in node.inputs), strict=True))
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(node.function, self.run.over(env, 0)))

    def value(self, e: Expr) -> Array:
        names: dict[str, Array] = {}

        def told(x: Expr) -> Expr:
            if isinstance(x, D | Local | Read):
                name = f"value {len(names)}"
                names[name] = self._leaf(x)
                return Read(name)
            return x.rebuild(tuple(map(told, x.children()))) if x.children() else x

        made = told(e)
        self.run.values = names
        with np.errstate(all="ignore"):
            return np.asarray(np.real(evaluate(made, self.run.over({}, 0))))

    def _leaf(self, e: D | Local | Read) -> Array:
        if isinstance(e, Read):
            return np.real(self.still[e.tensor])
        if isinstance(e, Local):
            inputs = {**self.still, e.wrt.tensor: self.still[e.wrt.tensor] + 1j * STEP}
            return slope(self._gate(self.circuit[e.of.tensor], inputs))
        assert isinstance(e.arg, Read) and isinstance(e.wrt, Read)  # noqa: PT018
        if e.wrt.tensor not in self.moved:
            self.moved[e.wrt.tensor] = self._worked(e.wrt.tensor)
        return slope(self.moved[e.wrt.tensor][e.arg.tensor])
