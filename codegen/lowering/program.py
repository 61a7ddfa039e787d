"""Derivation → Program: the statements of forward, predict, backward and kinks, in order.

A statement is (target, array expression, dimensions, equation numbers). Nothing is computed that
nobody reads, and the cache holds exactly what backward needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    Fn,
    Idx,
    Iverson,
    Logic,
    Mul,
    Name,
    Read,
    Reduce,
    Where,
    add,
    conjunction,
    indices,
    reads,
    replace,
    tensors,
)
from ...derive.language.functions import FUNCTIONS
from ...derive.language.parser import expression
from ...derive.network.network import Network
from ...derive.rewrite.domains import may_fail
from .arrays import Attr, Lib, Node, Val, calls, variables
from .computable import refuse
from .lower import Lowering, reads_float
from .passes.decide import decided
from .passes.numbers import factored, gathered
from .passes.table import ALL, Pass
from .prepare import numbers_on_paper, prepared, stable_network


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


@dataclass(frozen=True)
class Program:
    """``derivation`` is that of the code; ``plain`` is the network without any pass, in which the
    fans of a parameter do not depend on what has a name."""

    derivation: Derivation
    plain: Network
    forward: Function
    predict: Function
    backward: Function
    kinks: Function | None
    kink_names: tuple[str, ...]
    cache: tuple[str, ...]


def build(paper: Derivation, keep: Sequence[str] = (), passes: frozenset[Pass] = ALL) -> Program:
    """Lower a derivation; the cache holds ``keep`` as well, tensors of the forward pass.

    Raises ChalkgradError where a size is a symbol or a function abstract."""
    refuse(paper.network)
    d = prepared(paper, passes)
    network, numbers = d.network, numbers_on_paper(d, paper)
    steps = settled((s.equation for s in d.steps if not s.inlined), d, passes)
    grads = [d.adjoint(w) for w in d.wanted]
    back_names = needed(grads, steps)
    back = [eq for name, eq in steps.items() if name in back_names]
    asked = _for_inputs_alone(back, steps, d) if Pass.ASKED in passes else set()
    back.sort(key=lambda eq: eq.name in asked)
    forward_eqs = settled(d.forward, d, passes)
    read = (t for eq in back for t in tensors(eq.rhs) if t not in steps)
    outside = dict.fromkeys([*read, *keep])
    parameters = {t.name for t in network.parameters}
    constants = {t.name for t in network.constants}
    cache = tuple(_in_order(outside, network.tensors, parameters | constants))
    emit = Emitter(d, passes)
    forward = emit.function(
        _pick(forward_eqs, needed([network.loss, *cache], forward_eqs)), numbers
    )
    predict = emit.function(
        _pick(forward_eqs, needed(network.outputs or [network.output], forward_eqs)),
        numbers,
    )
    backward = emit.function(back, numbers, asked)
    if backward.uses("dtype") and not parameters:
        cache = _with_dtype(cache, network, backward)
    if backward.uses("N") and not any(network.tensors[c].batch for c in cache):
        cache = (*cache, "N")
    plain = stable_network(paper.network)
    kinks, names = _kinks(emit, forward_eqs, numbers, d)
    return Program(d, plain, forward, predict, backward, kinks, names, cache)


def _for_inputs_alone(
    back: Sequence[Equation], steps: Mapping[str, Equation], d: Derivation
) -> set[str]:
    """The adjoints that only gradients of inputs need, which few callers ask for."""
    parameters = needed([d.adjoint(t.name) for t in d.network.parameters], steps)
    return {eq.name for eq in back} - parameters


def _with_dtype(cache: tuple[str, ...], network: Network, backward: Function) -> tuple[str, ...]:
    """The cache with a float tensor in it: backward takes its dtype from there."""
    if any(network.tensors[c].integer is None for c in cache):
        return cache
    floats = [t.name for t in network.inputs if t.integer is None][:1]
    backward.reads.update(floats)
    return (*floats, *cache)


def _in_order(names: Iterable[str], known: Mapping[str, Tensor], left_out: set[str]) -> list[str]:
    order = {name: k for k, name in enumerate(known)}
    return sorted((n for n in names if n not in left_out), key=order.__getitem__)


def settled(
    equations: Iterable[Equation], d: Derivation, passes: frozenset[Pass] = frozenset()
) -> dict[str, Equation]:
    """Equations by name, without what the sizes decide: then nothing is kept that nobody reads."""
    made = {}
    for eq in equations:
        rhs = decided(eq.rhs, d.network.sizes, d.network.tensors)
        if Pass.FACTORED in passes:
            rhs = factored(rhs)
        if Pass.NUMBERS in passes:
            rhs = gathered(rhs, d.network.sizes)
        made[eq.name] = eq.with_rhs(rhs)
    return made


def needed(roots: Sequence[str], equations: Mapping[str, Equation]) -> set[str]:
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name in found or name not in equations:
            continue
        found.add(name)
        todo.extend(tensors(equations[name].rhs))
    return found


def _pick(equations: Mapping[str, Equation], names: set[str]) -> list[Equation]:
    return [eq for name, eq in equations.items() if name in names]


def emitter(d: Derivation) -> Emitter:
    """A fresh emitter over a derivation's tensors (for functions beside forward and backward)."""
    return Emitter(d)


