"""Columns and indices from 1 are the same numbers: both forms on random arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from chalkgrad import network_from_equations
from chalkgrad.codegen.notation.presets import notation
from chalkgrad.codegen.notation.symbols import Symbols
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.forms.matrix import matrix_form
from chalkgrad.derive.forms.matrix_chain import matrix_chain
from chalkgrad.derive.forms.matrix_nodes import (
    Hadamard,
    MatMul,
    Ones,
    Quotient,
    Slope,
    Transpose,
)
from chalkgrad.derive.forms.orientation import (
    column_form,
    column_shape,
    counted_from,
    weights_first,
)
from chalkgrad.derive.language.equation import Equation
from chalkgrad.derive.language.expr import (
    Add,
    Cmp,
    Div,
    Expr,
    Fn,
    Mul,
    Neg,
    Num,
    Pow,
    Read,
    Size,
    Where,
    num,
    reads,
    replace,
)
from chalkgrad.derive.language.parser import equations
from chalkgrad.derive.language.text import text
from chalkgrad.derive.pipeline import load
from chalkgrad.derive.values.numbers import numbers_of

SCALARS = {
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)), "tanh": np.tanh, "exp": np.exp, "log": np.log,
    "xlogy": lambda a, b: a * np.log(b),
    "step": lambda v: (v > 0) * 1.0, "relu": lambda v: np.maximum(v, 0), "sqrt": np.sqrt,
}  # fmt: skip


def spec(units: list[int], loss: str = "squared_error", activation: str = "sigmoid") -> Any:
    return {"name": "t", "network": {"units": units, "activation": activation}, "loss": loss}


class Columns:
    """NumPy over written tensors: vectors are (n, 1), turned matrices transposed."""

    def __init__(self, d: Derivation, values: Mapping[str, Any], turned: frozenset[str]) -> None:
        self.network, self.values, self.turned = d.network, values, turned

    def size(self, axis: str) -> int:
        size = self.network.size(axis)
        return size if isinstance(size, int) else len(self.values[self.network.inputs[0].name])

    def leaf(self, name: str) -> Any:
        value = np.asarray(self.values[name])
        if value.ndim == 0:
            return value
        stored = value[None, :] if value.ndim == 1 else value
        return stored.T if name in self.turned else stored

    def go(self, e: Expr) -> Any:
        kids = [self.go(k) for k in e.children()] if not isinstance(e, Read) else []
        match e:
            case Num():
                return float(e.value)
            case Size():
                return self.size(e.axis)
            case Read():
                return self.leaf(e.tensor)
            case Ones():
                return np.ones((self.size(e.axis), 1))
            case Transpose():
                return kids[0].T
            case MatMul():
                made = kids[0]
                for k in kids[1:]:
                    made = made @ k
                return made
            case Hadamard() | Mul():
                return math.prod(kids[1:], start=kids[0])
            case Add():
                return sum(kids[1:], start=kids[0])
            case Neg():
                return -kids[0]
            case Div() | Quotient():
                return kids[0] / kids[1]
            case Pow():
                return kids[0] ** kids[1]
            case Where():
                return np.where(*kids)
            case Cmp():
                compare = {"==": np.equal, ">": np.greater, "<": np.less}
                return compare[e.op](*kids)
            case Fn(name="softmax"):  # of every column
                over = np.exp(kids[0] - kids[0].max(axis=0, keepdims=True))
                return over / over.sum(axis=0, keepdims=True)
            case Fn(name="log_softmax"):
                return kids[0] - np.log(np.exp(kids[0]).sum(axis=0, keepdims=True))
            case Fn():
                return SCALARS[e.name](*kids)
        raise TypeError(type(e).__name__)


def written(value: Any, name: str, turned: frozenset[str]) -> Any:
    value = np.asarray(value)
    if value.ndim == 1:
        value = value[None, :]
    return value.T if name in turned and value.ndim == 2 else value


def compared(d: Derivation, values: Mapping[str, Any], style: str) -> int:
    """Every matrix form of a derivation in columns, against the values; how many there were."""
    turned = Symbols(notation(style), d.network, d).turned()
    known = numbers_of(d, values)
    count = 0
    for eq in [*d.forward, *(s.equation for s in d.steps)]:
        form = matrix_form(eq, d.network.tensors)
        if form is None:
            continue
        column = column_form(form, eq.name, d.network.tensors, turned)
        got = Columns(d, known, turned).go(column)
        want = written(known[eq.name], eq.name, turned)
        assert np.allclose(np.broadcast_to(got, want.shape) if np.ndim(got) == 0 else got, want), (
            eq.name, column,
        )  # fmt: skip
        shape = column_shape(column, d.network.tensors, turned)
        sizes = [1 if a is None else d.network.size(a) for a in shape]
        if np.ndim(got) == 2 and "N" not in sizes:
            assert list(got.shape) == sizes
        count += 1
    return count


def random_values(d: Derivation, batch: int | None) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    made = {}
    for t in d.network.tensors.values():
        if t.kind != "variable":
            shape = [batch if s == "N" else int(s) for s in d.network.shape(t.name)]
            made[t.name] = rng.uniform(0.1, 1, shape)
            if t.fact == "distribution":
                made[t.name] /= made[t.name].sum(axis=-1, keepdims=True)
    return made


@pytest.mark.parametrize("style", ["ng", "cs230", "nielsen", "goodfellow", "d2l", "huertas"])
@pytest.mark.parametrize(
    "given",
    [
        spec([2, 3, 2]), spec([3, 3, 3, 1]), spec([1, 1]), spec([2, 4, 3], activation="relu"),
        spec([2, 4, 3], "cross_entropy", "tanh"),
    ],
    ids=["232", "3331", "11", "relu", "softmax"],
)  # fmt: skip
def test_columns_have_the_values_of_the_rows(given: Any, style: str):
    d = load(given).derive()
    one = per_sample(d)
    assert compared(one, random_values(one, None), style) >= 8
    assert compared(d, random_values(d, 5), style) >= 8


@pytest.mark.parametrize("style", ["ng", "cs230"])
def test_shared_bias_softmax_and_free_equations(style: str):
    shared = {**spec([2, 3, 2]), "network": {"units": [2, 3, 2], "bias": "shared"}}
    assert compared(per_sample(load(shared).derive()), random_values(
        per_sample(load(shared).derive()), None), style) >= 6  # fmt: skip
    d = network_from_equations(
        "z[k] = sum[i](x[i]*W[i,k]) + b[k]\np[k] = softmax[k](z[k])\nL = -sum[k](y[k]*log(p[k]))",
        inputs={"x": ["i"]}, targets={"y": ["k"]}, axes={"i": 4, "k": 3},
        parameters={"W": ["i", "k"], "b": ["k"]}, loss="L", output="p",
    ).derive()  # fmt: skip
    one = per_sample(d)
    assert compared(one, random_values(one, None), style) >= 5


def test_the_transpose_stands_round_a_slope_and_not_in_it():
    """g'(v) is printed as a function of v, and its matrix is that of v."""
    d = network_from_equations(
        "v[j] = sum[i](x[i]*W[i,j]) + b[j]\nh[j] = tanh(v[j])\nL = sum[j](h[j]**2)/2",
        inputs={"x": ["i"]}, parameters={"W": ["i", "j"], "b": ["j"]}, axes={"i": 2, "j": 2},
        loss="L",
    ).derive()  # fmt: skip
    one = per_sample(d)
    form = matrix_chain(one, "W", ["b"])
    assert form is not None
    turned = Symbols(notation("ng"), one.network, one).turned()
    column = column_form(form, "dW", one.network.tensors, turned)
    slope = Transpose(Slope("tanh", Read("v")))
    assert column == MatMul((Read("x"), Hadamard((Transpose(Read("dh")), slope))))


