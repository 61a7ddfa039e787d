"""``hessian``: the second derivatives entry by entry, block by block, derived, in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import Read
from .....derive.topics.hessian import Line, Rows, blocks, chosen, derived
from .....derive.topics.hessian_exact import LARGEST, Curvature
from .....derive.values.entries import Entry, places
from ....deck.model import Block, Math, Page, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.reader import formula
from ....formula.tree.write import airy, joined, number, sign, space
from ....layout import extent
from ....layout.column_widths import GAP, math_width, natural_table
from ....layout.measures import display
from ....notation.names import index_tex
from ...board.board import Board
from ...board.claims import DEFINITION
from ...board.context import Context
from ...board.matrices import KEPT, LIMIT, bmatrix
from ..shared.room import HIGH, fits, halves, page_width, side_by_side
from ..shared.update import frozen
from .claims import RowClaims
from .numbers import number_pages
from .options import Options
from .printer import HESSIAN, SecondPrinter, block, generic, second

ROOM = 0.5  # of the page, for the table beside the blocks
LEAD = 1.0  # cm of the sentence above the equations
PHASES = {"moves": 1, "part": 1, "slope": 2, "block": 3}


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The pages that ``by`` asks for, in the order of the lecture.

    Raises ChalkgradError for an unknown parameter, entries of sizes that are symbols, and numbers
    that are not there."""
    board = context.board(options.of)
    stay = frozen(board) if board.network.spec.update is not None else []
    names = chosen(board.d, options.wrt, stay)
    found = derived(board.d, names)
    order = _order(board, names)
    if "entries" in options.by and not order:
        what = "the Hessian has no list of entries: a size is a symbol"
        raise ChalkgradError(what, where="by", hint="by: [blocks, derived]")
    if order and ("entries" in options.by or not options.by):
        yield _entries(board, order)
    if "blocks" in options.by or not options.by:
        yield from _blocks(board, names, found)
    if "derived" in options.by or not options.by:
        for rows in found:
            yield _derived(board, rows)
    if "numbers" in options.by or (not options.by and _numbers(board, order)):
        curvature = Curvature(board.network, names, order)
        yield from number_pages(board, curvature, found, options.damping)


def _order(board: Board, names: Sequence[str]) -> list[Entry]:
    """Every entry of the parameters, numbered weights in the order of their numbers; none where a
    size is a symbol."""
    if not all(isinstance(s, int) for n in names for s in board.net.shape(n)):
        return []
    numbers = {entry: k for k, entry in enumerate(board.symbols.edges)}
    known = [(n, at) for n in names for at in places(board.net, n)]
    return sorted(known, key=lambda e: numbers.get(e, len(numbers)))


def _numbers(board: Board, order: Sequence[Entry]) -> bool:
    """Are there numbers, and few enough?"""
    return board.has_numbers and 0 < len(order) <= LARGEST


# -- entry by entry -------------------------------------------------------------------------------


