"""What a network's equations mean, one entry at a time: its loss, its outputs, every gradient.

It reads the text of a spec with its own `grammar`, and reckons on its own `tape`. The rules are
docs/language.md's: a read outside is 0, a false bracket is a strong zero, a dead branch is never
looked at, ties go to the first, equations are lifted over the samples, a recurrence starts from 0
or from what ``initial`` names.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import grammar
from .compiler import SAMPLE, Compiler
from .grammar import Equation, Node
from .tape import Num, Number, Tape, val

sys.setrecursionlimit(max(20_000, sys.getrecursionlimit()))


class Shape(NamedTuple):
    """A given tensor: its axes without the samples, whether it has samples, whether it is whole."""

    axes: tuple[str | int, ...]
    batch: bool
    integer: bool


class Result(NamedTuple):
    """``margin`` and ``fragile`` are the tape's: how narrow the decisions were."""

    loss: float
    gradients: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]
    margin: float
    fragile: bool


class Oracle:
    """The equations of one spec, ready to be evaluated at any data."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self.equations = {eq.name: eq for eq in grammar.equations(spec["equations"])}
        self.given = _declared(spec)
        self.sizes = axis_sizes(spec.get("axes", {}))
        self.twins = {a for a, size in spec.get("axes", {}).items() if size == SAMPLE}
        self.mixes = {name: self._mixes(eq) for name, eq in self.equations.items()}
        self.initial = dict(spec.get("initial", {}))
        self.batched = self._batched()
        self.loops = {name: self._loop(name) for name in self.initial}
        self.tape = Tape()
        self.known: dict[tuple[str, tuple[int, ...]], Number] = {}
        self.leaves: dict[str, dict[tuple[int, ...], Number]] = {}
        self.own: Collection[str] = ()
        self.loss: Number = 0
        self.code = {name: Compiler(self, eq).formula() for name, eq in self.equations.items()}

    # -- samples and loops -------------------------------------------------------------------------

    def _mixes(self, eq: Equation) -> bool:
        """Whether an equation names n, or a twin of n, as an index."""
        own = {SAMPLE, *self.twins}
        return bool(own & set(eq.indices)) or any(
            (e[0] == "name" and e[1] in own) or (e[0] == "reduce" and own & set(e[2]))
            for e in grammar.walk(eq.rhs)
        )

    def _batched(self) -> dict[str, bool]:
        """A tensor has samples when it names n on the left, or reads a tensor that has them."""
        made = {name: shape.batch for name, shape in self.given.items()}
        made |= {name: SAMPLE in eq.indices for name, eq in self.equations.items()}
        changed = True
        while changed:
            changed = False
            for name, eq in self.equations.items():
                read = tensors(eq) | ({self.initial[name]} if name in self.initial else set())
                if not made[name] and not self.mixes[name] and any(made.get(r) for r in read):
                    made[name] = changed = True
        return made

    def _loop(self, name: str) -> tuple[int, int]:
        """Where a recurrent tensor counts its steps, and in which direction it runs."""
        turn = [
            eq for eq in self.equations.values()
            if self._reaches(name, eq.name) and self._reaches(eq.name, name)
        ]  # fmt: skip
        # its own reads tell, or (v[i] = w[i+1], w[i] = v[i]) those of the others in its circle
        for members in ({name}, {eq.name for eq in turn}):
            for place in range(len(self.equations[name].indices)):
                shifts = [
                    _shift(e[2][place], eq)
                    for eq in turn
                    for e in grammar.walk(eq.rhs)
                    if e[0] == "read" and e[1] in members and place < len(e[2])
                ]
                if shifts and None not in shifts and any(shifts):
                    return place, 1 if max(s for s in shifts if s is not None) > 0 else -1
        return 0, -1

    def _reaches(self, start: str, goal: str) -> bool:
        """Does ``start`` read ``goal``, directly or through others (or is it the same)?"""
        seen, todo = set(), [start]
        while todo:
            here = todo.pop()
            if here == goal:
                return True
            if here not in seen and here in self.equations:
                seen.add(here)
                todo += tensors(self.equations[here])
        return False

    # -- evaluation --------------------------------------------------------------------------------

    def run(
        self, data: Mapping[str, np.ndarray], batch: int, outputs: Sequence[str] = (),
        own: Collection[str] = (),
    ) -> Result:  # fmt: skip
        """Loss, gradients of every float parameter and input, and the tensors asked for.

        The entries of the tensors in ``own`` are numbers of their own, so that their slopes can be
        asked for (`slopes`).
        """
        self.own = own
        self.sizes[SAMPLE] = batch
        self.sizes |= dict.fromkeys(self.twins, batch)
        self.tape, self.known, self.leaves = Tape(), {}, {}
        for name, array in data.items():
            whole = self.given[name].integer
            made = (int if whole else self.tape.leaf, array)
            self.leaves[name] = {at: made[0](array[at].item()) for at in np.ndindex(array.shape)}
        loss = self.loss = self.tape.add([self._combined(batch), *self._penalties()])
        self.tape.backward(loss)
        slopes = {
            name: self._slopes(name, np.shape(array))
            for name, array in data.items()
            if not self.given[name].integer
        }
        shown = {name: self._array(name, batch) for name in outputs}
        margin, fragile = self.tape.margin, self.tape.fragile
        undefined = self.tape.undefined or self._ill_beyond(batch)
        return Result(math.nan if undefined else val(loss), slopes, shown, margin, fragile)

    def _ill_beyond(self, batch: int) -> bool:
        """Whether an entry that nothing reads has no slope: every entry of a tensor is computed."""
        read = len(self.tape.nodes)
        for name in {name for name, _ in self.known}:
            self._array(name, batch)
        beyond = self.tape.nodes[read:]
        return any(not math.isfinite(slope) for node in beyond for _, slope in node.parents)

    def _combined(self, batch: int) -> Number:
        name = self.spec.get("loss", "L")
        if not self.batched[name]:
            return self.entry(name, ())
        total = self.tape.add([self.entry(name, (k,)) for k in range(batch)])
        return total if self.spec.get("batch") == "sum" else self.tape.div(total, batch)

    def _penalties(self) -> list[Number]:
        made = []
        for use in self.spec.get("penalty", ()):
            ((kind, options),) = use.items()
            matrices = [n for n, s in _declared(self.spec, "parameters").items() if len(s.axes) > 1]
            of = options.get("of", matrices)
            for name in [of] if isinstance(of, str) else of:
                square = {"l1": "abs", "l2": "square"}[kind]
                parts = [self.tape.call(square, [v]) for v in self.leaves[name].values()]
                made.append(self.tape.mul(float(options["rate"]), self.tape.add(parts)))
        return made

    def _slopes(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        made = np.zeros(shape)
        for at, leaf in self.leaves[name].items():
            assert isinstance(leaf, Num)
            made[at] = leaf.grad
        return made

    def _array(self, name: str, batch: int) -> np.ndarray:
        made = np.zeros(self.shape(name))
        for at in np.ndindex(made.shape):
            made[at] = val(self.entry(name, at))
        return made

    def shape(self, name: str) -> tuple[int, ...]:
        if name in self.leaves:
            axes = self.given[name].axes
            own = tuple(a if isinstance(a, int) else self.sizes[a] for a in axes)
            return (self.sizes[SAMPLE], *own) if self.given[name].batch else own
        own = tuple(self.sizes[i] for i in self.equations[name].indices)
        hidden = self.batched[name] and not self.mixes[name]
        return (self.sizes[SAMPLE], *own) if hidden else own

    def entry(self, name: str, at: tuple[int, ...]) -> Number:
        """One entry, the sample first; 0 or a start value outside the range."""
        key = (name, at)
        if key in self.known:
            return self.known[key]
        if not all(0 <= i < size for i, size in zip(at, self.shape(name), strict=True)):
            return self._outside(name, at)
        if name in self.leaves:
            return self.leaves[name][at]
        hidden = int(self.batched[name] and not self.mixes[name])
        env = dict(zip(self.equations[name].indices, at[hidden:], strict=True))
        if hidden:
            env[SAMPLE] = at[0]
        made = self.code[name](env)
        self.known[key] = self.tape.own(made) if name in self.own else made
        return self.known[key]

    def _outside(self, name: str, at: tuple[int, ...]) -> Number:
        if name not in self.initial:
            return 0
        place, direction = self.loops[name]
        place += int(self.batched[name] and not self.mixes[name])
        before = at[place] < 0 if direction < 0 else at[place] >= self.shape(name)[place]
        if not before:
            return 0
        start = self.initial[name]
        rest = at[:place] + at[place + 1 :]
        samples, own = rest[: int(self.batched[name])], rest[int(self.batched[name]) :]
        sample = samples if self.batched[start] else ()  # the last axes of a step, same sample
        return self.entry(start, sample + own[len(own) + len(sample) - len(self.shape(start)) :])


def _declared(spec: Mapping[str, Any], only: str = "") -> dict[str, Shape]:
    made = {}
    for kind in ("input", "target", "parameters", "constants"):
        for name, shape in spec.get(kind, {}).items() if kind.startswith(only) else ():
            form = shape if isinstance(shape, Mapping) else {"shape": shape}
            batch = kind in ("input", "target")
            made[name] = Shape(tuple(form["shape"]), batch, "integer" in form)
    return made


def axis_sizes(axes: Mapping[str, int | str]) -> dict[str, int]:
    """Every declared size as a number: given, a twin's, or reckoned from others."""
    made: dict[str, int] = {}
    for name, size in axes.items():
        if isinstance(size, int):
            made[name] = size
        elif size != SAMPLE:
            made[name] = _whole(grammar.expression(size), made)
    return made


