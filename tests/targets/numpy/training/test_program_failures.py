"""What goes wrong, as a user of a program sees it: one message, exit code 2, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.targets.numpy.training import program_networks as pn

GOOD = "0.1,0.2,0.3,0.4,1\n0.5,0.6,0.7,0.8,2\n"  # of `dense`: four inputs and a label
TRAIN = ("train", "--data", "d.csv", "--epochs", "2", "--quiet")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with good data and the weights of a good run in it."""
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text(GOOD)
    assert pn.program("dense").main([*TRAIN]) == 0
    return tmp_path


def tree() -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}


def refused(capsys: pytest.CaptureFixture[str], *args: str, kind: str = "dense") -> str:
    """The one message of a command that fails and changes no file."""
    before = tree()
    capsys.readouterr()
    assert pn.program(kind).main([*args]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count(f"pn_{kind}_train.py: ") == 1
    assert told.err.startswith(f"pn_{kind}_train.py: ")
    assert "Traceback" not in told.err
    assert tree() == before
    return told.err


# -- data ------------------------------------------------------------------------------------------

TEXTS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "there are no samples"),
    "blank": ("\n\n  \n", "there are no samples"),
    "header_only": ("a,b,c,d,y\n", "there are no samples"),
    "word": ("0.1,0.2,0.3,0.4,1\n0.5,six,0.7,0.8,2\n", "line 2, column 2: 'six' is no number"),
    "header_and_word": ("a,b,c,d,y\n0.1,0.2,x,0.4,1\n", "line 2, column 3: 'x' is no number"),
    "gap": ("0.1,,0.3,0.4,1\n", "line 1, column 2: '' is no number"),
    "only_commas": (f"{GOOD},,,,\n", "line 3, column 1: '' is no number"),
    "underscore": ("1_0,0.2,0.3,0.4,1\n", "'1_0' is no number"),
    "ragged": (f"{GOOD}1,2,3\n", "line 3: 3 columns, 5 in the lines before"),
    "nan": (f"{GOOD}nan,0.2,0.3,0.4,1\n", "line 3, column 1: nan is not finite"),
    "inf": ("0.1,0.2,-inf,0.4,1\n", "line 1, column 3: -inf is not finite"),
    "huge": ("0.1,0.2,1e999,0.4,1\n", "line 1, column 3: 1e999 is not finite"),
    "too_few": ("1,2,3,4\n", "4 columns, expected 7 = 4 (x) + 3 (y); or 5, with labels"),
    "too_many": ("1,2,3,4,5,6,7,8\n", "8 columns, expected 7"),
    "label_too_large": ("1,2,3,4,3\n", "expected a whole number from 0 to 2, got 3.0"),
    "label_negative": ("1,2,3,4,-1\n", "expected a whole number from 0 to 2, got -1.0"),
    "label_fraction": ("1,2,3,4,0.5\n", "expected a whole number from 0 to 2, got 0.5"),
    "no_distribution": ("1,2,3,4,0.5,0.5,0.5\n", "y: expected numbers >= 0 with the sum 1"),
    "negative_share": ("1,2,3,4,-1,1,1\n", "y: expected numbers >= 0 with the sum 1"),
    "nul": ("1,2,3,4,1\n1,\x00,3,4,1\n", "line 2, column 2: '\\x00' is no number"),
    "latin": ("größe,b,c,d,e\n1,2,3,4,1\n".encode("latin-1"), "it cannot be read: 'utf-8' codec"),
    "utf16": (GOOD.encode("utf-16"), "it cannot be read: 'utf-8' codec"),
    "semicolons": (GOOD.replace(",", ";"), "is no number"),
    "one_word": ("hello", "there are no samples"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_tables_that_are_refused(
    name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = TEXTS[name]
    Path("bad.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    for command in (("train", "--fresh", "--quiet"), ("evaluate",)):
        told = refused(capsys, *command, "--data", "bad.csv")
        assert "bad.csv" in told
        assert words in told
    told = refused(capsys, *TRAIN, "--validation-data", "bad.csv", "--fresh")
    assert words in told


def x(rows: int = 2) -> np.ndarray:
    return np.linspace(0, 1, 4 * rows).reshape(rows, 4)


def at(array: Any, where: Any, value: float) -> np.ndarray:
    array = np.array(array, float)
    array[where] = value
    return array


ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "other_names": ({"X": x(), "y": [0, 1]}, "there is no array 'x'; there are ['X', 'y']"),
    "no_target": ({"x": x()}, "there is no array 'y'"),
    "width": ({"x": x()[:, :3], "y": [0, 1]}, "x: expected shape (N, 4), got (2, 3)"),
    "dimensions": ({"x": x()[0], "y": [0, 1]}, "x: expected shape (N, 4), got (4,)"),
    "target_width": ({"x": x(), "y": np.ones((2, 2))}, "y: expected shape (N, 3), or labels, got"),
    "counts": ({"x": x(), "y": [0, 1, 2]}, "different numbers of samples: {'x': 2, 'y': 3}"),
    "none": ({"x": x()[:0], "y": []}, "x: there are no samples"),
    "number": ({"x": 3.0, "y": [0]}, "x: there are no samples"),
    "nan": ({"x": at(x(), (1, 2), np.nan), "y": [0, 1]}, "x[1, 2]: nan is not finite"),
    "inf": ({"x": at(x(), (0, 3), -np.inf), "y": [0, 1]}, "x[0, 3]: -inf is not finite"),
    "nan_label": ({"x": x(), "y": [0, np.nan]}, "y[1]: nan is not finite"),
    "texts": ({"x": np.full((2, 4), "a"), "y": [0, 1]}, "x: expected numbers, got <U1"),
    "complex": ({"x": x() + 1j, "y": [0, 1]}, "x: expected numbers, got complex128"),
    "objects": ({"x": np.full((2, 4), None), "y": [0, 1]}, "Object arrays cannot be loaded"),
    "label": ({"x": x(), "y": [0, 3]}, "y[1]: expected a whole number from 0 to 2, got 3"),
    "negative": ({"x": x(), "y": [-1, 0]}, "y[0]: expected a whole number from 0 to 2, got -1"),
    "fraction": ({"x": x(), "y": [0, 1.5]}, "y[1]: expected a whole number from 0 to 2, got 1.5"),
    "sum": ({"x": x(), "y": np.full((2, 3), 0.5)}, "y: expected numbers >= 0 with the sum 1"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_are_refused(
    name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays, words = ARRAYS[name]
    np.savez("bad.npz", allow_pickle=True, **arrays)
    assert words in refused(capsys, "train", "--data", "bad.npz", "--fresh", "--quiet")
    assert words in refused(capsys, "evaluate", "--data", "bad.npz")


def test_integers_out_of_range_and_numbers_too_large_for_float32(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez("w.npz", s=[[0, 1, 2, 6]], y=[[0, 1, 2, 3]])
    told = refused(capsys, "train", "--data", "w.npz", kind="words")
    assert "s[0, 3]: expected a whole number from 0 to 5, got 6" in told
    np.savez("large.npz", x=at(x(), 0, 1e300), y=[0, 1])
    told = refused(capsys, *TRAIN, "--data", "large.npz", "--dtype", "float32", "--fresh")
    assert "x: there are numbers too large for float32" in told


def truncated(path: str, share: float) -> None:
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("suffix", ["csv", "npy", "npz"])
def test_files_that_are_none(suffix: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "train", "--data", f"no.{suffix}", "--fresh")
    assert told == f"pn_dense_train.py: no.{suffix}: there is no such file\n"
    Path(f"folder.{suffix}").mkdir()
    assert "directory" in refused(capsys, "train", "--data", f"folder.{suffix}", "--fresh")
    Path(f"empty.{suffix}").touch()
    refused(capsys, "train", "--data", f"empty.{suffix}", "--fresh")
    Path(f"words.{suffix}").write_bytes(b"PK\x03\x04 some words\n")
    refused(capsys, "train", "--data", f"words.{suffix}", "--fresh")


def test_broken_arrays(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez_compressed("d.npz", x=x(50), y=np.zeros(50, int))
    for share in (0.2, 0.6, 0.95):
        truncated("d.npz", share)
        assert "it cannot be read: " in refused(capsys, "evaluate", "--data", "d.npz")
    np.savez_compressed("e.npz", x=np.random.default_rng(0).random((50, 4)), y=np.zeros(50, int))
    content = bytearray(Path("e.npz").read_bytes())
    content[200:400] = bytes(200)
    Path("e.npz").write_bytes(content)
    assert "it cannot be read: " in refused(capsys, "evaluate", "--data", "e.npz")
    np.save("o.npy", np.full((2, 5), None), allow_pickle=True)
    assert "Object arrays" in refused(capsys, "evaluate", "--data", "o.npy")
    np.save("c.npy", np.ones(5))
    assert "(samples, columns)" in refused(capsys, "evaluate", "--data", "c.npy")
    np.save("s.npy", np.full((2, 5), "a"))
    assert "expected numbers" in refused(capsys, "evaluate", "--data", "s.npy")
    np.save("t.npy", np.ones((50, 5)))
    truncated("t.npy", 0.5)
    assert "cannot be read" in refused(capsys, "evaluate", "--data", "t.npy")
    Path("e.npz").rename("e.npy")
    assert "expected one array" in refused(capsys, "evaluate", "--data", "e.npy")


# -- weights ---------------------------------------------------------------------------------------


def changed(change: Callable[[dict[str, Any]], None]) -> None:
    """Weights w.npz: those of the good run, changed."""
    with np.load("pn_dense.npz") as file:
        arrays = dict(file)
    change(arrays)
    np.savez("w.npz", **arrays)


def other_card(**changes: Any) -> Callable[[dict[str, Any]], None]:
    card = {**pn.program("dense").NETWORK, "fingerprint": "0", **changes}
    return lambda arrays: arrays.update(__network__=np.array(json.dumps(card)))


WEIGHTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "missing": (lambda a: a.pop("W1"), "the parameter W1 is missing"),
    "shape": (lambda a: a.update(W1=np.ones((3, 5))), "W1: (3, 5), expected (5, 3)"),
    "float16": (lambda a: a.update(b0=a["b0"].astype(np.float16)), "b0: float16, expected float64"),
    "integers": (lambda a: a.update(b0=np.ones(5, int)), "b0: int64, expected float64"),
    "nan": (lambda a: a.update(b0=np.full(5, np.nan)), "b0: not every number is finite"),
    "no_card": (lambda a: a.pop("__network__"), "no weights of a chalkgrad program"),
    "bad_card": (lambda a: a.update(__network__=np.array("[1")), "no weights of a chalkgrad"),
    "list_card": (lambda a: a.update(__network__=np.array("[1]")), "no weights of a chalkgrad"),
    "equations": (other_card(equations=["v0[n,j] = 0"]), "the file's equation is v0[n,j] = 0"),
    "parameters": (other_card(parameters={"W9": [2]}), "only this network has the parameter W0"),
    "more": (other_card(equations=[]), "one of them has more equations"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_refused(
    name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = WEIGHTS[name]
    changed(change)
    for command in ("evaluate", "infer"):
        told = refused(capsys, command, "--data", "d.csv", "--weights", "w.npz")
        assert "w.npz: " in told
        assert words in told


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_weights_of_another_network(
    suffix: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = pn.program("logits")
    other.save_weights(f"w.{suffix}", other.model.init(0))
    told = refused(capsys, "evaluate", "--data", "d.csv", "--weights", f"w.{suffix}")
    assert "weights of another network, 'pn_logits':\n  W0: (2, 2) in the file, (4, 5) here" in told
    truncated(f"w.{suffix}", 0.5)
    refused(capsys, "evaluate", "--data", "d.csv", "--weights", f"w.{suffix}")
    told = refused(capsys, "evaluate", "--data", "d.csv", "--weights", f"no.{suffix}")
    assert "there is no such file" in told


# -- checkpoints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--seed", "1"], "its seed was 0, here it is 1"),
        (["--batch", "1"], "its batch was 32, here it is 1"),
        (["--rate", "0.5"], "its rate was 0.02, here it is 0.5"),
        (["--no-shuffle"], "its shuffle was True, here it is False"),
        (["--dtype", "float32"], "its "),
        (["--data", "other.csv"], "its data were another"),
        (["--checkpoint", "no"], "there is no such file"),
        (["--checkpoint", "d.csv"], "this file is named twice"),
        (["--checkpoint", "half"], "no whole checkpoint"),
        (["--checkpoint", "flipped"], "no whole checkpoint"),
        (["--checkpoint", "empty"], "no whole checkpoint"),
        (["--checkpoint", "zeros"], "no whole checkpoint"),
        (["--checkpoint", "pn_dense.npz"], "this file is named twice"),
        (["--checkpoint", ""], "the file of a checkpoint is needed"),
    ],
)
def test_checkpoints_that_are_refused(
    args: list[str], words: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("other.csv").write_text(GOOD.replace("0.1", "0.2"))
    content = Path("pn_dense.checkpoint").read_bytes()
    Path("half").write_bytes(content[:-9])
    Path("flipped").write_bytes(content[:-99] + bytes([content[-99] ^ 1]) + content[-98:])
    Path("empty").touch()
    Path("zeros").write_bytes(bytes(4))
    assert words in refused(capsys, *TRAIN, "--epochs", "4", "--resume", *args)


@pytest.mark.parametrize("name", ["RULE", "LOSS", "NETWORK"])
def test_a_checkpoint_of_another_rule_loss_or_network(
    name: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    p = pn.program("dense")
    other = {"RULE": "sgd", "LOSS": ("L = 0",), "NETWORK": {**p.NETWORK, "fingerprint": "0"}}
    monkeypatch.setattr(p, name, other[name])
    told = refused(capsys, *TRAIN, "--epochs", "4", "--resume")
    assert f"the checkpoint is of another run: its {name.lower()} was" in told


def interrupted() -> None:
    """Leave the checkpoint of a run that was killed."""
    p = pn.program("dense")

    def told(run: Any) -> None:
        raise KeyboardInterrupt

    data = p.read_data("d.csv")
    with pytest.raises(KeyboardInterrupt):
        p.train(data, p.Settings(epochs=9), None, None, "pn_dense.checkpoint", False, told)


def test_an_unfinished_checkpoint_is_not_overwritten(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted()
    told = refused(capsys, *TRAIN)
    assert "a run was interrupted after epoch 1\n  --resume goes on, --fresh starts anew" in told
    assert pn.program("dense").main([*TRAIN, "--fresh"]) == 0


def test_a_rate_that_diverges(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    p = pn.program("shared")
    np.savez("s.npz", **pn.named("shared", pn.data("shared")))
    args = ["train", "--data", "s.npz", "--epochs", "500", "--quiet"]
    assert p.main([*args, "--rate", "0.01"]) == 0
    before = Path("pn_shared.npz").read_bytes()
    capsys.readouterr()
    assert p.main([*args, "--rate", "1e200"]) == 2
    told = capsys.readouterr().err
    assert told.count("pn_shared_train.py: epoch ") == 1
    assert "is not finite any more; try a smaller learning rate" in told
    assert Path("pn_shared.npz").read_bytes() == before
    assert p.main([*args, "--rate", "0.01"]) == 0, "nothing is left to resume"
