"""What a network's equations mean, one entry at a time: its loss, its outputs, every gradient.

It reads the text of a spec with its own `grammar`, and reckons on its own `tape`. The rules are
docs/language.md's: a read outside is 0, a false bracket is a strong zero, a dead branch is never
looked at, ties go to the first, equations are lifted over the samples, a recurrence starts from 0
or from what ``initial`` names.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import grammar, tape
from .grammar import Equation, Node
from .tape import Num, Number, Tape, val

sys.setrecursionlimit(max(20_000, sys.getrecursionlimit()))

Env = dict[str, int]
Value = Callable[[Env], Any]
SAMPLE = "n"


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
        self.code = {name: _Compiler(self, eq).formula() for name, eq in self.equations.items()}

    # -- samples and loops ----------------------------------------------------------------------------

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
        group = [eq for eq in self.equations.values() if self._reaches(name, eq.name)]
        for place in range(len(self.equations[name].indices)):
            shifts = [
                _shift(e[2][place], eq)
                for eq in group if self._reaches(eq.name, name)
                for e in grammar.walk(eq.rhs) if e[0] == "read" and e[1] == name
            ]  # fmt: skip
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

    # -- evaluation -----------------------------------------------------------------------------------

    def run(
        self, data: Mapping[str, np.ndarray], batch: int, outputs: Sequence[str] = ()
    ) -> Result:
        """Loss, gradients of every float parameter and input, and the tensors asked for."""
        self.sizes[SAMPLE] = batch
        self.sizes |= dict.fromkeys(self.twins, batch)
        self.tape, self.known, self.leaves = Tape(), {}, {}
        for name, array in data.items():
            whole = self.given[name].integer
            made = (int if whole else self.tape.leaf, array)
            self.leaves[name] = {at: made[0](array[at].item()) for at in np.ndindex(array.shape)}
        loss = self.tape.add([self._combined(batch), *self._penalties()])
        self.tape.backward(loss)
        slopes = {
            name: self._slopes(name, np.shape(array))
            for name, array in data.items()
            if not self.given[name].integer
        }
        shown = {name: self._array(name, batch) for name in outputs}
        return Result(val(loss), slopes, shown, self.tape.margin, self.tape.fragile)

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
        made = np.zeros(self._shape(name))
        for at in np.ndindex(made.shape):
            made[at] = val(self.entry(name, at))
        return made

    def _shape(self, name: str) -> tuple[int, ...]:
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
        if not all(0 <= i < size for i, size in zip(at, self._shape(name), strict=True)):
            return self._outside(name, at)
        if name in self.leaves:
            return self.leaves[name][at]
        env = dict(zip(self.equations[name].indices, at[-len(self.equations[name].indices) or len(at):], strict=True))  # fmt: skip
        if self.batched[name] and not self.mixes[name]:
            env[SAMPLE] = at[0]
        made = self.code[name](env)
        self.known[key] = made
        return made  # type: ignore[no-any-return]

    def _outside(self, name: str, at: tuple[int, ...]) -> Number:
        if name not in self.initial:
            return 0
        place, direction = self.loops[name]
        place += int(self.batched[name] and not self.mixes[name])
        before = at[place] < 0 if direction < 0 else at[place] >= self._shape(name)[place]
        if not before:
            return 0
        start = self.initial[name]
        rest = at[:place] + at[place + 1 :]
        return self.entry(start, rest[len(rest) - len(self._shape(start)) :])


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


class _Compiler:
    """One equation as nested functions of the indices' values."""

    def __init__(self, oracle: Oracle, eq: Equation) -> None:
        self.o, self.eq = oracle, eq

    def formula(self) -> Value:
        return self.value(self.eq.rhs, frozenset(self.eq.indices))

    def value(self, e: Node, bound: frozenset[str]) -> Value:
        return getattr(self, "on_" + _METHODS.get(e[0], e[0]))(e, bound)  # type: ignore[no-any-return]

    def on_num(self, e: Node, bound: frozenset[str]) -> Value:
        number = int(e[1]) if e[1].isdigit() else float(e[1])
        return lambda env: number

    def on_const(self, e: Node, bound: frozenset[str]) -> Value:
        number = {"pi": math.pi, "inf": math.inf}[e[1]]
        return lambda env: number

    def on_size(self, e: Node, bound: frozenset[str]) -> Value:
        sizes, axis = self.o.sizes, e[1]
        return lambda env: sizes[axis]

    def on_name(self, e: Node, bound: frozenset[str]) -> Value:
        name = e[1]
        if name in bound:
            return lambda env: env[name]
        return self.on_read(("read", name, ()), bound)

    def on_read(self, e: Node, bound: frozenset[str]) -> Value:
        o, name = self.o, e[1]
        places = [self.value(i, bound) for i in e[2]]
        if o.batched[name] and not o.mixes[self.eq.name]:
            return lambda env: o.entry(name, (env[SAMPLE], *[p(env) for p in places]))
        return lambda env: o.entry(name, tuple([p(env) for p in places]))

    def on_sum(self, e: Node, bound: frozenset[str]) -> Value:
        o, parts = self.o, [self.value(a, bound) for a in e[1]]
        return lambda env: o.tape.add([p(env) for p in parts])

    def on_neg(self, e: Node, bound: frozenset[str]) -> Value:
        o, part = self.o, self.value(e[1], bound)
        return lambda env: o.tape.neg(part(env))

    def on_product(self, e: Node, bound: frozenset[str]) -> Value:
        o, parts = self.o, [self.value(a, bound) for a in e[1]]
        zero = self.zero(e, bound)
        if zero is None:
            return lambda env: o.tape.prod([p(env) for p in parts])
        return lambda env: 0 if zero(env) else o.tape.prod([p(env) for p in parts])

    def on_ratio(self, e: Node, bound: frozenset[str]) -> Value:
        o, a, b = self.o, self.value(e[1], bound), self.value(e[2], bound)
        zero = self.zero(e, bound)
        if zero is None:
            return lambda env: o.tape.div(a(env), b(env))
        return lambda env: 0 if zero(env) else o.tape.div(a(env), b(env))

    def on_floor(self, e: Node, bound: frozenset[str]) -> Value:
        a, b = self.value(e[1], bound), self.value(e[2], bound)
        return lambda env: a(env) // b(env)

    def on_power(self, e: Node, bound: frozenset[str]) -> Value:
        o, a, b = self.o, self.value(e[1], bound), self.value(e[2], bound)
        return lambda env: o.tape.power(a(env), b(env))

    def on_fn(self, e: Node, bound: frozenset[str]) -> Value:
        o, name, parts = self.o, e[1], [self.value(a, bound) for a in e[2]]
        if name not in tape.SMOOTH and name not in tape.OTHER:
            raise ValueError(f"the oracle knows no function {name}")
        return lambda env: o.tape.call(name, [p(env) for p in parts])

    def on_where(self, e: Node, bound: frozenset[str]) -> Value:
        c, a, b = self.truth(e[1], bound), self.value(e[2], bound), self.value(e[3], bound)
        return lambda env: a(env) if c(env) else b(env)

    def on_bracket(self, e: Node, bound: frozenset[str]) -> Value:
        c = self.truth(e[1], bound)
        return lambda env: int(c(env))

    def zero(self, e: Node, bound: frozenset[str]) -> Value | None:
        """Whether a false bracket stands among the factors (or in a numerator): a strong zero."""
        if e[0] == "bracket":
            c = self.truth(e[1], bound)
            return lambda env: not c(env)
        inner = {"neg": e[1:2], "/": e[1:2], "*": e[1] if e[0] == "*" else ()}.get(e[0], ())
        tests = [z for z in (self.zero(a, bound) for a in inner) if z is not None]
        return (lambda env: any(z(env) for z in tests)) if tests else None

    # -- conditions -----------------------------------------------------------------------------------

    def truth(self, e: Node, bound: frozenset[str]) -> Value:
        if e[0] == "bracket":
            return self.truth(e[1], bound)
        if e[0] == "cmp":
            return self.compared(e, bound)
        if e[0] == "not":
            inner = self.truth(e[1], bound)
            return lambda env: not inner(env)
        parts = [self.truth(c, bound) for c in e[1]]
        every = all if e[0] == "and" else any
        return lambda env: every([p(env) for p in parts])

    def compared(self, e: Node, bound: frozenset[str]) -> Value:
        o, signs = self.o, e[1]
        parts = [self.value(a, bound) for a in e[2]]
        holds = {
            "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0), "==": (0,), "!=": (-1, 1),
        }  # fmt: skip

        def test(env: Env) -> bool:
            v = [p(env) for p in parts]
            pairs = zip(signs, v, v[1:], strict=False)
            return all([o.tape.side(a, b) in holds[s] for s, a, b in pairs])

        return test

    # -- reductions -----------------------------------------------------------------------------------

    def on_reduce(self, e: Node, bound: frozenset[str]) -> Value:
        o, op, names = self.o, e[1], e[2]
        inside = bound | set(names)
        cond = None if e[3] is None else self.truth(e[3], inside)
        body = self.value(e[4], inside)

        def runs(env: Env) -> list[tuple[tuple[int, ...], Number]]:
            """(position, value) of every entry the condition lets through, the last index fastest."""
            found, inner = [], dict(env)
            for at in itertools.product(*[range(o.sizes[i]) for i in names]):
                inner.update(zip(names, at, strict=True))
                if cond is None or cond(inner):
                    found.append((at, body(inner)))
            return found

        if op in grammar.NORMALISERS:
            return lambda env: _normal(o.tape, op, runs(env), tuple(env[i] for i in names))
        return lambda env: _reduced(o, op, names, runs(env))


