"""``gradients``: every gradient at its levels; the chain with one arc and one colour per factor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .....derive.forms.letters import letters
from .....derive.forms.matrix_chain import matrix_chain
from .....derive.forms.views import view
from .....derive.language.errors import ChalkgradError, suggest
from .....derive.language.expr import Read, tensors
from .....derive.network.given import edge_names
from ....deck.model import Blank, Block, Math, Page, Row, Strip, Text
from ...board import pictures
from ...board.board import Board
from ...board.context import Context
from ...board.formulas import (
    Factors,
    FormPrinter,
    coloured_chain,
    leaf_colours,
    matrices,
    oriented,
)
from ..shared.drawings import with_arcs
from ..shared.numbers import numbers_blocks
from .inserted import inserted_page
from .options import Options

DEFAULT = ("chain", "matrix")
STRIP = 5  # equations in the strip


@dataclass(frozen=True)
class Wanted:
    """One gradient of an item: what is shown before it decides where its chain stops."""

    board: Board
    tensor: str
    all: tuple[str, ...]
    mode: str
    reveal: bool
    blank: bool

    @property
    def others(self) -> list[str]:
        return [t for t in self.all if t != self.tensor]

    def chain(self, tensor: str | None = None) -> tuple[str, Factors]:
        name = tensor or self.tensor
        left, factors, _ = self.board.chain(name, self.mode, [t for t in self.all if t != name])
        return left, factors


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The pages of every gradient in the order of ``wrt``, its levels one after the other."""
    board = context.board(options.of)
    mode = options.chain or board.style.chain
    names = tensors_of(board, options.wrt, between=mode == "reuse")
    asked = options.level or board.style.level
    levels = asked or list(DEFAULT)
    for name in names:
        wanted = Wanted(board, name, tuple(names), mode, options.reveal, options.blank)
        for level in levels:
            if level == "numbers" and not board.has_numbers:
                continue
            page = _LEVELS[level](wanted)
            if page is not None:
                yield page
        page = inserted_page(board, name, options)
        if page is not None and (not asked or "index" in asked):
            yield page
        if options.transpose:
            yield _transpose(wanted)


def tensors_of(board: Board, wrt: Sequence[str], *, between: bool = False) -> list[str]:
    """The tensors that ``wrt`` names (``w5`` and ``W0[1,0]`` are of W1 and W0).

    Without it the parameters in the order of the sweep, and what a loss turns into p − y;
    ``between``: and what every layer with parameters reads, so that chains stay short. Raises
    ChalkgradError for an unknown one."""
    known = board.d.by_tensor
    edges = edge_names(board.network)
    if not wrt:
        wanted = {*board.parameters, *(_read_by_layers(board) if between else ())}
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


def _page(w: Wanted, level: str, blocks: Sequence[Block], **more: Any) -> Page:
    """A page about the gradient at one of its levels."""
    words = w.board.words
    return w.board.page(
        f"gradients-{w.tensor}-{level}",
        words(f"gradient_{level}_title", what=f"${w.board.inline(w.tensor)}$"),
        blocks,
        subtitle=words(f"gradient_{level}_sub"),
        covers=(f"{level}-{w.tensor}",),
        **more,
    )


def _chain(w: Wanted) -> Page:
    left, factors = w.chain()
    board = w.board
    reveal = w.reveal and not w.blank
    body = coloured_chain(factors, board.symbols.style.product)
    if reveal:
        sign = board.symbols.style.product
        body = "".join(
            rf"\cgat{{{k + 1}}}{{{sign if k > 1 else ''} \cgf{{{k}}}{{{t}}}}}"
            for k, (t, _, _) in enumerate(factors, 1)
        )
    blocks: list[Block] = [Math((Row(left, body, ref=f"d{w.tensor}"),))]
    if w.blank:
        blocks.append(Blank(0.35))
    elif len(w.all) > 1 and pictures.is_stack(board):  # a block diagram needs the room itself
        blocks.append(_strip(w))
    return board.page(
        f"gradients-{w.tensor}",
        board.words("backward_title", what=f"${board.inline(w.tensor)}$"),
        with_arcs(board, _path(factors), blocks, reveal=reveal),
        subtitle=board.words("backward_reveal" if reveal else "backward_chain"),
        steps=len(factors) + 1 if reveal else 1,
        covers=(f"chain-{w.tensor}",),
        notes=(board.words("backward_notes", what=f"${board.tex(w.tensor)}$"),),
    )


