"""backward's answer against the measured gradients: one verdict per tensor."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np

from .differences import EPS, Slope
from .measure import Case, Measured, jittered
from .report import CENTRAL, COMPLEX, TensorReport
from .subject import Array, ContractError, Gradients, Slot, Subject

Noise = Callable[[], Mapping[Slot, float]]


# the relative errors that still pass
TOLERANCES = {COMPLEX: 1e-10, CENTRAL: 1e-6}
FLOAT32 = 1e-4


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


def noise_of(subject: Subject, case: Case) -> Noise:
    """`gradient_noise`, measured when it is first asked for."""
    return cache(partial(gradient_noise, subject, case))


def _spread(values: list[Array]) -> float:
    if not values or values[0].size == 0:
        return 0.0
    spread = float(np.max(np.ptp(np.stack(values), axis=0)))
    return spread if math.isfinite(spread) else 0.0


def rounding_floor(noise: float, largest: float) -> float:
    """The absolute difference that rounding alone explains.

    A multiple of the observed noise, and never more than 1e-11 of the largest gradient (of 1 in
    a network whose gradients are all smaller). So a gradient that is zero only by cancellation
    passes, while one that vanishes as a product of small factors, whose noise vanishes with it,
    is still judged to its own digits.
    """
    return min(16 * noise, 1e-11 * max(largest, 1.0))


def verdict(tensor: Measured, gradients: Gradients, case: Case, noise: Noise) -> TensorReport:
    """`judge`; of a sampled case the noise is measured only where without it the verdict is bad."""
    if not case.sampled:
        return judge(tensor, gradients, case, noise()[tensor.slot])
    row = judge(tensor, gradients, case, 0.0)
    if row.status != "failed" or wrong_form(tensor.slot, gradients.get(tensor.slot), case):
        return row
    if tensor.take_noise is not None:
        tensor.noise = tensor.take_noise()
    return judge(tensor, gradients, case, noise()[tensor.slot])


def judge(tensor: Measured, gradients: Gradients, case: Case, noise: float) -> TensorReport:
    """Compares one tensor's gradient. ``noise`` is that of backward (gradient_noise).

    The error is ``max|got - expected| / (max|expected| + floor)``. For central differences the
    floor is 1e-6 of the largest gradient; for the complex step it is rounding_floor divided by
    the tolerance, so that exactly the differences that rounding explains are forgiven.
    """
    got = gradients.get(tensor.slot)
    tolerance = TOLERANCES[tensor.method]
    row = partial(
        TensorReport, tensor.slot.name, tensor.slot.kind, tensor.shape, tensor.method,
        len(tensor.entries), tensor.skipped,
    )  # fmt: skip
    fault = wrong_form(tensor.slot, got, case)
    if fault or got is None:
        return row(0, math.inf, tolerance, "failed", fault)
    if not np.all(np.isfinite(got)):
        count = int(np.sum(~np.isfinite(got)))
        message = f"{count} of {got.size} entries of the gradient are not finite"
        slopes = [c.slope.value for c in (*tensor.entries, *tensor.rays)]
        if slopes and not all(map(math.isfinite, slopes)):
            message += ", and neither is the slope of the loss there: NaN equals nothing"
        return row(0, math.inf, tolerance, "failed", message)
    pairs = [(c.by(got), c.slope) for c in (*tensor.entries, *tensor.rays)]
    if not pairs:
        why = "skipped, kink" if tensor.skipped else "no entries"
        return row(0, 0.0, tolerance, "skipped", why)
    adds = [1] * len(tensor.entries) + [math.prod(tensor.shape)] * len(tensor.rays)
    differences = [_difference(v, s, case, n) for (v, s), n in zip(pairs, adds, strict=True)]
    where = max(range(len(pairs)), key=lambda k: _nan_first(differences[k]))
    scale, slack = _scale(tensor, case, pairs, noise, tolerance)
    error, tolerance = _relative(differences[where], scale), tolerance + slack
    if error <= tolerance:
        return row(len(pairs), error, tolerance, "ok", tensor.reason)
    value, expected = pairs[where][0], pairs[where][1].value
    message = f"{_place(tensor, where)}: got {value:.10g}, expected {expected:.10g}"
    if not math.isfinite(expected):
        message = f"{_place(tensor, where)}: got {value:.10g}, but the loss beside it is not finite"
    return row(len(pairs), error, tolerance, "failed", message)


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


def _difference(value: float, slope: Slope, case: Case, entries: int) -> float:
    """How far apart the two are, NaN where one of them is.

    A saturated function (1 + exp(-100) is 1) loses a tiny slope altogether, which a formula for
    it may still know: an exactly zero slope forgives what is below one rounding of each of the
    ``entries`` that a direction adds up.
    """
    gap = abs(value - slope.value)
    rounding = EPS * math.sqrt(entries) * max(case.largest, 1.0)
    return 0.0 if slope.value == 0 and gap <= rounding else gap


def _nan_first(difference: float) -> float:
    """Orders differences so that NaN, which equals nothing, is the worst of all."""
    return math.inf if math.isnan(difference) else difference


def _relative(difference: float, scale: float) -> float:
    if difference == 0:
        return 0.0
    return difference / scale if math.isfinite(difference) and scale > 0 else math.inf


def _scale(
    tensor: Measured,
    case: Case,
    pairs: list[tuple[float, Slope]],
    noise: float,
    tolerance: float,
) -> tuple[float, float]:
    """The length a difference is divided by, and what is added to the relative tolerance."""
    size = max(abs(slope.value) for _, slope in pairs)
    if tensor.method == COMPLEX:
        # A direction adds up all entries, and their noise.
        spread = max(tensor.noise, noise * math.sqrt(math.prod(tensor.shape)))
        return size + rounding_floor(spread, case.largest) / tolerance, 0.0
    rounding = 8 * max(slope.rounding for _, slope in pairs)
    scale = size + 1e-6 * case.largest
    if size <= rounding:  # not to be told from zero: judged to its rounding, as above
        return max(scale, rounding / tolerance), 0.0
    # Poor differences are excused by their own estimate, but never a factor 1.001.
    estimate = 4 * max(slope.error for _, slope in pairs)
    slack = min(estimate, 1e-4 * size + 1e-8 * case.largest)
    return scale, slack / scale


def _place(tensor: Measured, where: int) -> str:
    if where >= len(tensor.entries):
        return f"{tensor.slot.name} along random direction {where - len(tensor.entries)}"
    entry = tensor.entries[where].direction
    assert isinstance(entry, int)
    index = np.unravel_index(entry, tensor.shape)
    inside = ",".join(str(int(k)) for k in index)
    return f"{tensor.slot.name}[{inside}]" if inside else tensor.slot.name
