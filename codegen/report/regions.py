"""What a network answers all over the plane, where two of its input's numbers vary.

A third column that is the same in every sample (the 1 that carries a bias) is held at its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

POINTS = 161  # of the grid, along each side
MARGIN = 0.12  # around the samples, as a share of their box
DRAWN = 1500  # samples that are drawn


@dataclass(frozen=True)
class Regions:
    """``values[i, j]`` at ``(x[j], y[i])``: a class, the probability of yes, or the output."""

    kind: str  # classes | yes | number
    names: tuple[str, str]
    held: Mapping[str, float]
    x: Array
    y: Array
    values: Array
    classes: int
    points: Array  # (samples, 2), those that are drawn
    targets: Array  # their classes, their yes and no, or their numbers
    every: int  # each how-manieth sample is drawn


def regions(
    program: Any, params: Any, data: tuple[Array, ...], count: int = POINTS
) -> Regions | None:
    """The answers over the box of the samples; None where the input is not two numbers that vary,
    or the output is not one answer."""
    plane = _plane(program, data)
    outputs = dict(program.OUTPUTS)
    output, shape = next(iter(outputs.items()))
    kind = _kind(program, params, data)
    single = len(shape) == 1 if kind == "classes" else int(np.prod(shape)) == 1
    if plane is None or not single:
        return None
    inputs = data[0].astype(float)
    x, y = (_axis(inputs[:, k], count) for k in plane)
    grid = np.tile(inputs[0], (count * count, 1))
    grid[:, plane[0]], grid[:, plane[1]] = (a.ravel() for a in np.meshgrid(x, y))
    with np.errstate(all="ignore"):
        made = program.predictions(params, (grid.astype(data[0].dtype),))[output]
    values = _answers(kind, program.METRIC, made).reshape(count, count)
    every = -(-len(inputs) // DRAWN)
    name = program.INPUTS[0]
    held = {f"{name}[{k}]": float(inputs[0, k]) for k in range(inputs.shape[1]) if k not in plane}
    return Regions(
        kind, (f"{name}[{plane[0]}]", f"{name}[{plane[1]}]"), held, x, y, values,
        shape[-1] if kind == "classes" else 2,
        inputs[::every][:, plane], _targets(kind, data)[::every], every,
    )  # fmt: skip


def _plane(program: Any, data: tuple[Array, ...]) -> tuple[int, int] | None:
    """The two columns of the only input that vary."""
    if len(program.INPUTS) != 1 or len(program.TARGETS) != 1:
        return None
    given = data[0]
    if program.INPUTS[0] in program.INTEGERS or given.ndim != 2 or not 2 <= given.shape[1] <= 8:
        return None
    varying = [k for k in range(given.shape[1]) if (given[:, k] != given[0, k]).any()]
    return (varying[0], varying[1]) if len(varying) == 2 else None


def _axis(values: Array, count: int) -> Array:
    low, high = float(values.min()), float(values.max())
    room = MARGIN * (high - low)
    return np.linspace(low - room, high + room, count)


def _kind(program: Any, params: Any, data: tuple[Array, ...]) -> str:
    """Are the answers classes, yes and no, or a number? (Targets of 0.3 are neither yes nor no.)"""
    if not program.METRIC or program.answers(params, data) is None:
        return "number"
    return "classes" if program.METRIC == "classes" else "yes"


def _answers(kind: str, metric: str, made: Array) -> Array:
    """Classes, or the probability of yes, or the number."""
    if kind == "classes":
        return np.asarray(made.argmax(axis=-1))
    flat = made.reshape(len(made)).astype(float)
    logits = kind == "yes" and metric == "logits"
    return 0.5 * (1 + np.tanh(0.5 * flat)) if logits else flat


def _targets(kind: str, data: tuple[Array, ...]) -> Array:
    given = data[1]
    if kind == "classes" and given.dtype.kind == "f":
        return np.asarray(given.argmax(axis=-1))
    return np.asarray(given).reshape(len(given))
