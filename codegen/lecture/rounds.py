"""Many rounds of gradient descent in float64, with the functions of the generated module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from derive.training import train

from .board import Board


def losses(board: Board, shown: Sequence[int]) -> Iterator[tuple[int, list[float], float]]:
    """(round, outputs, loss) with the weights after that many updates."""
    trace: Any = train(board.network, rounds=max(shown), show=shown)
    for row in trace.rows:
        yield row.round, list(row.outputs), row.loss
