"""The gradient checker: right modules pass, wrong ones fail, and what cannot be judged is said."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from rich.console import Console

from chalkgrad.codegen.checking import check_module, load_module, render, to_text
from chalkgrad.derive.language.errors import ChalkgradError
from tests.checking.planted.faults import plant, survivors
from tests.paths import HANDWRITTEN

HERE = HANDWRITTEN
scalar = load_module(HERE / "scalar.py")
GOOD = ("mlp", "relu", "deep", "layernorm", "words")


def source(name: str) -> str:
    return (HERE / f"{name}.py").read_text(encoding="utf-8")


def altered(name: str, *changes: tuple[str, str], folder: Path) -> ModuleType:
    """A handwritten module with pieces of its text replaced; each piece must be there."""
    text = source(name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}_altered.py"
    path.write_text(text, encoding="utf-8")
    return load_module(path)


def with_backward(name: str, change: Any) -> SimpleNamespace:
    """A handwritten module whose backward's answer goes through ``change(params, inputs)``."""
    module = load_module(HERE / f"{name}.py")

    def backward(params: Any, cache: Any) -> Any:
        return change(*module.backward(params, cache))

    return SimpleNamespace(**{**vars(module), "backward": backward})


def finding(report: Any, name: str) -> Any:
    return next(found for found in report.findings if found.name == name)


def homework_data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((4, 2)), rng.standard_normal(4)


@pytest.mark.parametrize("name", GOOD)
def test_good_module_passes_by_complex_step(name: str) -> None:
    report = check_module(HERE / f"{name}.py")
    assert report.ok
    assert report.status == "ok"
    assert report.skipped == 0
    assert {row.method for row in report.tensors} == {"complex step"}
    assert all(row.error <= 1e-10 and row.checked == np.prod(row.shape) for row in report.tensors)
    assert {found.status for found in report.findings} == {"ok"}


def test_report_is_deterministic_json() -> None:
    once, twice = (check_module(HERE / "layernorm.py").to_json() for _ in range(2))
    assert json.dumps(once, allow_nan=False) == json.dumps(twice, allow_nan=False)
    assert once["module"] == "layernorm"
    assert [row["name"] for row in once["tensors"]] == ["W", "c", "gamma", "beta", "x"]
    assert [row["kind"] for row in once["tensors"]].count("input") == 1


def test_the_handwritten_network_is_that_of_the_lecture() -> None:
    mlp = load_module(HERE / "mlp.py")
    params = mlp.Params(
        np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
        np.array([0.2, 0.25, 0.3]),
        np.array([[0.3, 0.4], [0.5, 0.6], [0.7, 0.8]]),
        np.array([0.3, 0.35]),
    )
    args = (np.array([[0.3, 0.7]]), np.array([[1.0, 0.0]]))
    loss, grads = mlp.loss_and_grads(params, *args)
    assert loss == pytest.approx(0.3630195601, abs=1e-10)
    assert grads.b1 == pytest.approx([-0.0359678982, 0.1191903105], abs=1e-10)
    assert grads.W0[1] == pytest.approx([0.0060528174, 0.0084173777, 0.0104676652], abs=1e-10)
    assert check_module(mlp, params=params, args=args).ok


@pytest.mark.parametrize("name", GOOD)
def test_every_planted_fault_is_caught(name: str) -> None:
    survey = survivors(source(name))
    assert survey.survivors == ()
    assert survey.caught + len(survey.unchanged) == survey.planted
    assert survey.caught >= 9
    # The layer norm's gradient of the common shift is zero: spoiling it changes nothing.
    statements = {fault.statement for fault in survey.unchanged}
    assert statements == ({"dc = np.asarray(dv.sum())"} if name == "layernorm" else set())


def test_faults_reach_loops_augmented_assignments_and_returned_expressions() -> None:
    deep = {(fault.kind, fault.statement) for fault in plant(source("deep"))}
    for kind in ("scaled", "dropped", "flipped", "transposed"):
        assert (kind, "dv = dy * ys[k + 1] * (1 - ys[k + 1])") in deep
        assert (kind, "db[k - 1] += dv.sum()") in deep
    assert ("unsummed", "db_first = dv.sum(axis=0)") in deep
    relu = [fault for fault in plant(source("relu")) if "return" in fault.statement]
    assert [fault.kind for fault in relu].count("scaled") == 3
    lines = source("relu").splitlines()
    assert all("return" in lines[fault.line - 1] for fault in relu)


def test_only_square_values_are_transposed() -> None:
    """With 5 samples nothing in the 2-3-2 network is square; with widths 2, dW0 and dW1 are."""
    square = source("mlp").replace("(2, 3), (3,), (3, 2), (2,)", "(2, 2), (2,), (2, 2), (2,)")
    oblong_survey, square_survey = survivors(source("mlp"), batch=5), survivors(square, batch=5)
    assert square_survey.planted == oblong_survey.planted + 2
    assert square_survey.survivors == oblong_survey.survivors == ()


