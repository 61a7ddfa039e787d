"""Matrices of which only the corners are shown, dots between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import tree
from .layout import UnreadableError
from .values import Array, MisfitError, Value, matrix, number

if TYPE_CHECKING:
    from .evaluate import View

Places = list[int | None]


def with_dots(view: View, node: tree.Array) -> Value:
    """A matrix of one tensor's entries, some left out: the tensor, if what is shown is its."""
    shown = [c for row in node.rows for c in row if not isinstance(c, tree.Dots)]
    names = {c.name for c in shown if isinstance(c, tree.Tensor)}
    if len(names) != 1 or not all(isinstance(c, tree.Tensor) for c in shown):
        raise UnreadableError("dots between what is no tensor")
    whole = matrix(view.tensor(tree.Tensor(names.pop())))
    rows, columns = dotted(node)
    entries = [[number(view.value(node.rows[r][c])) for c in columns if c is not None]
               for r in rows if r is not None]  # fmt: skip
    for form in (whole, whole.T):
        if _fits(form, rows, columns) and np.array_equal(cornered(form, rows, columns), entries):
            return form
    raise MisfitError("the entries shown are not those of the tensor in their places")


def dotted(array: tree.Array) -> tuple[Places, Places]:
    """The rows and columns that are shown; None where dots stand for some."""
    rows: Places = [None if all(isinstance(c, tree.Dots) for c in row) else k
                    for k, row in enumerate(array.rows)]  # fmt: skip
    columns: Places = [
        None if all(isinstance(row[c], tree.Dots) for row in array.rows) else c
        for c in range(len(array.rows[0]))
    ]
    return rows, columns


def _fits(whole: Array, rows: Places, columns: Places) -> bool:
    """Could the entries that are shown be corners of a matrix?"""
    if whole.ndim != 2:
        return False
    sizes = zip(whole.shape, (rows, columns), strict=True)
    return all(n == len(p) if None not in p else n >= len(p) for n, p in sizes)


def cornered(whole: Array, rows: Places, columns: Places) -> Array:
    """The entries of a matrix that stand before and behind the dots."""
    made = whole
    for axis, places in enumerate((rows, columns)):
        if None in places:
            before = places.index(None)
            after = range(whole.shape[axis] - (len(places) - before - 1), whole.shape[axis])
            made = np.take(made, [*range(before), *after], axis)
    return made
