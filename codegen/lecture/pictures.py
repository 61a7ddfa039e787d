"""The network's drawing for a page: the plain scene and what is laid over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from codegen.picture.arcs import active_path, chain_arcs, region_box, values_on
from codegen.picture.network import network_scene
from codegen.picture.scene import Scene
from derive.entries import Entry

from .board import Board

__all__ = ["active", "arcs", "boxes", "drawing", "with_values"]


@cache
def drawing(board: Board) -> Scene:
    """The network of a board in grey, its labels in the board's notation."""
    return network_scene(board.net, board.symbols)


def arcs(board: Board, path: Sequence[str], *, reveal: bool, labels: Sequence[str] = ()) -> Scene:
    """One arc per factor from the loss to the last tensor of ``path``."""
    return chain_arcs(drawing(board), path, first_step=2 if reveal else 1, labels=labels)


def boxes(board: Board, groups: Sequence[Sequence[str]]) -> Scene:
    """A box that moves along the groups of tensors, one a step."""
    scene = drawing(board)
    for k, names in enumerate(groups, start=1):
        scene = region_box(scene, names, at=k, until=k if k < len(groups) else 0)
    return scene


def active(board: Board, entries: Sequence[Entry]) -> Scene:
    """The entries of one path, their edge drawn strong."""
    return active_path(drawing(board), entries)


def with_values(board: Board, values: Mapping[str, str]) -> Scene:
    """Numbers at the wires."""
    return values_on(drawing(board), values)
