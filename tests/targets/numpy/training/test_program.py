"""A generated program: its text, the run against a plain loop, metrics, files, the command line."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from chalkgrad.codegen.command.main import app
from tests.targets.numpy.training import program_networks as pn

KINDS = list(pn.SPECS)
GUARD = """
import sys
class Guard:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top == "numpy" or top.startswith("pn_"):
            return None
        raise ImportError(f"{name} is neither Python's nor NumPy")
sys.meta_path.insert(0, Guard())
import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def plain_run(p: Any, data: Any, settings: Any) -> tuple[Any, list[float]]:
    """Mini-batches by the documented scheme, written as plain loops: gradient descent."""
    rng = np.random.default_rng([settings.seed, 2])
    params = [w.copy() for w in p.model.init(settings.seed)]
    losses = []
    for _ in range(settings.epochs):
        order, total = rng.permutation(len(data[0])).tolist(), 0.0
        while order:
            rows, order = order[: settings.batch], order[settings.batch :]
            batch = [np.stack([a[row] for row in rows]) for a in data]
            loss, grads = p.model.loss_and_grads(p.model.Params(*params), *batch)
            total += float(loss) * (1 if p.SUMMED else len(rows))
            params = [w - settings.rate * g for w, g in zip(params, grads, strict=True)]
        losses.append(total / (1 if p.SUMMED else len(data[0])))
    return params, losses


