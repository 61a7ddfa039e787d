"""What a printed line claims: that its sides are equal.

A side is a tree over the network's tensors, its adjoints (``dW``: ∂L/∂W), `Local` and `D` (the
derivative of one thing by another). A free index means: for each of its values.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..language.expr import Expr

ENTRIES, WHOLE, CHAIN = "entries", "whole", "chain"


@dataclass(frozen=True)
class Relation:
    """``sides`` are equal; the first is what the line is about.

    ``kind``: in `ENTRIES` every read is an entry and multiplication is that of numbers; in `WHOLE`
    tensors are matrices, a vector one row of them, and the tensors in ``turned`` are written as
    the transposes of what is stored (`derive.forms.orientation`); in `CHAIN` the factors are the
    Jacobians of whole tensors, multiplied in the order printed.
    """

    sides: tuple[Expr, ...]
    kind: str = ENTRIES
    turned: Collection[str] = frozenset()
    columns: bool = False
