"""Equations as one statement each can compute: linear in its sums, elementwise otherwise.

An equation is split ahead of every elementary function whose argument contains a reduction, and at
reductions that occur twice. The parts get names (``h_in``) and equation numbers of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as change

from ....derive.chainrule.calculus import counted
from ....derive.chainrule.kept import winner_name
from ....derive.language.equation import BATCH, Equation, Tensor
from ....derive.language.expr import (
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
    Neg,
    Normal,
    Pow,
    Read,
    Reduce,
    Where,
    conjunction,
    fresh_index,
    indices,
    reads,
    refresh,
    replace,
    transform,
    walk,
)
from ....derive.rewrite.domains import has_pole, may_fail
from ....derive.rewrite.simplify import canonical

_LINEAR_REDUCTIONS = ("sum", "mean")
MAX_DEPTH = 8  # of functions inside each other within one equation


class Splitter:
    """Splits equations; ``tensors`` grows by the parts it names."""

    def __init__(
        self, tensors: Mapping[str, Tensor], loops: Mapping[str, Equation] | None = None
    ) -> None:
        self.tensors: dict[str, Tensor] = dict(tensors)
        self.loops = loops or {}  # the recurrences, tagged
        self.loop: Equation | None = None  # the one that is split
        self.stepped: set[str] = set()  # what its steps give, parts that read them among it
        self.made: list[Equation] = []
        self.eq: Equation
        self.known: dict[Expr, str] = {}
        self.tests: list[Expr] = []  # the conditions under which the place at hand counts

    def split(self, eq: Equation) -> list[Equation]:
        """The equation preceded by its parts."""
        self.made, self.eq, self.known = [], eq, {}
        if not isinstance(self, _Part):
            own = self.loop = self.loops.get(eq.name)
            loops = self.loops.values() if own is not None else ()
            self.stepped = {other.name for other in loops if own and other.group == own.group}
        rhs = self._repeated(transform(eq.rhs, self._standard))
        if _depth(rhs) > MAX_DEPTH and not isinstance(self, _Part):  # parts were made shallow
            rhs = self._shallow(rhs)
        if isinstance(rhs, Reduce) and rhs.op not in _LINEAR_REDUCTIONS:
            rhs = self._reduction(rhs)
            if rhs.op in ("max", "min"):
                self._winner(eq, rhs)
        elif isinstance(rhs, Normal) and _own_indices(rhs):
            rhs = self._normal(rhs)
        else:
            rhs = self.linear(rhs)
        return [*self.made, change(eq, rhs=rhs)]

    def _shallow(self, e: Expr) -> Expr:
        """Functions nested deep get names on the way: SymPy's derivative grows with the depth."""
        if isinstance(e, Where):  # a branch is never computed ahead of its test
            return e
        kids = e.children()
        made = e.rebuild(tuple(self._shallow(k) for k in kids)) if kids else e
        deep = isinstance(made, Fn | Pow) and _depth(made) >= MAX_DEPTH
        return self.named(made, "in") if deep else made

    def _standard(self, e: Expr) -> Expr:
        """A mean under a condition counts the true ones; a power by a tensor is a function."""
        if isinstance(e, Reduce) and e.op == "mean" and e.cond is not None:
            return Div(Reduce("sum", e.idxs, e.body, e.cond), counted(e))
        if isinstance(e, Pow) and any(isinstance(x, Read | Reduce) for x in walk(e.exp)):
            return Fn("power", (e.base, e.exp))
        return e

    # -- contexts ---------------------------------------------------------------------------

    def linear(self, e: Expr) -> Expr:
        """A place where a sum may stay: terms, factors, numerators, bodies of sums."""
        if isinstance(e, Add | Mul | Neg):
            masks = [f.cond for f in e.children() if isinstance(f, Iverson)]
            return self.under(masks if isinstance(e, Mul) else [], self._children, e)
        if isinstance(e, Div):
            return Div(self.linear(e.num), self.inside(e.den, "den"))
        if isinstance(e, Reduce):
            if e.op in _LINEAR_REDUCTIONS:
                body = self.under([e.cond] if e.cond is not None else [], self.linear, e.body)
                cond = None if e.cond is None else self.inside(e.cond, "cond")
                return Reduce(e.op, e.idxs, body, cond)
            return self.named(e, e.op)
        if isinstance(e, Normal):
            return self._normal_part(e)
        return self.inside(e, "in")

    def inside(self, e: Expr, suffix: str) -> Expr:
        """An argument of something that is not linear: a reduction in it gets a name."""
        if not _has_reduction(e):
            return e
        if isinstance(e, Reduce | Normal):
            return self.linear(self.named(e, suffix))
        if isinstance(e, Where):
            cond = self.inside(e.cond, suffix)
            a = self.under([e.cond], lambda k: self.inside(k, suffix), e.a)
            b = self.under([Logic("not", (e.cond,))], lambda k: self.inside(k, suffix), e.b)
            return Where(cond, a, b)
        if isinstance(e, Cmp | Logic | Iverson):
            return e.rebuild(tuple(self.inside(k, suffix) for k in e.children()))
        if isinstance(e, Fn):
            return Fn(e.name, tuple(self.argument(a, "in") for a in e.args))
        if isinstance(e, Pow):
            return Pow(self.argument(e.base, "base"), self.argument(e.exp, "exp"))
        if suffix == "den":
            return self.argument(e, "den")
        return self.linear(e)

    def argument(self, e: Expr, suffix: str) -> Expr:
        if not _has_reduction(e):
            return e
        if isinstance(e, Where | Fn | Pow):
            return self.inside(e, suffix)
        return self.named(e, suffix)

    def _children(self, e: Expr) -> Expr:
        return e.rebuild(tuple(self.linear(k) for k in e.children()))

    def under(self, tests: Sequence[Expr], visit: Callable[[Expr], Expr], e: Expr) -> Expr:
        """Visit a place that counts only where the tests hold."""
        self.tests.extend(tests)
        made = visit(e)
        del self.tests[len(self.tests) - len(tests) :]
        return made

    def _guarded(self, e: Expr) -> Expr:
        """A part is computed ahead of the tests around it: what is dangerous in it keeps them."""
        cond = conjunction(self._apart(e))
        if cond is None or not may_fail(e):
            return e
        if isinstance(e, Reduce):
            return Reduce(e.op, e.idxs, Where(cond, e.body, ZERO), e.cond)
        if isinstance(e, Normal):
            return Normal(e.op, e.at, e.idxs, Where(cond, e.body, ZERO), e.cond)
        return Where(cond, e, ZERO)

    def _apart(self, e: Expr) -> list[Expr]:
        """The tests that a part can keep: one that spans the steps of the recurrence it stands in
        is there before the first step, and cannot ask what a step will give."""
        own = self.loop
        if own is None or not any(
            isinstance(x, Reduce | Normal) and any(i.axis == own.loop for i in x.idxs)  # type: ignore[attr-defined]
            for x in walk(e)
        ):
            return self.tests
        return [t for t in self.tests if not any(r.tensor in self.stepped for r in reads(t))]

    # -- naming -----------------------------------------------------------------------------

    def named(self, e: Expr, suffix: str) -> Read:
        """Give a part its own equation and read it."""
        e = self._guarded(e)
        part, tensor, read = as_part(self.eq, self._name(f"{self.eq.name}_{suffix}"), e)
        key = canonical(part.rhs, part.indices)
        if key not in self.known:
            self.tensors[part.name] = tensor
            self.known[key] = part.name
            if any(r.tensor in self.stepped for r in reads(part.rhs)):
                self.stepped.add(part.name)
            outer = self.eq, self.made, self.known
            self.made.extend(_Part(self).split(part))
            self.eq, _, _ = outer
        return Read(self.known[key], read.indices)

    def _name(self, base: str) -> str:
        name, k = base, 2
        while name in self.tensors:
            name, k = f"{base}{k}", k + 1
        return name

    def _body(self, e: Reduce | Normal) -> Expr:
        """What a reduction runs over, by name; it counts only where the condition holds."""
        if isinstance(e.body, Read):
            return e.body
        tests = [] if e.cond is None else [e.cond]
        return self.under(tests, lambda body: self.named(body, "in"), e.body)

    def _reduction(self, e: Reduce) -> Reduce:
        body = self._body(e)
        cond = None if e.cond is None else self.inside(e.cond, "cond")
        return Reduce(e.op, e.idxs, body, cond)

    def _normal(self, e: Normal) -> Normal:
        body = self._body(e)
        cond = None if e.cond is None else self.inside(e.cond, "cond")
        return Normal(e.op, e.at, e.idxs, body, cond)

    def _normal_part(self, e: Normal) -> Read:
        """A softmax with a name of its own; ``softmax[k](z[k])`` read at a class c too."""
        suffix = "p" if e.op == "softmax" else "logp"
        if _own_indices(e):
            return self.named(e, suffix)
        at = [fresh_index(i.name, i.axis) for i in e.idxs if isinstance(i, Idx)]
        read = self.named(Normal(e.op, tuple(at), e.idxs, e.body, e.cond), suffix)
        made = replace(read, dict(zip(at, e.at, strict=True)))
        assert isinstance(made, Read)
        return made

    def _winner(self, eq: Equation, e: Reduce) -> None:
        """Beside ``T = max[…](…)`` its first winner ``T_at = argmax[…](…)``, kept for backward."""
        name = winner_name(eq.name)
        mapping: dict[Expr, Expr] = {i: fresh_index(i.name, i.axis) for i in eq.indices}
        rhs = refresh(replace(Reduce(f"arg{e.op}", e.idxs, e.body, e.cond), mapping))
        t = self.tensors[eq.name]
        self.tensors[name] = Tensor(name, "variable", t.axes, t.batch, integer="*")
        left = tuple(mapping[i] for i in eq.indices)
        self.made.append(Equation(name, left, rhs, eq.label, part_of=_owner(eq)))  # type: ignore[arg-type]

    def _repeated(self, e: Expr) -> Expr:
        """Name every reduction that occurs twice."""
        seen: dict[Expr, int] = {}
        found = [x for x in walk(e) if isinstance(x, Reduce)]
        if len(found) < 2:
            return e
        for x in found:
            key = canonical(x, ())
            seen[key] = seen.get(key, 0) + 1

        tests = any(isinstance(x, Iverson | Where) for x in walk(e))

        def visit(x: Expr) -> Expr:
            if isinstance(x, Reduce) and seen.get(canonical(x, ()), 0) > 1:
                # ahead of the tests around it nothing is computed that they keep out
                return x if tests and has_pole(x) else self.named(x, x.op)
            return x

        return transform(e, visit)


