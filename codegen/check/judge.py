"""backward's answer against the measured gradients: one verdict per tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from codegen.check.measure import Case, Measured, jittered
from codegen.check.report import COMPLEX, Status, TensorReport
from codegen.check.subject import Array, ContractError, Gradients, Slot, Subject


@dataclass(frozen=True)
class Tolerances:
    """Relative errors that still pass, by method."""

    complex_step: float = 1e-10
    central: float = 1e-6
    float32: float = 1e-4


def gradient_noise(subject: Subject, case: Case) -> dict[Slot, float]:
    """How far each gradient of backward moves when the data moves by a rounding error."""
    slots = tuple(tensor.slot for tensor in case.tensors)
    found: dict[Slot, list[Array]] = {slot: [] for slot in slots}
    for point in (case.point, *jittered(case.point, slots)):
        try:
            gradients = subject.gradients(point)
        except ContractError:  # a value pushed over the edge of its domain: no sample
            continue
        for slot in slots:
            value = gradients.get(slot)
            if value is not None and value.shape == case.point.value(slot).shape:
                found[slot].append(value)
    return {slot: _spread(values) for slot, values in found.items()}


def _spread(values: list[Array]) -> float:
    if not values or values[0].size == 0:
        return 0.0
    spread = float(np.max(np.ptp(np.stack(values), axis=0)))
    return spread if math.isfinite(spread) else 0.0


def rounding_floor(noise: float, largest: float) -> float:
    """The absolute difference that rounding alone explains.

    A multiple of the observed noise, and never more than 1e-13 of the largest gradient (of 1 in
    a network whose gradients are all smaller). So a gradient that is zero only by cancellation
    passes, while one that vanishes as a product of small factors, whose noise vanishes with it,
    is still judged to its own digits.
    """
    return min(16 * noise, 1e-13 * max(largest, 1.0))


def judge(
    tensor: Measured, gradients: Gradients, case: Case, noise: float, tolerances: Tolerances
) -> TensorReport:
    """Compares one tensor's gradient. ``noise`` is that of backward (gradient_noise).

    The error is ``max|got - expected| / (max|expected| + floor)``. For central differences the
    floor is 1e-6 of the largest gradient; for the complex step it is rounding_floor divided by
    the tolerance, so that exactly the differences that rounding explains are forgiven.
    """
    got = gradients.get(tensor.slot)
    fault = wrong_form(tensor.slot, got, case)
    if fault or got is None:
        return _row(tensor, tolerances, 0, math.inf, "failed", fault)
    if not np.all(np.isfinite(got)):
        count = int(np.sum(~np.isfinite(got)))
        message = f"{count} of {got.size} entries of the gradient are not finite"
        return _row(tensor, tolerances, 0, math.inf, "failed", message)
    pairs = _pairs(tensor, got)
    if not pairs:
        why = "skipped, kink" if tensor.skipped else "no entries"
        return _row(tensor, tolerances, 0, 0.0, "skipped", why)
    worst, where = max(((abs(g - e), k) for k, (g, e, _) in enumerate(pairs)), key=_nan_first)
    error = _relative(tensor, case, worst, pairs, noise, tolerances)
    if error <= tolerance_of(tensor.method, tolerances):
        note = tensor.reason
        return _row(tensor, tolerances, len(pairs), error, "ok", note)
    message = (
        f"{_place(tensor, where)}: got {pairs[where][0]:.10g}, expected {pairs[where][1]:.10g}"
    )
    return _row(tensor, tolerances, len(pairs), error, "failed", message)


def wrong_form(slot: Slot, got: Array | None, case: Case) -> str:
    """What is wrong with the form of a gradient, in words; empty when nothing is."""
    value = case.point.value(slot)
    if got is None:
        return f"backward returns no gradient for {slot.name}"
    if got.shape != value.shape:
        return (
            f"the gradient of {slot.name} has the shape {got.shape}, the {slot.kind} "
            f"{value.shape}{_not_summed(got.shape, value.shape)}"
        )
    if got.dtype != value.dtype:
        return f"the gradient of {slot.name} is {got.dtype}, the {slot.kind} {value.dtype}"
    return ""


def _not_summed(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    extra = len(got) - len(wanted)
    if extra > 0 and got[extra:] == wanted:
        return f": it is not summed over the leading axes {got[:extra]}, the batch among them"
    if got == wanted[::-1]:
        return ": it is transposed"
    return ""


def tolerance_of(method: str, tolerances: Tolerances) -> float:
    return tolerances.complex_step if method == COMPLEX else tolerances.central


def _pairs(tensor: Measured, got: Array) -> list[tuple[float, float, float]]:
    """(got, expected, estimated error of expected) for every comparison."""
    flat = got.ravel()
    pairs = [
        (float(flat[entry]), slope.value, slope.error)
        for entry, slope in zip(tensor.entries, tensor.entry_slopes, strict=True)
    ]
    pairs += [
        (float(np.sum(got * ray)), slope.value, slope.error)
        for ray, slope in zip(tensor.rays, tensor.ray_slopes, strict=True)
    ]
    return pairs


def _nan_first(pair: tuple[float, int]) -> float:
    """Orders differences so that NaN, which equals nothing, is the worst of all."""
    return math.inf if math.isnan(pair[0]) else pair[0]


def _relative(
    tensor: Measured,
    case: Case,
    worst: float,
    pairs: list[tuple[float, float, float]],
    noise: float,
    tolerances: Tolerances,
) -> float:
    """The worst difference as the relative error of the report; infinite for NaN."""
    if not math.isfinite(worst):
        return math.inf
    if worst == 0:
        return 0.0
    size = max(abs(expected) for _, expected, _ in pairs)
    if tensor.method == COMPLEX:
        # Rays add up all entries, and their noise.
        spread = max(tensor.noise, noise * (math.sqrt(math.prod(tensor.shape)) or 1.0))
        floor = rounding_floor(spread, case.largest) / tolerances.complex_step
    else:
        # An estimate worse than the tolerance excuses a little, never a factor 1.001.
        floor = 1e-6 * case.largest
        estimate = 4 * max(error for _, _, error in pairs)
        worst = max(0.0, worst - min(estimate, 1e-5 * (size + floor)))
    return worst / (size + floor) if size + floor > 0 else math.inf


def _place(tensor: Measured, where: int) -> str:
    if where >= len(tensor.entries):
        return f"{tensor.slot.name} along random direction {where - len(tensor.entries)}"
    index = np.unravel_index(tensor.entries[where], tensor.shape)
    inside = ",".join(str(int(k)) for k in index)
    return f"{tensor.slot.name}[{inside}]" if inside else tensor.slot.name


def _row(
    tensor: Measured,
    tolerances: Tolerances,
    checked: int,
    error: float,
    status: Status,
    message: str,
) -> TensorReport:
    return TensorReport(
        name=tensor.slot.name,
        kind=tensor.slot.kind,
        shape=tensor.shape,
        method=tensor.method,
        checked=checked,
        skipped=tensor.skipped,
        error=error,
        tolerance=tolerance_of(tensor.method, tolerances),
        status=status,
        message=message,
    )
