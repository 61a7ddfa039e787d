"""``functions``: formulas, lines with reasons, right forms, conventions; LECTURES.md §1 and §2."""

from __future__ import annotations

import re

import pytest

from chalkgrad.codegen.deck.model import Picture
from chalkgrad.codegen.lecture.items.functions.lines import Lines
from chalkgrad.codegen.lecture.items.functions.named import named
from chalkgrad.codegen.lecture.items.functions.plots import drawn, numeric
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.steps.step_nodes import REASONS
from tests.lecture.items.item_pages import (
    LANGUAGES,
    blocks,
    context,
    figure,
    fits,
    pages_of,
    rows,
    written,
)

ACTIVATIONS = ["sigmoid", "tanh", "relu", "softplus", "leaky_relu", "softmax"]


def made(name, spec="mari", language="en"):
    return pages_of(spec, "functions", [name], language)


def boxed(name, spec="mari"):
    """The identity at the end of the lines."""
    found = [r.right for p in made(name, spec) for r in rows(p) if r.right.startswith(r"\boxed")]
    return found[0]


@pytest.mark.parametrize(
    ("name", "formula", "identity"),
    [
        ("sigmoid", r"\frac{1}{1 + e^{-v}}", r"\boxed{g(v)\, (1 - g(v))}"),
        ("tanh", r"\frac{e^{v} - e^{-v}}{e^{v} + e^{-v}}", r"\boxed{1 - \tanh^{2}(v)}"),
        ("softplus", r"\ln\bigl(1 + e^{v}\bigr)", r"\boxed{g(v)}"),
        ("relu", r"\begin{cases} v & v > 0 \\ 0 & v \le 0 \end{cases}",
         r"\boxed{\mathbf{1}[v > 0]}"),
    ],
)  # fmt: skip
def test_formula_and_identity(name, formula, identity):
    first = rows(made(name)[0])[0]
    assert first.right == formula
    assert boxed(name) == identity


@pytest.mark.parametrize("notation", notations())
def test_a_loss_keeps_its_sum_in_every_notation_on_the_board_of_one_output(notation):
    """The notations of one neuron drop indices that can only be one."""
    one = {
        "name": "one", "network": {"units": [1, 1], "activation": "sigmoid"},
        "loss": "squared_error", "style": {"notation": notation},
    }  # fmt: skip
    assert r"\sum_{" in rows(made("squared_error", one)[0])[0].right


def test_relus_derivative_is_zero_at_zero():
    """LECTURES §1: 0 at v ≤ 0; the convention is said and its number recorded."""
    page = made("relu")[0]
    assert r"1 & v > 0 \\ 0 & v \le 0" in written(page)
    assert float(figure(page, "at-corner").value) == 0
    assert r"\operatorname{ReLU}'(" in written(page)


def test_a_corner_that_is_none_is_not_claimed():
    """elu with α = 1 is smooth at 0."""
    assert "corner" not in written(made("elu")[0])
    assert "corner" in written(made("abs")[0])


