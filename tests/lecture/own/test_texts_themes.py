"""Themes: what they may say, and that everything can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalkgrad.codegen.deck.model import Theme
from chalkgrad.codegen.lecture.own.themes import logo_path, theme
from chalkgrad.derive import examples
from chalkgrad.derive.language.errors import ChalkgradError

LECTURES = examples.path("lecture_mari").parent


def test_the_lecture_s_theme():
    assert theme("ufv.yaml", LECTURES) == Theme(
        main="#7b1c20", bar=True, footer="Prof. João Fernando Mari"
    )


def test_a_mapping_with_a_footer_per_language():
    given = {"main": "#003366", "footer": {"en": "Class 5 $x$", "pt": "Aula 5"}}
    assert theme(given, None, "pt-BR").footer == "Aula 5"
    assert theme(given, None, "en").footer == r"Class 5 \$x\$"
    assert theme(given, None, "fr").footer == r"Class 5 \$x\$"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mian": "#7b1c20"}, "did you mean 'main'"),
        ({"main": "red"}, "main takes a colour"),
        ({"main": "#12345"}, "main takes a colour"),
        ({"bar": "yes"}, "bar takes true or false"),
        ({"footer": 3}, "footer takes"),
        ({"logo": "../logo.png"}, "cannot be a logo"),
        ({"logo": "logo.svg"}, "cannot be a logo"),
        ({"logo": "x}\\input{y.png"}, "cannot be a logo"),
        ({"logo": "logo.png"}, "there is no file 'logo.png'"),
        ("no.yaml", "there is no file 'no.yaml'"),
        ("../ufv.yaml", "not a file in the spec's folder"),
        (3, "a theme is a mapping"),
    ],
)
def test_refusals(given: Any, said: str, tmp_path: Path):
    with pytest.raises(ChalkgradError) as caught:
        theme(given, tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "ratio"),
    [
        ({"text": "#777777"}, "4.48"),  # the well-known grey that just fails
        ({"main": "#e69f00"}, "2.25"),
        ({"background": "#1f1f1f"}, "1.00"),
    ],
)
def test_colours_that_cannot_be_read(given: dict[str, str], ratio: str):
    with pytest.raises(ChalkgradError, match=f"contrast {ratio} to 1"):
        theme(given, None)


def test_grey_that_can_be_read():
    assert theme({"text": "#767676"}, None).text == "#767676"


def test_a_logo_is_found(tmp_path: Path):
    (tmp_path / "logo.png").write_bytes(b"x")
    made = theme({"logo": "logo.png"}, tmp_path)
    assert made.logo == "logo.png"
    assert logo_path(made, tmp_path) == tmp_path.resolve() / "logo.png"
    assert logo_path(Theme(), tmp_path) is None
