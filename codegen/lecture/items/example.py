"""``example``: a worked example: forward, every gradient, the update, as on the chalkboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codegen.lecture import pictures
from codegen.lecture.board import Board, ref
from codegen.lecture.formulas import Factors, coloured_chain, page_key
from codegen.lecture.items.gradients import tensors_of
from codegen.lecture.model import Blank, Block, Columns, Math, Page, Picture, Row, Text
from codegen.lecture.numbers_page import numbers_blocks
from codegen.lecture.paths_page import paths_page
from codegen.lecture.plan import Context
from codegen.lecture.products import Link, link_number, links, product_row, shown_value
from codegen.lecture.update_page import has_update, update_pages
from derive.deck import Example
from derive.entries import number, value
from derive.equation import Equation
from derive.expr import Read, reads

WIDE = 3  # factors of a chain whose formulas fit on its page
ROWS = 7  # lines of a calculation that stand on one page


def pages(context: Context, options: Example) -> Iterator[Page]:
    """The forward pass, a page per gradient, the update, the network after the step."""
    board = context.board(options.of)
    mode = options.chain or board.style.chain
    names = tensors_of(board, options.wrt, between=mode == "reuse")
    if options.blank:
        yield from _blank(context, board, names, mode)
        return
    yield from forward_pages(context, board, _title(context, board))
    for name in names:
        yield _gradient(context, board, name, names, mode)
    yield _chalkboard(context, board, names)
    for entry in options.paths:
        yield paths_page(context, board, entry)
    if has_update(board):
        yield from update_pages(context, board)


def _title(context: Context, board: Board) -> str:
    shape = [str(_count(board, t)) for t in _units(board)]
    return context.words("example_title", network="-".join(shape))


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


# -- an empty board -------------------------------------------------------------------------------


def _blank(context: Context, board: Board, names: Sequence[str], mode: str) -> Iterator[Page]:
    """The drawing with its given numbers and room to calculate: forward, then every gradient."""
    given = {ref(t.name, at): f"${board.number((t.name, at))}$"
             for t in board.net.tensors.values() if t.kind != "variable"
             for at in board.entries(t.name)}  # fmt: skip
    scene = pictures.with_values(board, given)
    yield context.page(
        page_key("example-forward", board),
        _title(context, board),
        [Picture(scene, height=0.5), Blank(0.42)],
        board=board,
        subtitle=context.words("forward"),
        layout="board",
        covers=(f"example-{board.key}",),
    )
    for name in names:
        left, factors, _ = board.chain(name, mode, [t for t in names if t != name])
        body = coloured_chain(left, factors, board.symbols.style.product)
        path = [factors[0][1], *(b for _, _, b in factors)]
        yield context.page(
            page_key(f"example-{name}", board),
            _title(context, board),
            [
                Picture(pictures.arcs(board, path, reveal=False), height=0.5),
                Math((Row(left, body, ref=board.d.adjoint(name)),), size="small"),
                Blank(0.32),
            ],
            board=board,
            subtitle=f"${board.inline(name)}$",
            layout="board",
            covers=(f"example-{board.key}-{name}",),
        )


# -- forward --------------------------------------------------------------------------------------


def forward_pages(
    context: Context, board: Board, title: str, *, stem: str = "example"
) -> Iterator[Page]:
    """Every entry: formula, numbers, result; a few equations a page."""
    groups: list[list[Row]] = [[]]
    for number_, eq in board.forward:
        rows = _entries(board, eq, number_)
        if groups[-1] and len(groups[-1]) + len(rows) > ROWS:
            groups.append([])
        groups[-1].extend(rows)
    for k, rows in enumerate(groups):
        values = {
            r.ref: f"${board.number(_entry(r.ref))}$" for g in groups[: k + 1] for r in g if r.ref
        }
        scene = pictures.with_values(board, values)
        part = f" ({k + 1}/{len(groups)})" if len(groups) > 1 else ""
        yield context.page(
            page_key(f"{stem}-forward", board),
            title + part,
            [Picture(scene, height=0.45), Math(tuple(rows), size="small")],
            board=board,
            subtitle=context.words("forward"),
            covers=(f"{stem}-{board.key}",),
        )


def _entries(board: Board, eq: Equation, number_: int) -> list[Row]:
    made = []
    for k, at in enumerate(board.entries(eq.name)):
        left, formula, numbers, relation, result = board.calculation(eq.name, at)
        right = formula if not numbers else rf"{formula} = {numbers} {relation} {result}"
        shown = number_ if k == 0 else 0
        made.append(Row(left, right, number=shown, ref=ref(eq.name, at), blank=True))
    return made


def _entry(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, at = text.rstrip("]").partition("[")
    return name, tuple(int(k) for k in at.split(",") if k)


# -- gradients ------------------------------------------------------------------------------------


def _gradient(context: Context, board: Board, name: str, names: Sequence[str], mode: str) -> Page:
    others = [t for t in names if t != name]
    left, factors, _ = board.chain(name, mode, others)
    found = links(board, name, (0,) * len(board.net.shape(name)), factors)
    path = [factors[0][1], *(b for _, _, b in factors)]
    blocks: list[Block]
    if found is not None and all(_count(board, b) == 1 for _, _, b in factors):
        scene = pictures.arcs(board, path, reveal=False, height=2.0)
        blocks = [Picture(scene, height=0.42), *_single(board, name, left, factors, found)]
    else:
        blocks = [*numbers_blocks(context, board, name, factors, others)]
        chain = coloured_chain(left, factors, board.symbols.style.product)
        blocks.insert(1, Math((Row(left, chain, ref=board.d.adjoint(name)),), size="small"))
    return context.page(
        page_key(f"example-{name}", board),
        _title(context, board),
        blocks,
        board=board,
        subtitle=f"${board.inline(name)}$",
        covers=(f"example-{board.key}-{name}",),
    )


def _single(
    board: Board, name: str, left: str, factors: Factors, found: Sequence[Link]
) -> list[Block]:
    """A chain of single numbers: each factor by hand, then their product."""
    chain = Row(left, coloured_chain(left, factors, board.symbols.style.product))
    short = len(found) > WIDE
    rows = [factor_row(board, k, factors[k.colour - 1][0], short=short) for k in found]
    at = (0,) * len(board.net.shape(name))
    body, result = product_row(board, name, at, found)
    product = Row(left, f"{body} {result}", ref=ref(board.d.adjoint(name), at), blank=True)
    return [Math((chain,), size="small"), *_beside(rows), Math((product,))]


def factor_row(board: Board, link: Link, tex: str, *, short: bool = False) -> Row:
    """∂ŷ/∂v = ŷ(1 − ŷ) = 0.6547 (1 − 0.6547) = 0.2261; ``short`` leaves the formula out."""
    expr = link.factor.value
    formula = board.printer.expression(expr, {})
    shown = link_number(board, link)
    left = rf"\cgc{{{link.colour}}}{{{tex}}}"
    if isinstance(expr, Read):
        return Row(left, f"{formula} = {shown}", blank=True)
    if not list(reads(expr)):
        return Row(left, shown, blank=True)
    redone = value(expr, lambda e: number(board.shown(e)))
    agrees = board.numerals.agrees(redone, link.exact)
    if not agrees:
        board.report(link.name, redone, link.exact)
    relation = "=" if agrees else r"\approx"
    shown_value(board, link)
    by_hand = board.substituted(expr) if short else f"{formula} = {board.substituted(expr)}"
    return Row(left, f"{by_hand} {relation} {shown}", blank=True)


# -- everything at once ---------------------------------------------------------------------------


def _chalkboard(context: Context, board: Board, names: Sequence[str]) -> Page:
    """The drawing with every number at its place and each gradient beside its parameter; the
    formulas of the functions in a panel at the right."""
    values = {
        ref(t.name, at): f"${board.number((t.name, at))}$"
        for t in board.net.tensors.values()
        for at in board.entries(t.name)
        if t.name not in board.symbols.adjoints
    }
    small = sum(_count(board, n) for n in names) <= 8
    gradients = []
    for n in names:
        adjoint = board.d.adjoint(n)
        body = board.number_matrix(adjoint)
        if _count(board, n) == 1:
            body = board.number((adjoint, (0,) * len(board.net.shape(n))))
        gradients.append(Row(board.gradient(n), rf"\boxed{{{body}}}" if small else body))
    panel = context.words("chalkboard_note")
    return context.page(
        page_key("example-board", board),
        _title(context, board),
        [
            Picture(pictures.with_values(board, values), height=0.5),
            *_beside(gradients),
            Text(panel, kind="small"),
        ],
        board=board,
        subtitle=context.words("chalkboard"),
        covers=(f"chalkboard-{board.key}",),
    )


def _beside(rows: Sequence[Row]) -> list[Block]:
    """Short rows side by side, so that they stay on one page with the drawing."""
    half = (len(rows) + 1) // 2
    parts = [Math(tuple(part), size="small") for part in (rows[:half], rows[half:]) if part]
    return [Columns(tuple((1 / len(parts), (m,)) for m in parts))]
