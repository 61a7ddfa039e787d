"""Every shipped lecture and networks of every size compile into slides without a fault.

In both languages, at 16:9 and 4:3, as handout and with overlays: no error, no undefined reference,
no box more than 1 pt too wide, nothing set too small; on the pages no two texts collide, nothing
leaves the paper, no letters below 9 pt (scripts aside).
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import chalkgrad
from chalkgrad.codegen.console.pdf import compile_pdf
from chalkgrad.codegen.deck.model import Deck
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.documents.tex.sty import STYLE, style_file
from chalkgrad.codegen.lecture.own.themes import logo_path
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive import examples
from tests.documents.pages_check import check_log, check_pdf

LECTURES = ("mari", "mazur", "ng", "ando")
DECK: list[Any] = ["title", "architecture", "forward", "gradients"]


@cache
def deck_of(name: str, language: str, aspect: str) -> Deck:
    path = examples.path(f"lecture_{name}")
    return lecture(
        chalkgrad.load_all(path, [f"style.aspect='{aspect}'"]), language, folder=path.parent
    )


def faults(deck: Deck, folder: Path, *, handout: bool, source: Path | None = None) -> list[str]:
    """Compile the deck and say what is wrong with it."""
    (folder / STYLE).write_text(style_file(), encoding="utf-8")
    logo = logo_path(deck.theme, source) if source is not None else None
    if logo is not None:
        (folder / deck.theme.logo).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(logo, folder / deck.theme.logo)
    tex = folder / "deck.tex"
    tex.write_text(slides(deck, handout=handout), encoding="utf-8")
    pdf = compile_pdf(tex)
    found = check_log(tex.with_suffix(".log").read_text("utf-8", "replace"))
    return found + (check_pdf(pdf) if handout else [])


@pytest.mark.parametrize("mode", ["handout", "overlays"])
@pytest.mark.parametrize("aspect", ["16:9", "4:3"])
@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_compiles_without_a_fault(
    name: str, language: str, aspect: str, mode: str, tmp_path: Path
) -> None:
    deck = deck_of(name, language, aspect)
    source = examples.path(f"lecture_{name}").parent
    assert faults(deck, tmp_path, handout=mode == "handout", source=source) == []


NETWORKS: dict[str, Any] = {
    "1-1-1": {"network": {"units": [1, 1, 1], "activation": "sigmoid"}, "loss": "squared_error"},
    "2-3-2": {"network": {"units": [2, 3, 2], "activation": "tanh"}, "loss": "squared_error"},
    "4-8-8-3": {"network": {"units": [4, 8, 8, 3], "activation": ["relu", "relu", "identity"]},
                "loss": "cross_entropy_logits"},
    "784-256-10": {"network": {"units": [784, 256, 10], "activation": ["relu", "identity"]},
                   "loss": "cross_entropy_logits"},
    "conv": "digits_conv",
}  # fmt: skip


@pytest.mark.parametrize("aspect", ["16:9", "4:3"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_any_size_gives_usable_slides(name: str, aspect: str, tmp_path: Path) -> None:
    given = NETWORKS[name]
    if isinstance(given, str):
        networks = chalkgrad.load_all(examples.path(given), [f"style.aspect='{aspect}'"])
        spec = networks[0].spec.model_copy(update={"deck": DECK})
        networks = [replace(networks[0], spec=spec)]
    else:
        style = {"aspect": aspect}
        networks = chalkgrad.load_all({"name": "net", "deck": DECK, "style": style, **given})
    deck = lecture(networks, "en")
    assert len(deck.pages) >= 6
    assert faults(deck, tmp_path, handout=True) == []
