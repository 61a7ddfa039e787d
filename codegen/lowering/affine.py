"""Index expressions as constant + Σ coefficient · index + Σ coefficient · gathered read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...derive.language.errors import ChalkgradError
from ...derive.language.expr import (
    Add,
    Expr,
    Idx,
    Mul,
    Neg,
    Num,
    Read,
    Size,
    add,
    indices,
    mul,
    num,
)


@dataclass(frozen=True)
class Affine:
    const: int
    terms: tuple[tuple[Idx, int], ...] = ()
    gathers: tuple[tuple[Read, int], ...] = ()

    @property
    def idxs(self) -> tuple[Idx, ...]:
        return tuple(i for i, _ in self.terms)

    def span(self, sizes: Mapping[str, int]) -> tuple[int, int]:
        """Smallest and largest value (gathers left out)."""
        low = high = self.const
        for i, c in self.terms:
            step = c * (sizes[i.axis] - 1)
            low, high = low + min(step, 0), high + max(step, 0)
        return low, high


def affine(expr: Expr, sizes: Mapping[str, int]) -> Affine:
    """The affine form of an index expression (sizes are numbers by now)."""
    const, terms, gathers = _collect(expr, sizes)
    return Affine(
        const,
        tuple((i, c) for i, c in terms.items() if c),
        tuple((r, c) for r, c in gathers.items() if c),
    )


_Parts = tuple[int, dict[Idx, int], dict[Read, int]]


def _collect(e: Expr, sizes: Mapping[str, int]) -> _Parts:
    if isinstance(e, Idx):
        return 0, {e: 1}, {}
    if isinstance(e, Num) and e.value.denominator == 1:
        return int(e.value), {}, {}
    if isinstance(e, Size):
        size = sizes.get(e.axis)
        if not isinstance(size, int):
            raise ChalkgradError("an index may not use the size of the batch")
        return size, {}, {}
    if isinstance(e, Read):
        return 0, {}, {_tidy(e, sizes): 1}
    if isinstance(e, Neg):
        return _scale(_collect(e.arg, sizes), -1)
    if isinstance(e, Add):
        const = 0
        terms: dict[Idx, int] = {}
        gathers: dict[Read, int] = {}
        for a in e.args:
            c, t, g = _collect(a, sizes)
            const += c
            for i, k in t.items():
                terms[i] = terms.get(i, 0) + k
            for r, k in g.items():
                gathers[r] = gathers.get(r, 0) + k
        return const, terms, gathers
    if isinstance(e, Mul):
        made: _Parts = (1, {}, {})
        for a in e.args:
            part = _collect(a, sizes)
            if not part[1] and not part[2]:
                made = _scale(made, part[0])
            elif not made[1] and not made[2]:
                made = _scale(part, made[0])
            else:
                raise ChalkgradError("an index multiplies two indices", hint="keep it affine")
        return made
    raise ChalkgradError("an index expression is not whole-number arithmetic of indices")


def _tidy(read: Read, sizes: Mapping[str, int]) -> Read:
    """A gathered read without indices that cancel: a[t - t] is a[0]."""
    made = []
    for index in read.indices:
        form = affine(index, sizes)
        gone = (
            set(indices(index)) - set(form.idxs) - {i for g, _ in form.gathers for i in indices(g)}
        )
        terms = [mul([num(c), e]) for e, c in (*form.terms, *form.gathers)]
        made.append(add([*terms, num(form.const)]) if gone else index)
    return Read(read.tensor, tuple(made))


def _scale(parts: _Parts, k: int) -> _Parts:
    return (
        parts[0] * k,
        {i: c * k for i, c in parts[1].items()},
        {r: c * k for r, c in parts[2].items()},
    )
