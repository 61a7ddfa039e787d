"""The fake engine in place of the real one, and an empty folder to work in."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.command.fake_engine import Engine, fake_paper


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    terminal = _module(
        "codegen.terminal.show",
        show=fake.show,
        explain=fake.explain,
        diagram=lambda network, console: console.print(f"diagram {network.name}"),
    )
    modules = [
        terminal,
        _module("codegen.targets.numpy.module", numpy_module=lambda d: f"# {d.network.name}\n"),
        _module("codegen.article.article", proved=fake_paper),
        _module("codegen.article.tex", paper_tex=lambda paper: f"% {paper.name}\n"),
        _module("codegen.documents.typst.article", article_typst=lambda paper, name: name),
        _module("codegen.checking", check_module=fake.check_module, render=fake.render),
        _module("derive.pipeline", load_all=fake.load_all),
    ]
    for module in modules:
        package, _, name = module.__name__.rpartition(".")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(importlib.import_module(package), name, module, raising=False)
    return fake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with one spec in it; programs are found in its ``bin`` only."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    Path("a.yaml").write_text("name: a\n")
    return tmp_path


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(f"chalkgrad.{name}")
    vars(module).update(members)
    return module
