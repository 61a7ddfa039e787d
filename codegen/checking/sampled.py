"""Measuring a network that is too slow to measure as a whole: what fits into a budget of time.

First every tensor along one random direction, one evaluation each; then entries, drawn at random
and taken from the tensors in turn, until the time is up. Whether the complex step is to be trusted,
and whether a kink is near, is asked once for all tensors together, along a direction through all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from .differences import Base, Line, RefusedError
from .measure import (
    DIRECTIONS,
    SAMPLED,
    Case,
    Direction,
    Measured,
    Probe,
    random_rays,
    trust_complex,
)
from .report import CENTRAL, COMPLEX
from .subject import Point, Slot, Subject

Tell = Callable[[str], None]  # says what is being done, to who waits
PATIENCE = 2.5  # a check estimated at so many budgets is still done as a whole, the same each time
MOST_ENTRIES = 2000  # of one tensor


def too_slow(
    subject: Subject, point: Point, slots: tuple[Slot, ...], limit: int, seconds: float
) -> bool:
    """Would measuring as a whole take far longer than ``seconds``, by the time of one forward?"""
    real = _seconds(subject, point)
    lifted = max(real, _seconds(subject, point.cast(np.complex128, args=False)))
    total = sum(point.value(slot).size for slot in slots)
    count = total if total <= limit else len(slots) * (SAMPLED + DIRECTIONS)
    sides = 2 if subject.has_kinks else 6  # evaluations that look for a kink
    each, tensor = lifted + sides * real, 9 * lifted + 25 * real
    return count * each + 2 * len(slots) * tensor > PATIENCE * seconds


def _seconds(subject: Subject, point: Point) -> float:
    """The time of one loss, the smaller of two; 0 where the module refuses such numbers."""
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        try:
            subject.loss(point)
        except Exception:  # whatever a module raises at complex numbers
            return 0.0
        taken.append(time.perf_counter() - start)
    return min(taken)


def sample(
    subject: Subject, point: Point, slots: tuple[Slot, ...], seed: int, seconds: float, tell: Tell
) -> Case:
    """A direction for every tensor, then entries for ``seconds``."""
    base = Base(subject, point)
    calm, trusted = _together(base, slots, seed)
    turns: list[_Turn] = []
    for number, slot in enumerate(slots):
        tell(f"the gradient of {slot.name}, {number + 1} of {len(slots)}")
        rng = np.random.default_rng([seed, number])
        turns.append(_Turn(Probe(base, slot, slots, calm=calm), trusted, rng))
    deadline = time.monotonic() + seconds
    count = 0
    while turns and seconds > 0:
        taken = 0
        for turn in turns:
            if time.monotonic() > deadline:
                break
            taken += turn.next()
        count += taken
        tell(f"entries of the gradients: {count}")
        if taken < len(turns) and (taken == 0 or time.monotonic() > deadline):
            break
    return Case(point, base.loss, tuple(turn.found for turn in turns), sampled=True)


def _together(base: Base, slots: tuple[Slot, ...], seed: int) -> tuple[bool, bool]:
    """Does no kink lie near, and is the complex step believable, for all tensors at once?"""
    line = _Joint(base, slots, np.random.default_rng([seed, len(slots)]))
    try:
        calm = not line.on_kink()
        trust_complex(base, line)
    except RefusedError:
        return False, False
    return calm, True


class _Joint(Line):
    """The loss along a direction through every tensor, each by its own typical size."""

    def __init__(self, base: Base, slots: tuple[Slot, ...], rng: np.random.Generator) -> None:
        self.base, self.scale = base, 1.0
        self.slots, self.ways = slots, []
        for slot in slots:
            probe = Probe(base, slot, slots)
            ray = random_rays(rng, probe.x.shape, 1)[0]
            largest = max(float(np.max(np.abs(ray), initial=0.0)), 1.0)
            self.ways.append(ray * (probe.typical / largest))

    def _moved(self, step: float) -> Point:
        return self._along(self.base.point, step)

    def _lifted(self, step: float) -> Point:
        return self._along(self.base.lifted, 1j * step)

    def _along(self, start: Point, step: complex) -> Point:
        for slot, way in zip(self.slots, self.ways, strict=True):
            start = start.replaced(slot, self.base.point.value(slot) + step * way)
        return start


class _Turn:
    """One tensor's share: its direction, then an entry at each call of `next`."""

    def __init__(self, probe: Probe, trusted: bool, rng: np.random.Generator) -> None:
        self.probe = probe
        self.rays = random_rays(rng, probe.x.shape, 1)
        size = probe.x.size
        self.todo = iter(rng.choice(size, min(size, MOST_ENTRIES), replace=False).tolist())
        if trusted and size:
            self.found = Measured(probe.slot, probe.x.shape, COMPLEX)
            self._take(self.rays)
            self.found.take_noise = lambda: probe.noise(self.rays[0])
        else:
            self.found = probe.run(self.rays, rng)

    def next(self) -> int:
        """How many entries were taken: 1, or 0 at the end."""
        entry = next(self.todo, None)
        if entry is None:
            return 0
        self._take([entry])
        return 1

    def _take(self, directions: Sequence[Direction]) -> None:
        try:
            self.probe.take(self.found, directions)
        except RefusedError as why:  # a single entry can refuse what all together allowed
            self.found = Measured(self.probe.slot, self.probe.x.shape, CENTRAL, str(why))
            entries = [d for d in directions if isinstance(d, int)]
            self.probe.take(self.found, [*entries, *self.rays])
