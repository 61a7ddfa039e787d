"""Data to learn from: the digits that scikit-learn ships, and small tasks drawn from a seed.

A data set is two parts, ``train`` and ``test``, each with the arrays x and y, samples first. The
same seed makes the same arrays, and the same arrays make the same bytes of a file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...derive.language.errors import ChalkgradError, MissingProgramError, suggest

Array = np.ndarray[Any, Any]
Part = Mapping[str, Array]

TESTED = 360  # of the 1797 images
LENGTH = 16  # of the bits whose ones are counted
PLACES, DIGITS = 6, 10  # of what is sorted
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Dataset:
    """``make(seed)`` returns (train, test); ``spec`` is the shipped example that learns from it."""

    name: str
    summary: str
    spec: str
    make: Callable[[int], tuple[Part, Part]]


def digits(seed: int = 0) -> tuple[Part, Part]:
    """1437 and 360 images of 8 by 8 pixels between 0 and 1, x (N, 64), with their labels y (N,).

    Every digit has the same share in both parts. Source: Alpaydin, Kaynak, Optical recognition of
    handwritten digits (UCI, 1998), as shipped by scikit-learn. Raises MissingProgramError without
    it.
    """
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError:
        raise MissingProgramError(
            "the digits come with scikit-learn, which is not installed",
            where="digits",
            hint="pip install 'chalkgrad[data]'",
        ) from None
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    split = train_test_split(x, y, test_size=TESTED, stratify=y, random_state=seed)
    learned, tested, learned_y, tested_y = split
    return {"x": learned, "y": learned_y}, {"x": tested, "y": tested_y}


def shifted(part: Part) -> Part:
    """Every image five times: as it is, and moved by one pixel right, left, down and up.

    Expects x (N, 64); 0 moves in from the edge.
    """
    padded = np.pad(part["x"].reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    places = ((1, 1), (1, 0), (1, 2), (0, 1), (2, 1))  # of the window that is cut out
    moved = [padded[:, i : i + 8, j : j + 8].reshape(-1, 64) for i, j in places]
    return {"x": np.concatenate(moved), "y": np.tile(part["y"], len(places))}


def parity(seed: int = 0) -> tuple[Part, Part]:
    """1000 and 500 sequences of bits, no two alike, x (N, 16, 1); y[t] is 1 where the number of
    ones up to t is odd.
    """
    rng = np.random.default_rng(seed)
    codes = rng.choice(2**LENGTH, 1500, replace=False)
    bits = (codes[:, None] >> np.arange(LENGTH)) & 1
    x = bits[:, :, None].astype(np.float32)
    y = (bits.cumsum(axis=1) % 2)[:, :, None].astype(np.float32)
    return _parts(x, y, 1000)


def sorting(seed: int = 0) -> tuple[Part, Part]:
    """2000 and 500 sequences of six digits, no two alike, x (N, 6); y holds them in order."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(DIGITS**PLACES, 2500, replace=False)
    x = codes[:, None] // DIGITS ** np.arange(PLACES) % DIGITS
    return _parts(x, np.sort(x, axis=1), 2000)


def _parts(x: Array, y: Array, count: int) -> tuple[Part, Part]:
    return {"x": x[:count], "y": y[:count]}, {"x": x[count:], "y": y[count:]}


DATASETS = {
    d.name: d
    for d in (
        Dataset("digits", "1797 handwritten digits, 8 by 8 pixels", "digits", digits),
        Dataset("parity", "bits, and whether the ones so far are odd", "parity", parity),
        Dataset("sorting", "six digits, and the same in order", "sorting", sorting),
    )
}


def dataset(name: str) -> Dataset:
    """One of `DATASETS`. Raises ChalkgradError, with a suggestion, where none is called so."""
    if name not in DATASETS:
        what = f"there is no data set '{name}'"
        raise ChalkgradError(what, where="data", hint=suggest(name, DATASETS))
    return DATASETS[name]


def make(name: str, seed: int = 0, *, shifts: bool = False) -> dict[str, Part]:
    """``train`` and ``test`` of a data set; ``shifts`` adds moved copies of images to ``train``.

    Raises
    ------
    ChalkgradError
        for an unknown name, a seed out of range, and shifts of what are no images.
    """
    made = dataset(name)
    if not 0 <= seed <= LARGEST_SEED:
        what = f"a whole number from 0 to {LARGEST_SEED}; got {seed}"
        raise ChalkgradError(what, where="--seed")
    if shifts and name != "digits":
        raise ChalkgradError("only images can be shifted", where=f"data {name}", hint="data digits")
    train, test = made.make(seed)
    return {"train": shifted(train) if shifts else train, "test": test}


def npz(part: Part) -> bytes:
    """A part as an .npz file: the same arrays make the same bytes (zip entries dated 1980)."""
    stream = io.BytesIO()
    arrays: dict[str, Any] = {name: np.asarray(a) for name, a in part.items()}
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()
