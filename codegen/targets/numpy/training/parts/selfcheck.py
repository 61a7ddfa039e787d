"""A program's check of itself: gradients, mini-batches, files, resuming."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .context import INPUTS, MASKS, NETWORK, TARGETS, model
from .files import Fault, difference, load_weights, save_weights, write_arrays
from .loop import Settings, Unsolved, batches, begun, train


# -- program --
def self_check() -> int:
    """Check this program on random data, a line for each fact; 1 where one of them fails."""
    checks = {
        "the gradients agree with numerical ones": gradients_agree,
        "an epoch sees every sample once": samples_seen_once,
        "the same seed makes the same run": run_repeats,
        "a run resumed from its checkpoint ends bit for bit the same": run_resumes,
        "weights come back from their file bit for bit": weights_come_back,
        "weights of another network are refused": others_refused,
    }
    failed = 0
    for says, check in checks.items():
        try:
            ok = "ok" if check() else "FAILED"
        except Unsolved as fault:  # the rule has no step from a random start
            ok, says = "skipped", f"{says}: {fault}"
        failed |= ok == "FAILED"
        print(f"{ok:7}  {says}")
    return failed


def gradients_agree() -> bool:
    return all(error < 1e-10 for error in model.self_check().values())


def samples_seen_once() -> bool:
    run = begun(Settings(batch=3))
    seen = np.concatenate(batches(run, 10, Settings(batch=3)))
    return sorted(seen.tolist()) == list(range(10))


def short_run(epochs: int, **more: Any) -> Any:
    """A run over random admissible data, without the masks that it draws itself."""
    _, data = model.example(batch=7)
    given = zip((*INPUTS, *TARGETS), data, strict=True)
    data = tuple(a for name, a in given if name not in MASKS)
    return train(data, Settings(epochs, batch=3, rate=1e-3), **more)


def run_repeats() -> bool:
    return same(short_run(2).params, short_run(2).params)


def run_resumes() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "checkpoint")
        short_run(2, checkpoint=place)
        resumed = short_run(4, checkpoint=place, resume=True)
    straight = short_run(4)
    return same(straight.params, resumed.params) and straight.history == resumed.history


def weights_come_back() -> bool:
    params = model.init(1)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "weights.npz")
        save_weights(place, params)
        return same(params, load_weights(place))


def others_refused() -> bool:
    other = {**NETWORK, "fingerprint": "0", "equations": ["another"]}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "weights.npz")
        write_arrays(place, {"__network__": np.array(json.dumps(other))})
        try:
            load_weights(place)
        except Fault as fault:
            return difference(other) in str(fault)
    return False


def same(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
