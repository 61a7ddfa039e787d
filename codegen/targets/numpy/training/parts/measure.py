"""What a network makes of data: its loss, its predictions, how many of them are right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .context import CHUNK, INPUTS, METRIC, OUTPUTS, SCORED, SUMMED, TARGETS, model
from .data import complete


# -- program --
def chunks(data: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The data in pieces that fit into memory with all that the network makes of them."""
    return [tuple(a[k : k + CHUNK] for a in data) for k in range(0, len(data[0]), CHUNK)]


def loss_of(params: Any, data: tuple[Any, ...]) -> float:
    """The loss over all samples, dropout's masks at their mean."""
    pieces = chunks(data)
    losses = [float(model.forward(params, *complete(piece))[0]) for piece in pieces]
    if SUMMED:
        return math.fsum(losses)
    weighed = (len(p[0]) * loss for p, loss in zip(pieces, losses, strict=True))
    return math.fsum(weighed) / len(data[0])


def predictions(params: Any, data: tuple[Any, ...]) -> dict[str, Any]:
    """What the network predicts for all samples, by the name of the output."""
    made = [model.predict(params, *complete(p)[: len(INPUTS)]) for p in chunks(data)]  #:
    rows = [(m,) if len(OUTPUTS) == 1 else m for m in made]
    return {
        n: np.concatenate(some) for n, some in zip(OUTPUTS, zip(*rows, strict=True), strict=True)
    }


def decided(predicted: Any) -> Any:
    """The answers in a prediction: the most probable class, or yes and no."""
    if METRIC == "classes":
        return predicted.argmax(axis=-1)
    return (predicted > (0 if METRIC == "logits" else 0.5)).astype(np.int64)


def answers(params: Any, data: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """(predicted, right) answers; None where there is nothing to be right or wrong about."""
    if not METRIC:
        return None
    right = data[TARGETS.index(SCORED) - len(TARGETS)]
    if METRIC == "classes" and right.dtype.kind == "f":
        right = right.argmax(axis=-1)
    elif METRIC != "classes" and not ((right == 0) | (right == 1)).all():
        return None  # the targets are no yes and no
    predicted = predictions(params, data)[next(iter(OUTPUTS))]
    return decided(predicted), right.astype(np.int64)


def accuracy_of(params: Any, data: tuple[Any, ...]) -> float:
    """The share of right answers, nan where there are none to be judged."""
    found = answers(params, data)
    return math.nan if found is None else float((found[0] == found[1]).mean())