# -- the text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_clean(kind: str, tmp_path: Path) -> None:
    pn.write(kind, tmp_path)
    rules = ["--isolated", "--select", "E,F,W,I,B,UP", "--line-length", "100", "--no-cache"]
    command = [sys.executable, "-m", "ruff", "check", *rules, "--target-version", "py311"]
    found = subprocess.run(
        [*command, f"pn_{kind}_train.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_program_passes_its_own_check(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert pn.program(kind).main(["--self-check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("ok ") for line in lines), lines


def test_python_and_numpy_are_enough(tmp_path: Path) -> None:
    path = pn.write("dense", tmp_path)
    np.savez(tmp_path / "d.npz", **pn.named("dense", pn.data("dense")))
    (tmp_path / "guard.py").write_text(GUARD)
    for args in (["--self-check"], ["train", "--data", "d.npz", "--epochs", "2"]):
        command = [sys.executable, "-W", "error", "guard.py", str(path), *args]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


# -- the run ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["halves", "several", "shared"])
def test_shuffled_mini_batches_equal_a_plain_loop(kind: str) -> None:
    p, data = pn.program(kind), pn.data(kind, 11)
    settings = p.Settings(epochs=4, batch=3, rate=0.05, seed=7)
    run = p.train(data, settings)
    params, losses = plain_run(p, data, settings)
    assert run.t == 16
    for w, expected in zip(run.params, params, strict=True):
        np.testing.assert_allclose(w, expected, rtol=1e-12, atol=1e-15)
    if kind != "shared":  # its penalty is part of every batch
        np.testing.assert_allclose(run.history["loss"], losses, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns(kind: str) -> None:
    p, data = pn.program(kind), pn.data(kind, 12)
    batch = 0 if kind == "curved" else 4
    run = p.train(data, p.Settings(epochs=40, batch=batch, seed=1))
    assert run.ended == "all epochs done" or p.STOP
    assert run.history["loss"][-1] < run.history["loss"][0]
    assert {"loss", "rate", "gradient_norm"} <= set(run.history)
    assert all(len(column) == run.epoch for column in run.history.values())


def test_a_batch_of_all_and_one_larger_than_all_are_the_same() -> None:
    p, data = pn.program("dense"), pn.data("dense")
    runs = [p.train(data, p.Settings(epochs=3, batch=batch)) for batch in (0, 10, 500)]
    assert pn.same(runs[0].params, runs[1].params)
    assert pn.same(runs[0].params, runs[2].params)


def test_without_shuffling_the_order_is_that_of_the_file() -> None:
    p, data = pn.program("halves"), pn.data("halves")
    run = p.train(data, p.Settings(epochs=1, batch=4, rate=0.1, shuffle=False))
    params = p.model.init(0)
    for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
        _, grads = p.model.loss_and_grads(params, *(a[rows] for a in data))
        params = p.model.Params(*(w - 0.1 * g for w, g in zip(params, grads, strict=True)))
    assert pn.same(run.params, params)


def test_the_split_is_disjoint_complete_and_from_the_seed() -> None:
    p, settings = pn.program("dense"), pn.program("dense").Settings(validation=0.3)
    data = (np.arange(20.0).reshape(20, 1), np.arange(20.0))
    rest, held = p.held_out(data, None, settings)
    assert (len(rest[0]), len(held[0])) == (14, 6)
    assert sorted([*rest[1], *held[1]]) == list(range(20))
    for part in (rest, held):
        assert np.array_equal(part[0][:, 0], part[1])
    assert np.array_equal(p.held_out(data, None, settings)[1][1], held[1])
    assert not np.array_equal(p.held_out(data, None, settings._replace(seed=1))[1][1], held[1])


def test_early_stopping_keeps_the_best() -> None:
    p, data = pn.program("dense"), pn.data("dense", 12)
    settings = p.Settings(epochs=400, batch=4, rate=0.05, validation=0.4, patience=5)
    after: list[Any] = []
    run = p.train(data, settings, told=lambda run: after.append(run.params))
    losses = run.history["validation_loss"]
    best = int(np.argmin(losses))
    assert run.ended == "no smaller loss for 5 epochs"
    assert run.epoch == best + 1 + 5 == run.best_epoch + 5 < 400
    assert pn.same(p.learned_params(run, True), after[best])
    held = p.held_out(data, None, settings)[1]
    assert float(p.model.forward(after[best], *held)[0]) == pytest.approx(losses[best], rel=1e-12)


def test_what_the_spec_says_is_the_default() -> None:
    assert pn.program("numbers").Settings(epochs=100, batch=0) == pn.program("numbers").DEFAULTS
    assert pn.program("curved").DEFAULTS.batch == 0, "Newton's step needs the loss of all samples"
    assert pn.program("dense").Settings(100, 32, 0.02) == pn.program("dense").DEFAULTS


def test_validation_data_of_its_own() -> None:
    p, data, judged = pn.program("dense"), pn.data("dense"), pn.data("dense", 5, seed=9)
    run = p.train(data, p.Settings(epochs=2), judged)
    assert pn.same(run.params, p.train(data, p.Settings(epochs=2)).params)
    expected = float(p.model.forward(run.params, *judged)[0])
    assert run.history["validation_loss"][-1] == pytest.approx(expected, rel=1e-12)


def test_the_stopping_rule_ends_the_neuron_of_the_lecture_after_19_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    p = pn.program("numbers")
    assert p.main(["train"]) == 0
    assert "epoch 19/100" in capsys.readouterr().out
    params = p.load_weights("pn_numbers.npz")
    x0, x1, t = p.model.worked_example()[1]
    assert abs(p.model.predict(params, x0, x1) - t) < 1e-4


def test_float32_stays_float32() -> None:
    for kind in KINDS:
        p = pn.program(kind)
        settings = p.Settings(epochs=2, batch=4, dtype="float32", rate=1e-3)
        data = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in pn.data(kind)]
        run = p.train(tuple(data), settings)
        assert {np.asarray(w).dtype for w in run.params} == {np.dtype(np.float32)}, kind
        kept = [np.asarray(v) for some in run.state.values() for v in some.values()]
        assert all(v.dtype == np.float32 for v in kept if v.ndim), kind


def test_dropout_draws_when_learning_and_takes_the_mean_when_judging() -> None:
    p, data = pn.program("dropped"), pn.data("dropped", 4000)
    rng = np.random.default_rng(3)
    mask = p.complete(data, rng)[1]
    assert set(np.unique(mask)) == {0, 1}
    assert mask.mean() == pytest.approx(0.75, abs=0.01)
    assert np.all(p.complete(data)[1] == 0.75)  # divided by 1 - rate: nothing is scaled
    params = p.model.init(0)
    up = np.tanh(data[0] @ params[0] + params[1])
    made = next(iter(p.predictions(params, data).values()))
    assert np.allclose(made, up @ params[2] + params[3])


# -- metrics ---------------------------------------------------------------------------------------


def counted(kind: str, data: Any, params: Any) -> float:
    """The share of right answers, entry by entry."""
    p = pn.program(kind)
    out = p.model.predict(params, *data[:-1])
    target, hits = data[-1], []
    for n in range(len(target)):
        if kind in ("dense", "conv", "curved"):
            hits.append(max(range(3 if kind != "curved" else 2), key=lambda k: out[n][k])
                        == list(target[n]).index(max(target[n])))  # fmt: skip
        elif kind == "numbered":
            hits.append(int(np.argmax(out[n])) == target[n])
        elif kind == "words":
            hits += [int(np.argmax(out[n, t])) == target[n, t] for t in range(4)]
        else:
            edge = 0.5 if kind == "halves" else 0
            hits += [(o > edge) == (t == 1) for o, t in zip(out[n], target[n], strict=True)]
    return sum(hits) / len(hits)


@pytest.mark.parametrize(
    "kind", ["dense", "conv", "curved", "numbered", "words", "halves", "logits"]
)
def test_accuracy_is_counted_by_hand(kind: str) -> None:
    p = pn.program(kind)
    data = list(pn.data(kind, 2500 if kind == "dense" else 30))  # more than is measured at once
    if kind in ("halves", "logits"):
        data[-1] = np.round(data[-1])
    run = p.train(tuple(data), p.Settings(epochs=2))
    expected = counted(kind, data, run.params)
    assert 0 < expected < 1
    assert run.history["accuracy"][-1] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["gru", "several", "halves"])
def test_where_nothing_is_right_or_wrong_there_is_no_accuracy(kind: str) -> None:
    p = pn.program(kind)
    run = p.train(pn.data(kind), p.Settings(epochs=1))
    assert "accuracy" not in run.history
    assert np.isnan(p.accuracy_of(run.params, pn.data(kind)))


