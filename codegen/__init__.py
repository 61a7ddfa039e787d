"""Printers of a derivation: NumPy modules, LaTeX, the terminal, and the gradient checker."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .article import article
    from .check import check_module
    from .module import numpy_module

__all__ = ["article", "check_module", "numpy_module"]

_HOME = {"article": "article", "check_module": "check", "numpy_module": "module"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'codegen' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
