"""How what a user can name is found: by looking at folders, so that a new folder needs no list.

A target, a kind of document and an item of a deck are a folder each, with a file of an agreed name
that says what the folder brings. Only these files are imported here, so they import what they need
where they need it: the help of the command is made from them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def named(package: str, file: str) -> Iterator[tuple[str, ModuleType]]:
    """The folders below a package that have the file, by name, and the file as a module."""
    for folder in pkgutil.iter_modules(import_module(package).__path__):
        if not folder.ispkg:
            continue
        inner = f"{package}.{folder.name}"
        if find_spec(f"{inner}.{file}") is not None:
            yield folder.name, import_module(f"{inner}.{file}")
        yield from named(inner, file)
