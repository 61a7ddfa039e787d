"""Index expressions as constant + Σ coefficient · index + Σ coefficient · gathered read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from .errors import ChalkgradError
from .evaluate import Algebra, evaluate
from .expr import Expr, Idx, Name, Num, Read, add, indices, mul, num


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
    const, terms, gathers = evaluate(expr, _Collected(sizes))
    return Affine(
        const,
        tuple((i, c) for i, c in terms.items() if c),
        tuple((r, c) for r, c in gathers.items() if c),
    )


_Parts = tuple[int, dict[Idx, int], dict[Read, int]]


class _Collected(Algebra[_Parts]):
    """Affine forms as constant, coefficients of indices and coefficients of gathered reads."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = sizes

    def refuse(self, kind: type[Expr]) -> NoReturn:
        raise ChalkgradError("an index expression is not whole-number arithmetic of indices")

    def number(self, value: Fraction) -> _Parts:
        return (int(value), {}, {}) if value.denominator == 1 else self.refuse(Num)

    def size(self, axis: str) -> _Parts:
        size = self.sizes.get(axis)
        if not isinstance(size, int):
            raise ChalkgradError("an index may not use the size of the batch")
        return size, {}, {}

    def symbol(self, e: Idx | Name) -> _Parts:
        return (0, {e: 1}, {}) if isinstance(e, Idx) else self.refuse(Name)

    def read(self, e: Read) -> _Parts:
        return 0, {}, {_tidy(e, self.sizes): 1}

    def neg(self, a: _Parts) -> _Parts:
        return _scale(a, -1)

    def add(self, terms: Sequence[_Parts]) -> _Parts:
        idxs: Counter[Idx] = Counter()
        gathers: Counter[Read] = Counter()
        for _, i, r in terms:
            idxs.update(i)
            gathers.update(r)
        return sum(const for const, _, _ in terms), idxs, gathers

    def mul(self, factors: Sequence[_Parts]) -> _Parts:
        made: _Parts = (1, {}, {})
        for part in factors:
            if not part[1] and not part[2]:
                made = _scale(made, part[0])
            elif not made[1] and not made[2]:
                made = _scale(part, made[0])
            else:
                raise ChalkgradError("an index multiplies two indices", hint="keep it affine")
        return made


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


def shift(index: Expr, left: Idx) -> int | None:
    """c, when an index expression is ``left + c``."""
    if index == left:
        return 0
    try:
        form = affine(index, {})
    except ChalkgradError:
        return None
    return form.const if form.terms == ((left, 1),) and not form.gathers else None
