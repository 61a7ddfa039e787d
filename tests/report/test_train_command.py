"""``chalkgrad train``: what it writes and says, interrupted, resumed, refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main

import chalkgrad
from chalkgrad.codegen.command.main import app
from chalkgrad.codegen.report import command as report_command
from chalkgrad.codegen.targets.numpy.training.loaded import load_program
from chalkgrad.codegen.targets.numpy.training.program import module_of, training_program
from chalkgrad.codegen.targets.numpy.training.rounds import train as by_hand
from chalkgrad.derive import examples
from chalkgrad.derive.language.errors import ChalkgradError
from tests.report.command_tools import files, rows_of, trained, typed, write_all

NAMES = {"line.npz", "line_history.csv", "line.checkpoint", "line_report.html", "line_report.png"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- what is written ------------------------------------------------------------------------------


def test_a_run_writes_its_files_and_says_what_they_are() -> None:
    said = trained("line.yaml", "--data", "line.csv")
    assert set(files("build/line")) == NAMES
    for name in NAMES:
        assert f"wrote build/line/{name}" in said
    assert "6 epochs (all epochs done)" in said


def test_the_history_is_that_of_the_evaluator() -> None:
    """The losses of XOR over 20 rounds, by the evaluator that lectures are worked with."""
    trained("xor", "--epochs", 20, "--no-report", "-o", "out")
    rows = rows_of("out/xor_history.csv")
    assert [int(r["epoch"]) for r in rows] == list(range(1, 21))
    network = chalkgrad.load(examples.path("xor"))
    losses = by_hand(network, rounds=20).losses
    assert [float(r["loss"]) for r in rows] == pytest.approx(list(losses[:-1]), rel=1e-12)
    assert {float(r["rate"]) for r in rows} == {1.0}


def test_the_program_reads_the_weights_and_finds_the_same_loss() -> None:
    said = trained("two.yaml", "--data", "train.csv", "--test-data", "test.csv", "--no-report")
    d = chalkgrad.load("two.yaml").derive()
    Path("two.py").write_text(module_of(d))
    Path("two_train.py").write_text(training_program(d))
    made = subprocess.run(
        [sys.executable, "two_train.py", "evaluate", "--data", "test.csv", "--weights",
         "build/two/two.npz"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    loss = float(made.stdout.split("loss")[1].split()[0])
    (line,) = [row for row in said.splitlines() if row.strip().startswith("test")]
    assert float(line.split("loss")[1].split()[0]) == pytest.approx(loss, rel=1e-5)


def test_weights_and_checkpoint_go_where_they_are_asked_for() -> None:
    trained("two.yaml", "--data", "train.csv", "--no-report", "-o", "out", "--weights", "w.npz",
            "--checkpoint", "")  # fmt: skip
    assert set(files("out")) == {"two_history.csv"}
    trained("two.yaml", "--data", "train.csv", "--no-report", "-o", "other")
    assert Path("w.npz").read_bytes() == Path("other/two.npz").read_bytes()


def test_the_best_epoch_of_the_validation_is_kept() -> None:
    options = ["--data", "train.csv", "--validation-data", "valid.csv", "--epochs", 30]
    said = trained("two.yaml", *options, "--rate", 3, "--no-report")
    rows = rows_of("build/two/two_history.csv")
    losses = [float(r["validation_loss"]) for r in rows]
    best = losses.index(min(losses))
    assert best < 29  # with this rate the last is not the best
    assert f"the weights of epoch {best + 1}:" in said
    assert f"validation  loss {losses[best]:.6g}" in said


def test_options_stand_for_keys_of_the_spec() -> None:
    trained("two.yaml", "--data", "train.csv", "--no-report", "-o", "a", "--batch", "all",
            "--rate", 0.02, "--seed", 7, "--epochs", 3, "--dtype", "float32")  # fmt: skip
    sets = ["train={epochs: 3, batch: all, seed: 7, precision: float32}",
            "update={momentum: {rate: 0.02}}"]  # fmt: skip
    trained("two.yaml", "--data", "train.csv", "--no-report", "-o", "b", "--set", sets[0],
            "--set", sets[1])  # fmt: skip
    assert files("a")["two.npz"] == files("b")["two.npz"]
    assert np.load("a/two.npz")["W0"].dtype == np.float32


def test_a_run_over_other_data_begins_at_random() -> None:
    """The spec's own samples from a file: without the spec's parameters, unless they are asked."""
    network = chalkgrad.load(examples.path("xor"))
    np.savez("xor.npz", **{k: np.array(network.values[k], float) for k in "xy"})
    own = ["xor", "--no-report", "--epochs", 2]
    trained(*own, "-o", "example")
    trained(*own, "-o", "random", "--start", "random")
    trained(*own, "-o", "data", "--data", "xor.npz")
    trained(*own, "-o", "both", "--data", "xor.npz", "--start", "example")
    made = {name: files(name)["xor.npz"] for name in ("example", "random", "data", "both")}
    assert made["random"] == made["data"] != made["example"] == made["both"]


def test_every_option_of_the_program_is_one_of_the_command() -> None:
    import argparse

    program = load_program(chalkgrad.load("two.yaml").derive())
    parser = argparse.ArgumentParser(add_help=False)
    program.add_train_options(parser)
    its = {o for action in parser._actions for o in action.option_strings}
    click: Any = typer.main.get_command(app)
    ours = {o for p in click.commands["train"].params for o in (*p.opts, *p.secondary_opts)}
    assert its - {"--log", "--plot"} <= ours  # the command always writes both


# -- interrupted and resumed ----------------------------------------------------------------------


def test_a_resumed_run_ends_bit_for_bit_the_same() -> None:
    options = ["line.yaml", "--data", "line.csv", "--validation", 0.2]
    trained(*options, "-o", "whole")
    trained(*options, "-o", "parts", "--epochs", 2, "--no-report")
    trained(*options, "-o", "parts", "--resume")
    assert files("whole") == files("parts")


def interrupt(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Ctrl-C after so many epochs."""
    from contextlib import contextmanager

    @contextmanager
    def shown(console: Any, total: int) -> Any:
        def heard(run: Any) -> None:
            if run.epoch == epoch:
                raise KeyboardInterrupt

        yield heard

    monkeypatch.setattr(report_command, "epochs_shown", shown)


