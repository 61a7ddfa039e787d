"""What CONTRIBUTING.md promises to whoever adds something: its examples, carried out in a copy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.copies import Copy
from tests.paths import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^`([\w/.]+)`\n```\w+\n(.*?)^```$", re.M | re.S)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
SECTIONS = dict(re.findall(r"^### … an? ([\w ]+)\n(.*?)(?=^### |\Z)", TEXT, re.M | re.S))


def places(section: str) -> set[str]:
    """The files of the package that an example touches, a new folder as one."""
    files = [Path(name) for name, _ in BLOCK.findall(section)]
    ours = [p for p in files if p.parts[0] in ("derive", "codegen")]
    return {str(p if (ROOT / p.parent).is_dir() else p.parent) for p in ours}


def test_there_is_an_example_of_everything_that_people_add() -> None:
    kinds = "layer activation loss optimiser notation language"
    assert list(SECTIONS) == [*kinds.split(), "deck item", "document kind", "target"]


@pytest.mark.parametrize("kind", SECTIONS)
def test_it_is_added_in_one_place(kind: str, tmp_path: Path) -> None:
    section = SECTIONS[kind]
    assert len(places(section)) == 1
    copy = Copy(tmp_path)
    for name, text in BLOCK.findall(section):
        copy.add(name, text)
    lines = [line.split() for block in COMMANDS.findall(section) for line in block.splitlines()]
    assert lines
    for command, *words in lines:
        assert command == "chalkgrad"
        copy.command(*words)
    written = {p.suffix for p in (tmp_path / "build").rglob("*.*")}
    assert {".py", ".html"} <= written
