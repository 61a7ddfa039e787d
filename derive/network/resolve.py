"""From parsed equations to checked ones: names, fresh indices, axis sizes, the batch lift.

The rules are those of the equation language (docs/language.md). Every refusal shows its equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ..language.equation import BATCH, Equation, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import (
    Add,
    Expr,
    Fn,
    Idx,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Read,
    Reduce,
    Size,
    fresh_index,
    walk,
)
from ..language.fold import fold
from ..language.names import MODULE_MEMBERS
from ..language.parser import Parsed
from ..language.text import text
from .axes import Axes

MAX_NESTED = 24  # indices of reductions inside each other


@dataclass
class Scope:
    """Where an equation's names live: its layer (a suffix of axis ids) and its layer's options."""

    suffix: str = ""
    label: str = ""
    options: dict[str, Expr] = field(default_factory=dict)

    def axis(self, name: str) -> str:
        return BATCH if name == BATCH else f"{name}@{self.suffix}" if self.suffix else name


@dataclass
class Draft:
    """What `derive.network.layers` or a plain spec hands over: declared tensors and parsed
    equations."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    equations: list[tuple[Scope, Parsed]] = field(default_factory=list)
    axes: Axes = field(default_factory=Axes)
    twins: set[str] = field(default_factory=set)  # axis ids declared as twins of the batch
    where: str = ""


def resolve(
    draft: Draft, initial: Mapping[str, str] | None = None
) -> tuple[dict[str, Tensor], list[Equation]]:
    """Resolve every name, lift the batch, unite the axes. Raises ChalkgradError.

    ``initial`` names the start values of recurrences, which these read like any other tensor.
    """
    tensors = dict(draft.tensors)
    _check_names(draft)
    for scope, eq in draft.equations:
        if eq.name in tensors:
            kind = tensors[eq.name].kind
            raise _refuse(
                eq, f"'{eq.name}' is already {'defined' if kind == 'variable' else 'a ' + kind}"
            )
        names = _left_names(eq)
        axes = tuple(scope.axis(a) for a in names)
        tensors[eq.name] = Tensor(eq.name, "variable", axes, integer=_winner_axis(eq, scope))
    explicit = [_mentions_batch(eq, scope, draft) for scope, eq in draft.equations]
    _spread_batch(draft, tensors, explicit, initial or {})
    made = []
    for (scope, eq), mixes in zip(draft.equations, explicit, strict=True):
        made.append(_Resolver(draft, tensors, scope, eq, mixes).equation())
    return tensors, made


def _check_names(draft: Draft) -> None:
    """dx beside x would be the name of two things, and so would m_at beside a maximum m."""
    texts = {name: "" for name in draft.tensors} | {eq.name: eq.text for _, eq in draft.equations}
    for name, said in texts.items():
        stem = name[1:] if name.startswith("d") else ""
        stem = stem if stem in texts else name.removesuffix("_at") if name.endswith("_at") else ""
        if stem in texts:
            role = "the gradient" if name == f"d{stem}" else "the winner"
            shown = "\n    " + (said if len(said) <= 160 else said[:157] + "...") if said else ""
            raise ChalkgradError(
                f"'{name}' is the name of {role} of '{stem}'{shown}",
                where=f"equation {name}" if said else name,
                hint="rename one of them",
            )


def _refuse(eq: Parsed, what: str, hint: str = "") -> ChalkgradError:
    shown = eq.text if len(eq.text) <= 160 else eq.text[:157] + "..."
    return ChalkgradError(f"{what}\n    {shown}", where=f"equation {eq.name}", hint=hint)


def _left_names(eq: Parsed) -> list[str]:
    names: list[str] = []
    for i in eq.indices:
        if not isinstance(i, Name) or i.name == "...":
            raise _refuse(eq, "the left side takes plain index names")
        if i.name in names:
            raise _refuse(eq, f"the index {i.name} stands twice on the left")
        if i.name in MODULE_MEMBERS:  # it may become the variable of a loop
            what = f"'{i.name}' is a name that the generated module uses itself"
            raise _refuse(eq, what, "rename the index")
        names.append(i.name)
    return names


