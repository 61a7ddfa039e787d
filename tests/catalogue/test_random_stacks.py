"""Stacks of catalogue layers as they come: random ones, and small ones that were refused once.

What PyTorch says of hundreds of random stacks is tests/development/test_random_stacks_torch.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.checking import check_module
from chalkgrad.derive.network.network import Network
from tests.catalogue import catalogue_cases as table
from tests.development.random_stacks import stack


@pytest.mark.parametrize("seed", range(2, 102, 4))
def test_a_random_stack_is_accepted_and_checks_itself(seed: int, tmp_path: Path) -> None:
    net = load(stack(seed).spec)
    table.write_module(net, tmp_path / "net.py")
    report = check_module(tmp_path / "net.py")
    assert report.ok, report.to_json()


# -- refused once ---------------------------------------------------------------------------------


def numbers(net: Network, batch: int) -> dict[str, np.ndarray]:
    """cos(k + place of the tensor): numbers that another program can make as well."""
    found = {}
    for place, t in enumerate((*net.parameters, *net.inputs, *net.targets)):
        shape = tuple(batch if s == "N" else int(s) for s in net.shape(t.name))
        found[t.name] = np.cos(np.arange(int(np.prod(shape))) + place).reshape(shape)
    return found


# (layers, input, target, loss of squared_error, Σ gradient·cos(k) by tensor), by PyTorch
ONCE: dict[str, tuple[list[Any], list[int], list[int], float, dict[str, float]]] = {
    "flatten_batch_norm": (
        [{"flatten": {}}, {"batch_norm": {}}, {"dense": {"units": 2}}], [2, 2, 2], [2],
        13.533755932731536,
        {"gamma0": 20.15107876163523, "beta0": 3.763338505862983, "W1": -7.764502697891361,
         "b1": -3.250350829308788, "x": 4.201974768565251},
    ),
    "pool_prelu": (
        [{"max_pool1d": {}}, {"dense": {"units": 2, "activation": "prelu"}}], [2, 4], [2, 2],
        2.8102901781313356,
        {"W0": 2.7887327920175777, "b0": 0.9807936423613912, "a0": -3.4359758308485358,
         "x": -2.7974079497925013},
    ),
    "share_then_dense": (
        [{"dense": {"as": "a", "units": 3}}, {"dense": {"units": 3, "share": "a"}},
         {"dense": {"units": 2}}], [3], [2],
        10.090372174916643,
        {"W_a": 1.1311788323156127, "b_a": 11.538953269618075, "W0": -8.711141815356461,
         "b0": -6.435039507202317, "x": 0.05404429549095029},
    ),
    "tanh_layer_norm": (
        [{"tanh": {}}, {"layer_norm": {}}], [3], [3], 7.606604327625706,
        {"gamma0": 6.546628777784503, "beta0": 2.9958251533445086, "x": 3.0904505365964434},
    ),
    "group_norm_max_pool1d": (
        [{"group_norm": {"groups": 1}}, {"max_pool1d": {}}], [2, 3, 4], [2, 3, 2],
        17.435744681556503,
        {"gamma0": 15.667897807885694, "beta0": 10.204358381425564, "x": -0.1141786018011145},
    ),
    "unflatten_average_pool1d": (
        [{"unflatten": {"height": 1, "width": 4}}, {"average_pool1d": {}}], [4], [1, 1, 2],
        1.874043837660892, {"x": 1.6855827335753037},
    ),
    "grouped_prelu": (
        [{"grouped_conv2d": {"as": "g", "groups": 2, "activation": "prelu"}}], [2, 3, 3],
        [2, 1, 1], 4.649402868630312,
        {"K_g": 7.6613300955384345, "b_g": 0.6912657953261867, "a_g": -13.106603406047338,
         "x": -6.382639036003118},
    ),
    "swish_beta0": ([{"swish": {"beta": 0}}], [3], [3], 1.0674592822379672,
                    {"x": 0.007980668825851446}),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE)
def test_what_was_refused_is_right(name: str, tmp_path: Path) -> None:
    layers, x, y, loss, slopes = ONCE[name]
    net = load({"name": name, "input": {"x": x}, "target": {"y": y}, "layers": layers,
                "loss": "squared_error"})  # fmt: skip
    module = table.write_module(net, tmp_path / "net.py")
    got, grads = table.run(module, net, numbers(net, 3))
    assert got == pytest.approx(loss, rel=1e-13)
    found = {n: np.sum(g * np.cos(np.arange(g.size)).reshape(g.shape)) for n, g in grads.items()}
    assert found == pytest.approx(slopes, rel=1e-11)
    assert check_module(tmp_path / "net.py").ok


# -- names ----------------------------------------------------------------------------------------


def names(layers: list[Any], *, kind: str = "variable", **spec: Any) -> list[str]:
    spec = {"input": {"x": [4]}, "target": {"t": [4]}, "loss": "squared_error", **spec}
    net = load({"name": "net", "layers": layers, **spec})
    made = {t for eq in net.written for t in [eq.name]} if kind == "variable" else set()
    return [n for n, t in net.tensors.items() if t.kind == kind and (not made or n in made)]


def test_weights_come_first_and_the_others_give_way() -> None:
    made = names(["tanh", "layer_norm", "tanh", {"dense": {"units": 4, "activation": "tanh"}}])
    assert made[:-3] == ["y0b", "mu0", "var0", "z0", "y0", "y0c", "v1", "y1"]
    assert names(["tanh", "layer_norm"], kind="parameter") == ["gamma0", "beta0"]


def test_names_that_a_spec_gives_are_kept() -> None:
    layers = [{"dense": {"units": 4}}, {"tanh": {"as": "a"}}, {"dense": {"units": 4, "as": "q"}}]
    assert names(layers)[:3] == ["v0", "y_a", "v_q"]
    # inputs that are called as layers would call their own
    layers = [{"dense": {"units": 4, "from": "v0"}}, {"tanh": {"as": "s"}},
              {"add": {"from": ["s", "y0"]}}]  # fmt: skip
    assert names(layers, input={"v0": [4], "y0": [4]})[:3] == ["v0b", "y_s", "y0b"]


def test_a_shared_layer_without_the_weight_is_refused() -> None:
    layers = [{"dense": {"units": 4, "bias": "none", "as": "a"}},
              {"dense": {"units": 4, "share": "a"}}]  # fmt: skip
    with pytest.raises(ChalkgradError, match="'a' has no b to share"):
        names(layers)


def test_zero_times_a_tensor_stays_where_a_parameter_would_be_lost() -> None:
    gate = {
        "options": {"k": 0},
        "input": {"x": ["..."]},
        "parameters": {"w": []},
        "equations": "y[...] = x[...]*sigmoid(k*w)",
    }
    made = names(["gate"], kind="parameter", define={"gate": gate})
    assert made == ["w0"]
