"""Order of evaluation: dependencies first; a cycle that lowers one index each turn is a loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as change

from ..language.affine import shift
from ..language.equation import BATCH, Equation
from ..language.errors import ChalkgradError
from ..language.expr import Read, reads, tensors
from .checks import as_written


def ordered(
    equations: Sequence[Equation], starts: Mapping[str, str] | None = None
) -> list[Equation]:
    """Topological order, stable in the order given; recurrences tagged with their loop axis.

    ``starts``: recurrence -> the tensor it starts from, which comes first.

    Raises
    ------
    ChalkgradError
        for a cycle that is no recurrence, with its equations and the read that breaks the rule.
    """
    by_name = {eq.name: eq for eq in equations}
    needs = {eq.name: [t for t in tensors(eq.rhs) if t in by_name] for eq in equations}
    for name, start in (starts or {}).items():
        if name in needs and start in needs:
            needs[name].append(start)
    made: list[Equation] = []
    for group in components([eq.name for eq in equations], needs):
        first = group[0]
        if len(group) == 1 and first not in needs[first]:
            made.append(by_name[first])
        else:
            _check_starts(group, by_name, starts or {})
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


class _BrokenError(Exception):
    """A read that no recurrence along this axis allows; ``rank``: how near it came to one."""

    def __init__(self, rank: int, eq: Equation, read: Read, why: str) -> None:
        self.rank, self.eq, self.read, self.why = rank, eq, read, why

    def __str__(self) -> str:
        return f"{as_written(self.read, self.eq)} in the equation {self.eq.name} {self.why}"


def _check_starts(
    group: Sequence[str], by_name: Mapping[str, Equation], starts: Mapping[str, str]
) -> None:
    """A recurrence does not start from its own entries."""
    for name, start in starts.items():
        if name in group and start in group:
            raise ChalkgradError(
                f"'{name}' starts from '{start}', which is computed from '{name}'\n    "
                f"{by_name[start].text or start}",
                where=f"equation {start}",
                hint="a start value is computed ahead of the recurrence",
            )


def _loop(group: list[Equation]) -> list[Equation]:
    """The equations of a cycle as the body of a loop over the index that each turn lowers."""
    broken: list[_BrokenError] = []
    for position in range(len(group[0].indices)):
        try:
            return _along(group, position)
        except _BrokenError as fault:
            broken.append(fault)
    names = {eq.name for eq in group}
    own = [(eq, r) for eq in group for r in reads(eq.rhs) if r.tensor in names]
    first = _BrokenError(0, *own[0], "is read in the same step")
    raise _circle(group, max([first, *broken], key=lambda b: b.rank))


def _circle(group: list[Equation], broken: _BrokenError) -> ChalkgradError:
    lines = [eq.text or eq.name for eq in group[:6]]
    if len(group) > len(lines):
        lines.append(f"and {len(group) - len(lines)} more")
    shown = "\n    ".join(lines)
    return ChalkgradError(
        f"these equations read each other in a circle, and {broken}:\n    {shown}",
        where=f"equation {broken.eq.name}",
        hint="a recurrence lowers one index by a positive number each turn, as in h[t-1,j]",
    )


def _along(group: list[Equation], position: int) -> list[Equation]:
    """The loop over the index at that place of the first equation. Raises _BrokenError."""
    places = _places(group, {eq.name for eq in group}, position)
    shifts = _shifts(group, places)
    moving = [(eq, r, c) for eq, r, c in shifts if c != 0]
    for eq, r, c in moving:
        if (c > 0) != (moving[0][2] > 0):
            way = as_written(moving[0][1], moving[0][0])
            raise _BrokenError(3, eq, r, f"goes the other way than {way}")
    by_name = {eq.name: eq for eq in group}
    same_step: dict[str, list[str]] = {eq.name: [] for eq in group}
    for eq, r, c in shifts:
        if c == 0:
            same_step[eq.name].append(r.tensor)
    inner = components([eq.name for eq in group], same_step)
    for names in inner:
        for eq, r, c in shifts:
            if c == 0 and eq.name in names and r.tensor in names:
                moves = bool(moving) or group[0].indices[position].axis != BATCH
                raise _BrokenError(2 if moving else int(moves), eq, r, "is read in the same step")
    reverse = any(c > 0 for _, _, c in moving)
    return [
        change(
            eq, loop=eq.indices[places[eq.name]].axis, reverse=reverse, group=inner[0][0],
        )
        for eq in (by_name[names[0]] for names in inner)
    ]  # fmt: skip


def _places(group: list[Equation], names: set[str], position: int) -> dict[str, int]:
    """Where the loop index stands on each left side, following the reads from the first.

    Raises _BrokenError for a read that shows none, or another.
    """
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
            rank = int(left.axis != BATCH)
            if len(at) != 1:
                why = f"is not at {left.name} minus a whole number"
                raise _BrokenError(rank, eq, r, why if not at else f"moves twice with {left.name}")
            if r.tensor not in places:
                places[r.tensor] = at[0]
                todo.append(r.tensor)
            elif places[r.tensor] != at[0]:
                raise _BrokenError(rank, eq, r, f"has {left.name} at another place")
    return places


def _shifts(group: list[Equation], places: dict[str, int]) -> list[tuple[Equation, Read, int]]:
    """Every read of the cycle with c, where it reads the loop index plus c. Raises _BrokenError."""
    found = []
    for eq in group:
        left = eq.indices[places[eq.name]]
        for r in reads(eq.rhs):
            if r.tensor in places:
                c = shift(r.indices[places[r.tensor]], left)
                if c is None:
                    why = f"is not at {left.name} minus a whole number"
                    raise _BrokenError(int(left.axis != BATCH), eq, r, why)
                found.append((eq, r, c))
    return found
