"""What there is to draw of a network, and how large: plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SIZE = "tiny"  # of the symbols
At = tuple[int | str, ...]
"""Indices of an entry from 0; a text where the size is a symbol (``n-1``)."""


@dataclass(frozen=True)
class Dense:
    """One layer: the names of its tensors. ``bias`` is empty where there is none, ``shared`` says
    that one number serves all units; ``gate`` is the activation as rich text, empty where the unit
    adds none (``out`` may be ``pre``); ``joint``: one function of all units, as softmax is;
    ``swapped``: the weights are stored (to, from)."""

    weight: str
    pre: str
    out: str
    units: int | str
    bias: str = ""
    shared: bool = False
    gate: str = "$g$"
    joint: bool = False
    swapped: bool = False


@dataclass(frozen=True)
class Stack:
    """A stack of dense layers. ``entry(tensor, at)`` and ``whole(*tensors)`` give rich text;
    ``losses`` are the tensors that the ℓ box stands for (the losses of single outputs)."""

    source: str
    inputs: int | str
    layers: tuple[Dense, ...]
    entry: Callable[[str, At], str]
    whole: Callable[..., str]
    target: str = ""
    loss: str = ""
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkOptions:
    """Size in cm that the drawing may take (it is laid out for it, not scaled), how many cm are
    kept free between header and network (for arcs), a text such as ``$0.0000$`` for which every
    wire has room (`codegen.picture.network.arcs.values_on`), what the layers of a block diagram
    are called (rich text by label), and the text for those who cannot see it."""

    width: float = 13.6
    height: float = 4.5
    room: float = 0.0
    reserve: str = ""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    about: str = ""