def test_ctrl_c_keeps_the_checkpoint_and_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["two.yaml", "--data", "train.csv", "--no-report", "-o", "out"]
    with monkeypatch.context() as only:
        interrupt(only, 3)
        made = typed(*options)
    assert made.exit_code == 130
    assert set(files("out")) == {"two.checkpoint"}
    assert made.stderr == ("two: stopped. Epoch 3 is safe in out/two.checkpoint\n"
                           "  hint: --resume goes on from there\n")  # fmt: skip
    refused = typed(*options)
    assert refused.exit_code == 2
    assert refused.stderr == ("error: out/two.checkpoint: a run was interrupted after epoch 3\n"
                              "  hint: --resume goes on, --fresh starts anew\n")  # fmt: skip
    trained(*options, "--resume")
    trained(*options[:-1], "whole")
    assert files("out") == files("whole")
    with monkeypatch.context() as only:
        interrupt(only, 1)
        typed(*options, "--fresh")
    trained(*options, "--fresh")
    assert files("out") == files("whole")


def test_all_files_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ChalkgradError("no page")

    monkeypatch.setattr("chalkgrad.codegen.report.page.html_report", broken)
    made = typed("two.yaml", "--data", "train.csv", "-o", "out")
    assert (made.exit_code, made.stderr) == (2, "error: no page\n")
    assert set(files("out")) == {"two.checkpoint"}  # the work is not lost


def test_the_folder_is_not_left_where_nothing_came_into_it() -> None:
    made = typed("line.yaml", "--data", "line.csv", "-o", "a/b", "--rate", 1e300)
    assert made.exit_code == 2
    assert "not finite" in made.stderr
    assert not Path("a").exists()


# -- what is refused ------------------------------------------------------------------------------

