"""The data sets of ``chalkgrad data``: what is in them, the same bytes, refusals."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from chalkgrad.codegen.command.datasets import DATASETS, make, npz, shifted
from chalkgrad.codegen.command.main import app
from chalkgrad.derive import examples
from chalkgrad.derive.language.errors import ChalkgradError


def told(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["data", *words])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def test_the_digits_are_split_by_class_and_nothing_is_lost() -> None:
    from sklearn.datasets import load_digits

    parts = make("digits", 3)
    train, test = parts["train"], parts["test"]
    assert (train["x"].shape, test["x"].shape) == ((1437, 64), (360, 64))
    both = np.concatenate([train["x"] * 16, test["x"] * 16])
    labels = np.concatenate([train["y"], test["y"]])
    rows = {(*row.tolist(), int(k)) for row, k in zip(both, labels, strict=True)}
    x, y = load_digits(return_X_y=True)
    assert rows == {(*row.tolist(), int(k)) for row, k in zip(x, y, strict=True)}
    counts = np.bincount(labels)
    assert abs(np.bincount(test["y"]) - counts * 360 / 1797).max() < 1


def test_shifts_move_the_image_by_one_pixel() -> None:
    image = np.zeros((1, 8, 8), np.float32)
    image[0, 2, 5] = 1
    image[0, 7, 7] = 0.5
    moved = shifted({"x": image.reshape(1, 64), "y": np.array([4])})
    assert moved["y"].tolist() == [4] * 5
    places = [np.argwhere(x.reshape(8, 8) == 1).tolist()[0] for x in moved["x"]]
    assert places == [[2, 5], [2, 6], [2, 4], [3, 5], [1, 5]]
    inside = [bool((x == 0.5).any()) for x in moved["x"]]
    assert inside == [True, False, True, False, True]  # what leaves the image is gone


def test_only_training_images_are_shifted() -> None:
    plain, more = make("digits"), make("digits", shifts=True)
    assert more["train"]["x"].shape == (7185, 64)
    assert (more["train"]["x"][:1437] == plain["train"]["x"]).all()
    assert npz(more["test"]) == npz(plain["test"])


def test_parity_counts_the_ones() -> None:
    for part in make("parity", 5).values():
        for bits, odd in zip(part["x"][:50, :, 0], part["y"][:50, :, 0], strict=True):
            assert [sum(bits[: t + 1]) % 2 for t in range(16)] == odd.tolist()


def test_sorting_sorts() -> None:
    for part in make("sorting", 5).values():
        assert [sorted(row) for row in part["x"].tolist()] == part["y"].tolist()
        assert set(np.unique(part["x"])) == set(range(10))


@pytest.mark.parametrize("name", ["parity", "sorting"])
def test_no_test_sequence_is_learned_from(name: str) -> None:
    parts = make(name, 1)
    rows = [row.tobytes() for part in parts.values() for row in part["x"]]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("name", DATASETS)
def test_the_seed_decides_every_byte(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = npz(make(name, 1)["train"])
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert npz(make(name, 1)["train"]) == first
    assert npz(make(name, 2)["train"]) != first


def test_the_command_lists_and_writes(tmp_path: Path) -> None:
    listed = told()
    assert all(name in listed for name in DATASETS)
    assert {d.spec for d in DATASETS.values()} <= set(examples.names())
    said = told("parity", "-o", str(tmp_path / "d"), "--seed", "4")
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == [
        "parity-test.npz", "parity-train.npz",
    ]  # fmt: skip
    assert "x (1000, 16, 1), y (1000, 16, 1)" in said
    with np.load(tmp_path / "d" / "parity-train.npz") as file:
        assert (file["x"] == make("parity", 4)["train"]["x"]).all()


def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "did you mean 'parity'" in told("partiy", code=2)
    assert "only images can be shifted" in told("parity", "--shifts", code=2)
    assert "a whole number from 0 to 4294967295" in told("parity", "--seed", "-1", code=2)
    with pytest.raises(ChalkgradError, match="no data set"):
        make("mnist")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert "pip install 'chalkgrad[data]'" in told("digits", code=3)
    assert list(tmp_path.iterdir()) == []
