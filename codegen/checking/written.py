"""The generated forward against the equations as they were written.

Backward agreeing with a wrong forward is not right. So the loss and the outputs of the module are
compared with values of the equations that no part of the code generator had a hand in
(`derive.values.written`): at the data of the check, at another draw and with a single sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from ...derive.network.network import Network
from ...derive.values.smaller import smaller
from ...derive.values.work import work
from ...derive.values.written import evaluate_written
from .draws import draws, generated, told, values_at
from .measure import jittered
from .report import ForwardKind, ForwardReport, Status
from .subject import Array, ContractError, Point, Subject, is_floating, numeric_quiet

TOLERANCE = 1e-11  # relative; more is forgiven where one rounding of the data does as much
SHRINKINGS = (0.25, 2.0**-5, 2.0**-9)  # of data at which the equations as written overflow
MOST = 1e8  # operations of one evaluation that are worth the long precision
MOST_PLAIN = 1e9  # and of one in float64; above, the network is compared at smaller sizes
UNSURE = 1e-6  # a value that one rounding of the data moves by more is not compared


def compared(
    subject: Subject, network: Network, points: Iterable[Point], seed: int
) -> tuple[ForwardReport, ...]:
    """One row for the loss, one for each output. ``points`` are the data of the check.

    A network that is too much work is compared with one sample only, or else as the same network
    with smaller widths (the row says which). Raises ContractError where forward or predict does.
    """
    given, note = list(points), ""
    dtype: Any = np.longdouble
    if work(network, 3) <= MOST:
        given += draws(subject, seed + 2, (3,))
    else:
        given = [p for p in given if _samples(p) == 1]
        dtype = np.longdouble if work(network, 1) <= MOST else np.float64
        if work(network, 1) > MOST_PLAIN or not given:
            less = smaller(network)
            if less is None or work(less[0], 3) > MOST:
                why = "the equations are too much work to evaluate one by one"
                return tuple(_skipped(name, kind, (), why) for name, kind in _quantities(network))
            network, note = less
            dtype = np.longdouble
            subject = generated(network)
            given = list(draws(subject, seed, (3, 1)))
    with numeric_quiet():
        return _rows(subject, network, dtype, given, note)


def _samples(point: Point) -> int:
    return next((len(a) for a in map(np.asarray, point.args) if a.ndim), 1)


def _quantities(network: Network) -> list[tuple[str, ForwardKind]]:
    outputs = [o for o in network.outputs or (network.output,) if o != network.loss]
    made: list[tuple[str, ForwardKind]] = [(network.loss, "loss")]
    return made + [(name, "output") for name in outputs]


@dataclass(frozen=True)
class _Outcome:
    """One quantity at one point: how many numbers were compared, the error, what is wrong."""

    count: int = 0
    error: float = 0.0
    fault: str = ""
    why_not: str = ""  # nothing was compared: why


def _rows(
    subject: Subject, network: Network, dtype: Any, points: Sequence[Point], note: str
) -> tuple[ForwardReport, ...]:
    """The module against its network at every point."""
    found: dict[str, list[_Outcome]] = {name: [] for name, _ in _quantities(network)}
    shapes: dict[str, tuple[int, ...]] = {}
    for factor in (1.0, *SHRINKINGS):  # milder data where the equations overflow, the module not
        for point in points:
            scaled = point if factor == 1 else _scaled(network, point, factor)
            reference = _Reference(network, scaled, dtype)
            for name, value in _given(subject, network, scaled).items():
                found[name].append(reference.compare(name, value))
                shapes.setdefault(name, value.shape)
        if all(any(o.count or o.fault for o in outcomes) for outcomes in found.values()):
            break
    return tuple(
        _verdict(name, kind, shapes.get(name, ()), found[name], note)
        for name, kind in _quantities(network)
    )


def _scaled(network: Network, point: Point, factor: float) -> Point:
    """The same point with smaller parameters and inputs; targets and distributions stay."""
    shrunk = [factor * v if is_floating(v) else v for v in point.params]
    params = type(point.params)._make(map(np.asarray, shrunk))
    given = (*network.inputs, *network.targets)
    facts = [t.fact or t.integer or t.kind == "target" for t in given]
    args = [a if fact else factor * a for a, fact in zip(point.args, facts, strict=True)]
    return Point(params, tuple(np.asarray(a) for a in args))


def _given(subject: Subject, network: Network, point: Point) -> dict[str, Array]:
    """What the module says: the loss, and the outputs where it has a function predict."""
    made = {network.loss: np.asarray(subject.forward(point)[0])}
    predict = getattr(subject.module, "predict", None)
    outputs = network.outputs or (network.output,)
    if predict is None:
        return made
    count = len(network.inputs)
    try:
        if _reads_targets(predict, count):
            count = len(point.args)
        answer = predict(point.params, *point.args[:count])
    except Exception as fault:
        raise ContractError(f"predict raised {type(fault).__name__}: {fault}") from fault
    several = answer if len(outputs) > 1 else (answer,)
    return made | {o: np.asarray(v) for o, v in zip(outputs, several, strict=True)
                   if o != network.loss}  # fmt: skip


def _reads_targets(predict: Any, inputs: int) -> bool:
    """A network that is its loss alone predicts the loss, from the targets, too."""
    return int(predict.__code__.co_argcount) > inputs + 1


class _Reference:
    """The values of the equations as written at one point, in long and in common precision."""

    def __init__(self, network: Network, point: Point, dtype: Any) -> None:
        self.network, self.point, self.dtype = network, point, dtype
        self.exact = self._evaluated(point, dtype)

    def _evaluated(self, point: Point, dtype: Any) -> dict[str, Array]:
        return evaluate_written(self.network, values_at(self.network, point), dtype)

    @cached_property
    def plain(self) -> dict[str, Array]:
        """In float64: where two numbers meet at a kink or an edge by rounding, as the module."""
        return self._evaluated(self.point, float)

    @cached_property
    def near(self) -> list[dict[str, Array]]:
        """Where the data is moved by a rounding error."""
        moved = islice(jittered(self.point, Subject.floating(self.point)), 3)
        return [self._evaluated(p, self.dtype) for p in moved]

    def spread(self, name: str) -> float:
        """How far the value moves when the data moves by a rounding error."""
        values = [near[name] for near in self.near] + [self.exact[name]]
        return float(np.max(np.ptp(np.stack(values), axis=0)))

    def lost(self, name: str) -> float:
        """The error of the value by its own rounding: so much less than that of float64 as its
        digits are finer. A formula that cancels (1 - σ(35)) loses most of them."""
        finer = float(np.finfo(self.dtype).eps / np.finfo(float).eps)
        exact, plain = self.exact[name], self.plain[name]
        held = np.isfinite(exact) & np.isfinite(plain)
        return 16 * finer * float(np.max(np.abs(np.where(held, exact - plain, 0.0))))

    def compare(self, name: str, got: Array) -> _Outcome:
        exact = self.exact[name]
        if got.shape != exact.shape:
            return _Outcome(fault=f" has the shape {got.shape}, by the equations {exact.shape}")
        if got.size == 0:
            return _Outcome(why_not="it has no entries")
        made = _difference(got, exact)
        if made.error <= TOLERANCE and not made.fault:
            return made
        plain = _difference(got, self.plain[name])
        if plain.error <= TOLERANCE and not plain.fault and plain.count:
            return plain
        return self._excused(name, got, made)

    def _excused(self, name: str, got: Array, made: _Outcome) -> _Outcome:
        """Rounding and overflow of the formulas as written are no fault of the module."""
        exact, plain = self.exact[name], self.plain[name]
        held = np.isfinite(got), np.isfinite(exact), np.isfinite(plain)
        if np.any(~held[2] & held[0]):
            return _Outcome(why_not="the equations as written overflow")
        if np.any(~held[2] & held[1]):
            return _Outcome(why_not="it overflows, and so do the equations as written")
        if not np.all(held[0] == held[1]) or not np.all(held[1] == held[2]):
            return made
        size = float(np.max(np.abs(exact[held[1]])))
        doubt = max(16 * self.spread(name), self.lost(name))
        if not np.isfinite(doubt) or doubt > UNSURE * max(size, 1e-300):
            return _Outcome(why_not="a rounding changes it")
        if made.error * size <= TOLERANCE * size + doubt:
            return _Outcome(made.count, made.error)
        return made


def _difference(got: Array, expected: Array) -> _Outcome:
    """The largest difference over the largest expected number; the fault is its place."""
    finite = np.isfinite(got) & np.isfinite(expected)
    equal = finite | (got == expected) | (np.isnan(got) & np.isnan(expected))
    if not np.all(equal):
        return _Outcome(0, np.inf, told(got, expected, int(np.argmin(equal))))
    count = int(np.sum(finite | np.isinf(got)))
    if count == 0:
        return _Outcome(why_not="it is not finite at the data")
    gaps = np.abs(np.where(finite, got - expected, 0.0))
    worst, size = float(np.max(gaps)), float(np.max(np.abs(np.where(finite, expected, 0.0))))
    error = 0.0 if worst == 0 else worst / size if size > 0 else np.inf
    if error <= TOLERANCE:
        return _Outcome(count, error)
    return _Outcome(count, error, told(got, expected, int(np.argmax(gaps))))


def _verdict(
    name: str,
    kind: ForwardKind,
    shape: tuple[int, ...],
    outcomes: list[_Outcome],
    note: str,
) -> ForwardReport:
    faults = [f"{name}{o.fault}" for o in outcomes if o.fault]
    count = sum(o.count for o in outcomes)
    error = max((o.error for o in outcomes), default=0.0)
    if not faults and count == 0:
        why = next((o.why_not for o in outcomes if o.why_not), "the module has no function predict")
        return _skipped(name, kind, shape, why, note)
    status: Status = "failed" if faults else "ok"
    message = faults[0] if faults else ""
    return ForwardReport(name, kind, shape, count, error, TOLERANCE, status, message, note)


def _skipped(
    name: str, kind: ForwardKind, shape: tuple[int, ...], why: str, note: str = ""
) -> ForwardReport:
    said = f"not compared: {why}"
    return ForwardReport(name, kind, shape, 0, 0.0, TOLERANCE, "skipped", said, note)
