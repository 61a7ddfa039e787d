"""``gradients``: every gradient at its levels; the chain with one arc and one colour per factor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .....derive.forms.matrix_chain import matrix_chain
from .....derive.forms.matrix_nodes import Hadamard, MatMul, Ones, Quotient, Transpose
from .....derive.forms.views import view
from .....derive.language.equation import Equation
from .....derive.language.errors import ChalkgradError, suggest
from .....derive.language.expr import Expr, Read, Reduce, tensors, walk
from .....derive.network.given import edge_names
from .....derive.relations.relation import WHOLE
from ....deck.model import Blank, Block, Math, Page, Row, Strip, Text
from ....formula.rich import inline
from ....formula.tree.nodes import Node, marks
from ....formula.tree.reader import formula
from ....formula.tree.write import marked, row
from ...board import pictures
from ...board.board import Board
from ...board.chains import ChainRule, chain_rule, direct_row
from ...board.context import Context
from ...board.formulas import FormPrinter, matrices, oriented
from ..shared.drawings import above, with_arcs
from ..shared.numbers import numbers_blocks
from .inserted import inserted_page
from .options import Options

DEFAULT = ("chain", "matrix")
STRIP = 5  # equations in the strip
_PRODUCTS = (MatMul, Hadamard)
_NOTES = ("matrix_note_order", "matrix_note_entries")
_STATES = {"chain_rule": "index_chain", "known_derivative": "index_jacobian",
           "contract": "index_contracted"}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """One gradient of an item: what is shown before it decides where its chain stops. ``told``
    grows: the tensors whose chains a page has shown for the sake of another one."""

    board: Board
    tensor: str
    all: tuple[str, ...]
    levels: Sequence[str]
    mode: str
    reveal: bool
    blank: bool
    told: set[str]

    @property
    def others(self) -> list[str]:
        return [t for t in self.all if t != self.tensor]

    def chain(self, tensor: str | None = None) -> ChainRule:
        name = tensor or self.tensor
        return chain_rule(self.board, name, self.mode, [t for t in self.all if t != name])

    def opened(self, rule: ChainRule) -> list[Row]:
        """The chains of what ``rule`` leaves open, and of what those do, and its direct parts:
        nothing stands on a right side that is shown nowhere."""
        made, todo = {self.tensor: rule}, [*rule.open]
        while todo:
            name = todo.pop(0)
            if name not in made and name not in self.all and name not in self.told:
                self.told.add(name)
                made[name] = self.chain(name)
                todo += made[name].open
        factors = [f for other in made.values() for f in other.factors]
        direct = dict.fromkeys(f.below for f in factors if f.direct)
        chains = [row for other in list(made.values())[1:] for row in other.plain()]
        return [*chains, *(direct_row(self.board, name) for name in direct)]


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The pages of every gradient in the order of ``wrt``, its levels one after the other."""
    board = context.board(options.of)
    mode = options.chain or board.style.chain
    names = tensors_of(board, options.wrt, between=mode == "reuse")
    asked = options.level or board.style.level
    levels = asked or list(DEFAULT)
    told: set[str] = set()
    for name in names:
        wanted = Wanted(
            board, name, tuple(names), levels, mode, options.reveal, options.blank, told
        )
        for level in levels:
            if level == "numbers" and not board.has_numbers:
                continue
            yield from _LEVELS[level](wanted)
        page = inserted_page(context, board, name, options)
        if page is not None and (not asked or "index" in asked):
            yield page
        if options.transpose:
            yield _transpose(wanted)


def tensors_of(board: Board, wrt: Sequence[str], *, between: bool = False) -> list[str]:
    """The tensors that ``wrt`` names (``w5`` and ``W0[1,0]`` are of W1 and W0).

    Without it the parameters in the order of the sweep, and what a loss turns into p − y;
    ``between``: and what every layer with parameters reads, so that chains stay short. Of a
    function without parameters everything. Raises ChalkgradError for an unknown one."""
    known = board.d.by_tensor
    edges = edge_names(board.network)
    if not wrt:
        wanted = {
            *(board.parameters or set(known) - {board.loss}),
            *(_read_by_layers(board) if between else ()),
        }
        wanted |= {board.symbols.adjoints[name] for name in board.short}
        return [s.of for s in board.d.steps if s.of in wanted]
    made: list[str] = []
    for name in wrt:
        tensor = edges[name][0] if name in edges else name.partition("[")[0]
        if tensor not in known:
            raise ChalkgradError(
                f"there is no gradient with respect to '{name}'",
                where="wrt",
                hint=suggest(tensor, [*known, *edges]),
            )
        if tensor not in made:
            made.append(tensor)
    return made


