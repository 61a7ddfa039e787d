"""The gradient check: every gradient against the central difference quotient of the loss.

The quotient is worked out with the 53 bits of a double, every operation rounded as IEEE 754 says,
so that the printed errors are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .....derive.language.errors import ChalkgradError
from .....derive.values.entries import (
    Entry,
    Exact,
    after_step,
    depth,
    double_precision,
    moved_entry,
    number,
)
from .....derive.values.paths import parse_entry
from ....formula.numerals import Numerals
from ...board.board import Board
from ..shared.numbers import pick
from ..shared.update import frozen, rate_of

MOST = 200  # parameters that are checked; of more, so many at equal distances
WORK = 30_000  # entries worked out again for the losses of those checked, at most
DIGITS = 10
SMALL, NOISE = 1e-6, 1e-9  # a relative error that passes; a difference that a double cannot judge


@dataclass(frozen=True)
class Checked:
    """One parameter: its gradient, the difference quotient, |a − n| / max(|a|, |n|)."""

    entry: Entry
    analytic: Any
    numeric: Any

    @property
    def error(self) -> Any:
        size = max(abs(self.analytic), abs(self.numeric))
        return abs(self.analytic - self.numeric) / size if size else number(0)


def passes(c: Checked) -> bool:
    return bool(c.error < SMALL or abs(c.analytic - c.numeric) < NOISE)


class Checker:
    """The gradients of a board's network at its numbers. Raises ChalkgradError without them."""

    POWER = -5

    def __init__(self, board: Board) -> None:
        self.board = board
        given = board.network.values
        declared = [t.name for t in board.net.tensors.values() if t.kind != "variable"]
        if not board.sizes_known or any(n not in given for n in declared):
            raise ChalkgradError("a gradient check needs numbers",
                                 where=f"networks.{board.key}.values")  # fmt: skip
        self.given = dict(given)

    @property
    def names(self) -> list[str]:
        """The parameters; of a network without any the inputs."""
        return self.board.parameters or [t.name for t in self.board.net.inputs]

    @property
    def numerals(self) -> Numerals:
        return replace(self.board.numerals, count=DIGITS, significant=False)

    # -- the samples ---------------------------------------------------------------------------

    @cached_property
    def samples(self) -> list[dict[str, Any]]:
        """The numbers of every sample; one for a network without a batch."""
        data = (*self.board.net.inputs, *self.board.net.targets)
        if not any(depth(self.given[t.name]) > len(t.axes) for t in data):
            return [self.given]
        count = len(self.given[data[0].name])
        return [{**self.given, **{t.name: self.given[t.name][k] for t in data}}
                for k in range(count)]  # fmt: skip

    @property
    def weight(self) -> Any:
        """What a sample's loss counts in the loss of the batch."""
        mean = len(self.samples) > 1 and self.board.network.spec.batch == "mean"
        return number(1) / len(self.samples) if mean else number(1)

    @cached_property
    def exact(self) -> list[Exact]:
        """Every sample to all digits; of a single one the board knows most already."""
        if self.board.has_numbers:
            return [self.board.exact]
        return [Exact(self.board.d, s, self.board.formulas) for s in self.samples]

    @cached_property
    def doubles(self) -> list[Exact]:
        """Every sample in doubles, its loss worked out."""
        made = [Exact(self.board.d, s, self.board.formulas) for s in self.samples]
        with double_precision():
            self.total(made, self.board.loss)
        return made

    def total(self, runs: Iterable[Exact], name: str, at: Sequence[int] = ()) -> Any:
        """A tensor that the samples add up: the loss, or a gradient."""
        return self.weight * sum((e(name, *at) for e in runs), number(0))

    # -- the check -----------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        return [(n, at) for n in self.names for at in self.board.entries(n)]

    def chosen(self, wanted: Sequence[str], several: int) -> list[Entry]:
        """The entries asked for; without them all of a few, else one per parameter tensor."""
        if wanted:
            return [parse_entry(self.board.network, text) for text in wanted]
        every = self.entries()
        if len(every) <= several:
            return every
        return [(n, pick(self.board, n)) for n in self.names]

    def all(self) -> list[Checked]:
        """Every parameter (of very many, some)."""
        return [self.checked(e) for e in self._some()]

    @property
    def most(self) -> int:
        """How many parameters are checked: fewer where each asks for a long calculation."""
        entries = sum(len(e.known) for e in self.doubles)
        return max(1, min(MOST, WORK // entries))

    def _some(self) -> Iterator[Entry]:
        every = self.entries()
        kept = {(n, pick(self.board, n)) for n in self.names}
        apart = -(-len(every) // self.most)
        yield from (e for k, e in enumerate(every) if k % apart == 0 or e in kept)

    def checked(self, e: Entry) -> Checked:
        name, at = e
        analytic = self.total(self.exact, self.board.d.adjoint(name), at)
        with double_precision():
            h = number(10) ** self.POWER
            moved = [{name: moved_entry(self.given[name], at, d)} for d in (h, -h)]
            ends = [
                self.total((e.changed(new) for e in self.doubles), self.board.loss) for new in moved
            ]
            numeric = (ends[0] - ends[1]) / (2 * h)
        return Checked(e, analytic, numeric)

    def around_step(self) -> tuple[Any, Any]:
        """The loss before and after one step of gradient descent."""
        before = self.total(self.exact, self.board.loss)
        rate, fixed = rate_of(self.board), frozen(self.board)
        if len(self.samples) == 1:
            return before, after_step(self.board.exact, rate, fixed)(self.board.loss)
        new: dict[str, Any] = {}
        for name in self.board.parameters:
            if name not in fixed:
                new[name] = self.given[name]
                for at in self.board.entries(name):
                    slope = self.total(self.exact, self.board.d.adjoint(name), at)
                    new[name] = moved_entry(new[name], at, -number(rate) * slope)
        return before, self.total((e.changed(new) for e in self.exact), self.board.loss)
