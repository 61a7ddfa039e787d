"""What stands on a page reads right: cases of strangers, in every notation and language.

The table of printing/ in shared/cases/README.md says what was wrong with each.
"""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import yaml

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.documents.lecture_files import lectures
from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree import write
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.items.shared.update import matrix_update
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.notation.names import split_name
from chalkgrad.codegen.notation.presets import notations, read_notation
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.codegen.picture.network.stack import stack_of
from chalkgrad.derive.language.expr import Cmp, Iverson, Mul, Read, num
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.pipeline import load, load_all
from chalkgrad.derive.values.entries import after_step
from tests.grid.cells import CASES, lecture

BIG = r"\bigl"
INDICATOR = r"\mathbf{1}["


def formulas(case: str, notation: str, *more: str) -> str:
    """The article of a case, on one line each, without the places where a line may break."""
    (network,) = load_all(CASES / f"{case}.yaml", (f"style.notation={notation}", *more))
    return article(network.derive()).replace(r" \chalkbreak", "")


def slides(case: str, notation: str, language: str = "en") -> str:
    made = lecture(str(CASES / f"{case}.yaml"), notation, language).files("slides")
    return "\n".join(made.values())


# -- conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", notations())
def test_a_hinge_has_indicators_and_class_numbers_that_count_as_indices(notation: str):
    tex = formulas("svm", notation)
    assert r"\sum_{\substack{j \\ j \ne y}} \max(0, s_{j} - s_{y} + 1)" in tex
    assert rf"{INDICATOR}j \ne y]" in tex
    assert rf"{INDICATOR}s_{{j}} - s_{{y}} + 1 > 0]" in tex
    assert "cases" not in tex.partition(r"\begin{document}")[2]
    assert "0 \\ge" not in tex


# -- numerals -------------------------------------------------------------------------------------

JUXTAPOSED = re.compile(r"\d(?:\s|\\[,;:! ])+\(?-?\d")


def bare(tex: str) -> str:
    """The text without the macros of our own around its numbers."""
    for macro in (r"\\cgn\{[^{}]*\}", r"\\cgc\{\d\}", r"\\cghl", r"\\cgr\{[^{}]*\}", r"\\cgp"):
        tex = re.sub(macro, "", tex)
    return tex.replace("{}", "").replace("{", "").replace("}", "")


@pytest.mark.parametrize("notation", notations())
def test_between_two_numerals_there_is_a_sign(notation: str):
    lines = slides("numbers_side_by_side", notation).splitlines()
    rows = [bare(r) for r in lines if r.startswith(r"\cgrow")]
    assert rows
    assert not [r for r in rows if JUXTAPOSED.search(r)]


@pytest.mark.parametrize("notation", notations())
def test_no_numeral_runs_into_an_indicator_or_a_fraction(notation: str):
    d = load({"name": "t", "input": {"x": []}, "equations": "L = x", "loss": "L"}).derive()
    printer = Printer(symbols_of(d, notation))
    positive = Iverson(Cmp(">", Read("x"), num(0)))
    half = num(Fraction(1, 2))
    assert kept(printer.expression(Mul((num(2), positive)), {})).startswith(r"2 \cdot \mathbf{1}[")
    assert kept(printer.expression(Mul((num(2), half)), {})) == r"2 \cdot \frac{1}{2}"
    assert kept(printer.expression(Mul((half, half)), {})) == r"\frac{1}{2} \cdot \frac{1}{2}"


# -- words ----------------------------------------------------------------------------------------


def test_the_words_of_formulas_are_in_the_language_of_the_deck():
    said = slides("portuguese_conditions", "mari", "pt")
    assert r"& \text{se } \lvert e_{j} \rvert \le 1" in said
    assert r"& \text{caso contr\'{a}rio}" in said
    assert not re.search(r"\\text\{ ?(if|otherwise|and|or) ?\}", said)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", r"\mathbf{1}[\sin(x) > 0 \text{ or } x > 1]"),
        ("pt", r"\mathbf{1}[\operatorname{sen}(x) > 0 \text{ ou } x > 1]"),
    ],
)
def test_a_function_and_a_junction_have_the_name_of_the_language(language: str, shown: str):
    d = load({"name": "t", "input": {"x": []}, "equations": "L = x", "loss": "L"}).derive()
    printer = Printer(symbols_of(d, words=words(language).in_formulas))
    assert kept(printer.expression(expression("(sin(x) > 0 or x > 1)"), {})) == shown


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", notations())
def test_whole_names_stay_whole_and_greek_ones_are_greek(notation: str):
    (network,) = load_all(CASES / "names.yaml", (f"style.notation={notation}",))
    symbols = symbols_of(network.derive())
    for name in ("bet", "best", "bias", "bar", "lam", "hid"):
        assert name in symbols[name].whole
        assert symbols[name].plain == name
    assert {symbols[n].plain[0] for n in ("theta1", "zeta", "pi0")} == set("θζπ")


