"""Help is whole at 80 columns and speaks of what to type, not of Python types."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chalkgrad.codegen.command.main import app
from chalkgrad.codegen.outputs import outputs

COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def help_of(*words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)], ids=str)
def test_help_is_whole_and_names_no_python_type(words: tuple[str, ...]) -> None:
    shown = help_of(*words)
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    assert re.findall(r"<[^\s>]+>|\[\[|list\[|0<=", shown) == []


def test_every_output_can_be_read_in_the_help_of_build() -> None:
    shown = re.sub(r"[│\s]+", " ", help_of("build"))
    assert [name for name in outputs() if not re.search(rf"\b{name}[,; ]", shown)] == []


def test_the_shell_can_complete_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a shell asks for when somebody has typed `chalkgrad ren` and presses Tab."""
    typed = {"COMP_WORDS": "chalkgrad ren", "COMP_CWORD": "1"}
    asked = {"_CHALKGRAD_COMPLETE": "complete_bash", **typed}
    result = CliRunner().invoke(app, [], prog_name="chalkgrad", env=asked)
    assert result.stdout.split() == ["renotate"]
    assert "--install-completion" in help_of()
