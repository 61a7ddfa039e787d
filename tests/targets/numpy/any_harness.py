"""Judging one equation-only network: data, the oracle's slopes, the module's own complex step."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.language.equation import Tensor
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.pipeline import load
from tests.networks import Trial
from tests.targets.numpy import scalar_oracle

STEP = 1e-100

Array = np.ndarray
Data = dict[str, Array]
_count = itertools.count()


@dataclass(frozen=True)
class Built:
    """A network with its generated module."""

    network: Network = field(repr=False)
    module: ModuleType = field(repr=False)
    source: str = field(repr=False)

    def loss(self, data: Mapping[str, Array]) -> Any:
        """The module's loss without its argument checks (the data may be complex)."""
        return self.module.forward_unchecked(*self.arguments(data))[0]

    def arguments(self, data: Mapping[str, Array]) -> list[Any]:
        n = self.network
        params = self.module.Params(*(data[t.name] for t in n.parameters))
        return [params, *(data[t.name] for t in (*n.inputs, *n.targets))]

    def gradients(self, data: Mapping[str, Array]) -> tuple[Any, Data]:
        """(loss, gradients by name) through the checked forward and backward."""
        loss, kept = self.module.forward(*self.arguments(data))
        params, inputs = self.module.backward(self.arguments(data)[0], kept)
        return loss, {**params._asdict(), **inputs._asdict()}


def build(spec: Mapping[str, Any], folder: Path) -> Built:
    network = load(dict(spec))
    source = numpy_module(network.derive())
    path = folder / f"net{next(_count)}_{network.name}.py"
    path.write_text(source, encoding="utf-8")
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return Built(network, module, source)


def shrunk(spec: Mapping[str, Any], axes: tuple[str, ...]) -> dict[str, Any]:
    """The same spec with some axes of size 1 (their integer constants at position 0)."""
    return {**spec, "axes": {**spec["axes"], **dict.fromkeys(axes, 1)}}


# -- data ----------------------------------------------------------------------------------------


def draw(trial: Trial, network: Network, batch: int, seed: int = 0) -> Data:
    """Random float64 data for every given tensor, constants included."""
    rng = np.random.default_rng(seed)
    data: Data = {}
    for t in network.tensors.values():
        if t.kind == "variable":
            continue
        shape = tuple(batch if s == "N" else int(s) for s in network.shape(t.name))
        if t.kind == "constant":
            data[t.name] = np.array(network.values[t.name], dtype=None if t.integer else float)
        elif t.name in trial.given and np.shape(trial.given[t.name])[1:] == shape[1:]:
            rows = np.array(trial.given[t.name], dtype=float)
            data[t.name] = rows[np.arange(batch) % len(rows)]
        else:
            data[t.name] = _random(rng, t, shape, network, t.name in trial.positive)
    return data


def _random(
    rng: np.random.Generator, t: Tensor, shape: tuple[int, ...], network: Network, positive: bool
) -> Array:
    if t.integer is not None:
        return rng.integers(0, int(network.size(t.integer)), shape)
    if t.fact == "distribution":
        return rng.dirichlet(np.ones(shape[-1]), shape[:-1])
    if positive:
        return np.asarray(rng.uniform(0.3, 1.5, shape))
    return np.asarray(0.7 * rng.standard_normal(shape))


def wanted(network: Network) -> list[str]:
    """The parameters and the float inputs."""
    return [t.name for t in (*network.parameters, *network.inputs) if t.integer is None]


def in_single(data: Data) -> Data:
    return {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in data.items()}


def enlarged(data: Data, names: tuple[str, ...], size: float) -> Data:
    """Some tensors at about +-size, every entry a little different."""
    made = dict(data)
    for name in names:
        v = data[name]
        made[name] = np.where(v < 0, -size, size) * (1 + 0.01 * np.abs(v))
    return made


# -- slopes ----------------------------------------------------------------------------------------


def oracle_loss(network: Network, data: Mapping[str, Array], batch: int) -> Any:
    """The loss of the equations as they were written, by plain loops over Python numbers."""
    sizes = {axis: batch if size == "N" else int(size) for axis, size in network.sizes.items()}
    sizes["n"] = batch
    made = scalar_oracle.evaluate(network.written, data, sizes, network.initial)
    return made[network.loss][()]


def directions(
    network: Network, data: Data, entries: int, seed: int = 1
) -> Iterator[tuple[str, Array]]:
    """Per wanted tensor: single entries (all of them where few) and one random direction."""
    rng = np.random.default_rng(seed)
    for name in wanted(network):
        size = data[name].size
        chosen = range(size) if size <= entries else rng.choice(size, entries, replace=False)
        for entry in chosen:
            u = np.zeros(data[name].shape)
            u.flat[int(entry)] = 1.0
            yield name, u
        if size > entries:
            yield name, np.asarray(rng.standard_normal(data[name].shape))


def stepped(data: Data, name: str, direction: Array) -> Data:
    return {**data, name: data[name] + 1j * STEP * direction}


def worst(pairs: list[tuple[str, float, float]]) -> tuple[float, str]:
    """max|got - expected| / (max|expected| + 1e-6 * the largest gradient), the worst tensor."""
    largest = max((abs(e) for _, _, e in pairs), default=0.0)
    found = (0.0, "")
    for name in dict.fromkeys(n for n, _, _ in pairs):
        own = [(g, e) for n, g, e in pairs if n == name]
        gap = max(abs(g - e) for g, e in own)
        scale = max(abs(e) for _, e in own) + 1e-6 * largest
        error = gap / scale if scale else (0.0 if gap == 0 else np.inf)
        if not error <= found[0]:  # NaN counts
            found = (error, name)
    return found
