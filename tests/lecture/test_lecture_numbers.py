"""Every number of the lectures, computed by the modules generated from the shipped examples."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad import load, load_all
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.spec import strict_yaml

NUMBERS: Any = strict_yaml.load_text(
    Path(__file__).with_name("lecture_numbers.yaml").read_text(encoding="utf-8")
)


def module(network: Network) -> types.ModuleType:
    """The generated module of a network, run from its text."""
    made = types.ModuleType(network.name)
    exec(compile(numpy_module(network.derive()), f"{network.name}.py", "exec"), made.__dict__)
    return made


def recorded(function: Callable[..., Any], *args: Any) -> tuple[Any, dict[str, Any]]:
    """What the function returns, and every local variable of the generated functions it ran."""
    found: dict[str, Any] = {}
    file = function.__code__.co_filename

    def watch(frame: types.FrameType, event: str, arg: object) -> None:
        if event == "return" and frame.f_code.co_filename == file:
            found.update(frame.f_locals)

    sys.setprofile(watch)
    try:
        return function(*args), found
    finally:
        sys.setprofile(None)


def agrees(got: Any, want: Any, what: str = "") -> None:
    """``got`` rounds to ``want``, entry by entry; a batch of one counts as its sample."""
    flat, array = _flat(want), np.asarray(got, float)
    assert array.size == len(flat), f"{what}: {array} has not {len(flat)} entries"
    for value, number in zip(array.ravel(), flat, strict=True):
        exponent = Decimal(number).as_tuple().exponent
        assert isinstance(exponent, int)
        allowed = 0.5000001 * 10.0**exponent if exponent <= -8 else 5e-11
        assert abs(value - float(number)) <= allowed, f"{what}: {value!r} is not {number}"


def _flat(value: Any) -> list[Any]:
    return [x for v in value for x in _flat(v)] if isinstance(value, list) else [value]


def run(m: Any, params: Any, args: Any) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """All values of one forward and one backward pass, and the gradients."""
    (_, cache), forward = recorded(m.forward, params, *args)
    (grads, _), backward = recorded(m.backward, params, cache)
    return forward, backward, grads


def step(params: Any, grads: Any, rate: float, frozen: tuple[str, ...] = ()) -> Any:
    return type(params)(
        *(
            p if name in frozen else p - rate * g
            for name, p, g in zip(params._fields, params, grads, strict=True)
        )
    )


@pytest.mark.parametrize("name", ["n111", "n121", "n232"])
def test_worked_examples(name: str):
    m: Any = module(load(name))
    want = NUMBERS[name]
    params, args = m.worked_example()
    forward, backward, grads = run(m, params, args)
    for key, number in want["forward"].items():
        agrees(forward[key], number, key)
    for key, number in want["backward"].items():
        agrees(backward[key], number, key)
    if "slope" in want:
        agrees(backward["dv1"] / backward["dy1"], want["slope"], "g'")
    after = step(params, grads, 0.01)
    for key, number in want["updated"].items():
        agrees(getattr(after, key), number, f"new {key}")
    agrees(m.forward(after, *args)[0], want["after_one_step"], "loss after the step")


def test_the_2_2_2_network():
    m: Any = module(load("mazur"))
    want = NUMBERS["mazur"]
    params, args = m.worked_example()
    forward, backward, grads = run(m, params, args)
    for key, number in want["forward"].items():
        agrees(forward[key], number, key)
    for key, number in want["backward"].items():
        agrees(backward[key], number, key)
    agrees(backward["dv_o"] / backward["dy_o"], want["slope"], "slope")
    agrees(backward["dv_o"][0] * params.W_o[0], want["paths"], "paths")
    after = step(params, grads, 0.5, frozen=("b_h", "b_o"))
    agrees([*after.W_h.T.ravel(), *after.W_o.T.ravel()], want["edges"], "edges")


BIASES = {
    "fixed": [],
    "shared": ["update.sgd.freeze=[]"],
    "per_unit": [
        "update.sgd.freeze=[]",
        "layers[0].dense.bias=per_unit",
        "layers[1].dense.bias=per_unit",
        "values.b_h=[.35, .35]",
        "values.b_o=[.60, .60]",
    ],
}


@pytest.mark.parametrize("policy", BIASES)
def test_the_2_2_2_network_learns(policy: str):
    network = load("mazur", BIASES[policy])
    m: Any = module(network)
    want = NUMBERS["mazur"]
    params, args = m.worked_example()
    assert params.b_h.shape == ((2,) if policy == "per_unit" else ())
    rule = network.spec.update
    frozen, rate = tuple(rule.options["freeze"]), float(rule.options["rate"])
    for k in range(10_000):
        _, cache = m.forward_unchecked(params, *args)
        params = step(params, m.backward(params, cache)[0], rate, frozen)
        if k == 0:
            agrees(m.forward(params, *args)[0], want["after_one_step"][policy], policy)
    agrees(m.forward(params, *args)[0], want["after_10000_steps"][policy], policy)
    if policy == "fixed":
        agrees(m.predict(params, args[0]), want["outputs_after_10000"], policy)


def test_the_sigmoid_neuron_as_a_circuit():
    want = NUMBERS["circuit_neuron"]
    m: Any = module(
        load(
            {
                "name": "circuit_neuron",
                "input": {"x0": [], "x1": []},
                "parameters": {"w0": [], "w1": [], "w2": []},
                "equations": "a = w0*x0; b = w1*x1; c = a + b; z = c + w2; m = -z; e = exp(m); "
                "g = e + 1; f = 1/g",
                "loss": "f",
                "values": {"w0": 2, "w1": -3, "w2": -3, "x0": -1, "x1": -2},
            }
        )
    )
    params, args = m.worked_example()
    (_, cache), forward = recorded(m.forward, params, *args)
    ((grads, inputs), backward) = recorded(m.backward, params, cache)
    for key, number in want["forward"].items():
        agrees(forward[key], number, key)
    for key, number in want["backward"].items():
        agrees(backward[key], number, key)
    agrees([float(g) for g in grads], want["dw"], "dw")
    agrees(np.ravel(inputs), want["dx"], "dx")


def test_the_sigmoid_neuron_learns():
    want = {int(k): v for k, v in NUMBERS["neuron_training"].items()}
    network = load("neuron")
    rate = float(network.spec.update.options["rate"])
    m: Any = module(network)
    params, (x0, x1, t) = m.worked_example()
    agrees(m.predict(params, x0, x1), NUMBERS["circuit_neuron"]["forward"]["f"], "f")
    for k in range(1, 101):
        params = step(params, m.loss_and_grads(params, x0, x1, t)[1], rate)
        f = m.predict(params, x0, x1)
        if k in want:
            agrees([*map(float, params), float(f[0])], want[k], f"round {k}")
        if abs(f[0] - t[0]) < 1e-4:
            break
    assert k == max(want)


@pytest.mark.parametrize("case", NUMBERS["circuit"], ids=str)
def test_the_circuit(case: dict[str, Any]):
    x, y, z = case["given"]
    m: Any = module(load("circuit", [f"values.x={x}", f"values.y={y}", f"values.z={z}"]))
    params, args = m.worked_example()
    (_, cache), forward = recorded(m.forward, params, *args)
    agrees(forward["q"], case["q"], "q")
    agrees(forward["f"], case["f"], "f")
    agrees(np.ravel(m.backward(params, cache)[1]), case["gradients"], "gradients")


def test_the_gates():
    want = NUMBERS["gates"]
    networks = {n.name: module(n) for n in load_all("gates")}
    sigmoid = networks["gates_xnor"].__dict__["sigmoid"]
    for at, value in want["sigmoid"].items():
        agrees(sigmoid(np.array(float(at))), value, f"g({at})")
    assert 1 - sigmoid(np.array(30.0)) == pytest.approx(
        float(want["sigmoid_of_30_from_1"]), abs=1.2e-16
    )
    for name, truth in (("gates_and", [0, 0, 0, 1]), ("gates_or", [0, 1, 1, 1])):
        m: Any = networks[name]
        params, (x, y) = m.worked_example()
        assert np.abs(m.predict(params, x).ravel() - truth).max() < 5e-5
        assert y.ravel().tolist() == truth
    m = networks["gates_xnor"]
    params, (x, y) = m.worked_example()
    values = recorded(m.forward, params, x, y)[1]
    assert np.abs(values["y0"] - [[0, 1], [0, 0], [0, 0], [1, 0]]).max() < 5e-5  # AND, NOR
    agrees(m.predict(params, x), want["xnor"], "xnor")


def test_xor():
    want = NUMBERS["xor"]
    network = load("xor")
    m: Any = module(network)
    params, args = m.worked_example()
    forward, backward, _ = run(m, params, args)
    for key, number in want["forward"].items():
        agrees(forward[key], number, key)
    for key, number in want["backward"].items():
        agrees(backward[key], number, key)
    rate = float(network.spec.update.options["rate"])
    for _ in range(999):
        _, cache = m.forward_unchecked(params, *args)
        params = step(params, m.backward(params, cache)[0], rate)
    agrees(m.predict(params, args[0]), want["thousandth_forward"], "outputs")
    agrees(m.forward(params, *args)[0], want["thousandth_loss"], "loss")
