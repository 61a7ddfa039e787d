"""Values of a derivation's lines by mpmath: ``D`` by differences, sums over three entries."""

from __future__ import annotations

from typing import Any

import mpmath

from chalkgrad.derive.language.expr import (
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
)
from chalkgrad.derive.language.functions import FUNCTIONS
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.steps.step_nodes import D

MP = mpmath.MPContext()
MP.dps = 30


class Board:
    """Values of lines: mpmath numbers by name, tensors as functions of the free ones."""

    def __init__(self, names: dict[str, Any], tensors: dict | None = None, size: int = 3) -> None:
        self.names, self.tensors, self.k = names, tensors or {}, size
        self.defined: dict[str, tuple[tuple[Idx, ...], Expr]] = {}

    def value(self, e: Expr, at: dict[Expr, int] | None = None) -> Any:
        at = at or {}

        def go(x: Expr) -> Any:
            return self.value(x, at)

        match e:
            case Num():
                return MP.mpf(e.value.numerator) / e.value.denominator
            case Idx():
                return at[e]
            case Name():
                return self.names[e.name]
            case Size():
                return self.k
            case Add():
                return sum(map(go, e.args))
            case Mul():
                return MP.fprod(map(go, e.args))
            case Neg():
                return -go(e.arg)
            case Div():
                return go(e.num) / go(e.den)
            case Pow():
                return go(e.base) ** go(e.exp)
            case Where():
                return go(e.a) if self.true(e.cond, at) else go(e.b)
            case Iverson():
                return MP.mpf(int(self.true(e.cond, at)))
            case Reduce(op="sum"):
                (i,) = e.idxs
                return sum(self.value(e.body, {**at, i: k}) for k in range(self.k))
            case Normal():
                (i,), (o,) = e.idxs, e.at
                parts = [MP.exp(self.value(e.body, {**at, i: k})) for k in range(self.k)]
                made = parts[at[o]] / sum(parts)
                return made if e.op == "softmax" else MP.log(made)
            case Read():
                return self.read(e.tensor, [int(go(i)) for i in e.indices])
            case D():
                return self.slope(e, at)
            case Fn():
                return self.call(e.name, [go(a) for a in e.args])
        if e == expression("pi"):
            return MP.pi
        raise TypeError(type(e))

    def read(self, name: str, at: list[int]) -> Any:
        if name in self.defined:
            indices, rhs = self.defined[name]
            return self.value(rhs, dict(zip(indices, at, strict=True)))
        here = self.tensors[name]
        for k in at:
            here = here[k]
        return here

    def true(self, c: Expr, at: dict[Expr, int]) -> bool:
        if hasattr(c, "args"):
            parts = [self.true(x, at) for x in c.args]
            return {"and": all(parts), "or": any(parts), "not": not parts[0]}[c.op]
        a, b = self.value(c.a, at), self.value(c.b, at)
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[
            c.op
        ]

    def call(self, name: str, args: list[Any]) -> Any:
        known = FUNCTIONS[name]
        if known.formula is None:
            return getattr(MP, name)(*args)
        inner = Board(dict(zip(known.args, args, strict=False)))
        return inner.value(expression(known.formula))

    def slope(self, e: D, at: dict[Expr, int]) -> Any:
        """A derivative as a number, by differences of the value alone."""
        if isinstance(e.wrt, Name):
            name = e.wrt.name
            return MP.diff(lambda x: Board({**self.names, name: x}).value(e.arg), self.names[name])
        assert isinstance(e.wrt, Read)
        places = [int(self.value(i, at)) for i in e.wrt.indices]

        def shifted(x: Any) -> Any:
            vector = list(self.tensors[e.wrt.tensor])
            vector[places[0]] = x
            other = Board(self.names, {**self.tensors, e.wrt.tensor: vector}, self.k)
            other.defined = self.defined
            return other.value(e.arg, at)

        return MP.diff(shifted, self.tensors[e.wrt.tensor][places[0]])
