"""docs/training.md: every command runs, every network learns what the page says it learns."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from chalkgrad import load
from chalkgrad.codegen.targets.numpy.training.loaded import load_program
from tests.paths import ROOT
from tests.report.command_tools import rows_of
from tests.targets.numpy.training.test_program_docs import ran

PAGE = ROOT / "docs" / "training.md"
TITLES = re.findall(r"^## (.*)$", PAGE.read_text("utf-8"), re.M)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def section(title: str) -> str:
    return PAGE.read_text("utf-8").split(f"\n## {title}\n")[1].partition("\n## ")[0]


def told(title: str) -> dict[str, str]:
    """What every command under a heading says, run in the page's order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", section(title), re.M | re.S)
    return {line: ran(line) for block in blocks for line in block.splitlines()}


def right_share(said: str) -> float:
    """The share of right answers on the test data, in percent."""
    (found,) = re.findall(r"^  test .*right ([\d.]+)%", said, re.M)
    return float(found)


def saved(path: str) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files if not name.startswith("__")}


def test_every_section_has_its_test() -> None:
    assert TITLES == ["Digits", "Digits by convolution", "Gates", "A neuron that stops",
                      "XOR, saved and used by another program", "Ten thousand rounds",
                      "Sequences"]  # fmt: skip


def test_digits() -> None:
    said = list(told("Digits").values())
    assert right_share(said[1]) >= 97
    (evaluated,) = re.findall(r"accuracy  ([\d.]+)%", said[4])
    assert float(evaluated) == pytest.approx(right_share(said[1]), abs=0.01)  # one run, told twice
    answers = [int(row["class"]) for row in rows_of("answers.csv")]
    with np.load("digits-test.npz") as file:
        assert 100 * np.mean(file["y"] == answers) == pytest.approx(float(evaluated), abs=1e-3)
    assert Path("build/digits/digits_report.html").is_file()


def test_digits_by_convolution() -> None:
    assert right_share(list(told("Digits by convolution").values())[1]) >= 98.5


def test_gates() -> None:
    told("Gates")
    wanted = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    for gate, answers in wanted.items():
        w = saved(f"build/gates_learned/gates_learned_{gate}.npz")
        v = corners @ w["W0"] + w["b0"]
        v = v if gate != "xor" else np.tanh(v) @ w["W1"] + w["b1"]
        assert np.abs(1 / (1 + np.exp(-v[:, 0])) - answers).max() < 0.1


def test_a_neuron_that_stops() -> None:
    (said,) = told("A neuron that stops").values()
    rounds = rows_of("build/neuron/neuron_history.csv")
    assert len(rounds) == 19
    assert "0.4300702856" in said
    w = saved("build/neuron/neuron.npz")
    assert [f"{float(w[n]):.10f}" for n in ("w0", "w1", "w2")] == [
        "2.2135940659", "-2.5728118683", "-3.2135940659",
    ]  # fmt: skip


def test_xor_is_saved_and_used_by_another_program() -> None:
    Path("inputs.csv").write_text("0,0,1\n0,1,1\n1,0,1\n1,1,1\n")
    said = told("XOR, saved and used by another program")
    outputs = [float(row["y1[0]"]) for row in rows_of("before.csv")]  # of the 1000th forward pass
    assert [f"{y:.10f}" for y in outputs] == [
        "0.0274441161", "0.9771621918", "0.9648465346", "0.0322949592",
    ]  # fmt: skip
    losses = [float(row["loss"]) for row in rows_of("history.csv")]
    assert f"{losses[999]:.12f}" == "0.003553475512"
    used = list(csv.reader(list(said.values())[-1].splitlines()))[1:]
    w = saved("xor.npz")
    hidden = 1 / (1 + np.exp(-np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]) @ w["W0"]))
    by_hand = 1 / (1 + np.exp(-hidden @ w["W1"]))
    np.testing.assert_allclose(np.array(used, float), by_hand, rtol=1e-12)


def test_ten_thousand_rounds() -> None:
    told("Ten thousand rounds")
    printed = re.findall(r"^\| (?:left|one).* \| (\S+) \|$", section("Ten thousand rounds"), re.M)
    assert printed == ["3.510187783e-5", "4.355321066e-6", "2.447562236e-6"]
    layers = [f"layers[{k}].dense.bias=per_unit" for k in (0, 1)]
    sets = {"fixed": [], "shared": [], "own": [*layers, "values.b_h=[.35,.35]",
                                               "values.b_o=[.60,.60]"]}  # fmt: skip
    x, target = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    for (kind, changed), loss in zip(sets.items(), printed, strict=True):
        model = load_program(load("mazur", changed).derive()).model
        params = model.Params(**saved(f"{kind}/mazur.npz"))
        assert f"{float(model.forward(params, x, target)[0]):.9e}".replace("e-0", "e-") == loss
        if kind == "fixed":
            outputs = model.predict(params, x)[0]
            assert [f"{y:.9f}" for y in outputs] == ["0.015913620", "0.984064274"]


def test_sequences() -> None:
    said = list(told("Sequences").values())
    assert right_share(said[1]) >= 99.5
    assert right_share(said[3]) >= 99
