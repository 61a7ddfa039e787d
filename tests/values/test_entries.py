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
from chalkgrad.derive.language.expr import ONE, ZERO, Add, Mul, Read, Reduce, num, walk
from chalkgrad.derive.values import entries
from chalkgrad.derive.values.entries import (
    Exact,
    Formulas,
    after_step,
    entry,
    looked_up,
    number,
    places,
    value,
    written_out,
)
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


# -- what is gathered, cancelled, changed ----------------------------------------------------------

EMBEDDING = {
    "name": "e", "input": {"t": {"shape": [2], "integer": 2}}, "target": {"y": [2, 1]},
    "layers": [{"embedding": {"vocab": 2, "units": 1, "as": "e"}}], "loss": "squared_error",
    "values": {"t": [1, 1], "y": [[0.1], [0.2]], "E_e": [[0.1], [0.3]]},
}  # fmt: skip


def test_a_row_of_a_table_is_read_where_its_number_says_so() -> None:
    net = chalkgrad.load(EMBEDDING)
    d = per_sample(net.derive())
    exact = Exact(d, net.values)
    name = d.forward[0].name
    factors = [local(d, (name, (0, 0)), ("E_e", (k, 0))).value for k in range(2)]
    assert [value(f, lambda e: exact(e[0], *e[1])) for f in factors] == [0, 1]
    read = looked_up(entry(d.network, d.forward[0], (0, 0)), lambda e: exact(e[0], *e[1]))
    assert read == Read("E_e", (num(1), num(0)))


def test_a_sum_that_cancels_up_to_its_rounding_is_zero() -> None:
    root = number(2) ** number("0.5")
    given = {("a", ()): root * root, ("b", ()): number(-2)}
    assert root * root - 2 != 0
    assert value(Add((Read("a", ()), Read("b", ()))), given.__getitem__) == 0
    given["b", ()] = number("-1.99999999999999999999")  # this is no rounding
    assert value(Add((Read("a", ()), Read("b", ()))), given.__getitem__) > 0
    given["b", ()] = number("nan")
    assert value(Add((Read("a", ()), Read("b", ()))), given.__getitem__) not in (0, 1)


def test_changed_numbers_reach_what_reads_them_and_nothing_else() -> None:
    net = network("n232")
    d = per_sample(net.derive())
    before = Exact(d, net.values)
    for name in ("L", "dW0"):
        for at in places(d.network, "W0" if name == "dW0" else "L"):
            before(name, *at)
    new = {"W1": [[0.5, 0.25], [0.125, 1], [2, 3]]}
    after, fresh = before.changed(new), Exact(d, {**net.values, **new})
    assert ("v0", (0,)) in after.known
    assert not [e for e in after.known if e[0] in ("v1", "L", "dy0", "dW0")]
    assert all(after("dW0", *at) == fresh("dW0", *at) for at in places(d.network, "W0"))
    assert after("L") == fresh("L") != before("L")


def test_one_moved_entry_leaves_known_what_does_not_read_it() -> None:
    """Also where a number says which entry is read, and a case which branch."""
    spec = {"name": "m", "input": {"x": [3], "t": {"shape": [2], "integer": 3}},
            "parameters": {"w": [3]}, "axes": {"m": 2}, "loss": "L",
            "equations": "a[k] = where(x[k] > 0, w[k]**2, x[k])\nL = sum[m](a[t[m]]) + a[0]*w[0]",
            "values": {"x": [1, 1, -1], "t": [1, 1], "w": [2, 3, 5]}}  # fmt: skip
    net = chalkgrad.load(spec)
    d = per_sample(net.derive())
    before = Exact(d, net.values)
    every = [(n, at) for n in ("a", "L", "dw") for at in places(d.network, _tensor(d, n))]
    for new in ({"w": [2, 4, 5]}, {"w": [3, 3, 5]}, {"x": [1, 1, 1]}, {"t": [1, 2]}):
        assert [before(n, *at) for n, at in every]
        after, fresh = before.changed(new), Exact(d, {**net.values, **new})
        assert [after(n, *at) for n, at in every] == [fresh(n, *at) for n, at in every]
    kept = before.changed({"w": [2, 4, 5]}).known
    assert ("a", (0,)) in kept
    assert ("a", (2,)) in kept
    assert not {("a", (1,)), ("L", ())} & set(kept)


