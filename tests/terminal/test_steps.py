"""What `chalkgrad show` prints line by line: p − y with its reasons, the gradients on the way."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from chalkgrad import load
from chalkgrad.codegen.terminal.show import LEVELS, show
from tests.paths import CASES

PRINTING = CASES / "printing"


def shown(name, wrt=None, levels=()) -> list[str]:
    out = io.StringIO()
    show(load(name).derive(), wrt, levels, Console(file=out, width=60))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_a_student_reads_p_minus_y_with_its_reasons():
    lines = shown(PRINTING / "softmax_deck.yaml", ["z"])
    start = lines.index("∂L/∂p[m] = −y[m] / p[m] derivative of the loss, (7)")
    assert lines[start + 1 : start + 9] == [
        "∂p[m]/∂z[k] = p[m]·(1[k = m] − p[k]) derivative of softmax",
        "1[k = m] is 1 for k = m, else 0",
        "∂L/∂z[k] = Σ[m](∂L/∂p[m]·∂p[m]/∂z[k]) chain rule",
        "= Σ[m](−(y[m] / p[m])·p[m]·(1[k = m] − p[k])) both derivatives put in",
        "= Σ[m](−y[m]·(1[k = m] − p[k])) simplify",
        "= p[k]·Σ[m](y[m]) − Σ[m](y[m]·1[k = m]) multiply out",
        "= p[k]·Σ[m](y[m]) − y[k] one term is left",
        "= p[k] − y[k] because Σ[m](y[m]) = 1, declared",
    ]
    assert lines[start + 9] == "∂L/∂z = p − y"


def test_every_form_of_a_gradient_has_its_numbers_below_it_and_the_value_is_said_once():
    lines = shown(PRINTING / "softmax_deck.yaml", ["z"])
    own = lines[lines.index("∂L/∂z") :]
    general, short, value = (
        next(k for k, line in enumerate(own) if line.startswith(start))
        for start in ("∂L/∂z = p ⊙", "∂L/∂z = p − y", "∂L/∂z = [0.1415 −0.7151 0.5737]")
    )
    assert own[general + 1].startswith("∂L/∂z = [0.1415 0.2849 0.5737] ⊙ ")
    assert own[short + 1 :] == [
        "∂L/∂z = [0.1415 0.2849 0.5737] − [0.0000 1.0000 0.0000]",
        own[value],
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("softmax_deck", "(2) p[k] = exp(z[k]) / Σ[m](exp(z[m])) (softmax) (3,)"),
        (
            "causal",
            "(2) w[t,s] = 1[s ≤ t]·exp(a[t,s]) / Σ[u | u ≤ t](exp(a[t,u])) (softmax) (3, 3)",
        ),
    ],
)
def test_a_softmax_is_its_formula(name, line, tmp_path):
    path = PRINTING / f"{name}.yaml"
    if name == "causal":
        path = tmp_path / "causal.yaml"
        path.write_text(CAUSAL, "utf-8")
    assert line in shown(path, None, ["index"])


CAUSAL = """name: causal
input: {x: [t]}
axes: {t: 3, s: t}
parameters: {A: [t, s]}
equations: |
  a[t,s] = x[t]*A[t,s]
  w[t,s] = softmax[s | s <= t](a[t,s])
  L = sum[t,s](w[t,s]**2)
loss: L
"""


def test_a_declared_fact_is_said_where_the_names_are():
    lines = shown(PRINTING / "softmax_deck.yaml")
    said = lines.index("y is declared a distribution: Σ[k](y[k]) = 1")
    assert said < lines.index("forward (one sample)")


def test_an_indicator_is_explained_below_the_first_line_that_has_one():
    lines = shown(PRINTING / "softmax_deck.yaml")
    first = next(k for k, line in enumerate(lines) if "1[" in line)
    assert lines[first + 1] == "1[k = m] is 1 for k = m, else 0"
    assert sum("else 0" in line for line in lines) == 1


def test_the_loss_of_the_batch_is_connected_with_that_of_a_sample():
    lines = shown(PRINTING / "softmax_deck.yaml")
    said = lines.index("L is the loss of one sample, loss the mean of all N;")
    assert lines[said - 1] == "(4) loss = mean[n](L[n]) (all samples) ()"
    assert "(6) ∂loss/∂L[n] = 1 / N (all samples) (N,)" in lines
    assert not any("size[n]" in line for line in lines)


def test_its_numbers_are_those_of_the_example():
    lines = shown(PRINTING / "softmax_deck.yaml", ["z"])
    assert "p = [0.1415 0.2849 0.5737]" in lines
    assert "∂L/∂p = [0.0000 −3.5103 0.0000]" in lines
    assert "∂L/∂z = [0.1415 0.2849 0.5737] − [0.0000 1.0000 0.0000]" in lines
    assert "∂L/∂z = [0.1415 −0.7151 0.5737]" in lines


def test_without_the_fact_the_sum_stays(tmp_path):
    spec = (PRINTING / "softmax_written.yaml").read_text("utf-8")
    path = tmp_path / "net.yaml"
    path.write_text(spec.replace(", fact: distribution", ""), "utf-8")
    lines = shown(path, ["z"], ["index"])
    assert lines[-1] == "= p[k]·Σ[m](y[m]) − y[k] one term is left"


@pytest.mark.parametrize("level", LEVELS[:3])
def test_the_gradients_that_a_gradient_reads_stand_above_it(level):
    lines = shown(PRINTING / "wrt_says_its_names.yaml", ["W1"], [level])
    known = set()
    for line in lines[lines.index("backward") + 1 :]:
        left, _, right = line.partition(" = ")
        known |= set(re.findall(r"∂J/∂\w+", left))
        assert set(re.findall(r"∂J/∂\w+", right)) <= known, line
    assert "∂J/∂W1" in known


def test_the_direct_part_of_a_gradient_says_what_it_is():
    lines = shown("autoencoder", ["x"], ["chain"])
    assert lines[-2:] == ["∂L/∂x = ∂L/∂v × ∂v/∂x + ∂⁺L/∂x", "∂⁺L/∂x[i] = x[i] − y[i]"]


def test_a_transposed_gradient_is_in_brackets():
    lines = shown(PRINTING / "paging_without_end.yaml", ["W"], ["matrix"])
    assert lines[-1] == "∂J/∂W = (∂J/∂z)ᵀ @ x"


def test_no_gradient_is_printed_twice():
    lines = shown("n232", ["b0", "W1"], ["index"])
    numbers = [m[1] for line in lines if (m := re.match(r"\((\d+)\)", line))]
    assert len(numbers) == len(set(numbers))
