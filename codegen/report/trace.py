"""The table of a run, round by round: parameters, output, loss, and whether the run may end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...derive.language.errors import ChalkgradError
from ...derive.language.expr import Expr
from ...derive.language.parser import condition
from ...derive.language.refs import ref
from ...derive.language.text import text
from ...derive.pipeline import Network
from ...derive.values.entries import Entry
from ..console.output import plain_table
from ..formula.numerals import Numerals
from ..formula.rich import inline, pieces
from ..formula.tex_printer import tex
from ..formula.tex_text import text_tex
from ..formula.tree.nodes import Group, Marked, Node, Row, rebuilt
from ..formula.tree.reader import shown
from ..lecture.board.board import Board
from ..lecture.board.printed import steady
from ..lecture.items.train.options import Options as Train
from ..lecture.items.train.parts import SCALARS, SOME, Condition, Run, entry
from ..lecture.words import words
from ..targets.numpy.training.rounds import Round, Trace

if TYPE_CHECKING:
    from rich.table import Table

ALL = 40  # rounds that are shown one by one
KEPT = 5000  # rounds that are remembered; of longer runs those that are shown
_HEAD = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{amsmath,amssymb,bm,booktabs,graphicx}
\pagestyle{empty}
\begin{document}
"""


@dataclass(frozen=True)
class _Recorded(Run):
    """A run that was made by a program, for the columns and numbers of a lecture's table."""

    made: Trace | None = None

    @cached_property
    def trace(self) -> Trace:
        assert self.made is not None
        return self.made

    def number(self, r: Round, at: Entry, exact: Any) -> str:
        shown = once_rounded(self.board.numerals, exact)
        return inline(self.board.figure(f"round{r.number}.{ref(*at)}", shown))


@dataclass
class Recorder:
    """Listens to a run: what the chosen rounds did, and in which of them the rule holds."""

    program: Any
    data: tuple[Any, ...]
    shown: tuple[int | str, ...] = ()
    rounds: list[Round] = field(default_factory=list)
    holds: dict[int, bool] = field(default_factory=dict)

    def __call__(self, run: Any) -> None:
        made = self._round(run.epoch, run.params)
        if self.rounds and not self._kept(self.rounds[-1].number):
            self.rounds.pop()  # it was only the last so far
        self.rounds.append(made)
        if self.program.STOP:
            whole = self.program.complete(self.data)
            self.holds[made.number] = bool(self.program.stopped(run.params, *whole))

    def begin(self, run: Any) -> None:
        """The run before its first round."""
        self.start = self._round(run.epoch, run.params)

    def _kept(self, k: int) -> bool:
        return k <= KEPT or k in SOME or k in self.shown

    def _round(self, number: int, params: Any) -> Round:
        with np.errstate(all="ignore"):
            outputs = self.program.predictions(params, self.data)
            loss = self.program.loss_of(params, self.data)
        if number:  # what has no column of its own need not be remembered
            outputs = {n: a for n, a in outputs.items() if a.size <= SCALARS}
        few = sum(w.size for w in params) <= SCALARS
        return Round(number, params._asdict() if few else {}, outputs, loss, {})


