"""A rule added to rules.yaml alone, in a copy of the package: a lecture, a program, the docs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chalkgrad

LION = """
lion:
  summary: The sign of a mean, so that every entry moves by the same.
  source: "Chen et al., Symbolic discovery of optimization algorithms (2023)"
  options: {rate: 0.0001, beta1: 0.9, beta2: 0.99, weight_decay: 0}
  start: {M: 0}
  equations: |
    v[t] = beta1*M[t-1] + (1 - beta1)*g[t]
    M[t] = beta2*M[t-1] + (1 - beta2)*g[t]
    w[t] = w[t-1] - rate*(sign(v[t]) + weight_decay*w[t-1])
  notes: "Its rate is a tenth of Adam's."
"""
SPEC = """
name: net
network: {units: [2, 3, 1], activation: tanh}
loss: squared_error
update: {lion: {rate: 0.01}}
train: {epochs: 2, batch: 4}
deck: [{optimizers: [sgd, adam, lion]}]
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A folder with the package ``chalkgrad``, whose rules.yaml has one entry more."""
    root = tmp_path_factory.mktemp("extended")
    package = Path(chalkgrad.__file__).resolve().parent
    source = package.parents[1]
    skip = shutil.ignore_patterns("__pycache__")
    for part in ("derive", "codegen"):
        shutil.copytree(source / part, root / "chalkgrad" / part, ignore=skip)
    for file in package.glob("*.py"):
        shutil.copy(file, root / "chalkgrad" / file.name)
    with (root / "chalkgrad/derive/optimizers/rules.yaml").open("a", encoding="utf-8") as rules:
        rules.write(LION)
    (root / "net.yaml").write_text(SPEC, "utf-8")
    return root


def python(root, *args):
    done = subprocess.run(
        [sys.executable, *args], cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(extended):
    outputs = "numpy,program,html,manifest"
    python(extended, "-m", "chalkgrad", "build", "net.yaml", "--only", outputs, "-o", "out")
    return extended / "out"


def test_its_program_and_module_check_themselves(built):
    assert "np.sign(v)" in (built / "net_train.py").read_text("utf-8")
    python(built, "net.py")
    python(built, "net_train.py", "--self-check")


def test_the_lecture_shows_it_with_a_rate_that_leads_down(built):
    assert 'id="p-optimizers-lion"' in (built / "net.html").read_text("utf-8")
    told = (built / "net_manifest.json").read_text("utf-8")
    path = dict(re.findall(r'"main.optimizers.paths.lion.(\S+)",\s+"value": "(\S+)"', told))
    assert path["rate"] == "0.5"
    assert float(path["loss[25]"]) < 0.01 * float(path["loss[1]"])


def test_the_docs_have_a_section_of_it(extended):
    tables = "from chalkgrad.codegen.upkeep.docs_tables import _rules; print(_rules())"
    assert "### `lion`" in python(extended, "-c", tables)
