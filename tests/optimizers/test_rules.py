"""The generated update: against the evaluator, against recorded runs of PyTorch and ONNX."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.codegen.targets.numpy.training.rules import update_source
from chalkgrad.derive.language.parser import equations
from chalkgrad.derive.language.text import text
from chalkgrad.derive.optimizers import optimizer, trained, worked
from chalkgrad.derive.optimizers.declared import declared
from chalkgrad.derive.optimizers.options import glossary
from chalkgrad.derive.optimizers.rules import forms_of
from chalkgrad.derive.optimizers.settings import update_of
from tests.optimizers import rule_cases as table
from tests.optimizers.rule_cases import CASES, KEPT, STEPS, Params, flat, follow, followed, network

RECORDED = json.loads(Path(__file__).with_name("trajectories.json").read_text("utf-8"))
FORMS = [(name, on) for name in trained() for on in forms_of(name) if not optimizer(name).curvature]
IDS = [" ".join([name, *sorted(on)]) for name, on in FORMS]


def asked(name, on):
    """Options that choose a form, and a rate at which every step counts."""
    flags = {k: True if glossary()[k].kind == "flag" else 0.25 for k in on}
    return {**flags, "rate": 0.1, "initial": 0.5} if name == "adagrad" else {**flags, "rate": 0.1}


def spec_of(name, on):
    return json.dumps({name: asked(name, on)})


def gaps(update, net, name, options):
    """The largest difference to the evaluator after every step: parameters and state."""
    run = follow(update, net)
    found = np.zeros(STEPS)
    for k, at in enumerate(Params._fields):
        right = worked(name, [g[k] for g in table.gradients()], {"w": table.start()[k]}, options)
        for t in range(STEPS):
            pairs = [(run.params[t][k], right[t]["w"])]
            pairs += [(v, right[t][n]) for n, v in run.states[t][at].items()]
            pairs += [(v, right[t][n]) for n, v in run.states[t].get("", {}).items()]
            found[t] = max([found[t], *(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))
                                        for a, b in pairs)])  # fmt: skip
    return found


@pytest.mark.parametrize(("name", "on"), FORMS, ids=IDS)
def test_the_generated_rule_is_its_equations(name, on):
    net = network(spec_of(name, on))
    update = update_of(net)
    assert set(update.rule.on) == set(on)
    assert gaps(update, net, name, asked(name, on)).max() < 1e-14


@pytest.mark.parametrize(("name", "on"), FORMS, ids=IDS)
def test_float32_stays_float32(name, on):
    text = json.dumps({name: {**asked(name, on), "l2": 0.1, "l1": 0.1, "clip_norm": 1, "warmup": 3,
                              "clip_value": 0.5, "schedule": {"cosine": {"steps": 9}},
                              **({} if name == "adamw" else {"weight_decay": 0.1})}})  # fmt: skip
    net = network(text)
    run = follow(update_of(net), net, dtype=np.float32)
    for params, state in zip(run.params, run.states, strict=True):
        assert {a.dtype.name for a in params} == {"float32"}
        kept = [v for k, own in state.items() if k for v in own.values()]
        assert {v.dtype.name for v in kept} <= {"float32"}
        assert all(type(v) is float for v in state.get("", {}).values())
    assert {type(x) for x in (*run.norms, *run.rates)} == {float}
    full = follow(update_of(net), net)
    assert np.allclose(flat(run.params[-1]), flat(full.params[-1]), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("name", CASES)
def test_the_generated_update_is_that_of_pytorch_or_onnx(name):
    """Recorded by tests/development/test_optimizers_torch.py, which compares every step."""
    run = followed(CASES[name].update)
    assert {int(t) for t in RECORDED[name]} == set(KEPT)
    for t in KEPT:
        theirs = RECORDED[name][str(t)]
        np.testing.assert_allclose(flat(run.params[t - 1]), theirs, rtol=1e-12, atol=1e-12)


# -- faults ----------------------------------------------------------------------------------------

FAULTS = {
    "1 - beta for 1 - beta**t": ("adam", "beta1**t", "beta1"),
    "1 - beta2 for 1 - beta2**t": ("adam", "beta2**t", "beta2"),
    "eps inside of the root": ("adam", "sqrt(G_hat[t]) + eps", "sqrt(G_hat[t] + eps)"),
    "stale squares": ("rmsprop", "sqrt(G[t])", "sqrt(G[t - 1] + eps)"),
    "stale velocity": ("momentum", "w[t - 1] + u[t]", "w[t - 1] + u[t - 1]"),
    "one number for rate and decay": ("rmsprop", "rho", "rate"),
    "stale maximum": ("amsgrad", "max(G_max[t - 1], G[t])", "G[t]"),
    "no product of mu": ("nadam", "mu[t]*P[t - 1]", "mu[t]"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen_from_the_second_step_on(fault):
    name, right, wrong = FAULTS[fault]
    options = {"rate": 0.1, **({"beta2": 0.5} if name == "amsgrad" else {})}
    options |= {"eps": 0.001} if "eps" in fault else {}
    net = network(json.dumps({name: options}))
    update = update_of(net)
    said = [f"{eq.name}[t] = {text(eq.rhs)}" for eq in update.rule.equations]
    spoilt = "\n".join(line.replace(right, wrong) for line in said)
    assert spoilt != "\n".join(said)
    rule = replace(update.rule, equations=tuple(equations(spoilt)))
    assert gaps(update, net, name, options).max() < 1e-14
    found = gaps(replace(update, rule=rule), net, name, options)
    assert (found[1:] > 1e-6).all() or fault == "stale maximum"  # seen when an entry falls
    assert found[1:].max() > 1e-6
    if "for 1 - beta" in fault or "product" in fault or "maximum" in fault:
        assert found[0] < 1e-14  # one step alone would not tell


# -- what stands around the rule -------------------------------------------------------------------


def test_l1_and_l2_and_the_decay_by_loops():
    run = followed("{sgd: {rate: 0.1, l2: 0.3, l1: 0.2, weight_decay: 0.5, decay: [W, s]}}")
    w = {k: flat_of(v) for k, v in table.start()._asdict().items()}
    for t, grads in enumerate(table.gradients()):
        for name, g in grads._asdict().items():
            for j, slope in enumerate(flat_of(g)):
                old, kept = w[name][j], w[name][j]
                if name != "b":
                    slope += 0.3 * old + 0.2 * ((old > 0) - (old < 0))
                    kept = old - 0.1 * 0.5 * old
                w[name][j] = kept - 0.1 * slope
        assert flat(run.params[t]) == pytest.approx([x for v in w.values() for x in v], abs=1e-14)


def flat_of(a):
    return [float(x) for x in np.ravel(a)]


def test_the_norm_is_that_before_clipping_without_the_frozen():
    run = followed("{sgd: {clip_norm: 0.5, freeze: [b, s]}}")
    want = [float(np.linalg.norm(g.W)) for g in table.gradients()]
    assert run.norms == pytest.approx(want, rel=1e-14)


def test_a_frozen_parameter_is_returned_as_it_is():
    net = network("{adamw: {rate: 0.1, freeze: b}}")
    run = follow(update_of(net), net)
    assert all("b" not in s and set(s) == {"W", "s"} for s in run.states)
    assert all(np.array_equal(p.b, table.start().b) for p in run.params)
    assert not np.allclose(run.params[-1].W, table.start().W)


def test_the_norm_of_small_floats_does_not_vanish():
    """Squares of 1e-30 are 0 in float32; the norm is a float64."""
    net = network("sgd")
    grads = [Params(np.full((3, 2), 1e-30), np.zeros(2), np.zeros(()))]
    assert follow(update_of(net), net, grads, np.float32).norms[0] == pytest.approx(6**0.5 * 1e-30)


def test_the_rate_by_hand():
    def rates(text):
        return followed(text).rates

    assert rates("{sgd: {rate: 0.2}}") == [0.2] * STEPS
    made = rates("{sgd: {rate: 1, warmup: 4}}")
    assert made[:6] == [0.25, 0.5, 0.75, 1, 1, 1]
    made = rates("{sgd: {rate: 1, schedule: {step: {every: 3, factor: 0.5}}}}")
    assert made[:7] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    made = rates("{sgd: {rate: 1, schedule: {exponential: {factor: 0.5, per: epoch}}}}")
    assert made[:9] == [1] * 4 + [0.5] * 4 + [0.25]
    made = rates("{sgd: {rate: 1, schedule: {cosine: {steps: 4, low: 0.2}}}}")
    assert made[:6] == pytest.approx([1, 0.6 + 0.4 * 0.5**0.5, 0.6, 0.6 - 0.4 * 0.5**0.5, 0.2, 0.2])
    made = rates("{sgd: {rate: 1, warmup: 2, schedule: {linear: {steps: 4}}}}")
    assert made[:6] == [0.5, 0.75, 0.5, 0.25, 0, 0]


def test_another_rate_may_be_given_to_the_program():
    net = network("{sgd: {rate: 0.1, schedule: {step: {every: 1, factor: 0.5}}}}")
    made = table.program(update_of(net), net)
    assert made.RATE == 0.1
    assert made.rate_at(2, 1, 3.0) == 1.5


def test_the_evaluator_follows_a_changing_rate():
    update = "{momentum: {rate: 0.1, schedule: {exponential: {factor: 0.8}}}}"
    run = followed(update)
    slopes = [g.W for g in table.gradients()]
    right = worked("momentum", slopes, {"w": table.start().W}, rates=run.rates)
    assert run.rates == pytest.approx([0.1 * 0.8**k for k in range(STEPS)])
    assert np.allclose(run.params[-1].W, right[-1]["w"], rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["newton", "newton_cg", "gauss_newton"])
def test_damping_stands_on_the_diagonal(name):
    H, g, w = np.array([[2.0, 1.0], [1.0, 1.0]]), np.array([0.5, -0.3]), np.array([1.0, 2.0])
    (step,) = worked(name, [g], {"w": w, "H": H}, {"damping": 0.7})
    assert np.allclose(step["w"], w - np.linalg.solve(H + 0.7 * np.eye(2), g), atol=1e-14)


def test_a_new_rule_is_an_entry_in_the_file(monkeypatch):
    """Equations, options and a start are all it takes: printed, generated, evaluated."""
    entry = {
        "summary": "Lion: the sign of a mean.", "source": "Chen et al. (2023)", "notes": "None.",
        "options": {"rate": Decimal("0.1"), "beta1": Decimal("0.9"), "beta2": Decimal("0.99")},
        "start": {"M": 0},
        "equations": "v[t] = beta1*M[t-1] + (1 - beta1)*g[t]\n"
                     "M[t] = beta2*M[t-1] + (1 - beta2)*g[t]\n"
                     "w[t] = w[t-1] - rate*sign(v[t])",
    }  # fmt: skip
    monkeypatch.setitem(declared(), "lion", entry)
    net = network("{lion: {beta1: 0.5}}")
    update = update_of(net)
    assert "    w = w - rate * np.sign(v)" in "\n".join(update_source(update, net)).splitlines()
    assert gaps(update, net, "lion", {"beta1": 0.5}).max() < 1e-14
    assert follow(update, net, dtype=np.float32).params[-1].W.dtype == np.float32


# -- the text --------------------------------------------------------------------------------------


def test_adam_reads_as_its_equations():
    net = network("{adam: {rate: 0.01}}")
    made = "\n".join(update_source(update_of(net), net))
    for line in (
        'M = beta1 * state["M"] + (1 - beta1) * g',
        'G = beta2 * state["G"] + (1 - beta2) * g**2',
        "M_hat = M / (1 - beta1**t)",
        "G_hat = G / (1 - beta2**t)",
        "w = w - rate * M_hat / (np.sqrt(G_hat) + eps)",
        "def updated(w, g, state, t, rate, beta1=0.9, beta2=0.999, eps=1e-08):",
    ):
        assert line in made
    assert "decay" not in made
    assert "clip" not in made.replace("unclipped", "")


def test_what_no_gradient_enters_is_computed_once():
    net = network("nadam")
    made = update_source(update_of(net), net)
    (shared,) = [part for part in made if part.startswith("def shared")]
    assert 'P = mu * state["P"]' in shared
    (rule,) = [part for part in made if part.startswith("def updated")]
    assert "0.96" not in rule


@pytest.mark.parametrize("name", CASES)
def test_the_text_keeps_the_width(name):
    net = network(CASES[name].update)
    for part in update_source(update_of(net), net):
        assert max(map(len, part.splitlines())) <= 100
