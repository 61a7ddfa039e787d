"""``architecture``: the network built up stage by stage, the matrices of each stage beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....deck.model import Block, Columns, Math, Page, Row
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import dimensions, double_struck, listed, number, raised, row, sign
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
    rows = [replace(_matrix(board, n), ref=n, at=at) for n in stage.names]
    return Math(tuple(rows), size="small", at=at)


def _matrix(board: Board, name: str) -> Row:
    """A tensor is the matrix of its entries; it is in ℝ^shape where it is a single number, too
    large, or has more than two axes."""
    shape, left = board.net.shape(name), board.named(name)
    if len(shape) == 2 or (len(shape) == 1 and int(shape[0]) <= LARGEST):
        says = claims.placed(board, name, SYMBOLS)
        return Row(left, board.symbol_matrix(name), claim=says)
    values = _values(board, name)
    space = raised(values, dimensions(map(number, shape))) if shape else values
    return Row(left, space, sign("in"), claim=claims.NAME)


def _values(board: Board, name: str) -> Formula:
    """What the entries of a tensor are: numbers of classes, as the notation counts them, or ℝ."""
    axis = board.net.tensors[name].integer
    count = board.net.size(axis) if axis and name in board.symbols.classes else ""
    if not isinstance(count, int):
        return row(double_struck(sign("R")))
    first = board.symbols.first(name)
    told = list(map(number, range(first, first + count)))
    shown = told if count <= 3 else [told[0], row(sign("dots")), told[-1]]
    return row(sign("{"), listed(shown), sign("}"))


def _width(board: Board, stage: Stage) -> float:
    """How wide a column of matrices is, in letters."""
    shapes = map(board.net.shape, stage.names)
    return 6.0 + 4.0 * max((min(int(shape[-1]), 4) if shape else 1 for shape in shapes), default=0)