def _read_by_layers(board: Board) -> set[str]:
    """The intermediates that stand in an equation with a parameter."""
    kinds = {t.name: t.kind for t in board.net.tensors.values()}
    made: set[str] = set()
    for _, eq in board.forward:
        used = list(tensors(eq.rhs))
        if any(kinds[n] == "parameter" for n in used):
            made |= {n for n in used if kinds[n] == "variable"}
    return made


# -- the levels -----------------------------------------------------------------------------------


def _page(w: Wanted, level: str, blocks: Sequence[Block], sub: str = "", **more: Any) -> Page:
    """A page about the gradient at one of its levels; ``sub`` is the key of another subtitle."""
    words = w.board.words
    return w.board.page(
        f"gradients-{w.tensor}-{level}",
        words(f"gradient_{level}_title", what=inline(w.board.flat(w.tensor))),
        blocks,
        subtitle=words(sub or f"gradient_{level}_sub"),
        covers=(f"{level}-{w.tensor}",),
        **more,
    )


def _chain(w: Wanted) -> Iterator[Page]:
    """The chain, and what it leaves open, on a page of its own where that needs the room."""
    rule, board = w.chain(), w.board
    reveal = w.reveal and not w.blank
    steps = len(rule.factors) + 1 if reveal else 1
    rows = (rule.revealed if reveal else rule.rows)(f"d{w.tensor}")
    blocks: list[Block] = [Math(tuple(rows), size=rule.size)]
    opened = [Math(tuple(rows), size="small", at=steps)] if (rows := w.opened(rule)) else []
    if w.blank:
        blocks.append(Blank(0.35))
    elif len(w.all) > 1 and len(rule.ways) == 1 and pictures.is_stack(board):
        # a block diagram and a sum need the room themselves
        blocks.append(_strip(w))
    title = board.words("backward_title", what=inline(board.flat(w.tensor)))
    apart = bool(opened) and not pictures.room_for(board, [*blocks, *opened])
    yield board.page(
        f"gradients-{w.tensor}",
        title,
        with_arcs(board, rule.tensors, blocks if apart else [*blocks, *opened], reveal=reveal),
        subtitle=board.words("backward_reveal" if reveal else "backward_chain"),
        steps=steps,
        covers=(f"chain-{w.tensor}",),
        notes=(board.words("backward_notes", what=inline(board.named(w.tensor))),),
    )
    if apart:
        first = [replace(block, at=1) for block in opened]
        yield board.page(
            f"gradients-{w.tensor}-above", title, first, subtitle=board.words("backward_above")
        )