_METHODS = {"+": "sum", "*": "product", "/": "ratio", "//": "floor", "**": "power"}


def _reduced(o: Oracle, op: str, names: Sequence[str], found: list[Any]) -> Number:
    t, values = o.tape, [v for _, v in found]
    if op == "sum":
        return t.add(values) if values else 0
    if op == "prod":
        return t.prod(values)
    if not values:
        return -math.inf if op == "logsumexp" else math.nan
    if op == "mean":
        return t.div(t.add(values), len(values))
    if op == "logsumexp":
        return _logsumexp(t, values)
    best, sign = 0, 1 if op.endswith("max") else -1
    for k in range(1, len(values)):
        if t.side(values[k], values[best]) == sign:
            best = k
    if not op.startswith("arg"):
        return values[best]
    flat = 0
    for i, k in zip(names, found[best][0], strict=True):
        flat = flat * o.sizes[i] + k
    return flat


def _logsumexp(t: Tape, values: Sequence[Number]) -> Number:
    """log of the sum of exponentials; nothing but -inf gives -inf, and slopes of 0."""
    top = max(val(v) for v in values)
    if top == -math.inf:
        return -math.inf
    parts = [math.exp(val(v) - top) for v in values]
    total = sum(parts)
    slopes = ((v, p / total) for v, p in zip(values, parts, strict=True))
    return t.made(top + math.log(total), *slopes)


def _normal(t: Tape, op: str, found: list[Any], own: tuple[int, ...]) -> Number:
    """softmax or log_softmax at the position ``own``; where the condition fails: 0, or -inf."""
    here = next((v for at, v in found if at == own), None)
    if here is None:
        return 0 if op == "softmax" else -math.inf
    total = _logsumexp(t, [v for _, v in found])
    if val(here) == -math.inf:
        return 0 if op == "softmax" else -math.inf
    log = t.add([here, t.neg(total)])
    return log if op == "log_softmax" else t.call("exp", [log])
