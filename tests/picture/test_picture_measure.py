"""Our measures of labels against pdflatex."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalkgrad.codegen.formula.tex_text import rich_tex
from chalkgrad.codegen.formula.tree.nodes import Fraction, Marked, Row, Scripts, Sign
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.picture.label.measure import POINT, baseline, labelled, measure
from chalkgrad.codegen.picture.label.typeset import typeset
from chalkgrad.codegen.picture.label.typeset_parts import Panel, Run
from chalkgrad.codegen.picture.printers.tikz import SIZE_COMMANDS
from chalkgrad.codegen.picture.scene.scene import Label
from tests.picture.picture_cases import compiled

SAMPLES = (
    "$w^{0}_{0,1}$", "$x_0$", "$v^{0}_{0}$", r"$\hat{y}^{1}_{0}$",
    r"$\mathbf{W}^{0},\,\mathbf{b}^{0}$",
    r"$\frac{\partial L}{\partial \mathbf{W}^{1}}$",
    r"$\dfrac{\partial\hat{\mathbf{y}}^{1}}{\partial\mathbf{v}^{1}}$", "hidden layer **bold** $x$",
    r"$\sum_{i} x_i w_{ij}$", "$-0.2139$", r"$0.6248 \times 0.1681 = 0.1050$", "$z^{(2)}_{1}$",
    r"$\mathrm{net}_{h1}$", r"$\delta^{(l)}$", "$1/(1+e^{-x})$", r"$\left(\frac{a}{b}\right)^2$",
    r"$\displaystyle\sum_{k=0}^{1}\frac{\partial L}{\partial y_k}$", "$[y_0, y_1]$", r"$\Sigma$",
    r"$\ell$", "784 × 256", "max_pool2d", r"$\bm{\delta}^{1}$", r"$\max(0,v)$",
    r"$\frac{1}{1+e^{-v}}$", r"$\tanh v$", "Entrada – função de ativação", r"$a \odot b^{\top}$",
    r"$\tilde{x}$", "$w_{5}$", r"$\operatorname{ReLU}(v)$", r"$E_{\mathrm{total}}$",
    r"$\left[\begin{matrix}1&2\\3&4\end{matrix}\right]$", r"$\text{\itshape foo\_x}_{0}$",
    r"$\cgr{W0[1,0]}{w^{0}_{1,0}}\,\cgc{2}{0{,}58}$", "$783{,}255$", "`np.dot(x, W)`",
)  # fmt: skip


def test_measures_agree_with_pdflatex(tmp_path: Path) -> None:
    cases = [(rich, size) for rich in SAMPLES for size in SIZE_COMMANDS]
    size_of = r"\the\wd\B\space\the\ht\B\space\the\dp\B"
    before = rf"\newsavebox\B\def\m#1#2{{\sbox\B{{#2{{}}#1}}\typeout{{BOX {size_of}}}}}"
    body = "\n".join(
        rf"\m{{\sffamily {rich_tex(rich)}}}{{{SIZE_COMMANDS[size]}}}" for rich, size in cases
    )
    log = compiled(body, tmp_path, before=before)
    found = re.findall(r"BOX ([\d.]+)pt ([\d.]+)pt ([\d.]+)pt", log)
    assert len(found) == len(cases), re.findall(r"^!.*", log, re.M)
    for (rich, size), numbers in zip(cases, found, strict=True):
        wide, high, deep = (float(n) for n in numbers)
        made = typeset(rich, size)
        assert made.wide == pytest.approx(wide, rel=0.08, abs=1.0), (rich, size)
        assert made.above + made.below == pytest.approx(high + deep, rel=0.16, abs=1.2), (
            rich,
            size,
        )


def test_a_label_takes_its_measured_extent() -> None:
    made = labelled(Label((1.0, 2.0), "$w_{5}$", "west", "tiny"))
    assert (made.wide, made.high) == measure("$w_{5}$", "tiny")
    assert made.box()[0] == 1.0
    left, base = baseline(made)
    assert left == 1.0
    assert made.box()[1] < base < made.box()[3]


def test_sizes_grow() -> None:
    wide = [measure("$w^{0}_{0,1}$", size)[0] for size in ("tiny", "small", "normal")]
    assert wide == sorted(wide)
    assert wide[0] * 10.95 / 9 == pytest.approx(wide[2], rel=0.05)


def test_the_tree_of_a_formula() -> None:
    tree = formula(r"\cgf{2}{\frac{a}{b}}^{2}_i")
    assert len(tree.items) == 1
    scripts = tree.items[0]
    assert isinstance(scripts, Scripts)
    assert isinstance(scripts.base, Marked)
    assert scripts.base.key == "2"
    assert isinstance(scripts.base.body, Row)
    assert isinstance(scripts.base.body.items[0], Fraction)
    assert formula("-1").items[0] == Sign("-", "−", "symbol", "bin")


@pytest.mark.parametrize(
    "broken",
    ["{", "}", "x_", "^", r"\frac{a", r"\left(", r"\begin{x}", "&", r"\unknown{y}", "\\", "$",
     "{{{{", r"\cgf", "_{}^{}'"],
)  # fmt: skip
def test_broken_formulas_are_set_somehow(broken: str) -> None:
    made = typeset(f"a ${broken}$", "tiny")
    assert made.wide > 0
    assert any(isinstance(p, Run) and p.text.startswith("a") for p in made.drawn())


def test_a_part_is_drawn_at_its_place_with_its_marks_outermost_first() -> None:
    made = typeset(r"$ab\cgf{2}{c\cgr{w}{d_e}}$")
    a, b, panel, c, d, e = made.drawn()
    assert [getattr(p, "text", "") for p in (a, b, panel, c, d, e)] == ["a", "b", "", "c", "d", "e"]
    assert isinstance(panel, Panel)
    assert a.x == 0 < b.x < panel.box[0] < c.x < d.x < e.x < panel.box[2] == made.wide
    assert e.y < d.y == 0
    assert e.tags == (("cgf", "2"), ("cgr", "w"))
    assert b.tags == ()


def test_a_minus_before_a_number_has_no_space() -> None:
    assert measure("$-1$")[0] < measure("$2-1$")[0] - measure("$2$")[0]
    assert typeset("$x_0$").wide * POINT == measure("$x_0$")[0]
