"""Entries written out: their values equal those of the array evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.matrix_chain import matrix_chain
from chalkgrad.derive.forms.matrix_nodes import Hadamard, MatMul, Ones, Slope, Transpose
from chalkgrad.derive.language.expr import Read, Reduce, num, walk
from chalkgrad.derive.values.entries import Exact, after_step, entry, places, value
from chalkgrad.derive.values.factors import edges, local, upstream
from chalkgrad.derive.values.numbers import numbers_of

SMALL = ["n111", "n121", "n232", "mazur", "circuit", "neuron"]


def network(name: str) -> chalkgrad.Network:
    return chalkgrad.load(name)


@pytest.mark.parametrize("name", SMALL)
def test_exact_values_are_those_of_the_evaluator(name: str) -> None:
    net = network(name)
    d = per_sample(net.derive())
    exact = Exact(d, net.values)
    arrays = numbers_of(net.derive(), net.values)
    seen = 0
    for eq in [*d.forward, *(s.equation for s in d.steps)]:
        array = np.asarray(arrays[eq.name])
        for at in places(d.network, d.by_tensor and _tensor(d, eq.name)):
            got = float(exact(eq.name, *at))
            want = float(array.reshape([d.network.size(a) for a in _axes(d, eq.name)])[at])
            assert got == pytest.approx(want, rel=1e-13, abs=1e-300)
            seen += 1
    assert seen > 8


def _tensor(d: Derivation, name: str) -> str:
    return {s.equation.name: s.of for s in d.steps if s.of}.get(name, name)


def _axes(d: Derivation, name: str) -> tuple[str, ...]:
    return d.network.tensors[_tensor(d, name)].axes


def test_written_out_entries_hold_no_sum_and_no_index() -> None:
    d = per_sample(network("n232").derive())
    eq = next(e for e in d.forward if e.name == "v0")
    made = entry(d.network, eq, (1,))
    assert not [e for e in walk(made) if isinstance(e, Reduce)]
    wanted = {("x", (0,)), ("x", (1,)), ("W0", (0, 1)), ("W0", (1, 1)), ("b0", (1,))}
    reads = {(e.tensor, tuple(int(i.value) for i in e.indices)) for e in walk(made)
             if isinstance(e, Read)}  # type: ignore[attr-defined]  # fmt: skip
    assert reads == wanted


@pytest.mark.parametrize("name", ["n232", "mazur"])
def test_local_derivatives_multiply_to_the_gradient(name: str) -> None:
    """Σ over readers of ∂L/∂reader · ∂reader/∂entry is the adjoint, for every entry."""
    net = network(name)
    d = per_sample(net.derive())
    exact = Exact(d, net.values)
    output = d.network.output
    checked = 0
    for step in d.steps:
        if not step.of or step.inlined or step.of == output:
            continue
        for at in places(d.network, step.of):
            total = 0
            for f in edges(d, (step.of, at)):
                above = exact(d.adjoint(f.above[0]), *f.above[1])
                total += above * value(f.value, lambda e: exact(e[0], *e[1]))
            assert float(total) == pytest.approx(float(exact(step.equation.name, *at)), rel=1e-25)
            checked += 1
    assert checked >= 15


def test_a_local_derivative_that_is_not_there_is_zero() -> None:
    d = per_sample(network("n232").derive())
    assert local(d, ("v1", (1,)), ("W1", (2, 0))).value == num(0)
    assert local(d, ("v1", (1,)), ("W1", (2, 1))).value == Read("y0", (num(2),))
    assert upstream(d, ("y1", (0,))).above == ("L", ())


@pytest.mark.parametrize("shown", [(), ("y0",), ("v1", "v0")])
def test_a_chain_of_matrices_has_the_value_of_the_gradient(shown: tuple[str, ...]) -> None:
    net = network("n232")
    d = per_sample(net.derive())
    arrays = numbers_of(net.derive(), net.values)
    for tensor in ("W1", "b1", "y0", "W0", "b0", "x"):
        form = matrix_chain(d, tensor, [t for t in shown if t != tensor])
        assert form is not None
        got = _evaluated(form, arrays, d)
        want = np.asarray(arrays[d.adjoint(tensor)])
        np.testing.assert_allclose(got.reshape(want.shape), want, rtol=1e-13)


def _evaluated(e: Any, arrays: Any, d: Derivation) -> Any:
    if isinstance(e, Read):
        a = np.asarray(arrays[e.tensor])
        return a.reshape(1, -1) if a.ndim < 2 else a
    if isinstance(e, Transpose):
        return _evaluated(e.arg, arrays, d).T
    if isinstance(e, Hadamard):
        made = 1.0
        for a in e.args:
            made = made * _evaluated(a, arrays, d)
        return made
    if isinstance(e, MatMul):
        made = _evaluated(e.args[0], arrays, d)
        for a in e.args[1:]:
            made = made @ _evaluated(a, arrays, d)
        return made
    if isinstance(e, Slope):
        assert e.function == "sigmoid"
        y = 1 / (1 + np.exp(-_evaluated(e.arg, arrays, d)))
        return y * (1 - y)
    assert not isinstance(e, Ones)
    raise AssertionError(type(e))


def test_the_loss_after_a_step_has_all_its_digits() -> None:
    net = network("n232")
    after = after_step(Exact(per_sample(net.derive()), net.values), "0.01")
    assert f"{float(after('L')):.10f}" == "0.3626552383"


def test_a_symbolic_size_has_no_numbers() -> None:
    net = chalkgrad.load({"name": "s", "network": {"units": ["k", 2], "activation": "sigmoid"},
                       "loss": "squared_error"})  # fmt: skip
    d = per_sample(net.derive())
    with pytest.raises(chalkgrad.ChalkgradError, match="is a symbol"):
        list(places(d.network, "x"))
