"""What a program reads and writes, and what it does where that is not possible."""

from __future__ import annotations

import csv
import importlib.util
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.targets.numpy.training import program_networks as pn
from tests.targets.numpy.training.test_program_failures import GOOD, TRAIN, refused, tree

QUIET = ("--epochs", "3", "--batch", "4", "--quiet", "--checkpoint", "")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with good data and the weights of a good run in it."""
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text(GOOD)
    assert pn.program("dense").main([*TRAIN]) == 0
    return tmp_path


def trained(data: str, kind: str = "dense") -> Any:
    """The parameters after a short run over that file."""
    p = pn.program(kind)
    assert p.main(["train", "--data", data, *QUIET]) == 0
    return p.load_weights(f"pn_{kind}.npz")


# -- reading ---------------------------------------------------------------------------------------


def lines(columns: np.ndarray, header: list[str], delimiter: str, end: str = "\n") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([*([header] if header else []), *columns.tolist()])
    return text.getvalue().encode()


def test_every_kind_of_file_makes_the_same_run(place: Path) -> None:
    data = pn.data("dense", 9)
    rows = np.concatenate(data, axis=1)
    heads = [f"x[{k}]" for k in range(4)] + [f"y[{k}]" for k in range(3)]
    order = [6, 2, 0, 5, 1, 4, 3]
    np.savez("a.npz", **pn.named("dense", data))
    np.savez_compressed("b.npz", x=data[0], y=data[1], more=np.ones(3))
    np.save("c.npy", rows)
    np.save("d.npy", np.asfortranarray(rows))
    Path("e.csv").write_bytes(lines(rows, [], ","))
    Path("f.csv").write_bytes(lines(rows, ["a", "b", "c", "d", "e", "f", "g"], ","))
    Path("g.tsv").write_bytes(lines(rows, heads, "\t", "\r\n"))
    Path("h.csv").write_bytes(lines(rows[:, order], [heads[k] for k in order], ","))
    wider = np.concatenate([rows[:, order], rows], axis=1)
    names = [*(heads[k] for k in order), *"pqrstuv"]
    Path("i.csv").write_bytes(b"\xef\xbb\xbf" + lines(wider, names, ",") + b"\n  \n")
    expected = trained("a.npz")
    for path in ("b.npz", "c.npy", "d.npy", "e.csv", "f.csv", "g.tsv", "h.csv", "i.csv"):
        assert pn.same(trained(path), expected), path


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8"])
def test_labels_are_one_hot_targets(dtype: str, place: Path) -> None:
    x = pn.data("dense", 9)[0]
    labels = np.arange(9) % 3
    np.savez("full.npz", x=x, y=np.eye(3)[labels])
    np.savez("labels.npz", x=x, y=labels.astype(dtype))
    np.savez("column.npz", x=x, y=labels.astype(dtype)[:, None])
    np.save("rows.npy", np.concatenate([x, labels[:, None]], axis=1))
    expected = trained("full.npz")
    for path in ("labels.npz", "column.npz", "rows.npy"):
        assert pn.same(trained(path), expected), path


def test_flat_rows_fill_the_shape(place: Path) -> None:
    x, y = pn.data("conv", 6)
    np.savez("full.npz", x=x, y=y)
    np.savez("flat.npz", x=x.reshape(6, 36), y=y)
    np.save("rows.npy", np.concatenate([x.reshape(6, 36), y], axis=1))
    assert pn.same(trained("flat.npz", "conv"), trained("full.npz", "conv"))
    assert pn.same(trained("rows.npy", "conv"), trained("full.npz", "conv"))


def test_numbers_of_one_sample_may_be_columns(place: Path) -> None:
    x0, x1, t = pn.data("numbers", 5)
    np.savez("a.npz", x0=x0, x1=x1, t=t)
    np.savez("b.npz", x0=x0[:, None], x1=x1[:, None], t=t[:, None])
    Path("c.csv").write_bytes(lines(np.stack([x0, x1, t], axis=1), ["x0", "x1", "t"], ","))
    assert pn.same(trained("b.npz", "numbers"), trained("a.npz", "numbers"))
    assert pn.same(trained("c.csv", "numbers"), trained("a.npz", "numbers"))


def test_bools_and_float16_are_numbers() -> None:
    p = pn.program("halves")
    given = {"x": np.float16([[0.5, 1]]), "y": np.array([[True]])}
    assert p.fitted("x", given, np.float64, "").tolist() == [[0.5, 1]]
    assert p.fitted("y", given, np.float32, "").dtype == np.float32


# -- writing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dense", "several", "words", "numbers", "dropped", "itself"])
def test_predictions_read_back_exactly(kind: str, place: Path) -> None:
    p, data = pn.program(kind), pn.data(kind, 5)
    arrays = pn.named(kind, data)
    np.savez("d.npz", **arrays)
    np.savez("new.npz", **{n: a for n, a in arrays.items() if n not in p.TARGETS})
    params = trained("d.npz", kind)
    expected = p.predictions(params, data)
    for path in ("d.npz", "new.npz"):
        assert p.main(["infer", "--data", path, "--output", "p.npz"]) == 0
        with np.load("p.npz") as made:
            assert {*made.files} - {"class"} == {*expected}
            assert all(np.array_equal(made[n], a) for n, a in expected.items())
            if "class" in made:
                assert np.array_equal(made["class"], next(iter(expected.values())).argmax(-1))
    assert p.main(["infer", "--data", "new.npz", "--output", "p.csv"]) == 0
    rows = list(csv.DictReader(Path("p.csv").read_text("utf-8").splitlines()))
    for name, array in expected.items():
        for at in np.ndindex(array.shape):
            head = name + (f"[{','.join(map(str, at[1:]))}]" if at[1:] else "")
            assert float(rows[at[0]][head]) == array[at]


def test_predictions_on_the_terminal_and_as_one_array(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    p = pn.program("dense")
    capsys.readouterr()
    assert p.main(["infer", "--data", "d.csv"]) == 2, "five columns, none of them named"
    Path("new.csv").write_text("".join(f"{line[:15]}\n" for line in GOOD.splitlines()))
    capsys.readouterr()
    assert p.main(["infer", "--data", "new.csv"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert [head[-3:] for head in rows[0]] == ["[0]", "[1]", "[2]", "ass"]
    assert p.main(["infer", "--data", "new.csv", "--output", "p.npy"]) == 0
    assert np.load("p.npy").tolist() == [[float(c) for c in row[:3]] for row in rows[1:]]


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_weights_come_back_bit_for_bit(suffix: str, place: Path) -> None:
    for kind in ("conv", "numbers", "gru"):
        p = pn.program(kind)
        for dtype in ("float64", "float32"):
            params = p.model.init(4, np.dtype(dtype))
            p.save_weights(f"w.{suffix}", params)
            assert pn.same(p.load_weights(f"w.{suffix}", dtype), params)
    content = Path(f"w.{suffix}").read_bytes()
    p.save_weights(f"w.{suffix}", params)
    assert Path(f"w.{suffix}").read_bytes() == content


def test_evaluate_says_loss_and_accuracy(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    p = pn.program("dense")
    params, data = p.load_weights("pn_dense.npz"), p.read_data("d.csv")
    capsys.readouterr()
    assert p.main(["evaluate", "--data", "d.csv"]) == 0
    told = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert told["samples"] == "2"
    assert float(told["loss"]) == pytest.approx(float(p.model.forward(params, *data)[0]), rel=1e-9)
    assert told["accuracy"] in ("0.0000%", "50.0000%", "100.0000%")


def test_a_plot(place: Path) -> None:
    for suffix in ("png", "svg"):
        assert pn.program("dense").main([*TRAIN, "--plot", f"loss.{suffix}"]) == 0
        assert Path(f"loss.{suffix}").stat().st_size > 1000


# -- what cannot be done ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "a command is needed"),
        (["learn"], "invalid choice: 'learn'"),
        ([*TRAIN, "--epoch", "3"], "unrecognized arguments: --epoch"),
        ([*TRAIN, "--optimiser", "adam"], "unrecognized arguments: --optimiser"),
        (["train"], "the following arguments are required: --data"),
        ([*TRAIN, "--epochs", "0"], "--epochs: expected a whole number from 1 on, got 0"),
        ([*TRAIN, "--epochs", "few"], "--epochs: expected a whole number from 1 on, got few"),
        ([*TRAIN, "--batch", "-1"], "--batch: expected a whole number or all, got -1"),
        ([*TRAIN, "--rate", "0"], "--rate: expected a number above 0, got 0"),
        ([*TRAIN, "--rate", "nan"], "--rate: expected a number above 0, got nan"),
        ([*TRAIN, "--rate", "inf"], "--rate: expected a number above 0, got inf"),
        ([*TRAIN, "--validation", "1"], "--validation: expected a share from 0 to 0.9, got 1"),
        ([*TRAIN, "--dtype", "float16"], "invalid choice: 'float16'"),
        ([*TRAIN, "--start", "example"], "the spec has no numbers"),
        ([*TRAIN, "--validation", "0.8"], "2 samples are too few to hold 0.8 of them out"),
        ([*TRAIN, "--data", "d.xlsx"], "d.xlsx: expected a file .csv, .tsv, .npy or .npz"),
        ([*TRAIN, "--weights", "w.h5"], "w.h5: expected a file .npz or .safetensors"),
        ([*TRAIN, "--plot", "p.gif"], "p.gif: expected a file .png or .svg or .pdf"),
        ([*TRAIN, "--log", "l.txt"], "l.txt: expected a file .csv"),
        (["infer", "--data", "d.csv", "--output", "p.txt"], "expected a file .csv or .npy or .npz"),
        ([*TRAIN, "--weights", "no/w.npz"], "no/w.npz: it cannot be written: No such file"),
        ([*TRAIN, "--checkpoint", "no/c"], "no/c: it cannot be written: No such file"),
        ([*TRAIN, "--weights", "d.csv/w.npz"], "it cannot be written: Not a directory"),
        ([*TRAIN, "--weights", "sub.npz"], "sub.npz: this is a folder"),
        (["infer", "--data", "d.csv", "--output", "no/p.csv"], "no/p.csv: it cannot be written"),
        (["evaluate", "--data", "d.csv", "--weights", "sub.npz"], "sub.npz: it cannot be read"),
    ],
)
def test_arguments_that_are_refused(
    args: list[str], words: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("sub.npz").mkdir()
    assert words in refused(capsys, *args)


def test_one_array_cannot_hold_two_outputs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("d.npz", **pn.named("several", pn.data("several")))
    trained("d.npz", "several")
    args = ["infer", "--data", "d.npz", "--output", "p.npy"]
    assert "p.npy: an .npy file holds one array; p, q need .npz" in refused(
        capsys, *args, kind="several"
    )


def test_a_folder_that_is_not_ours(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Any, mode: str) -> Any:  # root, who may run this, may write everywhere
        if "w" in mode:
            raise PermissionError(13, "Permission denied", str(path))
        return open(path, mode)

    monkeypatch.setattr(pn.program("dense"), "open", closed, raising=False)
    assert "it cannot be written: Permission denied" in refused(capsys, *TRAIN)


def test_programs_that_are_not_installed(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda n, *a: None if n == "matplotlib" else real(n, *a)
    )
    assert "pip install matplotlib" in refused(capsys, *TRAIN, "--plot", "p.png")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    assert "pip install safetensors" in refused(capsys, *TRAIN, "--weights", "w.safetensors")
    args = ["evaluate", "--data", "d.csv", "--weights", "w.safetensors"]
    assert "pip install safetensors" in refused(capsys, *args)


LIMITED = """
import resource
import sys
import pn_dense_train

resource.setrlimit(resource.RLIMIT_FSIZE, ({allowed}, {allowed}))
sys.exit(pn_dense_train.main())
"""


@pytest.mark.parametrize("allowed", [0, 100, 1500, 2500])
def test_a_full_disk_leaves_what_was_there(allowed: int, place: Path) -> None:
    """Files may not grow beyond so many bytes: the checkpoint or the weights do not fit."""
    pn.write("dense", place)
    Path("limited.py").write_text(LIMITED.format(allowed=allowed))
    command = [sys.executable, "-B", "limited.py", *TRAIN, "--fresh", "--epochs", "3"]
    before = tree()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "it cannot be written: File too large" in done.stderr
    after = tree()
    assert {*before} == {*after}, "nothing half-written stays"
    assert after["pn_dense.npz"] == before["pn_dense.npz"]
    pn.program("dense").checkpoint_content("pn_dense.checkpoint")


def test_a_reader_that_has_enough(place: Path) -> None:
    pn.write("dense", place)
    np.save("many.npy", np.ones((20000, 4)))
    command = f"{sys.executable} pn_dense_train.py infer --data many.npy | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.endswith("class\n")
    assert done.stderr == ""
