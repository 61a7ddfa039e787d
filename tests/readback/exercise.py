"""Exercises: the numbers that their pages give, which are not the spec's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chalkgrad.derive.language.equation import BATCH
from chalkgrad.derive.network.network import Network

from . import numerals, tree
from .documents import Line
from .grammar import relations
from .judge import Bench
from .layout import UnreadableError
from .names import Names
from .points import Point, size


def exercise(one: Bench, lines: Sequence[Line]) -> Bench:
    """The network with the numbers that an exercise prints; what it leaves out is not known."""
    names = one.names
    data: dict[str, Any] = {}
    for line in lines:
        try:
            found = relations(line.row, names)
        except UnreadableError:
            continue
        for relation in found:
            name, value = _assigned(relation, names)
            if name:
                data.setdefault(name, value)
    network = names.network
    free = [t for t in network.tensors.values() if t.kind != "variable"]
    if any(t.name not in data for t in free):
        return replace(one, given=None, partly=())
    shaped = {t.name: _shaped(data[t.name], network, t.name) for t in free}
    return replace(one, given=Point(network, shaped, 1))


def _assigned(relation: tree.Relation, names: Names) -> tuple[str, Any]:
    """x = [0.4 0.5]: the tensor, and its numbers in the stored order."""
    left = relation.sides[0]
    if relation.signs != ("=",) or not isinstance(left, tree.Tensor) or left.at:
        return "", None
    shown = numerals.printed_matrix(relation.sides[1])
    if shown is None:
        return "", None
    turned = left.name in names.symbols.swapped and names.style.vectors == "column"
    return left.name, shown[0].T if turned else shown[0]


def _shaped(value: Any, network: Network, name: str) -> Any:
    axes = network.tensors[name].axes
    shape = tuple(1 if a == BATCH else size(network, a) for a in axes)
    kind = int if network.tensors[name].integer is not None else float
    return np.asarray(value, kind).reshape(shape)
