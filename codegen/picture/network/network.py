"""The drawing of a network: a stack of dense layers as the lecture draws it, else a block diagram.

A `Stack` (`network_model`) says what there is to draw: layers, their units, the names of tensors
and how an entry is written. `stack_of` reads it off a network's equations, `Drawing` lays it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....derive.language.expr import tensors
from ....derive.network.network import Network
from ...notation.symbols import Symbols
from ..scene.scene import Scene
from .blocks import Blocks
from .draw import Drawing
from .model import NetworkOptions
from .regions import keep, region
from .stack import stack_of


def network_scene(
    network: Network, symbols: Symbols, options: NetworkOptions | None = None
) -> Scene:
    """The drawing of a network (of one sample or of a batch) in a notation.

    Dense layers give the lecture's drawing, everything else a block diagram of ``network.layers``
    (of the equations where there are none). Every shape carries the ref of what it stands for
    (``W0[1,0]``, ``v0[2]``); see `codegen.picture.network.regions` for the rectangles of tensors
    and entries in its anchors."""
    wanted = options or NetworkOptions()
    stack = stack_of(network, symbols)
    made = Blocks(network, symbols, wanted) if stack is None else Drawing(stack, wanted)
    return _with_losses(made.scene(), network)


def _with_losses(scene: Scene, network: Network) -> Scene:
    """What has no place of its own between the output and the cost, with its penalties, stands at
    the loss that is drawn: the arcs of a chain start there."""
    drawn = region(scene, f"^{network.sample_loss}") or region(scene, network.sample_loss)
    if drawn is None:
        return scene
    anchors = dict(scene.anchors)
    for name in _of_loss(network):
        if region(scene, name) is None:
            keep(anchors, name, drawn)
    return replace(scene, anchors=anchors)


def _of_loss(network: Network) -> Iterator[str]:
    """What is made from the output, and what the cost adds to it."""
    below = {network.output}
    for eq in network.equations:
        read = set(tensors(eq.rhs))
        if eq.name == network.loss:
            yield from sorted(read - below)
        if read & below:
            below.add(eq.name)
            yield eq.name
