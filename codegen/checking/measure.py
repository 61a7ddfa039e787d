"""The expected gradients of one point: measured from forward alone, with no use of backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from .differences import SMALL, Base, Line, RefusedError, Slope
from .report import CENTRAL, COMPLEX
from .subject import Array, ContractError, Point, Slot, Subject

JITTERS = 5  # points a rounding error away, to see how far rounding alone moves a gradient
DIRECTIONS = 4
SAMPLED = 12  # entries looked at in a tensor of a large network

Direction = int | Array
"""Where a slope is taken: along an entry, by its flat number, or along a random direction."""


@dataclass(frozen=True)
class Comparison:
    """A direction and the slope along it."""

    direction: Direction
    slope: Slope

    def by(self, gradient: Array) -> float:
        """What the slope is by this gradient."""
        if isinstance(self.direction, int):
            return float(gradient.flat[self.direction])
        return float(np.sum(gradient * self.direction))


@dataclass
class Measured:
    """What the loss says about one tensor's gradient, along ``entries`` and random ``rays``.

    ``noise`` is how far the expected slopes move when the data moves by a rounding error;
    ``take_noise`` measures it, where it was put off.
    """

    slot: Slot
    shape: tuple[int, ...]
    method: str
    reason: str = ""
    entries: list[Comparison] = field(default_factory=list)
    rays: list[Comparison] = field(default_factory=list)
    skipped: int = 0
    noise: float = 0.0
    take_noise: Callable[[], float] | None = None

    @property
    def size(self) -> float:
        """The largest expected entry; a ray stands for its root mean square entry."""
        per_ray = np.sqrt(max(1, int(np.prod(self.shape))))
        found = [abs(c.slope.value) for c in self.entries]
        found += [abs(c.slope.value) / per_ray for c in self.rays]
        return max(found, default=0.0)


@dataclass(frozen=True)
class Case:
    """One point with everything measured there; mutants of backward can be judged against it.

    ``sampled``: measured within a budget (`codegen.checking.sampled`), so that the noise is taken
    only where a verdict needs it.
    """

    point: Point
    loss: float
    tensors: tuple[Measured, ...]
    sampled: bool = False

    @property
    def largest(self) -> float:
        """The largest gradient of the network."""
        return max((tensor.size for tensor in self.tensors), default=0.0)


def measure(subject: Subject, point: Point, slots: tuple[Slot, ...], seed: int, limit: int) -> Case:
    """Measures every tensor: each entry where all together have at most ``limit`` of them.

    Larger networks get random directions and a random sample of entries per tensor; ``limit=0``
    asks for directions alone.
    """
    base = Base(subject, point)
    total = sum(point.value(slot).size for slot in slots)
    measured = []
    for number, slot in enumerate(slots):
        rng = np.random.default_rng([seed, number])
        probe = Probe(base, slot, slots)
        size = point.value(slot).size
        if limit == 0:
            chosen: list[int] = []
        elif total <= limit:
            chosen = list(range(size))
        else:
            chosen = sorted(rng.choice(size, min(size, SAMPLED), replace=False).tolist())
        rays = [] if 0 < total <= limit else random_rays(rng, point.value(slot).shape)
        measured.append(probe.run([*chosen, *rays], rng))
    return Case(point, base.loss, tuple(measured))


def random_rays(
    rng: np.random.Generator, shape: tuple[int, ...], count: int = DIRECTIONS
) -> list[Array]:
    return [np.asarray(rng.standard_normal(shape)) for _ in range(count)]


def jittered(point: Point, slots: tuple[Slot, ...]) -> Iterator[Point]:
    """The point moved by a few units in the last place, a few times, the same each time."""
    rng = np.random.default_rng(0)
    for _ in range(JITTERS):
        moved = point
        for slot in slots:
            x = point.value(slot)
            units = 4 * rng.integers(-1, 2, x.shape) * np.finfo(x.dtype).eps
            moved = moved.replaced(slot, x * (1 + units).astype(x.dtype))
        yield moved


def trust_complex(base: Base, line: Line) -> None:
    """Raises RefusedError unless the complex step is believable along the line.

    Two step sizes must agree, the real part must be the loss itself, and central
    differences must agree as far as they see (abs, norm and the like lose the imaginary
    part without a word).
    """
    tiny, small = line.complex_slope(), line.complex_slope(SMALL)
    if abs(tiny - small) > 1e-8 * max(abs(tiny), abs(small)):
        raise RefusedError("two complex steps disagree")
    real, loss = base.subject.loss(base.lifted).real, base.loss
    if abs(real - loss) > 1e-9 * abs(loss) + 1e-12:
        raise RefusedError("the real part of the complex loss is not the loss")
    central = None if line.on_kink() else line.central_slope()
    if central is None or not np.isfinite(central.value):
        return
    gap = abs(tiny - central.value)
    if gap > 1e-5 * max(abs(tiny), abs(central.value)) + 10 * central.error:
        raise RefusedError("the complex step disagrees with central differences")


class Probe:
    """Measures one tensor: chooses the method, then takes every slope that was asked for.

    ``calm``: it is known that no kink lies near.
    """

    def __init__(
        self, base: Base, slot: Slot, everything: tuple[Slot, ...], *, calm: bool = False
    ) -> None:
        self.base, self.slot, self.everything, self.calm = base, slot, everything, calm
        self.x = base.point.value(slot)
        rms = float(np.sqrt(np.mean(np.square(self.x)))) if self.x.size else 0.0
        self.typical = rms if rms > 0 else 1.0

    def run(self, directions: Sequence[Direction], rng: np.random.Generator) -> Measured:
        found = Measured(self.slot, self.x.shape, COMPLEX)
        if self.x.size == 0:
            return found
        probe_ray = random_rays(rng, self.x.shape)[0]
        try:
            trust_complex(self.base, self._line(probe_ray))
            self.take(found, directions)
            found.noise = self.noise(probe_ray)
        except RefusedError as why:  # a single entry can refuse what the probe allowed
            found = Measured(self.slot, self.x.shape, CENTRAL, str(why))
            self.take(found, directions)
        return found

    def take(self, found: Measured, directions: Iterable[Direction]) -> None:
        for direction in directions:
            slope = self._slope(self._line(direction), found.method)
            if slope is None:
                found.skipped += 1
            else:
                kept = found.entries if isinstance(direction, int) else found.rays
                kept.append(Comparison(direction, slope))

    def _slope(self, line: Line, method: str) -> Slope | None:
        """The slope along a line, or None where a kink forbids to take one."""
        if method == CENTRAL:
            return line.central_slope()
        return None if not self.calm and line.on_kink() else Slope(line.complex_slope())

    def _line(self, direction: Direction) -> Line:
        if not isinstance(direction, int):
            scale = self.typical / max(np.max(np.abs(direction)), 1.0)
            return Line(self.base, self.slot, direction, scale)
        u = np.zeros(self.x.shape)
        u.flat[direction] = 1.0
        return Line(self.base, self.slot, u, max(abs(self.x.flat[direction]), 0.1 * self.typical))

    def noise(self, ray: Array) -> float:
        """How far the slope along a ray moves when all data moves by a rounding error."""
        slopes = [self._line(ray).complex_slope()]
        for moved in jittered(self.base.point, self.everything):
            try:
                line = Line(Base(self.base.subject, moved), self.slot, ray)
                slopes.append(line.complex_slope())
            except (ContractError, RefusedError):  # pushed over the edge of its domain: no sample
                continue
        return max(slopes) - min(slopes)
