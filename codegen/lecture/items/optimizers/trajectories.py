"""The update rules on one loss surface: a bowl, steeper in one direction, or a curved valley."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from .....derive.chainrule.calculus import derivative
from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import Expr
from .....derive.language.parser import expression
from .....derive.optimizers import Optimizer, worked
from .....derive.values.entries import at_point, number
from ....picture.plot.axes import Frame
from ....picture.plot.curves import Track, surface
from ....picture.scene.scene import Scene

Place = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A loss of w_1 = x and w_2 = y. ``residuals``: the loss is half the sum of their squares
    (for Gauss-Newton); ``frame`` is the part that is drawn, ``steps`` how many steps are. What a
    rule is shown with here is the rule's own (``demonstration`` in rules.yaml)."""

    name: str
    loss: str
    residuals: tuple[str, ...]
    start: Place
    best: Place
    frame: tuple[Place, Place]
    steps: int = 25
    cells: tuple[int, int] = (50, 40)


BOWL = Surface(
    "bowl", "x**2/2 + 5*y**2/2", ("x", "5**(1/2)*y"), (-2.6, 1.5), (0.0, 0.0),
    ((-3, 2), (-2, 2)),
)  # fmt: skip
VALLEY = Surface(
    "valley", "(1 - x)**2/2 + 2*(y - x**2)**2", ("1 - x", "2*(y - x**2)"), (-1.5, 1.0), (1.0, 1.0),
    ((-2, 2), (-2.6, 3)), steps=40,
)  # fmt: skip
SURFACES = {s.name: s for s in (BOWL, VALLEY)}
RATES = tuple(map(Decimal, ("1", "0.5", "0.2", "0.1", "0.05", "0.02", "0.01", "0.001")))
# where the samples of the mini-batches have their own least losses (their mean is the best place)
CENTRES = ((0.5, 0.3), (-0.3, -0.4), (0.3, -0.2), (-0.5, 0.3))
BATCH = 2
FAR = 1e50  # farther away no float holds a loss or its slope


@dataclass(frozen=True)
class Path:
    """A rule's places w_0, w_1, … and the loss there."""

    points: tuple[Place, ...]
    losses: tuple[float, ...]
    options: Mapping[str, Any]


def loss_at(point: Sequence[float], on: Surface = BOWL) -> float:
    return _value(expression(on.loss), point)


def _value(e: Expr, point: Sequence[float]) -> float:
    return float(at_point(e, {name: number(at) for name, at in zip("xy", point, strict=True)}))


@cache
def _slopes(loss: str) -> tuple[Expr, Expr]:
    made = expression(loss)
    return derivative(made, "x"), derivative(made, "y")


def gradient(point: Sequence[float], on: Surface = BOWL) -> list[float]:
    return [_value(e, point) for e in _slopes(on.loss)]


def hessian(point: Sequence[float], on: Surface = BOWL) -> list[list[float]]:
    slopes = _slopes(on.loss)
    return [[_value(derivative(e, v), point) for v in ("x", "y")] for e in slopes]


def gauss_newton(point: Sequence[float], on: Surface) -> list[list[float]]:
    """Jᵀ J of the residuals."""
    jacobian = np.array([[_value(e, point) for e in _slopes(r)] for r in on.residuals])
    made: list[list[float]] = (jacobian.T @ jacobian).tolist()
    return made


def path(
    rule: Optimizer, steps: int | None = None, on: Surface = BOWL,
    given: Mapping[str, Any] | None = None,
) -> Path:  # fmt: skip
    """A rule followed from the surface's start; every step asks for the gradient (and the
    curvature) where it is. ``given`` options come instead of those it is shown with.

    Raises ChalkgradError where the steps lead to no number."""
    own, given = rule.demonstration.get(on.name), given or {}
    count = on.steps if steps is None else steps
    if own is None and "rate" not in given:
        own = {"rate": _best_rate(rule, on, given)}
    options = {"rate": rule.options["rate"], **(own or {}), **given}
    points = _places(rule, count, on, options)
    return Path(points, tuple(loss_at(p, on) for p in points), options)


def _best_rate(rule: Optimizer, on: Surface, given: Mapping[str, Any]) -> Decimal:
    """The rate that leads lowest within the steps that are drawn; of equals, the largest."""

    def end(rate: Decimal) -> float:
        try:
            return loss_at(_places(rule, on.steps, on, {**given, "rate": rate})[-1], on)
        except ChalkgradError:
            return math.inf

    return min(RATES, key=end)


def _places(
    rule: Optimizer, steps: int, on: Surface, options: Mapping[str, Any]
) -> tuple[Place, ...]:
    points = [on.start]
    state: dict[str, Any] = {"w": np.array(on.start)}
    for t in range(1, steps + 1):
        seen = _gradient(rule, points[-1], t - 1, on)
        if rule.curvature:
            curvature = hessian if rule.curvature == "hessian" else gauss_newton
            state["H"] = curvature(points[-1], on)
        with np.errstate(all="ignore"):  # a path that diverges is refused by its place
            state = {**state, **_step(rule, t, seen, state, options)}
        x, y = map(float, state["w"])
        if not max(abs(x), abs(y)) < FAR:
            raise ChalkgradError(f"the path of {rule.name} diverges in step {t}",
                                 where="optimizers", hint="a smaller rate")  # fmt: skip
        points.append((x, y))
    return tuple(points)


def _step(
    rule: Optimizer, t: int, seen: np.ndarray[Any, Any], state: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Mapping[str, Any]:  # fmt: skip
    """The state after step t."""
    if not rule.samples:
        return worked(rule, [seen], state, options, first=t)[0]
    ends = [worked(rule, [seen[:, k]], {"w": state["w"][k]}, options, first=t)[0]["w"]
            for k in range(2)]  # fmt: skip
    return {"w": np.array([float(e) for e in ends])}  # one entry at a time


def _gradient(rule: Optimizer, here: Place, t: int, on: Surface) -> np.ndarray[Any, Any]:
    """(2,), for mini-batches (samples, 2)."""
    if not rule.samples:
        return np.array(gradient(here, on))
    first = t * BATCH % len(CENTRES)
    centres = CENTRES[first : first + BATCH]
    return np.array([gradient((here[0] - x, here[1] - y), on) for x, y in centres])


def scene(
    paths: Sequence[Path], labels: Sequence[str], *, x_label: str, y_label: str, best: str,
    decimal: str, about: str, wide: float = 5.0, on: Surface = BOWL,
) -> Scene:  # fmt: skip
    """Level lines and the paths, one a click."""
    xs, ys = _grid(on)
    grid = _losses(on)
    frame = Frame(*on.frame, wide, 4.0, x_label, y_label, decimal)
    tracks = [Track(p.points, label, at=k) for k, (p, label) in enumerate(
        zip(paths, labels, strict=True), start=1)]  # fmt: skip
    return surface(xs, ys, grid, frame=frame, tracks=tracks, best=on.best, best_label=best,
                   about=about)  # fmt: skip


def _grid(on: Surface) -> tuple[list[float], list[float]]:
    (left, right), (low, high) = on.frame
    across, up = on.cells
    wide, tall = right - left, high - low
    xs = [left + k * wide / across for k in range(across + 1)]
    return xs, [low + k * tall / up for k in range(up + 1)]


@cache
def _losses(on: Surface) -> list[list[float]]:
    xs, ys = _grid(on)
    return [[loss_at((x, y), on) for x in xs] for y in ys]
