"""A lecture can be made of every shipped network without a word about slides in its spec."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive import examples


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", examples.names())
def test_every_example_makes_slides_and_a_page(name: str, language: str) -> None:
    path = examples.path(name)
    for network in chalkgrad.load_all(path):
        bare = replace(network, spec=network.spec.model_copy(update={"deck": []}))
        deck = lecture([bare], language, folder=Path(path).parent)
        assert len(deck.pages) >= 4
        assert len({p.id for p in deck.pages}) == len(deck.pages)
        assert slides(deck).count(r"\begin{frame}") >= len(deck.pages)
        page = html_page(deck)
        assert "<mi" in page
        assert "merror" not in page


def test_every_level_and_the_transpose_have_their_pages() -> None:
    spec = {
        "name": "levels",
        "network": {"units": [2, 3, 2], "activation": "sigmoid"},
        "loss": {"squared_error": {"factor": "1/outputs"}},
        "values": {"x": [0.3, 0.7], "y": [1, 0], "W0": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],
                   "b0": [0.2, 0.25, 0.3], "W1": [[0.3, 0.4], [0.5, 0.6], [0.7, 0.8]],
                   "b1": [0.3, 0.35]},
        "deck": [{"gradients": {"wrt": ["W0"], "level": ["chain", "index", "matrix", "numbers"],
                                "chain": "full", "transpose": True}},
                 {"example": {"paths": ["W0[1,2]"]}}],
    }  # fmt: skip
    deck = lecture([chalkgrad.load(spec)], "en")
    ids = [p.id for p in deck.pages]
    assert ids[:5] == [
        "gradients-W0",
        "gradients-W0-index",
        "gradients-W0-matrix",
        "gradients-W0-numbers",
        "gradients-W0-transpose",
    ]
    paths = next(p for p in deck.pages if p.id.startswith("paths"))
    products = [f for f in paths.figures if ".path" in f.id]
    assert len(products) == 2  # to each of the two outputs
    total = sum(float(f.value) for f in products)
    assert total == pytest.approx(0.0104676652, abs=5e-11)
