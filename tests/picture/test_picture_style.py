"""One palette for all outputs, readable on paper and on its own tints."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.formula.style import contrast, palette, style
from chalkgrad.codegen.picture.printers.svg import svg
from chalkgrad.codegen.picture.printers.tikz import tikz, tikz_preamble
from chalkgrad.codegen.picture.scene.scene import Box, Circle, Label, Line, Scene
from chalkgrad.derive.language.errors import ChalkgradError

OKABE_ITO = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"]


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_factors_have_the_okabe_ito_colours_and_readable_text() -> None:
    assert [f.stroke for f in palette()][:6] == OKABE_ITO
    for factor in palette():
        assert contrast(factor.text, style().paper) >= 4.5
        assert contrast(factor.text, factor.tint) >= 4.5
        assert contrast(style().ink, factor.tint) >= 4.5


def test_texts_of_every_role_are_readable() -> None:
    for name, look in style().roles.items():
        assert contrast(look.text, style().paper) >= 4.5, name
        if look.fill and look.fill != look.stroke:
            assert contrast(look.text, look.fill) >= 4.5, name
            assert contrast(style().ink, look.fill) >= 4.5, name


def test_after_the_last_factor_the_colours_begin_again() -> None:
    count = len(palette())
    assert style().factor(count + 1) == palette()[0]
    assert style().number(count) == count
    assert style().number(count + 2) == 2


@pytest.mark.parametrize("shape", [Line(((0, 0), (1, 1)), role="wiree"),
                                   Label((0, 0), "a", role="wiree")])  # fmt: skip
def test_an_unknown_role_is_refused(shape: Line | Label) -> None:
    for draw in (lambda s: svg(s, standalone=True), lambda s: tikz(s, reveal=False)):
        with pytest.raises(ChalkgradError, match="wiree") as caught:
            draw(Scene((shape,)))
        assert "wire" in str(caught.value.hint)


def test_both_printers_use_the_same_colours() -> None:
    shapes = [Circle((0, 0), 1.0, role="unit", factor=k) for k in range(1, 8)]
    shapes += [Circle((0, 0), 1.0, role=role) for role in style().roles]
    drawn = svg(Scene((*shapes, Box((0, 0), (1, 1)))), standalone=True)
    preamble = tikz_preamble()
    for factor in palette():
        for colour in (factor.stroke, factor.tint):
            assert colour in drawn
            assert colour[1:].upper() in preamble
    for look in style().roles.values():
        assert f"HTML}}{{{look.stroke[1:].upper()}}}" in preamble
        assert f'stroke="{look.stroke}"' in drawn
