"""Schedules of the rate (schedules.yaml) and what is done before the rule (modifiers.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from ..language.errors import ChalkgradError, suggest
from ..language.parser import Parsed, equations
from ..spec.fields import shown
from .declared import declared
from .options import checked


@dataclass(frozen=True)
class Schedule:
    """The rate of update t = 1, 2, …; ``per`` says whether t counts updates (step) or epochs.

    ``equations`` define ``eta`` from ``rate``, t and ``options``.
    """

    name: str
    summary: str
    equations: tuple[Parsed, ...]
    options: Mapping[str, Decimal]
    per: str = "step"
    notes: str = ""


@dataclass(frozen=True)
class Modifier:
    """One equation of what happens before the rule; ``of`` is gradient, weight or rate."""

    name: str
    of: str
    equation: Parsed
    notes: str


def schedule(use: Any = "constant", where: str = "update.schedule") -> Schedule:
    """A schedule as a spec has it: ``cosine``, or ``{cosine: {steps: 1000, per: epoch}}``.

    Raises
    ------
    ChalkgradError
        for an unknown schedule or option, a missing option, and one outside of its range.
    """
    given: Any = {}
    if isinstance(use, str):
        name = use
    elif isinstance(use, Mapping) and len(use) == 1:
        ((name, given),) = use.items()
    else:
        hint = "schedule: {cosine: {steps: 1000}}"
        raise ChalkgradError(f"a schedule is one name with its options; got {shown(use)}",
                             where=where, hint=hint)  # fmt: skip
    known = declared("schedules.yaml")
    if name not in known:
        raise ChalkgradError(f"there is no schedule {shown(name)}", where=where,
                             hint=suggest(str(name), known))  # fmt: skip
    where = f"{where}.{name}"
    if not isinstance(given, Mapping):
        raise ChalkgradError(f"options are a mapping; got {shown(given)}", where=where,
                             hint=f"{name}: {{{', '.join(known[name]['options'])}}}")  # fmt: skip
    own = dict(given)
    per = own.pop("per", "step")
    if per not in ("step", "epoch"):
        raise ChalkgradError(f"'per' is step or epoch; got {shown(per)}", where=f"{where}.per",
                             hint="what t counts: updates, or epochs")  # fmt: skip
    options = checked(own, known[name]["options"], f"the schedule {name}", where)
    return Schedule(name, known[name]["summary"], tuple(equations(known[name]["equations"], name)),
                    options, per, known[name].get("notes", ""))  # fmt: skip


@cache
def modifiers() -> dict[str, Modifier]:
    """Every modifier by the option that asks for it, in the order of a step."""
    return {
        name: Modifier(
            name, about["of"], equations(about["equation"], name)[0], about.get("notes", "")
        )
        for name, about in declared("modifiers.yaml").items()
    }
