"""The command's shell: cold start, wrong arguments, the error boundary, show and explain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalkgrad.derive.language.errors import ChalkgradError, MissingProgramError
from tests.command.fake_engine import Engine, FakeNetwork, fails, tree, typed
from tests.paths import ROOT

COMMANDS = ("build", "show", "check", "explain", "renotate", "layers", "examples", "new")
HEAVY = {"sympy", "numpy", "pydantic", "jinja2", "opt_einsum", "yaml"}
FAULTS = {"language", "language.errors"}  # of derive: what a message is made of


@pytest.mark.parametrize("args", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_of_the_engine(args: list[str]) -> None:
    code = (
        "import sys; from chalkgrad.codegen.command.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('loaded:', *sorted(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.rpartition("loaded:")[2].split())
    assert "typer" in loaded
    # For a command's own help some releases of typer read its options with pydantic.
    assert loaded & (HEAVY if args == ["--help"] else HEAVY - {"pydantic"}) == set()
    engine = "chalkgrad.derive."
    assert {m.removeprefix(engine) for m in loaded if m.startswith(engine)} == FAULTS


def test_help_names_every_command_of_the_contract() -> None:
    shown = typed("--help").stdout
    assert [name for name in COMMANDS if f" {name} " not in shown] == []


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["frobnicate"], "frobnicate"),
        (["build", "--frobnicate", "x"], "--frobnicate"),
        (["build"], "SPEC"),
        (["explain", "x"], "ENTRY"),
        (["new", "a", "b"], "b"),
    ],
)
def test_typer_refuses_wrong_arguments(args: list[str], word: str) -> None:
    result = typed(*args)
    assert result.exit_code == 2
    assert word in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["build"], ["show"], ["check"]])
def test_a_spec_that_is_not_there(command: list[str], engine: Engine, folder: Path) -> None:
    fails(typed(*command, "nosuch.yaml"), 2, "nosuch.yaml", "no such file")
    assert tree(folder) == {"a.yaml"}


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (
            ChalkgradError("bad", where="layers[0]", hint="mend it"),
            2,
            ["layers[0]: bad", "mend it"],
        ),
        (MissingProgramError("no TeX", hint="install it"), 3, ["no TeX", "install it"]),
        (PermissionError(13, "Permission denied", "a.yaml"), 2, ["a.yaml: Permission denied"]),
        (ChalkgradError("title \x1b[2J\x07"), 2, [r"title \x1b[2J\x07"]),
    ],
)
def test_a_fault_is_one_message(
    fault: Exception, code: int, words: list[str], engine: Engine, folder: Path
) -> None:
    engine.fault = fault
    fails(typed("build", "a.yaml"), code, *words)
    assert tree(folder) == {"a.yaml"}


def test_a_terminal_that_lacks_a_character() -> None:
    code = (
        "from chalkgrad.codegen.command import main as cli\n"
        "from chalkgrad.codegen.console.output import standard_output\n"
        "cli.app = lambda **_: standard_output().print(chr(0x2202) + 'L')\n"
        "cli.main()"
    )
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert run.stdout == b"?L\n"


def test_a_fault_of_our_own_keeps_its_traceback(engine: Engine, folder: Path) -> None:
    engine.fault = ZeroDivisionError("ours")
    assert typed("build", "a.yaml").exception is engine.fault


def test_text_of_a_spec_is_no_markup(engine: Engine, folder: Path) -> None:
    assert "[bold]v0[j] = 1" in typed("show", "a.yaml").stdout


def test_show_passes_names_and_levels_in_order(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("one"), FakeNetwork("two")]
    args = ["--wrt", "W1[0,1],b1", "--wrt", "W0", "--level", "matrix,chain"]
    assert typed("show", "a.yaml", *args).exit_code == 0
    assert engine.calls[1:] == [
        ("show", name, ["W1[0,1]", "b1", "W0"], ["matrix", "chain"]) for name in ("one", "two")
    ]


def test_show_one_network_of_several(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("one"), FakeNetwork("one_two", key="two")]
    for name in ("two", "one_two"):
        engine.calls.clear()
        assert typed("show", "a.yaml", "--network", name).exit_code == 0
        assert engine.calls[1:] == [("show", "one_two", [], [])]
    fails(typed("show", "a.yaml", "--network", "tow"), 2, "tow", "did you mean 'two'?")


def test_show_refuses_an_unknown_level(engine: Engine, folder: Path) -> None:
    fails(typed("show", "a.yaml", "--level", "matrx"), 2, "--level", "did you mean 'matrix'?")


def test_explain_passes_the_entry(engine: Engine, folder: Path) -> None:
    assert typed("explain", "a.yaml", "W1[1,0]").exit_code == 0
    assert engine.calls[1:] == [("explain", "net", "W1[1,0]")]
