"""A copy of the package as it is installed: a test adds something, and asks what it says then."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT


class Copy:
    """``chalkgrad`` in a folder of its own; commands run in that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.package = folder, folder / "chalkgrad"
        skip = shutil.ignore_patterns("__pycache__", "package")
        shutil.copytree(ROOT / "codegen" / "package", self.package)
        for half in ("derive", "codegen"):
            shutil.copytree(ROOT / half, self.package / half, ignore=skip)

    def add(self, place: str, text: str) -> None:
        """A text to a file of the package (``derive/…``, ``codegen/…``), or to one beside it."""
        inside = place.startswith(("derive/", "codegen/"))
        path = (self.package if inside else self.folder) / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\n" + text if stream.tell() else text)

    def python(self, *args: str, code: int = 0) -> str:
        given = {**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "400",
                 "TERMINAL_WIDTH": "400", "PYTHONIOENCODING": "utf-8"}  # fmt: skip
        ran = subprocess.run([sys.executable, *args], cwd=self.folder, env=given, check=False,
                             capture_output=True, encoding="utf-8", timeout=300)  # fmt: skip
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def command(self, *args: str, code: int = 0) -> str:
        return self.python("-m", "chalkgrad", *args, code=code)
