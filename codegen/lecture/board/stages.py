"""The columns of a network's drawing: x | W0, b0 | v0, y0 | … | L, as the header row names them."""

from __future__ import annotations

from dataclasses import dataclass

from ....derive.language.expr import tensors
from .board import Board


@dataclass(frozen=True)
class Stage:
    """Tensors that stand in one column. ``kind``: input, parameters, values or loss."""

    kind: str
    names: tuple[str, ...]


def stages(board: Board) -> list[Stage]:
    """The stages in the order of the data: what a layer reads, its parameters, what it makes."""
    net = board.net
    known = {t.name: t for t in net.tensors.values()}
    made = [Stage("input", tuple(t.name for t in net.inputs))]
    seen: set[str] = set()
    for label in dict.fromkeys(e.label for _, e in board.forward if e.label):
        equations = [e for _, e in board.forward if e.label == label]
        used = [n for e in equations for n in tensors(e.rhs)]
        own = [n for n in dict.fromkeys(used) if known[n].kind == "parameter" and n not in seen]
        seen |= set(own)
        if own:
            made.append(Stage("parameters", tuple(own)))
        made.append(Stage("values", tuple(e.name for e in equations)))
    rest = [e for _, e in board.forward if not e.label and e.name != board.loss]
    other = [e.name for e in rest if not board.is_loss(e.name)]
    if other:  # equations of the user's own
        own = [n for e in rest for n in tensors(e.rhs) if known[n].kind == "parameter"]
        fresh = tuple(n for n in dict.fromkeys(own) if n not in seen)
        made.extend([Stage("parameters", fresh)] if fresh else [])
        made.append(Stage("values", tuple(other)))
    made.append(Stage("loss", (board.loss,)))
    return made
