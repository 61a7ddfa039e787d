"""What is printed of random networks (`tests.fuzz.paper`), and of networks once printed wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.fuzz.draw import draw
from tests.fuzz.judge import FAULTS, judge
from tests.fuzz.oracle import Oracle
from tests.fuzz.paper import judge_both, judge_paper
from tests.fuzz.planted import PAPER_SEEDS, OnPaper
from tests.fuzz.planted_paper import ON_PAPER
from tests.fuzz.slopes import LOSS, Slopes

SAMPLE = 25
FOUND_AT: dict[str, int] = json.loads(PAPER_SEEDS.read_text(encoding="utf-8"))


def test_what_is_printed_of_a_fixed_sample_of_random_networks() -> None:
    verdicts = {seed: judge_paper(draw(seed).spec, draw(seed).data) for seed in range(SAMPLE)}
    wrong = {s: f"{v.kind}: {v.detail}" for s, v in verdicts.items() if v.kind in FAULTS}
    assert not wrong, f"python -m tests.fuzz --seed-one {next(iter(wrong))} shows and shrinks it"
    assert sum(v.kind == "ok" for v in verdicts.values()) > SAMPLE - 5


# -- networks of which it was wrong ---------------------------------------------------------------

WRONG_ONCE = {
    "a softmax within an equation": "L = sum[i](x[i]*tanh(softmax[i](x[i])))",
    "the softmax of sums": "v[i] = softmax[i](sum[j](A[i,j]*x[j]))\nL = sum[i](v[i]*x[i])",
    "the softmax of sums under a condition": (
        "v[i] = softmax[i](sum[j | j > i](A[i,j]))\nL = sum[i](v[i]*x[i])"
    ),
    "a softmax within a logsumexp": "L = logsumexp[i](softmax[i](x[i]) + x[i])",
    "a reduction over nothing behind the end": (
        "h[i] = x[i] + sin(h[i - 1]*max[j | j >= i](x[j]))\nL = sum[i](h[i])"
    ),
    "a tensor that a stable form goes past": (
        "p[i] = softmax[i](x[i])\nL = sum[i](A[i,0]*log(p[i]) + p[i]**2)"
    ),
}


@pytest.mark.parametrize("name", WRONG_ONCE)
def test_what_was_printed_wrong_is_right(name: str) -> None:
    spec = {"name": "once", "axes": {"i": 3, "j": "i"}, "input": {"x": ["i"]}, "loss": "L",
            "parameters": {"A": ["i", "i"]}, "equations": WRONG_ONCE[name] + "\n"}  # fmt: skip
    if "A[" not in WRONG_ONCE[name]:
        del spec["parameters"]
    verdict = judge_paper(spec, {})
    assert verdict.kind == "ok", verdict.detail


# -- planted faults -------------------------------------------------------------------------------


def test_every_fault_on_paper_has_a_network_that_finds_it() -> None:
    again = "python -m tests.fuzz.planted --paper --write finds the networks"
    assert list(FOUND_AT) == list(ON_PAPER), again


@pytest.mark.parametrize("name", ON_PAPER)
def test_a_fault_planted_on_paper_is_found(name: str) -> None:
    seed = FOUND_AT[name]
    shown = [seed for seed, _ in OnPaper().shows(ON_PAPER[name], [seed])]
    assert shown == [seed], f"python -m tests.fuzz.planted --paper {name!r} --write finds another"


def test_a_run_judges_what_is_printed_too() -> None:
    name = "sign of a nested softmax"  # the module has it in an equation of its own
    drawn = draw(FOUND_AT[name])
    assert judge_both(drawn.spec, drawn.data).kind == "ok"
    with ON_PAPER[name].planted():
        assert judge(drawn.spec, drawn.data).kind == "ok"
        assert judge_both(drawn.spec, drawn.data).kind in FAULTS


# -- the slopes of the oracle, by hand ------------------------------------------------------------


def slopes(equations: str, names: list[str], **data: Any) -> Slopes:
    given = {k: np.array(v, float) for k, v in data.items()}
    spec = {"axes": {"t": 3}, "parameters": {k: list(v.shape) for k, v in given.items()},
            "equations": equations}  # fmt: skip
    return Slopes(Oracle(spec), given, 1, names)


def test_a_tensor_is_perturbed_after_its_equation() -> None:
    """v is x, and the loss reads both: they are two tensors, each with a slope of its own."""
    made = slopes("v = x\nL = v**2 + 5*x", ["x", "v", "L"], x=3)
    assert (made.total("x"), made.total("v"), made.total("L")) == (11, 6, 1)
    assert made.jacobians() == {
        (LOSS, "L"): 1, ("L", "v"): 6, ("L", "x"): 5, ("v", "x"): 1,
    }  # fmt: skip


def test_a_tensor_of_constants_has_a_slope() -> None:
    assert slopes("v = 3*(x > 1)\nL = v**2*x", ["x", "v"], x=2).total("v") == 12


def test_a_chain_adds_its_paths_and_solves_recurrences() -> None:
    made = slopes("h[t] = a*h[t - 1] + 1\nL = h[2] + h[1]", ["a", "h", "L"], a=2)
    assert made.total("h").tolist() == [6, 3, 1]
    jacobians = made.jacobians()
    chained = made.chained(jacobians, lambda v, u: True)
    assert chained["h"].tolist() == [6, 3, 1]
    assert chained["a"] == made.total("a") == 3 * 1 + 1 * 3
    cut = made.chained(jacobians, lambda v, u: (v, u) != ("h", "h"))
    assert cut["h"].tolist() == [0, 1, 1]
