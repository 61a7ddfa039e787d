"""A network: an ordered list of named index equations over declared tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .expr import Expr, Idx

if TYPE_CHECKING:
    from .derivation import Derivation

BATCH = "n"  # the batch axis; its size is ``size[n]``


@dataclass(frozen=True)
class Tensor:
    """A named tensor. ``axes`` are axis ids, batch first when ``batch``; kind: input, target,
    parameter, constant or variable; ``integer`` is the exclusive upper bound of an integer tensor
    (an axis id), ``fact`` a declared property of its data, ``init`` how a parameter starts."""

    name: str
    kind: str
    axes: tuple[str, ...]
    batch: bool = False
    integer: str | None = None
    fact: str | None = None
    init: str | None = None


@dataclass(frozen=True)
class Equation:
    """``name[indices] = rhs``. ``label`` names the layer it came from, ``text`` is its source;
    ``board`` is the right side as it was written where ``rhs`` is a stable form of it;
    ``loop`` is the axis id along which a recurrence runs, ``reverse`` its
    direction, ``group`` the equations that run in the same loop."""

    name: str
    indices: tuple[Idx, ...]
    rhs: Expr
    label: str = ""
    text: str = ""
    board: Expr | None = None
    loop: str | None = None
    reverse: bool = False
    group: str = ""

    def with_rhs(self, rhs: Expr) -> Equation:
        return replace(self, rhs=rhs)


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

    def shape(self, name: str) -> tuple[int | str, ...]:
        """Sizes of a tensor's axes; the batch is the text ``N``."""
        return tuple(self.size(a) for a in self.tensors[name].axes)

    def size(self, axis: str) -> int | str:
        return "N" if axis == BATCH else self.sizes[axis]

    def derive(self) -> Derivation:
        """The reverse sweep over the equations; see `derive.sweep`."""
        from .sweep import derive

        return derive(self)
