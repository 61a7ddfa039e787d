"""The update rules on one loss surface: a bowl that is steeper in one direction than the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from codegen.picture.axes import Frame
from codegen.picture.curves import Track, surface
from codegen.picture.scene import Scene
from derive.calculus import derivative
from derive.entries import number, value
from derive.expr import Expr, Name, num, replace
from derive.optimizers import worked
from derive.parser import expression

LOSS = "x**2/2 + 5*y**2/2"  # of w_1 = x and w_2 = y; its least value 0 at the origin
START = (-2.6, 1.5)
STEPS = 25
# what makes each rule's path worth looking at on this surface
OPTIONS: dict[str, dict[str, float]] = {
    "sgd": {"rate": 0.3},
    "minibatch": {"rate": 0.15},
    "momentum": {"rate": 0.05, "momentum": 0.8},
    "newton": {"rate": 1},
    "adagrad": {"rate": 0.8},
    "rmsprop": {"rate": 0.15},
    "adam": {"rate": 0.3},
}
# where the samples of the mini-batches have their own least losses (their mean is the origin)
CENTRES = ((0.5, 0.3), (-0.3, -0.4), (0.3, -0.2), (-0.5, 0.3))
BATCH = 2


@dataclass(frozen=True)
class Path:
    """A rule's places w_0, w_1, … and the loss there."""

    name: str
    points: tuple[tuple[float, float], ...]
    losses: tuple[float, ...]
    options: Mapping[str, float]


def loss_at(point: Sequence[float]) -> float:
    return _value(expression(LOSS), point)


def _value(e: Expr, point: Sequence[float]) -> float:
    here = replace(e, {Name("x"): num(Fraction(point[0])), Name("y"): num(Fraction(point[1]))})
    return float(value(here, lambda _: number(0)))


@cache
def _slopes() -> tuple[Expr, Expr]:
    loss = expression(LOSS)
    return derivative(loss, "x"), derivative(loss, "y")


def gradient(point: Sequence[float]) -> list[float]:
    return [_value(e, point) for e in _slopes()]


def hessian() -> list[list[float]]:
    return [[_value(derivative(e, v), START) for v in ("x", "y")] for e in _slopes()]


@cache
def path(name: str, steps: int = STEPS) -> Path:
    """A rule followed from START with its OPTIONS; every step asks for the gradient where it is."""
    places = [np.array(START)]
    seen: list[Any] = []
    for t in range(steps):
        seen.append(_gradient(name, places[-1], t))
        places.append(_after(name, seen))
    points = tuple((float(p[0]), float(p[1])) for p in places)
    return Path(name, points, tuple(map(loss_at, points)), OPTIONS[name])


def _gradient(name: str, here: np.ndarray[Any, Any], t: int) -> np.ndarray[Any, Any]:
    """(2,), for mini-batches (samples, 2)."""
    if name != "minibatch":
        return np.array(gradient(here.tolist()))
    first = t * BATCH % len(CENTRES)
    return np.array(
        [gradient((here - np.array(c)).tolist()) for c in CENTRES[first : first + BATCH]]
    )


def _after(name: str, seen: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    options = OPTIONS[name]
    if name == "minibatch":  # one entry at a time
        ends = [worked(name, [g[:, k] for g in seen], {"w": START[k]}, options)[-1]["w"]
                for k in range(2)]  # fmt: skip
        return np.array([float(e) for e in ends])
    given: dict[str, Any] = {"w": list(START)}
    if name == "newton":
        given["H"] = hessian()
    return np.asarray(worked(name, list(seen), given, options)[-1]["w"])


def scene(
    paths: Sequence[Path], labels: Sequence[str], *, x_label: str, y_label: str, best: str,
    decimal: str, about: str, wide: float = 5.0,
) -> Scene:  # fmt: skip
    """Level lines and the paths, one a click."""
    xs, ys = [-3 + k / 10 for k in range(51)], [-2 + k / 10 for k in range(41)]
    grid = [[loss_at((x, y)) for x in xs] for y in ys]
    frame = Frame((-3, 2), (-2, 2), wide, 4.0, x_label, y_label, decimal)
    tracks = [Track(p.points, label, at=k) for k, (p, label) in enumerate(
        zip(paths, labels, strict=True), start=1)]  # fmt: skip
    return surface(xs, ys, grid, frame=frame, tracks=tracks, best=(0, 0), best_label=best,
                   about=about)  # fmt: skip
