"""The drawing of a network: a stack of dense layers as the lecture draws it, else a block diagram.

A `Stack` (`network_model`) says what there is to draw: layers, their units, the names of tensors
and how an entry is written. `stack_of` reads it off a network's equations, `Drawing` lays it out.
"""

from __future__ import annotations

from ....derive.network.network import Network
from ...notation.symbols import Symbols
from ..scene.scene import Scene
from .blocks import Blocks
from .draw import Drawing
from .model import NetworkOptions
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
    if stack is None:
        return Blocks(network, symbols, wanted).scene()
    return Drawing(stack, wanted).scene()
