"""The run: epochs of mini-batches, early stopping, a checkpoint after every epoch."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import time
import zlib
from array import array as Column
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .context import (
    LOSS,
    METRIC,
    NETWORK,
    RATE,
    RULE,
    STOP,
    SUMMED,
    first_state,
    model,
    rate_at,
    step,
    stopped,
)
from .data import complete
from .files import Fault, added, reading, replaced
from .measure import accuracy_of, loss_of


# -- program --
class Settings(NamedTuple):
    """How a run goes."""

    epochs: int = 100
    batch: int = 32  # samples of a mini-batch, 0: all
    rate: float = RATE
    shuffle: bool = True
    validation: float = 0.0  # the share of the samples that is held out
    patience: int = 0  # epochs without a smaller loss before the run ends, 0: never
    seed: int = 0
    dtype: str = "float64"


@dataclasses.dataclass
class Run:
    """Where a run stands after some epochs: all that the next epoch depends on."""

    params: Any
    state: dict[str, dict[str, Any]]  # what the update rule remembers
    rng: Any
    best: Any  # the parameters of the smallest loss so far
    best_loss: float = math.inf
    best_epoch: int = 0
    epoch: int = 0
    t: int = 0  # updates made
    stopped: bool = False  # the stopping rule holds
    ended: str = ""  # why the run is over
    history: dict[str, Column[float]] = dataclasses.field(default_factory=dict)


LARGE = 1_000_000  # bytes: a checkpoint of more is always written anew
COUNTED = ("epoch", "t", "best_loss", "best_epoch", "stopped", "ended")  # plain values of a Run


class Unsolved(Fault):
    """The update rule has no step here (a Hessian without an inverse)."""


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def train(
    data: tuple[Any, ...],
    settings: Settings,
    validation: tuple[Any, ...] | None = None,
    start: Any = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    told: Callable[[Run], None] | None = None,
) -> Run:
    """A run over the data, samples first. ``told`` hears of every epoch.

    ``start`` are other parameters than those of init(seed). Every epoch ends with a new
    ``checkpoint``; ``resume`` goes on from it, bit for bit as if nothing had happened. Fault where
    that is not possible, and where the loss is no longer finite.
    """
    learned, judged = held_out(data, validation, settings)
    card = run_card(settings, learned, judged)
    run = begun(settings, start)  #:
    if resume:
        if checkpoint is None:
            raise Fault("to resume, the file of a checkpoint is needed")
        run = read_checkpoint(checkpoint, run, card)
        run.ended = ending(run, settings)
    synced = -math.inf
    while not run.ended:
        try:
            one_epoch(run, learned, settings)  #:
            judge(run, learned, judged)
        except Fault as fault:
            if checkpoint is not None and run.epoch > 1:
                last = read_checkpoint(checkpoint, begun(settings), card)
                last.ended = str(fault)  # nothing is left to resume
                write_checkpoint(checkpoint, last, card)
            raise
        run.ended = ending(run, settings)  #:
        if checkpoint is not None:
            due = bool(run.ended) or time.monotonic() > synced + 1  # a disk is slow
            write_checkpoint(checkpoint, run, card, due)
            synced = time.monotonic() if due else synced
        if told is not None:
            told(run)
    return run


def begun(settings: Settings, start: Any = None) -> Run:
    """The run before its first epoch."""
    dtype = np.dtype(settings.dtype)
    params = model.init(settings.seed, dtype) if start is None else start
    params = model.Params(*(np.asarray(w, dtype) for w in params))
    rng = np.random.default_rng([settings.seed, 2])
    return Run(params, first_state(params), rng, params)


def held_out(
    data: tuple[Any, ...], validation: tuple[Any, ...] | None, settings: Settings
) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
    """What is learned from and what is judged by; a share is drawn by the seed."""
    if validation is not None or not settings.validation:
        return data, validation
    count = len(data[0])
    held = max(1, round(settings.validation * count))
    if held >= count:
        raise Fault(f"{count} samples are too few to hold {settings.validation:g} of them out")
    order = np.random.default_rng([settings.seed, 1]).permutation(count)
    first, rest = np.sort(order[:held]), np.sort(order[held:])
    return tuple(a[rest] for a in data), tuple(a[first] for a in data)


def batches(run: Run, count: int, settings: Settings) -> list[Any]:
    """The rows of every mini-batch of an epoch; each sample is in exactly one."""
    size = settings.batch or count
    if size >= count:
        return [slice(None)]  # all samples in their order: nothing to mix
    order = run.rng.permutation(count) if settings.shuffle else np.arange(count)
    return [order[k : k + size] for k in range(0, count, size)]


def one_epoch(run: Run, data: tuple[Any, ...], settings: Settings) -> None:
    """One pass over the samples; the loss noted is that of the batches as they came."""
    losses, norms, count = [], [], len(data[0])
    run.epoch += 1
    rate = settings.rate
    for rows in batches(run, count, settings):
        batch = tuple(a[rows] for a in data)  #:
        run.t += 1  #:
        rate = rate_at(run.t, run.epoch, settings.rate)  #:
        full = complete(batch, run.rng)  #:
        try:
            run.params, run.state, loss, norm = step(run.params, run.state, full, run.t, rate)  #:
        except ValueError as fault:
            raise Unsolved(f"epoch {run.epoch}: {fault}") from None
        losses.append(float(loss) * (1 if SUMMED else len(batch[0])))
        norms.append(float(norm))
    note(run, "loss", math.fsum(losses) / (1 if SUMMED else count))
    note(run, "rate", rate)
    note(run, "gradient_norm", math.fsum(norms) / len(norms))


def judge(run: Run, data: tuple[Any, ...], validation: tuple[Any, ...] | None) -> None:
    """Measure, remember the best parameters, see whether the stopping rule holds."""
    note(run, "accuracy", accuracy_of(run.params, data) if METRIC else math.nan)
    loss = run.history["loss"][-1]
    if validation is not None:
        loss = loss_of(run.params, validation)
        note(run, "validation_loss", loss)
        note(run, "validation_accuracy", accuracy_of(run.params, validation))
    if loss < run.best_loss:
        run.best, run.best_loss, run.best_epoch = run.params, loss, run.epoch
    run.stopped = bool(STOP) and stopped(run.params, *complete(data))


def note(run: Run, name: str, value: float) -> None:
    """Add to the history. Fault for what is not finite, but there may be no accuracy at all."""
    if math.isfinite(value):
        run.history.setdefault(name, Column("d")).append(value)
    elif not name.endswith("accuracy"):
        what = f"epoch {run.epoch}: the {name.replace('_', ' ')} is not finite any more"
        raise Fault(f"{what}; try a smaller learning rate")


def ending(run: Run, settings: Settings) -> str:
    """Why the run is over, else an empty text."""
    if run.stopped:
        return f"{STOP} holds"
    if settings.patience and run.epoch - run.best_epoch >= settings.patience:
        return f"no smaller loss for {settings.patience} epochs"
    return "all epochs done" if run.epoch >= settings.epochs else ""


def learned_params(run: Run, validation: bool) -> Any:
    """What is saved: the best parameters where something was held out, else the last."""
    return run.best if validation else run.params


def run_card(settings: Settings, data: tuple[Any, ...], judged: Any) -> dict[str, Any]:
    """What must be the same for a run to go on from a checkpoint."""
    seen = hashlib.sha256()
    for a in (*data, *(judged or ())):
        seen.update(f"{a.shape} {a.dtype}".encode())
        seen.update(np.ascontiguousarray(a).data)
    path = settings._replace(epochs=0, patience=0)._asdict()
    network = NETWORK["fingerprint"]
    return {"network": network, "loss": [*LOSS], "rule": RULE, "data": seen.hexdigest(), **path}


def write_checkpoint(path: str | Path, run: Run, card: dict[str, Any], due: bool = True) -> None:
    """All that the next epoch depends on, as a record: size, a line of JSON, arrays, checksum.

    Where it is ``due`` the file is written anew and the disk waited for; else the record goes to
    the end of the file, with this epoch's history only, for a short epoch must not wait for long.
    """
    arrays = {f"params/{n}": w for n, w in run.params._asdict().items()}
    if run.best is not run.params:
        arrays |= {f"best/{n}": w for n, w in run.best._asdict().items()}
    arrays |= {f"state/{n}/{k}": v for n, some in run.state.items() for k, v in some.items()}
    arrays = {n: np.asarray(a) for n, a in arrays.items()}
    anew = due or sum(a.nbytes for a in arrays.values()) > LARGE
    since = 0 if anew else run.epoch - 1
    arrays |= {f"history/{n}": np.array(column[since:]) for n, column in run.history.items()}
    head = {
        "card": card,
        "run": {name: getattr(run, name) for name in COUNTED},
        "rng": run.rng.bit_generator.state,
        "arrays": {n: [a.dtype.str, a.shape] for n, a in arrays.items()},
    }
    body = b"".join([json.dumps(head).encode(), b"\n", *(a.tobytes() for a in arrays.values())])
    record = [len(body).to_bytes(8, "big"), body, zlib.crc32(body).to_bytes(4, "big")]
    with replaced(path, due) if anew else added(path) as stream:
        stream.writelines(record)


def checkpoint_content(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the line of JSON, the arrays) of the last whole record; Fault where there is none."""
    head: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    with reading(path), open(path, "rb") as stream:
        while size := int.from_bytes(stream.read(8), "big"):
            body = stream.read(min(size, os.fstat(stream.fileno()).st_size))
            if stream.read(4) != zlib.crc32(body).to_bytes(4, "big"):
                break  # the run was killed while it wrote this
            before, end = arrays, body.index(b"\n") + 1
            head, arrays = json.loads(body[:end]), {}
            for name, (kind, shape) in head["arrays"].items():
                a = np.frombuffer(body, kind, math.prod(shape), end).reshape(shape).copy()
                arrays[name], end = a, end + a.nbytes
                if name.startswith("history/") and name in before:
                    arrays[name] = np.concatenate([before[name], a])
        if not head:
            raise Fault(f"{path}: this is no whole checkpoint of a chalkgrad program")
    return head, arrays


def read_checkpoint(path: str | Path, run: Run, card: dict[str, Any]) -> Run:
    """The run of a checkpoint; ``run`` is its beginning. Fault where it is another run's."""
    head, arrays = checkpoint_content(path)
    for key, value in card.items():
        theirs = head["card"].get(key)
        if theirs != value:
            said = f"its {key} was {theirs}, here it is {value}"
            if key in ("network", "data"):
                said = f"its {key} {'were' if key == 'data' else 'was'} another"
            raise Fault(f"{path}: the checkpoint is of another run: {said}")
    fields = model.Params._fields
    run.params = model.Params(*(arrays[f"params/{n}"] for n in fields))
    run.best = model.Params(*(arrays.get(f"best/{n}", w) for n, w in run.params._asdict().items()))
    for name, some in run.state.items():
        for key, value in some.items():
            a = arrays[f"state/{name}/{key}"]
            some[key] = a if isinstance(value, np.ndarray) else a.item()
    run.history = {n[8:]: Column("d", a) for n, a in arrays.items() if n.startswith("history/")}
    run.rng.bit_generator.state = head["rng"]
    for name in COUNTED:
        setattr(run, name, head["run"][name])
    return run
