"""Plots of a function and its derivative: asymptotes, corners with their convention, secants.

Values are those of the derivation's own expressions, float64; nothing is known per function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .....derive.language.expr import Expr, Name, num, replace
from .....derive.topics.relu_sum import evaluated
from ....picture.plot.axes import Frame
from ....picture.plot.plot import Curve, Dot, plot, sample
from ....picture.scene.rect import Point
from ....picture.scene.scene import Scene

SPAN = 4.0
FAR = (40.0, 80.0)  # where an asymptote is looked for
HAIR = 1e-7
Function = Callable[[float], float]


@dataclass(frozen=True)
class Drawn:
    """A function and its derivative over ``Name("x")``, and the places of its corners."""

    value: Expr
    slope: Expr
    corners: tuple[float, ...] = ()


def drawn(
    value: Expr, slope: Expr, kinks: Sequence[Expr], letter: str, given: Mapping[str, Any]
) -> Drawn:
    """``given``: numbers for what is no variable (a slope ε)."""
    table: dict[Expr, Expr] = {Name(letter): Name("x")}
    table |= {Name(k): num(v) for k, v in given.items()}
    made = Drawn(replace(value, table), replace(slope, table))
    at = {c for k in kinks for c in _zeros(numeric(replace(k, table)))}
    g = numeric(made.slope)
    return Drawn(made.value, made.slope, tuple(sorted(c for c in at if _jump(g, c))))


def numeric(e: Expr) -> Function:
    """An expression of ``Name("x")`` as a function of a number."""

    def made(x: float) -> float:
        return float(evaluated(e, np.array([x]))[0])

    return made


def _zeros(f: Function) -> list[float]:
    """Where an expression is 0 on [−10, 10], by halving."""
    made: list[float] = []
    grid = [k / 2 for k in range(-20, 21)]
    for a, b in pairwise(grid):
        low, high = f(a), f(b)
        if low == 0:
            made.append(a)
        elif low * high < 0:
            for _ in range(60):
                middle = (a + b) / 2
                a, b = (a, middle) if f(a) * f(middle) <= 0 else (middle, b)
            made.append(round((a + b) / 2, 9) + 0.0)
    return made


def function_scene(
    shown: Drawn, *, names: tuple[str, str], x_label: str, decimal: str,
    size: tuple[float, float], about: str,
) -> Scene:  # fmt: skip
    """The function and (dashed) its derivative; ``names`` are their labels. At a corner the sides
    end in open points and the convention has a full one."""
    f, g = numeric(shown.value), numeric(shown.slope)
    span = max([SPAN if _bends(f) else 3.0, *(abs(c) + 2 for c in shown.corners)])
    value = sample(f, -span, span, 121, kinks=shown.corners)
    slope = sample(g, -span, span, 121, kinks=shown.corners, jumps=shown.corners)
    limits = {round(y, 6) for y in _limits(f)} - {0.0}
    frame = Frame(
        (-span, span), _range([value, slope], limits), *size, x_label=x_label,
        decimal=decimal,
    )  # fmt: skip
    return plot(
        [Curve(value, names[0]), Curve(slope, names[1], "derivative")],
        frame,
        dots=[d for c in shown.corners for d in _corner(g, c)],
        levels=sorted(limits),
        about=about,
    )


def _bends(f: Function) -> bool:
    """Is the function no straight line far out on the right?"""
    return abs(f(3.0) - 2 * f(2.0) + f(1.0)) > 1e-9


def _limits(f: Function) -> list[float]:
    """Values that the function comes ever closer to on the left and on the right."""
    made = []
    for sign in (-1, 1):
        near, far = f(sign * FAR[0]), f(sign * FAR[1])
        if math.isfinite(near) and abs(near - far) < 1e-9:
            made.append(far)
    return made


def _jump(g: Function, c: float) -> bool:
    return abs(g(c + HAIR) - g(c - HAIR)) > 1e-3


def _corner(g: Function, c: float) -> list[Dot]:
    """Open where the two sides end, full where the convention puts the derivative."""
    sides = [round(g(c - HAIR), 5), round(g(c + HAIR), 5)]
    here = g(c)
    rings = [Dot(c, y, open=True) for y in sides if abs(y - here) > 1e-4]
    return [*rings, Dot(c, here)]


def _range(curves: Sequence[Sequence[Point | None]], limits: set[float]) -> tuple[float, float]:
    ys = sorted([p[1] for c in curves for p in c if p is not None])
    low, high = min([*ys[:1], 0.0, *limits]), max([*ys[-1:], 1.0, *limits])
    low, high = max(low, -3.2), min(high, 3.2)
    room = 0.1 * (high - low)
    return low - room, high + room


def loss_scene(
    value: Expr, slope: Expr, *, names: tuple[str, str], x_label: str, decimal: str,
    ends: tuple[float, float], size: tuple[float, float], about: str,
) -> Scene:  # fmt: skip
    """The loss of one output over its prediction ``x``, and its derivative."""
    f, g = numeric(value), numeric(slope)
    curves = [
        Curve(sample(f, *ends), names[0]),
        Curve(sample(g, *ends), names[1], "derivative"),
    ]
    frame = Frame(ends, (-3.2, 3.2), *size, x_label=x_label, decimal=decimal)
    return plot(curves, frame, about=about)


def secant_scene(
    f: Expr, at: float, steps: Sequence[float], slope: Expr, *, names: Sequence[str],
    tangent: str, curve: str, x_label: str, decimal: str, about: str,
) -> Scene:  # fmt: skip
    """The function, a secant for each step h (one a click), then the tangent."""
    value, rise = numeric(f), numeric(slope)
    ends = (at - 1.2, at + max(steps) + 0.3)
    made = [Curve(sample(value, *ends), curve)]
    dots = [Dot(at, value(at))]
    for k, h in enumerate(steps, 1):
        m = (value(at + h) - value(at)) / h
        made.append(Curve(_straight(at, value(at), m, ends), names[k - 1], f"series{k + 1}", at=k))
        dots.append(Dot(at + h, value(at + h), at=k))
    last = len(steps) + 1
    made.append(Curve(_straight(at, value(at), rise(at), ends), tangent, "derivative", at=last))
    top = value(ends[1])
    frame = Frame(ends, (-0.3 * top, 1.05 * top), 5.6, 3.6, x_label=x_label, decimal=decimal)
    return plot(made, frame, dots=dots, about=about)


def _straight(x: float, y: float, m: float, ends: tuple[float, float]) -> list[Point]:
    return [(e, y + m * (e - x)) for e in ends]
