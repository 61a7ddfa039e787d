"""Whether the values of sides agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as change

import numpy as np

from ..values.arrays import Array

TOLERANCE = 1e-9  # relative to the largest entry of a side
FLOOR = 1e-12
POINTS = 2  # at which a line has to hold


@dataclass(frozen=True)
class Verdict:
    """``holds`` is None for what could not be evaluated, ``why`` says the reason or the fault.

    ``error`` is the largest gap. ``value`` is the entry of the left side that has it; of a line
    that is true, where which one it is is chance, the first entry.
    """

    holds: bool | None
    value: float = 0.0
    error: float = 0.0
    why: str = ""


def over(
    points: Iterable[Sequence[Array]], most: int | None = None, tolerance: float = TOLERANCE
) -> Verdict:
    """The verdict on sides at one point after the other, until ``most`` of them have a value: false
    at the first at which they are not equal."""
    seen: list[Verdict] = []
    for sides in points:
        made = compared(sides, tolerance)
        if made is None:
            continue
        if not made.holds:
            return made
        seen.append(made)
        if len(seen) == most:
            break
    return together(seen) if seen else Verdict(None, why="no side is a finite number")


def compared(sides: Sequence[Array], tolerance: float = TOLERANCE) -> Verdict | None:
    """Are the sides equal at one point? None where a side has no value there."""
    first, *others = sides
    worst = Verdict(True, float(first.flat[0]) if first.size else 0.0)
    for other in others:
        if first.shape != other.shape and first.size != 1 and other.size != 1:
            return Verdict(False, why=f"sides of the shapes {first.shape} and {other.shape}")
        one, two = np.broadcast_arrays(first, other)
        made = _apart(one, two, tolerance)
        if made is None or not made.holds:
            return made
        worst = change(worst, error=max(worst.error, made.error))
    return worst


def _apart(one: Array, other: Array, tolerance: float) -> Verdict | None:
    same = one == other  # infinities, too
    if not np.all(same | (np.isfinite(one) & np.isfinite(other))):
        return None
    gap = np.where(same, 0.0, np.abs(np.where(same, 0, one) - np.where(same, 0, other)))
    if not gap.size:
        return Verdict(True)
    k = int(np.argmax(gap))
    value, got, error = float(one.flat[k]), float(other.flat[k]), float(gap.flat[k])
    finite = np.abs(np.concatenate([one[np.isfinite(one)], other[np.isfinite(other)]]))
    least = max(FLOOR, tolerance / 1000)  # below it a value is noise
    if error > tolerance * float(finite.max(initial=0.0)) + least:
        return Verdict(False, value, error, f"{value:.10g} on the left, {got:.10g} on the right")
    return Verdict(True, float(one.flat[0]), error)


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Of several that have to hold: the first that is false, else the first that is unknown; else
    the first, with the largest error."""
    for wanted in (False, None):
        for v in verdicts:
            if v.holds is wanted:
                return v
    return change(verdicts[0], error=max(v.error for v in verdicts))
