"""A network: an ordered list of named index equations over declared tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language.equation import BATCH, Equation, Tensor


@dataclass(frozen=True)
class Layer:
    """A box of the network's picture: ``label`` between what it reads and what it makes."""

    label: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Network:
    """Tensors, equations (in the order of evaluation) and axis sizes.

    ``sizes`` maps an axis id to an int, or to a name when the size is a symbol. ``loss`` is the
    final scalar, ``sample_loss`` the tensor the user called the loss (per sample or batch-free).
    """

    name: str
    tensors: Mapping[str, Tensor]
    equations: tuple[Equation, ...]
    sizes: Mapping[str, int | str]
    loss: str
    sample_loss: str
    output: str
    layers: tuple[Layer, ...] = ()
    initial: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    spec: Any = None
    title: str = ""
    outputs: tuple[str, ...] = ()  # what `predict` returns, ``output`` first
    written: tuple[Equation, ...] = ()  # as parsed and resolved: not stabilised, split or guarded

    def of_kind(self, kind: str) -> list[Tensor]:
        return [t for t in self.tensors.values() if t.kind == kind]

    @property
    def inputs(self) -> list[Tensor]:
        return self.of_kind("input")

    @property
    def targets(self) -> list[Tensor]:
        return self.of_kind("target")

    @property
    def parameters(self) -> list[Tensor]:
        return self.of_kind("parameter")

    @property
    def constants(self) -> list[Tensor]:
        return self.of_kind("constant")

    @property
    def scalars(self) -> frozenset[str]:
        """Names of single numbers: an index of such a name could be taken for one."""
        return frozenset(t.name for t in self.tensors.values() if not t.axes)

    def shape(self, name: str) -> tuple[int | str, ...]:
        """Sizes of a tensor's axes; the batch is the text ``N``."""
        return tuple(self.size(a) for a in self.tensors[name].axes)

    def size(self, axis: str) -> int | str:
        return "N" if axis == BATCH else self.sizes[axis]
