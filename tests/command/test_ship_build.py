"""`chalkgrad build` of lectures: frames by the machine's own TeX, and networks without numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalkgrad.codegen.command.main import app
from chalkgrad.codegen.outputs import documents

SPEC = """\
name: small
title: {en: One neuron, pt: Um neurônio}
style: {language: [en, pt]}
network: {units: [1, 1], activation: sigmoid}
loss: {squared_error: {factor: 1/2}}
values: {x: 1, y: 0, W0: 0.5, b0: 0}
deck: [title, architecture, gradients: {wrt: [W0], level: chain}]
"""


def build(*args: str) -> str:
    result = CliRunner().invoke(app, ["build", *args, "-o", "out"])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def there() -> set[str]:
    return {p.relative_to("out").as_posix() for p in Path("out").rglob("*") if p.is_file()}


def test_every_step_of_every_slide_is_a_frame(folder: Path) -> None:
    said = build("small.yaml", "--only", "frames,manifest")
    frames = set()
    for code in ("en", "pt"):
        made = json.loads(Path(f"out/small_{code}_manifest.json").read_text("utf-8"))
        steps = sum(page["steps"] for page in made["pages"])
        assert steps > len(made["pages"])
        frames |= {
            f"small_{code}_frames/frame-{k + 1:03d}.{end}"
            for k in range(steps)
            for end in ("png", "svg")
        }
    assert there() == {*frames, "small_en_manifest.json", "small_pt_manifest.json"}
    told = f"wrote out/small_en_frames/ every slide as PNG and SVG ({len(frames) // 2} files)"
    assert told in " ".join(said.split())


def test_frames_of_a_longer_lecture_do_not_stay(folder: Path) -> None:
    old = Path("out/small_frames")
    old.mkdir(parents=True)
    for name in ("frame-001.png", "frame-099.png", "frame-099.svg", "mine.txt"):
        (old / name).write_text("old")
    build("small.yaml", "--only", "frames", "--set", "style.language=en")
    names = {path.name for path in old.iterdir()}
    assert "mine.txt" in names
    assert {"frame-099.png", "frame-099.svg"} & names == set()
    assert (old / "frame-001.png").read_bytes()[:4] == b"\x89PNG"


def test_a_lecture_in_which_two_networks_have_no_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ando: `one` and `two` have symbolic sizes and an abstract activation."""
    monkeypatch.setenv("PATH", str(folder / "bin"))
    said = build("lecture_ando").splitlines()
    for name in ("ando_one", "ando_two"):
        assert sum(line.startswith(f"{name}: no module: ") for line in said) == 1
    names = there()
    assert {"ando_xor.py", "ando_xor.json"} <= names
    assert {"ando_one.py", "ando_two.py", "ando_one.json"} & names == set()
    assert {f"ando_{key}.tex" for key in ("xor", "one", "two")} <= names
    ends = {"slides": "_slides.tex", "handout": "_handout.tex", "html": ".html",
            "notebook": ".ipynb", "manifest": "_manifest.json"}  # fmt: skip
    default = [row.name for row in documents().values() if row.default == "deck"]
    assert {f"ando{ends[output]}" for output in default} <= names
