"""``shapes``: the shapes of the arrays, forward and backward (lecture 004)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .....derive.forms.matrix import matrix_form
from .....derive.forms.matrix_nodes import MatMul, Ones, Transpose
from .....derive.language.equation import BATCH, Equation
from .....derive.language.expr import Expr, Fn, Read, walk
from ....deck.model import Page, Picture, Table, Text
from ....formula.latex_matrix import MatrixPrinter
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import EQUALS, PLUS, fenced, joined, lettered, raised, row, sign
from ....picture.diagram.shapes import Array, Item, Sign, shape_scene
from ...board.board import Board
from ...board.context import Context
from ..shared.room import counted, halves, side_by_side
from .options import Options

SAMPLES = inline(sign("n"))  # how many a batch has
DRAWN = 5  # rows that stand for the samples of a batch
UNITS = {"forward": (0.32, 0.24, 0.18), "backward": (0.26, 0.18)}  # cm of a row or column
MANY = 10  # tensors of one table
ROOM = {"4:3": (11.2, 6.6), "16:9": (13.8, 6.0)}  # cm that the products of a page may take


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The products of the forward pass, then those of the backward pass, over the whole batch."""
    board = context.board(options.of)
    drawer = _Drawer(board)
    forward = [r for eq in board.whole.forward if (r := drawer.forward(eq))]
    wanted = {s.equation.name for s in board.whole.steps if s.of not in _inputs(board)}
    back = [
        r for s in board.whole.steps if s.equation.name in wanted
        if (r := drawer.product(s.equation))
    ]  # fmt: skip
    if not forward or any(len(t.axes) > 2 for t in board.net.tensors.values()):
        yield _table(board)
    yield from _drawn(board, "forward", forward)
    yield from _drawn(board, "backward", back)


def _inputs(board: Board) -> set[str]:
    return {t.name for t in board.net.inputs}


def _drawn(board: Board, which: str, rows: Sequence[list[Item]]) -> Iterator[Page]:
    samples = any(isinstance(x, Array) and SAMPLES in x.sizes for row in rows for x in row)
    key = "shapes_back_note" if which == "backward" else (
        "shapes_note" if samples else "shapes_note_one"
    )  # fmt: skip
    note = board.words(key, samples=SAMPLES)
    room = ROOM[board.aspect]
    tried = [(u, list(_parts(rows, u, room))) for u in UNITS[which]]
    unit, parts = min(tried, key=lambda t: (len(t[1]), -t[0]))
    for k, part in enumerate(parts, start=1):
        drawn = [Picture(shape_scene(column, unit), height=0.86) for column in part]
        shown = side_by_side(drawn) if len(drawn) > 1 else drawn[0]
        yield board.page(
            f"shapes-{which}",
            counted(board.words("shapes_title"), k, len(parts)),
            [shown, Text(note, kind="small")],
            subtitle=board.words(f"shapes_{which}"),
            covers=(f"shapes-{which}",),
        )


