"""Why a line of a derivation follows from the one before it, in words."""

from __future__ import annotations

from collections.abc import Callable

from ....derive.language.expr import Expr
from ....derive.steps.step_nodes import Line
from . import Words


def reason(words: Words, line: Line, formula: Callable[[Expr], str]) -> str:
    """``formula`` writes the declared fact that a line may use."""
    fact = "" if line.fact is None else formula(line.fact)
    return words(f"step_{line.reason}", fact=fact)
