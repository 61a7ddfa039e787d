"""Formulas are read once, and every printer prints the same tree."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.documents.notebook.katex import math
from chalkgrad.codegen.formula.mathml.printer import mathml
from chalkgrad.codegen.formula.tex_printer import math_tex, tex
from chalkgrad.codegen.formula.tree.nodes import Grid
from chalkgrad.codegen.formula.tree.reader import formula, is_formula
from chalkgrad.codegen.formula.tree.symbols import COMMANDS, SIGNS, TYPED
from chalkgrad.codegen.picture.label.typeset import typeset
from chalkgrad.codegen.picture.label.typeset_parts import Run
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.pipeline import load_all
from tests.formula.printed import SPECS, formulas
from tests.picture.picture_cases import compiled


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_what_is_printed_is_read_and_printed_again_byte_for_byte(path: Path) -> None:
    for network in load_all(path):
        for latex in formulas(article(network.derive())):
            assert tex(formula(latex)) == latex.replace(r"\chalkbreak", r"\allowbreak ")


@pytest.mark.parametrize(
    "latex",
    [
        r"x_i^2", r"x^2_i", "f''", r"\frac12", r"\sqrt[3]{x}", r"\left\langle a \middle| b \right.",
        r"\bigl\|x\bigr\|", r"\sum\nolimits_{i} x", r"\operatorname*{arg\,max}_i x",
        r"\begin{array}{c|c}\hline a & b \\[2pt]\hline c & d\end{array}", r"\xrightarrow[n]{x}",
        r"\text{\itshape a\_b}", r"\text{\texttt{a} and $x^2$}", r"0{,}35 \pmod{n}", r"\alpha x",
        r"\cgf{2}{\cgr{W0[1,0]}{w}}", r"\underbrace{a + b}_{\text{here}}", r"\mathbin{.*}",
    ],
)  # fmt: skip
def test_tex_comes_back_as_it_was_typed(latex: str) -> None:
    assert math_tex(latex) == latex


def test_an_argument_that_is_a_macro_for_tex_gets_its_braces() -> None:
    assert math_tex(r"x^\mathrm T + y_\max + \frac\sum2 + z^\top") == (
        r"x^{\mathrm T} + y_{\max} + \frac{\sum}2 + z^\top"
    )


def words_of_label(latex: str) -> list[str]:
    return [p.text for p in typeset(f"${latex}$").drawn() if isinstance(p, Run)]


@pytest.mark.parametrize("sign", SIGNS.values(), ids=lambda s: s.source)
def test_every_sign_is_known_to_every_printer(sign) -> None:
    if sign.source == "'":
        return
    assert math_tex(sign.source) == sign.source
    assert sign.text in mathml(sign.source).replace("&lt;", "<").replace("&gt;", ">").replace(
        "&amp;", "&"
    )
    assert typeset(f"${sign.source}$" if sign.source != r"\$" else r"$\&$").wide > 0
    assert math(formula(sign.source))


def drawn(seed: int, count: int) -> list[str]:
    """Formulas at random that the reader takes."""
    rnd = random.Random(seed)
    words = [*PARTS, *rnd.sample(sorted(SIGNS), 60), *["x", "{x + y}", " "] * 8]
    made: list[str] = []
    while len(made) < count:
        latex = "".join(rnd.choice(words) for _ in range(rnd.randint(2, 9)))
        if is_formula(latex):
            made.append(math_tex(latex))
    return made


PARTS = [
    "{", "}", "^", "_", "'", "&", r"\\", r"\begin{bmatrix}", r"\end{bmatrix}", r"\begin{aligned}",
    r"\end{aligned}", r"\left(", r"\right.", r"\middle|", "(", "]", r"\frac", r"\sqrt", r"\sqrt[3]",
    r"\text{a b}", r"\text{\textit{x} $y$}", r"\text{\'{e}}", "12", "0{,}5", ".5", r"\limits",
    r"\hat", r"\underbrace", r"\overbrace", r"\boxed", r"\bigl|", r"\substack{i \\ j}",
    r"\operatorname*", r"\,", r"\displaystyle", r"\hline", "é", "×", "−", r"\mathbf", r"\mathop",
    r"\not", r"\pmod", r"\xrightarrow", r"\stackrel", r"\chalkbreak", r"\phantom", r"\binom",
]  # fmt: skip


def test_what_the_reader_takes_tex_sets_and_reads_again(tmp_path: Path) -> None:
    signs = [s for s in SIGNS if s not in ("'", "_")]
    inside = [f"{command} {s}" for s in signs for command in (r"\sqrt", r"\hat", "1^")]
    made = [*signs, *map(math_tex, filter(is_formula, inside)), *drawn(1, 400)]
    lines = [rf"\typeout{{ITEM {k}}}\sbox0{{$\displaystyle {m}$}}" for k, m in enumerate(made)]
    log = compiled("\n".join(lines), tmp_path)
    assert log.count("ITEM") == len(made)
    assert re.findall(r"^!.*", log, re.M) == []
    assert [math_tex(m) for m in made] == made


@pytest.mark.parametrize("name", COMMANDS)
def test_no_label_and_no_measure_takes_a_command_for_a_word(name: str) -> None:
    assert name not in words_of_label(rf"\{name}{{x}}")
    assert words_of_label(rf"\sum_{{\substack{{i \\ \{name}{{x}}}}}}")[1] == "i"


def test_a_negation_is_one_in_a_label_and_on_the_page() -> None:
    assert words_of_label(r"a \not= b") == ["a", "≠", "b"]
    assert "≠" in mathml(r"a \not= b")


def test_what_is_typed_in_unicode_is_the_sign_it_shows() -> None:
    assert math_tex("α × β ≤ −1") == r"\alpha \times \beta \leq -1"
    assert math_tex("f′") == "f'"
    assert all(is_formula(c) for c in TYPED)


def test_a_line_of_a_matrix_may_begin_with_a_bracket() -> None:
    (grid,) = formula(r"\begin{matrix} a \\ [1, 2] \\[2pt] [3] \end{matrix}").items
    assert isinstance(grid, Grid)
    assert [line.skip for line in grid.lines] == ["", "2pt", ""]
    assert "1" in mathml(tex(grid))


@pytest.mark.parametrize("latex", [r"x^2^3", r"x^2'", r"a_1_2", r"x\limits^2", r"\text{a_b}"])
def test_what_tex_would_stop_at_is_refused(latex: str) -> None:
    with pytest.raises(ChalkgradError):
        formula(latex)


def test_a_notebook_has_letters_with_accents_and_no_bar_in_a_cell() -> None:
    assert (
        math(formula(r"\text{sa\'{i}da} < \text{\itshape a\_b}"))
        == r"\text{saída} \lt  \textit{a\_b}"
    )
    assert math(formula(r"\left| x \right| \|y\|"), cell=True) == (
        r"\left\vert  x \right\vert  \Vert y\Vert "
    )
