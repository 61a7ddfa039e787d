"""The items' numbers against a few lines of plain Python, and their pictures made smaller."""

from __future__ import annotations

import math

import pytest

from chalkgrad.codegen.deck.model import Picture
from chalkgrad.codegen.layout.extent import SLACK, STEP, height, picture_scale
from chalkgrad.codegen.layout.scaling import scaled
from chalkgrad.codegen.picture.label.measure import labelled
from chalkgrad.codegen.picture.scene.rect import grown, united
from chalkgrad.codegen.picture.scene.scene import Box, Label, Scene
from tests.lecture.items.deck_items import figures, of_kind, page, pages

HAIR = 1e-6


def rounds() -> list[tuple[float, float, float, float, float]]:
    """w0, w1, w2, f and L after each round of the sigmoid neuron of lecture 003."""
    w, x, t, found = [2.0, -3.0, -3.0], (-1.0, -2.0, 1.0), 0.43, []

    def out() -> float:
        return 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, x, strict=True))))

    f = out()
    while abs(f - t) >= 1e-4:
        delta = (f - t) * f * (1 - f)
        w = [a - delta * b for a, b in zip(w, x, strict=True)]
        f = out()
        found.append((w[0], w[1], w[2], f, (f - t) ** 2 / 2))
    return found


def test_every_one_of_the_nineteen_rounds():
    here = figures(page(pages("ng", "train"), "train-all-neuron"))
    wanted = rounds()
    assert len(wanted) == 19
    for k, numbers in enumerate(wanted, start=1):
        for name, number in zip(("w0", "w1", "w2", "f", "L"), numbers, strict=True):
            value = float(here[f"neuron.round{k}.{name}"].value)
            assert value == pytest.approx(number, rel=1e-9, abs=1e-12), (k, name)


def test_inference_has_the_weights_after_the_last_update():
    """Those before it would give 0.2999 (LECTURES.md §2 says 0.2998, 0.0061)."""
    wrong = next(p for p in pages("ando", "train") if p.mistake)
    values = {round(float(f.value), 4) for f in wrong.figures}
    assert {0.2998, 0.0061} <= values
    assert 0.2999 not in values


# -- pictures that are made smaller ---------------------------------------------------------------


def holds(scene: Scene) -> bool:
    """Do all labels lie inside of the frame? What does not is cut off on a slide."""
    low, high = scene.frame()
    frame = grown((*low, *high), HAIR)
    labels = [labelled(s) for s in scene.shapes if isinstance(s, Label)]
    return united([frame, *(one.box() for one in labels)]) == frame


LONG = Label(where=(4.0, 1.0), text="a label that is long", anchor="west", size="tiny")
SCENE = Scene((Box(low=(0, 0), high=(4, 2)), LONG), low=(-0.1, -0.1), high=(7.2, 2.1))


def test_a_label_that_keeps_its_size_stays_in_the_frame():
    assert holds(SCENE)
    assert holds(scaled(SCENE, 0.3))


def test_the_scale_leaves_room_for_labels_that_keep_their_size():
    block = Picture(SCENE)
    scale = picture_scale(block, 5.0, 9.0)
    small = scaled(SCENE, scale)
    low, high = small.frame()
    assert STEP < scale < 5.0 / 7.3
    assert high[0] - low[0] <= 5.0 + SLACK
    assert height(block, 5.0, 9.0) == pytest.approx(high[1] - low[1])


@pytest.mark.parametrize(
    ("spec", "item"), [("mazur", "functions"), ("mazur", "optimizers"), ("mari", "functions")]
)
def test_no_label_of_a_narrow_plot_is_cut_off(spec, item):
    found = [b for p in pages(spec, item) for b in of_kind(p, Picture)]
    assert found
    for block in found:
        scale = picture_scale(block, 4.2, 6.0)
        assert scale >= 1 or holds(scaled(block.scene, scale))