_RESERVED = {"N", "dtype", "np", "params", "cache"}


class Emitter:
    """Turns equations into statements; one Lowering per equation, names unique per function."""

    def __init__(self, d: Derivation, passes: frozenset[Pass] = ALL) -> None:
        self.network, self.passes = d.network, passes
        self.tensors: dict[str, Tensor] = dict(d.network.tensors)
        self.taken: set[str] = set()

    def function(
        self, equations: Sequence[Equation], numbers: Mapping[str, tuple[int, ...]],
        asked: Collection[str] = (),
    ) -> Function:  # fmt: skip
        """The statements of some equations; those of ``asked``, the last, are not always needed."""
        made = Function()
        self.tensors = dict(self.network.tensors)  # what a loop hoists is this function's own
        self.taken = set(self.tensors) | _RESERVED  # names of this function's temporaries
        shared: list[tuple[str, Val]] = []
        lines: list[Statement | Loop] = []
        for group in _groups(equations, asked):
            if group[0].loop is None:
                self.statement(lines, group[0], numbers.get(group[0].name, ()), shared)
            else:
                self.loop(lines, group, numbers, shared)
            if group[0].name not in asked:
                made.always = len(lines)
        kept = _read(lines, {name for name, _ in shared})
        made.lines = [lines[k] for k in kept]
        made.always = sum(k < made.always for k in kept)
        _collect(made)
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
    ) -> None:  # fmt: skip
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
            low.fixed = {index: var}
            whole = self.tensors[eq.name].integer is not None
            made = low.equation(eq.indices, eq.rhs, whole)
            new = low.temporaries[len(known) :]
            body += [Statement(name, v.node, low.shapes[name]) for name, v in new]
            known = low.temporaries
            items = ", ".join(var if i == index else ":" for i in eq.indices)
            while items.endswith(", :"):
                items = items[:-3]
            step = self.shape(low, [i for i in eq.indices if i != index])
            body.append(Statement(f"{eq.name}[{items}]", made.node, step, numbers.get(eq.name, ())))
            dtype = "dtype" if self.tensors[eq.name].integer is None else "int"
            arrays.append((eq.name, self.shape(low, eq.indices), dtype))
        count = self.lowering([]).size_text(str(group[0].loop))
        lines.append(Loop(var, count, group[0].reverse, tuple(arrays), tuple(body)))

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


def _collect(f: Function) -> None:
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
    from .arrays import Lit, _children

    if isinstance(node, Lit):
        if "N" in node.text.replace("None", ""):
            f.reads.add("N")
        if node.text == "dtype":
            f.reads.add("dtype")
    for kid in _children(node):
        _texts(kid, f)


# -- kinks ---------------------------------------------------------------------------------------


def _kinks(
    emit: Emitter,
    equations: Mapping[str, Equation],
    numbers: Mapping[str, tuple[int, ...]],
    d: Derivation,
) -> tuple[Function | None, tuple[str, ...]]:
    """Statements for the side taken at every kink: a sign, a winner, the branch of a condition."""
    sides: list[tuple[tuple[Idx, ...], Expr, bool]] = []
    winners: list[str] = []
    live = needed([d.network.loss], equations)
    for eq in equations.values():
        if eq.name not in live:
            continue
        if isinstance(eq.rhs, Reduce) and eq.rhs.op in ("max", "min"):
            winners.append(f"{eq.name}_at")
        for e, tests in _counted(eq.rhs):
            for side, is_cond in _sides(e, emit.tensors):
                cond = conjunction(tests)
                if cond is not None and may_fail(side):
                    side = Where(cond, side, ZERO)
                free = tuple(indices(side))
                if (free, side, is_cond) not in sides:
                    sides.append((free, side, is_cond))
    if not sides and not winners:
        return None, ()
    roots = [*winners, *(t for _, side, _ in sides for t in tensors(side))]
    below = needed(roots, equations)
    made = emit.function(_pick(equations, below), numbers)
    names = list(winners)
    for k, (free, side, is_cond) in enumerate(sides):
        low = emit.lowering([])
        v = low.value(side)
        node = v.node if is_cond else Lib("sign", (Attr(low.as_float(v).node, "real"),))
        for name, t in low.temporaries:
            made.lines.append(Statement(name, t.node))
        names.append(f"side{k + 1}")
        made.lines.append(Statement(names[-1], node))
        del free
    _collect(made)
    return made, tuple(names)


def _counted(e: Expr, tests: tuple[Expr, ...] = ()) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """Every node, with the tests under which it counts."""
    yield e, tests
    for kid, own in conditional(e):
        yield from _counted(kid, (*tests, *own))


def _sides(e: Expr, known: Mapping[str, Tensor]) -> list[tuple[Expr, bool]]:
    if isinstance(e, Fn) and (f := FUNCTIONS.get(e.name)) is not None and f.kinks:
        args = {Name(a): v for a, v in zip(f.args, e.args, strict=True)}
        sides = [replace(expression(k), args) for k in f.kinks]
        return [(side, False) for side in sides if reads_float(side, known)]
    if isinstance(e, Where | Iverson) and reads_float(e.cond, known):
        return [(e.cond, True)]
    if isinstance(e, Reduce) and e.cond is not None and reads_float(e.cond, known):
        return [(e.cond, True)]
    return []
