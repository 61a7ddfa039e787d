"""Which reads fall outside their axis: they are 0, and `show` says so."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ...derive.chainrule.derivation import Derivation
from ...derive.language.equation import BATCH, Equation
from ...derive.language.evaluate import UnknownError, evaluate
from ...derive.language.expr import Expr, Idx, Read, Reduce, indices, walk
from ...derive.language.literal import Rationals
from ...derive.network.network import Network
from .text import Lines, dressed

MOST = 100_000


def outside(d: Derivation) -> list[str]:
    """One sentence per forward read that can leave its axis."""
    lines = Lines(d)
    return [s for _, eq in d.numbered() for s in _equation(lines, eq, d.network)]


def _equation(lines: Lines, eq: Equation, network: Network) -> Iterator[str]:
    found = lines.letters(eq)
    seen: set[str] = set()
    for read, conds in _reads(eq.rhs, ()):
        axes = network.tensors[read.tensor].axes
        for index, axis in zip(read.indices, axes, strict=True):
            size = network.size(axis)
            if isinstance(index, Idx) or not isinstance(size, int):
                continue
            ends = _ends(index, conds, network)
            if ends is None or (ends[0] >= 0 and ends[1] < size):
                continue
            shown = lines.expression(read, found)
            if shown not in seen:
                seen.add(shown)
                at = f"{ends[0]} … {ends[1]}".replace("-", "−")
                yield dressed(f"{shown}: {lines.expression(index, found)} runs over {at}, ") + (
                    f"the axis has 0 … {size - 1}; reads outside are 0"
                )


def _reads(e: Expr, conds: tuple[Expr, ...]) -> Iterator[tuple[Read, tuple[Expr, ...]]]:
    if isinstance(e, Read):
        yield e, conds
    if isinstance(e, Reduce) and e.cond is not None:
        conds = (*conds, e.cond)
    for kid in e.children():
        yield from _reads(kid, conds)


def _ends(index: Expr, conds: tuple[Expr, ...], network: Network) -> tuple[int, int] | None:
    """Least and greatest value of an index under the conditions around it, None if not known."""
    if any(isinstance(x, Read) for x in walk(index)):
        return None
    mine = [c for c in conds if not any(isinstance(x, Read) for x in walk(c))]
    free = list(dict.fromkeys(i for e in (index, *mine) for i in indices(e)))
    sizes = [network.size(i.axis) if i.axis != BATCH else 1 for i in free]
    if any(not isinstance(s, int) for s in sizes):
        return None
    if math.prod(int(s) for s in sizes) > MOST:
        return None
    points = (dict(zip(free, p, strict=True))
              for p in itertools.product(*(range(int(s)) for s in sizes)))  # fmt: skip
    algebras = [Rationals(network.sizes, point) for point in points]
    try:
        values = [evaluate(index, a) for a in algebras if all(evaluate(c, a) for c in mine)]
    except UnknownError:
        return None
    return (min(values), max(values)) if values else None
