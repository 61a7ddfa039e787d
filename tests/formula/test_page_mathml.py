"""LaTeX to MathML: everything our printers write converts, and the trees say what TeX would."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.formula.mathml.printer import mathml
from chalkgrad.codegen.formula.tree.reader import DEPTH, formula
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.pipeline import load_all
from tests.formula.printed import SPECS, formulas
from tests.grid.cells import ends_within

NO = {"n": "http://www.w3.org/1998/Math/MathML"}


def xml(tex: str) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(tex))


def text(tex: str) -> str:
    return "".join(xml(tex).itertext())


def tags(tex: str) -> list[str]:
    return [e.tag for e in xml(tex).iter()][1:]


# -- everything that is printed -------------------------------------------------------------------


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_every_formula_of_an_article_converts(path: Path) -> None:
    for network in load_all(path):
        found = list(formulas(article(network.derive())))
        assert len(found) > 20
        for tex in found:
            assert formula(tex)  # an unknown command would be a fault
            assert xml(tex).tag == "math"


# -- structure ------------------------------------------------------------------------------------


def test_fractions_scripts_roots() -> None:
    assert tags(r"\frac{a}{b}") == ["mfrac", "mi", "mi"]
    assert tags(r"\sqrt{x}") == ["msqrt", "mi"]
    assert tags(r"\sqrt[3]{x}") == ["mroot", "mi", "mn"]
    assert tags(r"x_i^2") == tags(r"x^2_i") == ["msubsup", "mi", "mi", "mn"]
    assert tags(r"{}^2") == ["msup", "mrow", "mn"]
    assert tags(r"\frac12") == ["mfrac", "mn", "mn"]
    assert text("f''") == "f′′"


def test_a_closing_parenthesis_carries_its_script_for_all_it_closes() -> None:
    made = xml(r"a + (b - c)^2")
    power = made.find("msup")
    assert power is not None
    assert "".join(power[0].itertext()) == "(b−c)"
    assert "".join(power[1].itertext()) == "2"


def test_sums_have_limits_and_integrals_have_not() -> None:
    assert tags(r"\sum_{i=1}^n x")[0] == "munderover"
    assert tags(r"\prod_i x")[0] == "munder"
    assert tags(r"\int_0^1 x")[0] == "msubsup"
    assert tags(r"\max_i x")[0] == "munder"
    assert tags(r"\operatorname*{arg\,max}_i x")[0] == "munder"
    assert tags(r"\log_2 x")[0] == "msub"


def test_a_minus_is_a_sign_or_a_difference() -> None:
    def forms(tex: str) -> list[str | None]:
        return [e.get("form") for e in xml(tex).iter("mo") if e.text == "−"]

    assert forms("-x") == ["prefix"]
    assert forms("a-b") == [None]
    assert forms("(-x) = -y") == ["prefix", "prefix"]
    assert forms(r"a \times -b") == ["prefix"]
    assert forms(r"x^{-1}") == ["prefix"]
    # a marked part continues the formula before it
    assert forms(r"a \cgat{2}{- b}") == ["infix"]
    assert forms(r"= \cgat{2}{- b}") == ["prefix"]


def test_numbers_are_one_token_with_either_mark() -> None:
    assert [e.text for e in xml("0.5793 + 0{,}35").iter("mn")] == ["0.5793", "0,35"]
    assert [e.text for e in xml("w_{0,1}").iter("mn")] == ["0", "1"]
    assert [e.text for e in xml("10^{-4}").iter("mn")] == ["10", "4"]


def test_alphabets_are_characters() -> None:
    assert text(r"\mathbf{W}") == "𝐖"
    assert text(r"\bm{\delta}") == "𝜹"
    assert text(r"\mathcal{L}") == "ℒ"
    assert text(r"\mathbb{R}") == "ℝ"
    assert text(r"\mathbf{1}") == "𝟏"
    rm = xml(r"\mathrm{softmax}(x)").find("mi")
    assert rm is not None
    assert rm.text == "softmax"
    assert [e.get("mathvariant") for e in xml(r"\mathrm{d} x \Sigma").iter("mi")] == [
        "normal", None, "normal",
    ]  # fmt: skip


def test_a_letter_without_a_bold_character_is_bold_by_its_class() -> None:
    bold = {c: xml(rf"\bm{{{c}}}").find(".//mi", NO) for c in (r"\ell", r"\hbar")}
    bold |= {"x": xml(r"\mathbf{x}").find(".//mi", NO)}
    seen = {c: (e.text, e.get("class")) for c, e in bold.items() if e is not None}
    assert seen == {r"\ell": ("ℓ", "cg-bold"), r"\hbar": ("ℏ", "cg-bold"), "x": ("𝐱", None)}


def test_a_name_in_italics_is_one_word_and_a_letter_is_none() -> None:
    out = xml(r"\mathit{out}_{h1}").find("msub/mi")
    assert out is not None
    assert (out.text, out.get("class")) == ("out", "cg-italic")
    letters = [(e.text, e.get("class")) for e in xml(r"\mathit{a} b").iter("mi")]
    assert letters == [("a", None), ("b", None)]


def test_matrices_cases_and_lines() -> None:
    made = xml(r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}")
    assert [e.text for e in made.iter("mo")] == ["[", "]"]
    assert len(made.findall(".//mtr")) == 2
    assert len(made.findall(".//mtd")) == 4
    cases = xml(r"\begin{cases} v & \text{if } v > 0 \\ 0 & \text{otherwise} \end{cases}")
    assert [e.text for e in cases.iter("mtext")] == ["if\u00a0", "otherwise"]
    lines = xml(r"\begin{aligned} a &= b \\ &\quad - c \end{aligned}")
    assert [e.get("class") for e in lines.iter("mtd")] == ["cg-r", "cg-l"] * 2
    assert [e.get("form") for e in lines.iter("mo") if e.text == "−"] == [None]
    assert len(xml(r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}").findall(".//mtr")) == 2


def test_over_and_under() -> None:
    made = xml(r"\underbrace{a + b}_{\text{here}}")
    assert [e.tag for e in made.iter("munder")] == ["munder", "munder"]
    assert tags(r"\underset{2 \times 3}{W}")[0] == "munder"
    assert tags(r"\overset{!}{=}")[0] == "mover"
    assert xml(r"\hat{y}")[0].get("accent") == "true"
    assert "".join(xml(r"\substack{i \\ i > 0}").itertext()) == "ii>0"


def test_text_keeps_its_spaces_fonts_formulas_and_accents() -> None:
    assert text(r"\text{ if } x") == "\u00a0if\u00a0x"
    assert text(r"\text{sa\'{i}da \textit{y} $x^2$}") == "saída\u00a0y\u00a0x2"
    assert text(r"\text{\itshape a\_b}") == "a_b"
    assert text(r"\text{50\% \textless{} \textbackslash{}}") == "50% < \\"


# -- our own macros -------------------------------------------------------------------------------


def test_macros_become_elements_with_data() -> None:
    made = xml(r"\cgf{2}{\cgr{W0[1,0]}{w}} \cgn{main.dW1[1,0]}{\cghl{-0.5}} \cgat{3}{\cgblank{x}}")
    rows = {e.get("class"): e for e in made.iter("mrow")}
    assert rows["cg-factor cg-f2"].get("data-factor") == "2"
    assert rows["cg-ref"].get("data-ref") == "W0[1,0]"
    assert rows["cg-number"].get("data-id") == "main.dW1[1,0]"
    assert rows["cg-at"].get("data-at") == "3"
    assert "".join(rows["cg-hl"].itertext()) == "−0.5"
    assert "".join(rows["cg-blank"].itertext()) == "x"
    # the eighth factor has the colour of the first, and is the eighth all the same
    assert xml(r"\cgc{8}{x}")[0].attrib == {"class": "cg-colour cg-f1", "data-factor": "8"}


@pytest.mark.parametrize("tex", [r"\cgf{x}{a}", r"\cgf{0}{a}", r"\cgat{-1}{a}", r"\cgc{}{a}"])
def test_a_macro_without_a_number_is_refused(tex: str) -> None:
    with pytest.raises(ChalkgradError, match="is no"):
        formula(tex)


# -- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "fault"),
    [
        (r"\unknowncommand x", "does not know .unknowncommand"),
        (r"\frac{a}", "ends where more"),
        (r"{a", "never closed"),
        (r"a}", "stands where"),
        (r"\left( a", "without"),
        (r"\begin{bmatrix} a", "without its"),
        (r"\begin{foo} a \end{foo}", "environment 'foo'"),
        (r"\begin{bmatrix} a \end{pmatrix}", "is closed by"),
        (r"a_1_2", "two subscripts"),
        (r"\text{\foo}", "does not know"),
        ("{" * (DEPTH + 5) + "x" + "}" * (DEPTH + 5), "nested deeper"),
        (r"\hat" * 10000 + " x", "nested deeper"),
    ],
)
def test_faults_are_named_and_a_lecturers_own_slide_survives_them(tex: str, fault: str) -> None:
    with pytest.raises(ChalkgradError, match=fault):
        formula(tex)
    ElementTree.fromstring(mathml(tex))


def test_a_formula_with_an_unknown_command_is_shown_as_it_was_typed() -> None:
    assert text(r"a \mycommand{b}") == r"a\mycommand{b}"


def test_a_typing_error_gets_a_suggestion() -> None:
    with pytest.raises(ChalkgradError, match="did you mean 'partial'"):
        formula(r"\partal L")


def test_the_gate_takes_as_long_for_each_script_of_a_long_formula() -> None:
    """Looking for an argument it went over all that was left."""
    long = "x_{1}+" * 60_000
    with ends_within(6):
        assert formula(long + "y")
        with pytest.raises(ChalkgradError):
            formula(long + "y_")


def test_a_long_flat_formula_is_no_matter() -> None:
    assert len(xml(" + ".join(["x_1"] * 5000)).findall("msub")) == 5000
    assert text(r"\left(" * 20 + "x" + r"\right)" * 20).count("(") == 20


@pytest.mark.parametrize(
    "tex",
    ["<script>alert(1)</script>", r"\text{</math><script>x</script>}", r"\cgr{\"><script>}{x}",
     r"\cgn{' onclick='x}{1}", "a \u2028 b \x00 c ]]> & &lt;", r"\operatorname{<b>}"],
)  # fmt: skip
def test_nothing_in_a_formula_is_markup(tex: str) -> None:
    made = mathml(tex)
    assert "<script" not in made
    assert "<b>" not in made
    root = ElementTree.fromstring(made)
    assert {e.tag for e in root.iter()} <= {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace"}
    assert not {a for e in root.iter() for a in e.attrib if a.startswith("on")}
