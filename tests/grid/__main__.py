"""``python -m tests.grid [K/M] [SPEC…]``: the whole grid (the K-th of M parts, that of some specs).

What fails is told at once, and at the end by kind."""

from __future__ import annotations

import sys

from rich.progress import track

from tests.grid.cells import build, whole
from tests.grid.kinds import Kinds
from tests.grid.order import names, ordered


def main(words: list[str]) -> int:
    """Exit code 1 where a cell fails."""
    wanted = names(words)
    found = [c for c in whole() if not wanted or any(w in c[0].spec for w in wanted)]
    cells = [cell for of_lecture in ordered(found, words) for cell in of_lecture]
    kinds = Kinds()
    for cell in track(cells, "cells") if sys.stdout.isatty() else cells:
        with kinds.catching(str(cell)):
            build(cell)
    print(f"{len(cells)} cells, {kinds.told()}")
    return 1 if kinds.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
