"""The command ``chalkgrad train`` in a test: small specs, data, and what it said."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from typer.testing import CliRunner, Result

from chalkgrad.codegen.command.main import app

TWO = """
name: two
title: Two classes
input: {x: [2]}
target: {y: {shape: [3], fact: distribution}}
layers: [dense: {units: 4, activation: tanh}, dense: {units: 3}, softmax: {}]
loss: cross_entropy
update: {momentum: {rate: 0.1}}
train: {epochs: 6, batch: 8, seed: 1}
"""
YES = """
name: yes_no
input: {x: [3]}
target: {y: [1]}
layers: [dense: {units: 3, activation: tanh}, dense: {units: 1, activation: sigmoid}]
loss: binary_cross_entropy
update: {sgd: {rate: 0.3, schedule: {exponential: {factor: 0.9, per: epoch}}}}
train: {epochs: 5, batch: all}
"""

LINE = """
name: line
input: {x: [1]}
target: {y: [1]}
layers: [dense: {units: 1}]
loss: squared_error
update: {momentum: {rate: 0.05}}
train: {epochs: 6, batch: 4}
"""


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """A CSV file, a dict per line."""
    return list(csv.DictReader(Path(path).read_text("utf-8").splitlines()))


def samples(seed: int, count: int = 30) -> np.ndarray:
    """Points of the plane with the number of one of three classes behind them."""
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 2))
    return np.c_[x, (x[:, 0] > 0) + 1 * (x[:, 1] > 0.5)]


def write_all(folder: Path) -> None:
    """The specs and their data."""
    (folder / "two.yaml").write_text(TWO.lstrip())
    (folder / "yes.yaml").write_text(YES.lstrip())
    (folder / "line.yaml").write_text(LINE.lstrip())
    np.savetxt(folder / "line.csv", samples(5)[:, :2], delimiter=",")
    for name, seed in (("train", 0), ("valid", 1), ("test", 2)):
        np.savetxt(folder / f"{name}.csv", samples(seed), delimiter=",")
    x = np.random.default_rng(3).uniform(-1, 1, (20, 3))
    x[:, 2] = 1  # carries the bias
    np.savetxt(folder / "yes.csv", np.c_[x, x[:, 0] > x[:, 1]], delimiter=",")


def typed(*words: object) -> Result:
    """``chalkgrad train …``."""
    return CliRunner().invoke(app, ["train", *map(str, words)])


def trained(*words: object) -> str:
    """What a run that goes well says."""
    made = typed(*words)
    assert made.exit_code == 0, (made.output, made.exception)
    return made.output


def files(folder: str | Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(Path(folder).iterdir())}
