"""Truth tables and decision lines of lecture 003 (LECTURES.md §3 D)."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest

from chalkgrad import load, load_all
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import Name
from chalkgrad.derive.language.text import text
from chalkgrad.derive.topics.truth import truth_table
from tests.paths import SPECS

NG = {n.name: n for n in load_all(SPECS / "ng.yaml")}
INPUTS = [(0, 0), (0, 1), (1, 0), (1, 1)]


def printed(x, digits: int = 10) -> str:
    return mpmath.nstr(mpmath.mpf(x), digits, min_fixed=-5, max_fixed=11, strip_zeros=False)


@pytest.mark.parametrize(
    ("name", "nets", "classes"),
    [
        ("and", [-30, -10, -10, 10], [0, 0, 0, 1]),
        ("or", [-10, 10, 10, 30], [0, 1, 1, 1]),
    ],
)
def test_one_neuron(name, nets, classes):
    table = truth_table(NG[f"ceng506_{name}"])
    assert [r.inputs for r in table.rows] == INPUTS
    assert [r.units[0].net for r in table.rows] == nets
    assert [r.classes for r in table.rows] == [(c,) for c in classes]
    assert table.name == name


def test_the_values_of_g():
    rows = {r.units[0].net: r.outputs[0] for n in ("and", "or") for r in
            truth_table(NG[f"ceng506_{n}"]).rows}  # fmt: skip
    assert f"{float(rows[-30]):.9e}" == "9.357622969e-14"
    assert f"{float(rows[-10]):.9e}" == "4.539786870e-05"
    assert f"{float(rows[10]):.10f}" == "0.9999546021"
    assert f"{float(1 - rows[30]):.9e}" == "9.357622969e-14"  # more digits than a float has


def test_xnor_is_or_of_and_and_nor():
    table = truth_table(NG["ceng506_xnor"])
    assert table.name == "xnor"
    outputs = [float(r.outputs[0]) for r in table.rows]
    assert [f"{x:.10f}" for x in outputs[::3]] == ["0.9999545609"] * 2
    assert [f"{x:.9e}" for x in outputs[1:3]] == ["4.548037851e-05"] * 2
    hidden = [[round(float(u.output)) for u in r.units[:2]] for r in table.rows]
    assert hidden == [[0, 1], [0, 0], [0, 0], [1, 0]]  # AND, NOR
    assert [u.entry for u in table.rows[0].units] == [("y0", (0,)), ("y0", (1,)), ("y1", (0,))]


def test_decision_lines_are_exact():
    (line,) = truth_table(NG["ceng506_and"]).decisions
    assert (line.w0, line.w1, line.w2) == (-30, 20, 20)
    assert line.slope == -1
    assert text(line.tree(Name("x1"), Name("x2"))) == "-30 + 20*x1 + 20*x2"
    _, second = truth_table(NG["ceng506_xnor"]).decisions
    assert (second.w0, second.w1, second.w2) == (10, -20, -20)


def gate(values: dict, units=(2, 1)):
    return load({"name": "gate", "network": {"units": list(units), "activation": "sigmoid"},
                 "values": values})  # fmt: skip


def test_decimals_stay_decimals_and_vertical_lines_have_no_slope():
    (line,) = truth_table(gate({"b0": -0.3, "W0": [0.1, 0]})).decisions
    assert (line.w0, line.w1, line.w2) == (Fraction(-3, 10), Fraction(1, 10), 0)
    assert line.slope is None
    assert text(line.tree(Name("x1"), Name("x2"))) == "-3/10 + 1/10*x1"


def test_a_sum_over_something_else_is_no_layer():
    net = load({
        "name": "n", "input": {"a": [], "b": []}, "parameters": {"W": [2, "k"], "c": ["k"]},
        "axes": {"k": 1}, "output": "y", "loss": "L", "values": {"W": [2, 2], "c": -3},
        "equations": "x[i] = a*(i == 0) + b*(i == 1); v[k] = sum[i](x[i]*W[i,k]) + c[k];"
                     "y[k] = sigmoid(v[k]); L = sum[k](y[k])",
    })  # fmt: skip
    with pytest.raises(ChalkgradError, match="0 dense layers"):
        truth_table(net)


def test_a_tie_is_class_1():
    tie = truth_table(gate({"b0": 0, "W0": [0, 0]}))
    assert [r.classes for r in tie.rows] == [(1,)] * 4
    assert tie.name == ""


def test_what_is_no_gate():
    with pytest.raises(ChalkgradError, match="3 dense layers"):
        truth_table(NG["ceng506_deep"])
    with pytest.raises(ChalkgradError, match="a gate has 2 inputs"):
        truth_table(gate({"b0": 0, "W0": [1, 1, 1]}, (3, 1)))
    with pytest.raises(ChalkgradError, match="no value for 'W0'"):
        truth_table(gate({"b0": 0}))
