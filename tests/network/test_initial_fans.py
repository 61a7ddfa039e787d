"""Fan-in and fan-out of parameters, from the equations that read them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import chalkgrad
from chalkgrad.derive.network.starts import fans
from chalkgrad.derive.spec.initial import Fans
from tests.catalogue import catalogue_cases

SEQUENCE, IMAGE, SIGNAL = [5, 6], [4, 8, 8], [4, 8]
FANS: list[tuple[Any, Any, dict[str, tuple[int, int, int]]]] = [
    # layer, input, parameter -> fan_in, fan_out, leading axes that are rows
    ({"dense": {"units": 3}}, [6], {"W0": (6, 3, 1), "b0": (1, 3, 1)}),
    ({"dense": {"units": 3}}, SEQUENCE, {"W0": (6, 3, 1)}),
    ({"conv1d": {"out": 3, "k": 5}}, SIGNAL, {"K0": (20, 15, 1), "b0": (1, 3, 1)}),
    ({"conv1d": {"out": 3, "k": 2, "stride": 2, "dilation": 3, "pad": 1}}, SIGNAL,
     {"K0": (8, 6, 1)}),
    ({"conv2d": {"out": 3, "k": 3, "pad": 1}}, IMAGE, {"K0": (36, 27, 1)}),
    ({"grouped_conv1d": {"groups": 2, "per_group": 3, "k": 3}}, SIGNAL, {"K0": (6, 18, 2)}),
    ({"grouped_conv2d": {"groups": 4, "k": 3}}, IMAGE, {"K0": (9, 36, 2)}),
    ({"transposed_conv1d": {"out": 3, "k": 5}}, SIGNAL, {"K0": (20, 15, 1)}),
    ({"transposed_conv2d": {"out": 3, "k": 2, "stride": 2}}, IMAGE, {"K0": (16, 12, 1)}),
    ({"rnn": {"units": 3}}, SEQUENCE, {"W0": (6, 3, 1), "V0": (3, 3, 1), "b0": (1, 3, 1)}),
    ({"lstm": {"units": 3}}, SEQUENCE, {"Wf0": (6, 3, 1), "Vo0": (3, 3, 1), "bg0": (1, 3, 1)}),
    ({"gru": {"units": 3}}, SEQUENCE, {"Wz0": (6, 3, 1), "Vg0": (3, 3, 1)}),
    ({"multi_head_attention": {"heads": 2}}, SEQUENCE,
     {"Wq0": (6, 6, 1), "Wo0": (6, 6, 2), "bq0": (1, 6, 1)}),
    ("layer_norm", SEQUENCE, {"gamma0": (1, 6, 1), "beta0": (1, 6, 1)}),
    ("prelu", [4], {"a0": (1, 1, 1)}),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "wanted"), FANS, ids=lambda v: json.dumps(v)[:50])
def test_the_fans_of_the_catalogue(layer: Any, shape: Any, wanted: Any) -> None:
    network = chalkgrad.load({"name": "one", "input": {"x": shape}, "layers": [layer]})
    got = {name: fans(network, name) for name in wanted}
    assert got == {name: Fans(*numbers) for name, numbers in wanted.items()}


def of_equations(equations: str, *names: str, **keys: Any) -> list[tuple[int, int]]:
    network = chalkgrad.load({"name": "own", "equations": equations, "loss": "L", **keys})
    return [(fans(network, n).fan_in, fans(network, n).fan_out) for n in names]


def test_the_fans_of_equations() -> None:
    assert of_equations(
        "v[u] = sum[p](x[2*u + p]*K[p]); L = sum[u](v[u]**2)", "K",
        axes={"i": 8, "p": 3, "u": "(i - p)//2 + 1"}, input={"x": ["i"]}, parameters={"K": ["p"]},
    ) == [(3, 3)]  # fmt: skip
    picked = {
        "axes": {"m": 4, "d": 2},
        "input": {"t": {"shape": ["m"], "integer": 5}},
        "parameters": {"E": [5, "d"]},
    }
    assert of_equations("e[m,d] = E[t[m],d]; L = sum[m,d](e[m,d]**2)", "E", **picked) == [(1, 2)]
    # p also stands alone: the second sum is no window
    assert of_equations(
        "v[u] = sum[p](x[u + p]*z[p]*K[p]); L = sum[u](v[u]**2)", "K",
        axes={"p": 3, "u": 6}, input={"x": [8], "z": ["p"]}, parameters={"K": ["p"]},
    ) == [(3, 1)]  # fmt: skip


def test_a_shared_parameter_has_the_fans_of_its_first_reader() -> None:
    tied = {
        "axes": {"i": 6, "j": 3, "k": "i"},
        "input": {"x": ["i"]},
        "parameters": {"W": ["i", "j"]},
    }
    code = "h[j] = sum[i](x[i]*W[i,j]); z[k] = sum[j](h[j]*W[k,j]); L = sum[k](z[k]**2)"
    assert of_equations(code, "W", **tied) == [(6, 3)]
    penalised = {"name": "p", "network": {"units": [6, 3]}, "loss": "squared_error",
                 "penalty": [{"l2": {"rate": 0.1}}]}  # fmt: skip
    assert fans(chalkgrad.load(penalised), "W0") == Fans(6, 3, 1)


def test_every_parameter_of_the_catalogue_has_fans() -> None:
    for case in catalogue_cases.CASES:
        network = catalogue_cases.network(case)
        for t in network.parameters:
            found = fans(network, t.name)
            sizes = [s for s in network.shape(t.name) if isinstance(s, int)]
            assert math.prod(sizes) % found.fan_in == 0, (case.title, t.name)
            assert found.fan_out >= 1
            assert 1 <= found.rows <= max(1, len(sizes))
