"""The network's drawing above the other blocks of a page, as high as they leave room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .....derive.values.entries import Entry
from ....deck.model import Block, Picture
from ....picture.scene.scene import Scene
from ...board import pictures
from ...board.board import Board


def with_arcs(
    board: Board, paths: Sequence[Sequence[str]], rest: Sequence[Block], *, reveal: bool = False
) -> list[Block]:
    """One arc per factor of a chain, path by path."""

    def made(high: float) -> Scene:
        return pictures.arcs(board, paths, reveal=reveal, height=high)

    under = pictures.UNDER if len(paths) > 1 else 0.0
    picture = pictures.placed(board, made, rest, room=pictures.ROOM, under=under)
    return above(board, picture, rest, several=len(paths) > 1)


def with_path(
    board: Board, path: Sequence[Entry], rest: Sequence[Block], factors: Sequence[int] = (),
    *, several: bool = False,
) -> list[Block]:  # fmt: skip
    """The entries of a path in the colours of its factors, or of ``several`` paths."""

    def made(high: float) -> Scene:
        return pictures.active(board, path, height=high, factors=factors)

    return above(board, pictures.placed(board, made, rest), rest, several=several)


def above(board: Board, picture: Picture, rest: Sequence[Block], *, several: bool) -> list[Block]:
    """The picture over the rest; the rows of a sum stay together, rather without it."""
    if several and not pictures.fits(board, picture, rest):
        return list(rest)
    return [picture, *rest]


def with_values(board: Board, values: Mapping[str, str], rest: Sequence[Block]) -> list[Block]:
    """Numbers at the wires."""

    def made(high: float) -> Scene:
        return pictures.with_values(board, values, height=high)

    return [pictures.placed(board, made, rest), *rest]
