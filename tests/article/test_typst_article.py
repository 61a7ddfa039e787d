"""The article through Typst: every number, heading and sentence of the LaTeX one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import chalkgrad
from chalkgrad.codegen.article.article import Article
from chalkgrad.codegen.deck.model import Math
from chalkgrad.codegen.documents.typst.article import article_deck, article_typst, rich
from tests.documents.pages_check import check_pdf
from tests.documents.slides_harness import page_texts
from tests.documents.typst_harness import typeset

SMALLEST = 4.2  # points: the scripts of scripts under a shape


def made(spec: str | dict[str, Any]) -> Article:
    return Article(chalkgrad.load(spec).derive(), None)


@pytest.mark.parametrize("spec", ["neuron", "n232", "digits", "digits_conv", "transformer"])
def test_every_equation_of_the_latex_article_is_there_with_its_number(
    spec: str, tmp_path: Path
) -> None:
    article = made(spec)
    latex = article.text()
    pdf = typeset(tmp_path, article_typst(article))
    text = "\n".join(page_texts(pdf))
    wanted = {f"({number})" for number in re.findall(r"^\\chalkline\{(\d+)\}", latex, re.M)}
    wanted |= {f"({number}′)" for number in re.findall(r"^\\chalkresult\{(\d+)\}", latex, re.M)}
    assert {number for number in wanted if number not in text} == set()
    lines = len(re.findall(r"^\\chalk(?:line|plain|result|pages)\{", latex, re.M))
    steps = latex.partition(r"\begin{document}")[2].count(r"\chalkreason{")
    rows = sum(len(b.rows) for p in article_deck(article).pages for b in p.blocks
               if isinstance(b, Math))  # fmt: skip
    assert rows == lines + steps
    assert [f for f in check_pdf(pdf, smallest=SMALLEST) if "leaves the page" in f] == []


def test_an_article_speaks_the_language_of_its_spec(tmp_path: Path) -> None:
    spec = {
        "name": "um", "title": "Um: #read(x)", "author": "João $x$ *A*",
        "network": {"units": [2, 1], "activation": "sigmoid"}, "loss": "squared_error",
        "style": {"language": "pt"},
    }  # fmt: skip
    text = " ".join(page_texts(typeset(tmp_path, article_typst(made(spec)))))
    assert "Um: #read(x)" in text
    assert "João $x$ *A*" in text
    assert "parâmetro" in text


@pytest.mark.parametrize(("latex", "text"), [
    (r"a, $x_{i}$ \texttt{W\_0} b", "a, $x_{i}$ `W_0` b"), (r"a\_b \% \$", r"a_b % \$"),
    (r"sa\'{\i}da", "saída"), ("", ""), (r"\texttt{a\_\allowbreak b}", "`a_b`"),
])  # fmt: skip
def test_prose_of_latex_as_rich_text(latex: str, text: str) -> None:
    assert rich(latex) == text
