"""What the equations of a rule may be: a step from t-1 to t of one entry of a parameter."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..language.errors import ChalkgradError, suggest
from ..language.expr import (
    Add,
    Cmp,
    Const,
    Div,
    Fn,
    Iverson,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Read,
    walk,
)
from ..language.parser import Parsed
from ..language.text import text

NODES = (Add, Cmp, Const, Div, Fn, Iverson, Mul, Name, Neg, Num, Pow, Read)
# those that NumPy has by itself: a program has none of a module's helpers
FUNCTIONS = ("abs", "cos", "exp", "max", "min", "sign", "sin", "sqrt", "square", "tanh")
NOW, BEFORE = "t", "t - 1"


def check_step(
    equations: Sequence[Parsed], options: Collection[str], start: Collection[str], where: str
) -> None:
    """Raises ChalkgradError, with ``where`` and a hint, for equations that are no step.

    They define tensors of step t in order, ``w`` last, from ``g[t]``, ``w[t-1]``, the options,
    what stands before them, and the state at t-1, which has a ``start``.
    """
    made: list[str] = []
    for eq in equations:
        place = f"{where}: line {eq.line}"
        _check_left(eq, [*made, "g", *options], place)
        for e in walk(eq.rhs):
            if not isinstance(e, NODES) or (isinstance(e, Fn) and e.name not in FUNCTIONS):
                hint = f"it has + - * / ** and {', '.join(FUNCTIONS)}"
                raise ChalkgradError(f"a rule has no '{text(e)}'", where=place, hint=hint)
            if isinstance(e, Name):
                _check_name(e.name, options, [x.name for x in equations], place)
            if isinstance(e, Read):
                _check_read(e, made, start, place)
        made.append(eq.name)
    reads = {text(e) for eq in equations for e in walk(eq.rhs) if isinstance(e, Read)}
    if made[-1:] != ["w"] or not {"g[t]", "w[t - 1]"} <= reads:
        raise ChalkgradError("a rule leads from w[t-1] and g[t] to w[t], its last equation",
                             where=where, hint="w[t] = w[t-1] - rate*g[t]")  # fmt: skip
    for name in start:
        if name not in made[:-1]:
            raise ChalkgradError(f"'{name}' has a start, but no equation", where=where,
                                 hint=suggest(name, made[:-1]))  # fmt: skip


def _check_left(eq: Parsed, known: Collection[str], place: str) -> None:
    if [text(i) for i in eq.indices] != [NOW]:
        raise ChalkgradError("an equation of a rule is that of step t", where=place,
                             hint=f"{eq.name}[t] = …")  # fmt: skip
    if eq.name in known:
        raise ChalkgradError(f"'{eq.name}' is there already", where=place, hint="rename it")
    if eq.name in ("state", "t"):
        raise ChalkgradError(f"'{eq.name}' is a name of every rule", where=place, hint="rename it")


def _check_name(name: str, options: Collection[str], tensors: Sequence[str], place: str) -> None:
    if name in ("g", *tensors):
        raise ChalkgradError(f"'{name}' is read without its step", where=place,
                             hint=_steps(name))  # fmt: skip
    if name not in (NOW, *options):
        raise ChalkgradError(f"'{name}' is no option of the rule", where=place,
                             hint=suggest(name, options))  # fmt: skip


def _check_read(e: Read, made: Sequence[str], start: Collection[str], place: str) -> None:
    """x[t] stands above or is the gradient; x[t-1] has a start or is the parameter."""
    at = [text(i) for i in e.indices]
    known = {NOW: ["g", *made], BEFORE: ["w", *start]}.get(at[0] if len(at) == 1 else "")
    if known is None:
        raise ChalkgradError(f"a rule reads steps t and t-1, not {text(e)}", where=place,
                             hint=_steps(e.tensor))  # fmt: skip
    if e.tensor not in known:
        missing = {NOW: "it has no equation above", BEFORE: "it has no start"}[at[0]]
        raise ChalkgradError(f"{text(e)} is not known: {missing}", where=place,
                             hint=_mend(e, at[0], known))  # fmt: skip


def _steps(name: str) -> str:
    """How a tensor is read."""
    return {"g": "g[t]", "w": "w[t-1]"}.get(name, f"{name}[t] or {name}[t-1]")


def _mend(e: Read, at: str, known: Sequence[str]) -> str:
    return (
        f"start: {{{e.tensor}: 0}}"
        if at == BEFORE and e.tensor != "g"
        else suggest(e.tensor, known)
    )