def test_tanh_has_a_minus_in_its_quotient_rule():
    """LECTURES §2, 004 tanh': the quotient rule with a minus."""
    found = [r for p in pages_of("ando", "functions", ["tanh"]) for r in rows(p)]
    quotient = next(r.right for r in found if r.note == "quotient rule")
    over = quotient.removeprefix(r"\frac{")
    assert re.search(
        r"\\bigl\(e\^\{m\} \+ e\^\{-m\}\\bigr\) - \\bigl\(e\^\{m\} - e\^\{-m\}\\bigr\)", over
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_squared_error_is_by_the_output(language):
    """LECTURES §2, 000/001: ∂L/∂ŷ and never ∂L/∂y; the sum and 1/N are there."""
    text = "\n".join(written(p) for p in made("squared_error", "mari", language))
    assert r"\frac{\partial L}{\partial \hat{y}_{i}}" in text
    assert r"\partial y" not in text
    assert r"\sum_{k} \frac{(y_{k} - \hat{y}_{k})^{2}}{N}" in text
    assert boxed("squared_error") == r"\boxed{-\frac{2 (y_{i} - \hat{y}_{i})}{N}}"


def test_the_factor_is_the_networks_own():
    """003's E = ½(a − y)²: no 1/N, and the derivative is the difference."""
    deep = {"name": "deep", "style": {"notation": "ng"}, "network": {"units": [3, 1]},
            "loss": {"squared_error": {"factor": "1/2"}}}  # fmt: skip
    text = "\n".join(written(p) for p in pages_of(deep, "functions", ["squared_error"]))
    assert "{N}" not in text
    assert r"\frac{\partial E}{\partial a_{i}}" in text


def test_softmax_has_a_jacobian():
    pages = made("softmax")
    assert boxed("softmax") == r"\boxed{\hat{y}_{k}\, (\delta_{k\,i} - \hat{y}_{i})}"
    matrix = rows(pages[-1])[-1].right
    assert matrix.count(r"(1 - \hat{y}_{") == 3
    assert r"-\hat{y}_{0}\, \hat{y}_{1}" in matrix


def test_cross_entropy_after_softmax_is_the_difference():
    text = boxed("cross_entropy")
    assert text == r"\boxed{\hat{y}_{i} - y_{i}}"
    notes = [r.note for p in made("cross_entropy") for r in rows(p)]
    assert r"because $\sum_{k} y_{k} = 1$, declared" in notes


def test_leaky_relu_shows_its_slope():
    text = written(pages_of("mazur", "functions", ["leaky_relu"])[0])
    assert r"\varepsilon\, x & x \le 0" in text
    assert r"\varepsilon = " in text


def test_the_limit():
    page = made("derivative")[0]
    assert r"\lim_{h \to 0} \frac{f(v + h) - f(v)}{h}" in rows(page)[0].right
    quotients = [figure(page, f"quotient[{h}]").printed for h in ("1", "0.5", "0.1", "0.01")]
    assert quotients == ["3", "2.5", "2.1", "2.01"]
    assert figure(page, "tangent").printed == "2"
    assert "2,01" in written(made("derivative", "mari", "pt")[0]).replace("{,}", ",")


@pytest.mark.parametrize("spec", ["mari", "mazur", "ando"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_one_page_with_a_reason_per_line(spec, language):
    for name in [*ACTIVATIONS, "squared_error", "derivative"]:
        for page in made(name, spec, language):
            assert fits(page), page.id
            if not page.id.endswith("-plot"):
                assert all(r.note for r in rows(page)), page.id


def test_the_letters_are_the_notations():
    assert r"\sigma(m)" in written(made("sigmoid", "ando")[0])
    assert r"\operatorname{sigm}(x)" in written(made("sigmoid", "mazur")[0])


def test_one_line_a_click():
    page = made("sigmoid")[0]
    assert [r.row.at for r in rows(page)] == list(range(1, page.steps + 1))


OWN = {
    "name": "own", "network": {"units": [2, 2], "activation": "bump"}, "loss": "squared_error",
    "define": {
        "bump": {"kind": "activation", "input": {"v": ["..."]}, "output": "y",
                 "equations": "y[...] = exp(-v[...]**2)"},
        "cubic": {"kind": "loss", "input": {"p": ["..."]}, "target": {"t": ["..."]},
                  "equations": "L = sum[...](abs(t[...] - p[...])**3)", "output": "L"},
    },
}  # fmt: skip


def test_own_definitions_have_their_steps():
    page = pages_of(OWN, "functions", ["bump"])[0]
    assert rows(page)[-1].right == r"\boxed{-2 v\, \operatorname{bump}(v)}"
    assert any(isinstance(b, Picture) for b in blocks(page))
    loss = pages_of(OWN, "functions", ["cubic"])
    assert r"\operatorname{sign}" in rows(loss[0])[-1].right


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "silu", "gelu", "elu", "softsign"])
def test_the_drawn_slope_is_the_slope_of_the_drawn_function(name):
    found = named(context("mari"), name)
    shown = drawn(found.formula, found.slope, found.steps.kinks, found.letter, found.constants)
    f, g = numeric(shown.value), numeric(shown.slope)
    for x in (-1.7, -0.4, 0.3, 2.1):
        assert g(x) == pytest.approx((f(x + 1e-6) - f(x - 1e-6)) / 2e-6, abs=1e-7)


def test_lines_that_are_left_out_leave_equal_sides():
    here = context("mari")
    found = named(here, "sigmoid")
    lines = Lines(here, found).lines
    assert set(map(id, lines)) <= set(map(id, found.steps.lines))
    assert lines[-1] is found.steps.lines[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_words(language):
    words = context("mari", language).words
    assert [r for r in REASONS if not words.has(f"step_{r}")] == []


def test_an_unknown_name_is_refused():
    with pytest.raises(ChalkgradError, match="no function 'sigmod'"):
        made("sigmod")


def test_plots_can_be_left_out():
    pages = pages_of("mari", "functions", {"names": ["sigmoid", "derivative"], "plots": False})
    assert not [b for p in pages for b in blocks(p) if isinstance(b, Picture)]


@pytest.mark.parametrize("name", ["tanh", "softplus", "softmax"])
@pytest.mark.parametrize("spec", ["mazur", "mari"])
def test_every_language_leaves_out_the_same_lines(name: str, spec: str) -> None:
    english, portuguese = (
        [(p.id, r.right.replace("{,}", ".")) for p in made(name, spec, language) for r in rows(p)]
        for language in LANGUAGES
    )
    assert english == portuguese


@pytest.mark.parametrize(("notation", "f", "h"), [
    ("mari", "f", "h"), ("d2l", "f", r"\varepsilon"), ("goodfellow", "g", r"\varepsilon"),
])  # fmt: skip
def test_a_difference_quotient_takes_no_letter_that_the_notation_uses(
    notation: str, f: str, h: str
) -> None:
    given = {"name": "net", "network": {"units": [1, 1, 1], "activation": "tanh"},
             "loss": "squared_error", "style": {"notation": notation},
             "samples": {"x": [[1]], "y": [[1]]},
             "values": {name: [0.5] for name in ("W0", "b0", "W1", "b1")}}  # fmt: skip
    (limit,) = pages_of(given, "functions", ["derivative"])
    assert rf"\lim_{{{h} \to 0}} \frac{{{f}(" in rows(limit)[0].right
    assert f"${h} = 1$" in written(limit)
    (check,) = pages_of(given, "check")
    assert f"${h} = 10^{{-5}}$" in check.subtitle
