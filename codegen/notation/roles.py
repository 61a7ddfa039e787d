"""What every tensor of a network is to a notation: its role, its layer, and who named it.

The names of a network's layers come from the engine (``W0``, ``v0``, ``y0``), so a preset may write
them in its own letters; what a person named in `equations:` keeps its name.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...derive import catalogue
from ...derive.language.equation import Equation, Tensor
from ...derive.language.expr import Fn, Read, Reduce, tensors, walk
from ...derive.language.functions import FUNCTIONS
from ...derive.language.parser import equations
from ...derive.network.network import Layer, Network

ROLES = (
    "input", "target", "output", "pre", "hidden", "weight", "bias", "parameter", "constant",
    "variable", "scalar", "loss", "total", "cost", "data_loss", "unit_loss", "delta",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A tensor in its network. ``layer`` counts the layers with weights from 0 (None: in none),
    ``alias`` is the layer's own name, ``own`` marks a name that a person chose, ``pre`` what is
    read by an activation (its adjoint is a delta), ``rank`` is without the batch."""

    role: str
    layer: int | None
    alias: str
    own: bool
    pre: bool
    rank: int


class Places:
    """Role and place of every tensor; ``weighted`` labels the layers with weights."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.defined = {e.name: e for e in network.equations}
        self.user = _user_names(network)
        self.of_layer: dict[str, int] = {}  # tensor -> its layer
        self.weighted: list[str] = []
        self.labels: dict[str, int] = {}
        for layer in network.layers:
            self._enter(layer)
        # y -> v of every y = f(v): in the equations, and as layers of the spec
        self.activated = {e.name: v for e in network.equations if (v := _activated(e))}
        activations = [x for x in network.layers if self._is_activation(x)]
        self.acted = {x.target for x in activations}
        self.acted_on = {s for x in activations for s in x.sources}

    def _enter(self, layer: Layer) -> None:
        eq = self.defined.get(layer.target)
        if eq is None or eq.label in self.labels or layer.target == self.network.sample_loss:
            return
        mine = [e for e in self.network.equations if e.label == eq.label]
        weights = [n for e in mine for n in tensors(e.rhs) if self._is_layer_parameter(n)]
        if weights and not self._is_activation(layer):
            self.labels[eq.label] = len(self.weighted)
            self.weighted.append(eq.label)
            for name in weights:
                self.of_layer.setdefault(name, self.labels[eq.label])
        else:
            self.labels[eq.label] = max(0, len(self.weighted) - 1)

    def _is_layer_parameter(self, name: str) -> bool:
        t = self.network.tensors[name]
        return t.kind == "parameter" and name not in self.user

    def _is_activation(self, layer: Layer) -> bool:
        spec = self.network.spec
        known = getattr(spec, "define", {}).get(layer.label)
        if known is None and layer.label in catalogue.names():
            known = catalogue.definition(layer.label)
        if known is not None:
            return bool(known.kind == "activation")
        eq = self.defined.get(layer.target)  # an abstract g
        return eq is not None and isinstance(eq.rhs, Fn)

    def all(self) -> dict[str, Place]:
        return {name: self.place(t) for name, t in self.network.tensors.items()}

    def place(self, t: Tensor) -> Place:
        rank = len(t.axes) - (1 if t.batch else 0)
        own = self._own(t)
        eq = self.defined.get(t.name)
        label = eq.label if eq is not None else ""
        layer = self.labels.get(label) if eq is not None else self.of_layer.get(t.name)
        pre = t.name in self.acted_on or (t.name == self.network.output and self._affine(t.name))
        role = self._role(t, rank, own)
        if layer is None and role == "output" and self.weighted:
            layer = len(self.weighted) - 1
        if role in ("output", "pre", "hidden", "weight", "bias") and layer is None:
            own = True  # a layer without weights: nothing to count
        alias = self._alias(layer)
        return Place(role, layer, alias, own, pre and not own, rank)

    def _alias(self, layer: int | None) -> str:
        if layer is None or layer >= len(self.weighted):
            return ""
        label = self.weighted[layer]
        return label[1:] if label.startswith("_") else ""

    def _own(self, t: Tensor) -> bool:
        if t.kind in ("input", "target"):
            same = self.network.of_kind(t.kind)
            return not self.weighted or len(same) > 1 or not self._of_layers(t)
        return t.name in self.user

    def _of_layers(self, t: Tensor) -> bool:
        """Is this input or target read by a layer of the spec, not only by own equations?"""
        readers = [e for e in self.network.equations if t.name in tensors(e.rhs)]
        return bool(readers) and all(e.name not in self.user for e in readers)

    def _affine(self, name: str) -> bool:
        eq = self.defined.get(name)
        if eq is None or name in self.user:
            return False
        inside = [e for e in walk(eq.rhs) if isinstance(e, Fn)]
        return not inside and any(self._is_layer_parameter(n) for n in tensors(eq.rhs))

    def _role(self, t: Tensor, rank: int, own: bool) -> str:
        if t.kind in ("input", "target", "constant"):
            return "scalar" if rank == 0 and own else t.kind
        if t.kind == "parameter":
            return self._parameter(t, rank, own)
        if (role := self._of_the_loss(t, rank)) is not None:
            return role
        if t.name == self.network.output:
            return "output" if rank else "scalar" if own else "output"
        if rank == 0 and own:
            return "scalar"
        if own:  # roles of free equations, for what goes by role alone
            guessed = "hidden" if t.name in self.activated else "variable"
            return "pre" if t.name in self.activated.values() else guessed
        if t.name in self.acted_on and self._affine(t.name):
            return "pre"
        if t.name in self.acted:
            return "hidden"
        return "scalar" if rank == 0 else "variable"

    def _parameter(self, t: Tensor, rank: int, own: bool) -> str:
        if not own and t.name in self.of_layer:
            if t.name[0] == "b":
                return "bias"
            return "weight" if t.name[0] == "W" else "parameter" if rank else "scalar"
        if rank == 0:
            return "scalar"
        return "bias" if t.name[0] == "b" else "weight" if rank >= 2 else "parameter"

    def _of_the_loss(self, t: Tensor, rank: int) -> str | None:
        """The parts of a catalogue loss; a loss that a person wrote keeps its name."""
        net = self.network
        if t.name == net.loss != net.sample_loss:
            final = "cost" if self._has_penalties() else "total"
            return final if t.name == "loss" else "scalar"
        if t.name in self.user:
            return None
        if t.name == net.sample_loss:
            return "data_loss" if self._has_penalties() else "loss"
        sample = self.defined.get(net.sample_loss)
        if sample is None or net.sample_loss in self.user or rank == 0:
            return None
        summed = isinstance(sample.rhs, Reduce) and isinstance(sample.rhs.body, Read)
        return "unit_loss" if summed and t.name in tensors(sample.rhs) and t.name == "l" else None

    def _has_penalties(self) -> bool:
        final = self.defined.get(self.network.loss)
        return final is not None and len(tensors(final.rhs)) > 1


def _user_names(network: Network) -> frozenset[str]:
    """Names that a person chose, beside inputs and targets."""
    spec = network.spec
    if spec is None:
        return frozenset(network.tensors)
    own = equations(spec.equations) if spec.equations else ()
    return frozenset({*spec.parameters, *spec.constants, *(e.name for e in own)})


def _activated(eq: Equation) -> str:
    """v of y = f(v) for one function f."""
    match eq.rhs:
        case Fn(name, (Read(tensor), *_)) if name in FUNCTIONS:
            return tensor
    return ""
