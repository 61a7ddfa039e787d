"""``chalkgrad train --trace``: the rounds as a table, on the terminal and in LaTeX."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.codegen.targets.numpy.training.rounds import train as by_hand
from chalkgrad.derive import examples
from tests.report.command_tools import trained, typed, write_all

# LECTURES 003: k -> w0, w1, w2, f
ROUNDS = {
    1: ("2.0591917092", "−2.8816165817", "−3.0591917092", "0.6558489278"),
    2: ("2.1101683217", "−2.7796633565", "−3.1101683217", "0.5839451779"),
    3: ("2.1475697964", "−2.7048604071", "−3.1475697964", "0.5286140064"),
    19: ("2.2135940659", "−2.5728118683", "−3.2135940659", "0.4300702856"),
}
NEURON = ["lecture_ng", "--network", "neuron", "--trace", "--no-report", "-o", "out"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(said: str) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table."""
    lines = said.splitlines()
    at = next(k for k, line in enumerate(lines) if set(line.strip()) == {"─"})
    rows = []
    for line in lines[at + 1 :]:
        if not line.strip():
            break
        rows.append(line.split())
    return re.split(r"\s{2,}", lines[at - 1].strip()), rows


def test_the_nineteen_rounds_of_the_neuron() -> None:
    head, rows = table(trained(*NEURON, "--set", "style.digits=10"))
    assert head == ["round", "w0", "w1", "w2", "f", "L", "abs(f - t) < 1e-4"]
    assert [r[0] for r in rows] == [str(k) for k in range(1, 20)]
    for k, numbers in ROUNDS.items():
        assert tuple(rows[k - 1][1:5]) == numbers
    assert [r[-1] for r in rows] == ["no"] * 18 + ["yes"]


def test_the_latex_of_the_chosen_rounds() -> None:
    """In the digits and the notation of the spec; in round 3 w0 is 2.15."""
    _, rows = table(trained(*NEURON, "--show", "1,2,3,last"))
    assert [r[0] for r in rows] == ["1", "2", "3", "19"]
    made = Path("out/ceng506_neuron_trace.tex").read_text("utf-8")
    lines = [line.removesuffix(r" \\").split(" & ") for line in made.splitlines() if "&" in line]
    assert lines[0] == ["round", "$w_{0}$", "$w_{1}$", "$w_{2}$", "$f$", "$L$",
                        r"$\lvert f - t \rvert < 10^{-4}$"]  # fmt: skip
    assert lines[3] == ["3", "$2.15$", "$-2.70$", "$-3.15$", "$0.53$",
                        r"$4.9 \cdot 10^{-3}$", "--"]  # fmt: skip
    assert [line[-1] for line in lines[1:]] == ["--", "--", "--", r"$\checkmark$"]
    assert "cgn" not in made
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error",
                           "ceng506_neuron_trace.tex"], cwd="out", capture_output=True)  # fmt: skip
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-800:]


def test_the_rounds_are_those_of_the_evaluator() -> None:
    """XOR for as many rounds as its lecture: a thousand, all samples at once."""
    said = trained("lecture_ando", "--network", "xor", "--trace", "--no-report",
                   "--show", "0,1,7,100,last", "--set", "style.digits=9")  # fmt: skip
    head, rows = table(said)
    assert head == ["round", "y1[0,0]", "y1[1,0]", "y1[2,0]", "y1[3,0]", "L"]
    (network,) = [n for n in chalkgrad.load_all(examples.path("lecture_ando"))
                  if n.spec.key == "xor"]  # fmt: skip
    trace = by_hand(network, rounds=100)
    assert rows.pop()[0] == "1000"
    for row in rows:
        k = int(row[0])
        assert float(row[-1]) == pytest.approx(trace.losses[k], abs=1e-9)
        outputs = trace[k].tensors["y1"].ravel()
        assert [float(c) for c in row[1:5]] == pytest.approx(list(outputs), abs=1e-9)


def test_another_rule_for_the_end() -> None:
    _, rows = table(trained(*NEURON, "--stop", "f < 0.5"))
    assert len(rows) == 4  # f: 0.66, 0.58, 0.53, 0.49
    assert rows[-1][-1] == "yes"
    _, rows = table(trained(*NEURON, "--stop", "f < 0.5", "--epochs", 2, "--fresh"))
    assert [r[-1] for r in rows] == ["no", "no"]
    head, rows = table(trained(*NEURON, "--stop", "", "--epochs", 3, "--fresh"))
    assert head[-1] == "L"
    assert len(rows) == 3


def test_the_spec_s_own_rule_goes_before_that_of_its_deck() -> None:
    stop = 'networks.neuron.train={stop: "f < 0.6", epochs: 9}'
    _, rows = table(trained(*NEURON, "--set", stop))
    assert [r[0] for r in rows] == ["1", "2"]


def test_several_updates_an_epoch_are_a_row() -> None:
    head, rows = table(trained("line.yaml", "--data", "line.csv", "--trace", "--no-report"))
    assert head == ["epoch", "W0[0,0]", "b0[0]", "L"]
    assert len(rows) == 6


def test_a_network_of_many_parameters_has_no_column_for_them() -> None:
    head, _ = table(trained("two.yaml", "--data", "train.csv", "--trace", "--no-report"))
    assert head == ["epoch", "L"]


def test_a_round_that_is_not_there() -> None:
    """Beyond the last epoch it is refused; where a run stops before it, the last one is shown."""
    made = typed(*NEURON, "--show", "1000000")
    assert made.exit_code == 2
    assert "round 1000000 is not there" in made.stderr
    made = typed(*NEURON, "--show", "20")
    assert made.exit_code == 0
    assert " 19 " in made.stdout
