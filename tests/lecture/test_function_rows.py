"""g(v) = …, g'(v) = … beside a worked example, of every function there is."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.board.formulas import function_rows
from chalkgrad.derive.language.functions import FUNCTIONS
from chalkgrad.derive.pipeline import load_all
from tests.paths import EXAMPLES

SHOWN = [f.name for f in FUNCTIONS.values() if f.formula is not None and f.least == 1]


@pytest.mark.parametrize("name", SHOWN)
def test_formula_and_derivative_are_true(name: str) -> None:
    """A derivative over its argument (mish's) was printed over a name that the page never has."""
    board = Context(load_all(EXAMPLES / "xor.yaml"), "en", None).board()
    rows = function_rows(board, name)
    assert [row.claim is not None and row.claim.verdict.holds for row in rows] == [True, True]
    assert "a0" not in kept(rows[1].right)
    assert rows[0].left != rows[1].left
