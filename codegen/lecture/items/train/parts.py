"""A training run as tables: which rounds, which columns, which numbers."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from .....derive.language.equation import Equation
from .....derive.language.expr import Expr, Name, Read
from .....derive.language.parser import condition
from .....derive.language.refs import ref
from .....derive.relations.numbers import Numbers, Rounds
from .....derive.values.entries import Entry
from ....deck.model import Table
from ....formula.latex_entries import is_raised
from ....formula.latex_functions import Tex
from ....formula.latex_printer import Printer
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import fenced, lettered, number, raised, row, space
from ....notation.symbols import Symbols
from ....targets.numpy.training.rounds import ALL_KEPT, Round, Trace, infer, train
from ...board.board import Board
from ...board.matrices import bmatrix
from ...board.printed import steady
from ...board.trees import entry_read
from ...words import Words
from ..shared.update import frozen
from .options import Options

SCALARS = 6  # parameters that have a column each
SOME = (1, 2, 3, 10, 100, 300, 1000, 10_000, 100_000)  # rounds shown where none are asked for
HALF = 38  # letters of a table that may stand beside another


class Condition(Printer):
    """A stopping rule, its names as the symbols of the board."""

    def _name(self, e: Name) -> Tex:
        known = e.name in self.symbols.network.tensors
        return self._tex(Read(e.name)) if known else Tex(lettered(e.name))


@dataclass(frozen=True)
class Run:
    """A training run of a board's network."""

    board: Board
    options: Options

    @cached_property
    def rule(self) -> Expr | None:
        return condition(self.options.stop) if self.options.stop else None

    @cached_property
    def trace(self) -> Trace:
        o = self.options
        if (o.rounds or o.max) <= ALL_KEPT:
            return self._run(o.max, o.rounds, None)
        first = self._run(o.max, o.rounds, self._kept(o.rounds or o.max))
        if not first.stopped:
            return first
        return self._run(o.max, first.count, self._kept(first.count))

    def _run(self, most: int, rounds: int | None, keep: list[int | str] | None) -> Trace:
        return train(self.board.network, stop=self.rule, max=most, rounds=rounds, keep=keep)

    def _kept(self, count: int) -> list[int | str]:
        """The rounds that pages show of a long run."""
        return [1, *SOME, *self.options.show, count - 1]

    # -- who judges its numbers ----------------------------------------------------------------

    @cached_property
    def again(self) -> Rounds:
        """The run once more, by the equations as written."""
        board, several = self.board, self.batch > 1
        d = board.whole if several else board.d
        start = Numbers(board.network, d, board.network.values, self.batch if several else 1)
        return Rounds(start, Fraction(str(self.trace.rate)), frozen(board))

    def after(self, r: Round) -> Numbers:
        """The numbers after a round."""
        return self.again.after(r.number, r.parameters)

    def read(self, name: str, at: Sequence[int] = ()) -> Read:
        """An entry as a tree, without the axis of an only sample in front; for the loss, that of
        all samples, which is trained with."""
        if name == self.board.loss:
            return Read(self.board.network.loss)
        axes = self.again.made[0].d.network.tensors[name].axes
        return entry_read(name, tuple(at)[len(at) - len(axes) :] if axes else ())

    # -- which numbers -------------------------------------------------------------------------

    @cached_property
    def batch(self) -> int:
        """How many samples; 0 for a network whose spec gives one without a batch."""
        shape = np.shape(self.trace.start.tensors[self.board.net.output])
        axes = self.board.net.tensors[self.board.net.output].axes
        return int(shape[0]) if len(shape) > len(axes) else 0

    @cached_property
    def columns(self) -> list[Entry]:
        """The parameters with a column of their own: all of them where they are few."""
        found = [(n, at) for n in self.board.parameters for at in self.board.entries(n)]
        return found if len(found) <= SCALARS else []

    @cached_property
    def outputs(self) -> list[Entry]:
        """The outputs with a column, the sample first where there are several."""
        name = self.board.net.output
        places = self.board.entries(name)
        if self.batch > 1:
            places = [(n, *at) for n in range(self.batch) for at in places]
        return [(name, at) for at in places] if len(places) <= SCALARS else []

    def head(self, words: Words) -> tuple[str, ...]:
        made = [words("train_round")]
        made += [inline(self.board.at(*e)) for e in self.columns]
        made += [inline(self.symbol(e)) for e in self.outputs]
        return (*made, inline(self.loss))

    @property
    def loss(self) -> Formula:
        """The symbol of the loss: of several samples that of all of them, which is trained with."""
        return self.symbols[self.symbols.of].tree

    @cached_property
    def symbols(self) -> Symbols:
        """Those of the board; what is differentiated is the loss that is trained with."""
        made = copy(self.board.symbols)
        made.of = self.board.network.loss if self.batch > 1 else self.board.loss
        return made

    @cached_property
    def total(self) -> Equation | None:
        """How the loss of all samples is made from that of each, where these have names."""
        known = {e.name: e for e in self.board.whole.forward}
        return known.get(self.symbols.of) if self.symbols.of != self.board.loss else None

    def gradient(self, name: str) -> Formula:
        """The derivative of the loss that is trained with."""
        return Printer(self.symbols).derived(name)

    def symbol(self, e: Entry) -> Formula:
        """An output; of several samples with the number of the sample."""
        if self.batch <= 1:
            return self.board.at(*e)
        name, (n, *at) = e
        base = self.board.at(name, tuple(at)) if len(self.board.entries(name)) > 1 else (
            self.board.named(name)
        )  # fmt: skip
        sample = row(space(","), fenced(number(n + 1)))
        return raised(fenced(base) if is_raised(base) else base, sample)

    def cells(self, r: Round) -> tuple[str, ...]:
        made = [str(r.number)]
        for name, at in self.columns:
            made.append(self.number(r, (name, at), entry(r.parameters[name], at)))
        for name, at in self.outputs:
            made.append(self.number(r, (name, at), entry(r.tensors[name], at)))
        return (*made, self.number(r, (self.board.loss, ()), r.loss))

    def number(self, r: Round, at: Entry, exact: Any) -> str:
        name, by = f"round{r.number}.{ref(*at)}", self.after(r)
        return inline(self.board.figure(name, steady(exact), means=self.read(*at), by=by))

    def table(self, rounds: Sequence[Round], words: Words, size: str = "normal") -> Table:
        head = self.head(words)
        rows = tuple(self.cells(r) for r in rounds)
        return Table(head, rows, align="r" * len(head), size=size)

    @property
    def narrow(self) -> bool:
        """Are two of these tables narrow enough for one page?"""
        count = 2 + len(self.columns) + len(self.outputs)
        return count * (self.board.numerals.count + 3) <= HALF

    # -- which rounds --------------------------------------------------------------------------

    def shown(self) -> list[Round]:
        """The rounds asked for, or the first, some between and the last."""
        wanted: list[int | str] = list(self.options.show)
        if not wanted:
            wanted = [k for k in SOME if k < self.trace.count] + ["last"]
        made: list[Round] = []
        for k in wanted:
            found = self.trace[k]
            if found not in made:
                made.append(found)
        return made

    # -- matrices over the batch ---------------------------------------------------------------

    def output_matrix(self, r: Round, what: str) -> Formula:
        """The outputs of a round, a sample a row."""
        made = np.asarray(r.tensors[self.board.net.output], dtype=float)
        name, by = self.board.net.output, self.after(r)

        def cell(at: tuple[int, ...]) -> Formula:
            exact, means = steady(entry(made, at)), self.read(name, at)
            return self.board.figure(f"{what}.{ref(name, at)}", exact, means=means, by=by)

        return bmatrix(made.shape, cell)

    def gradient_matrix(self, r: Round, name: str) -> Formula:
        """∂L/∂W over the batch, before this round's update."""
        adjoint = self.board.d.adjoint(name)
        made = r.gradients[name]
        before = self.trace[r.number - 1]
        by = self.after(before)

        def cell(at: tuple[int, ...]) -> Formula:
            what, exact = f"round{r.number}.{ref(adjoint, at)}", steady(entry(made, at))
            return self.board.figure(what, exact, means=entry_read(adjoint, at), by=by)

        return self.board.cells(adjoint, cell)

    # -- inference -----------------------------------------------------------------------------

    def bias_columns(self) -> list[int]:
        """Inputs that are 1 in every sample: they carry the bias."""
        given = np.asarray(self.board.network.values[self.board.net.inputs[0].name], dtype=float)
        if given.ndim != 2 or len(given) < 2:
            return []
        return [k for k in range(given.shape[1]) if (given[:, k] == 1).all()]

    def mended(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """The rows with 1 where training had 1."""
        ones = self.bias_columns()
        return [[1 if k in ones else v for k, v in enumerate(row)] for row in rows]

    def inferred(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        return infer(self.board.network, self.trace.last.parameters, rows).tolist()


def entry(array: Any, at: Sequence[int]) -> float:
    """One entry of an array; an axis of one sample in front is passed over."""
    made = np.asarray(array, dtype=float)
    if made.ndim == len(at) + 1 and made.shape[0] == 1:
        made = made[0]
    return float(made[tuple(at)] if made.ndim else made)
