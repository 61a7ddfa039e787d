"""Every line of what is shipped is evaluated and true, or says why there is nothing to evaluate."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.codegen.article.article import Article
from chalkgrad.codegen.documents.lecture_files import lectures
from chalkgrad.codegen.lecture.proof import Count, counted
from chalkgrad.derive import examples
from chalkgrad.derive.pipeline import load_all
from tests.paths import CASES

LECTURES = {  # the lines that are true, at least: one that has lost its claim is missed
    "lecture_ando": 64, "lecture_mari": 136, "lecture_mazur": 131, "lecture_ng": 52,
}  # fmt: skip
TOO_LARGE = {"digits_shifted": 12}  # lines of a network that is too large to evaluate
PRINTED = sorted(str(p) for p in (CASES / "printing").glob("*.yaml"))


def counts(spec: str) -> list[Count]:
    """How the lines of each language stand; a false one is raised."""
    networks = load_all(spec)
    return [counted(make().deck) for make in lectures(networks, networks[0].name)]


@pytest.mark.parametrize("name", LECTURES)
def test_the_lines_of_a_shipped_lecture_are_relations_under_evaluation(name: str) -> None:
    for made in counts(name):
        assert made.true >= LECTURES[name]
        assert made.unknown == made.unclaimed == 0
        assert made.true / (made.true + made.silent) >= 0.95


@pytest.mark.parametrize("name", [n for n in examples.names() if n not in LECTURES])
def test_no_line_of_an_example_is_without_a_claim(name: str) -> None:
    for made in counts(name):
        assert made.unclaimed == 0
        assert made.unknown <= TOO_LARGE.get(name, 0)
        assert made.true > 0


@pytest.mark.parametrize("spec", PRINTED, ids=lambda p: Path(p).stem)
def test_no_line_of_what_strangers_wrote_is_without_a_claim(spec: str) -> None:
    for made in counts(spec):
        assert made.unknown == made.unclaimed == 0


@pytest.mark.parametrize("name", [n for n in examples.names() if n not in TOO_LARGE])
def test_the_lines_of_an_example_s_article_are_true(name: str) -> None:
    for network in load_all(name):
        made = Article(network.derive(), None)
        made.paper()
        assert {claim.verdict.holds for _, claim in made.claims.made} == {True}
