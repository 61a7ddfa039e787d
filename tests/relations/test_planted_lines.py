"""A lecture with a false line or number is not written: the fault is named with its page."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.article import article as articles
from chalkgrad.codegen.documents.lecture_files import Lecture, lectures
from chalkgrad.codegen.terminal import hessian, show, text
from chalkgrad.derive.language.expr import Expr, Mul, Neg
from chalkgrad.derive.steps.step_nodes import Steps
from chalkgrad.derive.topics.hessian import Rows, derived
from tests.paths import CASES

from .planted import FAULTS, N232, Fault


def lecture(fault: Fault) -> Lecture:
    network = load({"name": "planted", **(fault.spec or N232), "deck": [fault.item]})
    return lectures([network], "planted")[0]()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_stops_the_build_and_its_page_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecture(FAULTS[name])  # without the fault it is written
    FAULTS[name].plant(monkeypatch)
    with pytest.raises(ChalkgradError) as raised:
        lecture(FAULTS[name])
    said = str(raised.value)
    assert " is false: " in said
    place = rf"page \d+ \({FAULTS[name].page}\S*\)"
    assert re.search(rf"{place}, line \d+" if "the line" in said else place, said), said


def shown(name: str) -> None:
    show.show(load(name).derive(), None, (), Console(file=io.StringIO()))


@pytest.mark.parametrize("made", ["chain_form", "inserted_steps", "matrix_form", "numbers_of"])
def test_a_false_line_of_the_terminal_is_an_error(
    made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = text if made == "matrix_form" else show
    spec = str(CASES / "printing" / "softmax_deck.yaml") if made == "inserted_steps" else "n232"
    shown(spec)
    old = getattr(room, made)
    monkeypatch.setattr(room, made, lambda *a: spoiled(old(*a)))
    with pytest.raises(ChalkgradError, match=r"equation \d+.*a line of the derivation is false"):
        shown(spec)


def test_a_false_second_derivative_of_the_terminal_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    d, console = load("n121").derive(), Console(file=io.StringIO())
    hessian.show_hessian(d, (), console)
    monkeypatch.setattr(hessian, "derived", lambda *a: list(map(bent, derived(*a))))
    with pytest.raises(ChalkgradError, match="a line of the Hessian is false"):
        hessian.show_hessian(d, (), console)


def bent(rows: Rows) -> Rows:
    """The rows with a sign of their last line changed."""
    *lines, last = rows.lines
    eq = replace(last.equation, rhs=Neg(last.equation.rhs))
    return replace(rows, lines=(*lines, replace(last, equation=eq)))


def test_a_false_sum_of_paths_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    d, console = load("mazur").derive(), Console(file=io.StringIO())
    show.explain(d, "w5", console)
    old = show.paths
    monkeypatch.setattr(show, "paths", lambda *a: replace(old(*a), total=old(*a).total * 1.001))
    with pytest.raises(ChalkgradError, match="a line of the explanation is false"):
        show.explain(d, "w5", console)


def spoiled(made: Any) -> Any:
    """What a printer was to print, with a sign, a factor or a digit changed."""
    match made:
        case Steps():
            *lines, last = made.lines
            return replace(made, lines=(*lines, replace(last, right=Neg(last.right))))
        case (left, Mul(factors)):
            return left, Mul((*factors, factors[-1]))
        case dict():
            return {name: value + 0.001 for name, value in made.items()}
        case Expr():
            return Neg(made)
    return made


def test_an_article_with_a_false_line_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    d = load("n232").derive()
    articles.article(d)
    old = articles.chain_form
    monkeypatch.setattr(articles, "chain_form", lambda *a: (old(*a)[0], Neg(old(*a)[1])))
    with pytest.raises(ChalkgradError, match=r"equation \d+.*a line of the article is false"):
        articles.article(d)
