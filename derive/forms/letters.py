"""Readable index letters: two indices that are alive in the same place never share a letter.

An `Idx` keeps the name it was written with, so after contraction two different ones may be called
``j``. Every printer (LaTeX, terminal, SymPy) takes its letters from here: all of them agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..language.equation import Equation
from ..language.expr import Expr, Idx, Normal, Reduce, indices, reads, walk
from ..language.names import following, is_anonymous


def letters(
    of: Equation | Expr | Iterable[Idx | Expr],
    fixed: Mapping[Idx, str] | None = None,
    taken: Collection[str] = (),
) -> dict[Idx, str]:
    """The letter of every index in an equation or in expressions printed together.

    Left and free indices choose first and keep their names; a bound index keeps its name unless an
    index that is alive around it has that name, and then takes the next free letter. Reductions
    side by side may share a letter, and ``softmax[k](z[k])`` binds the letter it is read at.
    ``fixed`` are letters already given (to print a partial beside its adjoint, say), ``taken``
    those that stand for something else, which no index has: the names of a network's single
    numbers, say. Every name that comes back is a legal name of the equation language.
    """
    given = _Letters(_expressions(of), dict(fixed or {}), taken)
    if isinstance(of, Equation):
        for i in of.indices:
            given.choose(i, given.values())
    for e in given.expressions:
        for i in indices(e):
            given.choose(i, given.values())
    alive = given.values()
    for e in given.expressions:
        given.enter(e, alive)
    return given.made


def _expressions(of: Equation | Expr | Iterable[Idx | Expr]) -> list[Expr]:
    if isinstance(of, Equation):
        return [of.rhs]
    return [of] if isinstance(of, Expr) else list(of)


class _Letters:
    """The names given so far, and those that somebody will want."""

    def __init__(
        self, expressions: list[Expr], made: dict[Idx, str], taken: Collection[str]
    ) -> None:
        self.expressions, self.made, self.taken = expressions, made, taken
        self.scalars = {r.tensor for e in expressions for r in reads(e) if not r.indices}
        self.wanted = {*made.values(), *taken} | {r.tensor for e in expressions for r in reads(e)}
        self.wanted |= {
            i.name
            for e in expressions
            for i in walk(e)
            if isinstance(i, Idx) and not is_anonymous(i)
        }

    def values(self) -> set[str]:
        return set(self.made.values())

    def choose(self, i: Idx, alive: set[str]) -> None:
        if i in self.made:
            return
        free = not any(i.name in names for names in (alive, self.scalars, self.taken))
        self.made[i] = i.name if free and not is_anonymous(i) else self._next(i, alive)

    def _next(self, i: Idx, alive: set[str]) -> str:
        return following(i, alive | self.wanted)

    def enter(self, e: Expr, alive: set[str]) -> None:
        if isinstance(e, Reduce | Normal):
            alive = self._bind(e, alive)
        for kid in e.children():
            self.enter(kid, alive)

    def _bind(self, e: Reduce | Normal, alive: set[str]) -> set[str]:
        inner = set(alive)
        for k, i in enumerate(e.idxs):
            assert isinstance(i, Idx)
            at = e.at[k] if isinstance(e, Normal) else None
            if isinstance(at, Idx) and at in self.made and not _uses(e, at):
                self.made.setdefault(i, self.made[at])
            self.choose(i, inner)
            inner.add(self.made[i])
        return inner


def _uses(e: Reduce | Normal, i: Idx) -> bool:
    return i in indices(e.body) or (e.cond is not None and i in indices(e.cond))
