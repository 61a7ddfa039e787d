"""A definition made concrete: absent parameters dropped, names made global, `...` spelled out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..language.errors import ChalkgradError
from ..language.expr import Add, Expr, Mul, Name, Neg, Normal, Read, Reduce, Size, walk
from ..language.parser import Parsed
from ..spec.definition import Definition


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
        return Parsed(
            self.names[eq.name], self.indices(eq.indices), self.expr(eq.rhs), eq.text, eq.line
        )

    def indices(self, idxs: tuple[Expr, ...]) -> tuple[Expr, ...]:
        made: list[Expr] = []
        for i in idxs:
            if isinstance(i, Name) and i.name == "...":
                made.extend(Name(n) for n in self.leading)
            else:
                made.append(self.expr(i))
        return tuple(made)

    def expr(self, e: Expr) -> Expr:
        if isinstance(e, Read):
            return Read(self.names.get(e.tensor, e.tensor), self.indices(e.indices))
        if isinstance(e, Name):
            known = e.name in self.names and e.name not in self.letters
            return Read(self.names[e.name], ()) if known else e
        if isinstance(e, Reduce):
            idxs = self.bound(e.idxs)
            cond = None if e.cond is None else self.expr(e.cond)
            body = self.expr(e.body)
            return Reduce(e.op, idxs, body, cond) if idxs else body
        if isinstance(e, Normal):
            idxs = self.bound(e.idxs)
            cond = None if e.cond is None else self.expr(e.cond)
            return Normal(e.op, idxs, idxs, self.expr(e.body), cond)
        kids = e.children()
        return e.rebuild(tuple(self.expr(k) for k in kids)) if kids else e

    def bound(self, idxs: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """Bound index names are no tensors, whatever their letters."""
        made: list[Expr] = []
        for i in idxs:
            if isinstance(i, Name) and i.name == "...":
                made.extend(Name(n) for n in self.leading)
            else:
                made.append(i)
        return tuple(made)