def _whole(e: Node, sizes: Mapping[str, int]) -> int:
    kind = e[0]
    if kind == "num":
        return int(e[1])
    if kind in ("name", "size"):
        return sizes[e[1]]
    parts = [_whole(c, sizes) for c in grammar.children(e)]
    if kind == "neg":
        return -parts[0]
    if kind == "//":
        return parts[0] // parts[1]
    return sum(parts) if kind == "+" else math.prod(parts)


def tensors(eq: Equation) -> set[str]:
    """The tensors an equation reads: with indices, or alone where no index is called so."""
    found: set[str] = set()

    def look(e: Node, bound: frozenset[str]) -> None:
        if e[0] == "reduce":
            bound |= set(e[2])
        if e[0] == "read" or (e[0] == "name" and e[1] not in bound):
            found.add(e[1])
        for child in grammar.children(e):
            look(child, bound)

    look(eq.rhs, frozenset(eq.indices))
    return found


def _shift(index: Node, eq: Equation) -> int | None:
    """c where an index is one of the left side's, plus c."""
    if index[0] == "name" and index[1] in eq.indices:
        return 0
    if index[0] == "+" and len(index[1]) == 2 and index[1][0][0] == "name":
        step = index[1][1]
        if index[1][0][1] in eq.indices and step[0] == "num":
            return int(step[1])
        if index[1][0][1] in eq.indices and step[0] == "neg" and step[1][0] == "num":
            return -int(step[1][1])
    return None
