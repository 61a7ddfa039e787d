"""Planted faults: every wrong copy of a generated module's backward must fail the checker.

The table in ``fault_counts.json`` says, for each module, how many faults were planted and which of
them change nothing; ``python -m tests.checking.test_faults`` writes it anew after the emitted code
changed (read the difference: a fault that newly changes nothing is a hole or a useless term).
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad.codegen.checking import check_module, load_module
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.upkeep.generated import FOLDER, modules
from tests.checking.planted.faults import Fault, Survey, plant, survivors

TABLE = Path(__file__).parent / "fault_counts.json"
MODULES = modules()
# Gradients that are zero but for rounding; whether a fault there shows is a matter of chance:
# a key's bias moves all scores of a row alike, and batch norm takes away what was added before it.
ZERO = {"transformer": {"dbk_att"}, "normalisation": {"dbeta0"}}


def survey(path: Path) -> Survey:
    return survivors(path.read_text(encoding="utf-8"), limit=0)


def target(fault: Fault) -> str:
    """The name that the spoiled statement defines."""
    return re.split(r"[ \[.(]", fault.statement)[0]


def unchanged(stem: str, found: Survey) -> dict[str, int]:
    """'statement, kind' -> how many such faults leave every gradient as it is."""
    names = [f"{target(f)}, {f.kind}" for f in found.unchanged if target(f) not in zero(stem)]
    return dict(sorted(Counter(names).items()))


def zero(stem: str) -> set[str]:
    return ZERO.get(stem, set())


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_every_planted_fault_is_caught(path: Path) -> None:
    found = survey(path)
    assert [str(f) for f in found.survivors] == []
    row = {"planted": found.planted, "unchanged": unchanged(path.stem, found)}
    assert row == json.loads(TABLE.read_text(encoding="utf-8"))[path.stem]
    assert zero(path.stem) <= {target(f) for f in found.unchanged}
    assert found.caught + len(found.unchanged) == found.planted


def test_the_table_has_the_modules_that_there_are() -> None:
    assert list(json.loads(TABLE.read_text(encoding="utf-8"))) == [path.stem for path in MODULES]


def test_every_kind_of_fault_is_planted() -> None:
    """Each statement is scaled, dropped, flipped; sums lose themselves and their terms."""
    source = (FOLDER / "transformer.py").read_text(encoding="utf-8")
    kinds: dict[str, set[str]] = {}
    for fault in plant(source):
        kinds.setdefault(target(fault), set()).add(fault.kind)
    body = source.split("def backward(")[1].split("\ndef ")[0]
    stated = set(re.findall(r"^    (d[a-zA-Z]\w*) = ", body, re.MULTILINE)) - {"dtype"}
    assert stated <= set(kinds)
    for name in stated:
        assert {"scaled", "dropped", "flipped", "transposed"} <= kinds[name]
    assert "unsummed" in kinds["db_up"]  # a bias gradient not summed over the batch
    # a layer norm gradient without its mean terms
    norm = ("dy_res2", "dy_res2_centred")
    terms = [f for f in plant(source) if target(f) in norm and f.kind == "term"]
    assert len(terms) >= 2


# -- kinks and vanishing gradients -----------------------------------------------------------------


def module_of(spec: dict[str, Any], folder: Path) -> tuple[ModuleType, str]:
    text = numpy_module(chalkgrad.load(spec).derive())
    path = folder / f"{spec['name']}.py"
    path.write_text(text, encoding="utf-8")
    return load_module(path), text


def test_a_relu_exactly_at_zero_is_skipped(tmp_path: Path) -> None:
    spec = {
        "name": "at_zero", "input": {"x": [2]}, "target": {"y": [1]},
        "layers": [{"dense": {"units": 3, "activation": "relu"}}, {"dense": {"units": 1}}],
        "loss": "squared_error",
    }  # fmt: skip
    module, _ = module_of(spec, tmp_path)
    start = module.init()
    params = start._replace(W0=np.zeros_like(start.W0), b0=np.zeros(3), b1=np.ones(1))
    report = check_module(module, params=params, args=(np.ones((2, 2)), np.zeros((2, 1))))
    rows = {row.name: row for row in report.tensors}
    for name in ("W0", "b0"):  # any step takes v0 off the corner
        assert rows[name].status == "skipped"
        assert rows[name].message == "skipped, kink"
        assert rows[name].skipped > 0
        assert rows[name].checked == 0
    assert rows["W1"].status == rows["b1"].status == "ok"
    assert rows["b1"].checked == 1
    assert not report.failed


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModuleType, str]:
    layers = [{"dense": {"units": 3, "activation": "sigmoid"}} for _ in range(32)]
    spec = {"name": "deep", "input": {"x": [3]}, "target": {"y": [3]}, "layers": layers,
            "loss": "squared_error"}  # fmt: skip
    return module_of(spec, tmp_path_factory.mktemp("deep"))


def spoiled(text: str, name: str) -> Iterator[Fault]:
    return (f for f in plant(text) if f.kind == "scaled" and target(f) == name)


def test_vanishing_gradients_pass_by_complex_step(deep: tuple[ModuleType, str]) -> None:
    module, _ = deep
    report = check_module(module, limit=0)
    assert not report.failed
    assert {row.method for row in report.tensors} == {"complex step"}
    assert all(row.status == "ok" for row in report.tensors)
    params, data = module.example()
    grads = module.loss_and_grads(params, *data)[1]
    assert np.abs(grads.W0).max() < 1e-12 * np.abs(grads.b31).max()  # they do vanish
    errors = module.self_check()
    assert max(errors.values()) < 1e-10


def test_a_vanishing_gradient_scaled_fails(deep: tuple[ModuleType, str], tmp_path: Path) -> None:
    _, text = deep
    (fault,) = spoiled(text, "dW0")
    path = tmp_path / "deep.py"
    path.write_text(fault.source, encoding="utf-8")
    module = load_module(path)
    report = check_module(module, limit=0)
    assert [row.name for row in report.tensors if row.status == "failed"] == ["W0"]
    errors = module.self_check()  # the module finds it too
    assert [name for name, error in errors.items() if not error < 1e-10] == ["W0"]


def main() -> None:
    rows = {}
    for path in MODULES:
        found = survey(path)
        for fault in found.survivors:
            print(f"NOT CAUGHT in {path.name}: {fault}", file=sys.stderr)
        rows[path.stem] = {"planted": found.planted, "unchanged": unchanged(path.stem, found)}
    TABLE.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
