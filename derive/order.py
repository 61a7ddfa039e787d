"""Order of evaluation: dependencies first; a cycle that lowers one index each turn is a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as change

from .equation import Equation
from .errors import ChalkgradError
from .expr import Add, Expr, Idx, Neg, Num, reads, tensors


def ordered(equations: Sequence[Equation]) -> list[Equation]:
    """Topological order, stable in the order given; recurrences tagged with their loop axis.

    Raises
    ------
    ChalkgradError
        for a cycle that is no recurrence, with its equations.
    """
    by_name = {eq.name: eq for eq in equations}
    needs = {eq.name: [t for t in tensors(eq.rhs) if t in by_name] for eq in equations}
    made: list[Equation] = []
    for group in components([eq.name for eq in equations], needs):
        first = group[0]
        if len(group) == 1 and first not in needs[first]:
            made.append(by_name[first])
        else:
            made.extend(_loop([by_name[name] for name in group]))
    return made


def components(nodes: Sequence[str], needs: dict[str, list[str]]) -> list[list[str]]:
    """Strongly connected components, dependencies first (Tarjan 1972, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for start in nodes:
        if start in number:
            continue
        work = [(start, iter(needs[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, rest = work[-1]
            for nxt in rest:
                if nxt not in number:
                    number[nxt] = low[nxt] = len(number)
                    stack.append(nxt)
                    on_stack.add(nxt)
                    work.append((nxt, iter(needs[nxt])))
                    break
                if nxt in on_stack:
                    low[node] = min(low[node], number[nxt])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    group: list[str] = []
                    while not group or group[-1] != node:
                        group.append(stack.pop())
                    on_stack.difference_update(group)
                    found.append(group[::-1])
    return found


def shift(index: Expr, left: Idx) -> int | None:
    """c, when an index expression is ``left + c``."""
    if index == left:
        return 0
    if isinstance(index, Add) and len(index.args) == 2:
        a, b = index.args
        if b == left:
            a, b = b, a
        sign = -1 if isinstance(b, Neg) else 1
        b = b.arg if isinstance(b, Neg) else b
        if a == left and isinstance(b, Num) and b.value.denominator == 1:
            return sign * int(b.value)
    return None


def _loop(group: list[Equation]) -> list[Equation]:
    names = {eq.name for eq in group}
    for position in range(len(group[0].indices)):
        places = _places(group, names, position)
        if places is None:
            continue
        shifts = _shifts(group, names, places)
        if shifts is None:
            continue
        signs = {c > 0 for _, _, c in shifts if c != 0}
        same_step: dict[str, list[str]] = {name: [] for name in names}
        for reader, read, c in shifts:
            if c == 0:
                same_step[reader].append(read)
        inner = components(sorted(names, key=[e.name for e in group].index), same_step)
        if len(signs) == 1 and all(len(c) == 1 and c[0] not in same_step[c[0]] for c in inner):
            by_name = {eq.name: eq for eq in group}
            return [
                change(
                    eq,
                    loop=eq.indices[places[eq.name]].axis,
                    reverse=True in signs,
                    group=inner[0][0],
                )
                for eq in (by_name[c[0]] for c in inner)
            ]
    shown = "\n    ".join(eq.text or eq.name for eq in group[:6])
    raise ChalkgradError(
        f"these equations read each other in a circle:\n    {shown}",
        where=f"equation {group[0].name}",
        hint="a recurrence lowers one index by a positive number each turn, as in h[t-1,j]",
    )


def _places(group: list[Equation], names: set[str], position: int) -> dict[str, int] | None:
    """Where the loop index stands on each left side, following the reads from the first."""
    by_name = {eq.name: eq for eq in group}
    places = {group[0].name: position}
    todo = [group[0].name]
    while todo:
        eq = by_name[todo.pop()]
        left = eq.indices[places[eq.name]]
        for r in reads(eq.rhs):
            if r.tensor not in names:
                continue
            at = [k for k, i in enumerate(r.indices) if shift(i, left) is not None]
            if len(at) != 1:
                return None
            if r.tensor not in places:
                places[r.tensor] = at[0]
                todo.append(r.tensor)
            elif places[r.tensor] != at[0]:
                return None
    return places if len(places) == len(names) else None


def _shifts(
    group: list[Equation], names: set[str], places: dict[str, int]
) -> list[tuple[str, str, int]] | None:
    found = []
    for eq in group:
        left = eq.indices[places[eq.name]]
        for r in reads(eq.rhs):
            if r.tensor in names:
                c = shift(r.indices[places[r.tensor]], left)
                if c is None:
                    return None
                found.append((eq.name, r.tensor, c))
    return found
