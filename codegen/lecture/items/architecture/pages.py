"""``architecture``: the network built up stage by stage, the matrices of each stage beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ....deck.model import Block, Columns, Math, Page, Row
from ...board import claims, pictures
from ...board.board import SYMBOLS, Board
from ...board.context import Context
from ...board.stages import Stage, stages
from .options import Options

LARGEST = 60  # entries of a stage that are still written out


def pages(context: Context, options: Options) -> Iterator[Page]:
    """One page; a box moves along the drawing while the matrices accumulate."""
    board = context.board(options.of)
    found = stages(board)
    reveal = options.reveal == "layer"
    groups = [s.names for s in found]
    blocks: list[Block] = []
    if board.sizes_known:
        columns = _columns(found)
        wide = [max(_width(board, stage) for _, stage in column) for column in columns]
        shown = [tuple(_display(board, s, k if reveal else 1) for k, s in c) for c in columns]
        blocks.append(Columns(tuple((w / sum(wide), c) for w, c in zip(wide, shown, strict=True))))
    picture = pictures.placed(
        board,
        lambda h: pictures.boxes(board, groups, h) if reveal else pictures.drawing(board, h),
        blocks,
    )
    yield board.page(
        "architecture",
        board.words("architecture"),
        [picture, *blocks],
        subtitle=board.words("architecture_sub"),
        steps=len(found) if reveal else 1,
        covers=("architecture",),
        notes=(board.words("architecture_notes"),),
    )


def _columns(found: list[Stage]) -> list[list[tuple[int, Stage]]]:
    """The stages with their steps; a layer's parameters and values share a column."""
    made: list[list[tuple[int, Stage]]] = []
    for k, stage in enumerate(found, start=1):
        if stage.kind == "loss":
            continue
        if stage.kind == "values" and made and made[-1][-1][1].kind == "parameters":
            made[-1].append((k, stage))
        else:
            made.append([(k, stage)])
    return made


def _display(board: Board, stage: Stage, at: int) -> Block:
    return Math(tuple(_row(board, n, at) for n in stage.names), size="small", at=at)


def _row(board: Board, name: str, at: int) -> Row:
    """The matrix of a tensor, or its shape where it is too large or has more than two axes."""
    shape = board.net.shape(name)
    if len(shape) == 2 or (len(shape) < 2 and math.prod(map(int, shape)) <= LARGEST):
        matrix, says = board.symbol_matrix(name), claims.placed(board, name, SYMBOLS)
        return Row(board.tex(name), matrix, ref=name, at=at, claim=says)
    sizes = r" \times ".join(map(str, shape))
    return Row(board.tex(name), rf"\mathbb{{R}}^{{{sizes}}}", ref=name, at=at, claim=claims.NAME)


def _width(board: Board, stage: Stage) -> float:
    """How wide a column of matrices is, in letters."""
    shapes = map(board.net.shape, stage.names)
    return 6.0 + 4.0 * max((min(int(shape[-1]), 4) if shape else 1 for shape in shapes), default=0)
