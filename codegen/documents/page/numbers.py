"""The numbers of a lecture's networks as data of its page: which number follows from which.

Every expression comes from the derivation; here its numbers get the ids they are printed with
(`codegen.lecture.board.board`): entries ``dW1[1,0]``, local derivatives ``y0[1]/v0[1]``, and what
one step of the update makes of them, ``new.W1[1,0]`` and ``after.L``; products ``path1.W0[0,0]``
and, of a chain, ``L/y1[0]/v1[0]`` (``L+`` where the loss itself reads the next).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

import numpy as np

from ....derive.forms.orientation import counted_from, number_from
from ....derive.language.errors import ChalkgradError
from ....derive.language.expr import Add, Expr, Mul, Neg, Read, num
from ....derive.language.refs import ref
from ....derive.values.entries import Entry
from ....derive.values.factors import local, upstream
from ....derive.values.paths import paths
from ...deck.model import Deck
from ...lecture.board.board import Board
from ...lecture.items.shared.update import frozen, has_update, rate_of
from .board import BoardData, BoardGroup, BoardInput, BoardNode, Tree, tree

LARGEST = 3000  # entries of a network that a page can still work out again
_ENTRY = r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([0-9,]+)\])?"
_PLACE = re.compile(rf"{_ENTRY}\Z")
_PATH = re.compile(rf"path(\d+)\.{_ENTRY}\Z")
_LOCAL = re.compile(rf"{_ENTRY}/{_ENTRY}\Z")


def boards_of(deck: Deck, boards: Iterable[Board]) -> list[BoardData]:
    """What the page of ``deck`` can work out again, network by network (`html_page`'s ``board``).

    ``boards`` are those the deck was made with. A network is left out that has no numbers, is too
    large, or has something in it that a page cannot work out.
    """
    ids = {f.id for p in deck.pages for f in p.figures}
    given = list(boards)
    titles = {p.network: p.title for p in reversed(deck.pages)}
    titles |= {p.network: p.title for p in reversed(deck.pages) if p.item == "example"}
    made = [board_data(b, ids, titles.get(b.key, "") if len(given) > 1 else "") for b in given]
    return [b for b in made if b is not None]


def board_data(board: Board, ids: Iterable[str] = (), title: str = "") -> BoardData | None:
    """The inputs and calculated numbers of one network; ``ids`` are the numbers that are shown.
    None where the page cannot work them out."""
    if not board.has_numbers or not _one_sample(board):
        return None
    try:
        return _Numbers(board, sorted(ids)).data(title)
    except ChalkgradError:
        return None


def _one_sample(board: Board) -> bool:
    """Are the values those of one sample, and not of a batch?"""
    given = [t.name for t in board.net.tensors.values() if t.kind != "variable"]
    return all(np.size(board.network.values[n]) == len(board.entries(n)) for n in given)


class _Numbers:
    def __init__(self, board: Board, ids: Sequence[str]) -> None:
        self.board, self.prefix = board, f"{board.key}."
        self.shown = [i.removeprefix(self.prefix) for i in ids if i.startswith(self.prefix)]
        self.given = [t.name for t in board.net.tensors.values() if t.kind != "variable"]
        self.updates = has_update(board)

    def data(self, title: str) -> BoardData:
        board = self.board
        equations = [*board.d.forward, *(s.equation for s in board.d.steps)]
        names = [*self.given, *(e.name for e in equations)]
        if sum(len(board.entries(n)) for n in names) > LARGEST:
            raise ChalkgradError("the network is too large for a page that works out its numbers")
        nodes = []
        for eq in equations:
            for at in board.entries(eq.name):
                value = self.tree(board.formulas(eq.name, *at), eq.name)
                nodes.append(BoardNode(self.prefix + ref(eq.name, at), value))
        nodes += [*self.locals(), *self.products(), *self.paths()]
        groups = [self.group(n) for n in self.given]
        if self.updates:
            nodes += self.steps()
            groups.append(self.rate())
        n = board.numerals
        return BoardData(board.key, title, tuple(groups), tuple(nodes), n.count, n.significant,
                         n.rounding, n.mark)  # fmt: skip

    def tree(self, e: Expr, of: str = "") -> Tree:
        """The calculation over the numbers of the page, where classes count as they are printed;
        ``of``: the tensor that it makes."""
        symbols = self.board.symbols
        counted = number_from if symbols.first(of) else counted_from
        made = counted(e, symbols.style.index_base, symbols.classes, stored=True)
        return tree(made, self.prefix)

    # -- what is derived -----------------------------------------------------------------------

    def locals(self) -> list[BoardNode]:
        """Local derivatives, under the names they are shown with."""
        made = []
        for name in self.shown:
            found = _LOCAL.match(name)
            if found is None:
                continue
            above, below = _entry(found[1], found[2]), _entry(found[3], found[4])
            try:
                slope = self.tree(local(self.board.d, above, below).value)
            except (ChalkgradError, StopIteration, KeyError):
                continue  # it keeps its first value and is marked so
            made.append(BoardNode(self.prefix + name, slope))
        return made

    def products(self) -> list[BoardNode]:
        """The products along the paths of a chain, ``L/y1[0]/v1[0]``."""
        made = []
        for name in self.shown:
            first, *below = name.split("/")
            found = [m for part in below if (m := _PLACE.match(part))]
            if len(found) < len(below) or len(below) < 2:
                continue
            here = [_entry(m[1], m[2]) for m in found]
            d, loss = self.board.d, (first.removesuffix("+"), ())
            start = local(d, loss, here[0]) if first.endswith("+") else upstream(d, here[0])
            factors = [start, *(local(d, a, b) for a, b in itertools.pairwise(here))]
            made.append(
                BoardNode(self.prefix + name, ["*", *(self.tree(f.value) for f in factors)])
            )
        return made

    def paths(self) -> list[BoardNode]:
        """The products along the paths that are shown, ``path2.W0[0,0]``
        (`derive.values.paths`)."""
        board, made = self.board, []
        axes = {t.name: len(t.axes) for t in board.net.tensors.values()}
        for name in self.shown:
            found = _PATH.match(name)
            if found is None:
                continue
            start = _entry(found[2], found[3])
            path = paths(board.whole, start, board.network.values).largest[int(found[1]) - 1]
            entries = [(n, at[len(at) - axes[n] :]) for n, at in path.entries if n != board.loss]
            factors = [local(board.d, b, a) for a, b in itertools.pairwise(entries)]
            factors.append(upstream(board.d, entries[-1]))
            product = ["*", *(self.tree(f.value) for f in factors)]
            made.append(BoardNode(self.prefix + name, product))
        return made

    def steps(self) -> list[BoardNode]:
        """w − η ∂L/∂w for every parameter, and the forward pass with the new ones."""
        board, made = self.board, []
        fixed = frozen(board)
        for name in board.parameters:
            for at in board.entries(name):
                where = tuple(num(k) for k in at)
                old: Expr = Read(name, where)
                slope = Read(board.d.adjoint(name), where)
                new = old if name in fixed else Add((old, Neg(Mul((Read("eta"), slope)))))
                made.append(BoardNode(f"{self.prefix}new.{ref(name, at)}", self.tree(new)))
        if any(name.startswith("after.") for name in self.shown):
            variables = {e.name for e in board.d.forward}
            for eq in board.d.forward:
                for at in board.entries(eq.name):
                    value = self.tree(board.formulas(eq.name, *at), eq.name)
                    value = self.after(value, variables)
                    made.append(BoardNode(f"{self.prefix}after.{ref(eq.name, at)}", value))
        return made

    def after(self, value: Tree, variables: set[str]) -> Tree:
        """A tree over the numbers after the step."""
        if isinstance(value, list):
            return [value[0], *(self.after(v, variables) for v in value[1:])]
        if not isinstance(value, str):
            return value
        name = value.removeprefix(self.prefix)
        tensor = name.split("[")[0]
        moved = "new." if tensor in self.board.parameters else ""
        return f"{self.prefix}{'after.' if tensor in variables else moved}{name}"

    # -- inputs --------------------------------------------------------------------------------

    def group(self, name: str) -> BoardGroup:
        board, entries = self.board, self.board.entries(name)
        made = []
        for at in entries:
            label = board.printer.entry_at(name, at)
            value = f"{float(board.exact(name, *at) + board.symbols.first(name)):.15g}"
            made.append(BoardInput(self.prefix + ref(name, at), label, value, ref(name, at)))
        last = max((at[-1] for at in entries if at), default=0) + 1
        return BoardGroup(board.named(name), tuple(made), min(last, 8))

    def rate(self) -> BoardGroup:
        """The step of the update."""
        eta, value = self.board.eta, f"{float(rate_of(self.board)):.15g}"
        return BoardGroup(eta, (BoardInput(f"{self.prefix}eta", eta, value, "eta"),))


def _entry(name: str, at: str | None) -> Entry:
    return name, tuple(int(k) for k in at.split(",")) if at else ()
