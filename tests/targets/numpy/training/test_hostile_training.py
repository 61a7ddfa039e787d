"""What a hostile user found: rules, stopping conditions, data and files in odd combinations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chalkgrad.codegen.report.asked import Asked, command_line
from chalkgrad.codegen.targets.numpy.training.program import training_program
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.pipeline import network_of
from chalkgrad.derive.spec.spec import load_specs
from tests.report.command_tools import trained, typed
from tests.targets.numpy.training import program_networks as pn

NET = """
name: hostile
input: {x: [2]}
target: {y: [1]}
layers: [dense: {units: 2, activation: tanh}, dense: {units: 1}]
loss: squared_error
"""
CSV = "1,2,3\n2,3,4\n3,5,6\n"


def source(more: str, net: str = NET) -> str:
    (spec,) = load_specs("hostile.yaml", text=f"{net.lstrip()}{more}\n")
    return training_program(network_of(spec).derive())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with data for NET."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET.lstrip())
    Path("d.csv").write_text(CSV)
    return tmp_path


@pytest.mark.parametrize("rule", ["newton", "newton_cg", "gauss_newton"])
def test_a_matrix_rule_knows_frozen_parameters(rule: str, place: Path) -> None:
    more = f"update: {{{rule}: {{damping: 3, freeze: [b0]}}}}\n"
    Path("net.yaml").write_text(NET.lstrip() + more)
    said = trained("net.yaml", "--data", "d.csv", "--epochs", "2", "--no-report")
    assert "2 epochs" in said
    with np.load("build/hostile/hostile.npz") as weights:
        assert not weights["b0"].any()


@pytest.mark.parametrize(
    ("rule", "says"),
    [("W0[9,9] < 1", "no such entry of 'W0'"), ("y0[2] < 1", "no such entry of 'y0'"),
     ("abs(dW0[0,0]) < 1", "'dW0', which is not there"), ("dL < 1", "'dL', which is not there")],
)  # fmt: skip
def test_a_stopping_rule_that_no_run_could_test_is_refused(rule: str, says: str) -> None:
    with pytest.raises(ChalkgradError, match="stop") as refused:
        source(f'train: {{stop: "{rule}"}}')
    assert says in str(refused.value)


def test_the_command_in_a_report_has_every_digit() -> None:
    said = command_line(Asked("digits", rate=0.123456789, validation=0.1))
    assert said.endswith("--validation 0.1 --rate 0.123456789")


def test_what_mixes_samples_is_judged_with_all_of_them() -> None:
    net = NET.replace("}, dense", "}, batch_norm, dense")
    assert "CHUNK = 1000000000" in source("", net)
    assert "CHUNK = 1024" in source("")


def test_masks_among_the_numbers_of_a_spec_are_left_out(place: Path) -> None:
    text = f"name: masked\n{pn.SPECS['dropped'].lstrip()}samples: {{x: [[1, 2, 3, 4]], "
    Path("net.yaml").write_text(text + "m: [[1, 1, 1, 0, 1, 1]], y: [[1]]}\n")
    assert "3 epochs" in trained("net.yaml", "--epochs", "3", "--no-report")


def test_a_header_with_some_of_the_names_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    p = pn.program("halves")
    Path("h.csv").write_text("y,x[0],x[1]\n1,2,3\n")
    assert p.main(["train", "--data", "h.csv"]) == 2
    assert "has some of the columns, but not y[0]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [("--log", "d.csv"), ("--weights", "a.npz", "--checkpoint", "./a.npz"),
     ("--checkpoint", "d.csv"), ("--log", "a.csv", "--validation-data", "a.csv")],
)  # fmt: skip
def test_no_file_of_a_run_is_written_over(
    given: tuple[str, ...], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    p = pn.program("halves")
    assert p.main(["train", "--data", "d.csv", *given]) == 2
    assert "is named twice" in capsys.readouterr().err
    assert Path("d.csv").read_text() == CSV


def test_answers_are_not_written_over_what_was_asked(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pn.program("halves").main(["infer", "--data", "d.csv", "--output", "d.csv"]) == 2
    assert "is named twice" in capsys.readouterr().err
    assert typed("net.yaml", "--data", "d.csv", "--checkpoint", "d.csv").exit_code == 2
    assert Path("d.csv").read_text() == CSV


def test_two_ways_to_judge_a_run_are_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    p = pn.program("halves")
    both = ("--validation", "0.5", "--validation-data", "d.csv")
    assert p.main(["train", "--data", "d.csv", *both]) == 2
    assert "say one" in capsys.readouterr().err


def test_a_start_that_the_spec_asks_for_and_does_not_have_is_refused(place: Path) -> None:
    Path("net.yaml").write_text(NET.lstrip() + "train: {start: example}\n")
    made = typed("net.yaml", "--data", "d.csv")
    assert made.exit_code == 2
    assert "no numbers for all parameters" in made.output
    assert not Path("build").exists()


def test_to_go_on_and_to_start_anew_are_not_one_wish(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    p = pn.program("halves")
    assert p.main(["train", "--data", "d.csv", "--resume", "--fresh"]) == 2
    assert "say one" in capsys.readouterr().err


def test_a_program_takes_every_seed_that_a_spec_takes(place: Path) -> None:
    p = pn.program("halves")
    assert p.main(["train", "--data", "d.csv", "--seed", str(2**32 - 1), "--epochs", "1"]) == 0


def test_a_spec_in_which_nothing_learns_has_no_program() -> None:
    with pytest.raises(ChalkgradError, match="nothing learns"):
        source("update: {adam: {freeze: [W0, b0, W1, b1]}}")
    with pytest.raises(ChalkgradError, match="no numbers for all parameters"):
        source("train: {start: example}")


@pytest.mark.parametrize("first", ['"1,2,3', ",,", "?,?,?"])
def test_a_broken_first_line_is_no_header(place: Path, first: str) -> None:
    Path("d.csv").write_text(f"{first}\n2,3,4\n")
    with pytest.raises(pn.program("halves").Fault, match="line 1"):
        pn.program("halves").read_data("d.csv")


def test_a_header_with_a_name_twice_is_refused(place: Path) -> None:
    Path("d.csv").write_text("x[0],x[0],x[1],y[0]\n1,2,3,4\n")
    with pytest.raises(pn.program("halves").Fault, match="names the column x\\[0\\] twice"):
        pn.program("halves").read_data("d.csv")


def test_a_table_has_the_rounds_that_were_made(place: Path) -> None:
    more = ("--trace", "--show", "1,2,9", "--stop", "abs(f - t) < 0.2", "--no-report")
    made = typed("neuron", *more, "-o", "o")
    assert made.exit_code == 0, made.output


def test_the_letter_of_a_sum_is_no_tensor_of_that_name() -> None:
    """A penalty over an axis m, beside an input m: it has no samples."""
    net = """
name: letters
axes: {m: 2, j: 3}
input: {m: [m]}
target: {y: [j]}
parameters: {V: [m, j]}
equations: |
  v[j] = sum[m](m[m]*V[m,j])

  L = sum[j]((v[j] - y[j])**2)
loss: L
penalty: [l2: {of: V, rate: 0.1}]
"""
    (spec,) = load_specs("letters.yaml", text=net.lstrip())
    network = network_of(spec)
    assert not network.tensors["R_V"].batch
    assert network.derive().adjoint("V")


def test_the_checkpoint_of_a_complete_run_is_not_the_one_that_was_stopped(place: Path) -> None:
    p = pn.program("halves")
    assert p.main(["train", "--data", "d.csv", "--epochs", "2", "--checkpoint", "c"]) == 0
    assert p.hint_to_resume("c") == ""
