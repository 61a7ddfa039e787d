"""The slope of the loss along one line, without looking at backward: complex or central.

A line is ``t -> loss(point with slot := x + t*u)``. The complex step reads the slope from the
imaginary part and has no cancellation (Squire and Trapp 1998); central differences are combined
from two step sizes by Richardson's extrapolation and come with an estimate of their error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .subject import Array, Point, Slot, Subject

# Powers of two near 1e-30 and 1e-20: dividing by them is exact, so that two honest complex
# steps agree to the last bit unless the step itself is lost on the way.
TINY, SMALL = 2.0**-100, 2.0**-67
EPS = float(np.finfo(np.float64).eps)
REACHES = (2.0**-10, 2.0**-13, 2.0**-16, 2.0**-19)  # central step sizes, relative to the entry
ON_KINK = 2.0**-30  # how near a declared kink counts as standing on it
ON_HIDDEN_KINK = 2.0**-17  # the same where only the loss can tell


class RefusedError(Exception):
    """The complex step cannot be used here; the text says why."""


@dataclass(frozen=True)
class Slope:
    """A measured slope, the estimated size of its error, and the part that is rounding."""

    value: float
    error: float = 0.0
    rounding: float = 0.0


class Base:
    """A point, with the loss and (where the module tells them) the sides of its kinks there."""

    def __init__(self, subject: Subject, point: Point) -> None:
        self.subject, self.point = subject, point
        # Parameters complex, inputs real: how the generated forwards are meant to be lifted.
        self.lifted = point.cast(np.complex128, args=False)
        self.loss = subject.base_loss(point)
        self.sides = subject.sides(point) if subject.has_kinks else None


class Line:
    """The loss along direction ``u`` (the shape of the slot's tensor) through a base point.

    ``scale`` is the length that counts as "the entry's own size" along ``u``.
    """

    def __init__(self, base: Base, slot: Slot, u: Array, scale: float = 1.0) -> None:
        self.base, self.slot, self.u, self.scale = base, slot, u, scale
        self.x = base.point.value(slot)

    def at(self, step: float) -> float:
        """The loss at a real step; NaN where the function raises outside its domain."""
        try:
            return float(self.base.subject.loss(self._moved(step)))
        except (ArithmeticError, ValueError):
            return math.nan

    def _moved(self, step: float) -> Point:
        return self.base.point.replaced(self.slot, self.x + step * self.u)

    def _lifted(self, step: float) -> Point:
        return self.base.lifted.replaced(self.slot, self.x + (1j * step) * self.u)

    def complex_slope(self, step: float = TINY) -> float:
        """The slope by complex step.

        Raises RefusedError when the function raises, warns, drops the imaginary part of every
        number, or overflows.
        """
        try:
            loss = self.base.subject.loss(self._lifted(step))
        except Exception as fault:  # any refusal of complex numbers, whatever its type
            raise RefusedError(
                f"forward refuses complex numbers ({type(fault).__name__})"
            ) from fault
        if not np.iscomplexobj(loss):
            raise RefusedError("forward returns a real loss for complex parameters")
        if not np.isfinite(loss):
            raise RefusedError("forward overflows with complex numbers")
        return float(loss.imag) / step

    def central_slope(self) -> Slope | None:
        """The slope by central differences; None when every step size crosses a kink.

        Starts with the largest step and shrinks it while a kink is crossed, a value is not
        finite, or the error estimate is poor. NaN when no step gives finite values.
        """
        best: Slope | None = None
        finite = False
        for reach in REACHES:
            step = reach * self.scale
            losses = [self.at(sign * step / part) for part in (1, 2) for sign in (1, -1)]
            if not np.all(np.isfinite(losses)):
                continue
            finite = True
            if self.crosses_kink(step, losses):
                continue
            slope = _richardson(losses, step)
            if best is None or slope.error < best.error:
                best = slope
            if best.error <= 1e-9 * abs(best.value):
                break
        return best if finite else Slope(math.nan, math.inf)

    def on_kink(self) -> bool:
        """True when the point itself stands on a kink of this line (for the complex step)."""
        near = ON_HIDDEN_KINK if self.base.sides is None else ON_KINK
        return self.crosses_kink(near * self.scale)

    def crosses_kink(self, step: float, losses: list[float] | None = None) -> bool:
        """True when a kink lies between ``-step`` and ``step`` (ends and middle included)."""
        middle = self.base.sides
        if middle is not None:
            ends = (self._moved(step), self._moved(-step))
            return any(_differ(middle, self.base.subject.sides(end)) for end in ends)
        if losses is None:
            losses = [self.at(sign * step / part) for part in (1, 2) for sign in (1, -1)]
        losses = [*losses, self.at(step / 4), self.at(-step / 4)]
        return _bent(losses, self.base.loss, step)


def _differ(one: tuple[Array, ...], other: tuple[Array, ...]) -> bool:
    same = len(one) == len(other) and all(map(np.array_equal, one, other))
    return not same


def _richardson(losses: list[float], step: float) -> Slope:
    """The slope from ``loss(+h), loss(-h), loss(+h/2), loss(-h/2)``, and its error estimate."""
    coarse = (losses[0] - losses[1]) / (2 * step)
    fine = (losses[2] - losses[3]) / step
    value = (4 * fine - coarse) / 3
    rounding = 8 * EPS * max(map(abs, losses)) / step
    # |value - fine| is the error of `fine`; extrapolation gains far more than two digits.
    return Slope(value, 1e-2 * abs(value - fine) + rounding, rounding)


def _bent(losses: list[float], base: float, step: float) -> bool:
    """Do one-sided slopes differ by more than a smooth function's would?

    The gap between the right and the left slope shrinks in proportion to the step where the
    loss is smooth, and stays as it is at a kink; the gaps at h, h/2 and h/4 are compared.
    """
    gaps, slopes = [], []
    for k, part in enumerate((1, 2, 4)):
        right = (losses[2 * k] - base) * part / step
        left = (base - losses[2 * k + 1]) * part / step
        gaps.append(right - left)
        slopes += [abs(right), abs(left)]
    noise = 64 * EPS * max(map(abs, [*losses, base])) / step
    allowed = 1e-6 * max(slopes) + 4 * noise
    return any(abs(gaps[k] - 2 * gaps[k + 1]) > allowed for k in (0, 1))
