"""Trains, judges and uses the network of xor.py; needs NumPy only.

    python xor_train.py train --data train.csv
    python xor_train.py evaluate --data test.csv
    python xor_train.py infer --data new.csv --output predictions.csv
    python xor_train.py --self-check

Data: a .csv or .npy file with a row per sample, the columns of x, y in this order, or an .npz file
with an array per name. A run writes a checkpoint after every epoch; `train --resume` goes on from
it, bit for bit. Update rule: sgd (A step against the gradient).

Written by chalkgrad.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import dataclasses
import hashlib
import importlib.util
import io
import json
import math
import os
import signal
import sys
import tempfile
import time
import zipfile
import zlib
from array import array as Column
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import numpy as np

import xor as model

NAME = "xor"
RULE = "sgd"  # a checkpoint belongs to a rule
LOSS = (  # and to a loss
    "l[n,j] = (y[n,j] - y1[n,j])**2",
    "L[n] = sum[j](l[n,j])",
    "loss = sum[n](L[n])",
)
INPUTS = ("x",)
TARGETS = ("y",)
OUTPUTS = {"y1": (1,)}  # what predict returns: the shape of one sample
CLASSES: dict[str, int] = {}  # targets that may be labels, below this
INTEGERS: dict[str, int] = {}  # data that are whole numbers, below this
MASKS: dict[str, float] = {}  # dropout, drawn by a run: share of zeros
METRIC = "halves"  # classes, halves (yes above 0.5), logits (yes above 0) or nothing
SCORED = "y"  # the target that says what is right
SUMMED = True  # the loss of a batch is the sum over its samples, else their mean
CHUNK = 1024  # samples that are measured at once
STOP = ""  # ends a run
START = None  # example (parameters of the spec), random, or None: by the data
DRAWN = ()  # parameters that the spec gives no numbers for
NETWORK = {  # a file of weights remembers its network
    "name": "xor",
    "fingerprint": "c751ddfe47b3961ed01b38d74a427066",
    "parameters": {
        "W0": [3, 4],
        "W1": [4, 1],
    },
    "equations": [
        "v0[n,j] = sum[i](x[n,i]*W0[i,j])",
        "y0[n,j] = sigmoid(v0[n,j])",
        "v1[n,j] = sum[i](y0[n,i]*W1[i,j])",
        "y1[n,j] = sigmoid(v1[n,j])",
    ],
}


RATE = 1.0


def rate_at(t, epoch, rate=RATE):
    """The rate of update t (1, 2, …). It stays the same."""
    return rate


def first_state(params):
    """What the rule remembers of every parameter, before the first update."""
    state = {}
    for name in params._fields:
        state[name] = {}
    return state


def updated(w, g, state, t, rate):
    """sgd: A step against the gradient.

    Robbins, Monro, A stochastic approximation method (1951).
    """
    w = w - rate * g
    return w, {}


def gradient_norm(grads):
    """The Euclidean norm of the gradient by all parameters that learn."""
    return float(sum(np.sum(np.square(g, dtype=np.float64)) for g in grads)) ** 0.5


def step(params, state, data, t, rate):
    """(params, state, loss, norm) after update t; the norm is the gradient's, unclipped."""
    loss, grads = model.loss_and_grads(params, *data)
    norm = gradient_norm(grads)
    new, after = {}, {}
    for name, w, g in zip(params._fields, params, grads, strict=True):
        new[name], after[name] = updated(w, g, state[name], t, rate)
    return params._replace(**new), after, float(loss), norm


def stopped(*_):
    """There is no stopping rule."""
    return False


# -- files -----------------------------------------------------------------------------------------


class Fault(Exception):
    """What the user is told, in one message: what is wrong, where, what to do."""


