"""An engine of a few lines, and how the tests run the command on it."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from typer.testing import CliRunner, Result

from chalkgrad.codegen.command.main import app


def typed(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def fails(result: Result, code: int, *words: str) -> None:
    """The run ended with that code and one message on stderr that holds the words."""
    assert result.exit_code == code, (result.output, result.exception)
    assert result.stderr.count("error: ") == 1
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


class FakeReport:
    """As much of a gradient report as the shell looks at."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.failed = status == "failed"

    def to_json(self) -> dict[str, Any]:
        return {"module": "fake", "status": self.status}


class FakeNetwork:
    def __init__(self, name: str, fault: Exception | None = None, key: str = "main") -> None:
        self.name = self.title = name
        self.spec = SimpleNamespace(key=key, deck=[], model_fields_set=set())
        self.fault = fault

    def derive(self) -> SimpleNamespace:
        if self.fault:
            raise self.fault
        return SimpleNamespace(network=self)


def fake_paper(d: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(name=d.network.name)


class Engine:
    """What the shell calls: ``networks`` come from every spec, ``calls`` records the arguments."""

    def __init__(self) -> None:
        self.networks: list[FakeNetwork] = [FakeNetwork("net")]
        self.fault: Exception | None = None
        self.status = "ok"
        self.options: dict[str, Any] = {}
        self.calls: list[tuple[Any, ...]] = []

    def load_all(self, spec: Path, sets: list[str], *, page: object = None) -> list[FakeNetwork]:
        self.calls.append(("load_all", spec, list(sets)))
        if self.fault:
            raise self.fault
        return self.networks

    def check_module(self, path: Path, **options: Any) -> FakeReport:
        self.options = options
        self.calls.append(("check_module", path.name, path.read_text(encoding="utf-8")))
        return FakeReport(self.status)

    def render(self, report: FakeReport, console: Any) -> None:
        console.print(f"report[{report.status}]")

    def show(self, d: Any, wrt: list[str], levels: list[str], console: Any) -> None:
        self.calls.append(("show", d.network.name, wrt, levels))
        console.print("[bold]v0[j] = 1")

    def explain(self, d: Any, entry: str, console: Any) -> None:
        self.calls.append(("explain", d.network.name, entry))


def tree(folder: Path) -> set[str]:
    """Every file below the folder, hidden and scratch ones too."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if path.parts[0] != "bin"}


def install_pdflatex(folder: Path, script: str) -> None:
    program = folder / "bin" / "pdflatex"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
