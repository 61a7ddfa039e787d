"""Files that appear whole or not at all; what a file of weights says about its network."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .context import NETWORK, model


# -- program --
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
    arrays = params._asdict()  #:
    card = json.dumps(NETWORK)  #:
    if Path(path).suffix.lower() == ".safetensors":
        whole = {name: np.ascontiguousarray(w).reshape(w.shape) for name, w in arrays.items()}
        content = safetensors().save(whole, {"network": card})
        with replaced(path) as stream:
            stream.write(content)
    else:
        write_arrays(path, {**arrays, "__network__": np.array(card)})  #:


def load_weights(path: str | Path, dtype: Any = np.float64) -> Any:
    """Params from a file of `save_weights`. Fault where another network left them."""
    if Path(path).suffix.lower() == ".safetensors":
        found, card = read_safetensors(path)
    else:
        found = read_arrays(path)  #:
        card = str(found.get("__network__", ""))
    try:
        known = json.loads(card)
    except ValueError:
        known = None
    if not isinstance(known, dict) or "fingerprint" not in known:
        raise Fault(f"{path}: these are no weights of a chalkgrad program")
    if known["fingerprint"] != NETWORK["fingerprint"]:
        name = known.get("name")
        raise Fault(f"{path}: weights of another network, '{name}':\n  {difference(known)}")  #:
    for name, shape in NETWORK["parameters"].items():
        if name not in found:
            raise Fault(f"{path}: the parameter {name} is missing")
        if found[name].shape != tuple(shape):
            raise Fault(f"{path}: {name}: {found[name].shape}, expected {tuple(shape)}")
        if found[name].dtype not in (np.float64, np.float32):
            raise Fault(f"{path}: {name}: {found[name].dtype}, expected float64 or float32")
        if not np.isfinite(found[name]).all():
            raise Fault(f"{path}: {name}: not every number is finite")
    return model.Params(*(found[name].astype(dtype) for name in model.Params._fields))  #:


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
