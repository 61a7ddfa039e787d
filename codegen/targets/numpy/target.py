"""The output ``numpy``: the module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Files, Target

if TYPE_CHECKING:
    from ....derive.chainrule.derivation import Derivation


def _module(d: Derivation) -> Files:
    from .module import numpy_module

    return {f"{d.network.name}.py": numpy_module(d)}


TARGETS = (
    Target(
        name="numpy",
        meaning="forward, backward and a check of itself; needs NumPy only",
        files=(".py",),
        default="always",
        emit=_module,
    ),
)
