"""What a spec may say about layers beyond their numbers: where they read, share, start, carry."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.checking import check_module
from chalkgrad.derive.language.text import text
from chalkgrad.derive.network.expansion import instance
from chalkgrad.derive.network.layer_names import give_names
from chalkgrad.derive.network.layers import Builder
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.network.resolve import Draft
from chalkgrad.derive.spec.definition import TensorDecl
from tests.catalogue.catalogue_cases import WEIGHED, write_module


def net(**spec: Any) -> Network:
    define = {"weighed": WEIGHED, **spec.pop("define", {})}
    return load({"name": "net", "loss": "weighed", "define": define, **spec})


def checked(made: Network, folder: Path) -> Any:
    module = write_module(made, folder / "net.py")
    assert check_module(folder / "net.py").ok
    return module


def parameters(made: Network) -> list[str]:
    return [t.name for t in made.parameters]


LEAKY = {"leaky_relu": {"eps": 0.25}}


def test_a_loss_reads_the_tensors_it_names(tmp_path: Path) -> None:
    layers = [
        {"dense": {"units": 3, "as": "m"}},
        {"dense": {"units": 3, "as": "s", "from": "x", "activation": "softplus"}},
    ]
    loss = {"gaussian_nll": {"from": ["m", "s"]}}
    made = net(input={"x": [2]}, target={"t": [3]}, layers=layers, loss=loss)
    checked(made, tmp_path)
    with pytest.raises(ChalkgradError, match=r"reads 2 tensors \(m, v\), got 1"):
        net(input={"x": [2]}, target={"t": [3]}, layers=layers, loss="gaussian_nll")
    with pytest.raises(ChalkgradError, match="nothing named 'mm'"):
        net(input={"x": [2]}, target={"t": [3]}, layers=layers, loss={"hinge": {"from": "mm"}})


def test_layers_and_equations_mix(tmp_path: Path) -> None:
    conv = {"out": 3, "k": 2, "stride": 2, "as": "a", "from": "x", "activation": LEAKY}
    text = "L = sum[a,b](r[a,b]*y_a[a,b])"
    spec = {"input": {"x": [2, 7], "r": [3, 3]}, "layers": [{"conv1d": conv}], "equations": text}
    made = load({"name": "net", "loss": "L", **spec})
    module = checked(made, tmp_path)
    params, (x, r) = module.example()
    dr = module.backward(params, module.forward(params, x, r)[1])[1].r
    assert (dr < 0).any()  # a leaky output, over the batch
    assert (dr > 0).any()


@pytest.mark.parametrize("given", ["tanh", LEAKY, {"leaky_relu": None}, "none", {"bent": {"k": 2}}])
def test_activations_with_and_without_options(given: Any, tmp_path: Path) -> None:
    bent = {
        "kind": "activation",
        "options": {"k": 1},
        "input": {"v": ["..."]},
        "equations": "y[...] = v[...] + k*tanh(v[...])",
    }
    layers = [{"dense": {"units": 3, "activation": given}}]
    checked(
        net(input={"x": [2]}, target={"r": [3]}, layers=layers, define={"bent": bent}), tmp_path
    )


def test_activations_that_are_refused() -> None:
    for given, message in (
        ("lrelu", "there is no activation 'lrelu'"),
        ("dense", "is a layer, not an activation"),
        ({"leaky_relu": {"epps": 1}}, "unknown option 'epps'"),
    ):
        layers = [{"dense": {"units": 3, "activation": given}}]
        with pytest.raises(ChalkgradError, match=message):
            net(input={"x": [2]}, target={"r": [3]}, layers=layers)


def test_own_layer_with_an_activation_by_default(tmp_path: Path) -> None:
    scale = {
        "options": {"activation": {"type": "text", "default": "tanh"}},
        "input": {"x": ["...", "i"]},
        "parameters": {"s": ["i"]},
        "equations": "v[...,i] = x[...,i]*s[i]",
    }
    made = net(input={"x": [2]}, target={"r": [2]}, layers=["scale"], define={"scale": scale})
    assert "tanh" in [layer.label for layer in made.layers]
    checked(made, tmp_path)


def test_own_layer_with_a_constant_and_a_start(tmp_path: Path) -> None:
    steps = {
        "input": {"x": ["t", "j"]},
        "parameters": {"h0": ["j"]},
        "constants": {"w": {"shape": ["j"], "value": [0.5, -2]}},
        "initial": {"h": "h0"},
        "equations": "h[t,j] = tanh(x[t,j] + w[j]*h[t-1,j])",
    }
    spec = {"input": {"x": [3, 2]}, "target": {"r": [3, 2]}, "define": {"steps": steps}}
    made = net(layers=["steps"], **spec)
    module = checked(made, tmp_path)
    start, x = np.array([0.3, 0.7]), np.zeros((1, 3, 2))
    output = module.predict(module.Params(start), x)
    np.testing.assert_allclose(output[0, 0], np.tanh([0.15, -1.4]))


def test_a_shared_layer_shares_its_activation_too(tmp_path: Path) -> None:
    first = {"dense": {"units": 3, "as": "a", "activation": "prelu"}}
    second = {"dense": {"units": 3, "share": "a", "activation": "prelu"}}
    made = net(input={"x": [3]}, target={"r": [3]}, layers=[first, second])
    assert parameters(made) == ["W_a", "b_a", "a_a"]
    checked(made, tmp_path)


def test_class_numbers_fit_the_axis_they_count() -> None:
    """Out of its range an index reads 0, so a range that does not fit is a mistake."""
    words = {"t": {"shape": [4], "integer": 7}}
    with pytest.raises(ChalkgradError, match=r"two sizes: 7 .* and 5"):
        net(input=words, target={"r": [4, 3]}, layers=[{"embedding": {"vocab": 5, "units": 3}}])
    classes = {"c": {"shape": [], "integer": 5}}
    loss = "cross_entropy_logits_integer"
    with pytest.raises(ChalkgradError, match=r"two sizes: 5 .* and 3"):
        net(input={"x": [4]}, target=classes, layers=[{"dense": {"units": 3}}], loss=loss)


def test_single_letter_tensors_are_no_indices_of_layers(tmp_path: Path) -> None:
    """The leading axes of a layer get letters; t, s and r may be names of numbers elsewhere."""
    made = net(input={"x": [2, 3], "t": [], "s": []}, target={"r": [2, 3]}, layers=[
        {"tanh": {"from": "x"}}, {"layer_norm": {"as": "z"}},
    ], equations="L = t*s*sum[a,b](r[a,b]*y_z[a,b])", loss="L")  # fmt: skip
    checked(made, tmp_path)


def test_no_division_by_zero_through_options() -> None:
    for layer in (
        {"dropout": {"rate": 1, "from": ["x", "m"]}},
        {"celu": {"alpha": 0, "from": "x"}},
    ):
        with pytest.raises(ChalkgradError, match=r"at (most|least)"):
            net(input={"x": [2], "m": [2]}, target={"r": [2]}, layers=[layer])


def test_an_axis_without_a_number_takes_it_from_the_tensor_read_beside_it():
    network = load(
        {
            "name": "sized", "input": {"x": ["d"]}, "parameters": {"w": [3]},
            "equations": "L = sum[d](x[d]*w[d])", "loss": "L",
        }
    )  # fmt: skip
    assert network.shape("x") == ("N", 3)


def test_an_instance_is_made_before_anything_is_added() -> None:
    builder = Builder(Draft(), {})
    builder.declare("x", "input", TensorDecl(shape=[2]), "input.x")
    plan = builder._plan("dense", ("layer",), {"units": 3}, "layers[0]")
    give_names([plan], {"x"})
    before = deepcopy(builder)
    made = instance(plan, 0, ["x"], (), builder.shapes, None)
    assert (builder.shapes, builder.draft.tensors) == (before.shapes, before.draft.tensors)
    assert vars(builder.draft.axes) == vars(before.draft.axes)
    assert [text(eq.rhs) for eq in made.equations] == ["sum[i](x[i]*W0[i,j]) + b0[j]"]
    assert made.ties == [("i", "x:0")]
