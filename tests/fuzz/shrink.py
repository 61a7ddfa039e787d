"""A failing spec made small: whatever can be left out while the same kind of fault remains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from . import grammar
from .grammar import Equation, Node
from .judge import Verdict, judge
from .oracle import tensors

ONE: Node = ("num", "1")
GIVEN = ("input", "target", "parameters", "constants")
TRIES = 600

Judge = Callable[[Mapping[str, Any], Mapping[str, str]], Verdict]


@dataclass(frozen=True)
class Case:
    """A spec with its equations as trees."""

    spec: dict[str, Any]
    data: dict[str, str]
    equations: tuple[Equation, ...]

    @staticmethod
    def of(spec: Mapping[str, Any], data: Mapping[str, str]) -> Case:
        return Case(dict(spec), dict(data), tuple(grammar.equations(spec["equations"])))

    def full(self) -> dict[str, Any]:
        text = "\n".join(map(grammar.equation_text, self.equations)) + "\n"
        return {**self.spec, "equations": text}

    @property
    def size(self) -> tuple[int, int]:
        nodes = sum(len(grammar.walk(eq.rhs)) + len(eq.indices) + 2 for eq in self.equations)
        given = sum(1 + len(_axes(s)) for k in GIVEN for s in self.spec.get(k, {}).values())
        keys = sum(k in self.spec for k in ("penalty", "batch", "initial", "output"))
        sizes = sum(3 if isinstance(s, str) else s for s in self.spec.get("axes", {}).values())
        odd = sum(k not in ("normal", "integer") for k in self.data.values())
        return nodes + given + keys + odd, sizes


def shrink(
    spec: Mapping[str, Any], data: Mapping[str, str], judged: Judge = judge
) -> tuple[dict[str, Any], dict[str, str]]:
    """The smallest spec found whose verdict is of the same kind, and how its data are drawn."""
    case, left = Case.of(spec, data), TRIES
    wanted = sort(judged(case.full(), case.data))
    while left > 0:
        for smaller in sorted(_distinct(case), key=lambda c: c.size):
            if smaller.size >= case.size:
                continue
            left -= 1
            if _same(smaller, wanted, judged):
                case = smaller
                break
            if left <= 0:
                break
        else:
            break
    return case.full(), {k: v for k, v in case.data.items() if k in _given(case.spec)}


def sort(v: Verdict) -> str:
    """What two faults of one sort have in common: kind, and the message without its names."""
    detail = v.detail
    if v.kind.startswith("wrong"):
        detail = "nan" if "nan" in detail else "shape" if "shape" in detail else ""
        if v.kind == "wrong dtype":
            what, _, dtype = v.detail.partition(" is ")
            detail = f"{what if what == 'loss' else 'd' if what[0] == 'd' else 'output'} {dtype}"
    detail = detail.split("\n")[0]
    return (
        v.kind
        + ": "
        + re.sub(r"'[^']*'|equation \w+|fuzz\w*|parameters\.\w+|\d+", "…", detail)[:60]
    )


def _same(case: Case, wanted: str, judged: Judge) -> bool:
    try:
        return sort(judged(case.full(), case.data)) == wanted
    except Exception:  # a candidate without meaning: the oracle cannot read it
        return False


def _distinct(case: Case) -> list[Case]:
    found = {}
    for candidate in _smaller(case):
        tidied = _tidied(candidate)
        if tidied is not None:
            found.setdefault(repr((tidied.full(), tidied.data)), tidied)
    return list(found.values())


# -- candidates ------------------------------------------------------------------------------------


def _smaller(case: Case) -> Iterator[Case]:
    yield from _without_equations(case)
    for key in ("penalty", "batch", "output", "initial"):
        if key in case.spec:
            yield Case({k: v for k, v in case.spec.items() if k != key}, case.data, case.equations)
    for k, eq in enumerate(case.equations):
        for rhs in _reduced(eq.rhs):
            changed = (*case.equations[:k], eq._replace(rhs=rhs), *case.equations[k + 1 :])
            yield Case(case.spec, case.data, changed)
    yield from _fewer_axes(case)
    for axis, size in case.spec.get("axes", {}).items():
        for other in range(1, size) if isinstance(size, int) else (1, 2, 3):
            yield Case({**case.spec, "axes": {**case.spec["axes"], axis: other}}, case.data,
                       case.equations)  # fmt: skip
    for name, kind in case.data.items():
        if kind not in ("normal", "integer", "distribution"):
            yield Case(case.spec, {**case.data, name: "normal"}, case.equations)


def _without_equations(case: Case) -> Iterator[Case]:
    loss = case.spec.get("loss", "L")
    for eq in case.equations:
        if eq.name == loss:
            continue
        rest = [o for o in case.equations if o.name != eq.name]
        yield Case(case.spec, case.data, tuple(
            o._replace(rhs=_replaced(o.rhs, _reads_of(eq.name, ONE))) for o in rest))  # fmt: skip
        for at, other in enumerate(rest):  # the loss becomes the equation before it
            if other.name == loss and not eq.indices:
                rest[at] = other._replace(rhs=eq.rhs)
                yield Case(case.spec, case.data, tuple(rest))
        inlined = tuple(o._replace(rhs=_replaced(o.rhs, _inlined(eq))) for o in rest)
        if eq.name not in tensors(eq):
            yield Case(case.spec, case.data, inlined)


def _reads_of(name: str, value: Node) -> Callable[[Node], Node]:
    def change(e: Node) -> Node:
        return value if e[0] in ("read", "name") and e[1] == name else e

    return change


def _inlined(eq: Equation) -> Callable[[Node], Node]:
    def change(e: Node) -> Node:
        if e[0] in ("read", "name") and e[1] == eq.name:
            places = e[2] if e[0] == "read" else ()
            if all(i[0] == "name" for i in places) and len(places) == len(eq.indices):
                names = dict(zip(eq.indices, places, strict=True))
                return _replaced(eq.rhs, lambda x: names.get(x[1], x) if x[0] == "name" else x)
        return e

    return change


def _replaced(e: Node, change: Callable[[Node], Node]) -> Node:
    parts = [_replaced(c, change) for c in grammar.children(e)]
    return change(grammar.rebuilt(e, parts) if parts else e)


def _reduced(e: Node) -> Iterator[Node]:
    """The same formula with one node replaced by a part of it, or by 1."""
    yield from _parts(e)
    children = grammar.children(e)
    for k, child in enumerate(children):
        for smaller in _reduced(child):
            yield grammar.rebuilt(e, [*children[:k], smaller, *children[k + 1 :]])


def _parts(e: Node) -> Iterator[Node]:
    kind = e[0]
    if kind in ("cmp", "and", "or", "not"):
        yield from e[1] if kind in ("and", "or") else ()
        if kind == "not":
            yield e[1]
        if kind == "cmp" and len(e[1]) > 1:
            yield ("cmp", e[1][:1], e[2][:2])
            yield ("cmp", e[1][1:], e[2][1:])
        return
    if e != ONE and kind not in ("num", "bracket"):
        yield ONE
    if kind in ("+", "*"):
        for k in range(len(e[1])):
            rest = (*e[1][:k], *e[1][k + 1 :])
            yield (kind, rest) if len(rest) > 1 else rest[0]
    elif kind == "reduce":
        if e[3] is not None:
            yield (*e[:3], None, e[4])
        if len(e[2]) > 1:
            yield from ((e[0], e[1], (*e[2][:k], *e[2][k + 1 :]), *e[3:]) for k in range(len(e[2])))
        yield e[4]  # right where the index is bound outside, too
        zero = dict.fromkeys(e[2], ("num", "0"))
        yield _replaced(e[4], lambda x: zero.get(x[1], x) if x[0] == "name" else x)
    elif kind == "where":
        yield from e[2:]
    elif kind not in ("read", "bracket"):
        yield from grammar.children(e)


def _fewer_axes(case: Case) -> Iterator[Case]:
    """A tensor without one of its axes, in its declaration and wherever it is read."""
    for k, eq in enumerate(case.equations):
        for place, index in enumerate(eq.indices):
            left = (*eq.indices[:place], *eq.indices[place + 1 :])
            rhs = _replaced(eq.rhs, _reads_of(index, ("num", "0")))
            changed = [*case.equations]
            changed[k] = Equation(eq.name, left, rhs)
            yield _dropped(Case(case.spec, case.data, tuple(changed)), eq.name, place)
    for kind in GIVEN:
        for name, form in case.spec.get(kind, {}).items():
            for place in range(len(_axes(form))):
                if kind == "constants":
                    continue
                shape = [*_axes(form)[:place], *_axes(form)[place + 1 :]]
                changed_form = {**form, "shape": shape} if isinstance(form, Mapping) else shape
                spec = {**case.spec, kind: {**case.spec[kind], name: changed_form}}
                yield _dropped(Case(spec, case.data, case.equations), name, place)


def _dropped(case: Case, name: str, place: int) -> Case:
    def change(e: Node) -> Node:
        if e[0] == "read" and e[1] == name:
            rest = (*e[2][:place], *e[2][place + 1 :])
            return ("read", name, rest) if rest else ("name", name)
        return e

    return Case(case.spec, case.data, tuple(
        eq._replace(rhs=_replaced(eq.rhs, change)) for eq in case.equations))  # fmt: skip


# -- nothing left over -----------------------------------------------------------------------------


def _tidied(case: Case) -> Case | None:
    """Without equations, tensors and axes that nobody needs."""
    spec = deepcopy(case.spec)
    by_name = {eq.name: eq for eq in case.equations}
    keep, todo = set(), [spec.get("loss", "L")]
    initial = {k: v for k, v in spec.get("initial", {}).items() if k in by_name}
    while todo:
        name = todo.pop()
        if name not in keep:
            keep.add(name)
            todo += tensors(by_name[name]) if name in by_name else ()
            todo += [initial[name]] if name in initial else []
    spec["initial"] = {k: v for k, v in initial.items() if k in keep}
    for kind in GIVEN:
        spec[kind] = {k: v for k, v in spec.get(kind, {}).items() if k in keep}
    outputs = spec.get("output", [])
    outputs = [o for o in ([outputs] if isinstance(outputs, str) else outputs) if o in keep]
    spec["output"] = outputs if len(outputs) > 1 else "".join(outputs)
    spec["penalty"] = _penalties(spec)
    equations = tuple(eq for eq in case.equations if eq.name in keep)
    spec["axes"] = _used_axes(spec, equations)
    floats = [f for k in ("input", "parameters") for f in spec[k].values()]
    if not any(not isinstance(f, Mapping) or "integer" not in f for f in floats):
        return None  # nothing to differentiate by
    for key in ("initial", "output", "penalty", *GIVEN, "axes"):
        if not spec[key]:
            del spec[key]
    return Case(spec, case.data, equations)


def _penalties(spec: Mapping[str, Any]) -> list[Any]:
    made = []
    for use in spec.get("penalty", ()):
        ((kind, options),) = use.items()
        of = options.get("of", [])
        names = [n for n in ([of] if isinstance(of, str) else of) if n in spec["parameters"]]
        if names:
            made.append({kind: {**options, "of": names}})
    return made


def _used_axes(spec: Mapping[str, Any], equations: tuple[Equation, ...]) -> dict[str, Any]:
    used = {str(a) for form in _given(spec).values() for a in _axes(form)}
    used |= {
        str(f["integer"])
        for f in _given(spec).values()
        if isinstance(f, Mapping) and "integer" in f
    }
    for eq in equations:
        used |= set(eq.indices)
        for e in grammar.walk(eq.rhs):
            used |= set(e[2]) if e[0] == "reduce" else {e[1]} if e[0] == "size" else set()
    axes = spec.get("axes", {})
    for _ in axes:
        used |= {w for a in used if a in axes for w in re.findall(r"\w+", str(axes[a]))}
    return {a: s for a, s in axes.items() if a in used}


def _given(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for kind in GIVEN for k, v in spec.get(kind, {}).items()}


def _axes(form: Any) -> list[Any]:
    return list(form["shape"] if isinstance(form, Mapping) else form)
