"""The key `init:`: what a module draws for every name, which parameter it holds for, refusals."""

from __future__ import annotations

import json
import math
import types
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad import ChalkgradError
from chalkgrad.codegen.targets.numpy import initial as numpy_initial
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.upkeep.spec_schema import schema_text
from chalkgrad.derive.network.starts import starts
from chalkgrad.derive.spec import initial
from tests.catalogue import catalogue_cases
from tests.paths import ROOT

I, J = 400, 300  # of the large dense layer, for statistics
SMALL: dict[str, Any] = {
    "name": "small",
    "input": {"x": [2, 8, 8]},
    "target": {"y": [3]},
    "layers": [
        *({"conv2d": {"out": 4, "k": 3}}, "relu", "flatten", {"dense": {"units": 5}}),
        *("layer_norm", {"dense": {"units": 3}}, "prelu"),
    ],
    "loss": "squared_error",
}


CATALOGUE = [n for n in map(catalogue_cases.network, catalogue_cases.CASES) if n.parameters]


def module(spec: dict[str, Any], **keys: Any) -> Any:
    made: Any = types.ModuleType(spec["name"])
    source = numpy_module(chalkgrad.load(spec | keys).derive())
    exec(compile(source, f"{spec['name']}.py", "exec"), made.__dict__)
    made.text = source
    return made


def dense(init: Any, shape: tuple[int, int] = (I, J)) -> Any:
    i, j = shape
    return module({"name": "big", "network": {"units": [i, j]}, "loss": "squared_error"}, init=init)


# -- distributions ---------------------------------------------------------------------------------

BOUNDS = {  # of fan_in I, fan_out J
    "glorot_uniform": math.sqrt(6 / (I + J)),
    "he_uniform": math.sqrt(6 / I),
    "lecun_uniform": math.sqrt(3 / I),
}
STDS = {
    "glorot_normal": math.sqrt(2 / (I + J)),
    "he_normal": math.sqrt(2 / I),
    "lecun_normal": math.sqrt(1 / I),
    "normal": 1.0,
}


@pytest.mark.parametrize(("name", "bound"), BOUNDS.items())
def test_a_uniform_draw_fills_its_bounds(name: str, bound: float) -> None:
    W = dense(name).init(5).W0
    assert W.shape == (I, J)
    assert np.abs(W).max() <= bound
    assert np.abs(W).max() > 0.9999 * bound
    std = bound / math.sqrt(3)
    assert abs(W.mean()) < 5 * std / math.sqrt(W.size)
    assert abs(W.std() / std - 1) < 5 * math.sqrt(0.2 / W.size)  # kurtosis 9/5


@pytest.mark.parametrize(("name", "std"), STDS.items())
def test_a_normal_draw_has_its_mean_and_deviation(name: str, std: float) -> None:
    W = dense(name).init(6).W0
    assert abs(W.mean()) < 5 * std / math.sqrt(W.size)
    assert abs(W.std() / std - 1) < 5 / math.sqrt(2 * W.size)
    beyond = np.mean(np.abs(W) > 2 * std)  # not cut off anywhere
    assert abs(beyond - 0.0455) < 0.004


def test_uniform_and_normal_take_their_numbers() -> None:
    W = dense("uniform").init(1).W0  # as in lecture 004: from 0 to 1
    assert 0 <= W.min() < 1e-4 < 1 - 1e-4 < W.max() < 1
    W = dense({"W0": {"uniform": {"low": -0.5, "high": 0.25}}}).init(1).W0
    assert -0.5 <= W.min() < -0.4999 < 0.2499 < W.max() < 0.25
    W = dense({"W0": {"normal": {"mean": 3, "std": 0.1}}}).init(1).W0
    assert abs(W.mean() - 3) < 5 * 0.1 / math.sqrt(W.size)
    assert abs(W.std() / 0.1 - 1) < 5 / math.sqrt(2 * W.size)


