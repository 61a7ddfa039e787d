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
    assert lines[start + 1 : start + 8] == [
        "∂p[m]/∂z[k] = p[m]·(1[k = m] − p[k]) derivative of softmax",
        "∂L/∂z[k] = Σ[m](∂L/∂p[m]·∂p[m]/∂z[k]) chain rule",
        "= Σ[m](−(y[m] / p[m])·p[m]·(1[k = m] − p[k])) both derivatives put in",
        "= Σ[m](−y[m]·(1[k = m] − p[k])) simplify",
        "= p[k]·Σ[m](y[m]) − Σ[m](y[m]·1[k = m]) multiply out",
        "= p[k]·Σ[m](y[m]) − y[k] one term is left",
        "= p[k] − y[k] because Σ[m](y[m]) = 1, declared",
    ]
    assert lines[start + 8] == "∂L/∂z = p − y"


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
