"""Which constructs a network really contains: read off its equations, not off what was intended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from . import grammar
from .draw_functions import CORNERED, PLAIN
from .grammar import Equation, Node
from .oracle import SAMPLE, Oracle, tensors

REDUCTIONS = tuple(op + c for op in grammar.REDUCTIONS for c in ("", "|"))
NORMALISERS = tuple(op + c for op in grammar.NORMALISERS for c in ("", "|"))
CONSTRUCTS = (
    *REDUCTIONS, *NORMALISERS,
    "where", "nested_where", "bracket", "guard", "chained", "and", "or", "not",
    "affine", "strided", "reversed", "diagonal", "gathered", "computed_index", "outside",
    "integer_value", "computed_value", "index_value", "size_value", "whole_number",
    "constant_function", "function", "kink", "power", "zero_power", "divide", "xlogy",
    "tie", "leaky_corner", "prod_zero", "empty_sum", "mask", "minus_inf", "nested", "shadow",
    "recurrence", "backwards", "mutual", "start", "computed_start", "batch_statistic", "twin",
    "constant", "rank0", "size1", "inputs", "outputs", "shared", "distribution", "class_number",
    "penalty", "batch_sum",
)  # fmt: skip
_HARD = ("log", "ln", "sqrt", "power", "log1p", "asin", "acos", "atanh", "acosh")


def census(spec: Mapping[str, Any], data: Mapping[str, str]) -> Counter[str]:
    """How often each of CONSTRUCTS occurs in a spec."""
    found = _Census(Oracle(spec), data)
    for eq in found.o.equations.values():
        found.equation(eq)
    found.structure()
    return found.counts


class _Census:
    def __init__(self, oracle: Oracle, data: Mapping[str, str]) -> None:
        self.o, self.data, self.spec = oracle, data, oracle.spec
        self.counts: Counter[str] = Counter()

    def add(self, name: str, really: Any = True) -> None:
        if really:
            self.counts[name] += 1

    # -- the network as a whole --------------------------------------------------------------------

    def structure(self) -> None:
        spec, o = self.spec, self.o
        readers: Counter[str] = Counter()
        for eq in o.equations.values():
            readers.update(tensors(eq))
        self.add("shared", any(readers[p] > 1 for p in spec.get("parameters", {})))
        given = {**spec.get("input", {}), **spec.get("parameters", {}), **spec.get("target", {})}
        bare = [s for s in given.values() if (s["shape"] if isinstance(s, Mapping) else s) == []]
        self.add(
            "rank0",
            bare or any(not eq.indices for eq in o.equations.values() if eq.name != spec["loss"]),
        )
        self.add("inputs", len(spec.get("input", {})) > 1)
        self.add("outputs", isinstance(spec.get("output"), list) and len(spec["output"]) > 1)
        self.add("size1", 1 in o.sizes.values())
        self.add("constant", spec.get("constants"))
        self.add("mask", any(k == "mask" for k in self.data.values()))
        self.add("distribution", "distribution" in self.data.values())
        targets = spec.get("target", {}).values()
        self.add("class_number", any(isinstance(s, Mapping) and "integer" in s for s in targets))
        self.add("penalty", spec.get("penalty"))
        self.add("batch_sum", spec.get("batch") == "sum")
        self.add("twin", o.twins)
        self.add("start", spec.get("initial"))
        self.add("computed_start", any(s in o.equations for s in o.initial.values()))

    # -- one equation ------------------------------------------------------------------------------

    def equation(self, eq: Equation) -> None:
        o, read = self.o, tensors(eq)
        looped = any(o._reaches(r, eq.name) for r in read)
        self.add("recurrence", looped)
        self.add("mutual", any(r != eq.name and o._reaches(r, eq.name) for r in read))
        for e in grammar.walk(eq.rhs):
            own = e[0] == "read" and o._reaches(e[1], eq.name)
            self.add(
                "backwards",
                own
                and any(i[0] == "+" and i[1][0][0] == "name" and i[1][1][0] == "num" for i in e[2]),
            )
            mixed = e[0] == "reduce" and SAMPLE in e[2]
            self.add("batch_statistic", mixed)
        self.visit(eq.rhs, frozenset(eq.indices))

    def visit(self, e: Node, bound: frozenset[str]) -> None:
        kind = e[0]
        if kind == "reduce":
            self.reduction(e, bound)
            bound |= set(e[2])
        elif kind == "read":
            self.read(e)
            self.indices(e, bound)
            return
        elif kind == "name":
            self.value_name(e[1], bound)
        elif kind in ("cmp", "and", "or", "not"):
            self.condition(e)
            self.inside_condition(e, bound)
            return
        elif kind in ("where", "bracket"):
            self.choice(e)
        else:
            self.arithmetic(e)
        for child in grammar.children(e):
            self.visit(child, bound)

    def inside_condition(self, e: Node, bound: frozenset[str]) -> None:
        """Indices that are compared are no values; tensors in a condition are read all the same."""
        for child in grammar.children(e):
            if child[0] in ("read", "reduce"):
                self.visit(child, bound)
            else:
                if child[0] in grammar.CONDITIONS:
                    self.condition(child)
                self.inside_condition(child, bound)

    def indices(self, e: Node, bound: frozenset[str]) -> None:
        for i in e[2]:
            for inner in grammar.walk(i):
                if inner[0] == "read":
                    self.read(inner)

    def reduction(self, e: Node, bound: frozenset[str]) -> None:
        op, names, cond, body = e[1:]
        self.add(op + ("|" if cond is not None else ""))
        self.add("nested", any(x[0] == "reduce" for x in grammar.walk(body)))
        self.add("shadow", op not in grammar.NORMALISERS and set(names) & bound)
        reads = [x for x in grammar.walk(body) if x[0] == "read"]
        on_grid = reads and all(self.data.get(x[1]) == "grid" for x in reads)
        self.add("tie", op[-3:] in ("max", "min") and on_grid)
        self.add(
            "prod_zero",
            op == "prod" and any(self.data.get(x[1]) in ("grid", "nonneg") for x in reads),
        )
        data = cond is not None and any(x[0] == "read" for x in grammar.walk(cond))
        self.add("empty_sum", op in ("sum", "prod") and data)

    def condition(self, e: Node) -> None:
        self.add("chained", e[0] == "cmp" and len(e[1]) > 1)
        self.add(e[0], e[0] in ("and", "or", "not"))

    def choice(self, e: Node) -> None:
        self.add(e[0])
        if e[0] == "where":
            self.add("nested_where", any(x[0] == "where" for b in e[2:] for x in grammar.walk(b)))
            infinite = (("const", "inf"), ("neg", ("const", "inf")))
            self.add("minus_inf", any(b in infinite for b in e[2:]))
            self.add("guard", any(self.dangerous(b) for b in e[2:]))

    def dangerous(self, e: Node) -> bool:
        return any(
            (x[0] == "fn" and x[1] in _HARD) or (x[0] == "/" and x[2][0] == "read")
            or (x[0] == "**" and x[2][0] != "num") for x in grammar.walk(e)
        )  # fmt: skip

    def read(self, e: Node) -> None:
        texts = [grammar.text(i) for i in e[2]]
        own = [t for i, t in zip(e[2], texts, strict=True) if i[0] == "name"]
        self.add("diagonal", len(set(own)) < len(own))
        for i in e[2]:
            inner = grammar.walk(i)
            reads = [x[1] for x in inner if x[0] == "read" or (x[0] == "name" and self.whole(x[1]))]
            self.add("computed_index", any(r in self.o.equations for r in reads))
            self.add("gathered", any(r not in self.o.equations for r in reads))
            if not reads and len(inner) > 1 and any(x[0] == "name" for x in inner):
                self.affine(i, inner)

    def whole(self, name: str) -> bool:
        shape = self.o.given.get(name)
        return (shape is not None and shape.integer) or name in self.o.equations

    def affine(self, i: Node, inner: list[Node]) -> None:
        """An index that is reckoned; minus an index runs backwards."""
        terms = i[1] if i[0] == "+" else (i,)
        minus = [t[0] == "neg" and any(x[0] == "name" for x in grammar.walk(t)) for t in terms]
        strided = any(x[0] in ("*", "//") for x in inner)
        self.add("strided", strided)
        self.add("reversed", any(minus))
        self.add("affine", not strided and not any(minus))
        far = max((int(x[1]) for x in inner if x[0] == "num"), default=0) >= 5
        self.add("outside", far or minus[0])

    def value_name(self, name: str, bound: frozenset[str]) -> None:
        if name in bound:
            self.add("index_value")
        elif name in self.o.given and self.o.given[name].integer:
            self.add("integer_value")

    def arithmetic(self, e: Node) -> None:
        kind, children = e[0], grammar.children(e)
        for c in children:
            self.add("whole_number", c[0] == "num" and c[1].isdigit())
            name = c[1] if c[0] in ("read", "name") else ""
            eq = self.o.equations.get(name)
            self.add("integer_value", name in self.o.given and self.o.given[name].integer)
            self.add("computed_value", (eq is not None and eq.rhs[0] == "reduce"
                                        and eq.rhs[1].startswith("arg")) or
                     (c[0] == "reduce" and c[1].startswith("arg")))  # fmt: skip
        self.add("size_value", kind == "size")
        self.add("divide", kind == "/" and e[2][0] in ("read", "name"))
        if kind == "**" or (kind == "fn" and e[1] == "power"):
            self.power(*children)
        if kind == "fn":
            self.function(e, children)

    def power(self, base: Node, exponent: Node) -> None:
        self.add("power")
        varies = any(x[0] in ("read", "name") for x in grammar.walk(exponent))
        zeros = base[0] in ("read", "name") and self.data.get(base[1]) in ("nonneg", "grid")
        self.add("zero_power", varies and zeros)

    def function(self, e: Node, args: list[Node]) -> None:
        name = e[1]
        self.add("function", name in PLAIN or name in CORNERED)
        self.add("kink", name in CORNERED)
        self.add("xlogy", name == "xlogy")
        inner = grammar.walk(e)
        reads = [x for x in inner if x[0] == "read" or (x[0] == "name" and x[1] in self.data)]
        self.add("constant_function", not reads and all(x[0] != "reduce" for x in inner))
        plain = args[0][0] in ("read", "name", "+", "neg", "*")
        on_grid = reads and all(self.data.get(x[1]) == "grid" for x in reads)
        self.add("leaky_corner", name in CORNERED and plain and on_grid)
