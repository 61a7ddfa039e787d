"""What an equation may not say although every name in it is known: checks that need the sizes.

An index that is always outside, a maximum over nothing, inf where it is no bound, a term of the
loss that `batch: sum` would count once a sample.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, NoReturn

from ..language.equation import BATCH, Equation, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.evaluate import known
from ..language.expr import (
    Add,
    Cmp,
    Const,
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
    Size,
    Where,
    reads,
    tensors,
    transform,
    walk,
)  # fmt: skip
from ..language.literal import Rationals, literal
from ..language.text import text

Sizes = Mapping[str, int | str]
MAX_CASES = 2_000_000  # of a condition that is tried for every value of its indices

_NEEDS_ONE = ("max", "min", "mean", "argmax", "argmin", "logsumexp", "softmax", "log_softmax")


def refuse(eq: Equation, what: str, hint: str = "") -> ChalkgradError:
    """The refusal of an equation, which it shows."""
    shown = eq.text if len(eq.text) <= 160 else eq.text[:157] + "..."
    return ChalkgradError(f"{what}\n    {shown}", where=f"equation {eq.name}", hint=hint)


def as_written(e: Expr, eq: Equation) -> str:
    """The text of a part of an equation, without the n that is lifted into its reads."""
    if any(f"[{BATCH}{end}" in eq.text.replace(" ", "") for end in ",]"):
        return text(e)

    def unlifted(r: Expr) -> Expr:
        if isinstance(r, Read) and r.indices and getattr(r.indices[0], "axis", "") == BATCH:
            return Read(r.tensor, r.indices[1:])
        return r

    return text(transform(e, unlifted))


def check_equation(eq: Equation, known: Mapping[str, Tensor], sizes: Sizes) -> None:
    """Raises ChalkgradError, which shows the equation."""
    _check_infinities(eq, eq.rhs)
    _check_zero(eq, eq.rhs, sizes)
    for e in walk(eq.rhs):
        if isinstance(e, Read):
            _check_outside(eq, e, known[e.tensor], sizes)
        elif isinstance(e, Fn) and e.name == "floor_div":
            data = [r for r in reads(e) if known[r.tensor].integer is None]
            if data:
                raise refuse(
                    eq, f"// is for indices and sizes, and '{data[0].tensor}' holds no integers",
                    "write / to divide numbers",
                )  # fmt: skip
        elif isinstance(e, Reduce | Normal) and e.op in _NEEDS_ONE and e.cond is not None:
            _check_empty(eq, e, sizes)


def _check_outside(eq: Equation, e: Read, tensor: Tensor, sizes: Sizes) -> None:
    for index, axis in zip(e.indices, tensor.axes, strict=True):
        if any(isinstance(x, Idx | Read) for x in walk(index)):
            continue
        size, at = sizes.get(axis), literal(index, sizes)
        if isinstance(size, int) and at is not None and not 0 <= at < size:
            raise refuse(
                eq, f"the index {text(index)} of '{e.tensor}' is outside 0 to {size - 1}",
                "counting starts at 0, and the last entry is at size[…] - 1",
            )  # fmt: skip


def _check_infinities(eq: Equation, e: Expr) -> None:
    for here in walk(e):
        bound = isinstance(here, Where | Cmp) or (
            isinstance(here, Fn) and here.name in ("max", "min", "clip")
        )
        for kid in here.children() if not bound else ():
            inner = kid.arg if isinstance(kid, Neg) else kid
            outer = isinstance(here, Neg) and _is_inf(kid)  # its own parent is looked at instead
            if _is_inf(inner) and not outer:
                raise refuse(
                    eq, "inf is no number to reckon with",
                    "inf stands alone in a branch of where, or in max(…), min(…), clip(…)",
                )  # fmt: skip
    if _is_inf(e.arg if isinstance(e, Neg) else e):
        raise refuse(eq, "inf is no number to reckon with")


def _check_zero(eq: Equation, e: Expr, sizes: Sizes) -> None:
    """No division by what is 0 for every data: ``x/(1-1)``, ``x/(size[i] - 3)`` where i is 3.

    Behind a condition it may be a case that never happens, and is let through.
    """
    if isinstance(e, Where | Iverson) or (isinstance(e, Reduce | Normal) and e.cond is not None):
        return
    if isinstance(e, Mul | Div) and any(isinstance(a, Iverson) for a in walk(e)):
        return
    below: Expr | None = None
    if isinstance(e, Div) or (isinstance(e, Fn) and e.name == "floor_div"):
        below = e.children()[1]
    elif isinstance(e, Pow) and (literal(e.exp, sizes) or 0) < 0:
        below = e.base
    if below is not None and literal(below, sizes) == 0:
        raise refuse(
            eq, f"this divides by zero: {as_written(below, eq)} is 0", "mend the denominator"
        )
    for kid in e.children():
        _check_zero(eq, kid, sizes)


def _is_inf(e: Expr) -> bool:
    return isinstance(e, Const) and e.name == "inf"


# -- a condition that never holds --------------------------------------------------------------


def _check_empty(eq: Equation, e: Reduce | Normal, sizes: Sizes) -> None:
    """Parts of a condition that share a bound index are tried together, for every outer index."""
    assert e.cond is not None
    for group in _groups(_parts(e.cond), [i for i in e.idxs if isinstance(i, Idx)]):
        failing = _never(group, [i for i in e.idxs if isinstance(i, Idx)], sizes)
        if failing is None:
            continue
        at = f" at {failing}" if failing else ""
        raise refuse(
            eq, f"{e.op}[{', '.join(text(i) for i in e.idxs)} | …] has nothing to run over{at}: "
            f"{' and '.join(text(c) for c in group)} never holds there",
            "widen the condition, or include one more entry and put where(…, …, …) around it",
        )  # fmt: skip


def _parts(cond: Expr) -> list[Expr]:
    return [*cond.args] if isinstance(cond, Logic) and cond.op == "and" else [cond]


def _groups(parts: Sequence[Expr], bound: Sequence[Idx]) -> list[list[Expr]]:
    groups: list[tuple[set[Idx], list[Expr]]] = []
    for part in parts:
        own, members = {i for i in _indices(part) if i in bound}, [part]
        rest = []
        for names, others in groups:
            if names & own:
                own, members = own | names, others + members
            else:
                rest.append((names, others))
        groups = [*rest, (own, members)]
    return [members for _, members in groups]


def _indices(e: Expr) -> list[Idx]:
    return list(dict.fromkeys(x for x in walk(e) if isinstance(x, Idx)))


def _never(group: Sequence[Expr], bound: Sequence[Idx], sizes: Sizes) -> str | None:
    """Values of the outer indices for which no bound index fits; None: always one, or unknown."""
    import numpy as np

    if any(isinstance(x, Read | Reduce | Normal) for c in group for x in walk(c)):
        return None  # it depends on data
    used = list(dict.fromkeys(i for c in group for i in _indices(c)))
    outer = [i for i in used if i not in bound]
    inner = [i for i in used if i in bound]
    counts = [sizes.get(i.axis) for i in (*outer, *inner)]
    shape = [c for c in counts if isinstance(c, int)]
    if len(shape) < len(counts) or math.prod(shape) > MAX_CASES:
        return None
    grid = np.meshgrid(*(np.arange(c) for c in shape), indexing="ij", sparse=True)
    values = dict(zip((*outer, *inner), grid, strict=True))
    holds = known(Logic("and", tuple(group)), _Grids(sizes, values))
    if holds is None:
        return None
    some = np.broadcast_to(holds, shape).any(axis=tuple(range(len(outer), len(shape))))
    if some.all():
        return None
    first = np.argwhere(~np.atleast_1d(some))[0]
    return ", ".join(f"{i.name} = {k}" for i, k in zip(outer, first, strict=False))


class _Grids(Rationals):
    """Numbers and arrays of them, one axis an index; whole numbers as long as there is no /."""

    def number(self, value: Fraction) -> Any:
        return int(value) if value.denominator == 1 else float(value)

    def div(self, a: Any, b: Any) -> Any:
        return self.refuse(Div) if hasattr(b, "dtype") or not b else a / b

    def power(self, a: Any, b: Any) -> NoReturn:
        self.refuse(Pow)

    def call(self, name: str, args: Sequence[Any]) -> Any:
        if name != "floor_div" or hasattr(args[1], "dtype") or not args[1]:
            self.refuse(Fn)
        return args[0] // args[1]

    def where(self, cond: Any, a: Callable[[], Any], b: Callable[[], Any]) -> NoReturn:
        self.refuse(Where)

    def logic(self, op: str, parts: Sequence[Callable[[], Any]]) -> Any:
        first, *others = (part() for part in parts)
        if op == "not":
            return first ^ True
        return reduce(operator.and_ if op == "and" else operator.or_, others, first)


def check_samples(known: Mapping[str, Tensor], equations: Iterable[Equation], sizes: Sizes) -> None:
    """n counts the samples of an input or a target: without one there is nothing to count."""
    if any(t.kind in ("input", "target") for t in known.values()):
        return
    for eq in equations:
        parts = [*eq.indices, *(e for e in walk(eq.rhs) if isinstance(e, Idx | Size))]
        if any(sizes.get(i.axis) == "N" for i in parts):
            raise refuse(
                eq, f"n counts samples, and nothing that '{eq.name}' could read has any",
                "declare an input: or a target:, or write the equation without n",
            )  # fmt: skip


def check_starts(
    known: Mapping[str, Tensor], equations: Iterable[Equation], sizes: Sizes,
    initial: Mapping[str, str],
) -> None:  # fmt: skip
    """A start value has the shape of the recurrence without its loop axis, or the last axes of it.

    ``equations`` are those of `derive.network.order.ordered`, which says what is a recurrence.
    """
    loops = {eq.name: eq for eq in equations if eq.loop is not None}
    for name, start in initial.items():
        where = f"initial.{name}"
        if name not in loops:
            hint = suggest(name, loops) or "a recurrence reads its own earlier entries: h[t-1,j]"
            raise ChalkgradError(f"'{name}' is no recurrence", where=where, hint=hint)
        if start not in known:
            hint = suggest(start, known)
            raise ChalkgradError(f"there is no tensor '{start}'", where=where, hint=hint)
        eq = loops[name]
        own = [sizes[a] for a in known[start].axes if a != BATCH]
        rest = [sizes[i.axis] for i in eq.indices if i.axis not in (BATCH, eq.loop)]
        if own != rest[len(rest) - len(own) :] or (known[start].batch and not known[name].batch):
            samples = " and samples" if known[start].batch and not known[name].batch else ""
            raise refuse(
                eq, f"'{name}' starts from '{start}', which has the shape {own}{samples}; "
                f"without the axis of its steps '{name}' has {rest}",
                f"declare or compute {start} in that shape",
            )  # fmt: skip


# -- the loss ------------------------------------------------------------------------------------


def check_summed(resolved: Mapping[str, Tensor], eq: Equation) -> None:
    """Under ``batch: sum`` a term of the loss without samples would count once a sample."""

    def batched(e: Expr) -> bool:
        own = any(isinstance(x, Idx) and x.axis == BATCH for x in walk(e))
        return own or any(resolved[r.tensor].batch for r in reads(e))

    for term in _terms(eq.rhs, batched):
        if tensors(term) and not batched(term):
            raise refuse(
                eq, f"the term {as_written(term, eq)} of the loss has no batch, so "
                "`batch: sum` would count it once a sample",
                "put it under penalty:, or use batch: mean",
            )  # fmt: skip


def _terms(e: Expr, batched: Any) -> Iterator[Expr]:
    """The additive terms, inside factors and sums that do not depend on the sample, too."""
    inner: Iterable[Expr] = ()
    if isinstance(e, Add):
        inner = e.args
    elif isinstance(e, Neg):
        inner = (e.arg,)
    elif isinstance(e, Div) and not batched(e.den):
        inner = (e.num,)
    elif isinstance(e, Reduce) and e.op in ("sum", "mean"):
        inner = (e.body,)
    elif isinstance(e, Mul):
        own = [a for a in e.args if batched(a)]
        inner = own if len(own) == 1 else ()
    if not inner:
        yield e
    for part in inner:
        yield from _terms(part, batched)