def _entries(board: Board, order: Sequence[Entry]) -> Page:
    """H as in a textbook, over the network's own weights."""
    words, count = board.words, len(order)
    said = {"count": count, "all": count**2, "distinct": count * (count + 1) // 2}
    lead = Text(words("hessian_entries_lead", loss=inline(board.named(board.loss)), **said))
    last = Text(words("hessian_symmetric", **said), kind="small", at=2)
    wide = page_width(board)

    def made(limit: int, size: str) -> Math:
        cells = bmatrix(
            (count, count), lambda at: second(board, order[at[0]], order[at[1]]), limit=limit
        )
        return Math((Row(HESSIAN, airy(cells, "bigg"), claim=DEFINITION),), size=size)

    tried = [(min(count, LIMIT), "small"), (min(count, LIMIT), "tiny"), (KEPT + 2, "small")]
    tried += [(k, "small") for k in (KEPT + 1, KEPT)]
    shown = made(KEPT, "tiny")
    for limit, size in tried:
        matrix = made(limit, size)
        narrow = display(matrix.rows[0].whole, size)[0] <= wide
        if narrow and fits(board, [lead, matrix, last]):
            shown = matrix
            break
    return board.page(
        "hessian",
        words("hessian_title"),
        [lead, shown, last],
        subtitle=words("hessian_entries_sub"),
        steps=2,
        covers=(f"hessian-entries-{board.key}",),
    )


# -- block by block -------------------------------------------------------------------------------


def _blocks(board: Board, names: Sequence[str], found: Sequence[Rows]) -> Iterator[Page]:
    """One block per pair of parameters, what an entry of it is, and its shape."""
    words, grid = board.words, blocks(board.d, names)

    def cell(at: tuple[int, ...]) -> Formula:
        b = grid[at[0]][at[1]]
        return block(board, b.of, b.wrt) if b.distinct else block(board, b.wrt, b.of, turned=True)

    matrix = airy(bmatrix((len(names), len(names)), cell), "Big")
    numbers = {(r.of, n): r.block(n).number for r in found for n in r.wrt}
    by = {r.of: r for r in found}
    rows = []
    for b in (b for line in grid for b in line if b.distinct):
        rows.append((
            inline(block(board, b.of, b.wrt)),
            inline(generic(board, by[b.of], b.wrt)),
            inline(_size(b.rows), sign("times"), _size(b.columns)),
            f"({numbers[b.of, b.wrt]})",
        ))  # fmt: skip
    keys = ("hessian_block", "hessian_block_entry", "shape_head", "hessian_block_equation")
    table = Table(tuple(words(k) for k in keys), tuple(rows), "llrr", size="small", at=2)
    lead, math = Text(words("hessian_blocks_lead")), Math((Row(HESSIAN, matrix, claim=DEFINITION),))
    together: list[Block] = [lead, side_by_side((math, table), 0.45, 0.55)]
    if natural_table(table) > ROOM * page_width(board) or not fits(board, together):
        together = [lead, math, table]
    if fits(board, together):
        yield _block_page(board, "hessian-blocks", together, steps=2)
    else:
        yield _block_page(board, "hessian-blocks", [lead, math])
        yield _block_page(board, "hessian-blocks-table", [replace(table, at=1)])


def _block_page(board: Board, key: str, given: Sequence[Block], steps: int = 1) -> Page:
    return board.page(
        key,
        board.words("hessian_title"),
        given,
        subtitle=board.words("hessian_blocks_sub"),
        steps=steps,
        covers=(f"hessian-blocks-{board.key}",),
    )


def _size(size: int | str) -> Formula:
    """4, or h 4 where a size is a letter."""
    factors = str(size).split("*")
    return joined((number(s) if s.isdigit() else formula(index_tex(s)) for s in factors),
                  space(","))  # fmt: skip


# -- derived --------------------------------------------------------------------------------------


def _derived(board: Board, rows: Rows) -> Page:
    """The equations of the second sweep: values, derivatives, blocks."""
    words, printer = board.words, SecondPrinter(board, rows)
    place = Read(rows.of, rows.place)
    entry = inline(board.printer.expression(place, board.symbols.letters([place])))
    lead = Text(words("hessian_derived_lead", gradient=inline(board.flat(rows.of)), entry=entry))
    phases = sorted({PHASES[x.kind] for x in rows.lines})
    groups = [[x for x in rows.lines if PHASES[x.kind] == phase] for phase in phases]
    claims = RowClaims(board, rows)
    made = [[_row(claims, printer, x, k) for x in g] for k, g in enumerate(groups, start=1)]
    return board.page(
        f"hessian-{rows.of}",
        words("hessian_title"),
        [lead, *_arranged(board, made)],
        subtitle=words("hessian_derived_sub", what=inline(board.named(rows.of))),
        steps=len(phases),
        notes=(words("hessian_derived_note", entry=entry),),
        covers=(f"hessian-derived-{board.key}-{rows.of}",),
    )


def _row(claims: RowClaims, printer: SecondPrinter, line: Line, at: int) -> Row:
    about, says = line.of if line.kind == "block" else "", claims.line(line)
    return Row(*printer.line(line), at=at, number=line.number, ref=about, claim=says)


def _arranged(board: Board, groups: Sequence[Sequence[Row]]) -> list[Block]:
    """One line below the other where a page has room for them; else, where they are short enough,
    values beside derivatives and the blocks in two columns under them."""
    plain = Math(tuple(r for g in groups for r in g), size="small")
    wide = page_width(board)
    if len(groups) < 3 or extent.stack([plain], wide, HIGH) <= HIGH - LEAD:
        return [plain]
    apart = [Math(tuple(g), size="small") for g in groups]
    below = [Math(tuple(g), size="small") for g in halves(groups[2])]
    rows = [apart[:2], below]
    if any(sum(map(math_width, r)) > wide * (1 - GAP) for r in rows):
        return [*apart]
    return [side_by_side(r) for r in rows]
