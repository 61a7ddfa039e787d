"""The network's drawing for a page: the plain scene and what is laid over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from codegen.picture.arcs import active_path, chain_arcs, region_box, values_on
from codegen.picture.network import NetworkOptions, network_scene
from codegen.picture.scene import Scene
from derive.entries import Entry

from .board import Board

ROOM = 0.8  # cm that arcs need above the network
__all__ = ["active", "arcs", "boxes", "drawing", "with_values"]


@cache
def drawing(board: Board, height: float = 3.4, room: float = 0.0) -> Scene:
    """The network of a board in grey, its labels in the board's notation, laid out for at most
    ``height`` cm, and ``room`` more for arcs; few units need less."""
    units = max((_units(board, layer.target) for layer in board.net.layers), default=3)
    wanted = min(height, 0.9 + 0.75 * units) + room
    return network_scene(board.net, board.symbols, NetworkOptions(height=wanted, room=room))


def _units(board: Board, tensor: str) -> int:
    """How many units of a layer are drawn above each other."""
    shape = board.net.shape(tensor)
    return min(5, shape[0]) if len(shape) == 1 and isinstance(shape[0], int) else 1


def arcs(
    board: Board, path: Sequence[str], *, reveal: bool, height: float = 3.0,
    labels: Sequence[str] = (),
) -> Scene:  # fmt: skip
    """One arc per factor from the loss to the last tensor of ``path``."""
    plain = drawing(board, height, ROOM)
    return chain_arcs(plain, path, first_step=2 if reveal else 1, labels=labels)


def boxes(board: Board, groups: Sequence[Sequence[str]]) -> Scene:
    """A box that moves along the groups of tensors, one a step."""
    scene = drawing(board)
    for k, names in enumerate(groups, start=1):
        scene = region_box(scene, names, at=k, until=k if k < len(groups) else 0)
    return scene


def active(board: Board, entries: Sequence[Entry], *, height: float = 2.5) -> Scene:
    """The entries of one path, their edge drawn strong."""
    return active_path(drawing(board, height), entries)


def with_values(board: Board, values: Mapping[str, str], *, height: float = 2.5) -> Scene:
    """Numbers at the wires."""
    return values_on(drawing(board, height), values)
