"""Circuits of lectures 002 and 003: values, gradients, local rules, a group proved to be a σ."""

from __future__ import annotations

import pytest

from chalkgrad import load, load_all
from chalkgrad.derive.chainrule.calculus import derivative
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.language.text import text
from chalkgrad.derive.topics.circuits import circuit
from chalkgrad.derive.values.numbers import numbers_of
from tests.paths import SPECS

NETWORKS = {n.name: n for n in load_all(SPECS / "ng.yaml")}
NEURON, SUM = NETWORKS["ceng506_neuron"], NETWORKS["ceng506_sum"]


def printed(x, digits: int = 10) -> str:
    return f"{float(x):.{digits}g}"


@pytest.mark.parametrize(
    ("given", "q", "f", "gradients"),
    [((-2, 5, -4), 3, -12, (-4, -4, 3)), ((2, 5, -4), 7, -28, (-4, -4, 7))],
)
def test_the_sum_times_z(given, q, f, gradients):
    made = circuit(SUM, dict(zip("xyz", given, strict=True)))
    assert made["q"].value == q
    assert made["f"].value == f
    assert made["f"].gradient == 1
    assert tuple(made[n].gradient for n in "xyz") == gradients
    assert made["q"].gradient == -4
    assert [n.op for n in made.nodes if n.function is not None] == ["+", "*"]


def test_the_neuron_of_the_lecture():
    made = circuit(NEURON, of="f")
    inner = [n for n in made.nodes if n.function is not None]
    assert [n.op for n in inner] == ["*", "*", "+", "+", "scale", "exp", "shift", "reciprocal"]
    assert [printed(n.value) for n in inner] == [
        "-2", "6", "4", "1", "-1", "0.3678794412", "1.367879441", "0.7310585786",
    ]  # fmt: skip
    by_op = {n.op: n for n in inner}
    assert printed(by_op["shift"].gradient) == "-0.5344466454"
    assert printed(by_op["exp"].gradient) == "-0.5344466454"
    assert printed(by_op["scale"].gradient) == "-0.1966119332"
    assert [printed(n.gradient) for n in inner[2:4]] == ["0.1966119332"] * 2
    assert [printed(made[w].gradient) for w in ("w0", "w1", "w2")] == [
        "-0.1966119332", "-0.3932238665", "0.1966119332",
    ]  # fmt: skip
    assert [printed(made[x].gradient) for x in ("x0", "x1")] == ["0.3932238665", "-0.5898357997"]


def test_the_table_of_local_rules():
    made = circuit(NEURON, of="f")
    table = {text(r.function): [text(x) for x in r.derivatives] for r in made.rules}
    assert table == {
        "exp(x)": ["exp(x)"], "1 / x": ["-1 / x**2"], "a*x": ["a"], "c + x": ["1"],
    }  # fmt: skip
    pairs = {text(r.function): [text(x) for x in r.derivatives] for r in made.products}
    assert pairs == {"x*y": ["y", "x"], "x + y": ["1", "1"]}
    for rule in (*made.rules, *made.products):
        for name, slope in zip("xy", rule.derivatives, strict=False):
            assert slope == derivative(rule.function, name)


def test_four_nodes_are_one_sigmoid_because_it_is_proved():
    made = circuit(NEURON, of="f", group="sigmoid")
    (group,) = made.groups
    by_id = {n.id: n for n in made.nodes}
    assert [by_id[i].op for i in group.nodes] == ["scale", "exp", "shift", "reciprocal"]
    assert by_id[group.input].value == 1
    assert by_id[group.output].name == "f"
    assert made.collapsed is not None
    gate = made.collapsed["f"]
    assert gate.op == "sigmoid"
    assert gate.function == expression("sigmoid(x)")
    assert printed(gate.local[0]) == "0.1966119332"
    for name in ("w0", "w1", "w2", "x0", "x1"):
        assert abs(made.collapsed[name].gradient - made[name].gradient) < 1e-35
    assert group.steps.result == expression("sigmoid(v)*(1 - sigmoid(v))")


def network(equation: str):
    return load({"name": "own", "input": {"x": [], "y": []}, "loss": "f",
                 "values": {"x": 0.7, "y": -1.2}, "equations": f"f = {equation}"})  # fmt: skip


@pytest.mark.parametrize(
    ("equation", "group", "count"),
    [
        ("y*((exp(x) - exp(-x)) / (exp(x) + exp(-x)))", "softsign", -1),
        ("exp(x) / (1 + exp(x)) + y", "sigmoid", 1),  # another form of the same function
        ("1 / (1 + exp(-x)) + 1 / (1 + exp(-y))", "sigmoid", 2),
        ("log(1 + exp(x*y))", "softplus", 1),
        ("1 / (1 + exp(-x)) + exp(-x)*y", "sigmoid", -1),  # exp(-x) is read elsewhere
        ("1 / (1 + exp(x))", "sigmoid", -1),  # σ(−x), and no node is −x
    ],
)
def test_a_group_is_recognised_by_its_value(equation, group, count):
    net = network(equation)
    if count < 0:
        with pytest.raises(ChalkgradError, match=f"no nodes of the circuit make a {group}"):
            circuit(net, group=group)
        return
    made = circuit(net, group=group)
    assert len(made.groups) == count
    want = numbers_of(net.derive(), net.values)
    for shown in (made, made.collapsed or made):
        assert float(shown["f"].value) == pytest.approx(float(want["f"][0]), rel=1e-14)
        for name in "xy":
            if any(n.id == name for n in shown.nodes):
                got = float(shown[name].gradient)
                assert got == pytest.approx(float(want[f"d{name}"][0]), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    "equation",
    ["x**2*y - 3*x + 1", "max(x, y) + abs(y)", "where(x > 0, x*y, y)", "sqrt(x) / y", "2 - x*y*x",
     "-x + y", "tanh(x)**3", "x / (y*y)", "sin(x*y)*x + sin(x*y)", "1 / (x + 2)**2", "-(x - y)"],
)  # fmt: skip
def test_any_scalar_equation_agrees_with_the_derivation(equation):
    net = network(equation)
    made = circuit(net)
    want = numbers_of(net.derive(), net.values)
    assert float(made["f"].value) == pytest.approx(float(want["f"][0]), rel=1e-14)
    for name in "xy":
        if any(n.id == name for n in made.nodes):
            got = float(made[name].gradient)
            assert got == pytest.approx(float(want[f"d{name}"][0]), rel=1e-13)


def test_a_layer_is_written_out_entry_by_entry():
    net = load("n232")
    made = circuit(net)
    want = numbers_of(net.derive(), net.values)
    for k in range(3):
        got = float(made[f"W0[1,{k}]"].gradient)
        assert got == pytest.approx(float(want["dW0"][1, k]), rel=1e-13)


def test_what_is_refused():
    with pytest.raises(ChalkgradError, match="no node 'g'"):
        circuit(SUM, of="g")
    with pytest.raises(ChalkgradError, match="did you mean 'sigmoid'"):
        circuit(NEURON, group="sigmoyd")
    with pytest.raises(ChalkgradError, match="no function of one number"):
        circuit(NEURON, group="max")
    with pytest.raises(ChalkgradError, match="no value for 'x'"):
        circuit(SUM, {"y": 1})
    with pytest.raises(ChalkgradError, match="over 300 nodes"):
        circuit(load({"name": "wide", "network": {"units": [20, 20]}, "loss": "squared_error"}), {})
