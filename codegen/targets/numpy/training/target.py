"""The output ``program``: it stands beside the module that `program.module_of` makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....outputs import Files, Target

if TYPE_CHECKING:
    from .....derive.chainrule.derivation import Derivation


def _program(d: Derivation) -> Files:
    from .program import training_program

    return {f"{d.network.name}_train.py": training_program(d)}


TARGETS = (
    Target(
        name="program",
        meaning="trains on data, judges, predicts; needs NumPy and the module",
        files=("_train.py",),
        default="train",
        emit=_program,
    ),
)