@contextlib.contextmanager
def replaced(path: str | Path, sync: bool = True) -> Iterator[BinaryIO]:
    """A stream for the new content of a file, which takes the old one's place at the end.

    After a fault the old file is as it was. ``sync`` waits until the disk has the content.
    """
    path = Path(path)
    place = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(place, "wb") as stream:
            yield stream
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        os.replace(place, path)
    except OSError as fault:
        raise Fault(f"{path}: it cannot be written: {fault.strerror or fault}") from None
    finally:
        with contextlib.suppress(OSError):
            place.unlink()


@contextlib.contextmanager
def added(path: str | Path) -> Iterator[BinaryIO]:
    """A stream for what comes to the end of a file."""
    try:
        with open(path, "ab") as stream:
            yield stream
    except OSError as fault:
        raise Fault(f"{path}: it cannot be written: {fault.strerror or fault}") from None


def must_be_writable(path: str | Path, suffixes: tuple[str, ...] = ()) -> None:
    """Fault before the work, not after it, where a file of that name cannot be written."""
    path = Path(path)
    if suffixes and path.suffix.lower() not in suffixes:
        raise Fault(f"{path}: expected a file {' or '.join(suffixes)}")
    if path.is_dir():
        raise Fault(f"{path}: this is a folder")
    try:
        with open(path.with_name(f".{path.name}.{os.getpid()}.tmp"), "wb") as stream:
            Path(stream.name).unlink()
    except OSError as fault:
        raise Fault(f"{path}: it cannot be written: {fault.strerror or fault}") from None


