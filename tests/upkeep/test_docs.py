"""The documentation is true: its examples build, its commands run, its links lead somewhere, its
tables are those of the source, and the layout names every file."""

from __future__ import annotations

import re
import shlex
import types
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalkgrad.codegen.command.main import app
from chalkgrad.codegen.lecture.items.entries import items
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.upkeep import docs_tables
from chalkgrad.derive.pipeline import network_of
from chalkgrad.derive.spec.spec import load_specs
from tests.paths import ROOT

PAGE = ROOT / "docs" / "language.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.M | re.S)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
# of docs/lecture.md: its blocks as (fence, language, word behind it, text)
LECTURE = (ROOT / "docs" / "lecture.md").read_text("utf-8")
FENCED = re.findall(r"^(`{3,4})(\w+) ?(\S*)\n(.*?)^\1$", LECTURE, flags=re.M | re.S)


def test_the_page_has_examples_and_nothing_else_in_blocks():
    assert len(BLOCKS) >= 8
    assert {language for language, _ in BLOCKS} == {"yaml"}


@pytest.mark.parametrize("text", [text for _, text in BLOCKS], ids=lambda t: t.split("\n")[0])
def test_the_examples_build(text: str):
    for spec in load_specs("language.md", text=text):
        module: Any = types.ModuleType(spec.name)
        source = numpy_module(network_of(spec).derive())
        exec(compile(source, f"{spec.name}.py", "exec"), module.__dict__)
        errors = module.self_check()
        assert errors
        assert max(errors.values()) < 1e-9


# -- docs/lecture.md ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", docs_tables.PAGES, ids=lambda path: path.stem)
def test_the_tables_of_a_page_are_those_of_the_source(path: Path) -> None:
    page = path.read_text("utf-8")
    assert docs_tables.filled(page) == page, "make generated brings them up to date"


def test_every_table_stands_on_one_page() -> None:
    pages = "".join(path.read_text("utf-8") for path in docs_tables.PAGES)
    marks = re.findall(r"^<!-- table: (\w+) -->$", pages, re.M)
    assert sorted(marks) == sorted(docs_tables.tables())
    assert pages.count("<!-- end -->") == len(marks)


def test_every_option_of_every_item_is_in_the_guide() -> None:
    table = docs_tables.tables()["items"]
    for name, model in items().items():
        assert f"| **`{name}`** |" in table
        for key, field in model.model_fields.items():
            assert f"| `{field.alias or key}` |" in table, (name, key)
    assert all(line.count(" | ") >= 3 for line in table.splitlines())


def test_what_a_table_says_of_an_option() -> None:
    rows = {line.split("|")[2].strip(): line for line in docs_tables.tables()["items"].splitlines()}
    assert rows["`reveal`"].split("|")[3].strip() == "`true` `false`, **`true`**"
    assert rows["`forms`"].split("|")[3].startswith(" **`symbols`** **`matrices`** `expanded`")
    assert rows["`terms`"].split("|")[3].strip() == "2 … 60, **`15`**"
    assert rows["`f`"].split("|")[3].strip() == "text, needed"


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the guide tells to save."""
    for _, language, name, text in FENCED:
        if name and language in ("yaml", "markdown"):
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = [
    (line, word)
    for _, language, word, text in FENCED
    if language == "sh"
    for line in text.splitlines()
]


def test_the_guide_s_blocks_are_files_and_commands() -> None:
    assert {language for _, language, _, _ in FENCED} == {"yaml", "markdown", "sh"}
    assert len(COMMANDS) >= 10
    assert all(line.startswith("chalkgrad ") for line, _ in COMMANDS)


@pytest.mark.parametrize(("line", "word"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_the_guide_s_commands_run(
    line: str, word: str, guide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TeX, but for those that are marked: they need it."""
    if word != "tex":
        monkeypatch.setenv("PATH", str(guide / "bin"))
    result = CliRunner().invoke(app, shlex.split(line)[1:])
    assert result.exit_code == 0, (result.output, result.exception)
    if line == "chalkgrad build neuron.yaml":
        told = LECTURE.partition("because the spec has a `deck:`")[2].partition("More is made")[0]
        names = {n for row in told.splitlines() for n in re.findall(r"`(\w+\.\w+)`", row[:60])}
        written = {path.name for path in Path("build/neuron").iterdir()}
        pdfs = {"neuron.pdf", "neuron_slides.pdf", "neuron_handout.pdf"}  # beside their text
        assert names == written - {"neuron.py", "neuron.json", "neuron.tex", *pdfs}
        assert pdfs <= written
    if "frames" in line:
        assert Path("build/neuron/neuron_frames/frame-001.svg").is_file()


# -- links ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1$", "", page.read_text("utf-8"), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`", "", text)
    links = re.findall(r"\]\(([^()\s]+)\)", text)
    inner = [link.partition("#")[0] for link in links if "://" not in link]
    assert [link for link in inner if link and not (page.parent / link).exists()] == []