def _strip(w: Wanted) -> Strip:
    """All equations of the item underneath, the current one boxed."""
    at = w.all.index(w.tensor)
    first = max(0, min(at - STRIP // 2, len(w.all) - STRIP))  # the neighbours, where there are many
    cells = [w.chain(name).line for name in w.all[first : first + STRIP]]
    return Strip(tuple(cells), current=at - first)


def _index(w: Wanted) -> Iterator[Page]:
    """Entry by entry."""
    rows = _entries(w)
    yield _page(w, "index", [Math(tuple(rows))], steps=len(rows) if w.reveal else 1)


def _entries(w: Wanted) -> list[Row]:
    """The chain rule with its sum, the Jacobian with its deltas, contracted."""
    board, seen = w.board, view(w.board.d, w.tensor)
    rows = []
    for k, (eq, reason) in enumerate(seen.states()):
        found = board.symbols.letters([Read(eq.name, eq.indices), eq.rhs])
        left, right = board.sides(eq)
        notes = (board.words(_STATES[reason]), board.says_indicator(eq.rhs, found))
        note = "; ".join(filter(None, notes))
        says = board.says(Read(eq.name, eq.indices), eq.rhs)
        rows.append(Row(row() if k else left, right, at=k + 1, note=note, ref=eq.name, claim=says))
    return rows


def _matrix(w: Wanted) -> Iterator[Page]:
    """As matrices, shapes underneath, in the colours of the chain; entry by entry where there is
    no matrix form, unless that is a level of its own."""
    form = matrix_chain(w.board.d, w.tensor, [*w.others, *w.chain().open])
    if w.chain().formula and not w.board.net.shape(w.tensor) and "chain" in w.levels:
        return  # a formula of numbers is the same at both levels
    if not matrices(w.board):
        yield _worked(w)
    elif form is not None:
        yield _with_matrix(w, form)
    elif "index" not in w.levels:
        yield _without_matrix(w)


def _with_matrix(w: Wanted, form: Expr) -> Page:
    board, rule = w.board, w.chain()
    adjoint = board.d.adjoint(w.tensor)
    shown = oriented(board, form, adjoint)
    printer = FormPrinter.coloured(board, shown, rule.ways)
    printer.shapes = True
    left = printer.titled(adjoint)
    right = printer.expression(shown)
    says = board.says(Read(adjoint), shown, kind=WHOLE)
    rows = (*rule.named_rows(), Row(left, right, ref=adjoint, claim=says))
    blocks: list[Block] = [Math(rows, size=rule.size), *_read_so(printer, shown)]
    paths = rule.tensors
    picture = pictures.placed(board, lambda h: pictures.reached(board, paths, height=h), blocks)
    sub = "gradient_matrix_sub" if _in_order(right) else "gradient_matrix_turned"
    return _page(w, "matrix", above(board, picture, blocks, several=len(paths) > 1), sub)


def _in_order(made: Node) -> bool:
    """Do the colours of a formula stand in the order of its chain?"""
    colours = [int(mark.key) for mark in marks(made) if mark.kind == "cgc"]
    return colours == sorted(colours)


def _read_so(printer: FormPrinter, shown: Expr) -> Iterator[Text]:
    """How the products and quotients in a matrix form are read, where there are some."""
    ordered, entrywise = (any(isinstance(e, kind) for e in walk(shown)) for kind in _PRODUCTS)
    keys = []
    if ordered or entrywise:
        keys.append("matrix_note" if ordered and entrywise else _NOTES[entrywise])
    signs = {Quotient: "matrix_note_quotient", Ones: "matrix_note_ones"}
    keys += dict.fromkeys(signs[type(e)] for e in walk(shown) if type(e) in signs)
    if keys:
        sign = inline(formula(printer.style.elementwise))
        said = (printer.board.words(key, sign=sign) for key in keys)
        yield Text(" ".join(said), kind="small")


def _without_matrix(w: Wanted) -> Page:
    board, rows = w.board, _entries(w)
    return board.page(
        f"gradients-{w.tensor}-matrix",
        board.words("gradient_index_title", what=inline(board.flat(w.tensor))),
        [Math(tuple(rows))],
        subtitle=board.words("gradient_no_matrix_sub"),
        steps=len(rows) if w.reveal else 1,
        covers=(f"matrix-{w.tensor}",),
    )


def _worked(w: Wanted) -> Page:
    """Where the notation writes entries only: the gradients on the way one by one."""
    board = w.board
    rule = w.chain()
    rows = rule.rows() if not rule.formula else []
    for k, tensor in enumerate(dict.fromkeys(f.below for f in rule.factors if not f.direct), 1):
        adjoint = board.d.adjoint(tensor)
        line = board.line(board.equation(adjoint), ref=adjoint)
        coloured = row(marked("cgc", k, line.right))
        rows.append(replace(line, right=coloured) if k == 1 else line)
    return _page(w, "worked", [Math(tuple(rows))])


def _numbers(w: Wanted) -> Iterator[Page]:
    yield _page(w, "numbers", numbers_blocks(w.board, w.tensor, w.chain(), w.others))


def _transpose(w: Wanted) -> Page:
    """Why the transpose? The sum over an index decides on which side a matrix stands."""
    board = w.board
    form = matrix_chain(board.d, w.tensor, [t for t in board.d.by_tensor if t != w.tensor])
    blocks: list[Block] = [Math(tuple(_entries(w)))]
    if form is not None and matrices(board):
        adjoint = board.d.adjoint(w.tensor)
        shown = oriented(board, form, adjoint)
        printer = FormPrinter(board)
        printer.shapes = True
        says = board.says(Read(adjoint), shown, kind=WHOLE)
        line = Row(board.gradient(w.tensor), printer.expression(shown), claim=says)
        blocks.append(Math((line,)))
    blocks.append(Text(board.words(_why(board.equation(board.d.adjoint(w.tensor)), form))))
    return board.page(
        f"gradients-{w.tensor}-transpose",
        board.words("transpose_title"),
        blocks,
        subtitle=inline(board.flat(w.tensor)),
        covers=("why-the-transpose",),
    )


def _why(gradient: Equation, form: Expr | None) -> str:
    """The key of what decides on the transpose: an inner sum, an outer product, or nothing."""
    if any(isinstance(e, Reduce) for e in walk(gradient.rhs)) or form is None:
        return "transpose_note"
    outer = any(isinstance(e, Transpose | MatMul) for e in walk(form))
    return "transpose_outer" if outer else "transpose_none"


_LEVELS: dict[str, Callable[[Wanted], Iterator[Page]]] = {
    "chain": _chain,
    "index": _index,
    "matrix": _matrix,
    "numbers": _numbers,
}