def _parts(
    rows: Sequence[list[Item]], unit: float, room: tuple[float, float]
) -> Iterator[list[list[list[Item]]]]:
    """Pages of one or two columns of products, about equally many on each."""
    wide, high = room

    def fits(part: Sequence[list[Item]]) -> bool:
        (left, low), (right, top) = shape_scene(part, unit).frame()
        return top - low <= high and right - left <= wide

    def split(most: int) -> list[list[list[Item]]]:
        return [list(rows[k : k + most]) for k in range(0, len(rows), most)]

    most = next((n for n in range(len(rows), 1, -1) if all(map(fits, split(n)))), 1)
    columns = split(-(-len(rows) // -(-len(rows) // most))) if rows else []
    narrow = all(_wide(row, unit) <= wide / 2 - 0.1 for row in rows)
    each = 2 if narrow and len(columns) > 1 else 1
    yield from (columns[k : k + each] for k in range(0, len(columns), each))


def _wide(row: list[Item], unit: float) -> float:
    (left, _), (right, _) = shape_scene([row], unit).frame()
    return right - left


class _Drawer:
    """Matrix products of the whole batch as arrays, in the board's own orientation."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.printer = MatrixPrinter(board.printer, board.whole, {})
        self.printer.shapes = False
        self.network = board.whole.network

    def form(self, eq: Equation) -> Expr | None:
        if eq.loop is not None or len(eq.indices) > 2:
            return None
        made = matrix_form(eq, self.network.tensors, self.network.sizes)
        return None if made is None else self.printer.oriented(made, eq.name)

    def product(self, eq: Equation) -> list[Item] | None:
        """A · B = C, with + b where a bias is added; None for what is no product of arrays."""
        form = self.form(eq)
        if form is None:
            return None
        found = next((e for e in walk(form) if _arrays(e)), None)
        if not isinstance(found, MatMul):
            return None
        items: list[Item] = []
        for k, factor in enumerate(found.args):
            if k:
                items.append(Sign(inline(sign("cdot")), product=True))
            items.append(self.array(factor))
        for bias in _biases(form):
            items += [Sign(inline(PLUS)), self.array(bias)]
        return [*items, Sign(inline(EQUALS)), self.array(Read(eq.name))]

    def forward(self, eq: Equation) -> list[Item] | None:
        """The product and what its activation makes of it."""
        if self.board.is_loss(eq.name):
            return None
        items = self.product(eq)
        if items is None:
            return None
        for other in self.network.equations:
            form = self.form(other)
            if isinstance(form, Fn) and form.args == (Read(eq.name),):
                made = self.array(Read(other.name))
                applied = self.printer.expression(form, {})
                name = inline(self.board.named(other.name), EQUALS, applied)
                return [*items, Sign(inline(sign("longrightarrow"))), replace(made, name=name)]
        return items

    def array(self, e: Expr) -> Array:
        """An array with its symbol and its shape; the batch is n."""
        (rows, row_text), (columns, column_text) = (self.side(a) for a in self.printer.shape(e))
        tensor = next((x.tensor for x in walk(e) if isinstance(x, Read)), "")
        return Array(inline(self.name(e)), rows, columns, row_text, column_text, ref=tensor)

    def side(self, axis: str | None) -> tuple[int, str]:
        if axis is None:
            return 1, ""
        if axis == BATCH:
            return DRAWN, SAMPLES
        size = self.network.size(axis)
        return (size, "") if isinstance(size, int) else (DRAWN, inline(self.printer.extent(axis)))

    def name(self, e: Expr) -> Formula:
        """A symbol; a gradient without a built-up fraction."""
        adjoints = self.board.symbols.adjoints
        inner = e.arg if isinstance(e, Transpose) else e
        if not isinstance(inner, Read) or inner.tensor not in adjoints:
            return self.printer.expression(e, {})
        made = self.board.flat(adjoints[inner.tensor])
        return raised(fenced(made), self.printer.mark) if isinstance(e, Transpose) else made


def _arrays(e: Expr) -> bool:
    """Is it a product of arrays only, not a sum written with ones?"""
    leaves = (Read, Transpose)
    return isinstance(e, MatMul) and not any(isinstance(x, Ones) for x in walk(e)) and all(
        isinstance(a, leaves) for a in e.args
    )  # fmt: skip


def _biases(form: Expr) -> list[Expr]:
    """What is added to every sample."""
    products = [part for part in form.children() if isinstance(part, MatMul)]
    sums = [part for part in products if any(isinstance(x, Ones) for x in walk(part))]
    return [x for part in sums for x in part.children() if isinstance(x, Read)]


def _table(board: Board) -> Page:
    """Tensors of more axes: a table of their shapes."""
    left_out = {*board.symbols.adjoints, board.network.loss}
    rows = []
    for t in board.net.tensors.values():
        if t.name not in left_out and (t.integer is None or t.kind != "variable"):
            sizes = [lettered(str(s)) for s in board.net.shape(t.name)]
            inside = row(*sizes, sign(",")) if len(sizes) == 1 else joined(sizes, sign(","), BLANK)
            rows.append((inline(board.named(t.name)), inline(fenced(inside))))
    parts = halves(rows) if len(rows) > MANY else [rows]
    head = (board.words("shapes_array"), board.words("shapes_size"))
    tables = [Table(head, tuple(part), align="cl", size="small") for part in parts]
    return board.page(
        "shapes-table",
        board.words("shapes_title"),
        [side_by_side(tables)],
        covers=("shapes-forward",),
    )
