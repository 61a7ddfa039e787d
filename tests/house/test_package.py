"""What is shipped: one import package with every file of its two folders, and what it needs."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TOPS = ("derive", "codegen")
OURS = ("bench", "docs", "generated", "tests", *TOPS)
# where the name of an import is not that of what is installed
CALLED = {
    "yaml": "pyyaml", "markdown_it": "markdown-it-py", "sklearn": "scikit-learn",
    "pydantic_core": "pydantic", "pptx": "python-pptx",
}  # fmt: skip
BUILD = """
import sys
from setuptools import build_meta
out = sys.argv[1]  # setuptools puts words of its own there
build_meta.build_wheel(out)
build_meta.build_sdist(out)
"""


def files(*folders: str) -> list[str]:
    """What stands in folders of the repository, without what Python leaves there."""
    found = (p for top in folders for p in (ROOT / top).rglob("*") if p.is_file())
    return sorted(p.relative_to(ROOT).as_posix() for p in found if "__pycache__" not in p.parts)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built from a copy: some seconds."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("built")
    for top in OURS:
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=copy, check=True, capture_output=True
    )
    return out


@pytest.fixture(scope="session")
def wheel(built: Path) -> list[str]:
    """The files of the wheel, what is said about it left out."""
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if ".dist-info/" not in name]


def test_the_wheel_holds_every_file_once(wheel: list[str]) -> None:
    wanted = []
    for name in files(*TOPS):
        public = name.startswith("codegen/package/")
        wanted.append("chalkgrad/" + (Path(name).name if public else name))
    assert sorted(wheel) == sorted(wanted)


def test_the_wheel_brings_one_import_package(wheel: list[str]) -> None:
    """So that it stands beside PyPI's own `derive` and `codegen`."""
    assert {name.partition("/")[0] for name in wheel} == {"chalkgrad"}


def test_the_source_distribution_holds_what_its_tests_read(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        held = Counter(m.name.partition("/")[2] for m in archive if m.isfile())
    top = ["pyproject.toml", "Makefile", "README.md", "LICENSE", "CHANGELOG.md"]
    assert [name for name in [*top, *files(*OURS)] if held[name] != 1] == []


def third_party(path: Path) -> set[str]:
    """The packages of others that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    tops = {name.partition(".")[0] for name in names}
    return {CALLED.get(t, t).lower() for t in tops - sys.stdlib_module_names - {"chalkgrad"}}


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[><=\[ ;]", r, maxsplit=1)[0].lower() for r in requirements}


def test_whatever_is_imported_is_declared() -> None:
    used = set().union(*(third_party(p) for top in TOPS for p in (ROOT / top).rglob("*.py")))
    extras = PROJECT["optional-dependencies"]
    offered = declared([r for name in extras if name != "dev" for r in extras[name]])
    needed = declared(PROJECT["dependencies"])
    assert used - needed - offered == {"setuptools"}  # it calls us, when a distribution is built
    assert needed | offered <= used


def test_a_hint_to_install_names_an_extra() -> None:
    for top in TOPS:
        for path in (ROOT / top).rglob("*.py"):
            for extra in re.findall(r"chalkgrad\[([\w,]+)\]", path.read_text("utf-8")):
                assert set(extra.split(",")) <= PROJECT["optional-dependencies"].keys(), path


def test_the_public_names_are_those_that_type_checkers_see() -> None:
    package = importlib.import_module("chalkgrad")
    tree = ast.parse((ROOT / "codegen/package/__init__.py").read_text("utf-8"))
    (block,) = (n for n in tree.body if isinstance(n, ast.If))
    seen = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        seen |= {a.asname or a.name: (node.module, a.name) for a in node.names}
    assert sorted(seen) == package.__all__ == dir(package)
    for name, (module, inner) in seen.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), inner)


def test_python_m_chalkgrad_is_the_command() -> None:
    told = [sys.executable, "-m", "chalkgrad", "--version"]
    run = subprocess.run(told, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("chalkgrad")
