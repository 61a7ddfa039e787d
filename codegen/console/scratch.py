"""A scratch folder beside the target; those that killed builds left there are swept.

A build holds a lock on its folder for as long as it lives, and the system lets go of it however the
build ends: a folder of that name that nobody holds is stale. So a build never sweeps another's that
still runs, were there many at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

PREFIX = ".chalkgrad-"
PARTS = frozenset({"work", "out"})
_NAME = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")  # as tempfile makes it


class Scratch:
    """A folder of our own in ``anchor`` with the folders ``work`` and ``out``, until `remove`."""

    def __init__(self, anchor: Path) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=anchor))
            self._lock = _locked(self.path)
            if self.path.exists():
                break
            self._release()  # swept before it was ours: the next one
        self.work, self.out = self.path / "work", self.path / "out"
        self.work.mkdir()
        self.out.mkdir()

    def remove(self) -> None:
        """The folder goes, with whatever is still in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)


def sweep(places: Iterable[Path]) -> None:
    """Remove what killed builds of this user left in these folders, and nothing else."""
    for place in places:
        with contextlib.suppress(OSError):
            for entry in [e for e in os.scandir(place) if _NAME.fullmatch(e.name)]:
                if _ours(entry):
                    _remove_stale(Path(entry.path))


def _ours(entry: os.DirEntry[str]) -> bool:
    own = not hasattr(os, "getuid") or entry.stat(follow_symlinks=False).st_uid == os.getuid()
    return own and entry.is_dir(follow_symlinks=False) and PARTS.issuperset(os.listdir(entry.path))


def _remove_stale(path: Path) -> None:
    lock = _locked(path)
    if lock is not None:  # nobody holds it, and nobody can take it while it goes
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _locked(path: Path) -> int | None:
    """The lock on a folder, held until it is closed; None where another has it, or none exists."""
    if sys.platform == "win32":  # no lock tells who lives, so nothing is swept
        return None
    import fcntl

    try:
        held = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held
