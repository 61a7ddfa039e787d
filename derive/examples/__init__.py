"""The shipped specs: every ``*.yaml`` beside this file is one example, called by its stem."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from derive.errors import ChalkgradError, suggest


def names() -> list[str]:
    """The names of all examples, sorted."""
    entries = (entry.name for entry in files(__name__).iterdir())
    return sorted(entry.removesuffix(".yaml") for entry in entries if entry.endswith(".yaml"))


def path(name: str) -> Path:
    """The file of an example. Raises ChalkgradError where none is called so."""
    if name not in names():
        raise ChalkgradError(
            f"no example is called '{name}'", where="examples", hint=suggest(name, names())
        )
    return Path(str(files(__name__) / f"{name}.yaml"))


def text(name: str) -> str:
    """The spec of an example, as it was written. Raises ChalkgradError where none is called so."""
    return path(name).read_text(encoding="utf-8")