def test_faults_are_not_planted_in_a_module_that_fails() -> None:
    with pytest.raises(ChalkgradError, match="before any fault is planted"):
        survivors(source("homework_wrong"), args=homework_data())


def test_vanishing_gradients_are_judged_to_their_own_digits() -> None:
    report = check_module(HERE / "deep.py")
    deep = load_module(HERE / "deep.py")
    params, args = deep.example()
    grads = deep.loss_and_grads(params, *args)[1]
    assert 0 < np.abs(grads.W_first).max() < 1e-20 * np.abs(grads.W).max()
    assert report.ok
    spoiled = with_backward("deep", lambda p, i: (p._replace(W_first=1.001 * p.W_first), i))
    report = check_module(spoiled)
    assert [row.name for row in report.tensors if row.status == "failed"] == ["W_first"]
    assert report.tensor("W_first").error == pytest.approx(1e-3, rel=0.1)
    dropped = with_backward("deep", lambda p, i: (p, i._replace(x=0 * i.x)))
    assert check_module(dropped).tensor("x").status == "failed"


def test_a_gradient_zero_by_cancellation_passes() -> None:
    layernorm = load_module(HERE / "layernorm.py")
    params, args = layernorm.example()
    assert layernorm.loss_and_grads(params, *args)[1].c != 0  # rounding, not zero
    assert check_module(layernorm).tensor("c").status == "ok"
    exact = with_backward("layernorm", lambda p, i: (p._replace(c=np.asarray(0.0 * p.c)), i))
    assert check_module(exact).tensor("c").status == "ok"
    wrong = with_backward("layernorm", lambda p, i: (p._replace(c=p.c + 1e-9), i))
    assert check_module(wrong).tensor("c").status == "failed"


def test_layer_norm_without_its_mean_terms_fails(tmp_path: Path) -> None:
    old = (
        "dv = (dn - dn.mean(axis=1, keepdims=True) - n * (dn * n).mean(axis=1, keepdims=True)) / s"
    )
    report = check_module(altered("layernorm", (old, "dv = dn / s"), folder=tmp_path))
    assert {row.name for row in report.tensors if row.status == "failed"} == {"W", "c", "x"}


def test_integers_are_left_alone_and_large_logits_are_judged() -> None:
    words = load_module(HERE / "words.py")
    params, (word, x, t) = words.example()
    for size in (1.0, 1000.0):
        report = check_module(words, params=params, args=(word, size * x, t))
        assert report.ok
        assert [(row.name, row.kind) for row in report.tensors] == [
            ("E", "parameter"),
            ("x", "input"),
        ]
    shifted = check_module(words, params=params._replace(E=params.E + 1000), args=(word, x, t))
    assert shifted.ok


@pytest.mark.parametrize("told", [True, False])
def test_relu_exactly_at_zero_is_skipped(told: bool) -> None:
    """The sides are told by kinks(), or found out from one-sided slopes of the loss."""
    relu = load_module(HERE / "relu.py")
    params, (x, t) = relu.example()
    params = params._replace(b0=np.zeros(4))
    x[0] = 0
    module = relu
    if not told:
        kept = {key: value for key, value in vars(relu).items() if key != "kinks"}
        module = SimpleNamespace(**kept)  # type: ignore[assignment]
    report = check_module(module, params=params, args=(x, t))
    row = report.tensor("b0")
    assert (row.status, row.message, row.skipped, row.checked) == ("skipped", "skipped, kink", 4, 0)
    assert report.tensor("x").skipped == 3
    assert report.tensor("x").status == "ok"
    assert not report.failed
    assert "skipped, kink" in to_text(report)


@pytest.mark.parametrize("convention", [0.0, 0.5, 1.0])
def test_a_network_all_on_a_kink_is_neither_ok_nor_failed(convention: float) -> None:
    module = scalar.scalar_module(lambda w: np.maximum(w, 0).sum(), lambda w: w * 0 + convention)
    report = check_module(module, params=scalar.One(np.zeros(2)), args=())
    assert (report.ok, report.failed, report.status) == (False, False, "skipped")


def test_near_a_kink_both_sides_are_judged() -> None:
    w = np.array([1e-4, -1e-4, 3.0])
    right = scalar.scalar_module(lambda w: (np.abs(w) * w).sum() + np.abs(w).sum(),
                          lambda w: 2 * np.abs(w) + np.sign(w))  # fmt: skip
    report = check_module(right, params=scalar.One(w), args=())
    assert report.ok
    assert report.tensor("w").method == "central differences"
    assert report.tensor("w").skipped == 0
    wrong = scalar.scalar_module(lambda w: np.maximum(w, 0).sum(), lambda w: w * 0 + 1)
    assert check_module(wrong, params=scalar.One(w), args=()).failed


