"""What an option may be: the glossary of options.yaml, and the check against it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from ..language.errors import ChalkgradError, suggest
from ..spec.fields import shown
from .declared import declared


@dataclass(frozen=True)
class Option:
    """``kind`` is number, whole or flag; ``range`` an interval such as ``[0, 1)``."""

    name: str
    meaning: str
    kind: str = "number"
    range: str = ""

    def admits(self, value: Any) -> bool:
        if self.kind == "flag":
            return isinstance(value, bool)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return False
        number = float(value)
        if not math.isfinite(number) or (self.kind == "whole" and value != int(value)):
            return False
        low, high = (float(end) for end in self.range[1:-1].split(","))
        above = number >= low if self.range[0] == "[" else number > low
        return above and (number <= high if self.range[-1] == "]" else number < high)

    @property
    def wanted(self) -> str:
        """``a number in [0, 1)``, for messages and tables."""
        if self.kind == "flag":
            return "true or false"
        low, high = self.range[1:-1].split(", ")
        kind = "a whole number" if self.kind == "whole" else "a number"
        if (low, high) == ("-inf", "inf"):
            return kind
        if high == "inf":
            return f"{kind} from {low}" if self.range[0] == "[" else f"{kind} above {low}"
        return f"{kind} in {self.range}"


@cache
def glossary() -> dict[str, Option]:
    """Every option by its name."""
    return {name: Option(name, **about) for name, about in declared("options.yaml").items()}


def check_known(given: Iterable[str], known: Collection[str], what: str, where: str) -> None:
    """Raises ChalkgradError, with a suggestion, for an option that ``what`` does not have."""
    for name in given:
        if name not in known:
            raise ChalkgradError(f"{what} has no option '{name}'", where=f"{where}.{name}",
                                 hint=suggest(name, known) or "it has no options")  # fmt: skip


def checked(
    given: Mapping[str, Any],
    defaults: Mapping[str, Any],
    what: str,
    where: str,
    explained: Mapping[str, Option] | None = None,
) -> dict[str, Any]:
    """The defaults (None: must be given) with what is given instead; numbers are Decimal.

    ``explained`` are options that the glossary does not have, or has otherwise.

    Raises
    ------
    ChalkgradError
        for an unknown option, a missing one, and a value outside of its range.
    """
    check_known(given, defaults, what, where)
    made: dict[str, Any] = {}
    known_options = {**glossary(), **(explained or {})}
    for name, default in defaults.items():
        value, known = given.get(name, default), known_options[name]
        if value is None:
            raise ChalkgradError(f"{what} needs '{name}': {known.meaning}", where=where,
                                 hint=f"give {name}, {known.wanted}")  # fmt: skip
        if not known.admits(value):
            raise ChalkgradError(f"'{name}' is {known.wanted}; got {shown(value)}",
                                 where=f"{where}.{name}", hint=known.meaning)  # fmt: skip
        made[name] = value if isinstance(value, bool) else Decimal(str(value))
    return made
