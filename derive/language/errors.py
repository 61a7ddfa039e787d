"""The one exception type at the boundary: where, what, why, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 1_500  # characters of a list: more than every list of names that chalkgrad itself brings


class ChalkgradError(Exception):
    """A spec, an equation or an argument that chalkgrad refuses.

    Parameters
    ----------
    what : the fault, one sentence, in the words of the spec.
    where : the file, field, layer or equation it stands in (may be empty).
    hint : what to do next (may be empty).
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  hint: {self.hint}" if self.hint else head

    def inside(self, where: str) -> ChalkgradError:
        """The same fault, with the place that contains it in front."""
        joined = f"{where}: {self.where}" if self.where else where
        return type(self)(self.what, where=joined, hint=self.hint)


class BoardOnlyError(ChalkgradError):
    """Numbers are asked of what has none: a symbolic size, an abstract function."""


class MissingProgramError(ChalkgradError):
    """A program outside Python that an output needs is not installed."""

    exit_code = 3


def suggest(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest known word, else the list of known words.

    The list is whole. Where a spec has so many names that nobody would read them (thousands of
    tensors), the nearest are named instead, and of how many.
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    listed = ", ".join(names)
    if len(listed) > LONGEST:
        nearest = difflib.get_close_matches(word, names, n=8, cutoff=0)
        return f"the nearest of {len(names)} known names: {', '.join(nearest)}"
    return f"known: {listed}" if names else ""