def test_several_values_share_the_formulas_that_are_written_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = network("n232")
    d = per_sample(net.derive())
    formulas = Formulas(d)
    loss = Exact(d, net.values, formulas)("L")
    monkeypatch.delattr(entries, "entry")
    assert Exact(d, net.values, formulas)("L") == loss


def test_nothing_is_written_out_behind_a_factor_of_zero() -> None:
    d = per_sample(network("n232").derive())
    layer = next(e for e in walk(d.forward[0].rhs) if isinstance(e, Reduce))
    endless = Reduce("sum", layer.idxs * 20, ONE)
    with pytest.raises(chalkgrad.ChalkgradError, match="more than"):
        written_out(d.network, endless)
    assert written_out(d.network, Mul((ZERO, endless))) == ZERO


@pytest.mark.parametrize("op", ["max", "min"])
def test_the_winner_of_many_is_found_with_as_many_tests(op: str) -> None:
    """A test per other term, where one inside the other would double with every term."""
    x = [3, 7, 1, 7, -2, 0, -2, 5, 6, 4, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    spec = {"name": "m", "input": {"x": [20]}, "equations": f"L = {op}[i](x[i])",
            "values": {"x": x}}  # fmt: skip
    net = chalkgrad.load(spec)
    exact = Exact(net.derive(), net.values)
    slopes = [exact("dx", k) for k in range(20)]
    assert slopes == [k == x.index(max(x) if op == "max" else min(x)) for k in range(20)]
    step = exact.d.step("x").equation
    assert len(list(walk(entry(exact.network, step, (5,))))) < 200


def test_the_place_of_the_largest_is_the_first_of_equals() -> None:
    spec = {"name": "m", "input": {"x": [4]}, "equations": "L = argmax[i](x[i])*x[0]",
            "values": {"x": [1, 3, 3, 2]}}  # fmt: skip
    net = chalkgrad.load(spec)
    assert Exact(net.derive(), net.values)("L") == 1


@pytest.mark.parametrize("op", ["max", "min"])
def test_places_that_a_condition_leaves_out_count_for_the_winner(op: str) -> None:
    """The windows of a padded pool: the padding in front of the numbers has places, too."""
    spec = {"name": "m", "input": {"x": [4]}, "axes": {"i": 5, "p": 2},
            "values": {"x": [1, 3, 2, 5]},
            "equations": f"w[i] = {op}[p | 0 <= i + p - 1 < 4](x[i + p - 1])\n"
                         f"at[i] = arg{op}[p | 0 <= i + p - 1 < 4](x[i + p - 1])\n"
                         "L = sum[i](w[i]*i) + at[0]"}  # fmt: skip
    net = chalkgrad.load(spec)
    d = per_sample(net.derive())
    exact, arrays = Exact(d, net.values), numbers_of(net.derive(), net.values)
    for name, tensor in (("at", "at"), ("dx", "x")):
        made = [float(exact(name, *at)) for at in places(d.network, tensor)]
        assert made == arrays[name][0].tolist()
    assert exact("at", 0) == 1


@pytest.mark.parametrize(
    ("rhs", "shown"),
    [("log(0 - w)", "nan"), ("sqrt(0 - w)", "nan"), ("1/(w - 2)", "+inf"),
     ("(0 - w)**(1/3)", "nan"), ("(w - 2)**(0 - 1)", "+inf"), ("0 - 1/(w - 2)", "-inf")],
)  # fmt: skip
def test_what_is_no_finite_number_is_told_as_a_machine_does(rhs: str, shown: str) -> None:
    spec = {"name": "m", "parameters": {"w": []}, "equations": f"L = {rhs}", "loss": "L",
            "values": {"w": 2}}  # fmt: skip
    net = chalkgrad.load(spec)
    assert str(Exact(net.derive(), net.values)("L")) == shown
