"""What `chalkgrad show` and `explain` print."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from chalkgrad import load, network_from_equations
from chalkgrad.codegen.terminal import show as terminal
from chalkgrad.codegen.terminal.numbers import Digits
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.spec.models import Digits as SpecDigits


def printed(run, *args) -> str:
    out = io.StringIO()
    run(*args, Console(file=out, width=60))
    text = out.getvalue()
    assert "\x1b" not in text  # plain when it is no terminal
    return text


def shown(name: str, wrt=None, levels=()) -> str:
    return printed(terminal.show, load(name).derive(), wrt, levels)


def test_every_level_of_one_gradient():
    text = shown("n232", ["W1"])
    assert "∂L/∂W1 = ∂L/∂v1 × ∂v1/∂W1" in text
    assert "∂L/∂W1[i,j] = y0[i]·∂L/∂v1[j]" in text
    assert "∂L/∂W1 = y0ᵀ @ ∂L/∂v1" in text
    assert "[0.6248 0.6593 0.6921]ᵀ @ [−0.0360 0.1192]" in text
    assert "[−0.0225 0.0745; −0.0237 0.0786; −0.0249 0.0825]" in text
    assert "W1 ← W1 − 0.01·∂L/∂W1 = [0.3002 0.3993; 0.5002 0.5992; 0.7002 0.7992]" in text
    assert "∂L/∂W0" not in text


def test_only_the_levels_asked_for():
    text = shown("n232", ["W1"], ["chain"])
    assert "× ∂v1/∂W1" in text
    assert "ᵀ" not in text
    assert "0.6248" not in text


def test_wrt_sets_the_order():
    text = shown("n232", ["b0", "W1"], ["chain"])
    assert text.index("∂L/∂b0") < text.index("∂L/∂W1")


def test_numbers_shapes_and_the_translation_of_names():
    text = shown("n232")
    lines = text.splitlines()
    assert any(line.startswith("   (1) v0[j] = Σ[i](x[i]·W0[i,j]) + b0[j]") for line in lines)
    assert any(line.endswith("(3, 2)") and "∂L/∂W1" in line for line in lines)
    assert "W0 → W⁰" in text
    assert "y1 → ŷ¹" in text
    assert "loss = mean[n](L[n])  (all samples)" in text
    numbers = [int(x.split(")")[0].strip(" (")) for x in lines if x.lstrip().startswith("(")]
    d = load("n232").derive()
    assert numbers == list(range(1, len(d.forward) + len(d.steps) + 1))


def test_reads_outside_of_an_axis_are_named():
    network = network_from_equations(
        "a[i] = sum[p](x[2*i + p - 1]*K[p])\nL = sum[i](a[i]**2)", inputs={"x": [8]},
        parameters={"K": [3]}, axes={"i": 4, "p": 3}, loss="L",
    )  # fmt: skip
    text = printed(terminal.show, network.derive(), None, ())
    assert "x[2·i + p − 1]: 2·i + p − 1 runs over −1 … 7, the axis has 0 … 7" in text
    inside = network_from_equations(
        "a[i] = sum[p](x[i + p]*K[p])\nL = sum[i](a[i]**2)", inputs={"x": [8]},
        parameters={"K": [3]}, axes={"i": 6, "p": 3}, loss="L",
    )  # fmt: skip
    assert "runs over" not in printed(terminal.show, inside.derive(), None, ())


def test_explain_one_path_with_its_update():
    text = printed(terminal.explain, load("n232").derive(), "W1[1,0]")
    assert "1 path to L" in text
    assert "∂L/∂y1[0] × ∂y1[0]/∂v1[0] × ∂v1[0]/∂W1[1,0]" in text
    assert "(−0.2139) × 0.1681 × 0.6593 = −0.0237" in text
    assert "W1[1,0] ← 0.5000 − 0.01·(−0.0237) = 0.5002" in text


def test_explain_marks_what_the_printed_digits_do_not_give():
    text = printed(terminal.explain, load("n232").derive(), "W0[1,2]")
    assert "0.0142 + (−0.0038) ≈ 0.0105" in text


def test_explain_many_paths_keeps_the_five_largest():
    text = printed(terminal.explain, load("n232").derive(), "x[0]")
    assert "6 paths to L, the 5 largest" in text
    assert "the other 1 together" in text


def test_explain_an_edge():
    text = printed(terminal.explain, load("mazur").derive(), "w5")
    assert "0.0821670406" in text
    assert "0.3589164797" in text


def test_what_is_wrong_is_said():
    d = load("n232").derive()
    with pytest.raises(ChalkgradError, match="did you mean 'W1'"):
        terminal.show(d, ["W11"], (), Console(file=io.StringIO()))
    with pytest.raises(ChalkgradError, match="did you mean 'chain'"):
        terminal.show(d, None, ["chains"], Console(file=io.StringIO()))
    bare = load({"name": "bare", "network": {"units": [2, 1]}, "loss": "squared_error"}).derive()
    with pytest.raises(ChalkgradError, match="no worked example"):
        terminal.explain(bare, "W0[0,0]", Console(file=io.StringIO()))
    with pytest.raises(ChalkgradError, match="no worked example"):
        terminal.show(bare, None, ["numbers"], Console(file=io.StringIO()))


def test_several_samples_show_the_first_and_no_update():
    text = printed(terminal.explain, load("xor").derive(), "W0[2,1]")
    assert "first of 4 samples" in text
    assert "←" not in text


def test_the_diagram():
    text = terminal.diagram_text(load("n232"))
    assert text.startswith("x (N, 2) --dense--> v0")
    assert "--sigmoid--> y1 (N, 2) --squared_error--> L (N,)" in text
    assert printed(terminal.diagram, load("n232")).strip() == text


class Style:
    def __init__(self, count: int, significant: bool = False, rounding: str = "half_up") -> None:
        self.digits, self.rounding = SpecDigits(count, significant), rounding


@pytest.mark.parametrize(
    ("style", "value", "said"),
    [
        (Style(4), 0.00001234, "1.234·10⁻⁵"),
        (Style(4), -0.5, "−0.5000"),
        (Style(4), -0.0, "0.0000"),
        (Style(4), 0.0, "0.0000"),
        (Style(2), 0.125, "0.13"),
        (Style(2), -0.125, "−0.13"),
        (Style(2, rounding="truncate"), -0.129, "−0.12"),
        (Style(2, rounding="half_even"), 0.125, "0.12"),
        (Style(3, significant=True), 1234.5, "1230"),
        (Style(3, significant=True), 0.00012345, "0.000123"),
        (Style(4), float("inf"), "∞"),
        (Style(4), float("-inf"), "−∞"),
        (Style(4), float("nan"), "NaN"),
        (Style(4), -3e30, "−3·10³⁰"),
    ],
)
def test_how_a_number_is_written(style, value, said):
    assert Digits(style).show(value) == said
