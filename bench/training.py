"""An epoch of a generated program against PyTorch (where it is installed), one thread each.

Run by `make bench`. Every figure is a ratio of medians, measured in the same run in turns; the
networks are the shipped `digits` (64-32-10) and `digits_shifted`; Adam, batches of 64, float32.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from chalkgrad import load
from chalkgrad.codegen.targets.numpy.training.loaded import load_program

REPEATS = 7
SAMPLES, BATCH = 1437, 64


def generated(name: str) -> tuple[Callable[[], Any], tuple[int, ...]]:
    """An epoch of the generated program on random images."""
    program = load_program(load(name).derive())
    shape = program.model.SHAPES["x"][1:]
    rng = np.random.default_rng(0)
    x = rng.random((SAMPLES, *shape), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[rng.integers(0, 10, SAMPLES)]
    settings = program.Settings(batch=BATCH, dtype="float32")
    run = program.begun(settings)
    return lambda: program.one_epoch(run, (x, y), settings), shape


def torch_epoch(shape: tuple[int, ...]) -> Callable[[], Any]:
    """The same epoch as a user writes it in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    if len(shape) == 1:
        net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    else:
        net = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10),
        )  # fmt: skip
    x, y = torch.rand(SAMPLES, *shape), torch.randint(0, 10, (SAMPLES,))
    rule, loss = torch.optim.Adam(net.parameters(), lr=0.01), nn.CrossEntropyLoss()

    def epoch() -> None:
        for rows in torch.randperm(SAMPLES).split(BATCH):
            rule.zero_grad()
            loss(net(x[rows]), y[rows]).backward()
            rule.step()

    return epoch


def seconds(epoch: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    epoch()
    return time.perf_counter() - begun


def main() -> None:
    for name in ("digits", "digits_shifted"):
        own, shape = generated(name)
        try:
            other = torch_epoch(shape)
        except ImportError:
            print(f"{name:<12} an epoch {seconds(own) * 1e3:.0f} ms (PyTorch is not installed)")
            continue
        own()
        other()  # the first time is not measured
        times = [(seconds(own), seconds(other)) for _ in range(REPEATS)]
        ours, theirs = (statistics.median(t) for t in zip(*times, strict=True))
        print(f"{name:<12} an epoch takes {ours / theirs:.2f} x PyTorch's ({ours * 1e3:.0f} ms)")


if __name__ == "__main__":
    main()
