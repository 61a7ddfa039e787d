"""A definition made concrete: absent parameters dropped, names made global, `...` spelled out.

A definition is written with local names; a use of it gets axis ids of its own and the names
``W0``, ``b0``, ``v0``, … (the k-th layer with weights) or ``W_a`` when it says ``as: a``. All of
this is data (`instance`); `derive.network.layers` adds it to the draft.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..language.errors import ChalkgradError, suggest
from ..language.expr import (
    Add,
    Expr,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Read,
    Reduce,
    Size,
    mul,
    replace,
    walk,
)
from ..language.parser import Parsed, expression
from ..spec.definition import Definition
from .layer_names import Plan
from .resolve import Scope

_POOL = ("t", "s", "r", "m", "h", "w", "c", "d", "e", "f", "g", "a", "b", "u", "z")
Shapes = Mapping[str, Sequence[str]]  # tensor -> its axis ids, without the batch


def size_option(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, int | str) else None


_TERM = re.compile(r"^(?:(not)\s+)?([A-Za-z]\w*)(?:\s*==\s*(\w+))?$")


def present(rule: str | None, options: Mapping[str, Any], where: str) -> bool:
    """``if: bias``, ``if: bias == shared``, ``if: not tied``, joined by ``and``."""
    if rule is None:
        return True
    for part in rule.split(" and "):
        match = _TERM.match(part.strip())
        if match is None or match.group(2) not in options:
            hint = "OPTION, OPTION == word, not OPTION, joined by and"
            what = f"`if: {rule}` is no rule over the options"
            raise ChalkgradError(what, where=where, hint=hint)
        value = options[match.group(2)]
        if match.group(3) is not None:
            holds = str(value).lower() == match.group(3).lower()
        else:
            holds = bool(value) and value != "none"
        if holds == bool(match.group(1)):
            return False
    return True


def without(parsed: Sequence[Parsed], absent: set[str]) -> list[Parsed]:
    """An absent parameter takes its additive term, or its factor, with it."""

    def gone(e: Expr) -> bool:
        e = e.arg if isinstance(e, Neg) else e
        name = e.tensor if isinstance(e, Read) else e.name if isinstance(e, Name) else None
        return name in absent

    def visit(e: Expr) -> Expr:
        if isinstance(e, Add | Mul):
            kept = tuple(visit(a) for a in e.args if not gone(a))
            return kept[0] if len(kept) == 1 else e.rebuild(kept)
        kids = e.children()
        return e.rebuild(tuple(visit(k) for k in kids)) if kids else e

    if not absent:
        return list(parsed)
    return [Parsed(p.name, p.indices, visit(p.rhs), p.text, p.line) for p in parsed]


def letters(found: Definition, parsed: Sequence[Parsed]) -> set[str]:
    """Every name that a definition uses for anything: no index of ``...`` may be called so."""
    declared = {**found.input, **found.target, **found.parameters, **found.constants}
    made = {*found.axes, *found.options, *declared}
    made |= {str(axis) for decl in declared.values() for axis in decl.shape}
    for eq in parsed:
        made |= {i.name for i in eq.indices if isinstance(i, Name)}
        for e in walk(eq.rhs):
            if isinstance(e, Name):
                made.add(e.name)
            elif isinstance(e, Size):
                made.add(e.axis)
    return made


@dataclass
class Expander:
    """Local tensor names to global ones, ``...`` to the leading axes."""

    names: Mapping[str, str]
    leading: Sequence[str]
    letters: set[str] = field(default_factory=set)  # the index names of the equation at hand

    def equation(self, eq: Parsed) -> Parsed:
        bound = [i for e in walk(eq.rhs) if isinstance(e, Reduce | Normal) for i in e.idxs]
        self.letters = {i.name for i in (*eq.indices, *bound) if isinstance(i, Name)}
        left = self.spelled(eq.indices, self.expr)
        return Parsed(self.names[eq.name], left, self.expr(eq.rhs), eq.text, eq.line)

    def expr(self, e: Expr) -> Expr:
        if isinstance(e, Read):
            return Read(self.names.get(e.tensor, e.tensor), self.spelled(e.indices, self.expr))
        if isinstance(e, Name):
            known = e.name in self.names and e.name not in self.letters
            return Read(self.names[e.name], ()) if known else e
        if isinstance(e, Reduce):
            idxs = self.spelled(e.idxs)
            cond = None if e.cond is None else self.expr(e.cond)
            body = self.expr(e.body)
            return Reduce(e.op, idxs, body, cond) if idxs else body
        if isinstance(e, Normal):
            idxs = self.spelled(e.idxs)
            cond = None if e.cond is None else self.expr(e.cond)
            return Normal(e.op, idxs, idxs, self.expr(e.body), cond)
        kids = e.children()
        return e.rebuild(tuple(self.expr(k) for k in kids)) if kids else e

    def spelled(
        self, idxs: Sequence[Expr], visit: Callable[[Expr], Expr] = lambda i: i
    ) -> tuple[Expr, ...]:
        """The leading axes for ``...``. Bound names are no tensors, so nothing visits them."""
        made: list[Expr] = []
        for i in idxs:
            if isinstance(i, Name) and i.name == "...":
                made.extend(Name(n) for n in self.leading)
            else:
                made.append(visit(i))
        return tuple(made)


# -- a definition at its place --------------------------------------------------------------------


@dataclass(frozen=True)
class Instance:
    """What a plan comes to: ``names`` are local names as global ones, ``leading`` the index
    letters of ``...``, ``ties`` what the definition calls an axis that it reads (a name, or a size)
    and that axis, ``starts`` the start values of its recurrences."""

    plan: Plan
    scope: Scope
    names: Mapping[str, str]
    shown: tuple[str, ...]
    leading: Sequence[str]
    ties: Sequence[tuple[str | int, str]]
    starts: Mapping[str, str]
    equations: Sequence[Parsed]

    @property
    def output(self) -> str:
        return self.names[self.plan.found.output or self.plan.parsed[-1].name]


def instance(
    plan: Plan, number: int, sources: Sequence[str], targets: Sequence[str], shapes: Shapes,
    shared: Instance | None,
) -> Instance:  # fmt: skip
    """The ``number``-th use of a definition, reading these tensors, with the weights of ``shared``.

    Raises
    ------
    ChalkgradError
        where the definition reads tensors of other shapes, or shares what is not there.
    """
    found = plan.found
    if len(sources) != len(found.input):
        raise ChalkgradError(
            f"{plan.kind} reads {len(found.input)} tensors ({', '.join(found.input)}), "
            f"got {len(sources)}: {', '.join(sources)}",
            where=plan.where, hint="name them: from: [a, b]",
        )  # fmt: skip
    names = dict(zip(found.input, sources, strict=True))
    names |= dict(zip(found.target, targets, strict=True))
    leading = _leading(plan, names, shapes)
    ties = list(_ties(plan, names, leading, shapes))
    names |= plan.names | (_shared(plan, shared) if shared else {})
    scope = Scope(f"{plan.kind}{number}", plan.label, dict(_options(plan, names, shapes)))
    expand = Expander(names, leading)
    return Instance(
        plan, scope, names, tuple(sources[:1] if targets else sources), leading, ties,
        dict(_starts(plan, names)), [expand.equation(eq) for eq in plan.parsed],
    )  # fmt: skip


def _leading(plan: Plan, names: Mapping[str, str], shapes: Shapes) -> list[str]:
    """Index letters for ``...``, from the first tensor that has such axes."""
    busy = letters(plan.found, plan.parsed)
    for local, decl in plan.read.items():
        if "..." in decl.shape:
            axes = shapes[names[local]]
            return _free(axes[: max(0, len(axes) - len(decl.shape) + 1)], busy)
    return []


def _free(axes: Sequence[str], busy: set[str]) -> list[str]:
    made: list[str] = []
    for axis in axes:
        own = axis.split("@")[0].split(":")[0]
        pool = ([own] if "@" in axis or ":" not in axis else []) + [*_POOL]
        pool += [f"k{n}" for n in range(100)]
        made.append(next(c for c in pool if c not in busy and c not in made))
    return made


def _ties(
    plan: Plan, names: Mapping[str, str], leading: Sequence[str], shapes: Shapes
) -> Iterator[tuple[str | int, str]]:
    """The declared axes of every tensor read, beside the axes that it has."""
    for local, decl in plan.read.items():
        axes = shapes[names[local]]
        plain = [a for a in decl.shape if a != "..."]
        lead = len(axes) - len(plain)
        if lead < 0 or (lead and "..." not in decl.shape):
            raise ChalkgradError(
                f"{plan.kind} expects {local}[{', '.join(map(str, decl.shape))}], but "
                f"{names[local]} has {len(axes)} axes",
                where=plan.where,
            )
        yield from zip(leading, axes[:lead], strict=False)
        yield from zip(plain, axes[lead:], strict=True)


def _shared(plan: Plan, other: Instance) -> dict[str, str]:
    for local in plan.params:
        if local not in other.names:
            raise ChalkgradError(
                f"share: '{plan.share}' has no {local} to share", where=plan.where,
                hint="give both layers the same options",
            )  # fmt: skip
    return {local: other.names[local] for local in plan.params}


def _options(plan: Plan, names: Mapping[str, str], shapes: Shapes) -> Iterator[tuple[str, Expr]]:
    """The options that stand for numbers in equations."""
    for name, value in plan.options.items():
        if plan.found.options[name].type == "expression":
            outputs = [Size(a) for t in plan.found.target for a in shapes[names[t]]]
            yield name, _formula(str(value), mul(outputs), plan.kind)
        elif isinstance(value, bool):
            yield name, Num(Fraction(int(value)))
        elif not isinstance(value, str | dict | list):
            yield name, Num(Fraction(value), str(value))


def _formula(text: str, outputs: Expr, kind: str) -> Expr:
    """An option such as ``1/outputs``: outputs is the number of the target's entries."""
    made = expression(text, f"{kind}.factor")
    for e in walk(made):
        if isinstance(e, Name) and e.name != "outputs":
            raise ChalkgradError(
                f"'{e.name}' means nothing in {text}", where=kind,
                hint="use numbers and `outputs`, the number of outputs",
            )  # fmt: skip
    return replace(made, {Name("outputs"): outputs})


def _starts(plan: Plan, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The start values of recurrences, but those that the options leave out."""
    absent = {*plan.found.parameters, *plan.found.constants} - {*plan.params, *plan.constants}
    for h, h0 in plan.found.initial.items():
        if h0 in absent:
            continue
        if h not in names or h0 not in names:
            what = f"there is nothing named '{h0}' or '{h}'"
            raise ChalkgradError(what, where=f"{plan.kind}.initial", hint=suggest(h0, names))
        yield names[h], names[h0]