WRONG: list[tuple[list[object], str]] = [
    (["nothing.yaml"], "no such file"),
    (["two.yaml"], "there is no data to learn from"),
    (["two.yaml", "--data", "no.csv"], "no.csv: there is no such file"),
    (["two.yaml", "--data", "yes.csv"], "yes.csv"),
    (["two.yaml", "--data", "two.yaml"], "two.yaml: "),
    (["two.yaml", "--data", "train.csv", "--test-data", "no.csv"], "no.csv"),
    (["two.yaml", "--data", "train.csv", "--validation-data", "yes.csv"], "yes.csv"),
    (["two.yaml", "--data", "train.csv", "--epochs", 0], "--epochs: a whole number from 1"),
    (["two.yaml", "--data", "train.csv", "--seed", -1], "--seed: a whole number from 0"),
    (["two.yaml", "--data", "train.csv", "--patience", -1], "--patience: a whole number"),
    (["two.yaml", "--data", "train.csv", "--rate", "nan"], "--rate: a number above 0"),
    (["two.yaml", "--data", "train.csv", "--batch", "half"], "--batch: 'half' is no number"),
    (["two.yaml", "--data", "train.csv", "--validation", 1], "--validation: a share"),
    (["two.yaml", "--data", "train.csv", "--validation", 0.1, "--validation-data", "valid.csv"],
     "two ways to judge the run"),
    (["two.yaml", "--data", "train.csv", "--start", "example"], "--start: the spec gives no"),
    (["two.yaml", "--data", "train.csv", "--stop", "1 +"], "1 +"),
    (["two.yaml", "--data", "train.csv", "--stop", "z < 1"], "reads 'z', which is not there"),
    (["two.yaml", "--data", "train.csv", "--resume"], "there is no such file"),
    (["two.yaml", "--data", "train.csv", "--resume", "--fresh"], "both --resume and --fresh"),
    (["two.yaml", "--data", "train.csv", "--resume", "--trace"], "needs the whole run"),
    (["two.yaml", "--data", "train.csv", "--resume", "--checkpoint", ""], "without a checkpoint"),
    (["two.yaml", "--data", "train.csv", "--show", "1"], "there is no table to show"),
    (["two.yaml", "--data", "train.csv", "--trace", "--show", "one"], "'one' is no round"),
    (["two.yaml", "--data", "train.csv", "--trace", "--show", "99"], "round 99 is not there"),
    (["two.yaml", "--data", "train.csv", "--weights", "w.txt"], "expected a file .npz"),
    (["two.yaml", "--data", "train.csv", "--weights", "no/w.npz"], "it cannot be written"),
    (["two.yaml", "--data", "train.csv", "--checkpoint", "no/c"], "it cannot be written"),
    (["two.yaml", "--data", "train.csv", "--network", "three"], "no network is called 'three'"),
    (["two.yaml", "--data", "train.csv", "--set", "update=adma"], "did you mean 'adam'"),
    (["lecture_ng"], "2 networks of this spec can be trained: neuron, deep"),
    (["lecture_ng", "--network", "and"], "no loss to make small"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[str(told) for _, told in WRONG])
def test_what_is_wrong_is_one_message(words: list[object], told: str) -> None:
    before = {p.name for p in Path().iterdir()}
    made = typed(*words, "-o", "out")
    assert made.exit_code == 2, (made.output, made.exception)
    assert made.stderr.startswith("error: ")
    assert made.stderr.count("error") == 1
    assert told in made.stderr
    assert made.stdout == ""
    left = {p.name for p in Path().iterdir()} - before - {"out"}
    assert not left
    assert not Path("out").exists() or set(files("out")) == {"two.checkpoint"}


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    made = typed("two.yaml", "--epoch", 3)
    assert made.exit_code == 2
    assert "--epochs" in made.output.replace("\n", " ")


# -- the program in this process ------------------------------------------------------------------


def test_loading_leaves_no_trace() -> None:
    import jinja2

    text = Path("two.yaml").read_text().replace("name: two", "name: jinja2")
    Path("c.yaml").write_text(text)
    load_program(chalkgrad.load("two.yaml").derive())
    assert not {"two", "two_train"} & set(sys.modules)
    modules, path = dict(sys.modules), list(sys.path)
    program = load_program(chalkgrad.load("c.yaml").derive())
    assert program.model.Params._fields == ("W0", "b0", "W1", "b1")
    assert sys.modules["jinja2"] is jinja2
    assert not [n for n in sys.modules if n not in modules and "jinja2" in n]
    assert sys.path == path


def test_quiet_says_nothing() -> None:
    assert trained("two.yaml", "--data", "train.csv", "--no-report", "--quiet") == ""
