"""The source distribution: the package, and beside it all that its own tests read.

setuptools finds this class by `cmdclass` in pyproject.toml; it is read as a file of its own there,
so nothing of the package is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from setuptools.command.sdist import sdist

FILES = ("CHANGELOG.md", "CONTRIBUTING.md", "Makefile", ".gitignore")
FOLDERS = ("bench", "docs", "generated", "tests")


class Sdist(sdist):
    def make_release_tree(self, base_dir: str, files: Sequence[str]) -> None:
        super().make_release_tree(base_dir, sorted({*files, *_beside()}))


def _beside() -> Iterator[str]:
    yield from (name for name in FILES if Path(name).is_file())
    for folder in FOLDERS:
        found = (p for p in Path(folder).rglob("*") if p.is_file() and p.suffix != ".pyc")
        yield from (p.as_posix() for p in found)
