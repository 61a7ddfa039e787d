"""Printed numbers: how exact they are, and whether a printed calculation holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np

from . import tree

Array = np.ndarray
_ROUNDING = 1e-9  # of a unit: what float arithmetic may add


def printed(node: tree.Node) -> tuple[float, float] | None:
    """(value, one unit of the last printed place) of a side that is one printed number."""
    if isinstance(node, tree.Negative):
        found = printed(node.body)
        return None if found is None else (-found[0], found[1])
    if isinstance(node, tree.Number) and node.text not in ("inf", "pi"):
        exact = Decimal(node.text)
        return float(exact), float(Decimal(1).scaleb(int(exact.as_tuple().exponent)))
    if isinstance(node, tree.Product) and len(node.factors) == 2:
        power = _power_of_ten(node.factors[1])
        found = printed(node.factors[0])
        if found is not None and power is not None:
            return found[0] * power, found[1] * power
    if (power := _power_of_ten(node)) is not None:
        return power, power
    return None


def _power_of_ten(node: tree.Node) -> float | None:
    if not isinstance(node, tree.Power) or node.base != tree.Number("10"):
        return None
    exponent = printed(node.exponent)
    return None if exponent is None else float(10.0 ** exponent[0])


def printed_matrix(node: tree.Node) -> tuple[Array, Array] | None:
    """Values and units of a matrix of printed numbers, or of one number."""
    if isinstance(node, tree.Transposed):
        found = printed_matrix(node.body)
        return None if found is None else (found[0].T, found[1].T)
    if isinstance(node, tree.Array):
        cells = [[printed(c) for c in row] for row in node.rows]
        if any(c is None for row in cells for c in row):
            return None
        both = np.array(cells, dtype=float)
        return both[..., 0], both[..., 1]
    one = printed(node)
    return None if one is None else (np.array(one[0]), np.array(one[1]))


def numeric(node: tree.Node) -> bool:
    """Only numbers and signs, no name."""
    names = (tree.Tensor, tree.Index, tree.Size, tree.Slope, tree.Known, tree.Opaque, tree.Ones,
             tree.Operator, tree.Function, tree.Space, tree.Dots)  # fmt: skip
    return not any(isinstance(n, names) for n in tree.walk(node))


def calculated(node: tree.Node) -> bool:
    """Does a side hold numbers that were put in: a decimal fraction, or nothing but numbers?"""
    if isinstance(node, tree.Space):
        return False
    found = [n for n in tree.walk(node) if isinstance(n, tree.Number)]
    return any("." in n.text for n in found) or (bool(found) and numeric(node))


def places(node: tree.Node) -> int:
    """The most decimal places printed in a side."""
    found = (n.text for n in tree.walk(node) if isinstance(n, tree.Number))
    return max((len(t.partition(".")[2]) for t in found), default=0)


def shaken(node: tree.Node, unit: float) -> Iterator[tree.Node]:
    """The side with one of its printed numbers half a unit higher, one after the other; exponents
    are exact."""
    for k in range(sum(1 for _ in _operands(node))):
        yield _moved_at(node, unit / 2, itertools.count(), k)


def _operands(node: tree.Node) -> Iterator[tree.Number]:
    if isinstance(node, tree.Number):
        if node.text not in ("inf", "pi"):
            yield node
        return
    for part in (node.base,) if isinstance(node, tree.Power) else node.parts():
        yield from _operands(part)


def _moved_at(node: tree.Node, by: float, counted: Iterator[int], which: int) -> tree.Node:
    """The tree with operand number ``which`` moved; ``counted`` numbers the operands."""

    def move(part: tree.Node) -> tree.Node:
        return _moved_at(part, by, counted, which)

    if isinstance(node, tree.Number):
        here = node.text not in ("inf", "pi") and next(counted) == which
        return tree.Number(repr(float(node.text) + by)) if here else node
    if isinstance(node, tree.Power):
        return replace(node, base=move(node.base))
    return tree.rebuilt(node, move)


def holds(
    true: Array, shown: Array, unit: Array, slack: Array | float = 0.0, *, cut: bool = False
) -> bool:  # fmt: skip
    """Is every true value within half a unit of what is printed (and ``slack`` more)? ``cut``: the
    lecture cuts digits off, so that up to a whole unit is missing."""
    if np.shape(true) != np.shape(shown) and np.size(true) != np.size(shown):
        return False
    true = np.reshape(true, np.shape(shown))
    room = unit * (0.5 + _ROUNDING) + slack + 1e-12
    if cut:
        true, shown = np.abs(true) - 0.5 * unit, np.abs(shown)
    return bool(np.all(np.abs(true - shown) <= room))
