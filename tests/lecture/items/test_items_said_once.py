"""Every line says something: no symbol equals itself, no value stands twice, no note is about
products that are not there."""

from __future__ import annotations

import pytest
import yaml

from chalkgrad.codegen.deck.model import Picture, Text
from chalkgrad.codegen.layout.extent import drawn
from chalkgrad.codegen.notation.presets import notations
from tests.lecture.items.item_pages import blocks, pages_of, rows
from tests.paths import CASES
from tests.picture.clashes import clashes

SCALAR = {
    "name": "scalar", "input": {"x": []}, "parameters": {"a": []},
    "equations": "v = 0.5; L = a*x + v", "loss": "L", "values": {"a": 2, "x": 1},
}  # fmt: skip
SQUARE = {**SCALAR, "equations": "L = a**2*x"}
EMBEDDING = CASES / "printing" / "lecture_embedding.yaml"
SOFTMAX = CASES / "printing" / "softmax_deck.yaml"
LAYERS = {
    "name": "layers", "network": {"units": [2, 3, 2], "activation": "tanh"},
    "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip


def notes(spec, **options):
    """The note under each matrix form."""
    found = pages_of(spec, "gradients", {"level": ["matrix"], **options})
    return {p.id.removesuffix("-matrix").removeprefix("gradients-"): said(p) for p in found}


def said(page):
    return [b.text for b in blocks(page) if isinstance(b, Text)]


def in_notation(spec, notation):
    return {**spec, "style": {"notation": notation}}


def test_a_single_number_is_real_and_not_itself():
    shown = rows(pages_of(SCALAR, "architecture")[0])
    assert [(r.left, r.relation, r.right) for r in shown] == [
        ("x", r"\in", r"\mathbb{R}"), ("v", r"\in", r"\mathbb{R}"),
    ]  # fmt: skip


def test_a_tensor_of_three_axes_lies_in_the_numbers_and_is_not_all_of_them():
    shape = [2, 1, 2]
    cube = {"name": "cube", "input": {"x": shape}, "target": {"y": shape}, "layers": ["tanh"],
            "loss": "squared_error"}  # fmt: skip
    first = rows(pages_of(cube, "architecture")[0])[0]
    assert (first.relation, first.right) == (r"\in", r"\mathbb{R}^{2 \times 1 \times 2}")


@pytest.mark.parametrize("notation", notations())
def test_a_class_number_is_named_by_its_symbol(notation):
    """Only where it is calculated with is it one less than its name."""
    given = in_notation(yaml.safe_load(EMBEDDING.read_text("utf-8")), notation)
    assert "- 1" not in rows(pages_of(given, "architecture")[0])[0].right


@pytest.mark.parametrize(
    ("notation", "size", "values"),
    [("mari", 3, r"\{0,1,2\}"), ("ng", 3, r"\{1,2,3\}"), ("ng", 9, r"\{1,\dots,9\}")],
)
def test_a_class_number_is_one_of_the_numbers_of_the_classes(notation, size, values):
    spec = {
        "name": "chosen", "input": {"y": {"shape": [], "integer": size}}, "loss": "L",
        "parameters": {"a": [size]}, "equations": "L = a[y]", "style": {"notation": notation},
    }  # fmt: skip
    first = rows(pages_of(spec, "architecture")[0])[0]
    assert (first.left, first.relation, first.right) == ("y", r"\in", values)


def test_the_formula_of_a_number_has_no_second_page_as_a_matrix():
    assert [p.id for p in pages_of(SCALAR, "gradients")] == ["gradients-a"]
    assert [p.id for p in pages_of(SCALAR, "gradients", {"level": ["matrix"]})] == [
        "gradients-a-matrix"
    ]


@pytest.mark.parametrize(("spec", "count"), [(SCALAR, 2), (SQUARE, 3)])
def test_a_formula_its_numbers_and_their_value_stand_there_once(spec, count):
    page = next(p for p in pages_of(spec, "example") if p.id == "example-a")
    right = [r.right for r in rows(page)]
    assert len(set(right)) == len(right) == count
    assert all(" = " not in line for line in right)


def test_the_note_under_a_matrix_form_tells_of_its_products_only():
    made = notes(LAYERS)
    order, entries = (
        "The factors stand in the order in which their shapes fit",
        "multiplies entry by",
    )
    assert made["W1"] == [rf"{order}; $\odot$ {entries} entry."]
    assert made["b1"] == [rf"$\odot$ {entries} entry."]
    linear = notes({**LAYERS, "network": {"units": [2, 2], "activation": "identity"}})
    assert linear["W0"] == [f"{order}."]
    assert linear["b0"] == []


@pytest.mark.parametrize("notation", notations())
def test_the_note_has_the_sign_of_the_notation(notation):
    pages = pages_of(in_notation(LAYERS, notation), "gradients", {"level": ["matrix"]})
    for page in pages:
        for text in said(page):
            sign = text.partition("$")[2].partition("$")[0]
            assert not sign or f" {sign} " in rows(page)[-1].right, page.id


def test_the_letters_of_a_large_graph_shrink_with_it():
    """At their own size they would cover each other."""
    page = pages_of(SOFTMAX, "circuit")[0]
    (block,) = (b for b in page.blocks if isinstance(b, Picture))
    scene, scale = drawn(block, 14.0, 7.0)
    assert scale < 0.7
    assert scene is block.scene
    assert not clashes(scene)
