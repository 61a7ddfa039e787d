"""What stands on a page reads right: cases of strangers, in every notation and language.

The table of printing/ in shared/cases/README.md says what was wrong with each.
"""

from __future__ import annotations

import pytest

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.derive.pipeline import load_all
from tests.grid.cells import CASES, lecture

INDICATOR = r"\mathbf{1}["


def formulas(case: str, notation: str, *more: str) -> str:
    """The article of a case, on one line each, without the places where a line may break."""
    (network,) = load_all(CASES / f"{case}.yaml", (f"style.notation={notation}", *more))
    return article(network.derive()).replace(r"\chalkbreak", "")


def slides(case: str, notation: str, language: str = "en") -> str:
    made = lecture(str(CASES / f"{case}.yaml"), notation, language).files("slides")
    return "\n".join(made.values())


# -- conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", notations())
def test_a_hinge_has_indicators_and_class_numbers_that_count_as_indices(notation: str):
    tex = formulas("svm", notation)
    assert r"\sum_{\substack{j \\ j \ne y}} \max(0, s_{j} - s_{y} + 1)" in tex
    assert rf"{INDICATOR}j \ne y]" in tex
    assert "cases" not in tex.partition(r"\begin{document}")[2]
    assert "0 \\ge" not in tex
