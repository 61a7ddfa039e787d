"""``relu_sum``: the reveal, the statement with its quantifiers, the numbers of knots and slopes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from chalkgrad.codegen.deck.model import Picture, Table
from chalkgrad.derive.language.errors import ChalkgradError
from tests.lecture.items.item_pages import LANGUAGES, blocks, figure, fits, pages_of, rows, written

SPEC = {"f": "sin(3*x) + x/2", "on": [-3, 3], "terms": 15}


def made(language="en", **change):
    return pages_of("mazur", "relu_sum", {**SPEC, **change}, language)


def f(x):
    return math.sin(3 * x) + x / 2


def test_one_step_for_each_relu():
    page = made()[0]
    assert page.steps == 15
    scene = next(b.scene for b in blocks(page) if isinstance(b, Picture))
    assert max(s.at for s in scene.shapes) == 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statement_is_about_continuous_functions_on_a_closed_interval(language):
    """LECTURES §2, 002: not any real function; continuous, on [a, b], n after ε."""
    text = written(made(language)[0])
    said = {"en": ("every continuous", "any real function"),
            "pt": ("toda** $f$ **contínua", "qualquer função real")}[language]  # fmt: skip
    assert said[0] in text
    assert said[1] not in text
    assert "$[a, b]$" in text
    order = [
        text.index(r"$\varepsilon > 0$"),
        text.index("$n$"),
        text.index("for all" if language == "en" else "em todo $x$"),
    ]
    assert order == sorted(order)


def test_the_numbers_are_those_of_the_function():
    page = made()[1]
    xs = [-3 + 0.4 * k for k in range(16)]
    slopes = [(f(b) - f(a)) / 0.4 for a, b in pairwise(xs)]
    changes = [b - a for a, b in zip([0, *slopes], slopes, strict=False)]
    for k in (0, 1, 2, 3, 13, 14):
        assert float(figure(page, f"relu-sum.f[{k}]").value) == pytest.approx(f(xs[k]))
        assert float(figure(page, f"relu-sum.s[{k}]").value) == pytest.approx(slopes[k])
        assert float(figure(page, f"relu-sum.a[{k}]").value) == pytest.approx(changes[k])
    assert changes[0] == slopes[0]


def test_the_largest_error_is_printed():
    page = made()[0]
    error = float(figure(page, "relu-sum.error").value)
    xs = [-3 + 0.4 * k for k in range(16)]

    def joined(x):
        k = min(int((x + 3) / 0.4), 14)
        return f(xs[k]) + (f(xs[k + 1]) - f(xs[k])) * (x - xs[k]) / 0.4

    dense = max(abs(f(x) - joined(x)) for x in (-3 + 6 * k / 20000 for k in range(20001)))
    assert error == pytest.approx(dense, rel=1e-3)
    assert "0.17" in written(page)


def test_a_long_table_is_elided():
    table = next(b for b in blocks(made()[1]) if isinstance(b, Table))
    assert [r[0] for r in table.rows] == ["0", "1", "2", "3", r"$\vdots$", "13", "14"]
    table = next(b for b in blocks(made(terms=8)[1]) if isinstance(b, Table))
    assert len(table.rows) == 8


def test_the_formula_is_a_sum_of_relus():
    first, second = rows(made()[1])[:2]
    assert first.right == r"f(a) + \sum_{k=0}^{14} a_{k}\, \operatorname{relu}(x - x_{k})"
    assert second.relation == r"\approx"
    assert second.right.endswith(r" + \cdots")


def test_a_sum_whose_numbers_end_is_an_equality():
    second = rows(made(f="abs(x)", on=[-1, 1], terms=2)[1])[1]
    assert second.relation == "="
    assert "cdots" not in second.right


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("terms", [2, 12, 15, 60])
def test_both_fit_on_their_pages(language, terms):
    for page in made(language, terms=terms):
        assert fits(page), page.id


def test_a_jump_is_refused():
    with pytest.raises(ChalkgradError, match="jump"):
        made(f="step(x)")
