"""Text that would like to be TeX is printed as it is written, in slides, article and labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalkgrad.codegen.deck.model import Deck, Page, Theme
from chalkgrad.codegen.documents.sheet.article_pages import article_pages
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.formula.tex_printer import math_tex
from chalkgrad.codegen.formula.tex_text import rich_tex
from chalkgrad.codegen.formula.tree.reader import is_formula
from chalkgrad.derive.language.errors import ChalkgradError
from tests.documents.slides_harness import compiled, page_texts
from tests.lecture.sample_deck import HOSTILE, hostile

REFUSED = [
    r"\write18{ls}", r"\input{x}", r"^^5cinput{x}", r"\csname x\endcsname", r"\def\x{}", r"\x",
    r"\catcode`\%=12", r"a % b", r"a # b", r"a $ b", "{", "}", r"\left( x", r"x \right)",
    r"\begin{bmatrix} 1", r"\begin{verbatim}x\end{verbatim}", r"a & b", r"a \\ b", r"x^2^3",
    r"x_1_2", r"\frac", r"\frac{1", r"x^", r"\text{$}", r"\text{a_b}", r"\openin5=x",
    r"\special{x}", r"\includegraphics{x}", r"\href{javascript:x}{y}",
    r"\begin{array}{p{9cm}}x\end{array}",
    r"\cgat{\input{x}}{y}", r"\immediate\write18{x}", r"\newcommand{\x}{y}", r"\let\frac\input",
    "\\", r"\begin{aligned} x \end{array}", r"\loop x\repeat", r"\expandafter x", r"\hspace{9cm}",
]  # fmt: skip
ACCEPTED = [
    r"\frac{\partial L}{\partial \mathbf{W}^{1}}", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
    r"\cgf{1}{\cgr{W0[1,0]}{w^{0}_{1,0}}} \times \cgn{main.x[0]}{0{,}3}", r"x'^2 + x_i^{\top}",
    r"\left( a + \left[ b \right. \right)", r"\underbrace{x}_{\text{the input, } 3 \times 1}",
    r"\operatorname{softmax}(x)", r"\sum_{i=0}^{n} x_i \;\; \text{if } x > 0", r"100\%",
    r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}", r"\cgblank{0.5} \cghl{x}",
    r"\text{saída desejada}", "∂ × σ", r"\cgat{2}{= x}",
]  # fmt: skip


@pytest.mark.parametrize("latex", REFUSED)
def test_what_is_no_formula_is_printed_as_words(latex: str) -> None:
    assert not is_formula(latex)
    made = math_tex(latex)
    commands = set(re.findall(r"\\[A-Za-z]+", made))
    assert commands <= {
        r"\text", r"\texttt", r"\enspace", r"\textbackslash", r"\textasciicircum",
        r"\textasciitilde", r"\textasciigrave",
    }  # fmt: skip


@pytest.mark.parametrize("latex", ACCEPTED)
def test_our_printers_formulas_pass(latex: str) -> None:
    assert is_formula(latex)


def test_the_keys_of_our_macros_are_only_letters_digits_and_brackets() -> None:
    assert math_tex(r"\cgr{W0[1,0]\input}{x}") == r"\cgr{W0[1,0]input}{x}"


def test_a_hostile_formula_in_a_sentence_stays_a_sentence() -> None:
    assert r"\input" not in rich_tex(r"see $\input{x}$ there").replace(r"\textbackslash{}input", "")


def squeezed(text: str) -> str:
    return re.sub(r"[\s]+|-", "", text).replace("⌃", "^").replace("ˆ", "^").replace("˜", "~")


@pytest.mark.parametrize("document", ["slides", "article"])
def test_a_deck_of_hostile_texts_prints_them(tmp_path: Path, document: str) -> None:
    deck = hostile()
    text = slides(deck, notes=True) if document == "slides" else article_pages(deck)
    shown = squeezed(" ".join(page_texts(compiled(tmp_path, text))))
    assert not (tmp_path / "owned").exists()
    assert "root:" not in shown
    for word in HOSTILE.split():
        assert shown.count(squeezed(word)) >= 8, word


@pytest.mark.parametrize(
    "logo", ["../x.png", "/etc/x.png", "x.png}\\input{y", "x.sh", "a b.png", "x.png\n", "~/x.png"]
)
def test_a_logo_is_a_picture_beside_the_spec(logo: str) -> None:
    deck = Deck("d", "en", "t", "a", (Page("p", "i", "t", ()),), Theme(logo=logo))
    with pytest.raises(ChalkgradError, match="logo"):
        slides(deck)


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "#123456}\\input{x", "#1234567"])
def test_a_colour_is_six_hexadecimal_digits(colour: str) -> None:
    deck = Deck("d", "en", "t", "a", (Page("p", "i", "t", ()),), Theme(main=colour))
    with pytest.raises(ChalkgradError, match="colour"):
        slides(deck)
