"""In which order a grid is gone through, and how it is parted among processes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
_PART = re.compile(r"(\d+)/(\d+)")


def ordered(given: Iterable[T], words: Sequence[str] = ()) -> list[T]:
    """Shuffled, the same way each time: what fails in one corner of the grid is told early. Of
    that the K-th of M parts, where a word of the command says ``K/M``."""
    made = list(given)
    random.Random(1).shuffle(made)
    found = next((m for w in words if (m := _PART.fullmatch(w))), None)
    return made if found is None else made[int(found[1]) - 1 :: int(found[2])]


def names(words: Sequence[str]) -> list[str]:
    """The words of a command that are no part."""
    return [w for w in words if not _PART.fullmatch(w)]