@pytest.mark.parametrize("kind", ["dense", "halves", "shared"])
def test_the_loss_in_pieces_is_the_loss_of_all(kind: str) -> None:
    p, data = pn.program(kind), pn.data(kind, 2100)
    params = p.model.init(0)
    whole = float(p.model.forward(params, *data)[0])
    assert p.loss_of(params, data) == pytest.approx(whole, rel=1e-12)


# -- the build -------------------------------------------------------------------------------------


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.yaml"
    path.write_text(
        "name: net\nnetwork: {units: [2, 1], activation: sigmoid}\nloss: squared_error\n"
    )
    return path


def built(*args: str) -> Any:
    return CliRunner().invoke(app, ["build", "net.yaml", "-o", "out", *args])


def test_build_writes_module_and_program(spec: Path) -> None:
    result = built("--only", "program")
    assert result.exit_code == 0, result.output
    assert {p.name for p in Path("out").iterdir()} == {"net.py", "net_train.py"}
    assert "wrote out/net_train.py  trains on data" in result.stdout
    assert "ok       the same seed makes the same run" in result.stdout


def test_a_spec_with_train_gets_a_program(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert built().exit_code == 0
    assert not Path("out/net_train.py").exists()
    spec.write_text(spec.read_text() + "train: {epochs: 5}\nupdate: {newton_cg: {}}\n")
    assert built().exit_code == 0
    assert "epochs=5" in Path("out/net_train.py").read_text()
    assert "def hvp(" in Path("out/net.py").read_text()
    assert built("--only", "numpy").exit_code == 0
    assert "def hvp(" in Path("out/net.py").read_text(), "the program beside it needs it"


def test_a_lecture_with_a_network_that_cannot_learn(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program is made where it can be, unless it is asked for by name."""
    monkeypatch.setenv("PATH", "")
    spec.write_text(
        "name: net\ntrain: {epochs: 5}\nnetworks:\n"
        "  a: {network: {units: [2, 1]}, loss: squared_error}\n"
        "  b: {input: {x: []}, equations: f = x**2, loss: f}\n"
    )
    result = built()
    assert result.exit_code == 0, result.output
    assert "b: no program: there are no parameters to train" in result.stdout
    assert [p.name for p in Path("out").glob("*_train.py")] == ["net_a_train.py"]
    result = built("--only", "program")
    assert result.exit_code == 2
    assert "b: parameters: there are no parameters to train" in result.stderr


def test_a_program_that_fails_its_check_is_not_written(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalkgrad.codegen.targets.numpy.training import program

    monkeypatch.setattr(program, "END", "sys.exit(1)\n")
    result = built("--only", "program")
    assert result.exit_code == 1
    assert "nothing was written" in result.stdout
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input: {x: [2]}\ntarget: {y: [2]}\nequations: L = sum[i]((x[i] - y[i])**2)\n"
         "loss: L\n", "no parameters to train"),
        ("network: {units: [2, 2]}\nloss: squared_error\nname: json\n", "hide Python's own module"),
        ("input: {x: [2]}\nlayers: [dense: {units: 1}]\n", "net: loss: there is no loss"),
        ("network: {units: [n_x, 2]}\nloss: squared_error\n", "n_x"),
        ("network: {units: [2, 2], activation: g}\nloss: squared_error\n", "'g'"),
        ("network: {units: [2, 2]}\nloss: squared_error\ntrain: {stop: W1}\n", "condition"),
        ("network: {units: [2, 2]}\nloss: squared_error\ntrain: {stop: Q < 1}\n", "'Q'"),
        ("network: {units: [2, 2]}\nloss: squared_error\ntrain: {epochs: 0}\n", "epochs"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained(text: str, words: str, spec: Path) -> None:
    spec.write_text(text if "name:" in text else f"name: net\n{text}")
    result = built("--only", "program")
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.count("error: ") == 1
    assert words in result.stderr
    assert not Path("out").exists()


def test_where_a_run_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    p = pn.program("numbers")
    params, data = p.model.worked_example()
    np.savez("d.npz", **pn.named("numbers", data))
    args = ["train", "--epochs", "1", "--rate", "1e-9", "--quiet", "--fresh"]
    ours = ["--data", "d.npz"]
    for more, expected in (
        ([], params), ([*ours], p.model.init(0)), (["--start", "random"], p.model.init(0)),
        ([*ours, "--start", "example"], params), ([*ours, "--seed", "4"], p.model.init(4)),
    ):  # fmt: skip
        assert p.main([*args, *more]) == 0
        learned = p.load_weights("pn_numbers.npz")
        assert np.allclose(learned, expected, rtol=1e-6, atol=1e-8), more


def test_the_log_has_a_line_per_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    p = pn.program("numbers")
    assert p.main(["train", "--epochs", "3", "--log", "run.csv", "--quiet"]) == 0
    rows = list(csv.DictReader(Path("run.csv").read_text("utf-8").splitlines()))
    assert [int(float(row["epoch"])) for row in rows] == [1, 2, 3]
    params, data = p.model.worked_example()
    run = p.train(data, p.DEFAULTS._replace(epochs=3), start=params)
    assert [float(row["loss"]) for row in rows] == list(run.history["loss"])
