"""The gradient check of one module: collect data, measure forward, judge backward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...derive.chainrule.derivation import Derivation
from ...derive.language.errors import ChalkgradError
from ...derive.network.network import Network
from ..targets.loading import load_module, module_from
from . import structure
from .adjoints import agreement
from .data import refuse_not_finite, single_sample, starting_point
from .judge import noise_of, verdict
from .measure import Case, measure
from .report import Finding, Report
from .sampled import Tell, sample, too_slow
from .subject import ContractError, Point, Slot, Subject, numeric_quiet
from .written import compared

BUDGET = 4.0  # seconds


def _silent(what: str) -> None:
    """Nobody waits."""


@dataclass
class Effort:
    """How much is measured: ``limit`` as in `check_module`, ``budget`` in seconds (None: no end),
    of which ``entries`` go into single entries. The first point decides for all."""

    limit: int
    budget: float | None = None
    tell: Tell = _silent
    slow: bool | None = None

    @property
    def entries(self) -> float:
        return self.budget or 0.0

    def sampled(self, subject: Subject, point: Point, slots: tuple[Slot, ...]) -> bool:
        """Is there so much to measure that the budget decides?"""
        if self.slow is None:
            self.slow = self.budget is not None and too_slow(
                subject, point, slots, self.limit, self.budget
            )
        return self.slow

    def directions(self) -> Effort:
        """The same without single entries."""
        return Effort(0, None if self.budget is None else 0.0, self.tell, self.slow)


@dataclass(frozen=True)
class Expected:
    """Everything a check needs that does not depend on backward: data and measured slopes."""

    case: Case
    one: Case | None


def check_module(
    module: Any,
    *,
    params: Any = None,
    args: Any = None,
    seed: int = 0,
    batch: int = 3,
    limit: int = 4000,
    network: Network | None = None,
    budget: float | None = BUDGET,
    tell: Tell = _silent,
) -> Report:
    """Checks backward of a module against its forward, and forward against the equations.

    Parameters
    ----------
    module : any object with the functions of the contract, or the path of a Python file.
    params, args : the data, ``args`` being inputs then targets, batch first; by default the
        module's ``example(seed, dtype, batch)``, and ``init(seed)`` for parameters alone.
    limit : up to this many entries in all every one is checked; above, random directions and
        a sample of entries per tensor.
    network : whose equations forward is to compute; without it the report has no rows for forward.
    budget : seconds for single entries beyond a first pass over every tensor, where all that
        ``limit`` asks for would take far longer; None: however long it takes.
    tell : called with what is being done.

    Raises ChalkgradError where a check cannot begin: no such file, no forward or backward, data
    that is missing, refused by forward or not finite. Whatever backward does wrong is in the
    report instead.
    """
    loaded = load_module(module) if isinstance(module, (str, Path)) else module
    subject = Subject(loaded)
    effort = Effort(limit, budget, tell)
    expected = expect(subject, params, args, seed, batch, effort)
    tell("backward")
    report = check_against(subject, expected)
    if network is None:
        return report
    tell("forward")
    return _vouched(report, subject, network, expected, seed)


def check(subject: Any, **options: Any) -> Report:
    """The report of a derivation's module, of a module or of a module's file.

    Only a derivation knows its equations, so that forward is held against them, too.

    Options are those of `check_module`. Raises ChalkgradError where a check cannot begin.
    """
    if not isinstance(subject, Derivation):
        return check_module(subject, **options)
    from ..targets.numpy.module import numpy_module

    network = subject.network
    module = module_from(numpy_module(subject), network.name)
    return check_module(module, **{"network": network, **options})


def _vouched(
    report: Report, subject: Subject, network: Network, expected: Expected, seed: int
) -> Report:
    """The report with what forward is worth, and what it was derived from."""
    points = [case.point for case in (expected.case, expected.one) if case is not None]
    try:
        rows = compared(subject, network, points, seed)
        same = agreement(subject, network, points, seed + 4)
        return replace(report, forward=rows, findings=(*report.findings, same))
    except ContractError as fault:
        finding = Finding("forward", "failed", str(fault))
        return replace(report, findings=(*report.findings, finding))


def expect(
    subject: Subject,
    params: Any,
    args: Any,
    seed: int,
    batch: int,
    effort: Effort,
) -> Expected:
    """Measures the gradients that backward ought to return. Errors as check_module."""
    with numeric_quiet():
        point = starting_point(subject, params, args, seed, batch)
        case = _measured(subject, point, seed, effort)
        lone = single_sample(subject, point, seed, given=args is not None)
        if lone is None:
            return Expected(case, None)
        refuse_not_finite(subject, lone)
        return Expected(case, _measured(subject, lone, seed, effort.directions()))


def _measured(subject: Subject, point: Point, seed: int, effort: Effort) -> Case:
    """The case at one point; one without tensors where the loss itself is not finite."""
    try:
        _, cache = subject.forward(point)
        if not np.isfinite(subject.base_loss(point)):
            return Case(point, float("nan"), ())
        slots = subject.slots(point, _inputs(subject, point, cache))
        if effort.sampled(subject, point, slots):
            return sample(subject, point, slots, seed, effort.entries, effort.tell)
        return measure(subject, point, slots, seed, effort.limit)
    except ContractError as fault:
        raise ChalkgradError(str(fault), where=subject.name) from fault


def _inputs(subject: Subject, point: Point, cache: Any) -> Any:
    """The Inputs that backward returns, asked only where the module does not declare them."""
    if hasattr(subject.module, "Inputs"):
        return None
    try:
        return subject.backward(point.params, cache)[1]
    except ContractError:
        return None  # check_against reports it


_NOT_FINITE = "the loss is not finite at the example data; give `values:` in the spec, or pass args"


def check_against(subject: Subject, expected: Expected) -> Report:
    """Judges backward against slopes measured before (of the same forward)."""
    case = expected.case
    if not np.isfinite(case.loss):
        finding = Finding("loss", "failed", _NOT_FINITE)
        return Report(subject.name, case.loss, (), (finding,))
    with numeric_quiet():
        try:
            gradients = subject.gradients(case.point)
            noise = noise_of(subject, case)
            rows = tuple(verdict(tensor, gradients, case, noise) for tensor in case.tensors)
            kinks = frozenset(tensor.slot for tensor in case.tensors if tensor.skipped)
            findings = (
                structure.fields(subject, case.point, gradients),
                *structure.purity(subject, case.point),
                structure.agreement(subject, case.point, gradients),
                structure.single(subject, expected.one),
                structure.float32(subject, case, kinks),
            )
        except ContractError as fault:
            finding = Finding("backward", "failed", str(fault))
            return Report(subject.name, case.loss, (), (finding,))
    return Report(subject.name, case.loss, rows, findings)
