"""``python -m tests.grid [SPEC…]``: the whole grid (or that of some specs), what fails by kind."""

from __future__ import annotations

import sys

from rich.progress import track

from tests.grid.cells import build, whole
from tests.grid.kinds import Kinds


def main(wanted: list[str]) -> int:
    """Exit code 1 where a cell fails."""
    cells = [c for c in whole() if not wanted or any(w in c.spec for w in wanted)]
    kinds = Kinds()
    for cell in track(cells, "cells") if sys.stdout.isatty() else cells:
        with kinds.catching(str(cell)):
            build(cell)
    print(f"{len(cells)} cells, {kinds.told()}")
    return 1 if kinds.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
