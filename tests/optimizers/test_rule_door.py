"""A rule added to rules.yaml alone, in a copy of the package: a lecture, a program, the docs."""

from __future__ import annotations

import re

import pytest

from tests.house.copies import Copy

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
    """A copy of the package whose rules.yaml has one entry more."""
    made = Copy(tmp_path_factory.mktemp("extended"))
    made.add("derive/optimizers/rules.yaml", LION)
    made.add("net.yaml", SPEC)
    return made


@pytest.fixture(scope="module")
def built(extended):
    extended.command("build", "net.yaml", "--only", "numpy,program,html,manifest", "-o", "out")
    return extended.folder / "out"


def test_its_program_and_module_check_themselves(extended, built):
    assert "np.sign(v)" in (built / "net_train.py").read_text("utf-8")
    extended.python("out/net.py")
    extended.python("out/net_train.py", "--self-check")


def test_the_lecture_shows_it_with_a_rate_that_leads_down(built):
    assert 'id="p-optimizers-lion"' in (built / "net.html").read_text("utf-8")
    told = (built / "net_manifest.json").read_text("utf-8")
    path = dict(re.findall(r'"main.optimizers.paths.lion.(\S+)",\s+"value": "(\S+)"', told))
    assert path["rate"] == "0.5"
    assert float(path["loss[25]"]) < 0.01 * float(path["loss[1]"])


def test_the_docs_have_a_section_of_it(extended):
    tables = "from chalkgrad.codegen.upkeep.docs_tables import _rules; print(_rules())"
    assert "### `lion`" in extended.python("-c", tables)
