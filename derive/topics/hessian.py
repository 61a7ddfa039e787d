"""The Hessian of a network for print and by hand: its blocks, their equations, exact numbers.

`derive.chainrule.second` runs the sweep over the first one's result. Of the tensors it makes,
``e_dT[J,K]`` is ∂T[K]/∂A[J] (how a value moves with the entry J of the parameter A) and
``e_T[J,K]`` is ∂²loss/∂A[J]∂T[K] (how the derivative by T moves). Here the deltas of the seed are
contracted, the lines are tidied and numbered after those of the first sweep; nothing new is
differentiated.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as change
from fractions import Fraction
from typing import Literal

from ..chainrule.derivation import Derivation
from ..chainrule.sample import per_sample
from ..chainrule.second import Second, hessian_rows
from ..language.equation import Equation
from ..language.errors import ChalkgradError, suggest
from ..language.expr import (
    ZERO,
    Add,
    Expr,
    Idx,
    Iverson,
    Mul,
    Num,
    Read,
    add,
    num,
    tensors,
    transform,
)
from ..rewrite.contract import contracted
from ..rewrite.simplify import factors_of, product, total

Kind = Literal["moves", "slope", "block", "part"]


@dataclass(frozen=True)
class Line:
    """One derived equation. ``kind``: a value that moves (∂T/∂A), a derivative that moves
    (∂²loss/∂A∂T), a block (T is a parameter), or a part with a name of its own."""

    number: int
    equation: Equation
    kind: Kind
    of: str


@dataclass(frozen=True)
class Rows:
    """Second derivatives by the entries of ``of`` (at the indices ``place``) and by ``wrt``."""

    of: str
    wrt: tuple[str, ...]
    place: tuple[Idx, ...]
    lines: tuple[Line, ...]
    second: Second

    def block(self, name: str) -> Line:
        return next(x for x in self.lines if x.kind == "block" and x.of == name)


@dataclass(frozen=True)
class Block:
    """H_{of,wrt}, a matrix of (entries of ``of``, entries of ``wrt``); below the diagonal it is
    the transpose of the one above. A size is a number, or a text such as ``n_x*3``."""

    of: str
    wrt: str
    rows: int | str
    columns: int | str
    distinct: bool


def chosen(d: Derivation, wrt: Sequence[str] = (), frozen: Sequence[str] = ()) -> list[str]:
    """The parameters of a Hessian: those asked for, else all that are not frozen.

    Raises ChalkgradError for an unknown one, or when none is left."""
    known = [t.name for t in d.network.parameters]
    for name in wrt:
        if name not in known:
            raise ChalkgradError(
                f"there is no parameter '{name}'", where="wrt", hint=suggest(name, known)
            )
    made = [n for n in known if (n in wrt if wrt else n not in frozen)]
    if not made:
        raise ChalkgradError("no parameter is left to derive by", hint="give wrt: [W0, …]")
    return made


def blocks(d: Derivation, names: Sequence[str]) -> list[list[Block]]:
    """The Hessian as a matrix of blocks, one row per parameter."""
    sizes = {n: _count(d, n) for n in names}
    return [
        [Block(a, b, sizes[a], sizes[b], j >= i) for j, b in enumerate(names)]
        for i, a in enumerate(names)
    ]


def _count(d: Derivation, name: str) -> int | str:
    shape = d.network.shape(name)
    known = math.prod(s for s in shape if isinstance(s, int))
    letters = [s for s in shape if isinstance(s, str)]
    return "*".join([*letters, *([str(known)] if known > 1 else [])]) if letters else known


# -- the equations --------------------------------------------------------------------------------


def derived(d: Derivation, names: Sequence[str]) -> list[Rows]:
    """The equations of every distinct block, the last parameter's rows first (they are short).

    Numbers go on after those of the first sweep. Shapes: a line's indices are those of the entry
    of ``of``, then those of the tensor."""
    one = per_sample(d)
    last = max([s.number for s in one.steps], default=len(one.forward))
    made: list[Rows] = []
    for k in reversed(range(len(names))):
        rows = _rows(one, names[k], names[k:], last)
        last = rows.lines[-1].number
        made.append(rows)
    return made


def _rows(d: Derivation, of: str, wrt: Sequence[str], last: int) -> Rows:
    second = hessian_rows(d, of, wrt)
    found = second.derivation
    seed = next(s.equation for s in found.steps if s.equation.name == found.adjoint(found.of))
    meant = {found.adjoint(n): n for n in (*found.network.tensors,)}
    firsts = {s.equation.name: s.of for s in d.steps if s.of}
    bodies = {seed.name: seed}
    bodies |= {s.equation.name: s.equation for s in found.steps if s.inlined}
    lines: list[Line] = []
    kept = _used(found, [name for _, name in second.results])
    for step in found.steps:
        eq = step.equation
        blocked = eq.name in {name for _, name in second.results}
        if eq.name not in kept or (eq.name in bodies and not blocked):
            continue
        eq = change(eq, rhs=tidied(contracted(_inlined(eq.rhs, bodies))))
        source = meant.get(eq.name, "") if step.of else ""
        kind: Kind = "block" if blocked else "moves" if source in firsts else "slope"
        lines.append(Line(0, eq, kind if step.of else "part", firsts.get(source, source)))
    moving = _used(found, [x.equation.name for x in lines if x.kind == "moves"])

    def order(x: Line) -> tuple[int, int]:
        if x.kind == "block":
            return 2, list(wrt).index(x.of)
        return int(x.equation.name not in moving), 0

    lines.sort(key=order)
    numbered = [change(x, number=last + k) for k, x in enumerate(lines, start=1)]
    place = seed.indices[: len(d.network.tensors[of].axes)]
    return Rows(of, tuple(wrt), place, tuple(numbered), second)


def _used(d: Derivation, results: Sequence[str]) -> set[str]:
    """What the results read, directly or not."""
    known = {s.equation.name: s.equation for s in d.steps}
    todo, made = list(results), set[str]()
    while todo:
        name = todo.pop()
        if name in known and name not in made:
            made.add(name)
            todo += tensors(known[name].rhs)
    return made


def _inlined(e: Expr, bodies: Mapping[str, Equation]) -> Expr:
    """The equations of ``bodies`` in the place of their reads."""

    def visit(x: Expr) -> Expr:
        if isinstance(x, Read) and x.tensor in bodies:
            return bodies[x.tensor].at(x.indices)
        return x

    return transform(e, visit)


def tidied(e: Expr) -> Expr:
    """a(1 − y) − ay as a(1 − 2y): equal terms gathered, common factors in front; a product is one
    fraction, and its deltas come last."""

    def visit(x: Expr) -> Expr:
        if isinstance(x, Add):
            terms = _gathered(x.args)
            while (pair := _alike(terms)) is not None:
                a, b = pair
                terms = [_common([t, terms[b]]) if k == a else t
                         for k, t in enumerate(terms) if k != b]  # fmt: skip
            return _common(terms)
        return _deltas_last(product([x])) if isinstance(x, Mul) else x

    return transform(e, visit)


def _common(terms: Sequence[Expr]) -> Expr:
    """Σ terms with common factors in front and equal terms inside gathered."""
    made = total(terms)
    if not isinstance(made, Mul):
        return made
    inner: list[Expr] = []
    for part in made.args:
        if isinstance(part, Add):
            left = _gathered(part.args)
            part = _common(left) if isinstance(total(left), Mul) else add(left)
        inner.append(part)
    return product(inner)


def _alike(terms: Sequence[Expr]) -> tuple[int, int] | None:
    """Two terms, of more, that differ in one factor: x a (1 − y) and −x a y."""
    if len(terms) < 3:
        return None
    sets = [[f for f in factors_of(t) if not isinstance(f, Num)] for t in terms]
    for a, b in itertools.combinations(range(len(terms)), 2):
        shared = [f for f in sets[a] if f in sets[b]]
        if shared and len(sets[a]) == len(sets[b]) == len(shared) + 1:
            return a, b
    return None


def _deltas_last(e: Expr) -> Expr:
    if not isinstance(e, Mul):
        return e
    tests = [f for f in e.args if isinstance(f, Iverson)]
    return Mul((*(f for f in e.args if f not in tests), *tests)) if tests else e


def _gathered(terms: Sequence[Expr]) -> list[Expr]:
    """Terms that differ only in their number as one."""
    counts: dict[tuple[Expr, ...], Fraction] = {}
    for t in _flat(terms):
        factors = factors_of(t)
        rest = tuple(f for f in factors if not isinstance(f, Num))
        value = math.prod((f.value for f in factors if isinstance(f, Num)), start=Fraction(1))
        counts[rest] = counts.get(rest, Fraction(0)) + value
    made = [product([num(c), *rest]) for rest, c in counts.items() if c]
    return made or [ZERO]


def _flat(terms: Sequence[Expr]) -> Iterator[Expr]:
    for t in terms:
        if isinstance(t, Add):
            yield from _flat(t.args)
        else:
            yield t
