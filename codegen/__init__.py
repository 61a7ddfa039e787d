"""Printers of a derivation: NumPy modules, LaTeX, the terminal; and the gradient checker.

    from codegen import check, latex, numpy_module

Everything is imported when first used, so that ``chalkgrad --help`` starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checking import check
    from .latex_article import article as latex
    from .module import numpy_module

__all__ = ["check", "latex", "numpy_module"]

_HOME = {
    "check": ("checking", "check"),
    "latex": ("latex_article", "article"),
    "numpy_module": ("module", "numpy_module"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'codegen' has no attribute '{name}'")
    module, function = _HOME[name]
    return getattr(import_module(f".{module}", __name__), function)
