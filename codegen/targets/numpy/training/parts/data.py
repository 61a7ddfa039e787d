"""Data files: CSV, NPY, NPZ, every number checked before anything is learned from it."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .context import CLASSES, INPUTS, INTEGERS, MASKS, TARGETS, model
from .files import Fault, read_arrays, reading


# -- program --
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
