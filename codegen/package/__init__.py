"""chalkgrad: from a network written as equations to its derivation, NumPy code and a lecture.

    import chalkgrad
    d = chalkgrad.load("n232").derive()
    d["W0"].chain, d["W0"].index, d["W0"].matrix, d["W0"].numbers
    print(chalkgrad.numpy_module(d))
    chalkgrad.check(d).ok

Everything is imported when first used, so that ``chalkgrad --help`` starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalkgrad.codegen.article.article import article as latex
    from chalkgrad.codegen.checking.checker import check, check_module
    from chalkgrad.codegen.targets.numpy.module import numpy_module
    from chalkgrad.derive.language.errors import ChalkgradError
    from chalkgrad.derive.pipeline import (
        Derivation,
        Network,
        load,
        load_all,
        network_from_equations,
    )

__all__ = [
    "ChalkgradError", "Derivation", "Network", "check", "check_module", "latex", "load",
    "load_all", "network_from_equations", "numpy_module",
]  # fmt: skip

_HOME = {
    "ChalkgradError": "derive.language.errors", "Derivation": "derive.pipeline",
    "Network": "derive.pipeline", "load": "derive.pipeline", "load_all": "derive.pipeline",
    "network_from_equations": "derive.pipeline", "check": "codegen.checking.checker",
    "check_module": "codegen.checking.checker", "latex": "codegen.article.article",
    "numpy_module": "codegen.targets.numpy.module",
}  # fmt: skip
_OTHER_NAMES = {"latex": "article"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'chalkgrad' has no attribute '{name}'")
    return getattr(import_module(f"chalkgrad.{_HOME[name]}"), _OTHER_NAMES.get(name, name))


def __dir__() -> list[str]:
    return __all__