@pytest.mark.parametrize("name", ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal"])
def test_a_gain_is_a_factor(name: str) -> None:
    usual = math.sqrt(2) if name.startswith("he") else 1
    W = dense(name, (6, 4)).init(1).W0
    for given, gain in ((2, 2.0), ("5/3", 5 / 3), ("sqrt(2)", math.sqrt(2)), (0.5, 0.5)):
        scaled = dense({"weights": {name: {"gain": given}}}, (6, 4)).init(1).W0
        np.testing.assert_allclose(scaled, W * gain / usual, rtol=1e-14)


@pytest.mark.parametrize("shape", [(7, 7), (9, 4), (4, 9), (5, 1), (1, 5)])
@pytest.mark.parametrize("gain", [1, 1.5])
def test_orthogonal_tall_and_wide(shape: tuple[int, int], gain: float) -> None:
    Q = dense({"weights": {"orthogonal": {"gain": gain}}}, shape).init(2).W0
    assert Q.shape == shape
    product = Q.T @ Q if shape[0] >= shape[1] else Q @ Q.T
    np.testing.assert_allclose(product, gain**2 * np.eye(min(shape)), atol=1e-14)


def test_every_orthogonal_matrix_is_equally_likely() -> None:
    """The first entry is as often below 0 as above; NumPy's qr alone has only one sign of it."""
    m = dense("orthogonal", (3, 3))
    firsts = np.array([m.init(seed).W0[0, 0] for seed in range(400)])
    assert abs(np.mean(firsts > 0) - 0.5) < 5 * 0.5 / 20
    assert abs(np.mean(firsts**2) - 1 / 3) < 5 * 0.3 / 20


def test_an_orthogonal_kernel_is_a_matrix_of_its_outputs() -> None:
    m = module(SMALL, init={"weights": {"orthogonal": {"gain": 2}}, "b1": "orthogonal"})
    K = m.init(1).K0.reshape(4, -1)  # o rows of c*p*q
    np.testing.assert_allclose(K @ K.T, 4 * np.eye(4), atol=1e-14)
    assert np.linalg.norm(m.init(1).b1) == pytest.approx(1)  # a vector is one column
    heads = module(
        {
            "name": "heads",
            "input": {"x": [3, 8]},
            "layers": [{"multi_head_attention": {"heads": 2}}],
        },
        init="orthogonal",
    ).init(1)
    for W, rows in ((heads.Wq0, 8), (heads.Wo0, 8)):
        Q = W.reshape(rows, -1)
        np.testing.assert_allclose(Q.T @ Q, np.eye(8), atol=1e-14)


# -- which parameter starts how --------------------------------------------------------------------


def test_weights_biases_names_and_declarations() -> None:
    init = {"weights": {"constant": {"value": 2}}, "biases": 0.5, "b1": [1, 2, 3, 4, 5], "W3": 7}
    w = module(SMALL, init=init).init()
    assert w.b1.tolist() == [1, 2, 3, 4, 5]
    # what the catalogue declares stays: gamma ones, beta zeros, PReLU's slope 1/4
    wanted = {"K0": 2, "W1": 2, "W3": 7, "b0": 0.5, "b3": 0.5, "gamma2": 1, "beta2": 0, "a4": 0.25}
    assert {name: set(np.ravel(getattr(w, name))) for name in wanted} == {
        name: {number} for name, number in wanted.items()
    }
    w = module(SMALL, init={"gamma2": "zeros", "beta2": "ones", "a4": -1}).init()
    assert [set(np.ravel(v)) for v in (w.gamma2, w.beta2, w.a4)] == [{0}, {1}, {-1}]
    assert np.unique(w.W1).size == w.W1.size  # as without the key
    assert not w.b1.any()


def test_a_declared_start_stands_above_the_groups() -> None:
    spec = {
        "name": "own", "input": {"x": [3]}, "init": {"weights": "ones", "biases": "ones"},
        "parameters": {
            "W": [3], "g": {"shape": [], "init": 5}, "b": {"shape": [], "init": "zeros"},
        },
        "equations": "v = g*sum[i](x[i]*W[i]) + b; L = v**2",
    }  # fmt: skip
    w = module(spec).init()
    assert (w.W.tolist(), float(w.g), float(w.b)) == ([1, 1, 1], 5, 0)


def test_without_the_key_nothing_changes() -> None:
    for init in ({}, None):
        assert module(SMALL, init=init).text == module(SMALL).text
    names = "K0=(rng.standard_normal((4, 2, 3, 3)) / 18**0.5).astype(dtype),"
    assert names in module(SMALL).text


def test_numbers_nested_or_flat() -> None:
    nested = [[1, 2.5], [3, -4], [5, 6]]
    for given in (nested, [1, 2.5, 3, -4, 5, 6]):
        W = dense({"W0": given}, (3, 2)).init().W0
        assert W.tolist() == nested
        assert W.dtype == np.float64
    wide = np.arange(600).reshape(20, 30).tolist()
    assert dense({"W0": wide}, (20, 30)).init().W0.tolist() == wide


def test_a_file_of_several_networks_and_overrides() -> None:
    spec = {
        "name": "pair", "init": "ones", "loss": "squared_error", "network": {"units": [2, 1]},
        "networks": {"other": {"network": {"units": [3, 1]}, "init": {"W0": "zeros"}}},
    }  # fmt: skip
    main, other = chalkgrad.load_all(spec)
    assert (starts(main)["W0"].name, starts(other)["W0"].name) == ("ones", "zeros")
    again = chalkgrad.load(spec, ["init=zeros"])
    assert starts(again)["W0"].name == "zeros"


# -- the module ----------------------------------------------------------------------------------


def test_the_seed_and_the_dtype() -> None:
    m = module(SMALL, init={"weights": "he_uniform", "biases": {"normal": {"std": 0.01}}})
    for a, b, c in zip(m.init(3), m.init(3), m.init(4), strict=True):
        assert np.array_equal(a, b)
        assert np.all(a != c) or np.all(a == a.flat[0])
    small = m.init(3, np.float32)
    for name, a, b in zip(m.Params._fields, m.init(3), small, strict=True):
        assert np.asarray(b).dtype == np.float32, name
        np.testing.assert_array_equal(np.asarray(a, np.float32), b)


def test_the_draws_come_in_the_order_of_the_parameters() -> None:
    m = module(SMALL, init={"weights": "normal", "biases": "normal"})
    rng = np.random.default_rng(9)
    for name, w in m.init(9)._asdict().items():
        if name not in ("gamma2", "beta2", "a4"):
            assert np.array_equal(w, rng.standard_normal(w.shape)), name


def test_no_bias_is_drawn_unasked_and_no_seed_without_a_draw() -> None:
    text = module(SMALL, init="glorot_uniform").text
    assert "b0=np.zeros((4,), dtype)," in text
    assert "def orthogonal" not in text
    text = module(SMALL, init={"weights": "ones"}).text
    assert "default_rng(seed)\n" not in text.partition("def init(")[2].partition("def example")[0]


def test_the_docstring_says_what_is_drawn() -> None:
    init = {"weights": "glorot_uniform", "biases": {"normal": {"std": 0.1}}, "b1": [0, 0, 0, 0, 1],
            "W3": {"orthogonal": {"gain": "5/3"}}, "K0": {"uniform": {"low": -1}}}  # fmt: skip
    said = [line.strip() for line in module(SMALL, init=init).init.__doc__.splitlines()]
    assert said[2:-1] == [
        "K0: uniform from -1 to 1", "b0, b3: normal, std 0.1",
        "W1: glorot_uniform, |w| <= sqrt(6 / (fan_in + fan_out))", "b1: numbers of the spec",
        "gamma2: ones", "beta2: zeros", "W3: orthogonal, times 5 / 3", "a4: 0.25",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [n for n in initial.names() if n not in ("zeros", "constant")])
def test_modules_pass_their_own_check(name: str) -> None:
    spec = {"name": "gru", "input": {"x": [3, 4]}, "layers": [{"gru": {"units": 3}}]}
    for m in (module(SMALL, init={"weights": name, "biases": name}), module(spec, init=name)):
        errors = m.self_check()
        assert set(errors) >= set(m.Params._fields)
        assert max(errors.values()) < 1e-7
    for line in module(SMALL, init={"weights": name, "biases": name}).text.splitlines():
        assert len(line) <= 100


@pytest.mark.parametrize("name", [n for n in initial.names() if n != "constant"])
def test_every_entry_of_the_catalogue_starts_by_every_name(name: str) -> None:
    """In the shapes of its parameters; those with a start of their own keep it."""
    asked = initial.given({"weights": name, "biases": name})
    for network in CATALOGUE:
        assert network.spec is not None
        spec = network.spec.model_copy(update={"init": asked})
        started = replace(network, spec=spec)
        program: Any = SimpleNamespace(plain=started, derivation=SimpleNamespace(network=started))
        there = {"np": np, "Params": dict, "rng": None}
        exec("\n".join([*numpy_initial.helpers(program), numpy_initial.init(program)]), there)
        made: dict[str, Any] = there["init"](1)  # type: ignore[operator]
        assert list(made) == [t.name for t in network.parameters]
        for t in network.parameters:
            assert np.shape(made[t.name]) == network.shape(t.name)
            assert np.all(np.isfinite(made[t.name]))
            assert (t.name in starts(started)) == (t.init is None)


# -- what is refused -------------------------------------------------------------------------------

REFUSED = [
    # init, where, what, hint
    ("he_normla", "init", "there is no initialisation 'he_normla'", "did you mean 'he_normal'?"),
    ({"W1": "xavier"}, "init.W1", "there is no initialisation 'xavier'", "known: "),
    ({"W9": "zeros"}, "init.W9", "there is no parameter 'W9'", "known: K0, W1, W3, a4"),
    ({"bias": "ones"}, "init.bias", "there is no parameter 'bias'", "did you mean 'biases'?"),
    ({"normal": {"normal": {}}}, "init.normal", "there is no parameter 'normal'",
     "for all weights: init: {weights: {normal: …}}"),
    ({"W1": {"normal": {"sdt": 1}}}, "init.W1.normal.sdt", "unknown option 'sdt'",
     "did you mean 'std'?"),
    ({"W1": {"lecun_normal": {"gain": 1}}}, "init.W1.lecun_normal.gain",
     "unknown option 'gain'", "it has no options"),
    ({"W1": {"normal": {"std": -1}}}, "init.W1.normal.std", "at least 0; got -1", ""),
    ({"W1": {"normal": {"mean": "a"}}}, "init.W1.normal.mean", "takes a number; got 'a'", ""),
    ({"W1": {"uniform": {"low": 2}}}, "init.W1.uniform", "low is below high", ""),
    ({"W1": "constant"}, "init.W1", "the option 'value' is missing", "value: …"),
    ({"W1": {"zeros": {}, "ones": {}}}, "init.W1",
     "one initialisation is a name, or one name with its options", ""),
    (3, "init", "a name or a mapping is needed; got 3", "init: he_normal"),
    ({"W1": True}, "init.W1", "a number is needed; got True", ""),
    ({"b1": [[1], [2, 3]]}, "init.b1[1]", "the rows of a list differ in length", ""),
    ({"b1": [1, 2]}, "init.b1", "'b1' has the shape [5], got [2]", ""),
    ({"W3": [[1] * 5] * 3}, "init.W3", "'W3' has the shape [5, 3], got [3, 5]", ""),
    ({"a4": [1]}, "init.a4", "'a4' has the shape [], got [1]", ""),
    ({"b1": []}, "init.b1", "'b1' has the shape [5], got [0]", ""),
    ({"weights": [1, 2]}, "init.weights", "all weights have no common shape", "one number for all"),
    *(({"W1": {"he_normal": {"gain": gain}}}, "init.W1.he_normal.gain", what, "")
      for gain, what in [
          (0, "a gain is a number above 0"), (-1, "a gain is a number above 0"),
          ("sqrt(-1)", "a gain is a number above 0"), ("relu", "'relu' is a function"),
          ("sqrt(q)", "a gain is a number above 0"), ("2**99", "a gain is a number above 0"),
          ("9**9**9", "an exponent is"),
          ("inf", "a gain is a number above 0"), ("1 +", "expected a value"),
          (True, "takes a number or an expression; got True"),
      ]),
]  # fmt: skip


@pytest.mark.parametrize(("init", "where", "what", "hint"), REFUSED, ids=lambda v: str(v)[:40])
def test_a_refusal_names_the_place(init: Any, where: str, what: str, hint: str) -> None:
    with pytest.raises(ChalkgradError) as caught:
        chalkgrad.load(SMALL | {"init": init})
    assert caught.value.where.removeprefix("small: ") == where
    assert caught.value.what.startswith(what)
    assert caught.value.hint.startswith(hint)


def test_a_refusal_in_a_file_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("name: net\nnetwork: {units: [2, 1]}\ninit: {W0: {orthogonal: {gian: 2}}}\n")
    with pytest.raises(ChalkgradError, match=r"net\.yaml:3:\d+: init\.W0\.orthogonal\.gian: "):
        chalkgrad.load(path)


def test_a_parameter_with_the_name_of_a_group_is_refused() -> None:
    spec = {"name": "own", "input": {"x": [3]}, "parameters": {"weights": [3]},
            "equations": "L = sum[i](x[i]*weights[i])**2"}  # fmt: skip
    assert chalkgrad.load(spec)
    with pytest.raises(ChalkgradError, match="is a parameter and all weights at once"):
        chalkgrad.load(spec | {"init": "ones"})


def test_numbers_for_a_symbolic_size_are_refused() -> None:
    spec = {"name": "s", "network": {"units": ["n_x", 2]}, "loss": "squared_error"}
    assert chalkgrad.load(spec | {"init": "he_normal"})
    with pytest.raises(ChalkgradError, match="symbolic size"):
        chalkgrad.load(spec | {"init": {"W0": [1, 2]}})


# -- what is published -----------------------------------------------------------------------------


def test_the_schema_and_the_page_name_them_all() -> None:
    schema = json.loads(schema_text())
    for model in (schema, schema["$defs"]["NetworkPart"]):
        word, mapping = model["properties"]["init"]["anyOf"]
        assert word["enum"] == initial.names()
        assert set(mapping["additionalProperties"]["anyOf"][1]["properties"]) == {*initial.names()}
    page = (ROOT / "docs" / "initialisation.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in initial.names())
