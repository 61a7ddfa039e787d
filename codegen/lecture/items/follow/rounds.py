"""Many rounds of gradient descent, in float64, as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ....targets.numpy.training.rounds import train
from ...board.board import Board
from ...board.printed import steady


def losses(board: Board, shown: Sequence[int]) -> Iterator[tuple[int, list[float], float]]:
    """(round, outputs, loss) with the weights after that many updates."""
    trace = train(board.network, rounds=max(shown), keep=list(shown))
    for k in shown:
        row = trace[k]
        outputs = np.ravel(row.tensors[board.net.output])
        yield k, [steady(v) for v in outputs], steady(row.loss)
