"""The mathematics of chalkgrad: specs and equations in, immutable derivations out.

    from derive import load
    d = load("n232").derive()
    d["W0"].chain, d["W0"].index, d["W0"].matrix, d["W0"].numbers

Everything is imported when first used, so that ``chalkgrad --help`` starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ChalkgradError
    from .pipeline import Derivation, Network, load, load_all, network_from_equations

__all__ = [
    "ChalkgradError", "Derivation", "Network", "load", "load_all", "network_from_equations",
]  # fmt: skip

_HOME = {name: "pipeline" for name in __all__} | {"ChalkgradError": "errors"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'derive' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
