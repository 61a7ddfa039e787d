"""The Hessian in numbers: exact entries at the worked example, and the steps of Newton from it.

40 digits throughout (`derive.values.entries`), so that what is printed is rounded from the true
value. For networks with few parameters; large ones are for the generated module
(``codegen.targets.numpy.second``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from ..chainrule.sample import combined, mixes_samples, per_sample
from ..chainrule.second import hessian_rows
from ..chainrule.sweep import derive
from ..language.errors import ChalkgradError
from ..network.network import Network
from ..values import entries
from ..values.entries import Entry, Exact, Number, nested, number, places

LARGEST = 64  # parameters
SINGULAR = number("1e-25")  # smallest eigenvalue over the largest one, by size
DAMPINGS = range(-3, 13)  # powers of ten that are tried
_MP = entries._MP


@dataclass(frozen=True)
class NewtonStep:
    """One step d with (H + damping·I) d = −g: the direction and the loss around it.

    ``step`` and ``after`` (the new numbers) are in the order of `Curvature.entries`."""

    damping: Number
    step: tuple[Number, ...]
    after: tuple[Number, ...]
    loss_before: Number
    loss_after: Number


class Curvature:
    """Gradient and Hessian of a network's loss by the entries of some parameters, exact.

    ``entries`` are their order: of ``names`` one after the other, or as given. ``samples`` of
    several are combined as the loss combines them (their mean or sum).

    Raises ChalkgradError without numbers, for too many parameters, and where the loss of several
    samples is not the mean or the sum of theirs.
    """

    def __init__(self, network: Network, names: Sequence[str], order: Sequence[Entry] = ()) -> None:
        self.network, self.names = network, tuple(names)
        self.d = per_sample(derive(network))
        known = [(n, at) for n in self.names for at in places(self.d.network, n)]
        self.entries: tuple[Entry, ...] = tuple(order) or tuple(known)
        if len(self.entries) > LARGEST:
            what = f"{len(self.entries)} parameters; numbers are printed up to {LARGEST}"
            raise ChalkgradError(what, where="hessian", hint="by: [blocks, derived]")
        self.samples, self.weight = _samples(network)
        seconds = {n: hessian_rows(self.d, n, self.names[k:]) for k, n in enumerate(self.names)}
        self._names = {(n, w): e for n, s in seconds.items() for w, e in s.results}
        self._firsts = [Exact(self.d, v) for v in self.samples]
        self._seconds = [
            {n: Exact(s.derivation, v) for n, s in seconds.items()} for v in self.samples
        ]

    # -- values --------------------------------------------------------------------------------

    @cached_property
    def loss(self) -> Number:
        return self._loss(self._firsts)

    def _loss(self, firsts: Sequence[Exact]) -> Number:
        return self._total([e(self.d.of) for e in firsts])

    def _total(self, parts: Sequence[Number]) -> Number:
        return _MP.fsum(parts) * self.weight

    def at(self, entry: Entry) -> Number:
        """The parameter's number."""
        return self._firsts[0](entry[0], *entry[1])

    def first(self, entry: Entry) -> Number:
        """∂loss/∂entry."""
        name, at = entry
        return self._total([e(self.d.adjoint(name), *at) for e in self._firsts])

    def second(self, a: Entry, b: Entry) -> Number:
        """∂²loss/∂a∂b; of two parameters the row of the earlier one is derived."""
        if self.names.index(a[0]) > self.names.index(b[0]):
            a, b = b, a
        found = [rows[a[0]] for rows in self._seconds]
        return self._total([e(self._names[a[0], b[0]], *a[1], *b[1]) for e in found])

    @cached_property
    def gradient(self) -> tuple[Number, ...]:
        return tuple(self.first(e) for e in self.entries)

    @cached_property
    def hessian(self) -> tuple[tuple[Number, ...], ...]:
        """(parameters, parameters), symmetric."""
        count = len(self.entries)
        made: list[list[Any]] = [[None] * count for _ in range(count)]
        for i in range(count):
            for j in range(i, count):
                made[i][j] = made[j][i] = self.second(self.entries[i], self.entries[j])
        return tuple(map(tuple, made))

    @cached_property
    def eigenvalues(self) -> tuple[Number, ...]:
        """Ascending; those that are zero but for rounding are 0."""
        found = list(_MP.eigsy(_MP.matrix([list(r) for r in self.hessian]), eigvals_only=True))
        largest = max([abs(x) for x in found], default=number(0))
        return tuple(number(0) if abs(x) <= SINGULAR * largest else x for x in sorted(found))

    @property
    def singular(self) -> bool:
        return any(x == 0 for x in self.eigenvalues)

    @property
    def positive(self) -> bool:
        """Is the loss convex here: every eigenvalue above 0?"""
        return bool(self.eigenvalues[0] > 0)

    # -- steps ---------------------------------------------------------------------------------

    def newton(self, damping: Any = 0) -> NewtonStep:
        """The step with the given damping. Raises ChalkgradError where H + damping·I has no
        inverse. Source: Nocedal, Wright, Numerical Optimization (2006), ch. 3."""
        extra = number(damping)
        if any(abs(x + extra) <= SINGULAR * abs(self.eigenvalues[-1]) for x in self.eigenvalues):
            raise ChalkgradError("the Hessian has no inverse here", where="hessian",
                                 hint="a damped step has one: damping: 0.1")  # fmt: skip
        rows = [[x + (extra if i == j else 0) for j, x in enumerate(r)]
                for i, r in enumerate(self.hessian)]  # fmt: skip
        step = _MP.lu_solve(_MP.matrix(rows), _MP.matrix([-g for g in self.gradient]))
        after = [self.at(e) + x for e, x in zip(self.entries, step, strict=True)]
        return NewtonStep(extra, tuple(step), tuple(after), self.loss, self.loss_at(after))

    def damped(self) -> NewtonStep:
        """The step with the smallest damping 10^k, from 10^-3 on, for which H + damping·I is
        positive definite and the loss falls. Source: Marquardt (1963)."""
        tried = [number(10) ** k for k in DAMPINGS]
        convex = [x for x in tried if self.eigenvalues[0] + x > 0]
        for extra in convex:
            made = self.newton(extra)
            if made.loss_after < made.loss_before:
                return made
        return self.newton(convex[-1] if convex else tried[-1])

    def loss_at(self, values: Sequence[Number]) -> Number:
        """The loss with other numbers of the entries."""
        changed = dict(zip(self.entries, values, strict=True))
        moved = [Exact(self.d, self._with(v, changed)) for v in self.samples]
        return self._loss(moved)

    def _with(self, values: dict[str, Any], changed: dict[Entry, Number]) -> dict[str, Any]:
        exact = Exact(self.d, values)

        def entry(name: str, *at: int) -> Number:
            return changed.get((name, at), exact(name, *at))

        return values | {n: nested(self.d.network, n, partial(entry, n)) for n in self.names}


def _samples(network: Network) -> tuple[list[dict[str, Any]], Number]:
    """The values of every sample, and the weight of a sample's loss."""
    for t in network.tensors.values():
        if t.kind != "variable" and t.name not in network.values:
            raise ChalkgradError(
                f"no value for '{t.name}'", where="values", hint="give `values:` for numbers"
            )
    several = [t.name for t in network.tensors.values() if t.kind != "variable" and t.batch]
    count = max([len(network.values[n]) for n in several], default=1)
    if count == 1:
        return [dict(network.values)], number(1)
    how = combined(network)
    if not how or mixes_samples(network):
        raise ChalkgradError(
            "the numbers of a Hessian over several samples need a loss that is their mean or sum",
            where="hessian", hint="give values for one sample",
        )  # fmt: skip
    made = [
        {n: [v[k]] if n in several else v for n, v in network.values.items()} for k in range(count)
    ]
    return made, number(1) / count if how == "mean" else number(1)
