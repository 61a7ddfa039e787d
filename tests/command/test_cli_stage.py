"""Outputs appear all together or not at all: on a full disk, beside other builds, after a kill."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalkgrad.codegen.console.errors import tell
from chalkgrad.codegen.console.scratch import PREFIX, sweep
from chalkgrad.codegen.console.stage import Stage
from chalkgrad.derive.language.errors import ChalkgradError
from tests.paths import ROOT

COMMAND = [sys.executable, "-m", "chalkgrad.codegen.command.main"]
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}
BUILDER = """
import sys
from pathlib import Path
from chalkgrad.codegen.console.stage import Stage
with Stage(Path("out/deep")) as stage:
    stage.output("a.txt", sys.argv[1] * 1000)
    stage.output("b.txt", sys.argv[1] * 1000)
    print("ready", flush=True)
    input()
    stage.install()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def builder(name: str) -> subprocess.Popen[str]:
    """A build that has begun, and that ends when a line is written to it."""
    made = subprocess.Popen(
        [sys.executable, "-c", BUILDER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=ENV,
    )  # fmt: skip
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def scratches() -> list[Path]:
    return sorted(Path().rglob(f"{PREFIX}*"))


def test_a_build_that_is_killed_among_three_leaves_the_others_whole():
    one, two, three = (builder(name) for name in "123")
    assert len(scratches()) == 3
    two.send_signal(signal.SIGKILL)
    two.communicate()
    assert len(scratches()) == 3  # it could not clean up
    for build, name in ((three, "3"), (one, "1")):
        build.communicate("\n", timeout=20)
        assert build.returncode == 0
        for file in ("a.txt", "b.txt"):
            assert Path("out/deep", file).read_text() == name * 1000
    assert len(scratches()) == 1
    with Stage(Path("out/deep")):
        assert len(scratches()) == 1  # its own
    assert scratches() == []


def test_a_build_never_sweeps_one_that_still_runs():
    running = builder("1")
    for _ in range(3):
        with Stage(Path("out/deep")) as stage:
            stage.output("c.txt", "")
            stage.install()
    assert len(scratches()) == 1
    running.communicate("\n", timeout=20)
    assert running.returncode == 0
    assert sorted(p.name for p in Path("out/deep").iterdir()) == ["a.txt", "b.txt", "c.txt"]


def test_another_build_that_makes_the_target_meanwhile_is_no_fault(monkeypatch):
    with Stage(Path("out")) as stage:
        stage.output("a.txt", "a")
        Path("out").mkdir()
        Path("out/b.txt").write_text("b")
        monkeypatch.setattr(Path, "exists", lambda self: False)  # looked at a moment earlier
        assert stage.install() == [Path("out/a.txt")]
    assert sorted(p.name for p in Path("out").iterdir()) == ["a.txt", "b.txt"]


def test_a_stale_folder_is_swept_wherever_the_target_stood_then():
    """The first build of a target grows beside it, the next ones inside it."""
    killed = builder("1")
    killed.kill()
    killed.communicate()
    assert scratches()[0].parent == Path()
    Path("out/deep").mkdir(parents=True)
    with Stage(Path("out/deep")):
        assert [p.parent for p in scratches()] == [Path("out/deep")]


@pytest.mark.parametrize("name", [".chalkgrad-notes", ".chalkgrad-12345678", "chalkgrad-12345678"])
def test_a_folder_of_the_user_is_not_swept(name: str):
    Path(name).mkdir()
    Path(name, "mine.txt").write_text("")
    Path(".chalkgrad-abcdefgh").symlink_to(name)
    with Stage(Path("out")) as stage:
        stage.output("a.txt", "")
        stage.install()
    assert Path(name, "mine.txt").exists()
    assert Path(".chalkgrad-abcdefgh").is_symlink()


def test_sweeping_where_nothing_can_be_read_is_no_fault():
    sweep([Path("missing"), Path(__file__)])


def test_three_commands_at_once_and_one_of_them_killed():
    command = [*COMMAND, "build", "xor", "-o", "out", "--only", "numpy,json"]
    builds = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV)
        for _ in range(3)
    ]
    while not scratches() and builds[0].poll() is None:
        time.sleep(0.02)
    builds[0].kill()
    said = [build.communicate(timeout=120)[0].decode() for build in builds]
    assert [build.returncode for build in builds[1:]] == [0, 0], said
    again = subprocess.run(command, capture_output=True, env=ENV)
    assert again.returncode == 0, again.stderr
    assert scratches() == []
    assert sorted(p.name for p in Path("out").iterdir()) == ["xor.json", "xor.py"]


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, kept[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)


@pytest.mark.parametrize("target", ["new", "there"])
def test_where_there_is_no_room_one_message_names_the_target(target: str):
    Path("there").mkdir()
    Path("there/a.txt").write_text("old")

    def outputs() -> None:
        with no_file_longer_than(1000), Stage(Path(target)) as stage:
            stage.output("a.txt", "new")
            stage.output("b.txt", "x" * 5000)
            stage.install()

    with pytest.raises(ChalkgradError) as caught:
        outputs()
    assert caught.value.where == target
    assert "a file would be larger than the system allows" in caught.value.what
    assert "nothing was written" in caught.value.hint
    assert Path("there/a.txt").read_text() == "old"
    assert [str(p) for p in sorted(Path().rglob("*"))] == ["there", "there/a.txt"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_as_such(code: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 0}))
    told = r"out: the disk (is full|quota is used up)"
    with pytest.raises(ChalkgradError, match=told) as caught, Stage(Path("out")):
        raise OSError(code, os.strerror(code))
    assert caught.value.exit_code == 2
    assert not Path("out").exists()
    assert scratches() == []


def test_a_full_disk_elsewhere_is_not_told_of_the_target(capsys: pytest.CaptureFixture[str]):
    """Where the output of the command goes to, such as /dev/full."""
    with pytest.raises(OSError, match="No space left") as caught, Stage(Path("out")):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert tell(caught.value) == 2
    assert capsys.readouterr().err == "error: No space left on device\n"


def test_the_command_on_a_disk_without_room_says_one_thing():
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)); "
        "sys.argv[0] = 'chalkgrad'; from chalkgrad.codegen.command.main import main; main()"
    )
    command = [sys.executable, "-B", "-c", limited, "build", "xor", "-o", "out", "--only", "numpy"]
    done = subprocess.run(command, capture_output=True, text=True, env=ENV)
    assert done.returncode == 2
    assert done.stderr.startswith("error: out: a file would be larger than the system allows\n")
    assert done.stderr.count("\n") == 2
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "link"),
    [
        (["build", "xor", "-o", "out"], "out"),
        (["build", "xor", "-o", "a/../out/deep/er"], "a/../out"),
        (["train", "xor", "-o", "out", "--epochs", "1"], "out"),
        (["data", "digits", "-o", "out"], "out"),
    ],
)
def test_a_link_into_nothing_is_named_as_it_was_written(words: list[str], link: str):
    Path("a").mkdir()
    Path("out").symlink_to("nowhere")
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=ENV)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {link}: this is a link to 'nowhere', which is not there")
    assert sorted(p.name for p in Path().iterdir()) == ["a", "out"]


def test_a_link_to_a_folder_is_a_folder():
    Path("real").mkdir()
    Path("out").symlink_to("real")
    with Stage(Path("out")) as stage:
        stage.output("a.txt", "a")
        assert stage.install() == [Path("out/a.txt")]
    assert Path("out").is_symlink()
    assert Path("real/a.txt").read_text() == "a"
