"""A lecture with a false line or number is not written: the fault is named with its page."""

from __future__ import annotations

import re

import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.article import article as articles
from chalkgrad.codegen.documents.lecture_files import Lecture, lectures
from chalkgrad.derive.language.expr import Neg

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


def test_an_article_with_a_false_line_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    d = load("n232").derive()
    articles.article(d)
    old = articles.chain_form
    monkeypatch.setattr(articles, "chain_form", lambda *a: (old(*a)[0], Neg(old(*a)[1])))
    with pytest.raises(ChalkgradError, match=r"equation \d+.*a line of the article is false"):
        articles.article(d)
