"""Numbers of an example that is not complete are used, the rest is drawn; data of a file needs none
in the spec; `batch: 0` and `batch: all` are one wish."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.checking import check_module
from chalkgrad.codegen.targets.loading import load_module
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.targets.numpy.training.program import training_program
from chalkgrad.codegen.targets.numpy.training.rounds import train
from tests.report.command_tools import trained, typed

SPEC: dict[str, Any] = {
    "name": "partial",
    "input": {"x": [2], "q": []},
    "target": {"y": {"shape": [], "integer": 3}},
    "parameters": {"W": [2, 3], "V": [2, 3], "b": [3]},
    "equations": "z[k] = sum[i](log(x[i])*W[i,k] + x[i]*V[i,k]) + b[k] + q; "
    "p[k] = softmax[k](z[k]); L = -log(p[y])",
    "loss": "L",
}
PART = {"V": [[0, 0, 1], [1, 0, 0]], "b": [1, 2, 3], "x": [0.5, 0.25]}
LOGIT: dict[str, Any] = {  # its cuts k rise: with drawn ones the loss is the log of less than 0
    "name": "ordered_logit",
    "axes": {"i": 3, "c": 3},
    "input": {"x": ["i"]},
    "target": {"y": {"shape": [], "integer": 4}},
    "parameters": {"b": ["i"], "k": ["c"]},
    "output": "m",
    "values": {"k": [-1, 0, 1]},
    "equations": "m = sum[i](x[i]*b[i]); hi = where(y < 3, sigmoid(k[y] - m), 1); "
    "lo = where(y > 0, sigmoid(k[y-1] - m), 0); L = -log(hi - lo)",
    "loss": "L",
}


def module(spec: dict[str, Any], folder: Path) -> Any:
    path = folder / f"{spec['name']}.py"
    path.write_text(numpy_module(load(spec).derive()), "utf-8")
    return load_module(path)


def test_given_parameters_and_data_are_used_and_the_rest_is_drawn(tmp_path: Path) -> None:
    made = module(SPEC | {"values": PART}, tmp_path)
    assert not hasattr(made, "worked_example")
    for seed in (0, 4):
        params, (x, q, y) = made.example(seed, batch=3)
        for start in (made.init(seed), params):
            assert np.array_equal(start.V, PART["V"])
            assert np.array_equal(start.b, PART["b"])
        assert np.array_equal(x, [PART["x"]] * 3)
        assert len(set(q)) == 3
        assert y.shape == (3,)
        drawn = np.random.default_rng(seed).standard_normal((2, 3))  # V and b draw nothing
        assert np.allclose(made.init(seed).W, drawn / 2**0.5)
    assert made.example(dtype=np.float32)[0].V.dtype == np.float32
    assert not check_module(made).failed


def test_a_network_that_has_no_loss_at_other_parameters_is_checked_at_the_given(
    tmp_path: Path,
) -> None:
    report = check_module(module(LOGIT, tmp_path))
    assert not report.failed
    assert report.tensors


def test_without_numbers_and_with_all_of_them_nothing_changes(tmp_path: Path) -> None:
    whole = {**PART, "W": [[1, 2, 3], [4, 5, 6]], "q": 1, "y": 2}
    for values in ({}, whole):
        made = module(SPEC | {"values": values}, tmp_path)
        assert not np.array_equal(made.init(0).V, PART["V"])
        assert np.array_equal(made.init(0).b, np.zeros(3))
        assert len(np.unique(made.example()[1][0])) == 6
    assert np.array_equal(made.worked_example()[0].V, PART["V"])


def test_init_by_name_says_more_than_values_and_a_group_says_less(tmp_path: Path) -> None:
    start = {"init": {"weights": "ones", "biases": "ones", "b": "zeros"}}
    made = module(SPEC | {"values": PART} | start, tmp_path).init(3)
    assert np.array_equal(made.V, PART["V"])
    assert not made.b.any()
    assert (made.W == 1).all()


def test_what_needs_a_complete_example_says_everything_that_is_missing() -> None:
    with pytest.raises(ChalkgradError) as caught:
        train(load(SPEC | {"values": PART, "update": {"sgd": {"rate": 1}}}), rounds=1)
    assert "no value for the input 'q', the target 'y', the parameter 'W'" in str(caught.value)
    asked = {"values": PART, "train": {"start": "example"}}
    with pytest.raises(ChalkgradError, match="no numbers for all parameters to start from: W"):
        training_program(load(SPEC | asked).derive())


LINE = """
name: line
input: {x: [1]}
target: {y: [1]}
layers: [dense: {units: 1}]
loss: squared_error
values: {W0: 3, b0: 4}
train: {epochs: 1, start: example}
update: {sgd: {rate: 1e-9}}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a spec that has no sample and data for it."""
    monkeypatch.chdir(tmp_path)
    Path("line.yaml").write_text(LINE.lstrip())
    np.savez("d.npz", x=np.arange(6.0).reshape(6, 1), y=np.ones((6, 1)))
    return tmp_path


@pytest.mark.parametrize("more", [[], ["--set", "train.start=random"], ["--start", "example"]])
def test_with_data_no_sample_stands_in_the_spec(place: Path, more: list[str]) -> None:
    trained("line.yaml", "--data", "d.npz", "--no-report", *more)
    with np.load("build/line/line.npz") as weights:
        assert np.allclose([weights["W0"].item(), weights["b0"].item()], [3, 4], atol=1e-6)
    made = typed("line.yaml")
    assert made.exit_code == 2
    assert "there is no data to learn from" in made.output


def program(spec: str) -> list[str]:
    d = load(Path(spec)).derive()
    Path("line.py").write_text(numpy_module(d), "utf-8")
    Path("line_train.py").write_text(training_program(d), "utf-8")
    return [sys.executable, "line_train.py", "train", "--data", "d.npz", "--quiet", "--fresh"]


def test_the_program_needs_no_sample_either(place: Path) -> None:
    subprocess.run(program("line.yaml"), check=True)
    with np.load("line.npz") as weights:
        assert np.allclose([weights["W0"].item(), weights["b0"].item()], [3, 4], atol=1e-6)


@pytest.mark.parametrize("size", ["0", "all"])
def test_zero_and_all_are_the_whole_batch_everywhere(place: Path, size: str) -> None:
    spec = load(Path("line.yaml"), [f"train.batch={size}"]).spec
    assert spec is not None
    assert spec.train.batch == 0
    trained("line.yaml", "--data", "d.npz", "--no-report", "--set", f"train.batch={size}")
    trained("line.yaml", "--data", "d.npz", "--no-report", "--fresh", "--batch", size)
    subprocess.run([*program("line.yaml"), "--batch", size], check=True)


@pytest.mark.parametrize("size", ["-1", "1.5", "some", "true"])
def test_other_words_are_no_size_of_a_batch(place: Path, size: str) -> None:
    with pytest.raises(ChalkgradError, match="batch"):
        load(Path("line.yaml"), [f"train.batch={size}"])
    assert typed("line.yaml", "--data", "d.npz", "--batch", size).exit_code == 2
