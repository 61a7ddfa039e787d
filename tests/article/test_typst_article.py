"""The article through Typst: every number, heading and sentence of the LaTeX one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import chalkgrad
from chalkgrad.codegen.article.article import proved
from chalkgrad.codegen.article.paper import Paper
from chalkgrad.codegen.article.tex import paper_tex
from chalkgrad.codegen.deck.model import Math
from chalkgrad.codegen.documents.typst.article import article_deck, article_typst
from tests.documents.pages_check import check_pdf
from tests.documents.slides_harness import page_texts
from tests.documents.typst_harness import typeset

SMALLEST = 4.2  # points: the scripts of scripts under a shape


def made(spec: str | dict[str, Any]) -> Paper:
    return proved(chalkgrad.load(spec).derive())


@pytest.mark.parametrize("spec", ["neuron", "n232", "digits", "digits_conv", "transformer"])
def test_every_equation_of_the_latex_article_is_there_with_its_number(
    spec: str, tmp_path: Path
) -> None:
    article = made(spec)
    latex = paper_tex(article)
    pdf = typeset(tmp_path, article_typst(article, "a"))
    text = "\n".join(page_texts(pdf))
    wanted = {f"({number})" for number in re.findall(r"^\\chalkline\{(\d+)\}", latex, re.M)}
    wanted |= {f"({number}′)" for number in re.findall(r"^\\chalkresult\{(\d+)\}", latex, re.M)}
    assert {number for number in wanted if number not in text} == set()
    lines = len(re.findall(r"^\\chalk(?:line|plain|result|pages)\{", latex, re.M))
    steps = latex.partition(r"\begin{document}")[2].count(r"\chalkreason{")
    rows = sum(len(b.rows) for p in article_deck(article, "a").pages for b in p.blocks
               if isinstance(b, Math))  # fmt: skip
    assert rows == lines + steps
    assert [f for f in check_pdf(pdf, smallest=SMALLEST) if "leaves the page" in f] == []


def test_an_article_speaks_the_language_of_its_spec(tmp_path: Path) -> None:
    spec = {
        "name": "um", "title": "Um: #read(x)", "author": "João $x$ *A*",
        "network": {"units": [2, 1], "activation": "sigmoid"}, "loss": "squared_error",
        "style": {"language": "pt"},
    }  # fmt: skip
    text = " ".join(page_texts(typeset(tmp_path, article_typst(made(spec), "a"))))
    assert "Um: #read(x)" in text
    assert "João $x$ *A*" in text
    assert "parâmetro" in text
