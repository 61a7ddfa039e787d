"""``example``: a worked example: forward, every gradient, the update, as on the chalkboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .....derive.language.expr import Fn
from ....deck.model import Block, Columns, Math, Page, Panel, Row
from ....formula.rich import inline
from ....formula.tree.write import boxed
from ....layout import extent
from ...board import claims, pictures
from ...board.board import Board
from ...board.chain_rows import chain_rows
from ...board.chains import chain_rule
from ...board.context import Context
from ...board.formulas import function_rows
from ...board.products import all_links
from ..gradients.pages import tensors_of
from ..shared.drawings import with_arcs, with_values
from ..shared.forward import forward_pages, values_of
from ..shared.numbers import numbers_blocks
from ..shared.paths import paths_page
from ..shared.room import in_two
from ..shared.update import has_update, update_page
from .blanks import blank_pages
from .options import Options


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The forward pass, a page per gradient, the update, the network after the step."""
    board = context.board(options.of)
    mode = options.chain or board.style.chain
    names = tensors_of(board, options.wrt, between=mode == "reuse")
    if options.blank:
        yield from blank_pages(board, _title(board), names, mode)
        return
    yield from forward_pages(board, _title(board))
    for name in names:
        yield _gradient(board, name, names, mode)
    yield _chalkboard(board, names)
    for entry in options.paths:
        yield paths_page(board, entry)
    if has_update(board):
        yield update_page(board)


def _title(board: Board) -> str:
    shape = [str(_count(board, t)) for t in _units(board)]
    return board.words("example_title", network="-".join(shape))


def _units(board: Board) -> list[str]:
    """The tensors whose sizes name a network: 2-3-2."""
    net = board.net
    made = [t.name for t in net.inputs]
    return made + [
        eq.name for _, eq in board.forward
        if any(eq.name == layer.target and layer.label == "dense" for layer in net.layers)
    ]  # fmt: skip


def _count(board: Board, tensor: str) -> int:
    return len(board.entries(tensor))


# -- gradients ------------------------------------------------------------------------------------


def _gradient(board: Board, name: str, names: Sequence[str], mode: str) -> Page:
    others = [t for t in names if t != name]
    rule = chain_rule(board, name, mode, others)
    at = (0,) * len(board.net.shape(name))
    found = all_links(board, name, at, rule.ways)
    if found is not None and all(_count(board, f.below) == 1 for f in rule.factors):
        rows = chain_rows(board, rule.rows(), name, at, found)
        blocks = with_arcs(board, rule.tensors, [Math(tuple(rows), size="small")])
    else:
        blocks = numbers_blocks(board, name, rule, others)
    return board.page(
        f"example-{name}",
        _title(board),
        blocks,
        subtitle=inline(board.flat(name)),
        covers=(f"example-{board.key}-{name}",),
    )


# -- everything at once ---------------------------------------------------------------------------


def _chalkboard(board: Board, names: Sequence[str]) -> Page:
    """The drawing with every number at its place and each gradient beside its parameter; the
    formulas of the functions in a panel at the right."""
    given = [t.name for t in board.net.tensors.values() if t.name not in board.symbols.adjoints]
    values = values_of(board, given)
    small = sum(_count(board, n) for n in names) <= 8
    gradients = []
    for n in names if small else [n for n in names if n in board.parameters]:
        adjoint = board.d.adjoint(n)
        body = board.number_matrix(adjoint)
        if _count(board, n) == 1:
            body = board.number((adjoint, (0,) * len(board.net.shape(n))))
        right = boxed(body) if small else body
        says = claims.matrix_of_numbers(board, adjoint)
        gradients.append(Row(board.gradient(n), right, claim=says))
    two = in_two(gradients)
    below: list[Block] = [Columns(((0.56, (two,)), (0.44, (_reminder(board),))))]
    wide, high = pictures.PAGE[board.aspect]
    if not small and extent.stack(below, wide, high) + pictures.comfortable(board) > high:
        below = [two]  # rather every gradient on the one board than the formulas again
    return board.page(
        "example-board",
        _title(board),
        with_values(board, values, below),
        subtitle=board.words("chalkboard"),
        covers=(f"chalkboard-{board.key}",),
    )


def _reminder(board: Board) -> Panel:
    """The formulas of the activations and the loss with their derivatives, as on a board's edge."""
    layers = [eq for _, eq in board.forward if not board.is_loss(eq.name)]
    names = dict.fromkeys(eq.rhs.name for eq in layers if isinstance(eq.rhs, Fn))
    rows = [row for name in names for row in function_rows(board, name)]
    losses = [eq.name for _, eq in board.forward if board.is_loss(eq.name)]
    rows += [board.line(board.equation(name)) for name in losses[:1]]
    slopes = [board.line(eq) for eq in board.short.values()]
    if not slopes and board.net.output in board.d.by_tensor:  # else it is made of constants alone
        slopes = [board.line(board.equation(board.d.adjoint(board.net.output)))]
    rows += slopes
    return Panel(board.words("chalkboard_formulas"), (Math(tuple(rows), size="small"),), "aside")
