"""What stands beside an equation in words."""

from __future__ import annotations

from ....derive.forms.letters import letters
from ....derive.language.equation import Equation
from ....derive.language.expr import tensors
from ....derive.rewrite.simplify import declared
from .board import Board


def says_declared(board: Board, eq: Equation) -> str:
    """That y is a distribution, beside the first equation that reads it."""
    said = []
    for t in board.net.tensors.values():
        reader = next((e.name for _, e in board.forward if t.name in tensors(e.rhs)), "")
        fact = declared(t, board.d.forward) if reader == eq.name else None
        if fact is not None:
            shown = f"${board.printer.expression(fact, letters(fact))}$"
            said.append(board.words("declared", what=f"${board.tex(t.name)}$", fact=shown))
    return "; ".join(said)
