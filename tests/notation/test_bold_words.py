"""A tensor whose name is a word is bold wherever the notation sets tensors bold."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.documents.notebook.katex import math
from chalkgrad.codegen.formula.mathml.printer import mathml
from chalkgrad.codegen.formula.tex_printer import math_tex
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.notation.presets import notation, notations
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.codegen.picture.label.typeset import typeset
from chalkgrad.derive.pipeline import derive, load

SPEC = {
    "name": "words", "parameters": {"eps": [3], "A": [3], "scale": []}, "loss": "L",
    "equations": "L = sum[i](eps[i]*A[i])*scale",
}  # fmt: skip
PRINTED = {  # TeX, what a notebook gets, the class of MathML, the face of a label
    "upright": (r"\text{\bfseries eps}", r"\textbf{eps}", "cg-bold", "sansbold"),
    "italic": (r"\text{\bfseries\itshape eps}", r"\boldsymbol{eps}", "cg-bold-italic",
               "sansbolditalic"),
    "none": (r"\text{\itshape eps}", r"\textit{eps}", "cg-italic", "sansitalic"),
}  # fmt: skip


@pytest.mark.parametrize("name", notations())
def test_a_word_is_as_bold_as_a_letter(name: str) -> None:
    symbols = symbols_of(derive(load(SPEC)), name)
    tex, notebook, look, face = PRINTED[notation(name).bold]
    whole = symbols["eps"].whole
    assert math_tex(whole) == tex
    assert math(formula(whole)) == notebook
    assert f'<mtext class="{look}">eps</mtext>' in mathml(whole)
    assert {part.face for part in typeset(f"${whole}$").drawn()} == {face}


@pytest.mark.parametrize("name", notations())
def test_an_entry_and_a_single_number_are_not_bold(name: str) -> None:
    symbols = symbols_of(derive(load(SPEC)), name)
    assert symbols["eps"].entry.startswith(r"\text{\itshape eps}")
    assert symbols["scale"].whole == r"\text{\itshape scale}"
