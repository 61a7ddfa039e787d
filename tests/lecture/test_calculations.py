"""Entries by hand: a number stands twice only where something was done to it."""

from __future__ import annotations

import re

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.formula.tree.write import APPROX, EQUALS, spaced
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.board.substituted import worked_out
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.lecture.words import words
from tests.lecture.items.item_pages import pages_of, rows

NET = {"name": "net", "input": {"x": [1]}, "parameters": {"w": [1], "b": [1]},
       "equations": "v[i] = x[i]*w[i] + b[i]\ny[i] = v[i]\nL = sum[i](y[i]**2)",
       "output": "y", "loss": "L", "samples": {"x": [2]},
       "values": {"w": [3], "b": [1]}}  # fmt: skip
TWICE = re.compile(r"= (\\cgn\{[^}]*\}\{[^}]*\}) = (\\cgn\{[^}]*\}\{[^}]*\})$")


def board() -> Board:
    (network,) = load_all(NET)
    return Board(network, words("en"))


def test_a_copied_number_stands_once_in_its_line() -> None:
    found = board().calculation("y", (0,))
    assert found.result is not None
    assert found.right == spaced(found.formula, EQUALS, found.result)
    assert found.worked == found.result


def test_a_calculation_has_its_numbers_before_its_result() -> None:
    found = board().calculation("v", (0,))
    assert found.numbers is not None
    assert found.result is not None
    assert found.worked == spaced(found.numbers, EQUALS, found.result)


@pytest.mark.parametrize(("numbers", "result", "made"), [
    (r"\cgn{a}{0.1}", r"\cgn{b}{0.1}", r"\cgn{b}{0.1}"),
    (r"\cgn{a}{0.12}", r"\cgn{b}{0.1}", r"\cgn{a}{0.12} \approx \cgn{b}{0.1}"),
])  # fmt: skip
def test_a_copy_that_is_rounded_shows_both_numbers(numbers: str, result: str, made: str) -> None:
    assert worked_out(formula(numbers), APPROX, formula(result)) == formula(made)


def test_no_page_of_an_example_repeats_a_number() -> None:
    for page in pages_of(NET, "example"):
        assert not any(TWICE.search(row.right) for row in rows(page))


def test_an_update_on_several_pages_counts_all_of_them() -> None:
    parameters = {"w": [6], "b": [6]}
    given = {**NET, "input": {"x": [6]}, "parameters": parameters,
             "samples": {"x": [[0.125] * 6]}, "values": {name: [0.125] * 6 for name in parameters},
             "update": {"sgd": {"rate": 0.1}}}  # fmt: skip
    deck = paginate(lecture(load_all({**given, "deck": ["example"]}), "en"))
    titles = [p.title for p in deck.pages if p.id.startswith("example-update")]
    assert len(titles) > 1
    assert titles == [f"Update ({k}/{len(titles)})" for k in range(1, len(titles) + 1)]
