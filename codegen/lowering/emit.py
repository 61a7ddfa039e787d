"""Equations as statements: one `Lowering` per equation, one pass over the steps per recurrence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as change

from ...derive.chainrule.derivation import Derivation
from ...derive.language.equation import Equation, Tensor
from ...derive.language.expr import (
    ZERO,
    Add,
    Cmp,
    Div,
    Expr,
    Idx,
    Iverson,
    Logic,
    Mul,
    Read,
    Reduce,
    Where,
    add,
    conjunction,
    indices,
    reads,
    tensors,
)
from ...derive.rewrite.domains import may_fail
from .arrays import Lit, Node, Val, calls, children, variables
from .lower import Lowering
from .passes.table import ALL, Pass


@dataclass(frozen=True)
class Statement:
    """``target = node``; ``shape`` and ``numbers``, the equations of the paper that it stands for,
    are the comment behind it."""

    target: str
    node: Node
    shape: str = ""
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Loop:
    """A recurrence: arrays allocated ahead, then one pass over the steps."""

    var: str
    count: str
    reverse: bool
    arrays: tuple[tuple[str, str, str], ...]  # (name, shape, dtype)
    body: tuple[Statement, ...]


@dataclass
class Function:
    """The body of one function of the module, with what it reads from outside.

    The first ``always`` lines are always computed, those behind them only where they are asked for.
    """

    lines: list[Statement | Loop] = field(default_factory=list)
    always: int = 0
    reads: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    def uses(self, name: str) -> bool:
        return name in self.reads


_RESERVED = {"N", "dtype", "np", "params", "cache"}


class Emitter:
    """Turns equations into statements; one Lowering per equation, names unique per function."""

    def __init__(self, d: Derivation, passes: frozenset[Pass] = ALL) -> None:
        self.network, self.passes = d.network, passes
        self.tensors: dict[str, Tensor] = dict(d.network.tensors)
        self.taken: set[str] = set()

    def function(
        self, equations: Sequence[Equation], numbers: Mapping[str, tuple[int, ...]],
        asked: Collection[str] = (), wanted: Collection[str] | None = None,
    ) -> Function:  # fmt: skip
        """The statements of some equations; those of ``asked``, the last, are not always needed.

        ``wanted`` are the tensors that are used behind the function: all of them where it is None.
        """
        made = Function()
        self.tensors = dict(self.network.tensors)  # what a loop hoists is this function's own
        self.taken = set(self.tensors) | _RESERVED  # names of this function's temporaries
        shared: list[tuple[str, Val]] = []
        lines: list[Statement | Loop] = []
        for group in _groups(equations, asked):
            if group[0].loop is None:
                self.statement(lines, group[0], numbers.get(group[0].name, ()), shared)
            else:
                steps = self._steps(group, equations, wanted)
                self.loop(lines, group, numbers, shared, steps)
            if group[0].name not in asked:
                made.always = len(lines)
        kept = _read(lines, {name for name, _ in shared})
        made.lines = [lines[k] for k in kept]
        made.always = sum(k < made.always for k in kept)
        collect(made)
        return made

    def lowering(self, shared: list[tuple[str, Val]]) -> Lowering:
        low = Lowering(self.network.sizes, self.tensors, taken=self.taken, passes=self.passes)
        low.temporaries = list(shared)
        return low

    def shape(self, low: Lowering, dims: Sequence[Idx]) -> str:
        inner = ", ".join(low.size_text(i.axis) for i in dims)
        return f"({inner},)" if len(dims) == 1 else f"({inner})"

    def statement(
        self, lines: list[Statement | Loop], eq: Equation, numbers: tuple[int, ...],
        shared: list[tuple[str, Val]],
    ) -> None:  # fmt: skip
        low = self.lowering(shared)
        whole = eq.name in self.tensors and self.tensors[eq.name].integer is not None
        made = low.equation(eq.indices, eq.rhs, whole)
        for name, v in low.temporaries[len(shared) :]:
            lines.append(Statement(name, v.node, low.shapes[name]))
        shared[:] = low.temporaries
        lines.append(Statement(eq.name, made.node, self.shape(low, made.dims), numbers))

    def loop(
        self, lines: list[Statement | Loop], group: Sequence[Equation],
        numbers: Mapping[str, tuple[int, ...]], shared: list[tuple[str, Val]],
        steps: Collection[str],
    ) -> None:  # fmt: skip
        """One pass over the steps; what ``steps`` names is forgotten behind its own."""
        names = {eq.name for eq in group}
        stepped = [self._hoist(lines, eq, names, shared) for eq in group]
        letter = str(group[0].loop).split("@")[0]
        var = letter if letter not in self.tensors and letter != "N" else f"step_{letter}"
        body: list[Statement] = []
        arrays: list[tuple[str, str, str]] = []
        known: list[tuple[str, Val]] = []
        for eq in stepped:
            index = next(i for i in eq.indices if i.axis == eq.loop)
            low = self.lowering(shared)
            low.temporaries = list(known)
            low.fixed, low.steps = {index: var}, steps
            whole = self.tensors[eq.name].integer is not None
            made = low.equation(eq.indices, eq.rhs, whole)
            new = low.temporaries[len(known) :]
            body += [Statement(name, v.node, low.shapes[name]) for name, v in new]
            known = low.temporaries
            items = ", ".join(var if i == index else ":" for i in eq.indices)
            while items.endswith(", :"):
                items = items[:-3]
            step = self.shape(low, [i for i in eq.indices if i != index])
            target = eq.name if eq.name in steps else f"{eq.name}[{items}]"
            body.append(Statement(target, made.node, step, numbers.get(eq.name, ())))
            if eq.name in steps:
                continue
            dtype = "dtype" if self.tensors[eq.name].integer is None else "int"
            arrays.append((eq.name, self.shape(low, eq.indices), dtype))
        count = self.lowering([]).size_text(str(group[0].loop))
        lines.append(Loop(var, count, group[0].reverse, tuple(arrays), tuple(body)))

    def _steps(
        self, group: Sequence[Equation], equations: Sequence[Equation],
        wanted: Collection[str] | None,
    ) -> set[str]:  # fmt: skip
        """The tensors of a recurrence that only their own step reads: they need no array."""
        if wanted is None or Pass.STEPS not in self.passes:
            return set()
        own = {eq.name for eq in group}
        read = {t for eq in equations if eq.name not in own for t in tensors(eq.rhs)}
        for eq in group:
            step = next(i for i in eq.indices if i.axis == eq.loop)
            for r in reads(eq.rhs):
                at = [i for i in r.indices if i == step]
                plain = all(isinstance(i, Idx) for i in r.indices) and len(set(r.indices)) == len(
                    r.indices
                )
                if len(at) != 1 or not plain:
                    read.add(r.tensor)
        return own - read - set(wanted)

    def _hoist(
        self, lines: list[Statement | Loop], eq: Equation, names: set[str],
        shared: list[tuple[str, Val]],
    ) -> Equation:  # fmt: skip
        """What does not depend on the recurrence is computed once, ahead of the loop."""

        def name_it(e: Expr, tests: Sequence[Expr]) -> Expr:
            cond = conjunction([t for t in tests if not recurs(t)])
            if cond is not None and may_fail(e):
                e = Where(cond, e, ZERO)  # it is computed ahead of the tests around it
            free = list(indices(e))
            left = [i for i in eq.indices if i in free] + [i for i in free if i not in eq.indices]
            name, k = f"{eq.name}_x", 2
            while name in self.tensors:
                name, k = f"{eq.name}_x{k}", k + 1
            batch = bool(left) and left[0].axis == "n"
            self.tensors[name] = Tensor(name, "variable", tuple(i.axis for i in left), batch)
            self.statement(lines, Equation(name, tuple(left), e), (), shared)
            return Read(name, tuple(left))

        def recurs(e: Expr) -> bool:
            return any(r.tensor in names for r in reads(e))

        def waits(e: Expr, tests: Sequence[Expr]) -> bool:
            """Must it stay beside tests that only a step can answer?"""
            return may_fail(e) and any(map(recurs, tests))

        def visit(e: Expr, tests: Sequence[Expr]) -> Expr:
            if not recurs(e):
                simple = isinstance(e, Read) and all(isinstance(i, Idx) for i in e.indices)
                if simple or not e.children() or isinstance(e, Cmp | Logic | Iverson):
                    return e
                return e if waits(e, tests) else name_it(e, tests)
            if isinstance(e, Read):
                return e
            if isinstance(e, Add):
                rest = [a for a in e.args if not recurs(a)]
                if len(rest) > 1 and not waits(add(rest), tests):
                    own = [a for a in e.args if recurs(a)]
                    return add([name_it(add(rest), tests), *(visit(a, tests) for a in own)])
            parts = [(k, [*tests, *c]) for k, c in conditional(e)]
            return e.rebuild(tuple(k if isinstance(k, Idx) else visit(k, c) for k, c in parts))

        return change(eq, rhs=visit(eq.rhs, []))


def _groups(equations: Sequence[Equation], asked: Collection[str]) -> list[list[Equation]]:
    """The equations of a loop together, every other one alone."""
    groups: list[list[Equation]] = []
    for eq in equations:
        last = groups[-1][-1] if groups else None
        same = last is not None and last.loop and eq.loop and last.group == eq.group
        if same and last is not None and (last.name in asked) == (eq.name in asked):
            groups[-1].append(eq)
        else:
            groups.append([eq])
    return groups


def _read(lines: Sequence[Statement | Loop], parts: set[str]) -> list[int]:
    """Which lines stay: all but parts that nobody reads, as what they were made for fell away."""
    kept: list[int] = []
    wanted: set[str] = set()
    for k, line in reversed([*enumerate(lines)]):
        if isinstance(line, Statement) and line.target in parts - wanted:
            continue
        for s in line.body if isinstance(line, Loop) else (line,):
            wanted.update(variables(s.node))
        kept.append(k)
    return kept[::-1]


def conditional(e: Expr) -> list[tuple[Expr, list[Expr]]]:
    """The children of a node, each with the tests under which it counts."""
    if isinstance(e, Where):
        return [(e.cond, []), (e.a, [e.cond]), (e.b, [Logic("not", (e.cond,))])]
    if isinstance(e, Reduce) and e.cond is not None:
        return [(k, [e.cond] if k is e.body else []) for k in e.children()]
    top = e.num if isinstance(e, Div) else e
    factors = top.args if isinstance(top, Mul) else (top,)
    tests = [f.cond for f in factors if isinstance(f, Iverson)]
    return [(k, tests) for k in e.children()]


def collect(f: Function) -> None:
    """What the body reads and calls (loop variables and allocations included)."""
    for line in f.lines:
        for s in line.body if isinstance(line, Loop) else (line,):
            f.reads.update(variables(s.node))
            f.calls.update(calls(s.node))
            _texts(s.node, f)
        if isinstance(line, Loop):
            f.reads.add("dtype")
            for _, shape, _ in line.arrays:
                if "N" in shape:
                    f.reads.add("N")


def _texts(node: Node, f: Function) -> None:
    """Names inside literal shapes: the batch and the dtype."""
    if isinstance(node, Lit):
        if "N" in node.text.replace("None", ""):
            f.reads.add("N")
        if node.text == "dtype":
            f.reads.add("dtype")
    for kid in children(node):
        _texts(kid, f)