class _Part(Splitter):
    """The splitter of a part: shares the tensors of its parent."""

    def __init__(self, parent: Splitter) -> None:
        super().__init__({}, parent.loops)
        self.tensors, self.loop, self.stepped = parent.tensors, parent.loop, parent.stepped


def as_part(eq: Equation, name: str, e: Expr) -> tuple[Equation, Tensor, Read]:
    """What stands in an equation as an equation of its own, and how it is read in its place."""
    free = list(indices(e))
    left = [i for i in eq.indices if i in free] + [i for i in free if i not in eq.indices]
    left.sort(key=lambda i: i.axis != BATCH)
    mapping = {i: fresh_index(i.name, i.axis) for i in left}
    rhs = refresh(replace(e, mapping))
    batch = bool(left) and left[0].axis == BATCH
    tensor = Tensor(name, "variable", tuple(i.axis for i in left), batch)
    part = Equation(name, tuple(mapping.values()), rhs, eq.label, part_of=_owner(eq))
    return part, tensor, Read(name, tuple(left))


def _owner(eq: Equation) -> str:
    return eq.part_of or eq.name


def _own_indices(e: Normal) -> bool:
    """Is a softmax read at different plain indices that its argument does not use itself?"""
    if not all(isinstance(i, Idx) for i in e.at) or len(set(e.at)) < len(e.at):
        return False
    inside = indices(Reduce("sum", e.idxs, e.body, e.cond))
    return not any(i in inside for i in e.at)


def _depth(e: Expr) -> int:
    """How deep functions are nested in each other."""
    own = int(isinstance(e, Fn | Pow))
    return own + max((_depth(k) for k in e.children()), default=0)


def _has_reduction(e: Expr) -> bool:
    return any(isinstance(x, Reduce | Normal) for x in walk(e))
