"""The derivation of the code against the one on paper: a gradient that differs is named."""

from __future__ import annotations

import re
from dataclasses import replace as change
from typing import Any

import pytest

import chalkgrad
from chalkgrad.codegen.checking import adjoints, check, check_module
from chalkgrad.codegen.checking.draws import generated
from chalkgrad.codegen.checking.report import Finding
from chalkgrad.codegen.lowering import prepare
from chalkgrad.codegen.lowering.passes.table import Pass
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.language.expr import Mul, num
from chalkgrad.derive.network.network import Network
from tests.checking.test_vouch import DENSE, NETWORKS, STABLE, plant_wrong_row, spec


def derivations(of: dict[str, Any]) -> Finding:
    """What the check of a spec says of its two derivations."""
    report = check(chalkgrad.load(of).derive())
    (found,) = [f for f in report.findings if f.name == "derivations"]
    assert report.failed or found.status != "failed"
    return found


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: n.name)
def test_both_derivations_of_every_network_give_the_same(network: Network) -> None:
    found = adjoints.agreement(generated(network), network, [], 0)
    assert found == Finding("derivations", "ok")


@pytest.mark.parametrize("tensor", ["y", "v", "W", "x"])
def test_a_gradient_that_differs_from_the_paper_is_named(
    tensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every tensor, not only of those that backward returns."""
    assert derivations(STABLE["softplus"]) == Finding("derivations", "ok")

    def wrong(d: Derivation, passes: frozenset[Pass]) -> Derivation:
        code = prepare.prepared(d, passes)
        steps = [
            change(s, equation=s.equation.with_rhs(Mul((num(2), s.equation.rhs))))
            if s.of == tensor
            else s
            for s in code.steps
        ]
        return change(code, steps=tuple(steps))

    monkeypatch.setattr(adjoints, "prepared", wrong)
    assert derivations(STABLE["softplus"]).message.startswith(f"∂L/∂{tensor}[")


def test_a_tensor_that_a_stable_form_goes_past_is_not_compared() -> None:
    """The code differentiates ln p by z, so that ∂L/∂p there lacks a path; ∂L/∂z is the same."""
    of = spec(DENSE + "p[k] = softmax[k](v[k])\nL = -sum[k](t[k]*log(p[k])) + sum[k](p[k]**2)")
    assert derivations(of) == Finding("derivations", "ok")
    network = chalkgrad.load(of)
    assert prepare.passed_over(network) == {"p"}


@pytest.mark.parametrize("name", STABLE)
def test_a_wrong_row_among_the_stable_forms_is_told_by_a_tensor(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_wrong_row(name, monkeypatch)
    assert re.match(r"∂L/∂[vy]\[\d,\d\]: got ", derivations(STABLE[name]).message)


def test_a_module_that_draws_no_data_is_compared_at_those_of_the_check() -> None:
    network = chalkgrad.load(STABLE["softplus"])
    module = generated(network).module
    params, args = module.example()
    del module.example
    report = check_module(module, params=params, args=args, network=network)
    assert Finding("derivations", "ok") in report.findings


def test_equations_that_overflow_are_not_compared() -> None:
    of = {"name": "net", "input": {"x": []}, "parameters": {"w": []}, "loss": "L",
          "equations": "L = log(1 + exp(10**12*(1 + w**2)*(1 + x**2)))"}  # fmt: skip
    assert derivations(of) == Finding(
        "derivations", "skipped", "∂L/∂w, ∂L/∂x: the equations as written overflow"
    )


def test_a_network_that_is_too_much_work_is_compared_at_smaller_sizes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = {**STABLE["softmax"], "axes": {"i": 300, "k": 40}}
    monkeypatch.setattr(adjoints, "MOST", 20_000)
    assert derivations(of) == Finding("derivations", "ok")
    monkeypatch.setattr(adjoints, "MOST", 20)
    assert derivations(of) == Finding(
        "derivations", "skipped", "they are too much work to evaluate"
    )