def test_a_weight_of_a_layer_needs_no_transpose_mark():
    d = per_sample(load(spec([2, 3, 2])).derive())
    turned = Symbols(notation("ng"), d.network, d).turned()

    def column(eq: Equation) -> Expr:
        form = matrix_form(eq, d.network.tensors)
        assert form is not None
        return column_form(form, eq.name, d.network.tensors, turned)

    x, w, delta = Read("x"), Read("W0"), Read("dv0")
    assert column(d.forward[0]) == Add((MatMul((w, x)), Read("b0")))
    assert column(d.step("W0").equation) == MatMul((delta, Transpose(x)))
    assert column(d.step("x").equation) == MatMul((Transpose(w), delta))


# -- indices --------------------------------------------------------------------------------------


def right(equation: str, **shapes: Any) -> tuple[Equation, dict[Any, str]]:
    net = network_from_equations(
        equation, inputs={}, parameters=shapes, axes={"i": 4, "k": 2}, loss="L"
    )
    eq = net.equations[0]
    return eq, letters([Read(eq.name, eq.indices), eq.rhs])


@pytest.mark.parametrize(
    ("equation", "from_one"),
    [
        ("L = sum[i](a[i]*b[0])", "sum[i](a[i]*b[1])"),
        ("L = sum[i,k](a[i]*b[i+k])", "sum[i,k](a[i]*b[i + k - 1])"),
        ("L = sum[i](a[i]*b[2*i+1])", "sum[i](a[i]*b[2*i])"),
        ("L = sum[i | i < 2](a[i]*b[i])", "sum[i | i < 3](a[i]*b[i])"),
        ("L = sum[i](i*a[i]*b[i])", "sum[i]((i - 1)*a[i]*b[i])"),
        ("L = sum[i](a[i]*b[7-i])", "sum[i](a[i]*b[-i + 9])"),
    ],
)  # fmt: skip
def test_indices_count_from_one(equation: str, from_one: str):
    wide = {"b": ["i"]} if "b[i])" in equation else {"b": [9]}
    eq, _ = right(equation, a=["i"], **wide)
    assert text(counted_from(eq.rhs, 1)) == from_one
    assert counted_from(eq.rhs, 0) == eq.rhs


