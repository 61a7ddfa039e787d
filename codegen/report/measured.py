"""What a report says of a run, as numbers: losses, right answers, the confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...derive.optimizers.settings import Update
from ...derive.pipeline import Network

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Measured:
    """Some samples, and what the saved weights make of them."""

    name: str  # training, validation, test
    source: str  # where they come from, in words
    data: tuple[Array, ...]
    loss: float
    accuracy: float  # nan: there is nothing to be right or wrong about

    @property
    def samples(self) -> int:
        return len(self.data[0])


@dataclass(frozen=True)
class Confusion:
    """``counts[i, j]``: how many samples of class i were given the answer j."""

    labels: tuple[str, ...]
    counts: Array
    of: str  # the samples it is over

    @property
    def recall(self) -> list[float]:
        """For every class, the share of its samples that were recognised; nan without samples."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=1))

    @property
    def precision(self) -> list[float]:
        """For every answer, the share of it that is right; nan where it was never given."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=0))

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.counts) / self.counts.sum())


@dataclass(frozen=True)
class Facts:
    """All that a report prints; nothing in it depends on the time or the machine's speed."""

    network: Network
    update: Update
    settings: Any  # Settings of the program
    history: Mapping[str, Sequence[float]]
    epochs: int  # done
    updates: int
    ended: str
    saved: int  # the epoch whose weights are saved
    sets: tuple[Measured, ...]
    confusion: Confusion | None
    regions: Any  # regions.Regions or None
    data_hash: str
    command: str

    @property
    def title(self) -> str:
        return self.network.title or self.network.name

    @property
    def training(self) -> Measured:
        return self.sets[0]


def measured(
    program: Any, params: Any, name: str, source: str, data: tuple[Array, ...]
) -> Measured:
    """The loss and the share of right answers of the parameters over the data."""
    with np.errstate(all="ignore"):
        loss = program.loss_of(params, data)
        accuracy = program.accuracy_of(params, data) if program.METRIC else math.nan
    return Measured(name, source, data, float(loss), float(accuracy))


def confusion(program: Any, params: Any, over: Measured) -> Confusion | None:
    """The confusion matrix over some samples; None where answers are neither classes nor yes/no.

    Outputs of several answers a sample (a class per place, several yes and no) are counted one by
    one.
    """
    with np.errstate(all="ignore"):
        found = program.answers(params, over.data)
    if found is None:
        return None
    predicted, right = (np.asarray(a).reshape(-1) for a in found)
    if program.METRIC == "classes":
        count = program.OUTPUTS[next(iter(program.OUTPUTS))][-1]
        labels = tuple(str(k) for k in range(count))
    else:
        count, labels = 2, ("no", "yes")
    counts = np.bincount(right * count + predicted, minlength=count * count)
    return Confusion(labels, counts.reshape(count, count), over.name)


def _shares(some: Array, of: Array) -> list[float]:
    return [float(a / b) if b else math.nan for a, b in zip(some, of, strict=True)]