@pytest.mark.parametrize("loss", scalar.REFUSING, ids=lambda loss: loss.__name__)
def test_fallback_to_central_differences(loss: Any) -> None:
    params = scalar.One(np.array([0.7, -1.3]))
    row = check_module(
        scalar.scalar_module(loss, lambda w: 3 * w**2), params=params, args=()
    ).tensor("w")
    assert row.status == "ok"
    assert row.error < 1e-9
    assert row.method == "central differences"
    assert row.message
    wrong = check_module(scalar.scalar_module(loss, lambda w: 3.003 * w**2), params=params, args=())
    assert wrong.tensor("w").status == "failed"


def test_the_unchecked_forward_is_preferred() -> None:
    module = scalar.scalar_module(scalar.raises, lambda w: 3 * w**2)
    module.forward_unchecked = lambda p: ((p.w**3).sum(), None)
    report = check_module(module, params=scalar.One(np.array([0.7])), args=())
    assert report.ok
    assert report.tensor("w").method == "complex step"


def test_central_differences_pass_zero_gradients_beside_a_large_loss() -> None:
    def loss(w: Any) -> Any:
        return 1e3 + np.abs(w[0] ** 2) + 0 * w[1] + np.abs(w[2] - w[2] * 1.0)

    right = scalar.scalar_module(loss, lambda w: w * np.array([2, 0, 0], w.dtype))
    assert check_module(right, params=scalar.One(np.array([0.3, 0.2, 0.1])), args=()).ok
    wrong = scalar.scalar_module(loss, lambda w: w * np.array([2.002, 0, 0], w.dtype))
    assert check_module(wrong, params=scalar.One(np.array([0.3, 0.2, 0.1])), args=()).failed


def test_homework_is_told_what_is_wrong(tmp_path: Path) -> None:
    report = check_module(HERE / "homework_wrong.py", args=homework_data())
    status = {row.name: row.status for row in report.tensors}
    assert status == {"W": "failed", "b": "failed", "u": "ok", "x": "failed"}
    assert "not summed over the leading axes (4,)" in report.tensor("b").message
    assert "got " in report.tensor("W").message
    assert "expected " in report.tensor("W").message
    mended = altered(
        "homework_wrong", ("(1 - h)\n", "(1 - h**2)\n"), ("db = dv", "db = dv.sum(axis=0)"),
        folder=tmp_path,
    )  # fmt: skip
    report = check_module(mended, args=homework_data())
    assert report.ok
    assert finding(report, "batch 1").status == "ok"
    assert {row.method for row in report.tensors} == {"central differences"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, i: (p._replace(W0=p.W0.T), i), "it is transposed"),
        (lambda p, i: (p._replace(b1=p.b1.astype("f4")), i), "is float32, the parameter float64"),
        (lambda p, i: (p._replace(b1=None), i), "no gradient for b1"),
        (lambda p, i: (p, None), "no gradient for x"),
        (lambda p, i: (p._replace(b0=p.b0 * np.nan), i), "3 of 3 entries of the gradient are not"),
        (lambda p, i: p, "must return the pair (Params, Inputs)"),
        (lambda p, i: 1 / 0, "backward raised ZeroDivisionError"),
        (lambda p, i: ({"W0": p.W0}, i), "must be a NamedTuple like Params"),
    ],
)
def test_wrong_forms_are_named(change: Any, words: str) -> None:
    report = check_module(with_backward("mlp", change))
    assert report.failed
    assert not report.ok
    assert words in to_text(report)


def test_nan_beside_nan_is_told_as_such() -> None:
    """No finding may call NaN another number than NaN, or say how far it is from itself."""

    def nan(p: Any, i: Any) -> Any:
        return p._replace(b0=p.b0 * np.nan), i

    report = check_module(with_backward("mlp", nan))
    assert "NaN or infinity in float32 and in float64" in finding(report, "float32").message
    assert "nan from" not in to_text(report)
    told = finding(report, "loss_and_grads")
    assert told.status == "failed"


