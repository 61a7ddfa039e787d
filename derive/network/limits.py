"""How large a network may be: no array that does not fit, no formula that Python cannot read.

A limit is met before the memory is taken, and the message names the place and the limit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..language.equation import BATCH, Equation, Tensor
from ..language.errors import ChalkgradError
from ..language.expr import (
    Expr,
    Fn,
    Idx,
    Iverson,
    Normal,
    Pow,
    Read,
    Reduce,
    Where,
    indices,
    tensors,
    walk,
)  # fmt: skip
from ..language.text import text
from .checks import as_written, refuse

Sizes = Mapping[str, int | str]
MAX_ENTRIES = 2**27  # of one array, a sample: a gigabyte
# Python's compiler takes about 2,900 operations in a row, and a gradient adds a term per reader
MAX_READERS = 2_000
# reductions that are no contraction: all entries of their body stand at once
_WHOLE = ("max", "min", "prod", "argmax", "argmin", "logsumexp")


def check_entries(known: Mapping[str, Tensor], sizes: Sizes) -> None:
    """No array holds a tensor with more than MAX_ENTRIES entries a sample."""
    fields = {"parameter": "parameters", "constant": "constants", "variable": "equation"}
    for t in known.values():
        count = _count(sizes[a] for a in t.axes)
        if count > MAX_ENTRIES:
            shape = [sizes[a] for a in t.axes if a != BATCH]
            raise ChalkgradError(
                f"'{t.name}' has the shape {shape}: {count} entries are more than 2**27",
                where=f"{fields.get(t.kind, t.kind)}.{t.name}".replace("equation.", "equation "),
                hint="make an axis smaller",
            )


def check_arrays(equations: Iterable[Equation], sizes: Sizes) -> None:
    """No formula under a reduction spans more than MAX_ENTRIES entries a sample.

    ``sum[i,j](exp(x[i]*y[j]))`` needs every exp at once, although its result is one number. A
    product of reads does not: it is contracted as a product of matrices.
    """
    for eq in equations:
        fixed = {i for i in eq.indices if i.axis == eq.loop}  # a step of a recurrence at a time
        for e in walk(eq.rhs):
            if isinstance(e, Reduce | Normal):
                for part in _spread(e):
                    _check_span(eq, e, part, fixed, sizes)


def _spread(e: Reduce | Normal) -> Iterable[Expr]:
    """What lies under a reduction as one array over all its indices."""
    whole = isinstance(e, Normal) or e.op in _WHOLE
    todo = [e.body]
    while todo:
        here = todo.pop()
        if isinstance(here, Reduce | Normal | Read | Iverson):
            continue  # looked at for itself; a view of a tensor; decided by the indices
        if whole or isinstance(here, Fn | Pow | Where):
            yield here
        else:
            todo.extend(here.children())


def _check_span(
    eq: Equation, e: Reduce | Normal, part: Expr, fixed: set[Idx], sizes: Sizes
) -> None:
    spans = [i for i in indices(part) if i not in fixed]
    count = _count(sizes[i.axis] for i in spans)
    if count <= MAX_ENTRIES:
        return
    over = ", ".join(text(i) for i in e.idxs)
    shown = " by ".join(str(sizes[i.axis]) for i in spans if isinstance(sizes[i.axis], int))
    raise refuse(
        eq, f"{e.op}[{over}](…) needs {as_written(part, eq)[:60]} as an array of {shown} entries "
        f"a sample: {count} are more than 2**27",
        "make an axis smaller, or write it as a sum of products of tensors",
    )  # fmt: skip


def check_readers(equations: Sequence[Equation]) -> None:
    """The gradient of a tensor has a term for each equation that reads it."""
    count = Counter(name for eq in equations for name in tensors(eq.rhs))
    for name, readers in count.items():
        if readers > MAX_READERS:
            raise ChalkgradError(
                f"{readers} equations read '{name}', and its gradient adds a term for each: "
                f"at most {MAX_READERS}",
                where=f"equation {next(eq.name for eq in equations if name in tensors(eq.rhs))}",
                hint=f"give the equations an axis: one equation over it reads '{name}' once",
            )


def _count(sizes: Iterable[int | str]) -> int:
    return math.prod(s for s in sizes if isinstance(s, int))
