"""Small networks that were computed wrongly or refused once, each for a kind of fault of its own.

Every one is checked as a user would (gradients, and the forward against the equations as written)
and held against the oracle that reads its text; where a value is known by hand it is asserted.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

from chalkgrad import ChalkgradError
from chalkgrad.codegen.checking import check
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.pipeline import load
from tests.fuzz.judge import judge
from tests.paths import CASES

REFUSED = (
    "derivative_in_the_loss", "n_no_samples", "refusal_floor_div_text", "refusal_position",
    "softmax_over_nothing", "twin_as_index",
)  # fmt: skip
LAYERS = ("leaky_corner", "gnvp_logsumexp", "partial_values")  # not in the oracle's language
NAMES = sorted(p.stem for p in CASES.glob("*.yaml") if p.stem not in REFUSED)


def network(name: str, **more: Any) -> Any:
    return load({**yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8")), **more})


def module(name: str, folder: Path) -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(numpy_module(network(name).derive()), encoding="utf-8")
    return loaded(path)


def loaded(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


def at(made: ModuleType, params: Mapping[str, Any], *data: Any) -> tuple[float, dict[str, Any]]:
    """Loss and gradients at some numbers."""
    given = made.Params(**{k: np.asarray(v, dtype=float) for k, v in params.items()})
    loss, cache = made.forward(given, *(np.asarray(d, dtype=float) for d in data))
    grads, inputs = made.backward(given, cache)
    return float(loss), {**grads._asdict(), **inputs._asdict()}


@pytest.mark.parametrize("name", NAMES)
def test_the_check_is_ok(name: str) -> None:
    report = check(network(name).derive())
    assert report.ok, report


@pytest.mark.parametrize("name", [n for n in NAMES if n not in LAYERS])
def test_the_oracle_agrees(name: str) -> None:
    text = (CASES / f"{name}.yaml").read_text("utf-8")
    spec = yaml.safe_load(text)
    spec.pop("values", None)
    first = text.splitlines()[0]  # how the fault's numbers were drawn, as `make fuzz` prints it
    drawn = yaml.safe_load(first.removeprefix("# data: ")) if first.startswith("# data: ") else {}
    verdict = judge(spec, drawn)
    assert verdict.kind == "ok", verdict


# -- values by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["erf_int", "erf_size"])
def test_erf_of_a_whole_number(name: str, tmp_path: Path) -> None:
    """erf(3) is no 0; with a = 1 the loss is erf(3) times the mean of the sums."""
    made = module(name, tmp_path)
    assert "int" not in str(made.forward_unchecked.__doc__)
    report = check(network(name).derive())
    assert report.ok


def test_a_guard_beside_a_reduction_adds_no_axis_to_it(tmp_path: Path) -> None:
    loss, _ = at(module("guard_bracket_cond", tmp_path), {"V": [-1, -2]}, [[0.3, -0.7, 1.1]])
    assert loss == pytest.approx(-5.414524872610442, rel=1e-14)


def test_a_guard_around_a_mean_counts_its_entries_once(tmp_path: Path) -> None:
    x = np.array([[0.3, -0.7, 1.1]])
    loss, _ = at(module("where_cond_div", tmp_path), {"V": [-1, -2, 3]}, x)
    assert loss == pytest.approx(2 * np.mean(1 / (x[0, [0, 2]] ** 2 + 1)), rel=1e-14)


def test_a_dead_entry_of_a_diagonal_has_no_gradient(tmp_path: Path) -> None:
    _, grads = at(module("diag_mean", tmp_path), {"V": [[1, 2], [3, 4]]})
    assert grads["V"].tolist() == [[0, 0], [0, 1]]


def test_the_coefficient_of_a_recurrence_is_not_evaluated_past_its_end(tmp_path: Path) -> None:
    made = module("recurrence_divides", tmp_path)
    _, grads = at(made, {}, [[1, 2, 3, 4]], [[1, 1, 2, 2]])
    # h = 1, 3, 4.5, 6.25 and L = h[3]**2
    assert grads["x"][0].tolist() == [3.125, 3.125, 6.25, 12.5]


def test_zero_to_a_power_does_not_move(tmp_path: Path) -> None:
    made = module("power_zero", tmp_path)
    loss, grads = at(made, {"b": 3}, [[0, 2]])
    assert (loss, float(grads["b"])) == (8, pytest.approx(8 * np.log(2)))


def test_leaky_relu_at_its_corner_has_one_of_its_slopes(tmp_path: Path) -> None:
    _, grads = at(module("leaky_corner", tmp_path), {}, [[-1, 0, 1]])
    assert grads["x"][0].tolist() == [0.01, 0.01, 1]


def test_logsumexp_over_nothing_but_minus_infinity(tmp_path: Path) -> None:
    loss, grads = at(module("logsumexp_all_forbidden", tmp_path), {"w": 2}, [[1, 2, 3]])
    assert (loss, float(grads["w"])) == (4, 4)
    assert grads["x"].tolist() == [[0, 0, 0]]


def test_ctc_in_log_space_is_ctc(tmp_path: Path) -> None:
    found = []
    for name in ("ctc_log_space", "ctc_probabilities"):
        made = module(name, tmp_path)
        params, data = made.example(1)
        loss, cache = made.forward(params, *data)
        grads, inputs = made.backward(params, cache)
        found.append((loss, grads.W, inputs.x))
    assert found[0][0] == pytest.approx(2.0770756811140543, rel=1e-12)
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["outside", "outside_b"])
def test_what_is_read_wholly_outside_has_the_gradient_0(name: str, tmp_path: Path) -> None:
    made = module(name, tmp_path)
    params, data = made.example(0)
    _, cache = made.forward(params, *data)
    grads, inputs = made.backward(params, cache)
    assert not any(g.any() for g in (*grads, *inputs))


def test_a_size_rounded_down_may_stand_in_a_test(tmp_path: Path) -> None:
    """Nearest-neighbour upsampling: y[u] = x[u//2]."""
    made = module("floor_factor", tmp_path)
    assert made.predict(made.Params(np.array([1.0, 2, 3, 4]))).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_its_place(name: str) -> None:
    with pytest.raises(ChalkgradError) as told:
        network(name)
    assert "equation" in str(told.value)
    assert told.value.hint


def test_refusals_speak_the_language() -> None:
    with pytest.raises(ChalkgradError, match=r"h//2 == 0"):
        network("refusal_floor_div_text")
    with pytest.raises(ChalkgradError, match=r"h at position 2"):
        network("refusal_position")


@pytest.mark.parametrize("name", ["hvp_size_n", "recurrence_adjoint_summed_hvp", "name_direction"])
def test_hessian_vector_products_are_slopes_of_the_gradients(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text(numpy_module(network(name).derive(), second=["hvp"]), encoding="utf-8")
    made = loaded(path)
    params, data = made.example(0)
    along = made.Params(*(np.ones_like(w) for w in params))
    step = 1e-6
    ends = []
    for sign in (1, -1):
        moved = made.Params(*(w + sign * step for w in params))
        ends.append(made.loss_and_grads(moved, *data)[1])
    for got, up, down in zip(made.hvp(params, along, *data), *ends, strict=True):
        np.testing.assert_allclose(got, (up - down) / (2 * step), rtol=1e-6, atol=1e-8)


def test_nothing_is_computed_that_nobody_reads() -> None:
    """A window that falls away with its test takes its padding with it."""
    source = numpy_module(network("unused_pad").derive())
    for line in source[source.index("def forward_unchecked") :].splitlines():
        name, _, value = line.strip().partition(" = ")
        if name.endswith(("_pad", "_win")) and value:
            assert source.count(name) > source.count(f"{name} = "), line
