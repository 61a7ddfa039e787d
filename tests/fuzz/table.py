"""How often each construct, and each pair of two, occurs in a run."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from .census import CONSTRUCTS

RAREST = 25


def pairs(drawn: Sequence[Counter[str]]) -> Counter[tuple[str, str]]:
    """In how many networks two constructs stand together (a pair of one is the construct)."""
    found: Counter[tuple[str, str]] = Counter()
    for drew in drawn:
        own = [c for c in CONSTRUCTS if drew[c]]
        found.update(itertools.combinations_with_replacement(own, 2))
    return found


def table(drawn: Sequence[Counter[str]]) -> str:
    """The constructs with their counts, and the rarest pairs."""
    found = pairs(drawn)
    every = list(itertools.combinations_with_replacement(CONSTRUCTS, 2))
    counts = sorted(CONSTRUCTS, key=lambda c: found[c, c])
    lines = [f"\n{len(CONSTRUCTS)} constructs, networks that contain each:"]
    for k in range(0, len(counts), 5):
        lines.append("  " + "".join(f"{c:>18} {found[c, c]:>5}" for c in counts[k : k + 5]))
    rare = sorted(every, key=lambda p: found[p])[:RAREST]
    lines.append(f"the rarest of {len(every)} pairs:")
    lines += ["  " + ",  ".join(f"{a} + {b} {found[a, b]}" for a, b in rare)]
    return "\n".join(lines)
