"""The network's drawing for a page: the plain scene and what is laid over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from ....derive.values.entries import Entry
from ...deck.model import Block, Picture
from ...formula.rich import inline
from ...layout import extent
from ...picture.network.arcs import active_path, chain_arcs, chain_boxes, region_box, values_on
from ...picture.network.model import NetworkOptions
from ...picture.network.network import network_scene
from ...picture.network.stack import stack_of
from ...picture.scene.scene import Scene
from .board import Board

RESERVED = 0.123456789  # a number as wide as most
ROOM, UNDER = 0.8, 0.5  # cm that arcs need above and below the network
PAGE = {"16:9": (14.0, 6.8), "4:3": (11.4, 7.4)}  # cm for the blocks of a page
MOST = 0.62  # the part of a page that a network may take
HEIGHTS = [4.6 - 0.25 * k for k in range(12)]  # in steps, so that a network keeps its size


def placed(
    board: Board, make: Callable[[float], Scene], rest: Sequence[Block], *, room: float = 0.0,
    under: float = 0.0,
) -> Picture:  # fmt: skip
    """The picture of ``make(height)`` as high as the other blocks of its page leave room for:
    the higher a network is drawn, the more of its weights and biases carry their names. ``room``
    is what ``make`` adds for arcs above the network, ``under`` below it."""
    wide, high = PAGE[board.aspect or "16:9"]
    left = min(high - extent.stack(rest, wide, high) - extent.GAP, MOST * high) - under
    height = HEIGHTS[-1]
    for height in HEIGHTS:
        low, top = drawing(board, height, room).frame()
        if top[1] - low[1] <= left:
            break
    return Picture(make(height), height=MOST)


def fits(board: Board, picture: Picture, rest: Sequence[Block]) -> bool:
    """Do a picture and the other blocks stand on one page?"""
    wide, high = PAGE[board.aspect or "16:9"]
    return extent.stack([picture, *rest], wide, high) <= high


def room_for(board: Board, rest: Sequence[Block]) -> bool:
    """Does the smallest drawing with arcs stand above the other blocks of a page?"""
    return fits(board, Picture(drawing(board, HEIGHTS[-1], ROOM + UNDER), height=MOST), rest)


def comfortable(board: Board) -> float:
    """The height in cm below which a network with numbers at its wires is crowded."""
    return 2.2 + 0.5 * _most_units(board)


@cache
def drawing(board: Board, height: float = 3.4, room: float = 0.0, reserve: str = "") -> Scene:
    """The network of a board in grey, its labels in the board's notation, laid out for at most
    ``height`` cm, and ``room`` more for arcs; few units need less. ``reserve`` is a number that
    has to find room beside every wire."""
    wanted = min(height, 1.7 + 0.9 * _most_units(board)) + room
    wide = 11.6 if board.aspect == "4:3" else 13.6
    options = NetworkOptions(
        width=wide, height=wanted, room=room, reserve=reserve, names=_names(board),
        about=board.words("picture_network"),
    )  # fmt: skip
    return network_scene(board.net, board.symbols, options)


def _names(board: Board) -> dict[str, str]:
    """What block diagrams call the layers, where the language has a word for one."""
    kinds = dict.fromkeys(layer.label for layer in board.net.layers)
    known = [k for k in kinds if board.words.has(f"layer_{k}")]
    return {k: board.words(f"layer_{k}") for k in known}


def _most_units(board: Board) -> int:
    return max((_units(board, layer.target) for layer in board.net.layers), default=3)


def _units(board: Board, tensor: str) -> int:
    """How many units of a layer are drawn above each other."""
    shape = board.net.shape(tensor)
    return min(5, shape[0]) if len(shape) == 1 and isinstance(shape[0], int) else 1


def arcs(
    board: Board, paths: Sequence[Sequence[str]], *, reveal: bool, height: float = 3.0
) -> Scene:
    """One arc per factor from the loss to the last tensor of every path."""
    return chain_arcs(drawing(board, height, ROOM), *paths, first_step=2 if reveal else 1)


def reached(board: Board, paths: Sequence[Sequence[str]], *, height: float = 3.0) -> Scene:
    """The tensors of a chain in the colours of its factors, without the arcs."""
    return chain_boxes(drawing(board, height), *paths)


def is_stack(board: Board) -> bool:
    """Is the network drawn as layers of units, and not as a block diagram?"""
    return stack_of(board.net, board.symbols) is not None


def boxes(board: Board, groups: Sequence[Sequence[str]], height: float = 3.4) -> Scene:
    """A box that moves along the groups of tensors, one a step."""
    scene = drawing(board, height)
    for k, names in enumerate(groups, start=1):
        scene = region_box(scene, names, at=k, until=k if k < len(groups) else 0)
    return scene


def active(
    board: Board, entries: Sequence[Entry], *, height: float = 2.5, factors: Sequence[int] = ()
) -> Scene:
    """The entries of one path, their edge drawn strong; the k-th in the colour of factor k, or of
    ``factors[k - 1]``."""
    return active_path(drawing(board, height), entries, factors=factors)


def with_values(board: Board, values: Mapping[str, str], *, height: float = 2.5) -> Scene:
    """Numbers at the wires."""
    longest = max((len(v) for v in values.values()), default=0)
    reserve = inline(board.numerals.formula(RESERVED)) if longest else ""
    return values_on(drawing(board, height, 0.0, reserve), values)