# -- penalties ------------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", notations())
def test_a_squared_penalty_is_half_lambda_times_a_norm_and_its_gradient_lambda_w(notation: str):
    tex = formulas("penalty_d2l", notation)
    (network,) = load_all(CASES / "penalty_d2l.yaml", (f"style.notation={notation}",))
    weight = symbols_of(network.derive())["W0"].whole
    penalty = next(line for line in tex.splitlines() if r"\lVert" in line)
    assert r"= \frac{\lambda}{2}" in penalty
    assert rf"\lVert {weight} \rVert^{{2}}" in penalty
    assert tex.count(r"\chalkfit{\lambda = 0.2}") == 1
    assert r" + \lambda" in tex
    assert not re.search(r"0\.1|0\.2 ", tex.partition(r"\section{Forward}")[2])


# -- boxes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", notations())
def test_a_box_shows_the_function_of_its_unit_and_a_linear_unit_has_none(notation: str):
    (network,) = load_all(CASES / "mixed_activation.yaml", (f"style.notation={notation}",))
    board = Board(network, words("en"))
    found = stack_of(board.net, board.symbols)
    assert found is not None
    own = kept(board.printer.expression(board.equation("y0").rhs, {})).partition("(")[0]
    assert [layer.gate for layer in found.layers] == [f"${own.removesuffix(BIG)}$", ""]
    assert own.startswith("g" if board.symbols.style.one_letter else r"\tanh")


def test_the_page_with_numbers_says_which_function_the_letter_is():
    said = slides("mixed_activation", "mari")
    first = said.partition("example-forward")[2].partition(r"\end{frame}")[0]
    assert r"{g(\cgn{main.v0[0]}{0.1})}" in first
    assert r"$g = \tanh$" in first


# -- certified numbers ----------------------------------------------------------------------------


def test_a_matrix_of_numbers_is_certified_entry_by_entry():
    made = lecture(str(CASES / "equals_for_approx.yaml"), "mari", "en")
    tex = "\n".join(made.files("slides").values())
    row = next(r for r in tex.splitlines() if r"\cgr{dW[1,1]}{\cgn{main.dW[1,1]}{-0.0051}}" in r)
    assert r"\approx \begin{bmatrix} \cgr{dW[0,0]}" in row.replace(r"}\cgp{{}", "")
    told = [r for r in made.context.board().reports if "dW[1,1]" in r]
    assert told == [
        "main: dW[1,1]: the printed digits give -0.005, the result is -0.0051: printed with ≈"
    ]


def test_the_update_of_a_matrix_is_certified_entry_by_entry():
    (network,) = load_all(CASES / "equals_for_approx.yaml", ("style.digits=2",))
    board = Board(network, words("en"))
    new = after_step(board.exact, Fraction(1, 2), [])
    row = matrix_update(board, new, "W")
    assert write.APPROX in row.right.items
    assert [r.split(":")[1].strip() for r in board.reports] == ["new W[1,1]"]


# -- formulas -------------------------------------------------------------------------------------


def lines(notation: str = "mari", **spec: object) -> str:
    """The article of a network, without the places where a line may break."""
    network = load({"name": "t", **spec})
    return article(network.derive(), notation).replace(r" \chalkbreak", "")


@pytest.mark.parametrize("notation", notations())
def test_a_softmax_sums_over_a_letter_of_its_own(notation: str):
    tex = formulas("softmax_deck", notation)
    assert r"\frac{e^{z_{k}}}{\sum_{m} e^{z_{m}}}" in tex


def test_no_axis_of_one_entry_is_divided_by():
    tex = lines(network={"units": [1, 1], "activation": "tanh"},
                loss={"squared_error": {"factor": "1/outputs"}})  # fmt: skip
    assert r"{1}}" not in tex.partition(r"\section{Forward}")[2].replace(r"\mathbf{1}", "")


def test_a_sum_at_the_end_of_a_product_has_no_parentheses():
    tex = formulas("skip", "mari")
    assert r"L = \frac{1}{2}\, \sum_{j} (s_{j} - y_{j})^{2}" in tex


def test_the_second_layer_without_weights_is_marked_and_not_renamed():
    assert split_name("y0b") == ("y", "0", "b")
    (network,) = load_all("digits_conv")
    assert symbols_of(network.derive())["y0b"].whole == r"\mathbf{y}^{0}_{\mathrm{b}}"


@pytest.mark.parametrize("notation", notations())
def test_the_weights_of_a_general_layer_shrink_with_lambda(notation: str):
    spec = yaml.safe_load((CASES / "penalty_d2l.yaml").read_text("utf-8"))
    spec |= {"deck": [{"delta": {"layers": "general"}}], "style": {"notation": notation}}
    (make,) = lectures(load_all(spec), "d2l")
    tex = "\n".join(make().files("slides").values())
    style = read_notation(notation)
    assert re.search(r"\\cgp\{\{\}\+ \\lambda(\\,|.{1,8}) [^&]*" + style.general[0], tex)