def _winner_axis(eq: Parsed, scope: Scope) -> str | None:
    """The range of ``b = argmax[k](…)``, which may be used as an index of k."""
    if not (isinstance(eq.rhs, Reduce) and eq.rhs.op in ("argmax", "argmin")):
        return None
    first, *more = eq.rhs.idxs
    return "*" if more or not isinstance(first, Name) else scope.axis(first.name)


def _mentions_batch(eq: Parsed, scope: Scope, draft: Draft) -> bool:
    """An equation that names n (or a twin of n) anywhere as an index mixes samples."""
    for expr in (*eq.indices, eq.rhs):
        for e in walk(expr):
            if isinstance(e, Name) and (e.name == BATCH or scope.axis(e.name) in draft.twins):
                return True
    return False


def _spread_batch(
    draft: Draft, tensors: dict[str, Tensor], explicit: list[bool], initial: Mapping[str, str]
) -> None:
    """A tensor is batched when its equation reads a batched one, or names n on the left."""
    readers: dict[str, list[int]] = {}
    queue: list[int] = []
    for k, (scope, eq) in enumerate(draft.equations):
        if explicit[k]:
            left = _left_names(eq)
            has = any(a == BATCH or scope.axis(a) in draft.twins for a in left)
            if has and left[0] != BATCH:
                raise _refuse(eq, "an equation that mixes samples writes n first on the left")
            tensors[eq.name] = replace(tensors[eq.name], batch=has)
        else:
            letters = frozenset(i.name for i in eq.indices if isinstance(i, Name))
            started = [initial[eq.name]] if eq.name in initial else []
            for name in (*_values(eq.rhs, letters), *started):
                readers.setdefault(name, []).append(k)
    queue = [k for name, t in tensors.items() if t.batch for k in readers.get(name, ())]
    while queue:
        _, eq = draft.equations[queue.pop()]
        t = tensors[eq.name]
        if not t.batch:
            tensors[eq.name] = replace(t, batch=True, axes=(BATCH, *t.axes))
            queue.extend(readers.get(eq.name, ()))


def _values(e: Expr, letters: frozenset[str]) -> Iterator[str]:
    """Names that may be tensors: read with indices, or alone where no index is called so."""
    if isinstance(e, Reduce | Normal):
        letters |= {i.name for i in e.idxs if isinstance(i, Name)}
    if isinstance(e, Read):
        yield e.tensor
    elif isinstance(e, Name) and e.name not in letters:
        yield e.name
    for child in e.children():
        yield from _values(child, letters)


