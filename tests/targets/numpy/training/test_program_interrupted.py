"""Runs that are stopped at any moment go on bit for bit: Ctrl-C, SIGTERM, kill -9."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.targets.numpy.training import program_networks as pn

# A run that prints the number of every epoch that is safe, then leaves all that it learned.
DRIVER = """
import sys
import {program} as p

data = p.read_data("data.npz", "{dtype}")
settings = p.DEFAULTS._replace({settings})
told = lambda run: print(run.epoch, flush=True)
run = p.train(data, settings, None, None, sys.argv[1], "resume" in sys.argv, told)
p.write_arrays(sys.argv[1] + ".npz", {{**p.learned_params(run, True)._asdict(), **run.history}})
"""
ADAM = "epochs=60, batch=4, rate=0.01, validation=0.25, patience=40, dtype='float32', seed=3"
PLAIN = "epochs=80, batch=5, rate=0.05, seed=3"
CURVED = "epochs=120, batch=0, rate=0.1"


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Where the tests run in the background SIGINT is ignored, and their children would, too."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepare(kind: str, settings: str) -> None:
    pn.write(kind, Path())
    np.savez("data.npz", **pn.named(kind, pn.data(kind, 23)))
    dtype = "float32" if "float32" in settings else "float64"
    text = DRIVER.format(program=f"pn_{kind}_train", settings=settings, dtype=dtype)
    Path("driver.py").write_text(text)


def start(*args: str) -> Any:
    """The driver, its numbers on their way into the file ``told``."""
    command = [sys.executable, "-B", "driver.py", *args]
    with open("told", "w") as told:
        return subprocess.Popen(command, stdout=told, stderr=subprocess.PIPE, text=True)


def killed_often(kind: str, sent: signal.Signals, moments: random.Random) -> int:
    """Start and stop a run, at the seventh time let it end; how often it was stopped."""
    p, resume, stops = pn.program(kind), [], 0
    while True:
        process = start("broken", *resume)
        while not Path("told").read_text() and process.poll() is None:
            time.sleep(0.003)
        if stops < 6:
            time.sleep(moments.choice([0, 0.02]) * moments.random())
            process.send_signal(sent)
        _, err = process.communicate(timeout=60)
        if process.returncode == 0:
            assert stops > 0
            return stops
        assert not err or sent == signal.SIGINT, err
        stops += 1
        told = int(Path("told").read_text().rpartition("\n")[0].split()[-1])
        reached = p.checkpoint_content("broken")[0]["run"]["epoch"]
        assert told <= reached <= told + 1, "at most the running epoch is lost"
        resume = ["resume"]


@pytest.mark.parametrize(
    ("kind", "settings", "sent"),
    [
        ("dropped", ADAM, signal.SIGKILL),
        ("dense", ADAM, signal.SIGINT),
        ("dense", PLAIN, signal.SIGKILL),
        ("numbered", PLAIN, signal.SIGTERM),
        ("logits", ADAM, signal.SIGKILL),
        ("curved", CURVED, signal.SIGKILL),
    ],
)
def test_a_run_that_is_stopped_again_and_again(
    kind: str, settings: str, sent: signal.Signals, place: Path
) -> None:
    prepare(kind, settings)
    whole = start("whole")
    assert whole.communicate(timeout=60)[1] == ""
    stops = killed_often(kind, sent, random.Random(f"{kind}{sent}"))
    assert stops >= 2
    assert Path("broken").read_bytes() == Path("whole").read_bytes()
    assert Path("broken.npz").read_bytes() == Path("whole.npz").read_bytes()
    with np.load("broken.npz") as made:
        assert len(made["loss"]) > 10


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_in_order_and_says_how_to_go_on(sent: signal.Signals, place: Path) -> None:
    prepare("dropped", PLAIN)
    command = [sys.executable, "-B", "pn_dropped_train.py", "train", "--data", "data.npz"]
    process = subprocess.Popen(
        [*command, "--epochs", "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    checkpoint = Path("pn_dropped.checkpoint")
    while not checkpoint.exists():
        time.sleep(0.01)
    time.sleep(0.05)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    p = pn.program("dropped")
    epoch = p.checkpoint_content(checkpoint)[0]["run"]["epoch"]
    assert err == (
        f"\npn_dropped_train.py: stopped; epoch {epoch} is safe in pn_dropped.checkpoint, "
        "--resume goes on from there\n"
    )
    assert not Path("pn_dropped.npz").exists()
    assert list(Path().glob(".*")) == [], "no scratch file stays"
    again = subprocess.run(
        [*command, "--resume", "--epochs", str(epoch + 3)], capture_output=True, text=True
    )
    assert (again.returncode, again.stderr) == (0, "")
    assert f"epoch {epoch + 3}/{epoch + 3}" in again.stdout


def test_more_epochs_for_a_run_that_is_complete(place: Path) -> None:
    p, data = pn.program("dropped"), pn.data("dropped", 23)
    settings = p.Settings(epochs=9, batch=4, validation=0.2, seed=5)
    whole = p.train(data, settings, checkpoint="whole")
    for epochs in (2, 2, 7, 9):
        run = p.train(data, settings._replace(epochs=epochs), None, None, "c", epochs > 2)
        assert run.epoch == epochs
    assert Path("c").read_bytes() == Path("whole").read_bytes()
    assert pn.same(run.params, whole.params)
    assert run.history == whole.history


def test_more_patience_for_a_run_that_ended_early(place: Path) -> None:
    p, data = pn.program("dense"), pn.data("dense", 12)
    settings = p.Settings(epochs=400, batch=4, rate=0.05, validation=0.4, patience=3)
    early = p.train(data, settings, checkpoint="c")
    assert early.ended == "no smaller loss for 3 epochs"
    assert p.train(data, settings, None, None, "c", True).epoch == early.epoch
    later = settings._replace(patience=20)
    run = p.train(data, later, None, None, "c", True)
    whole = p.train(data, later)
    assert run.epoch == whole.epoch > early.epoch
    assert pn.same(run.best, whole.best)


def test_a_stopping_rule_that_holds_stays(place: Path) -> None:
    p = pn.program("numbers")
    params, data = p.model.worked_example()
    run = p.train(data, p.DEFAULTS, None, params, "c")
    again = p.train(data, p.DEFAULTS, None, None, "c", True)
    assert run.epoch == again.epoch == 19
    assert pn.same(run.params, again.params)


def test_a_checkpoint_cut_off_anywhere_goes_on_from_the_last_whole_epoch(place: Path) -> None:
    """Short epochs come to the end of the file; a kill may leave a part of the last one."""
    p, data = pn.program("dropped"), pn.data("dropped", 23)
    settings = p.Settings(epochs=9, batch=8, validation=0.2, seed=5)
    sizes: list[int] = []

    def told(run: Any) -> None:
        sizes.append(Path("c").stat().st_size)
        if run.epoch == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        p.train(data, settings, None, None, "c", False, told)
    content = Path("c").read_bytes()
    assert sizes == sorted(set(sizes)), "the file grows epoch by epoch"
    whole = p.train(data, settings, checkpoint="whole")
    for cut in (sizes[0], sizes[0] + 1, sizes[1] - 1, sizes[3] + 9, sizes[4] - 2, sizes[5]):
        Path("c").write_bytes(content[:cut])
        epoch = p.checkpoint_content("c")[0]["run"]["epoch"]
        assert epoch == sum(size <= cut for size in sizes)
        run = p.train(data, settings, None, None, "c", True)
        assert Path("c").read_bytes() == Path("whole").read_bytes(), cut
        assert run.history == whole.history
    Path("c").write_bytes(content[: sizes[0] - 1])
    with pytest.raises(p.Fault, match="no whole checkpoint"):
        p.checkpoint_content("c")
