"""docs/program.md: its commands run, in order, and its tables name what there is."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from chalkgrad.codegen.command.main import app
from tests.paths import ROOT
from tests.targets.numpy.training import program_networks as pn

PAGE = ROOT / "docs" / "program.md"
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def ran(line: str) -> str:
    """A line of the page, as a reader types it."""
    words = shlex.split(line)
    if words[0] == "chalkgrad":
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output
    assert words[0] == "python"
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", *words[1:]], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), line
    return done.stdout


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("train", "test"):
        labels = rng.integers(0, 3, 60)
        x = rng.normal(size=(60, 4)) + 4 * np.eye(4)[labels]
        table = np.column_stack([x, labels])
        np.savetxt(f"{name}.csv", table, "%.4f", ",", header="x[0],x[1],x[2],x[3],y", comments="")
    np.savetxt("new.csv", x, "%.4f", ",")
    told = {}
    for language, name, text in BLOCKS:
        if language == "sh":
            told |= {line: ran(line) for line in text.splitlines()}
        else:
            Path(name).write_text(text, "utf-8")
    assert "accuracy  100" in told["python iris_train.py evaluate --data test.csv"]
    assert "epoch 8/8" in list(told.values())[-1]
    predictions = Path("predictions.csv").read_text().splitlines()
    assert len(predictions) == 61
    assert predictions[0].endswith(",class")
    assert len(Path("history.csv").read_text().splitlines()) == 6
    assert ran("python use.py").startswith("1 ")


def test_the_page_names_every_option_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text("utf-8")
    for command in ("train", "evaluate", "infer"):
        with pytest.raises(SystemExit):
            pn.program("dense").main([command, "--help"])
        options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
        assert {o for o in options if f"`{o}" not in page} == set(), command