class _Resolver:
    """Resolves one equation."""

    def __init__(
        self, draft: Draft, tensors: dict[str, Tensor], scope: Scope, eq: Parsed, mixes: bool
    ) -> None:
        self.axes, self.tensors, self.scope, self.eq = draft.axes, tensors, scope, eq
        self.mixes, self.twins, self.depth = mixes, draft.twins, 0
        self.sample = fresh_index(BATCH, BATCH)
        self.where = f"equation {eq.name}"

    def equation(self) -> Equation:
        env = {}
        for i in self.eq.indices:
            assert isinstance(i, Name)
            env[i.name] = fresh_index(i.name, self.scope.axis(i.name))
        left: tuple[Idx, ...] = tuple(env.values())
        if self.tensors[self.eq.name].batch and not self.mixes:
            left = (self.sample, *left)
        rhs = self.expr(self.eq.rhs, env)
        if self.scope.options:  # numbers that options put in; what a person wrote keeps its form
            rhs = fold(rhs)
        return Equation(self.eq.name, left, rhs, self.scope.label, self.eq.text)

    def refuse(self, what: str, hint: str = "") -> ChalkgradError:
        return _refuse(self.eq, what, hint)

    def expr(self, e: Expr, env: dict[str, Idx]) -> Expr:
        if isinstance(e, Name):
            return self.bare(e.name, env)
        if isinstance(e, Read):
            return self.read(e, env)
        if isinstance(e, Size):
            return Size(self.size_axis(e.axis, env))
        if isinstance(e, Reduce | Normal):
            return self.binder(e, env)
        kids = e.children()
        return e.rebuild(tuple(self.expr(k, env) for k in kids)) if kids else e

    def size_axis(self, name: str, env: dict[str, Idx]) -> str:
        if name == BATCH:
            return BATCH
        axis = env[name].axis if name in env else self.scope.axis(name)
        self.axes.parent.setdefault(axis, axis)
        return axis

    def bare(self, name: str, env: dict[str, Idx]) -> Expr:
        tensor = self.tensors.get(name)
        rank0 = tensor is not None and len(tensor.axes) == int(tensor.batch)
        if name in env:
            if rank0 and name not in self.scope.options and not self.scope.suffix:
                raise self.refuse(
                    f"'{name}' is both an index here and a tensor of rank 0", "rename one of them"
                )
            return env[name]
        if name in self.scope.options:
            return self.scope.options[name]
        if tensor is None:
            known = [*self.tensors, *env, *self.scope.options]
            how = f"{suggest(name, known)}; an index is bound on the left or by sum[…](…)"
            if name == BATCH:
                how = f"{self.binding(name)}; the number of samples is size[n]"
            raise self.refuse(f"'{name}' is neither an index in scope nor a tensor", how)
        return self.read(Read(name, ()), env)

    def read(self, e: Read, env: dict[str, Idx]) -> Expr:
        tensor = self.tensors.get(e.tensor)
        if tensor is None:
            raise self.refuse(f"there is no tensor '{e.tensor}'", suggest(e.tensor, self.tensors))
        idxs: list[Expr] = [self.index(i, env) for i in e.indices]
        if tensor.batch and not self.mixes:
            idxs.insert(0, self.sample)
        if tensor.batch and self.mixes and len(idxs) == len(tensor.axes) - 1:
            raise self.refuse(
                f"'{e.tensor}' has the batch axis, and this equation mixes samples",
                f"write n first: {e.tensor}[n{''.join(',…' for _ in idxs)}]",
            )
        if len(idxs) != len(tensor.axes):
            own = tensor.axes[int(tensor.batch) :]
            letters = [a.split("@")[0].split(":")[0] if ":" not in a else "…" for a in own]
            raise self.refuse(
                f"'{e.tensor}' has {len(own)} axes, but is read with {len(e.indices)}",
                f"write {e.tensor}[{','.join(letters)}]" if own else f"write {e.tensor} alone",
            )
        self.samples_first(e.tensor, tensor, idxs)
        hidden = int(tensor.batch and not self.mixes)  # the sample, which was not written
        for position, (i, axis) in enumerate(zip(idxs, tensor.axes, strict=True)):
            if isinstance(i, Idx):
                place = position + 1 - hidden
                who = f"{self.where} reads {e.tensor} with {i.name} at position {place}"
                try:
                    self.axes.union(axis, i.axis, who)
                except ChalkgradError as err:
                    hint = self.longer(e, position, axis, i) or err.hint
                    raise self.refuse(err.what, hint) from None
        return Read(e.tensor, tuple(idxs))

    def longer(self, e: Read, position: int, axis: str, index: Idx) -> str:
        """What to write where the first entries of a longer axis are meant."""
        long, short = self.axes.size(axis), self.axes.size(index.axis)
        if not (isinstance(long, int) and isinstance(short, int) and long > short):
            return ""
        own = [text(i) for i in e.indices]
        own[position - (len(own) < len(self.tensors[e.tensor].axes))] += "+0"
        return (
            f"{e.tensor}[{','.join(own)}] reads the first {short} of {long}; "
            "else give the two axes different index names"
        )

    def samples_first(self, name: str, tensor: Tensor, idxs: list[Expr]) -> None:
        """n (or a twin of n) reads the batch axis, which is the first, and no other."""
        for position, i in enumerate(idxs):
            over = any(
                isinstance(x, Idx) and (x.axis == BATCH or x.axis in self.twins) for x in walk(i)
            )
            own = tensor.axes[position] if position < len(tensor.axes) else ""
            counts = own == BATCH or own in self.twins
            if counts and not isinstance(i, Idx):
                raise self.refuse(
                    f"the samples of '{name}' are read with index arithmetic; they have no order",
                    f"read it with n or a twin of n: {name}[n{',…' * (len(idxs) - 1)}]",
                )
            if not counts and not isinstance(i, Idx) and self.counts_samples(i):
                raise self.refuse(
                    f"place {position + 1} of '{name}' is read with arithmetic of an index that "
                    "counts samples; they have no order",
                    "an index over the samples stands alone, where the tensor has its samples",
                )
            if over and not counts and isinstance(i, Idx):
                what = (
                    f"'{name}' is read with {i.name} at place {position + 1}, which counts samples"
                )
                hint = f"n comes first: {name}[n,…]" if tensor.batch else f"'{name}' has no samples"
                raise self.refuse(what, hint)
            if tensor.batch and position == 0 and isinstance(i, Idx) and not over:
                raise self.refuse(
                    f"'{name}' has the batch axis, and this equation mixes samples",
                    f"write n first: {name}[n{',…' * (len(idxs) - 1)}]",
                )

    def counts_samples(self, e: Expr) -> bool:
        """Does an index over the samples stand in index arithmetic (not inside a gathered read)?"""
        if isinstance(e, Idx):
            return e.axis == BATCH or e.axis in self.twins
        return not isinstance(e, Read) and any(self.counts_samples(k) for k in e.children())

    def index(self, e: Expr, env: dict[str, Idx]) -> Expr:
        if isinstance(e, Name) and e.name not in env and e.name not in self.scope.options:
            tensor = self.tensors.get(e.name)
            if tensor is None or tensor.integer is None:
                raise self.refuse(f"the index {e.name} is not bound", self.binding(e.name))
        made = self.expr(e, env)
        self.check_index(made)
        return made

    def binding(self, name: str) -> str:
        """How an index comes into scope; samples are averaged rather than added."""
        if name != BATCH and self.scope.axis(name) not in self.twins:
            return f"write it on the left, or bind it: sum[{name}](…)"
        left = ",".join([name, *(i.name for i in self.eq.indices if isinstance(i, Name))])
        return f"bind it: mean[{name}](…), or write it on the left: {self.eq.name}[{left}] = …"

    def check_index(self, e: Expr) -> bool:
        """Whether an index expression depends on an index or on data; it must be affine in them."""
        if isinstance(e, Idx):
            return True
        if isinstance(e, Read):
            if self.tensors[e.tensor].integer is None:
                raise self.refuse(
                    f"'{e.tensor}' is used as an index but holds no integers",
                    f"declare it: {e.tensor}: {{shape: […], integer: AXIS}}",
                )
            return True
        whole = isinstance(e, Size | Add | Neg | Mul) or (
            isinstance(e, Fn) and e.name == "floor_div"
        )
        if not whole and not (isinstance(e, Num) and e.value.denominator == 1):
            raise self.refuse(
                "an index is whole-number arithmetic of indices", "such as 2*i + p - 1"
            )
        varies = [self.check_index(k) for k in e.children()]
        if isinstance(e, Mul | Fn) and sum(varies) > isinstance(e, Mul):
            raise self.refuse(
                "an index is not affine: indices are added and multiplied by numbers only",
                "say it with a condition: sum[h](x[h]*(h == …))",
            )
        return any(varies)

    def binder(self, e: Reduce | Normal, env: dict[str, Idx]) -> Expr:
        inner, fresh = dict(env), []
        self.depth += len(e.idxs)
        if self.depth > MAX_NESTED:
            raise self.refuse(f"over {MAX_NESTED} indices are bound inside each other")
        for i in e.idxs:
            assert isinstance(i, Name)
            if isinstance(e, Normal) and i.name not in env:
                raise self.refuse(
                    f"{e.op}[{i.name}] is read at the outer {i.name}, which is not in scope",
                    f"write p[{i.name}] = {e.op}[{i.name}](…)",
                )
            made = fresh_index(i.name, self.scope.axis(i.name))
            inner[i.name] = made
            fresh.append(made)
        if len(set(fresh)) != len({f.name for f in fresh}):
            raise self.refuse("an index is bound twice by one reduction")
        body = self.expr(e.body, inner)
        cond = None if e.cond is None else self.expr(e.cond, inner)
        self.depth -= len(e.idxs)
        if isinstance(e, Normal):
            at = tuple(env[i.name] for i in e.idxs if isinstance(i, Name))
            return Normal(e.op, at, tuple(fresh), body, cond)
        return Reduce(e.op, tuple(fresh), body, cond) if fresh else body
