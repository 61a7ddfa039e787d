"""The recursion of the deltas: general rules, each layer, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad import load, load_all
from chalkgrad.derive.forms.matrix_nodes import MatMul, Transpose
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import Read, walk
from chalkgrad.derive.language.text import text
from chalkgrad.derive.rewrite.tidy import alike
from chalkgrad.derive.topics.recursion import Rule, recursion
from chalkgrad.derive.values.numbers import Evaluator, numbers_of
from tests.paths import SPECS

DEEP = {n.name: n for n in load_all(SPECS / "ng.yaml")}["ceng506_deep"]
TWO = {n.name: n for n in load_all(SPECS / "ando.yaml")}["ando_two"]


def stack(units=(2, 4, 3, 4, 2), activations=("tanh",) * 4, bias="per_unit", loss=None):
    layers = [
        {"dense": {"units": u, "activation": g, "bias": bias}}
        for u, g in zip(units[1:], activations, strict=True)
    ]
    return load({
        "name": "stack", "input": {"x": [units[0]]}, "layers": layers,
        "target": {"y": {"shape": [units[-1]], "fact": "distribution"}},
        "loss": loss or {"squared_error": {"factor": "1/2"}},
    })  # fmt: skip


def test_the_general_rules_of_the_lecture():
    made = recursion(DEEP)
    assert text(made.hidden.equation.rhs) == "sum[j](dv@l+1[j]*W@l+1[i,j])*y@l[i]*(1 - y@l[i])"
    assert made.hidden.equation.name == "dv@l"
    assert text(made.weight.equation.rhs) == "y@l-1[i]*dv@l[j]"
    assert made.weight.equation.name == "dW@l"
    assert text(made.bias.equation.rhs) == "dv@l[j]"
    assert text(made.output.equation.rhs) == "dy@L[j]*y@L[j]*(1 - y@L[j])"
    assert text(made.loss.equation.rhs) == "y@L[j] - y[j]"
    assert [r.of for r in made.deltas] == ["v2", "v1", "v0"]
    assert [r.of for r in made.weights] == ["W2", "W1", "W0"]


def test_the_matrix_forms_transpose_the_weight_above():
    made = recursion(DEEP)
    products = [e for e in walk(made.hidden.matrix) if isinstance(e, MatMul)]
    assert products == [MatMul((Read("dv@l+1"), Transpose(Read("W@l+1"))))]
    assert made.weight.matrix == MatMul((Transpose(Read("y@l-1")), Read("dv@l")))


def test_an_abstract_activation_stays_a_letter():
    made = recursion(TWO)
    assert text(made.hidden.equation.rhs) == "sum[j](dv@l+1[j]*W@l+1[i,j])*g'(v@l[i])"
    assert text(made.output.equation.rhs) == "dy@L[j]*g'(v@L[j])"


def test_softmax_with_cross_entropy_starts_with_p_minus_y():
    net = stack(activations=("relu", "relu", "relu", "softmax"), loss="cross_entropy")
    made = recursion(net)
    assert made.loss is None
    assert text(made.output.equation.rhs) == "y@L[j] - y[j]"


def rule_value(d, values, rule: Rule):
    """A rule of the network's own names, evaluated at the network's values."""
    run = Evaluator(d.network)
    run.values = dict(values)
    return run.tensor(rule.equation)


@pytest.mark.parametrize("bias", ["per_unit", "shared"])
@pytest.mark.parametrize("last", ["tanh", "sigmoid", "softmax"])
def test_every_layers_rule_has_the_derivations_numbers(bias, last):
    from chalkgrad.derive.chainrule.sample import per_sample

    net = stack(activations=("tanh", "tanh", "tanh", last), bias=bias)
    d = per_sample(net.derive())
    rng = np.random.default_rng(3)
    given = {t.name: rng.normal(size=d.network.shape(t.name)) for t in d.network.tensors.values()
             if t.kind != "variable" and t.name in net.tensors}  # fmt: skip
    values = numbers_of(d, given)
    made = recursion(net)
    rules = (*made.deltas, *made.weights, *made.biases)
    assert len(rules) == 12
    for rule in rules:
        want = values[rule.equation.name]
        assert np.allclose(rule_value(d, values, rule), want, rtol=1e-12, atol=1e-15), rule.of


def renamed(rule: Rule, names: dict[str, str]):
    from chalkgrad.derive.language.expr import transform

    def visit(e):
        return Read(names.get(e.tensor, e.tensor), e.indices) if isinstance(e, Read) else e

    return transform(rule.equation.rhs, visit)


def test_the_general_layer_with_numbers_put_in_is_each_layer():
    made = recursion(stack())
    for k, layer in enumerate(made.layers[:-1]):
        names = {"y@l": layer.output, "dv@l+1": f"dv{k + 1}", "W@l+1": f"W{k + 1}",
                 "v@l": layer.net}  # fmt: skip
        own = made.deltas[len(made.layers) - 1 - k].equation
        general = renamed(made.hidden, names)
        assert text(general) == text(own.rhs)
        assert not alike(general, renamed(made.hidden, {}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activations": ("tanh", "relu", "tanh", "tanh")}, "delta of layer 1 follows another"),
        ({"activations": ("tanh", "tanh", "sigmoid", "tanh")}, "delta of layer 2 follows another"),
    ],
)
def test_a_layer_that_differs_is_named(change, message):
    with pytest.raises(ChalkgradError, match=message):
        recursion(stack(**change))


def test_no_stack_is_refused():
    with pytest.raises(ChalkgradError, match="no stack of dense layers"):
        recursion(load("circuit"))
    for name in ("digits_conv", "transformer"):
        with pytest.raises(ChalkgradError, match="no stack of dense layers"):
            recursion(load(name))


def test_one_layer_has_no_hidden_rule():
    made = recursion(stack(units=(2, 2), activations=("sigmoid",)))
    assert made.hidden is None
    assert len(made.deltas) == 1
