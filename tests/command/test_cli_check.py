"""`chalkgrad check`, and docs/check-your-own-backward.md as it is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import Result

from tests.command.fake_engine import Engine, fails, tree, typed
from tests.paths import ROOT


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("skipped", 0), ("failed", 1)])
def test_check_a_module(status: str, code: int, engine: Engine, folder: Path) -> None:
    Path("mine.py").write_text("# mine\n")
    engine.status = status
    result = typed("check", "mine.py")
    assert result.exit_code == code
    assert f"report[{status}]" in result.stdout
    assert engine.calls == [("check_module", "mine.py", "# mine\n")]


def test_check_a_spec_leaves_nothing_behind(engine: Engine, folder: Path) -> None:
    assert typed("check", "a.yaml").exit_code == 0
    assert ("check_module", "net.py", "# net\n") in engine.calls
    assert tree(folder) == {"a.yaml"}


def test_check_json_is_one_document(engine: Engine, folder: Path) -> None:
    engine.status = "failed"
    result = typed("check", "a.yaml", "a.yaml", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["status"] == "failed"
    assert [report["status"] for report in document["reports"]] == ["failed", "failed"]


def test_check_refuses_what_makes_no_sense(engine: Engine, folder: Path) -> None:
    fails(typed("check", "nosuch.py"), 2, "nosuch.py", "no such module")
    fails(typed("check", "a.py", "--set", "batch=sum"), 2, "--set")


def documented(language: str) -> str:
    """The one block of that language on the page."""
    page = (ROOT / "docs" / "check-your-own-backward.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def judged(result: Result) -> dict[str, str]:
    """Tensor -> status, of the one report in the JSON document."""
    (report,) = json.loads(result.stdout)["reports"]
    return {row["name"]: row["status"] for row in report["tensors"]}


def test_the_documented_module_passes(folder: Path) -> None:
    Path("my_module.py").write_text(documented("python"))
    result = typed("check", "my_module.py")
    assert result.exit_code == 0
    # The errors are rounding, and that is the machine's.
    rounding = re.compile(r"[0-9.]+e-[0-9]+")
    assert rounding.sub("", result.stdout) == rounding.sub("", documented("text"))
    assert tree(folder) == {"a.yaml", "my_module.py"}


@pytest.mark.parametrize(
    ("right", "wrong", "failed"),
    [
        ("1 - cache.y**2", "1 - cache.y", {"W", "b", "x"}),
        ("dv.sum(axis=0)", "dv.mean(axis=0)", {"b"}),
    ],
)
def test_the_documented_faults_fail(right: str, wrong: str, failed: set[str], folder: Path) -> None:
    good = documented("python")
    assert good.count(right) == 1
    Path("my_module.py").write_text(good.replace(right, wrong))
    result = typed("check", "my_module.py", "--json")
    assert result.exit_code == 1
    rows = judged(result)
    assert {name for name, status in rows.items() if status == "failed"} == failed
    assert set(rows) == {"W", "b", "x"}


def test_the_check_of_a_spec_holds_forward_against_its_equations(folder: Path) -> None:
    result = typed("check", "n232", "--json")
    assert result.exit_code == 0
    (report,) = json.loads(result.stdout)["reports"]
    assert [(r["name"], r["kind"], r["status"]) for r in report["forward"]] == [
        ("loss", "loss", "ok"),
        ("y1", "output", "ok"),
    ]
    text = typed("check", "n232").stdout
    assert re.search(r"^loss \(forward\) +\(\) +as written +4 +\S+ +ok$", text, re.MULTILINE)


def test_how_much_is_checked(engine: Engine, folder: Path) -> None:
    assert typed("check", "a.yaml", "--check", "full").exit_code == 0
    assert engine.options["budget"] is None
    assert typed("check", "a.yaml").exit_code == 0
    assert "budget" not in engine.options
    fails(typed("check", "a.yaml", "--check", "none"), 2, "--check", "full, quick")
    fails(typed("build", "a.yaml", "--check", "quik"), 2, "--check", "did you mean 'quick'")
