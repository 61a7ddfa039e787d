"""What a generated module promises to its caller: arguments, messages, dtypes, forms."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad.codegen.checking import load_module
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.upkeep.generated import FOLDER, modules

MODULES = modules()


def made(spec: dict[str, Any], folder: Path) -> ModuleType:
    path = folder / f"{spec['name']}.py"
    path.write_text(numpy_module(chalkgrad.load(spec).derive()), encoding="utf-8")
    return load_module(path)


@pytest.fixture(scope="module")
def n232() -> ModuleType:
    return load_module(FOLDER / "n232.py")


@pytest.fixture(scope="module")
def embedding() -> ModuleType:
    return load_module(FOLDER / "embedding.py")


def refused(message: str) -> Any:
    """A ValueError with exactly that message."""
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")


X, Y = np.full((3, 2), 0.5), np.full((3, 2), 0.25)


# -- the form --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_functions_and_their_answers(path: Path, dtype: Any) -> None:
    m = load_module(path)
    params, data = m.example(seed=3, dtype=dtype, batch=2)
    kept = [np.array(v) for v in (*params, *data)]
    loss, cache = m.forward(params, *data)
    grads, inputs = m.backward(params, cache)
    assert type(grads) is m.Params
    assert type(inputs) is m.Inputs
    assert type(cache) is m.Cache
    given = dict(zip(m.SHAPES, (*params, *data), strict=True))
    for name, grad in {**grads._asdict(), **inputs._asdict()}.items():
        assert np.shape(grad) == np.shape(given[name]), name
        assert np.asarray(grad).dtype == dtype, name
    assert np.shape(loss) == ()
    assert np.asarray(loss).dtype == dtype
    again, same = m.loss_and_grads(params, *data)
    assert again == loss
    assert all(np.array_equal(a, b) for a, b in zip(same, grads, strict=True))
    output = m.predict(params, *data[: count_inputs(m)])
    assert output.dtype == dtype
    assert len(output) == 2
    assert all(np.array_equal(a, b) for a, b in zip(kept, (*params, *data), strict=True))


def count_inputs(m: ModuleType) -> int:
    return m.predict.__code__.co_argcount - 1


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_init_depends_on_the_seed_alone(path: Path) -> None:
    m = load_module(path)
    for one, other in zip(m.init(1), m.init(1), strict=True):
        assert np.array_equal(one, other)
    assert all(np.asarray(w).dtype == np.float32 for w in m.init(dtype=np.float32))
    shapes = [m.SHAPES[name] for name in m.Params._fields]
    assert [np.shape(w) for w in m.init()] == shapes
    if any(np.std(w) > 0 for w in m.init()):
        assert any(not np.array_equal(a, b) for a, b in zip(m.init(1), m.init(2), strict=True))


def test_weights_start_with_the_variance_of_their_fan_in(tmp_path: Path) -> None:
    """Kernels (out, in, height, width) feed in * height * width products into each output."""
    spec = {
        "name": "wide",
        "input": {"x": [6, 9, 9]},
        "target": {"y": [50]},
        "layers": [{"conv2d": {"out": 40, "k": 3}}, {"flatten": {}}, {"dense": {"units": 50}}],
        "loss": "squared_error",
    }
    p = made(spec, tmp_path).init()
    assert np.std(p.K0) == pytest.approx((6 * 3 * 3) ** -0.5, rel=0.1)
    assert np.std(p.W1) == pytest.approx((40 * 7 * 7) ** -0.5, rel=0.1)
    assert not p.b0.any()


# -- what is accepted ------------------------------------------------------------------------------


def test_lists_take_the_precision_of_the_arrays(n232: ModuleType) -> None:
    for dtype in (np.float32, np.float64):
        params = n232.init(dtype=dtype)
        loss, _ = n232.forward(params, [[0.5, 1], [0, 1]], [[1, 0], [0, 1]])
        assert loss.dtype == dtype
    lists = n232.Params(*(w.tolist() for w in n232.init()))
    assert n232.predict(lists, [[0.5, 1]]).dtype == np.float64
    assert np.array_equal(n232.predict(lists, [[0.5, 1]]), n232.predict(n232.init(), [[0.5, 1]]))
    assert n232.predict(lists, X.astype(np.float32)).dtype == np.float32


def test_what_was_accepted_once_is_no_pass_for_other_values() -> None:
    """Shapes and precisions are remembered; ranges and declared facts are looked at each time."""
    m = load_module(FOLDER / "digits_conv.py")
    params, (x, y) = m.example()
    for _ in range(2):
        m.forward(params, x, y)
    with pytest.raises(ValueError, match="y: expected numbers >= 0 with the sum 1"):
        m.forward(params, x, 2 * y)
    with pytest.raises(ValueError, match="x: expected float64, got float32"):
        m.forward(params, x.astype(np.float32), y)
    m = load_module(FOLDER / "embedding.py")
    params, data = m.example()
    m.forward(params, *data)
    with pytest.raises(ValueError, match="expected integers from 0 to"):
        m.forward(params, *(a + 1000 if a.dtype.kind == "i" else a for a in data))


def test_accepted_arguments_are_not_looked_at_again(n232: ModuleType) -> None:
    params, data = n232.example()
    n232.fits.cache_clear()
    for _ in range(3):
        n232.forward(params, *data)
    assert n232.fits.cache_info().misses == 1


def test_numbers_are_a_batch_of_one_where_a_sample_is_a_number() -> None:
    m = load_module(FOLDER / "circuit.py")
    for numbers in ((-2, 5, -4), (-2.0, 5.0, -4.0), tuple(np.float64([-2, 5, -4]))):
        loss, cache = m.forward(m.Params(), *numbers)
        assert loss == -12
        _, inputs = m.backward(m.Params(), cache)
        assert inputs._asdict() == {"x": [-4], "y": [-4], "z": [3]}
    assert m.forward(m.Params(), np.float32(-2), 5, -4)[0].dtype == np.float32


def test_parameters_of_rank_zero() -> None:
    m = load_module(FOLDER / "neuron.py")
    params, data = m.worked_example()
    loss, grads = m.loss_and_grads(m.Params(2.0, -3.0, -3), -1.0, -2.0, 0.43)
    other, same = m.loss_and_grads(params, *data)
    assert loss == other
    assert grads == same
    assert all(np.shape(g) == () for g in grads)


def test_one_sample_is_the_worked_example(n232: ModuleType) -> None:
    params, data = n232.worked_example(dtype=np.float32)
    assert [a.shape for a in data] == [(1, 2), (1, 2)]
    assert n232.forward(params, *data)[0].dtype == np.float32


# -- what is refused -------------------------------------------------------------------------------

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no batch axis", {"x": np.ones(2)}, "x: expected shape (N >= 1, 2), got (2,)"),
    ("an empty batch", {"x": np.ones((0, 2))}, "x: expected shape (N >= 1, 2), got (0, 2)"),
    ("an empty list", {"x": []}, "x: expected shape (N >= 1, 2), got (0,)"),
    ("too wide", {"x": np.ones((3, 4))}, "x: expected shape (3, 2), got (3, 4)"),
    ("a number", {"x": 1.0}, "x: expected shape (N >= 1, 2), got ()"),
    ("too deep", {"x": np.ones((1, 3, 2))}, "x: expected shape (N >= 1, 2), got (1, 3, 2)"),
    ("another batch", {"y": np.ones((2, 2))}, "y: expected shape (3, 2), got (2, 2)"),
    ("ragged", {"x": [[1, 2], [3]]}, "x: expected an array, got a ragged list"),
    ("float32 data", {"x": X.astype(np.float32)}, "x: expected float64, got float32"),
    ("float16 data", {"y": Y.astype(np.float16)}, "y: expected float64, got float16"),
    ("an integer array", {"x": np.ones((3, 2), int)}, "x: expected float64, got int64"),
    ("booleans", {"x": X > 0}, "x: expected float64, got bool"),
    ("a list of booleans", {"x": [[True, False]]}, "x: expected float64, got bool"),
    ("complex numbers", {"x": X + 1j}, "x: expected float64, got complex128"),
    ("text", {"x": [["0.1", "0.2"]]}, "x: expected float64, got <U3"),
    ("nothing", {"x": None}, "x: expected float64, got object"),
    ("a transposed weight", {"W0": np.ones((3, 2))}, "W0: expected shape (2, 3), got (3, 2)"),
    ("a bias as a row", {"b0": np.ones((1, 3))}, "b0: expected shape (3,), got (1, 3)"),
    ("mixed parameters", {"b0": np.ones(3, np.float32)}, "b0: expected float64, got float32"),
    ("integer parameters", {"W0": np.ones((2, 3), int)}, "W0: expected float64, got int64"),
]


@pytest.mark.parametrize(("given", "message"), [(g, m) for _, g, m in REFUSED],
                         ids=[name for name, _, _ in REFUSED])  # fmt: skip
def test_refusals_name_the_argument(n232: ModuleType, given: dict[str, Any], message: str) -> None:
    given = {"x": X, "y": Y, **given}
    data = {name: given.pop(name) for name in ("x", "y")}
    params = n232.init()._replace(**given)
    with refused(message):
        n232.forward(params, **data)
    with refused(message):
        n232.loss_and_grads(params, **data)
    if not message.startswith("y"):
        with refused(message):
            n232.predict(params, data["x"])


@pytest.mark.parametrize("params", [{"W0": 1}, None, [1, 2], (1, 2)], ids=repr)
def test_params_of_another_form_are_refused(n232: ModuleType, params: Any) -> None:
    with pytest.raises(ValueError, match=f"^params: expected Params, got {type(params).__name__}$"):
        n232.forward(params, X, Y)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("t", np.ones((2, 6)), "t: expected integers, got float64"),
        ("t", [[0.5] * 6] * 2, "t: expected integers, got float64"),
        ("t", [[0] * 5] * 2, "t: expected shape (2, 6), got (2, 5)"),
        ("t", [[0, 1, 2, 3, 4, 7]] * 2, "t: expected integers from 0 to 6, got 0 to 7"),
        ("t", [[0, 1, 2, 3, 4, -1]] * 2, "t: expected integers from 0 to 6, got -1 to 4"),
        ("t", np.zeros((0, 6), int), "t: expected shape (N >= 1, 6), got (0, 6)"),
        ("y", [0, 3], "y: expected integers from 0 to 2, got 0 to 3"),
        ("y", [0, -1], "y: expected integers from 0 to 2, got -1 to 0"),
        ("y", [True, False], "y: expected integers, got bool"),
        ("y", [[1, 0, 0]] * 2, "y: expected shape (N >= 1,), got (2, 3)"),
    ],
)
def test_integers_and_their_range(
    embedding: ModuleType, name: str, value: Any, message: str
) -> None:
    data = {"t": [[0, 1, 2, 3, 4, 6]] * 2, "y": [0, 2], name: value}
    with refused(message):
        embedding.forward(embedding.init(), **data)


def test_integers_in_every_integer_type(embedding: ModuleType) -> None:
    params = embedding.init(dtype=np.float32)
    for kind in (np.int8, np.uint8, np.int32, np.int64):
        loss, _ = embedding.forward(params, np.ones((2, 6), kind), np.array([0, 2], kind))
        assert loss.dtype == np.float32
    assert embedding.Inputs._fields == ()  # no float inputs, so no gradients for them
    assert embedding.predict(params, [[0] * 6]).dtype == np.float32


@pytest.mark.parametrize("row", [[0.5, 0.6, 0.1], [0, 0, 0], [1.5, -0.5, 0], [np.nan, 1, 0]])
def test_a_target_that_is_no_distribution(row: list[float]) -> None:
    m = load_module(FOLDER / "classifier.py")
    good = [0.2, 0.3, 0.5]
    m.forward(m.init(), np.ones((2, 4)), [good, [0, 1, 0]])
    with refused("y: expected numbers >= 0 with the sum 1 over the last axis"):
        m.forward(m.init(), np.ones((2, 4)), [good, row])
    thirds = np.full((2, 3), 1 / 3, np.float32)  # rounding is no fault
    m.forward(m.init(dtype=np.float32), np.ones((2, 4), np.float32), thirds)


# -- corners ---------------------------------------------------------------------------------------


def test_a_network_without_data(tmp_path: Path) -> None:
    """Only parameters: the loss is a function of them, and there is no batch."""
    spec = {"name": "bowl", "parameters": {"w": [3]}, "axes": {"i": 3}, "loss": "L",
            "equations": "L = sum[i](w[i]**2)"}  # fmt: skip
    m = made(spec, tmp_path)
    loss, grads = m.loss_and_grads(m.Params(np.array([1.0, 2.0, -3.0])))
    assert loss == 14
    assert grads.w.tolist() == [2, 4, -6]
    with pytest.raises(ValueError, match=r"^w: expected shape \(3,\), got \(2,\)$"):
        m.forward(m.Params(np.ones(2)))
    assert max(m.self_check().values()) < 1e-10


def test_a_constant_belongs_to_the_module(tmp_path: Path) -> None:
    spec = {"name": "fixed", "input": {"x": [2]}, "axes": {"i": 2}, "loss": "L",
            "constants": {"c": {"shape": [2], "value": [3, 0.5]}},
            "equations": "L = sum[i](c[i]*x[i]**2)"}  # fmt: skip
    m = made(spec, tmp_path)
    assert m.c.tolist() == [3, 0.5]
    assert m.forward(m.Params(), [[1, 2]])[0] == 5


def test_a_module_runs_from_any_folder_and_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "an other place"
    folder.mkdir()
    (folder / "renamed.py").write_bytes((FOLDER / "n232.py").read_bytes())
    script = "import renamed as m; p, data = m.worked_example(); print(m.forward(p, *data)[0])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    m = load_module(FOLDER / "n232.py")
    params, data = m.worked_example()
    assert float(done.stdout) == m.forward(params, *data)[0]


def test_two_names_in_a_module_do_not_meet(tmp_path: Path) -> None:
    """A tensor may have the name of a local variable of the check."""
    names = ["array", "value", "shape", "given", "data", "name", "w", "u", "noisy", "errors"]
    spec = {"name": "names", "input": {n: [] for n in names}, "loss": "L",
            "equations": "L = " + " + ".join(f"{n}**2" for n in names)}  # fmt: skip
    m = made(spec, tmp_path)
    loss, cache = m.forward(m.Params(), *range(10))
    assert loss == sum(k * k for k in range(10))
    assert m.backward(m.Params(), cache)[1].errors == [18]
    assert max(m.self_check().values()) < 1e-10


def test_of_a_single_class_the_distribution_is_one_exactly(tmp_path: Path) -> None:
    """p - y is a gradient of 0, which has no digits to lose to a rounding of y."""
    spec = {"name": "single", "input": {"x": [2]}, "target": {"y": [1]},
            "layers": [{"dense": {"units": 1}}, {"softmax": {}}],
            "loss": {"kl_divergence": {}}}  # fmt: skip
    m = made(spec, tmp_path)
    for seed in range(9):
        assert max(m.self_check(seed).values()) == 0


def test_a_gradient_that_cancels_to_its_rounding_passes(tmp_path: Path) -> None:
    """A bias that every row gets alike is taken away again by the normalisation: its gradient is
    zero, and what a module finds is the last digits of what cancels."""
    spec = {"name": "shifted", "input": {"x": [3, 2]}, "target": {"y": [3]},
            "layers": [{"dense": {"units": 2}}, "global_average_pool1d",
                       {"layer_norm": {"affine": False}}], "loss": "absolute_error"}  # fmt: skip
    m = made(spec, tmp_path)
    params, data = m.example(1)
    assert 0 < abs(m.loss_and_grads(params, *data)[1].b0).max() < 1e-14
    for seed in range(40):
        assert max(m.self_check(seed).values()) < 1e-10
