"""Why a line of a derivation follows from the one before it, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ....derive.language.expr import Expr, Read
from ....derive.steps.step_nodes import Line
from . import Words


def _nowhere(_: str) -> str:
    return ""


@dataclass(frozen=True)
class Says:
    """How a document writes what reasons name: ``formula`` a declared fact, ``function`` a
    function. ``number`` is the number under which it shows the equation of a tensor,
    ``derived`` is where it derives a function, "above" or "below"; "" for nowhere."""

    formula: Callable[[Expr], str]
    function: Callable[[str], str] = str
    number: Callable[[str], str] = _nowhere
    derived: Callable[[str], str] = _nowhere


def reason(words: Words, line: Line, says: Says) -> str:
    """The words of a line's reason; what they refer to stands in the same document."""
    if line.function:
        where = says.derived(line.function)
        key = f"step_known_{where}" if where else "step_known_of"
        return words(key, function=says.function(line.function))
    if line.reason == "of_loss" and isinstance(line.left, Read):
        number = says.number(line.left.tensor)
        return words("step_of_loss_numbered" if number else "step_of_loss", number=number)
    fact = "" if line.fact is None else says.formula(line.fact)
    return words(f"step_{line.reason}", fact=fact)
