"""One equation as nested functions of its indices' values: what each construct means."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import grammar, tape
from .grammar import Equation, Node
from .tape import Number, Tape, val

if TYPE_CHECKING:
    from .oracle import Oracle

Env = dict[str, int]
Value = Callable[[Env], Any]
SAMPLE = "n"


class Compiler:
    """Compiles one equation; ``bound`` are the indices in scope."""

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

    # -- conditions --------------------------------------------------------------------------------

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

    # -- reductions --------------------------------------------------------------------------------

    def on_reduce(self, e: Node, bound: frozenset[str]) -> Value:
        o, op, names = self.o, e[1], e[2]
        inside = bound | set(names)
        cond = None if e[3] is None else self.truth(e[3], inside)
        body = self.value(e[4], inside)

        def runs(env: Env) -> list[tuple[tuple[int, ...], Number]]:
            """(position, value) of all entries that fit the condition, the last index fastest."""
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
