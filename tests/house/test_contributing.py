"""What CONTRIBUTING.md promises to whoever adds something: its examples, carried out in a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^`([\w/.]+)`\n```\w+\n(.*?)^```$", re.M | re.S)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
SECTIONS = dict(re.findall(r"^### … an? ([\w ]+)\n(.*?)(?=^### |\Z)", TEXT, re.M | re.S))


def copied(folder: Path) -> Path:
    """The package as it is installed, in a folder of its own."""
    package = folder / "chalkgrad"
    shutil.copytree(ROOT / "codegen" / "package", package)
    for half in ("derive", "codegen"):
        shutil.copytree(ROOT / half, package / half, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def places(section: str) -> set[str]:
    """The files of the package that an example touches, a new folder as one."""
    files = [Path(name) for name, _ in BLOCK.findall(section)]
    ours = [p for p in files if p.parts[0] in ("derive", "codegen")]
    return {str(p if (ROOT / p.parent).is_dir() else p.parent) for p in ours}


def test_there_is_an_example_of_everything_that_people_add() -> None:
    assert set(SECTIONS) >= {"layer", "activation", "loss", "optimiser", "notation", "language"}


@pytest.mark.parametrize("kind", SECTIONS)
def test_it_is_added_in_one_place(kind: str, tmp_path: Path) -> None:
    section = SECTIONS[kind]
    assert len(places(section)) == 1
    package = copied(tmp_path / "lib")
    work = tmp_path / "work"
    work.mkdir()
    for name, text in BLOCK.findall(section):
        inside = name.startswith(("derive/", "codegen/"))
        path = (package if inside else work) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\n" + text if path.stat().st_size else text)
    run = [line.split() for block in COMMANDS.findall(section) for line in block.splitlines()]
    assert run
    for command, *words in run:
        assert command == "chalkgrad"
        done = subprocess.run(
            [sys.executable, "-m", "chalkgrad", *words], cwd=work, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(package.parent), "COLUMNS": "100"}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    written = {p.suffix for p in (work / "build").rglob("*.*")}
    assert {".py", ".html"} <= written
