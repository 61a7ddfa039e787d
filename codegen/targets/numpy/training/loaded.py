"""The generated program of a network, ready to be called in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from .....derive.chainrule.derivation import Derivation
from .....derive.language.errors import ChalkgradError
from ...loading import module_from


def load_program(d: Derivation) -> Any:
    """NAME_train.py as a module object (NAME.py is its ``model``), with no trace of either left.

    Raises ChalkgradError for a network that cannot be trained.
    """
    from .program import module_of, training_program

    name = d.network.name
    module, program = module_of(d), training_program(d)
    with _importable(name, module_from(module, name)):
        return module_from(program, f"{name}_train")


@contextmanager
def _importable(name: str, module: ModuleType) -> Iterator[None]:
    """``import NAME`` finds this module, whatever else is called so, until the block ends."""
    kept = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        if kept is None:
            del sys.modules[name]
        else:
            sys.modules[name] = kept


@contextmanager
def told(program: Any) -> Iterator[None]:
    """A fault of the program becomes a ChalkgradError, which the command tells."""
    try:
        yield
    except program.Fault as fault:
        raise ChalkgradError(str(fault)) from None
