"""Data at which a module and its network are held against each other: drawn by the module itself,
so that they obey the declared facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ...derive.network.network import Network
from ...derive.pipeline import derive
from ..targets.loading import module_from
from .subject import Array, Point, Subject


def generated(network: Network) -> Subject:
    """The module of another network, made for the comparison alone."""
    from ..targets.numpy.module import numpy_module

    return Subject(module_from(numpy_module(derive(network)), network.name))


def draws(subject: Subject, seed: int, batches: Iterable[int]) -> Iterator[Point]:
    """New random data with parameters as they start; nothing where a module has no example."""
    example = getattr(subject.module, "example", None)
    init = getattr(subject.module, "init", None)
    if example is None or init is None:
        return
    for k, batch in enumerate(batches):
        params, args = example(seed=seed + k, dtype=np.float64, batch=batch)
        yield Point(params, args)
        yield Point(init(seed + k, np.float64), args)


def values_at(network: Network, point: Point) -> dict[str, Any]:
    """Every given tensor of a network by name, at that point."""
    names = [t.name for t in (*network.inputs, *network.targets)]
    constants = {t.name: network.values[t.name] for t in network.constants}
    return {
        **constants, **point.params._asdict(), **dict(zip(names, point.args, strict=True))
    }  # fmt: skip


def told(got: Array, expected: Array, where: int) -> str:
    index = ",".join(str(int(k)) for k in np.unravel_index(where, got.shape))
    place = f"[{index}]" if index else ""
    return f"{place}: got {got.flat[where]:.10g}, the equations give {expected.flat[where]:.10g}"
