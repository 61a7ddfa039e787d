"""``python -m tests.grid [SPEC…]``: the whole grid (or that of some specs), what fails by kind."""

from __future__ import annotations

import sys
import traceback
from collections import defaultdict

from rich.progress import track

from tests.grid.cells import Cell, build, whole


def main(wanted: list[str]) -> int:
    """Exit code 1 where a cell fails."""
    cells = [c for c in whole() if not wanted or any(w in c.spec for w in wanted)]
    failed: dict[str, list[Cell]] = defaultdict(list)
    shown = track(cells, "cells") if sys.stdout.isatty() else cells
    for cell in shown:
        try:
            build(cell)
        except Exception as err:
            frame = traceback.extract_tb(err.__traceback__)[-1]
            place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
            failed[f"{type(err).__name__} {str(err)[:120]!r} at {place}"].append(cell)
    for kind, some in sorted(failed.items(), key=lambda x: -len(x[1])):
        print(f"{len(some)} × {kind}\n    {some[0]}")
        print("    specs: " + ", ".join(sorted({c.spec.rpartition("/")[2] for c in some})))
        print("    notations: " + ", ".join(sorted({c.notation for c in some})))
    count = sum(map(len, failed.values()))
    print(f"{len(cells)} cells, {count} failed")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
