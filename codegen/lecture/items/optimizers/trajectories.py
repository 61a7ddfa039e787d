"""The update rules on one loss surface: a bowl, steeper in one direction, or a curved valley."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .....derive.chainrule.calculus import derivative
from .....derive.language.expr import Expr
from .....derive.language.parser import expression
from .....derive.optimizers import optimizer, worked
from .....derive.values.entries import at_point, number
from ....picture.plot.axes import Frame
from ....picture.plot.curves import Track, surface
from ....picture.scene.scene import Scene

Place = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A loss of w_1 = x and w_2 = y. ``residuals``: the loss is half the sum of their squares
    (for Gauss-Newton); ``options`` make each rule's path worth looking at here; ``frame`` is the
    part that is drawn, ``steps`` how many steps are."""

    name: str
    loss: str
    residuals: tuple[str, ...]
    start: Place
    best: Place
    frame: tuple[Place, Place]
    options: Mapping[str, Mapping[str, Any]]
    steps: int = 25
    cells: tuple[int, int] = (50, 40)

    def __hash__(self) -> int:
        return hash(self.name)


BOWL = Surface(
    "bowl", "x**2/2 + 5*y**2/2", ("x", "5**(1/2)*y"), (-2.6, 1.5), (0.0, 0.0),
    ((-3, 2), (-2, 2)),
    {
        "sgd": {"rate": 0.3}, "minibatch": {"rate": 0.15},
        "momentum": {"rate": 0.05, "momentum": 0.8}, "nesterov": {"rate": 0.05, "momentum": 0.8},
        "newton": {"rate": 1}, "newton_cg": {"rate": 1, "damping": 0.5},
        "gauss_newton": {"rate": 1, "damping": 0.5}, "adagrad": {"rate": 0.8},
        "rmsprop": {"rate": 0.15}, "adadelta": {"rate": 1, "rho": 0.9, "eps": 0.01},
        "adam": {"rate": 0.3}, "amsgrad": {"rate": 0.3},
        "adamw": {"rate": 0.3, "weight_decay": 0.1}, "nadam": {"rate": 0.2},
    },
)  # fmt: skip
VALLEY = Surface(
    "valley", "(1 - x)**2/2 + 2*(y - x**2)**2", ("1 - x", "2*(y - x**2)"), (-1.5, 1.0), (1.0, 1.0),
    ((-2, 2), (-2.6, 3)),
    {
        "sgd": {"rate": 0.06}, "minibatch": {"rate": 0.04},
        "momentum": {"rate": 0.02, "momentum": 0.85}, "nesterov": {"rate": 0.02, "momentum": 0.85},
        "newton": {"rate": 1}, "newton_cg": {"rate": 1, "damping": 0.5},
        "gauss_newton": {"rate": 1, "damping": 0.5}, "adagrad": {"rate": 0.5},
        "rmsprop": {"rate": 0.1}, "adadelta": {"rate": 1, "rho": 0.9, "eps": 0.005},
        "adam": {"rate": 0.25}, "amsgrad": {"rate": 0.25},
        "adamw": {"rate": 0.25, "weight_decay": 0.05}, "nadam": {"rate": 0.15},
    },
    steps=40,
)  # fmt: skip
SURFACES = {s.name: s for s in (BOWL, VALLEY)}
START, STEPS, OPTIONS = BOWL.start, BOWL.steps, BOWL.options
# where the samples of the mini-batches have their own least losses (their mean is the best place)
CENTRES = ((0.5, 0.3), (-0.3, -0.4), (0.3, -0.2), (-0.5, 0.3))
BATCH = 2


@dataclass(frozen=True)
class Path:
    """A rule's places w_0, w_1, … and the loss there."""

    name: str
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


def hessian(point: Sequence[float] = START, on: Surface = BOWL) -> list[list[float]]:
    slopes = _slopes(on.loss)
    return [[_value(derivative(e, v), point) for v in ("x", "y")] for e in slopes]


def gauss_newton(point: Sequence[float], on: Surface) -> list[list[float]]:
    """Jᵀ J of the residuals."""
    jacobian = np.array([[_value(e, point) for e in _slopes(r)] for r in on.residuals])
    made: list[list[float]] = (jacobian.T @ jacobian).tolist()
    return made


def path(
    name: str, steps: int | None = None, on: Surface = BOWL, given: Mapping[str, Any] | None = None
) -> Path:
    """A rule followed from the surface's start with its options; every step asks for the gradient
    (and the curvature) where it is. ``given`` options come instead of the surface's."""
    options = {**on.options.get(name, {}), **(given or {})}
    return _path(name, on.steps if steps is None else steps, on, tuple(sorted(options.items())))


@cache
def _path(name: str, steps: int, on: Surface, chosen: tuple[tuple[str, Any], ...]) -> Path:
    options = dict(chosen)
    places = [np.array(on.start)]
    state: dict[str, Any] = {"w": np.array(on.start)}
    curved = bool(optimizer(name).curvature)
    for t in range(1, steps + 1):
        here = places[-1]
        seen = _gradient(name, here, t - 1, on)
        if curved:
            state["H"] = _curvature(name, here, on)
        state = {**state, **_step(name, t, seen, state, options)}
        places.append(np.asarray(state["w"]))
    points = tuple((float(p[0]), float(p[1])) for p in places)
    return Path(name, points, tuple(loss_at(p, on) for p in points), options)


def _step(
    name: str, t: int, seen: np.ndarray[Any, Any], state: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Mapping[str, Any]:  # fmt: skip
    """The state after step t."""
    if name != "minibatch":
        return worked(name, [seen], state, options, first=t)[0]
    ends = [worked(name, [seen[:, k]], {"w": state["w"][k]}, options, first=t)[0]["w"]
            for k in range(2)]  # fmt: skip
    return {"w": np.array([float(e) for e in ends])}  # one entry at a time


def _gradient(name: str, here: np.ndarray[Any, Any], t: int, on: Surface) -> np.ndarray[Any, Any]:
    """(2,), for mini-batches (samples, 2)."""
    if name != "minibatch":
        return np.array(gradient(here.tolist(), on))
    first = t * BATCH % len(CENTRES)
    return np.array(
        [gradient((here - np.array(c)).tolist(), on) for c in CENTRES[first : first + BATCH]]
    )


def _curvature(name: str, here: np.ndarray[Any, Any], on: Surface) -> list[list[float]]:
    matrix = hessian if optimizer(name).curvature == "hessian" else gauss_newton
    return matrix(here.tolist(), on)


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