def write_arrays(path: str | Path, arrays: dict[str, Any]) -> None:
    """An .npz file, as np.savez writes it, but for arrays of every name and without pickle."""
    with replaced(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


@contextlib.contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Whatever goes wrong with a file becomes one message (zip, zlib and NumPy have their own)."""
    try:
        yield
    except Fault:
        raise
    except FileNotFoundError:
        raise Fault(f"{path}: there is no such file") from None
    except OSError as fault:
        raise Fault(f"{path}: it cannot be read: {fault.strerror or fault}") from None
    except Exception as fault:
        raise Fault(f"{path}: it cannot be read: {fault}") from None


def read_arrays(path: str | Path) -> dict[str, Any]:
    """The arrays of an .npz file. Fault for a missing or broken one, or one with objects."""
    with reading(path), open(path, "rb") as stream:
        found = np.load(stream, allow_pickle=False)
        if isinstance(found, np.ndarray):
            raise Fault(f"{path}: one array, expected an .npz file of named ones")
        with found:
            return {name: found[name] for name in found.files}


def save_weights(path: str | Path, params: Any) -> None:
    """The parameters with the network they belong to: .npz, or .safetensors where installed."""
    arrays = params._asdict()
    card = json.dumps(NETWORK)
    if Path(path).suffix.lower() == ".safetensors":
        whole = {name: np.ascontiguousarray(w).reshape(w.shape) for name, w in arrays.items()}
        content = safetensors().save(whole, {"network": card})
        with replaced(path) as stream:
            stream.write(content)
    else:
        write_arrays(path, {**arrays, "__network__": np.array(card)})


def load_weights(path: str | Path, dtype: Any = np.float64) -> Any:
    """Params from a file of `save_weights`. Fault where another network left them."""
    if Path(path).suffix.lower() == ".safetensors":
        found, card = read_safetensors(path)
    else:
        found = read_arrays(path)
        card = str(found.get("__network__", ""))
    try:
        known = json.loads(card)
    except ValueError:
        known = None
    if not isinstance(known, dict) or "fingerprint" not in known:
        raise Fault(f"{path}: these are no weights of a chalkgrad program")
    if known["fingerprint"] != NETWORK["fingerprint"]:
        name = known.get("name")
        raise Fault(f"{path}: weights of another network, '{name}':\n  {difference(known)}")
    for name, shape in NETWORK["parameters"].items():
        if name not in found:
            raise Fault(f"{path}: the parameter {name} is missing")
        if found[name].shape != tuple(shape):
            raise Fault(f"{path}: {name}: {found[name].shape}, expected {tuple(shape)}")
        if found[name].dtype not in (np.float64, np.float32):
            raise Fault(f"{path}: {name}: {found[name].dtype}, expected float64 or float32")
        if not np.isfinite(found[name]).all():
            raise Fault(f"{path}: {name}: not every number is finite")
    return model.Params(*(found[name].astype(dtype) for name in model.Params._fields))


def difference(other: dict[str, Any]) -> str:
    """The first thing in which another network differs from this one."""
    theirs, ours = other.get("parameters", {}), NETWORK["parameters"]
    for name in [*ours, *theirs]:
        if name not in theirs or name not in ours:
            whose = "this network" if name in ours else "the file"
            return f"only {whose} has the parameter {name}"
        if theirs[name] != ours[name]:
            return f"{name}: {tuple(theirs[name])} in the file, {tuple(ours[name])} here"
    for theirs, ours in zip(other.get("equations", []), NETWORK["equations"], strict=False):
        if theirs != ours:
            return f"the file's equation is {theirs}\n  here it is {ours}"
    return "one of them has more equations"


def safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise Fault("for .safetensors files: pip install safetensors (or use .npz)") from None
    return safetensors.numpy


def read_safetensors(path: str | Path) -> tuple[dict[str, Any], str]:
    """(arrays, the card of their network) of a .safetensors file."""
    safetensors()
    from safetensors import safe_open

    with reading(path), safe_open(path, "np") as file:
        names = file.keys()
        card = (file.metadata() or {}).get("network", "")
        return {name: file.get_tensor(name) for name in names}, card


# -- data ------------------------------------------------------------------------------------------


def read_data(path: str | Path, dtype: Any = np.float64, targets: bool = True) -> tuple[Any, ...]:
    """The arrays of a file, samples first: the inputs, then (if asked for) the targets.

    An .npz file has an array per name; an .npy, .csv or .tsv file a row per sample, its columns the
    inputs and then the targets. One column of labels may stand for a target of probabilities.
    Fault says what is wrong, and where.
    """
    names = [n for n in INPUTS if n not in MASKS] + list(TARGETS if targets else ())
    suffix = Path(path).suffix.lower()
    with reading(path):
        if suffix == ".npz":
            given = read_arrays(path)
        elif suffix == ".npy":
            with open(path, "rb") as stream:
                given = columns(np.load(stream, allow_pickle=False), names, path)
        elif suffix in (".csv", ".tsv"):
            table, header = read_table(path, "\t" if suffix == ".tsv" else ",")
            given = columns(table, names, path, header)
        else:
            raise Fault(f"{path}: expected a file .csv, .tsv, .npy or .npz")
    made = {name: fitted(name, given, dtype, path) for name in names}
    counts = {name: len(array) for name, array in made.items()}
    if len(set(counts.values())) > 1:
        raise Fault(f"{path}: the arrays have different numbers of samples: {counts}")
    data = tuple(made.values())
    try:
        model.checked(model.init(dtype=dtype), *complete(data))
    except ValueError as fault:
        raise Fault(f"{path}: {fault}") from None
    return data


def read_table(path: str | Path, delimiter: str) -> tuple[Any, list[str]]:
    """(samples, columns) of a text file, and its first line where that has words only."""
    text = Path(path).read_text("utf-8-sig")
    lines = [(k, line) for k, line in enumerate(text.split("\n"), 1) if line.strip()]
    header: list[str] = []
    if lines and all(map(is_word, cells(lines[0][1], delimiter))):
        header = cells(lines.pop(0)[1], delimiter)
    if not lines:
        raise Fault(f"{path}: there are no samples in it")
    try:
        rows = [line for _, line in lines]
        table = np.loadtxt(rows, delimiter=delimiter, comments=None, quotechar='"', ndmin=2)
    except ValueError:
        table = None
    if table is None or not np.isfinite(table).all():
        raise Fault(f"{path}, {unreadable(lines, delimiter)}")
    return table, header


def cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python's own spelling, not a number of a table


def is_word(cell: str) -> bool:
    """A name of a column, not a number and not an empty or broken cell."""
    return not is_number(cell) and any(c.isalpha() for c in cell)


def unreadable(lines: list[tuple[int, str]], delimiter: str) -> str:
    """The place and the fault of the first cell that is no number, or of a line that is ragged."""
    width = len(cells(lines[0][1], delimiter))
    for k, line in lines:
        row = cells(line, delimiter)
        for j, cell in enumerate(row, 1):
            if not is_number(cell):
                return f"line {k}, column {j}: {cell[:40]!r} is no number"
            if not math.isfinite(float(cell)):
                return f"line {k}, column {j}: {cell} is not finite"
        if len(row) != width:
            return f"line {k}: {len(row)} columns, {width} in the lines before"
    return "somewhere: not a table of numbers"


def headings(name: str, shape: Sequence[int]) -> list[str]:
    """The names of the columns of a tensor: x[0], x[1]; or x, where it is one number."""
    return [name + (f"[{','.join(map(str, at))}]" if at else "") for at in np.ndindex(*shape)]


def columns(
    table: Any, names: Sequence[str], path: str | Path, header: Sequence[str] = ()
) -> dict[str, Any]:
    """The columns of every name: by the header where that has all of them, else by their order."""
    if not isinstance(table, np.ndarray) or table.ndim != 2:
        raise Fault(f"{path}: expected one array (samples, columns)")
    twice = [head for head in header if header.count(head) > 1]
    full = {n: model.SHAPES[n][1:] for n in names}
    short = {n: shape[:-1] if n in CLASSES else shape for n, shape in full.items()}
    for shapes in (full, short):
        wanted = [head for n, shape in shapes.items() for head in headings(n, shape)]
        if set(wanted) & set(twice):
            raise Fault(f"{path}: the header names the column {twice[0]} twice")
        if set(wanted) <= set(header):
            place = {head: k for k, head in enumerate(header)}
            picked = table[:, [place[head] for head in wanted]]
        elif len(wanted) == table.shape[1]:
            if set(wanted) & set(header):  # in which order are they then?
                missing = ", ".join(head for head in wanted if head not in header)
                raise Fault(f"{path}: the header has some of the columns, but not {missing}")
            picked = table
        else:
            continue
        ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
        return dict(zip(names, np.split(picked, ends[:-1], axis=1), strict=True))
    widths = {n: math.prod(shape) for n, shape in full.items()}
    said = " + ".join(f"{width} ({n})" for n, width in widths.items())
    fewer = sum(map(math.prod, short.values()))
    labels = f"; or {fewer}, with labels" if full != short else ""
    total = sum(widths.values())
    raise Fault(f"{path}: {table.shape[1]} columns, expected {total} = {said}{labels}")


def fitted(name: str, given: dict[str, Any], dtype: Any, path: str | Path) -> Any:
    """One array of a file in the shape and type of the network, every entry checked."""
    if name not in given:
        raise Fault(f"{path}: there is no array '{name}'; there are {[*given]}")
    array, shape, where = given[name], model.SHAPES[name][1:], f"{path}: {name}"
    if array.dtype.kind not in "iufb":
        raise Fault(f"{where}: expected numbers, got {array.dtype}")
    if array.size == 0 or array.ndim == 0:
        raise Fault(f"{where}: there are no samples in it")
    entries = array.size // len(array) if array.ndim <= 2 else 0  # of one sample, in a flat row
    if not np.isfinite(array).all():
        at = np.argwhere(~np.isfinite(array))[0]
        raise Fault(f"{where}{at.tolist()}: {array[tuple(at)]} is not finite")
    like_labels = array.shape[1:] == shape[:-1] or entries == math.prod(shape[:-1])
    if name in CLASSES and array.shape[1:] != shape and like_labels:
        labels = whole(array, CLASSES[name], where).reshape(len(array), *shape[:-1])
        return np.eye(CLASSES[name], dtype=dtype)[labels]
    if entries == math.prod(shape):
        array = array.reshape(len(array), *shape)
    if array.shape[1:] != shape:
        expected = f"(N{''.join(f', {size}' for size in shape)})"
        other = ", or labels" if name in CLASSES else ""
        raise Fault(f"{where}: expected shape {expected}{other}, got {array.shape}")
    if name in INTEGERS:
        return whole(array, INTEGERS[name], where)
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    if not np.isfinite(array).all():
        raise Fault(f"{where}: there are numbers too large for {np.dtype(dtype)}")
    return array


def whole(array: Any, below: int, where: str) -> Any:
    """Labels as integers from 0 to ``below`` - 1."""
    wrong = (array < 0) | (array >= below) | (array != np.floor(array))
    if wrong.any():
        at = np.argwhere(wrong)[0]
        expected = f"a whole number from 0 to {below - 1}"
        raise Fault(f"{where}{at.tolist()}: expected {expected}, got {array[tuple(at)]}")
    return array.astype(np.int64)


def complete(data: Sequence[Any], rng: Any = None) -> tuple[Any, ...]:
    """The data with the masks of dropout in their places: drawn, or (without rng) their mean."""
    if not MASKS:
        return tuple(data)
    given = iter(data)
    made = []
    for name in (*INPUTS, *TARGETS):
        if name in MASKS:
            shape, kept = (len(data[0]), *model.SHAPES[name][1:]), 1 - MASKS[name]
            mask = np.full(shape, kept) if rng is None else rng.random(shape) < kept
            made.append(mask.astype(data[0].dtype))
        else:
            made += [array for array in [next(given, None)] if array is not None]
    return tuple(made)


# -- measure ---------------------------------------------------------------------------------------


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
    made = [model.predict(params, *complete(p)[: len(INPUTS)]) for p in chunks(data)]
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


# -- loop ------------------------------------------------------------------------------------------


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
    run = begun(settings, start)
    if resume:
        if checkpoint is None:
            raise Fault("to resume, the file of a checkpoint is needed")
        run = read_checkpoint(checkpoint, run, card)
        run.ended = ending(run, settings)
    synced = -math.inf
    while not run.ended:
        try:
            one_epoch(run, learned, settings)
            judge(run, learned, judged)
        except Fault as fault:
            if checkpoint is not None and run.epoch > 1:
                last = read_checkpoint(checkpoint, begun(settings), card)
                last.ended = str(fault)  # nothing is left to resume
                write_checkpoint(checkpoint, last, card)
            raise
        run.ended = ending(run, settings)
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
        batch = tuple(a[rows] for a in data)
        run.t += 1
        rate = rate_at(run.t, run.epoch, settings.rate)
        full = complete(batch, run.rng)
        try:
            run.params, run.state, loss, norm = step(run.params, run.state, full, run.t, rate)
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


DEFAULTS = Settings(epochs=1000, batch=0)


# -- command ---------------------------------------------------------------------------------------


WEIGHTS = (".npz", ".safetensors")  # kinds of files that can be written
TABLES = (".csv", ".npy", ".npz")
PICTURES = (".png", ".svg", ".pdf")


def main(argv: list[str] | None = None) -> int:
    """Run the command line. The exit code is 0, 1 (a check failed), 2 (something is wrong with the
    arguments, the data or a file) or 130 (stopped by Ctrl-C or a signal to end).
    """
    checkpoint = ""
    try:
        args = arguments(argv)
        checkpoint = getattr(args, "checkpoint", "")
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return int(args.run(args))
    except Fault as fault:
        print(f"{NAME}_train.py: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{NAME}_train.py: stopped{hint_to_resume(checkpoint)}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `infer … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class Parser(argparse.ArgumentParser):
    """Says what is wrong as every other fault is said; options are not abbreviated."""

    def __init__(self, **given: Any) -> None:
        super().__init__(allow_abbrev=False, **given)

    def error(self, message: str) -> NoReturn:
        raise Fault(f"{message}\n  --help shows the commands and options")


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The parsed command line, with the function to run. Fault for a mistake in it."""
    says = f"Train the network {NAME}, judge it, predict with it."
    parser = Parser(description=says)
    parser.add_argument("--self-check", dest="run", action="store_const", const=do_self_check)
    commands = parser.add_subparsers(title="commands", metavar="train | evaluate | infer")
    learn = commands.add_parser("train", help="learn from data, write the weights")
    add_train_options(learn)
    judged = commands.add_parser("evaluate", help="the loss over data, and how many are right")
    used = commands.add_parser("infer", help="predict for new inputs")
    used.add_argument("--output", metavar="FILE", help="csv, npy or npz; else the terminal")
    for command, run in ((learn, do_train), (judged, do_evaluate), (used, do_infer)):
        command.set_defaults(run=run)
        command.add_argument("--dtype", choices=("float64", "float32"), default=DEFAULTS.dtype)
    for command in (judged, used):
        command.add_argument("--data", required=True, metavar="FILE", help="csv, tsv, npy or npz")
        command.add_argument(
            "--weights", metavar="FILE", default=f"{NAME}.npz", help="default %(default)s"
        )
    args = parser.parse_args(argv)
    if args.run is None:
        parser.error("a command is needed: train, evaluate, infer")
    return args


def add_train_options(learn: argparse.ArgumentParser) -> None:
    """The options of ``train``; the spec's own are the defaults."""
    own = own_numbers(DEFAULTS.dtype)[1] is not None
    note = "; without it the spec's own numbers" if own else ""
    add = learn.add_argument
    add("--data", required=not own, metavar="FILE", help=f"csv, tsv, npy or npz{note}")
    add("--validation-data", metavar="FILE", help="judge by these samples, do not learn from them")
    add("--weights", metavar="FILE", default=f"{NAME}.npz", help="written; default %(default)s")
    add(
        "--checkpoint",
        metavar="FILE",
        default=f"{NAME}.checkpoint",
        help="written after every epoch, '' for none; default %(default)s",
    )
    add("--resume", action="store_true", help="go on from the checkpoint")
    add("--fresh", action="store_true", help="start anew where a checkpoint is left")
    add(
        "--start",
        choices=("example", "random"),
        default=START,
        help="the spec's parameters, or drawn ones; default: the spec's for its own numbers",
    )
    add("--log", metavar="FILE", help="a csv file with a line per epoch")
    add("--plot", metavar="FILE", help="the loss as a picture (needs matplotlib)")
    add("--quiet", action="store_true", help="say nothing but faults")
    whole, positive = number(int, 1, "a whole number from 1 on"), number(int, 0, "a whole number")
    size = number(lambda text: 0 if text == "all" else int(text), 0, "a whole number or all")
    rate = number(float, sys.float_info.min, "a number above 0", sys.float_info.max)
    share = number(float, 0, "a share from 0 to 0.9", 0.9)
    seed = number(int, 0, "a whole number below 2**32", 2**32 - 1)
    for name, kind, says in (
        ("epochs", whole, "passes over the data"),
        ("batch", size, "samples at once, 0 or all: every sample"),
        ("rate", rate, "learning rate"),
        ("validation", share, "share of the samples that is held out"),
        ("patience", positive, "epochs without a smaller loss before the run ends, 0: never"),
        ("seed", seed, "of the start, the split and the order"),
    ):
        default = getattr(DEFAULTS, name)
        add(f"--{name}", type=kind, default=default, metavar="N", help=f"{says}; default {default}")
    add("--shuffle", action=argparse.BooleanOptionalAction, default=DEFAULTS.shuffle)


def number(
    kind: Callable[[str], float], low: float, says: str, high: float = 1e9
) -> Callable[[str], float]:
    """How argparse reads an option that is a number within bounds."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {says}, got {text}")
        return value

    return read


def do_self_check(_: argparse.Namespace) -> int:
    return self_check()


def do_train(args: argparse.Namespace) -> int:
    settings = Settings(*(getattr(args, name) for name in Settings._fields))
    if args.resume and args.fresh:
        raise Fault("--resume goes on from the checkpoint, --fresh starts anew: say one")
    can_write(args)
    if args.validation_data and args.validation not in (0, DEFAULTS.validation):
        raise Fault("--validation holds out a share, --validation-data brings samples: say one")
    data, start = training_data(args)
    validation = read_data(args.validation_data, args.dtype) if args.validation_data else None
    told = None if args.quiet else Progress(settings.epochs)
    run = train(data, settings, validation, start, args.checkpoint or None, args.resume, told)
    save_weights(args.weights, learned_params(run, validation is not None or args.validation > 0))
    if args.log:
        with replaced(args.log) as stream:
            stream.write(table({"epoch": np.arange(1, run.epoch + 1), **run.history}).encode())
    if args.plot:
        write_plot(args.plot, run)
    if told is not None:
        told.close(run)
        print(f"wrote {args.weights}  the weights")
    return 0


def can_write(args: argparse.Namespace) -> None:
    """What would go wrong at the end of the work is told before it begins."""
    written = args.weights, args.checkpoint, args.log, args.plot
    nothing_written_over((args.data, args.validation_data), written)
    must_be_writable(args.weights, WEIGHTS)
    if Path(args.weights).suffix.lower() == ".safetensors":
        safetensors()
    if args.log:
        must_be_writable(args.log, (".csv",))
    if args.plot:
        must_be_writable(args.plot, PICTURES)
        if importlib.util.find_spec("matplotlib") is None:
            raise Fault("--plot: matplotlib is not installed: pip install matplotlib")
    if args.checkpoint:
        must_be_writable(args.checkpoint)
        if Path(args.checkpoint).exists() and not (args.resume or args.fresh):
            run = checkpoint_content(args.checkpoint)[0]["run"]
            if not run["ended"]:
                raise Fault(
                    f"{args.checkpoint}: a run was interrupted after epoch {run['epoch']}\n"
                    "  --resume goes on, --fresh starts anew"
                )


def nothing_written_over(read: Iterable[str | None], written: Iterable[str | None]) -> None:
    """Fault where a file that is read, or written for something else, would be lost."""
    known = {os.path.realpath(path) for path in read if path}
    for path in filter(None, written):
        if (place := os.path.realpath(path)) in known:
            raise Fault(f"{path}: this file is named twice, it would be written over")
        known.add(place)


def training_data(args: argparse.Namespace) -> tuple[Any, Any]:
    """(data, start): of the file, or the spec's own; ``start`` None stands for init(seed)."""
    params, numbers = own_numbers(args.dtype)
    if args.start == "example" and params is None:
        drawn = ", ".join(DRAWN)
        raise Fault(f"--start example: the spec has no numbers for all parameters: {drawn}")
    if args.data:
        return read_data(args.data, args.dtype), params if args.start == "example" else None
    return numbers, None if args.start == "random" else params


def own_numbers(dtype: Any) -> tuple[Any, Any]:
    """(parameters, data) of the spec; None for those that it does not give in full."""
    params, data = None, None
    if hasattr(model, "worked_example"):
        params, data = model.worked_example(dtype)
    elif hasattr(model, "spec_data"):
        data = model.spec_data(dtype)
    elif not DRAWN:  # the spec gives them without samples
        params = model.init(0, dtype)
    if data is not None:  # a run draws the masks itself
        given = zip((*INPUTS, *TARGETS), data, strict=True)
        data = tuple(a for name, a in given if name not in MASKS)
    return params, data


def hint_to_resume(checkpoint: str) -> str:
    """Where an interrupted run can go on, if anywhere; a complete one is another's."""
    try:
        run = checkpoint_content(checkpoint)[0]["run"]
    except Fault:
        return ""
    if run["ended"]:
        return ""
    return f"; epoch {run['epoch']} is safe in {checkpoint}, --resume goes on from there"


def do_evaluate(args: argparse.Namespace) -> int:
    params = load_weights(args.weights, args.dtype)
    data = read_data(args.data, args.dtype)
    print(f"samples   {len(data[0])}")
    print(f"loss      {loss_of(params, data):.10g}")
    accuracy = accuracy_of(params, data)
    if not math.isnan(accuracy):
        print(f"accuracy  {accuracy:.4%}")
    return 0


def do_infer(args: argparse.Namespace) -> int:
    if args.output:
        nothing_written_over((args.data, args.weights), (args.output,))
        must_be_writable(args.output, TABLES)
    suffix = Path(args.output or "-.csv").suffix.lower()
    if suffix == ".npy" and len(OUTPUTS) > 1:
        raise Fault(f"{args.output}: an .npy file holds one array; {', '.join(OUTPUTS)} need .npz")
    params = load_weights(args.weights, args.dtype)
    data = read_data(args.data, args.dtype, targets=False)
    made = predictions(params, data)
    if METRIC == "classes" and suffix != ".npy":
        made["class"] = decided(next(iter(made.values())))
    if suffix == ".npz":
        write_arrays(args.output, made)
    elif args.output:
        with replaced(args.output) as stream:
            if suffix == ".npy":
                np.save(stream, next(iter(made.values())), allow_pickle=False)
            else:
                stream.write(table(made).encode())
    else:
        print(table(made), end="", flush=True)
        return 0
    print(f"wrote {args.output}  {len(data[0])} predictions")
    return 0


def table(arrays: dict[str, Any]) -> str:
    """Arrays (samples, …) side by side as CSV, every number so that it reads back the same."""
    heads = [head for name, a in arrays.items() for head in headings(name, np.shape(a)[1:])]
    rows = [np.reshape(a, (len(a), -1)).tolist() for a in arrays.values()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([x for row in some for x in row] for some in zip(*rows, strict=True))
    return text.getvalue()


def write_plot(path: str, run: Run) -> None:
    """The loss over the epochs, on a scale of powers of ten."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name in ("loss", "validation_loss"):
        if name in run.history:
            axes.plot(range(1, run.epoch + 1), run.history[name], label=name.replace("_", " "))
    axes.set(xlabel="epoch", ylabel="loss", yscale="log", title=NAME)
    axes.legend()
    with replaced(path) as stream:
        figure.savefig(stream, format=Path(path).suffix[1:].lower(), dpi=150)


class Progress:
    """One line that counts the epochs, where a person looks on."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.last, self.begun = epochs, 0.0, time.monotonic()
        self.live = sys.stderr.isatty()

    def __call__(self, run: Run) -> None:
        now = time.monotonic()
        if self.live and (now - self.last > 0.1 or run.ended):
            self.last = now
            print(f"\r\033[K{self.said(run)}", end="", file=sys.stderr, flush=True)

    def said(self, run: Run) -> str:
        words = [f"epoch {run.epoch}/{self.epochs}"]
        for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
            if name in run.history:
                shown = format(run.history[name][-1], ".2%" if "accuracy" in name else ".6g")
                words.append(f"{name.replace('_', ' ')} {shown}")
        return "  ".join(words)

    def close(self, run: Run) -> None:
        if self.live:
            print(file=sys.stderr)
        print(f"{self.said(run)}  ({run.ended}, {time.monotonic() - self.begun:.1f} s)")


# -- selfcheck -------------------------------------------------------------------------------------


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


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C
    sys.exit(main())
