"""What fails, by kind: the same exception at the same line is one fault."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

SHOWN = 12  # of what fails in one way


class Kinds:
    """Failures gathered while a grid is gone through."""

    def __init__(self) -> None:
        self.failed: dict[str, list[str]] = defaultdict(list)

    @contextmanager
    def catching(self, what: str) -> Iterator[None]:
        """Notes what is raised inside as a failure of ``what``."""
        try:
            yield
        except Exception as err:
            frame = traceback.extract_tb(err.__traceback__)[-1]
            place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
            kind = f"{type(err).__name__} {str(err)[:120]!r} at {place}"
            if kind not in self.failed:  # told at once: a grid takes long
                print(f"{what}: {kind}", flush=True)
            self.failed[kind].append(what)

    @property
    def count(self) -> int:
        return sum(map(len, self.failed.values()))

    def told(self) -> str:
        """The most frequent kind first."""
        lines = [f"{self.count} failed"]
        for kind, some in sorted(self.failed.items(), key=lambda x: -len(x[1])):
            lines += [f"{len(some)} × {kind}", *(f"    {s}" for s in some[:SHOWN])]
        return "\n".join(lines)
