"""Bounds, deviations, gains and fans of `init:` against torch.nn.init."""

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import init

import chalkgrad
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.network.starts import fans

LAYERS: dict[str, tuple[Any, list[int], str, torch.nn.Module]] = {
    "dense": ({"dense": {"units": 30}}, [40], "W0", torch.nn.Linear(40, 30)),
    "conv1d": ({"conv1d": {"out": 7, "k": 5}}, [4, 9], "K0", torch.nn.Conv1d(4, 7, 5)),
    "strided": ({"conv1d": {"out": 7, "k": 5, "stride": 2, "dilation": 2, "pad": 3}}, [4, 19],
                "K0", torch.nn.Conv1d(4, 7, 5, 2, 3, 2)),
    "conv2d": ({"conv2d": {"out": 6, "k": 3}}, [4, 8, 9], "K0", torch.nn.Conv2d(4, 6, 3)),
    "one by one": ({"conv2d": {"out": 6, "k": 1}}, [4, 8, 9], "K0", torch.nn.Conv2d(4, 6, 1)),
    "grouped": ({"grouped_conv2d": {"groups": 2, "per_group": 3}}, [4, 8, 9], "K0",
                torch.nn.Conv2d(4, 6, 3, groups=2)),
    "recurrent": ({"rnn": {"units": 5}}, [3, 4], "W0", torch.nn.RNNCell(4, 5)),
    "state": ({"rnn": {"units": 5}}, [3, 4], "V0", torch.nn.RNNCell(4, 5)),
}  # fmt: skip
WEIGHT = {"recurrent": "weight_ih", "state": "weight_hh"}


def weight(layer: str) -> torch.Tensor:
    return torch.empty_like(getattr(LAYERS[layer][3], WEIGHT.get(layer, "weight")))


def network(layer: str, **keys: Any) -> Any:
    item, shape, _, _ = LAYERS[layer]
    return chalkgrad.load({"name": "one", "input": {"x": shape}, "layers": [item], **keys})


def drawn(layer: str, start: Any) -> np.ndarray:
    """The parameter as the module draws it from the seed 1."""
    made: Any = types.ModuleType("one")
    exec(numpy_module(network(layer, init={"weights": start}).derive()), made.__dict__)
    parameter: np.ndarray = getattr(made.init(1), LAYERS[layer][2])
    return parameter


@pytest.mark.parametrize("layer", LAYERS)
def test_the_fans(layer: str) -> None:
    found = fans(network(layer), LAYERS[layer][2])
    assert (found.fan_in, found.fan_out) == init._calculate_fan_in_and_fan_out(weight(layer))


class AskedError(Exception):
    """What torch would draw with."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kind: str) -> Any:
        def draw(tensor: Any, a: float, b: float, *rest: Any, **more: Any) -> None:
            raise AskedError(kind, a, b)

        return draw

    monkeypatch.setattr(init, "_no_grad_uniform_", refuse("uniform"))
    monkeypatch.setattr(init, "_no_grad_normal_", refuse("normal"))
    monkeypatch.setattr(torch.Tensor, "uniform_", refuse("uniform"))
    monkeypatch.setattr(torch.Tensor, "normal_", refuse("normal"))


TANH, LEAKY = init.calculate_gain("tanh"), init.calculate_gain("leaky_relu", 0.2)
CASES: list[tuple[Any, Any]] = [
    ("glorot_uniform", lambda w: init.xavier_uniform_(w)),
    ("glorot_normal", lambda w: init.xavier_normal_(w)),
    ({"glorot_uniform": {"gain": "5/3"}}, lambda w: init.xavier_uniform_(w, TANH)),
    ({"glorot_normal": {"gain": "sqrt(2)"}}, lambda w: init.xavier_normal_(w, math.sqrt(2))),
    ("he_uniform", lambda w: init.kaiming_uniform_(w, nonlinearity="relu")),
    ("he_normal", lambda w: init.kaiming_normal_(w, nonlinearity="relu")),
    ({"he_normal": {"gain": "sqrt(2/1.04)"}}, lambda w: init.kaiming_normal_(w, 0.2)),
    ("lecun_uniform", lambda w: init.kaiming_uniform_(w, nonlinearity="linear")),
    ("lecun_normal", lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
    ("uniform", lambda w: init.uniform_(w)),
    ("normal", lambda w: init.normal_(w)),
    ({"normal": {"mean": 2, "std": 0.1}}, lambda w: init.normal_(w, 2, 0.1)),
]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("start", "torch_init"), CASES, ids=[str(c[0]) for c in CASES])
@pytest.mark.usefixtures("told")
def test_bounds_and_deviations(layer: str, start: Any, torch_init: Any) -> None:
    """The module's draw is torch's distribution over the same stream of random numbers."""
    with pytest.raises(AskedError) as asked:
        torch_init(weight(layer))
    kind, a, b = asked.value.args
    got = drawn(layer, start)
    stream = np.random.default_rng(1)
    if layer == "state":  # V0 is drawn after W0
        stream.uniform(size=(4, 5)) if kind == "uniform" else stream.standard_normal((4, 5))
    if kind == "uniform":
        wanted = a + (b - a) * stream.uniform(0, 1, got.shape)
    else:
        wanted = a + b * stream.standard_normal(got.shape)
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("layer", LAYERS)
def test_orthogonal_flattens_as_torch_does(layer: str) -> None:
    """The singular values of torch's matrix are all the gain, and so are ours of the same."""
    torch_shape = weight(layer).shape
    rows = torch_shape[1] if len(torch_shape) == 2 else torch_shape[0]  # ours are (in, out)
    ours = drawn(layer, {"orthogonal": {"gain": 1.5}}).reshape(rows, -1)
    theirs = init.orthogonal_(weight(layer).double(), 1.5).flatten(1)
    for matrix in (ours, theirs.numpy()):
        np.testing.assert_allclose(np.linalg.svd(matrix, compute_uv=False), 1.5, rtol=1e-12)