@dataclass(frozen=True)
class TraceTable:
    """The recorded rounds in the notation, digits and rounding of the spec."""

    run: _Recorded
    rule: Expr | None
    holds: dict[int, bool]
    rounds: tuple[Round, ...]
    word: str  # round, or epoch where an epoch makes several updates

    def head(self) -> list[str]:
        """The columns' names as in the equations' language."""
        columns = [ref(*e) for e in self.run.columns]
        outputs = [ref(*e) for e in self.run.outputs]
        loss = self.run.board.loss
        return [self.word, *columns, *outputs, loss, *([text(self.rule)] if self.rule else [])]

    def cells(self, r: Round) -> list[str]:
        """A row in plain text, its numbers rounded as the style says."""
        values = [entry(r.parameters[n], at) for n, at in self.run.columns]
        values += [entry(r.tensors[n], at) for n, at in self.run.outputs]
        numerals = self.run.board.numerals
        shown = [numerals.text(once_rounded(numerals, v)) for v in (*values, r.loss)]
        return [str(r.number), *shown, *([self._mark(r, "yes", "no")] if self.rule else [])]

    def _mark(self, r: Round, yes: str, no: str) -> str:
        return yes if self.holds.get(r.number) else no

    def table(self) -> Table:
        """For the terminal."""
        made = plain_table()
        for k, name in enumerate(self.head()):
            middle = self.rule is not None and k == len(self.head()) - 1
            made.add_column(name, justify="center" if middle else "right", no_wrap=True)
        for r in self.rounds:
            made.add_row(*self.cells(r))
        return made

    def tex(self) -> str:
        """A LaTeX document with the table (booktabs)."""
        head = [self.word, *map(_tex, self.run.head(self.run.board.words)[1:])]
        if self.rule:
            rule = Condition(self.run.board.symbols).expression(self.rule, {})
            head.append(_tex(inline(rule)))
        rows = []
        for r in self.rounds:
            cells = [_tex(c) for c in self.run.cells(r)]
            rows.append([*cells, *([self._mark(r, r"$\checkmark$", "--")] if self.rule else [])])
        align = "r" * (len(head) - bool(self.rule)) + "c" * bool(self.rule)
        lines = [" & ".join(row) + r" \\" for row in rows]
        wide = len(head) > 7
        return "\n".join([
            f"% {self.run.board.network.name}, made by chalkgrad train --trace", _HEAD,
            *([r"\resizebox{\textwidth}{!}{%"] if wide else []),
            rf"\begin{{tabular}}{{{align}}}", r"\toprule", " & ".join(head) + r" \\", r"\midrule",
            *lines, r"\bottomrule", r"\end{tabular}" + "}" * wide, r"\end{document}", "",
        ])  # fmt: skip


def trace_table(network: Network, recorder: Recorder, stop: str, several: bool) -> TraceTable:
    """The rounds of ``recorder.shown``, else all, of a long run some. ``several``: an epoch makes
    more than one update, so that a row is an epoch.

    Rounds that the run did not come to are left out; without any other the last one is shown.
    """
    rounds = tuple(recorder.rounds)
    language = network.spec.style.language[0] if network.spec is not None else "en"
    said = words(language)
    board = Board(network, said)
    count = rounds[-1].number
    losses = np.zeros(count + 1)
    trace = Trace(recorder.start, rounds, losses, False, 0.0)
    run = _Recorded(board, Train(stop=stop or None), trace)
    wanted: Sequence[int | str] = recorder.shown
    if not wanted and count > ALL:
        wanted = [*(k for k in SOME if k < count), "last"]
    there = [k for k in wanted if k == "last" or int(k) <= count]  # a run may end before others
    found = [trace[k] for k in there or ["last"]] if wanted else list(rounds)
    rule = condition(stop, "train.stop") if stop else None
    word = "epoch" if several else said("train_round")
    once = {r.number: r for r in found}
    return TraceTable(run, rule, recorder.holds, tuple(once.values()), word)


def once_rounded(numerals: Numerals, value: float) -> float:
    """The value without the digits that depend on the machine, unless the digits that are printed
    would depend on leaving them out."""
    short = steady(value)
    return short if numerals.rounded(short) == numerals.rounded(value) else value


def _tex(cell: str) -> str:
    """A cell of a lecture's table without the marks that link it, and without needless braces."""
    made = []
    for piece in pieces(cell):
        made.append(f"${_bare(piece.text)}$" if piece.kind == "math" else text_tex(piece.text))
    return "".join(made)


def _bare(latex: str) -> str:
    bare = rebuilt(shown(latex), _unmarked)
    only = bare.items[0] if len(bare.items) == 1 else None
    return tex(Row(only.items) if isinstance(only, Group) else bare)


def _unmarked(node: Node) -> Node:
    return node.body if isinstance(node, Marked) else node


def chosen_rounds(given: str | None) -> tuple[int | str, ...]:
    """``1,2,last`` of the option --show. Raises ChalkgradError for what is no round."""
    made: list[int | str] = []
    for word in (given or "").split(",") if given is not None else []:
        k = word.strip()
        if k == "last":
            made.append(k)
        elif k.isascii() and k.isdigit() and len(k) < 10:
            made.append(int(k))
        else:
            raise ChalkgradError(f"'{k}' is no round", where="--show", hint="--show 1,2,3,last")
    return tuple(made)
