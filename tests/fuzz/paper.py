"""What is printed against the oracle: every adjoint, every local Jacobian, every path of a chain.

The derivation on paper and the code's own (`codegen.lowering.prepare`) are worked out entry by
entry (`derive.values.numbers`) and held against slopes of the equations as written (`Slopes`):

- an adjoint equation gives ∂L/∂u, on paper and in the code;
- the partials of an equation, with their deltas, give ∂v/∂u;
- the paths into a tensor through one equation v give ∂L/∂v · ∂v/∂u;
- the sum of these products over the readers that a chain names gives ∂L/∂u.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from chalkgrad import ChalkgradError
from chalkgrad.codegen.lowering.passes.table import ALL
from chalkgrad.codegen.lowering.prepare import passed_over, prepared
from chalkgrad.derive.chainrule.derivation import Contribution, Derivation
from chalkgrad.derive.language.equation import Equation
from chalkgrad.derive.language.expr import ZERO, Expr, add
from chalkgrad.derive.pipeline import load
from chalkgrad.derive.rewrite.contract import deltas
from chalkgrad.derive.rewrite.simplify import summed
from chalkgrad.derive.values.numbers import Evaluator, evaluator, numbers_of

from .draw import numbers
from .judge import FAULTS, FaultError, Verdict, close, judge, last, worst
from .oracle import Oracle
from .slopes import LOSS, Slopes

BATCHES, POINTS = (1, 3), (0, 1)

Array = np.ndarray
Hold = Callable[[str, str, Array, Array], None]  # kind of fault, what, as it is, as it ought to be


def judge_paper(spec: Mapping[str, Any], kinds: Mapping[str, str]) -> Verdict:
    """The verdict on the derivation of one spec; ``kinds`` says how its data are drawn."""
    try:
        return _Paper(spec).judged(kinds)
    except FaultError as fault:
        return Verdict(fault.kind, fault.detail)


def judge_both(spec: Mapping[str, Any], kinds: Mapping[str, str]) -> Verdict:
    """The verdict on the module of a spec; where nothing is wrong with it, on what is printed."""
    module = judge(spec, kinds)
    if module.kind in FAULTS:
        return module
    printed = judge_paper(spec, kinds)
    return printed if printed.kind in FAULTS else module


class _Paper:
    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec, self.oracle = spec, Oracle(spec)
        try:
            self.paper: Derivation = load(dict(spec)).derive()
            self.code = prepared(self.paper, ALL)
        except ChalkgradError as err:
            raise FaultError("refused", str(err)) from None
        except Exception as err:
            raise FaultError("traceback", last(err)) from None
        known = {*self.oracle.equations, *self.oracle.given}
        self.coded = self.code.by_tensor.keys() - passed_over(self.paper.network)
        self.names = [name for name in self.paper.by_tensor if name in known]

    def judged(self, kinds: Mapping[str, str]) -> Verdict:
        points = skipped = 0
        samples = bool(self.spec.get("input") or self.spec.get("target"))
        for point in POINTS:
            for batch in BATCHES if samples else (1,):
                data = numbers(self.spec, kinds, self.oracle.sizes, batch, point)
                right = Slopes(self.oracle, data, batch, self.names)
                if not right.finite():
                    skipped += 1
                    continue
                try:
                    self.compare(data, right, f"batch {batch}, point {point}")
                    points += 1
                except FaultError as fault:
                    if fault.kind == "traceback" or not right.fragile:
                        raise
                    skipped += 1
        return Verdict("ok" if points else "ill", points=points, skipped=skipped)

    def compare(self, data: Mapping[str, Array], right: Slopes, at: str) -> None:
        totals = {name: right.total(name) for name in self.names}
        largest = max((np.abs(g).max(initial=0) for g in totals.values()), default=0.0)

        def hold(kind: str, what: str, got: Array, want: Array) -> None:
            if not close(got, want, 1e-6 * largest):
                raise FaultError(kind, f"{at}: {what} {worst(got, want)}")

        known = self._evaluated(self.paper, data)
        code = self._evaluated(self.code, data)
        for name, want in totals.items():
            hold("wrong adjoint", f"d{name}", known[self.paper.adjoint(name)], want)
            if name in self.coded:
                got = code[self.code.adjoint(name)]
                hold("wrong adjoint", f"d{name} of the code", got, want)
        run = evaluator(self.paper.network, data)  # of any equation over the tensors of the paper
        run.values |= known
        self._compare_chains(run, right, totals, hold)

    def _compare_chains(
        self, run: Evaluator, right: Slopes, totals: Mapping[str, Array], hold: Hold
    ) -> None:
        jacobians = right.jacobians()
        readers = list(self._readers())
        for u, v, paths in readers:
            above = totals[v] if v != LOSS else np.array(1.0)
            local = jacobians.get((v, u))
            if local is None:
                local = np.zeros((*above.shape, *totals[u].shape))
            if v != LOSS:
                hold("wrong Jacobian", f"∂{v}/∂{u}", self._jacobian(run, v, paths), local)
            want = np.tensordot(above, local, above.ndim)
            hold("wrong path", f"the paths through {v} to {u}", self._path(run, paths), want)
        reads = {(v, u) for u, v, _ in readers}
        for name, got in right.chained(jacobians, lambda v, u: (v, u) in reads).items():
            hold("wrong chain", f"∂L/∂{name} as a sum over readers", got, totals[name])

    def _evaluated(self, d: Derivation, data: Mapping[str, Array]) -> dict[str, Array]:
        try:
            return numbers_of(d, data)
        except Exception as err:
            raise FaultError("traceback", last(err)) from None

    def _readers(self) -> Iterator[tuple[str, str, list[Contribution]]]:
        """(tensor, reader, the contributions through it); LOSS for what the oracle has no name."""
        for u in self.names:
            by_reader: dict[str, list[Contribution]] = {}
            for c in self.paper.step(u).contributions:
                v = c.equation if c.equation in self.names else LOSS
                by_reader.setdefault(v, []).append(c)
            for v, paths in by_reader.items():
                yield u, v, paths

    def _path(self, run: Evaluator, paths: list[Contribution]) -> Array:
        """What the paths add to the adjoint, contracted."""
        place = paths[0].place
        return self._value(run, place, add([c.value for c in paths]))

    def _jacobian(self, run: Evaluator, v: str, paths: list[Contribution]) -> Array:
        """∂v/∂u as the partials say with their deltas."""
        eq = next(e for e in self.paper.forward if e.name == v)
        place = paths[0].place
        terms = [
            summed(c.partial.bound, [c.partial.coefficient, *deltas(place, c.partial.read.indices)],
                   c.partial.cond)
            for c in paths
        ]  # fmt: skip
        return self._value(run, (*eq.indices, *place), add(terms))

    @staticmethod
    def _value(run: Evaluator, indices: tuple[Any, ...], rhs: Expr) -> Array:
        with np.errstate(all="ignore"):
            return run.tensor(Equation("value", indices, rhs or ZERO))