def test_structure_beyond_the_numbers(tmp_path: Path) -> None:
    def failing(*changes: tuple[str, str]) -> list[str]:
        report = check_module(altered("mlp", *changes, folder=tmp_path))
        return [found.name for found in report.findings if found.status == "failed"]

    assert failing() == []
    assert "no side effects" in failing(
        ("dy1 = -2 * (y - y1)", "y *= 1.5\n    dy1 = -2 * (y - y1)")
    )
    assert "repeatable" in failing(
        ("dx = dv0", "dx = (1 + 1e-16 * id(object()) % 7) * np.random.rand() * dv0")
    )
    assert failing(
        ("backward(params, cache)[0]\n", "backward(params, cache)[0]._replace(b1=0)\n")
    ) == ["loss_and_grads"]
    assert failing(("return loss, backward", "return 2 * loss, backward")) == ["loss_and_grads"]
    assert failing(("* y.shape[0])", "* 3)")) == ["batch 1"]
    assert failing(("dx = dv0 @", "dx = np.float64(1) * dv0 @")) == ["float32"]
    swapped = with_backward("mlp", lambda p, i: (NamedTuple("P", [("W0", Any)])(p.W0), i))
    assert finding(check_module(swapped), "fields").status == "failed"


def test_the_loss_must_be_a_finite_number() -> None:
    module = scalar.scalar_module(lambda w: w.sum() * np.nan, lambda w: w * np.nan)
    report = check_module(module, params=scalar.One(np.ones(2)), args=())
    assert report.failed
    assert "not finite" in to_text(report)
    assert json.loads(json.dumps(report.to_json(), allow_nan=False))["loss"] is None
    with pytest.raises(ChalkgradError, match="must be one number"):
        check_module(
            scalar.scalar_module(lambda w: w, lambda w: w), params=scalar.One(np.ones(2)), args=()
        )


def test_data_that_is_not_finite_is_refused() -> None:
    x, t = homework_data()
    x[0, 0] = np.inf
    with pytest.raises(ChalkgradError, match="not finite"):
        check_module(HERE / "homework_wrong.py", args=(x, t))
    with pytest.raises(ChalkgradError, match="w holds a value that is not finite"):
        check_module(
            scalar.scalar_module(scalar.raises, scalar.raises),
            params=scalar.One(np.array([np.nan])),
            args=(),
        )


def test_what_cannot_begin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="no function example"):
        check_module(HERE / "homework_wrong.py")
    with pytest.raises(ChalkgradError, match="no such file"):
        check_module(tmp_path / "absent.py")
    with pytest.raises(ChalkgradError, match="forward raised ValueError"):
        check_module(HERE / "mlp.py", args=(np.ones((3, 5)), np.ones((3, 2))))
    with pytest.raises(ChalkgradError, match="no function backward"):
        check_module(SimpleNamespace(forward=scalar.raises))
    (tmp_path / "broken.py").write_text("def forward(:\n")
    with pytest.raises(ChalkgradError, match="cannot be loaded: SyntaxError"):
        check_module(tmp_path / "broken.py")


def test_loading_leaves_no_trace_and_reads_afresh(tmp_path: Path) -> None:
    path = tmp_path / "twice.py"
    kept = (list(sys.path), sys.dont_write_bytecode, set(sys.modules))
    path.write_text("A = 1\n")
    assert load_module(path).A == 1
    path.write_text("A = 2\n")  # same size, same second: a cached bytecode would say 1
    assert load_module(path).A == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["twice.py"]
    assert (list(sys.path), sys.dont_write_bytecode, set(sys.modules)) == kept


def test_large_networks_are_checked_along_random_directions() -> None:
    mlp = load_module(HERE / "mlp.py")
    rng = np.random.default_rng(1)
    shapes = ((60, 200), (200,), (200, 10), (10,))
    params = mlp.Params(*(0.1 * rng.standard_normal(shape) for shape in shapes))
    args = (rng.standard_normal((5, 60)), rng.random((5, 10)))
    report = check_module(mlp, params=params, args=args)
    assert report.ok
    assert all(row.checked < 20 for row in report.tensors)

    def spoil(p: Any, i: Any) -> Any:
        W0 = p.W0.copy()
        W0[7] *= 1.01
        return p._replace(W0=W0), i

    module = SimpleNamespace(**{**vars(with_backward("mlp", spoil))})
    report = check_module(module, params=params, args=args)
    assert [row.name for row in report.tensors if row.status == "failed"] == ["W0"]
    assert "along random direction" in report.tensor("W0").message


def test_rendering_is_plain_off_the_terminal_and_a_table_on_it() -> None:
    report = check_module(HERE / "homework_wrong.py", args=homework_data())
    plain, fancy = StringIO(), StringIO()
    render(report, Console(file=plain))
    render(report, Console(file=fancy, force_terminal=True, width=120))
    assert plain.getvalue().rstrip("\n") == to_text(report)
    assert "\x1b" not in plain.getvalue()
    assert "\x1b" in fancy.getvalue()
    for text in (plain.getvalue(), fancy.getvalue()):
        assert "not summed over the leading axes" in text
        assert "homework_wrong: failed" in text
