"""The numbers that a spec gives: values, samples, constants and numbered edges, in their shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..language.equation import BATCH, Tensor
from ..language.errors import ChalkgradError, suggest
from ..spec.definition import TensorDecl
from ..spec.models import Spec
from .network import Network


def with_values(network: Network, spec: Spec, constants: Mapping[str, TensorDecl]) -> Network:
    values: dict[str, Any] = {}
    given = dict(spec.values)
    edges = given.pop("edges", None)
    for name, value in given.items():
        values[name] = _shaped(network, name, value, f"values.{name}", single=True)
    if edges is not None:
        values.update(_edges(network, edges))
    for name, value in spec.samples.items():
        values[name] = _shaped(network, name, value, f"samples.{name}", single=False)
    for t in network.constants:
        decl = constants[t.name]
        if decl.value is None and t.name not in values:
            hint = f"constants: {{{t.name}: {{shape: […], value: […]}}}}"
            what = f"the constant '{t.name}' has no value"
            raise ChalkgradError(what, where="constants", hint=hint)
        if decl.value is not None:
            values[t.name] = _shaped(
                network, t.name, decl.value, f"constants.{t.name}", single=True
            )
    return replace(network, values=values)


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [x for v in value for x in _flat(v)]
    return [value]


def _shaped(network: Network, name: str, value: Any, where: str, *, single: bool) -> Any:
    """Numbers in the tensor's shape, batch first; a flat list fills a shape of its size."""
    t = network.tensors.get(name)
    if t is None or t.kind == "variable":
        known = [x.name for x in network.tensors.values() if x.kind != "variable"]
        raise ChalkgradError(f"there is no input or parameter '{name}'", where=where,
                             hint=suggest(name, known))  # fmt: skip
    shape = [network.size(a) for a in t.axes if a != BATCH]
    if any(not isinstance(s, int) for s in shape):
        raise ChalkgradError(f"'{name}' has a symbolic size and can have no numbers", where=where)
    sizes = [int(s) for s in shape]
    flat = _flat(value)
    count = math.prod(sizes)
    batch = 1 if single or not t.batch else max(1, len(flat) // max(count, 1))
    if len(flat) != count * batch:
        raise ChalkgradError(
            f"'{name}' has {count} entries (shape {sizes}), got {len(flat)}", where=where
        )
    if t.integer is not None and any(int(v) != v or v < 0 for v in flat):
        raise ChalkgradError(f"'{name}' holds whole numbers from 0", where=where)
    below = None if t.integer is None else network.size(t.integer)
    if isinstance(below, int) and any(v >= below for v in flat):
        raise ChalkgradError(f"'{name}' holds whole numbers below {below}", where=where)
    full = [batch, *sizes] if t.batch else sizes
    return _nest(flat, full)


def _nest(flat: list[Any], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [_nest(flat[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]


def edge_names(network: Network, edges: Any = None) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Edge numbers (w1, w2, …) to entries (W0, (from, to)), as ``style.edges`` asks, else as
    ``edges`` (name, order, start) says."""
    if network.spec is not None and network.spec.style.edges is not None:
        edges = network.spec.style.edges
    if edges is None:
        return {}
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    k = edges.start
    for t in _matrices(network):
        rows, cols = (int(network.size(a)) for a in t.axes)
        pairs = [(i, j) for j in range(cols) for i in range(rows)]
        if edges.order == "from_to":
            pairs = [(i, j) for i in range(rows) for j in range(cols)]
        for i, j in pairs:
            found[f"{edges.name}{k}"] = (t.name, (i, j))
            k += 1
    return found


def _matrices(network: Network) -> list[Tensor]:
    return [t for t in network.parameters if len(t.axes) == 2]


def _edges(network: Network, given: Any) -> dict[str, Any]:
    names = edge_names(network)
    flat = _flat(given)
    if len(flat) != len(names):
        what = f"the network has {len(names)} edges, got {len(flat)} values"
        hint = "style: {edges: {name: w}} numbers them"
        raise ChalkgradError(what, where="values.edges", hint=hint)
    made: dict[str, Any] = {}
    for t in _matrices(network):
        rows, cols = (int(network.size(a)) for a in t.axes)
        made[t.name] = [[None] * cols for _ in range(rows)]
    for (tensor, (i, j)), value in zip(names.values(), flat, strict=True):
        made[tensor][i][j] = value
    return made