@pytest.mark.parametrize(
    ("equation", "from_one"),
    [
        ("L = sum[i | i != y](a[i] - a[y] + 1)", "sum[i | i != y](a[i] - a[y] + 1)"),
        ("L = sum[i | i == y + 1](a[i])", "sum[i | i == y + 1](a[i])"),
        ("L = a[y] * y", "a[y]*(y - 1)"),
        ("L = a[0] * argmax[i](i*a[i])", "a[1]*(argmax[i]((i - 1)*a[i]) - 1)"),
        ("L = sum[i | y == argmax[i](a[i])](a[i])", "sum[i | y == argmax[i](a[i])](a[i])"),
        ("L = sum[i | y > 0](a[i])", "sum[i | y > 1](a[i])"),
    ],
)
def test_a_class_number_counts_as_the_indices_do(equation: str, from_one: str):
    spec = {
        "name": "t", "axes": {"i": 4}, "parameters": {"a": ["i"]}, "loss": "L",
        "equations": equation,
        "input": {"y": {"shape": [], "integer": 4}},
    }  # fmt: skip
    eq = load(spec).equations[0]
    named = replace(eq.rhs, {Read("y", r.indices): Read("y") for r in reads(eq.rhs)})
    assert text(counted_from(named, 1, {"y"})) == from_one


@pytest.mark.parametrize("equation", ["a[i+k]", "a[2*i+1]", "a[7-i]", "a[i+2*k-1]"])
def test_a_place_counted_from_one_is_one_more(equation: str):
    """The written place at i + 1, k + 1 is the stored place at i, k plus 1."""
    eq, _ = right(f"L = sum[i,k]({equation}*c[i]*e[k])", a=[20], c=[4], e=[2])
    reads = [e for e in _walk(eq.rhs) if isinstance(e, Read) and e.tensor == "a"]
    counted = [e for e in _walk(counted_from(eq.rhs, 1)) if isinstance(e, Read) and e.tensor == "a"]
    for i in range(4):
        for k in range(2):
            here = _at(reads[0].indices[0], {"i": i, "k": k})
            assert _at(counted[0].indices[0], {"i": i + 1, "k": k + 1}) == here + 1


def _walk(e: Expr) -> list[Expr]:
    return [e, *(x for k in e.children() for x in _walk(k))]


def _at(e: Expr, at: dict[str, int]) -> int:
    match e:
        case Num():
            return int(e.value)
        case Add():
            return sum(_at(k, at) for k in e.args)
        case Mul():
            return math.prod(_at(k, at) for k in e.args)
        case Neg():
            return -_at(e.arg, at)
    return at[e.name]  # type: ignore[attr-defined]


def test_weights_stand_first():
    product = equations("L = 2*x*w*y")[0].rhs
    assert isinstance(product, Mul)
    reads = Mul(tuple(Read(e.name) if hasattr(e, "name") else e for e in product.args))
    made = weights_first(reads, {"w"})
    assert made == Mul((num(2), Read("w"), Read("x"), Read("y")))
    assert weights_first(reads, set()) is reads
