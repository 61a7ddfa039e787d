"""The drawing of a network: a stack of dense layers as the lecture draws it, else a block diagram.

A `Stack` says what there is to draw: layers, their units, the names of the tensors and how an entry
is written. `stack_of` reads it off a network's equations; `stack_scene` lays it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .scene import Scene

if TYPE_CHECKING:
    from codegen.notation import Symbols
    from derive.network import Network

At = tuple[int | str, ...]
"""Indices of an entry from 0; a text where the size is a symbol (``n-1``)."""


@dataclass(frozen=True)
class Dense:
    """One layer: the names of its tensors. ``bias`` is empty where there is none, ``shared`` says
    that one number serves all units; ``gate`` is the activation as rich text, empty where the layer
    is linear (then ``out`` is ``pre``); ``joint``: one function of all units, as softmax is;
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
    """A stack of dense layers. ``entry(tensor, at)`` and ``whole(tensor)`` give rich text;
    ``losses`` are the tensors that the ℓ box stands for (the losses of single outputs)."""

    source: str
    inputs: int | str
    layers: tuple[Dense, ...]
    entry: Callable[[str, At], str]
    whole: Callable[[str], str]
    target: str = ""
    loss: str = ""
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkOptions:
    """Size in cm that the drawing may take (it is laid out for it, not scaled), its text size,
    whether the header row stands above it, how many cm are kept free between header and network
    (for arcs), how many units of a layer and how many layers are drawn before dots replace some,
    whether weights carry their names, a text such as ``$0.0000$`` for which every wire has room
    (`codegen.picture.arcs.values_on`), what the layers of a block diagram are called (rich text by
    label), and the text for those who cannot see it."""

    width: float = 13.6
    height: float = 4.5
    size: str = "tiny"
    header: bool = True
    room: float = 0.0
    units: int = 5
    layers: int = 4
    weights: bool = True
    reserve: str = ""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    about: str = ""


def network_scene(
    network: Network, symbols: Symbols, options: NetworkOptions | None = None
) -> Scene:
    """The drawing of a network (of one sample or of a batch) in a notation.

    Dense layers give the lecture's drawing, everything else a block diagram of ``network.layers``
    (of the equations where there are none)."""
    from .network_blocks import block_scene
    from .network_stack import stack_of

    wanted = options or NetworkOptions()
    stack = stack_of(network, symbols)
    if stack is None:
        return block_scene(network, symbols, wanted)
    return stack_scene(stack, wanted)


def stack_scene(stack: Stack, options: NetworkOptions | None = None) -> Scene:
    """The lecture's drawing of a stack.

    Every shape carries the ref of what it stands for (``W0[1,0]``, ``v0[2]``); see
    `codegen.picture.regions` for the rectangles of tensors and entries in its anchors."""
    from .network_draw import Drawing

    return Drawing(stack, options or NetworkOptions()).scene()