def _path(factors: Factors) -> list[str]:
    """L, y1, v1, …: the tensors the chain goes through; of a fan-out its first path."""
    path = [factors[0][1], factors[0][2]]
    for _, above, below in factors[1:]:
        if above == path[-1]:
            path.append(below)
    return path


def _strip(w: Wanted) -> Strip:
    """All equations of the item underneath, the current one boxed."""
    cells = []
    at = w.all.index(w.tensor)
    first = max(0, min(at - STRIP // 2, len(w.all) - STRIP))  # the neighbours, where there are many
    for name in w.all[first : first + STRIP]:
        left, factors = w.chain(name)
        cells.append(
            f"{left} = " + f" {w.board.symbols.style.product} ".join(t for t, _, _ in factors)
        )
    return Strip(tuple(cells), current=at - first)


def _index(w: Wanted) -> Page:
    """Entry by entry: the chain rule with its sum, the Jacobian with its deltas, contracted."""
    board, seen = w.board, view(w.board.d, w.tensor)
    step = board.d.step(w.tensor)
    states = [(step.equation, "index_contracted")]
    if step.contributions:
        states = [
            (seen.chain_equation(), "index_chain"),
            (seen.jacobian_equation(), "index_jacobian"),
            *states,
        ]
    rows = []
    for k, (eq, key) in enumerate(states):
        left, right = board.printer.equation(eq, letters([Read(eq.name, eq.indices), eq.rhs]))
        note = board.words(key)
        rows.append(Row("" if k else left, right.text, at=k + 1, note=note, ref=eq.name))
    return _page(w, "index", [Math(tuple(rows))], steps=len(rows) if w.reveal else 1)


def _matrix(w: Wanted) -> Page | None:
    """As matrices, shapes underneath, in the colours of the chain."""
    board = w.board
    form = matrix_chain(board.d, w.tensor, w.others)
    if not matrices(board):
        return _worked(w)
    if form is None:
        return None
    _, factors = w.chain()
    adjoint = board.d.adjoint(w.tensor)
    shown = oriented(board, form, adjoint)
    colours = leaf_colours(board.d, shown, factors)
    printer = FormPrinter(board, colours)
    printer.shapes = True
    left = printer.shaped(board.tex(adjoint), Read(adjoint))
    blocks: list[Block] = [
        Math((
            Row(board.gradient(w.tensor), coloured_chain(factors, board.symbols.style.product)),
            Row(left, printer.expression(shown), ref=adjoint),
        )),
        Text(board.words("matrix_note"), kind="small"),
    ]  # fmt: skip
    path = _path(factors)
    picture = pictures.placed(board, lambda h: pictures.reached(board, path, height=h), blocks)
    return _page(w, "matrix", [picture, *blocks])


def _worked(w: Wanted) -> Page:
    """Where the notation writes entries only: the gradients on the way one by one."""
    board = w.board
    left, factors = w.chain()
    path = [t for t in _path(factors)[1:] if t in board.d.by_tensor]
    rows = [Row(left, coloured_chain(factors, board.symbols.style.product))]
    for k, tensor in enumerate(path, 1):
        adjoint = board.d.adjoint(tensor)
        gradient, value = board.index(adjoint)
        rows.append(Row(gradient, rf"\cgc{{{k}}}{{{value}}}" if k == 1 else value, ref=adjoint))
    return _page(w, "worked", [Math(tuple(rows))])


def _numbers(w: Wanted) -> Page:
    _, factors = w.chain()
    return _page(w, "numbers", numbers_blocks(w.board, w.tensor, factors, w.others))


def _transpose(w: Wanted) -> Page:
    """Why the transpose? The sum over an index decides on which side a matrix stands."""
    board = w.board
    page = _index(w)
    form = matrix_chain(board.d, w.tensor, [t for t in board.d.by_tensor if t != w.tensor])
    blocks: list[Block] = list(page.blocks)
    if form is not None and matrices(board):
        shown = oriented(board, form, board.d.adjoint(w.tensor))
        printer = FormPrinter(board)
        printer.shapes = True
        blocks.append(Math((Row(board.gradient(w.tensor), printer.expression(shown)),)))
    blocks.append(Text(board.words("transpose_note")))
    return board.page(
        f"gradients-{w.tensor}-transpose",
        board.words("transpose_title"),
        blocks,
        subtitle=f"${board.inline(w.tensor)}$",
        covers=("why-the-transpose",),
    )


_LEVELS: dict[str, Callable[[Wanted], Page | None]] = {
    "chain": _chain,
    "index": _index,
    "matrix": _matrix,
    "numbers": _numbers,
}
