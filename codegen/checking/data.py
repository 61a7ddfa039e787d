"""Where data enters a check: the module's own example, or the caller's values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...derive.language.errors import ChalkgradError
from .subject import Point, Subject


def starting_point(subject: Subject, params: Any, args: Any, seed: int, batch: int) -> Point:
    """The float64 point to check at.

    Given values win over the module's ``example``; parameters that are not given come from the
    example or from ``init``. Raises ChalkgradError for values that are missing or not finite.
    """
    point = _collect(subject, params, args, seed, batch)
    if not hasattr(point.params, "_fields"):
        raise ChalkgradError(
            f"the parameters must be a NamedTuple, not {type(point.params).__name__}",
            where=subject.name,
            hint="declare `class Params(NamedTuple)` with one field per tensor",
        )
    point = point.cast(np.float64)
    refuse_not_finite(subject, point)
    return point


def _collect(subject: Subject, params: Any, args: Any, seed: int, batch: int) -> Point:
    example = example_point(subject, seed, batch) if args is None or params is None else None
    if args is None:
        if example is None:
            raise ChalkgradError(
                "the module has no function example, so there is no data to check it with",
                where=subject.name,
                hint="pass args=(inputs..., targets...), or give the module "
                "example(seed=0, dtype=np.float64, batch=3) -> (Params, (inputs..., targets...))",
            )
        if params is None:
            return _finite(subject, example)
        return Point(params, example.args)
    if params is None:
        params = example.params if example is not None else _initial(subject, seed)
    return Point(params, tuple(args))


def _finite(subject: Subject, example: Point) -> Point:
    """The example, or the worked example where the loss is not finite at random data (a log)."""
    worked = getattr(subject.module, "worked_example", None)
    if worked is None or np.isfinite(subject.base_loss(example)):
        return example
    params, args = worked()
    return Point(params, tuple(args))


def example_point(subject: Subject, seed: int, batch: int) -> Point | None:
    """The module's own admissible data in float64, or None when it offers none."""
    example = getattr(subject.module, "example", None)
    if example is None:
        return None
    try:
        params, args = example(seed=seed, dtype=np.float64, batch=batch)
    except Exception as fault:
        raise ChalkgradError(
            f"example raised {type(fault).__name__}: {fault}", where=subject.name
        ) from fault
    return Point(params, tuple(args))


def _initial(subject: Subject, seed: int) -> Any:
    init = getattr(subject.module, "init", None)
    if init is None:
        raise ChalkgradError(
            "there are no parameters: the module has neither example nor init",
            where=subject.name,
            hint="pass params=Params(...)",
        )
    return init(seed, np.float64)


def single_sample(subject: Subject, point: Point, seed: int, given: bool) -> Point | None:
    """The same network at batch 1: a new example, or the first sample of given data.

    None when the data has one sample already, or shows no common leading axis.
    """
    if not given:
        example = example_point(subject, seed + 1, 1)
        return None if example is None else Point(point.params, example.cast(np.float64).args)
    arrays = [np.asarray(value) for value in point.args]
    sizes = {array.shape[0] if array.ndim else 0 for array in arrays}
    if len(sizes) != 1 or sizes <= {0, 1}:
        return None
    return Point(point.params, tuple(array[:1] for array in arrays))


def refuse_not_finite(subject: Subject, point: Point) -> None:
    """Raises ChalkgradError that names the first tensor holding NaN or an infinity."""
    named = list(zip(point.params._fields, point.params, strict=True))
    named += [(f"argument {k + 1} after params", value) for k, value in enumerate(point.args)]
    for name, value in named:
        array = np.asarray(value)
        if np.issubdtype(array.dtype, np.inexact) and not np.all(np.isfinite(array)):
            raise ChalkgradError(
                f"{name} holds a value that is not finite",
                where=subject.name,
                hint="check the data before checking gradients with it",
            )
