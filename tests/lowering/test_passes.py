"""The passes: what each does to the text, and that none of them changes a gradient."""

from __future__ import annotations

import random

import numpy as np
import pytest

from chalkgrad.codegen.lowering.passes.table import ALL, Pass
from tests.lowering.passes import NETWORKS, gradients, module, part, text


def apart(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    """The largest difference, relative to the largest gradient."""
    assert a.keys() == b.keys()
    assert all(a[k].shape == b[k].shape and a[k].dtype == b[k].dtype for k in a)
    most = max(np.abs(v).max() for v in a.values())
    return float(max(np.abs(a[k] - b[k]).max() for k in a) / most)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("left_out", Pass, ids=lambda p: p.name)
def test_a_pass_left_out_changes_no_gradient(name: str, left_out: Pass) -> None:
    assert apart(gradients(text(name)), gradients(text(name, ALL - {left_out}))) < 1e-13


@pytest.mark.parametrize("name", NETWORKS)
def test_random_subsets_of_the_passes_agree(name: str) -> None:
    plain = gradients(text(name, frozenset()))
    rng = random.Random(0)
    for _ in range(3):
        some = frozenset(p for p in Pass if rng.random() < 0.5)
        assert apart(plain, gradients(text(name, some))) < 1e-13, [p.name for p in some]


@pytest.mark.parametrize("name", NETWORKS)
def test_single_precision_is_no_worse_for_all_the_passes(name: str) -> None:
    """Measured from the double-precision gradients of the plain text; a few roundings are free."""
    right = gradients(text(name, frozenset()))
    passes, plain = (gradients(text(name, p), np.float32) for p in (ALL, frozenset()))
    doubled = [{k: v.astype(float) for k, v in g.items()} for g in (passes, plain)]
    error, before = (apart(right, g) for g in doubled)
    assert error < 1.5 * before + 4 * np.finfo(np.float32).eps


# -- products ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["convolution", "block"])
def test_products_leave_no_einsum(name: str) -> None:
    assert "einsum" not in text(name)
    assert "einsum" in text(name, ALL - {Pass.PRODUCTS})


def test_a_convolution_is_one_product_and_its_adjoint_one_product_folded_back() -> None:
    back = part(text("convolution"), "backward")
    assert "fold(" in back
    assert back.count(" @ ") == 4  # dK and dx of two layers


# -- asked ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_of_inputs_are_formed_behind_the_return_that_leaves_them_out(name: str) -> None:
    def ahead(source: str) -> str:
        return part(source, "backward").split("if not inputs:")[0]

    assert "dx = " not in ahead(text(name))
    assert "dx = " in ahead(text(name, ALL - {Pass.ASKED}))


@pytest.mark.parametrize("name", NETWORKS)
def test_backward_gives_the_same_gradients_without_those_of_the_inputs(name: str) -> None:
    net = module(text(name))
    params, data = net.example(0)
    _, cache = net.forward(params, *data)
    grads, inputs = net.backward(params, cache)
    alone, nothing = net.backward(params, cache, inputs=False)
    assert inputs.x.shape == data[0].shape
    assert nothing is None
    assert all(np.array_equal(a, b) for a, b in zip(grads, alone, strict=True))


# -- the algebra of elementwise chains -----------------------------------------------------------


def test_a_gelu_costs_one_exponential_and_its_slope_none() -> None:
    """One sigmoid forward, whose value the slope reads."""
    source = text("convolution")
    assert part(source, "forward_unchecked").count("sigmoid(") == 1
    assert "y0_sigmoid" in part(source, "backward")
    assert "sigmoid(" not in part(source, "backward")
    assert "tanh(" in part(text("convolution", ALL - {Pass.EXPONENTIAL}), "backward")


def test_a_sum_that_occurs_twice_has_a_name() -> None:
    source = part(text("block"), "forward_unchecked")
    assert source.count(" - mu") == 1
    assert "y_res_centred**2" in source
    assert part(text("block", ALL - {Pass.SHARED}), "forward_unchecked").count(" - mu") == 2


def test_backward_reads_the_functions_that_forward_computed() -> None:
    back = part(text("memory"), "backward")
    assert "tanh(" not in back
    assert "tanh**2" in back
    assert "tanh(" in part(text("memory", ALL - {Pass.KEPT}), "backward")


def test_a_function_that_only_forward_reads_keeps_its_place() -> None:
    """log(u) has the slope 1/u: a name for it would only take room in the cache."""
    assert "L = y + np.log(u)" in text("logarithm")
    assert "L_log" not in text("logarithm")


def test_a_factor_of_all_terms_is_multiplied_once() -> None:
    def slope(passes: frozenset[Pass]) -> str:
        back = part(text("dense", passes), "backward")
        return next(line for line in back.splitlines() if line.startswith("    dv0 = "))

    assert slope(ALL).count("dy0") == 1
    assert slope(ALL - {Pass.FACTORED}).count("dy0") == 2


def test_the_numbers_of_a_slope_are_one() -> None:
    """The mean of squares over two outputs: 2 (y1 - y)/(N 2)."""
    assert "dy1 = (y1 - y) / N " in part(text("dense"), "backward")
    assert "2 * (y1 - y) / (N * 2)" in part(text("dense", ALL - {Pass.NUMBERS}), "backward")


def test_no_power_is_left_to_logarithms() -> None:
    assert "v0 * v0**2" in text("convolution")
    assert "v0**3" in text("convolution", ALL - {Pass.POWERS})


def test_a_mean_is_a_sum_over_its_count() -> None:
    assert "loss = L.sum() / N" in text("dense")
    assert "loss = L.mean()" in text("dense", ALL - {Pass.MEANS})


# -- pooling -------------------------------------------------------------------------------------


def test_a_maximum_over_windows_is_one_of_long_views() -> None:
    source = text("pooling")
    assert "y0b = window_max(y0_win, 2)" in source
    assert ".max(axis=(3, 5))" in part(text("pooling", ALL - {Pass.POOLING}), "forward_unchecked")


def test_the_places_of_windows_come_first_where_winners_are_looked_up() -> None:
    def mask(passes: frozenset[Pass]) -> str:
        back = part(text("pooling", passes), "backward")
        return next(line for line in back.splitlines() if "y0b_at" in line and "==" in line)

    places = "np.arange(4).reshape(2, 2)"  # counted row by row
    assert f"{places}[:, :, None, None, None, None] == y0b_at" in mask(ALL)
    assert "== y0b_at[:, :, :, :, None, None]" in mask(ALL - {Pass.POOLING})


# -- recurrences ---------------------------------------------------------------------------------


def test_what_only_its_own_step_reads_is_no_array() -> None:
    source = part(text("memory"), "forward_unchecked")
    assert " i0_in = i0_in_x[:, t] + " in source
    assert "i0_in = np.zeros" not in source
    assert "h0[:, t] = " in source
    assert "i0_in[:, t] = " in text("memory", ALL - {Pass.STEPS})


def test_what_another_step_reads_keeps_its_array() -> None:
    """Also what is read at no step alone: a sum over all steps beside the recurrence."""
    source = text("history")
    assert "g[:, t] = " in source
    assert "a = " in part(source, "forward_unchecked")
    assert "a[:, t] = " not in part(source, "forward_unchecked")
