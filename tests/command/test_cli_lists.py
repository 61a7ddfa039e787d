"""`chalkgrad layers`, `examples` and `new`, and the specs that the texts show."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import yaml

from chalkgrad.codegen.command.new import START
from chalkgrad.derive import examples
from chalkgrad.derive.spec.spec import load_definitions, load_specs
from tests.command.fake_engine import fails, tree, typed
from tests.paths import ROOT

CATALOGUE = """\
scaled:
  summary: Every feature by its own factor.
  source: "nobody (2000), sec. [3]"
  options:
    units: integer
    bias: {default: per_unit, one_of: [per_unit, shared], help: "where it is added"}
    keep: {default: true}
    k: {default: 3, min: 1, max: 9}
  input: {x: [..., i], t: {shape: [m], integer: vocab}}
  axes: {j: units}
  parameters: {W: [i, j], b: {shape: [j], if: bias == per_unit}, b_s: {name: b, shape: []}}
  equations: |
    v[...,j] = sum[i](x[...,i]*W[i,j]) + b[j] + b_s
  output: v
twice:
  summary: Two of it.
  kind: activation
  input: {v: [...]}
  equations: "y[...] = 2*v[...]"
"""

SCALED = """\
scaled (layer): Every feature by its own factor.

input
  x[...,i]
  t[m]  whole numbers below vocab

parameters
  W[i,j]
  b[j]  if bias == per_unit
  b[]  as b_s in the equations

axes
  j = units

equations
  v[...,j] = sum[i](x[...,i]*W[i,j]) + b[j] + b_s

output
  v

options
  units: integer, required
  bias = per_unit  one of per_unit, shared  (where it is added)
  keep = true
  k = 3  at least 1  at most 9

source
  nobody (2000), sec. [3]
"""


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalkgrad.derive import catalogue

    entries = load_definitions(CATALOGUE)
    monkeypatch.setattr(catalogue, "names", lambda: list(entries), raising=False)
    monkeypatch.setattr(catalogue, "definition", lambda name: entries[name], raising=False)


def test_layers_lists_each_entry_under_its_kind(catalogue: None) -> None:
    lines = [" ".join(line.split()) for line in typed("layers").stdout.splitlines()]
    assert "scaled Every feature by its own factor." in lines
    assert "twice Two of it." in lines
    kinds = [line.split()[0] for line in lines if "what it computes" in line]
    assert kinds == ["layer", "activation"]


def test_layers_prints_one_entry_in_full(catalogue: None) -> None:
    assert typed("layers", "scaled").stdout == SCALED


def test_new_writes_a_spec_once(folder: Path) -> None:
    result = typed("new", "lecture05")
    assert result.exit_code == 0
    written = Path("lecture05.yaml").read_text()
    assert written == START.substitute(name="lecture05")
    assert yaml.safe_load(written)["name"] == "lecture05"
    Path("lecture05.yaml").write_text("mine")
    fails(typed("new", "lecture05"), 2, "lecture05.yaml", "already")
    assert Path("lecture05.yaml").read_text() == "mine"


def test_both_forms_of_the_starting_spec_are_specs() -> None:
    (layers,) = load_specs(text=START.substitute(name="first"))
    assert (layers.name, len(layers.layers)) == ("first", 2)
    head, _, equations = START.substitute(name="second").partition("for example:\n#\n")
    kept = [line for line in head.splitlines() if line.startswith(("name:", "input:", "target:"))]
    other = [line.removeprefix("# ") for line in equations.splitlines()]
    (spec,) = load_specs(text="\n".join([*kept, *other]))
    assert (spec.name, spec.output) == ("second", ["z"])


def test_the_readme_s_spec_is_a_spec() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    block = page.partition("## From a short spec\n\n")[2].partition("\n\nSave it as")[0]
    assert 0 < len(block.splitlines()) <= 15
    (spec,) = load_specs(text=textwrap.dedent(block))
    assert spec.name == "rbf"


@pytest.mark.parametrize(
    "name", ["1x", "class", "a-b", "../x", "a__b", "_x", "é", "a b", "", "a.yaml"]
)
def test_new_refuses_other_names(name: str, folder: Path) -> None:
    fails(typed("new", name), 2, "Python identifier")
    assert tree(folder) == {"a.yaml"}


def test_examples_lists_every_spec_and_prints_it_unchanged() -> None:
    shipped = {path.stem: path for path in (ROOT / "derive" / "examples").glob("*.yaml")}
    lectures = (ROOT / "derive" / "examples" / "lectures").glob("*.yaml")
    shipped |= {f"lecture_{path.stem}": path for path in lectures if path.stem != "ufv"}
    assert examples.names() == sorted(shipped)
    assert {"n232", "lecture_mari", "lecture_ng"} <= set(shipped)
    listed = typed("examples").stdout
    for name, path in shipped.items():
        assert f" {name} " in listed
        assert typed("examples", name).stdout == path.read_text(encoding="utf-8")


def test_an_unknown_example() -> None:
    fails(typed("examples", "n323"), 2, "n323", "did you mean")
