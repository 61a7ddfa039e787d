"""An expression of scalars taken apart into elementary nodes: +, *, a·x, c + x, 1/x, functions."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..language.expr import (
    ONE,
    Add,
    Div,
    Expr,
    Fn,
    Iverson,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Read,
    Where,
    add,
    mul,
    num,
    replace,
    walk,
)

_LETTERS = "xyzuvw"


def arguments(count: int) -> tuple[str, ...]:
    """The names of a node's inputs in its function: x, y, z …"""
    return (
        tuple(_LETTERS[:count]) if count <= len(_LETTERS) else tuple(f"x{k}" for k in range(count))
    )


@dataclass
class Part:
    """A node before its numbers; a leaf has no function."""

    id: str
    op: str
    function: Expr | None
    inputs: tuple[str, ...]
    name: str = ""


@dataclass
class Splitting:
    """Splits equations in order; equal nodes are one node, ids are names or ``n1``, ``n2`` …"""

    nodes: list[Part] = field(default_factory=list)
    by_name: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[Expr, tuple[str, ...]], str] = field(default_factory=dict)

    def define(self, name: str, rhs: Expr) -> None:
        """One scalar equation ``name = rhs``."""
        made = self.node(rhs)
        part = next(p for p in self.nodes if p.id == made)
        if part.function is not None and not part.name:
            part.name = name
        self.by_name[name] = made

    def node(self, e: Expr) -> str:
        """The node that computes ``e`` (a constant alone becomes a leaf)."""
        made = self.go(e)
        if isinstance(made, str):
            return made
        return self.put("constant", made, ())

    def put(self, op: str, function: Expr | None, inputs: tuple[str, ...], leaf: str = "") -> str:
        if function is not None:
            key = (function, inputs)
            if key in self.seen:
                return self.seen[key]
        made = leaf or f"n{sum(p.function is not None for p in self.nodes) + 1}"
        self.nodes.append(Part(made, op, function, inputs, leaf))
        if function is not None:
            self.seen[(function, inputs)] = made
        return made

    def go(self, e: Expr) -> str | Expr:
        """A node's id, or a constant expression."""
        if isinstance(e, Read):
            return self._leaf(e)
        if not any(isinstance(x, Read) for x in walk(e)):
            return e
        if isinstance(e, Add):
            return self._sum(e)
        if isinstance(e, Mul):
            return self._product(e)
        if isinstance(e, Neg):
            return self._scale(num(-1), self.node(e.arg))
        if isinstance(e, Div):
            return self._quotient(e)
        if isinstance(e, Pow) and not any(isinstance(x, Read) for x in walk(e.exp)):
            return self._power(e)
        if isinstance(e, Fn):
            return self._call(e)
        return self._whole(e)

    def _leaf(self, e: Read) -> str:
        inside = ",".join(str(i.value) for i in e.indices if isinstance(i, Num))
        name = f"{e.tensor}[{inside}]" if e.indices else e.tensor
        if name not in self.by_name:
            self.by_name[name] = self.put("input", None, (), name)
        return self.by_name[name]

    def _sum(self, e: Add) -> str:
        """Left to right, two at a time; the constants are added together, where the first stood."""
        constant: list[Expr] = [a for a in e.args if not any(isinstance(x, Read) for x in walk(a))]
        moving = [a for a in e.args if a not in constant]
        minus = isinstance(moving[0], Neg)
        here = self.node(moving[0].arg if minus and len(moving) > 1 else moving[0])  # type: ignore[attr-defined]
        if minus and len(moving) > 1:  # -a + b
            here = self._scale(num(-1), here)
        for a in moving[1:]:
            if isinstance(a, Neg):
                both = (here, self.node(a.arg))
                here = self.put("-", Add((Name("x"), Neg(Name("y")))), both)
            else:
                here = self.put("+", Add((Name("x"), Name("y"))), (here, self.node(a)))
        return self._shift(add(constant), here) if constant else here

    def _shift(self, c: Expr, source: str) -> str:
        first = isinstance(c, Neg)
        shape = Add((Name("x"), c)) if first else Add((c, Name("x")))
        return self.put("shift", shape, (source,))

    def _scale(self, a: Expr, source: str) -> str:
        return self.put("scale", Mul((a, Name("x"))), (source,))

    def _product(self, e: Mul) -> str:
        constant = [a for a in e.args if not any(isinstance(x, Read) for x in walk(a))]
        moving = [a for a in e.args if a not in constant]
        here = self.node(moving[0])
        for a in moving[1:]:
            if isinstance(a, Div) and a.num == ONE:
                here = self.put("*", _xy(), (here, self._reciprocal(a.den)))
            else:
                here = self.put("*", _xy(), (here, self.node(a)))
        return self._scale(mul(constant), here) if constant else here

    def _quotient(self, e: Div) -> str:
        if not any(isinstance(x, Read) for x in walk(e.den)):
            inverse: Expr = Div(ONE, e.den)
            return self._scale(inverse, self.node(e.num))
        under = self._reciprocal(e.den)
        if e.num == ONE:
            return under
        if not any(isinstance(x, Read) for x in walk(e.num)):
            return self._scale(e.num, under)
        return self.put("*", _xy(), (self.node(e.num), under))

    def _reciprocal(self, e: Expr) -> str:
        return self.put("reciprocal", Div(ONE, Name("x")), (self.node(e),))

    def _power(self, e: Pow) -> str:
        if e.exp in (num(-1), Neg(ONE)):
            return self._reciprocal(e.base)
        return self.put("power", Pow(Name("x"), e.exp), (self.node(e.base),))

    def _call(self, e: Fn) -> str:
        args: list[Expr] = []
        inputs: list[str] = []
        for a in e.args:
            made = self.go(a)
            if isinstance(made, str):
                inputs.append(made)
                args.append(Name(f"?{len(inputs)}"))
            else:
                args.append(made)
        names = arguments(len(inputs))
        table: dict[Expr, Expr] = {Name(f"?{k + 1}"): Name(n) for k, n in enumerate(names)}
        return self.put(e.name, replace(Fn(e.name, tuple(args)), table), tuple(inputs))

    def _whole(self, e: Expr) -> str:
        """Cases and comparisons: one node over the entries they read."""
        reads = list(dict.fromkeys(x for x in walk(e) if isinstance(x, Read)))
        names = arguments(len(reads))
        shape = replace(e, {r: Name(n) for r, n in zip(reads, names, strict=True)})
        op = "where" if isinstance(e, Where | Iverson) else "power"
        return self.put(op, shape, tuple(self.node(r) for r in reads))


def _xy() -> Expr:
    return Mul((Name("x"), Name("y")))
