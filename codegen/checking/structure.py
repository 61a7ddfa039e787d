"""The demands of the contract beside the numbers: form, float32, batch 1, purity, agreement."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .judge import FLOAT32, noise_of, verdict, wrong_form
from .measure import Case
from .report import Finding
from .subject import ContractError, Gradients, Point, Slot, Subject


def _judged(demand: str, complaint: str) -> Finding:
    return Finding(demand, "failed" if complaint else "ok", complaint)


def fields(subject: Subject, point: Point, gradients: Gradients) -> Finding:
    """The gradients carry the fields of Params and Inputs, in their order."""
    message = ""
    wanted = getattr(getattr(subject.module, "Inputs", None), "_fields", None)
    got = getattr(gradients.inputs, "_fields", ())
    if wanted is not None and got != wanted:
        message = f"the input gradients have the fields {got}; Inputs has {wanted}"
    wanted, got = point.params._fields, gradients.params._fields
    if got != wanted:
        message = f"the gradients have the fields {', '.join(got)}; Params has {', '.join(wanted)}"
    return _judged("fields", message)


def purity(subject: Subject, point: Point) -> list[Finding]:
    """Nothing is changed in place, and the same call gives the same answer twice."""
    given = copy.deepcopy(point)
    _, cache = subject.forward(point)
    kept = copy.deepcopy(cache)
    first = copy.deepcopy(subject.backward(point.params, cache))
    changed = [
        name
        for name, before, now in (
            ("params", given.params, point.params),
            ("inputs", given.args, point.args),
            ("cache", kept, cache),
        )
        if not same(before, now)
    ]
    message = f"changed in place by forward or backward: {', '.join(changed)}" if changed else ""
    found = [_judged("no side effects", message)]
    again = same(first, subject.backward(point.params, cache))
    fresh = same(first, subject.backward(point.params, subject.forward(point)[1]))
    message = "" if again and fresh else "the same data gives other gradients the second time"
    return [*found, _judged("repeatable", message)]


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, through tuples, lists and dicts of arrays; NaN equals itself here."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    left, right = np.asarray(one), np.asarray(other)
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    numeric = np.issubdtype(left.dtype, np.inexact)
    return bool(np.array_equal(left, right, equal_nan=numeric))


def agreement(subject: Subject, point: Point, gradients: Gradients) -> Finding:
    """``loss_and_grads`` says what forward and backward say."""
    function = getattr(subject.module, "loss_and_grads", None)
    if function is None:
        return Finding("loss_and_grads", "skipped", "the module has no function loss_and_grads")
    try:
        loss, grads = function(point.params, *point.args)
    except Exception as fault:
        return Finding("loss_and_grads", "failed", f"raised {type(fault).__name__}: {fault}")
    if not _close(loss, gradients.loss):
        return Finding("loss_and_grads", "failed", "the loss is not that of forward")
    if getattr(grads, "_fields", None) != gradients.params._fields:
        return Finding("loss_and_grads", "failed", "the fields are not those of Params")
    wrong = [
        name
        for name in grads._fields
        if not _close(getattr(grads, name), getattr(gradients.params, name))
    ]
    message = f"other gradients than backward's for {', '.join(wrong)}" if wrong else ""
    if wrong and all(
        _both_nan(getattr(grads, name), getattr(gradients.params, name)) for name in wrong
    ):
        message = f"as backward's, the gradient holds NaN: {', '.join(wrong)}"
    return _judged("loss_and_grads", message)


def _both_nan(got: Any, expected: Any) -> bool:
    """Are two arrays the same but for NaN, which equals nothing?"""
    left, right = np.asarray(got), np.asarray(expected)
    return bool(np.isnan(left).any()) and np.array_equal(left, right, equal_nan=True)


def _close(got: Any, expected: Any) -> bool:
    """Equal up to the rounding of another order of summation; NaN is never close."""
    left, right = np.asarray(got), np.asarray(expected)
    if left.shape != right.shape:
        return False
    if left.size == 0:
        return True
    largest = float(np.max(np.abs(right)))
    return bool(np.max(np.abs(left - right)) <= 1e-12 * largest)


def single(subject: Subject, case: Case | None) -> Finding:
    """The network at batch 1: form and slopes along random directions."""
    if case is None:
        return Finding("batch 1", "skipped", "no data with one sample")
    try:
        gradients = subject.gradients(case.point)
    except ContractError as fault:
        return Finding("batch 1", "failed", str(fault))
    noise = noise_of(subject, case)
    for tensor in case.tensors:
        row = verdict(tensor, gradients, case, noise)
        if row.status == "failed":
            return Finding("batch 1", "failed", row.message)
    return Finding("batch 1", "ok")


def float32(subject: Subject, case: Case, skipped: frozenset[Slot]) -> Finding:
    """The float32 run returns float32 gradients near the float64 ones of the same numbers.

    Tensors in ``skipped`` (on a kink, where rounding may change sides) are held to the form
    only. A gradient that cancels to zero keeps the rounding of its terms, so the floor of the
    relative error is 1e-2 of the largest gradient, more where rounding moves it by more, and
    never below the rounding of 1, where a saturated function loses its slope.
    """
    single_point = case.point.cast(np.float32)
    point = single_point.cast(np.float64)
    try:
        got, expected = subject.gradients(single_point), subject.gradients(point)
        flipped = subject.has_kinks and not same(subject.sides(single_point), subject.sides(point))
    except ContractError as fault:
        return Finding("float32", "failed", str(fault))
    here = Case(single_point, case.loss, case.tensors)
    noise = noise_of(subject, here)
    for tensor in case.tensors:
        message = wrong_form(tensor.slot, got.get(tensor.slot), here)
        if not message and not flipped and tensor.slot not in skipped:
            floor = max(1e-2 * case.largest, 1e-3)
            message = _distance(tensor.slot, got, expected, floor)
            if message:  # more than that is forgiven only where rounding moves the gradient by more
                rounding = 16 * noise()[tensor.slot] / FLOAT32
                floor = max(floor, min(rounding, max(case.largest, 1.0)))
                message = _distance(tensor.slot, got, expected, floor)
        if message:
            return Finding("float32", "failed", message)
    note = "form only: rounding to float32 crosses a kink" if flipped else ""
    return Finding("float32", "ok", note)


def _distance(slot: Slot, got: Gradients, expected: Gradients, floor: float) -> str:
    """The complaint about one tensor, empty when float32 and float64 agree."""
    low, high = got.get(slot), expected.get(slot)
    if low is None or high is None or low.shape != high.shape or low.size == 0:
        return ""  # the form is judged elsewhere
    finite = [bool(np.all(np.isfinite(g))) for g in (low, high)]
    if not all(finite):
        where = "float32 and in float64" if not any(finite) else "float64"
        where = where if finite[0] or not finite[1] else "float32, but not in float64"
        return f"the gradient of {slot.name} holds NaN or infinity in {where}"
    worst = float(np.max(np.abs(low.astype(np.float64) - high)))
    size = float(np.max(np.abs(high))) + floor
    if worst == 0 or worst <= FLOAT32 * size:
        return ""
    return f"the gradient of {slot.name} is {worst / size if size else np.inf:.1e} from float64"
