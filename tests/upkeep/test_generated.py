"""generated/ holds what would be generated now; every module there needs NumPy and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalkgrad.codegen.upkeep import generated

ROOT = generated.FOLDER.parent
MODULES = generated.modules()
# One module for each family of the catalogue, by the file that defines its layers.
FAMILIES = {
    "dense.yaml": "classifier", "activations.yaml": "embedding", "convolution.yaml": "digits_conv",
    "pooling.yaml": "pooling", "normalisation.yaml": "normalisation", "recurrent.yaml": "recurrent",
    "attention.yaml": "transformer", "structure.yaml": "structure", "losses.yaml": "losses_hinge",
    "penalties.yaml": "classifier",
}  # fmt: skip

# Runs a script with nothing but the standard library and NumPy to import.
ONLY_NUMPY = """
import runpy, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "numpy":
            raise ModuleNotFoundError(f"not in a bare environment: {name}")

sys.meta_path.insert(0, Wall())
for name in ("sympy", "jinja2", "chalkgrad"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    sys.exit(f"{name} can be imported: the wall does not stand")
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.fixture(scope="module")
def wanted() -> dict[str, str]:
    return generated.module_texts()


def test_the_modules_are_fresh(wanted: dict[str, str]) -> None:
    """The lectures are compared in test_ship_generated.py, each in a test of its own."""
    both = wanted | generated.program_texts()
    found = [line for line in generated.differences(both) if "lectures/" not in line]
    assert found == [], "make generated brings them up to date"


@pytest.mark.parametrize("name", generated.PROGRAMS)
def test_a_program_checks_itself_beside_its_module(name: str) -> None:
    program = generated.FOLDER / f"{name}{generated.PROGRAM}"
    command = [sys.executable, "-B", "-W", "error", str(program), "--self-check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_are_compared_both_ways(tmp_path: Path) -> None:
    wanted = {"a.py": "1\n", "b.py": "2\n", "lectures/a.tex": "x\n", "lectures/b.html": "y\n"}
    generated.write(wanted, tmp_path)
    assert generated.differences(wanted, tmp_path) == []
    (tmp_path / "a.py").unlink()
    (tmp_path / "b.py").write_text("3\n", encoding="utf-8")
    (tmp_path / "c.py").write_text("4\n", encoding="utf-8")
    (tmp_path / "lectures/a.tex").unlink()
    (tmp_path / "lectures/b.html").write_text("z\n", encoding="utf-8")
    (tmp_path / "lectures/c.json").write_text("{}\n", encoding="utf-8")
    found = generated.differences(wanted, tmp_path)
    assert found == [
        "missing: a.py", "missing: lectures/a.tex", "stale: b.py", "stale: lectures/b.html",
        "superfluous: c.py", "superfluous: lectures/c.json",
    ]  # fmt: skip
    generated.write(wanted, tmp_path)
    assert generated.differences(wanted, tmp_path) == []


def test_the_check_ends_with_1_where_something_is_stale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generated, "texts", lambda: {"a.py": "1\n"})
    monkeypatch.setattr(generated, "differences", lambda wanted: ["stale: a.py"] if wanted else [])
    assert generated.main(["--check"]) == 1
    assert "stale: a.py" in capsys.readouterr().err
    monkeypatch.setattr(generated, "differences", lambda wanted: [])
    assert generated.main(["--check"]) == 0


def test_every_family_of_the_catalogue_has_a_module() -> None:
    catalogue = ROOT / "derive" / "catalogue"
    assert {path.name for path in catalogue.glob("*.yaml")} == set(FAMILIES)
    assert set(FAMILIES.values()) <= {path.stem for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_a_module_checks_itself_with_only_numpy(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", ONLY_NUMPY, str(path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout
    assert done.stdout.count("ok") == len(done.stdout.splitlines()) > 0


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_a_spoiled_module_does_not_check_itself(path: Path, tmp_path: Path) -> None:
    """A gradient scaled by 1.001 where backward returns it is found by the module itself."""
    text = path.read_text(encoding="utf-8")
    spoiled = re.sub(r"Inputs\((d\w+)(.*)\)\n\n\n", r"Inputs(1.001 * \1\2)\n\n\n", text)
    if spoiled == text:  # no float inputs: the first parameter instead
        spoiled = re.sub(r"(return|grads =) Params\((\s*)(d\w+)", r"\1 Params(\2 1.001 * \3", text)
    assert spoiled != text
    (tmp_path / path.name).write_text(spoiled, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", path.name], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("FAILED") == 1


def test_modules_are_formatted(tmp_path: Path) -> None:
    """ruff format leaves them as they are, but for the column in which comments stand."""
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert max(map(len, text.splitlines())) <= 100, path.name
        plain = re.sub(r"(?<=\S) {2,}# ", "  # ", text)
        (tmp_path / path.name).write_text(plain, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff"]
    done = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lecture_network_is_short() -> None:
    text = (generated.FOLDER / "n232.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 260
    for line in (
        "    dv1 = dy1 * y1 * (1 - y1)  # (N, 2)  eq. 12",
        "    dW1 = y0.T @ dv1           # (3, 2)  eq. 13",
        "    db1 = dv1.sum(axis=0)      # (2,)    eq. 14",
        "    dy0 = dv1 @ W1.T           # (N, 3)  eq. 15",
    ):
        assert f"{line}\n" in text


def test_the_same_bytes_whatever_the_hash_seed(wanted: dict[str, str]) -> None:
    script = (
        "import hashlib, chalkgrad.codegen.upkeep.generated as g\n"
        "for k, v in g.module_texts().items(): print(k, hashlib.sha256(v.encode()).hexdigest())"
    )
    outputs = set()
    for seed in ("1", "77"):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
        )  # fmt: skip
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(wanted)
